package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// accounts and bitbucket are what specs of these tests begin with.
const (
	accounts = account + `
account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}
`
	bitbucket = `
issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}
`
	repo = `repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]`
)

// natNetwork is network.NAME with NAT.
func natNetwork(name, cidr, more string) string {
	return fmt.Sprintf("network %q {\n account = account.tooling\n cidr = %q\n zones = [\"a\", \"b\"]\n egress = \"nat\"\n %s\n}\n", name, cidr, more)
}

// office is a runner elsewhere.
func office(name string, addresses ...string) string {
	return fmt.Sprintf("runner %q {\n addresses = [\"%s\"]\n issuer = issuer.bitbucket\n}\n", name, strings.Join(addresses, `", "`))
}

// machine is somebody's runner in a network.
func machine(name, network, more string) string {
	return fmt.Sprintf("runner %q {\n network = network.%s\n issuer = issuer.bitbucket\n %s\n}\n", name, network, more)
}

// roleOf is a role with one permission.
func roleOf(name, runners, more string) string {
	return fmt.Sprintf("role %q {\n account = account.prod\n runners = [%s]\n %s\n allow {\n  actions = [\"ecs:UpdateService\"]\n  resources = [\"*\"]\n }\n}\n", name, runners, more)
}

// shown is a door in one line.
func shown(d *topology.Door) string {
	var who []string
	for _, r := range d.Runners {
		who = append(who, r.Name)
	}
	from := joined(d.Addresses, ",")
	for _, n := range d.NATs {
		from += " nat:" + n.Name
	}
	if d.Endpoint != nil {
		from += " in " + d.Endpoint.Name
	}
	how := strings.Join(d.Principals, ",")
	if d.Issuer != nil {
		how = d.Issuer.Name
	}
	return strings.Join(who, ",") + " as " + how + " from " + strings.TrimSpace(from)
}

func doors(r *topology.Role) []string {
	out := []string{}
	for _, d := range r.Doors {
		out = append(out, shown(d))
	}
	return out
}

// signed is a runner elsewhere that is an IAM principal.
func signed(name, role, address string) string {
	return fmt.Sprintf("runner %q {\n addresses = [%q]\n principal = \"arn:aws:iam::111111111111:role/%s\"\n}\n", name, address, role)
}

func TestDoors(t *testing.T) {
	nat := natNetwork("ci", "10.20.0.0/20", "")
	tests := map[string]struct {
		spec string
		want []string
	}{
		"elsewhere": {office("o", good) + roleOf("x", "runner.o", repo), []string{"o as bitbucket from 198.51.100.7/32"}},
		"elsewhere twice": {office("o", "198.51.100.6") + office("p", good, "2001:db8::/32") + roleOf("x", "runner.p, runner.o, runner.p", repo),
			[]string{"o,p as bitbucket from 198.51.100.6/31,2001:db8::/32"}},
		"sealed":              {network + machine("m", "ci", "") + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/23 in ci"}},
		"addresses in sealed": {network + machine("m", "ci", `addresses = ["10.20.0.0/28"]`) + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/28 in ci"}},
		"NAT":                 {nat + machine("m", "ci", "") + roleOf("x", "runner.m", repo), []string{"m as bitbucket from nat:ci"}},
		"NAT and endpoint":    {nat + machine("m", "ci", `uses = ["sts"]`) + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/23 in ci"}},
		"endpoint of a neighbour": {nat + machine("m", "ci", `addresses = ["10.20.0.0/28"]`) + builderIn("b", "ci", `uses = ["sts"]`) + roleOf("x", "runner.m", repo),
			[]string{"m as bitbucket from 10.20.0.0/28 in ci"}},
		"in transition": {natNetwork("ci", "10.20.0.0/20", "transition = true") + machine("m", "ci", "") + roleOf("x", "runner.m", repo),
			[]string{"m as bitbucket from nat:ci", "m as bitbucket from 10.20.0.0/23 in ci"}},
		"in transition with the endpoint": {natNetwork("ci", "10.20.0.0/20", "transition = true") + machine("m", "ci", `uses = ["sts"]`) + roleOf("x", "runner.m", repo),
			[]string{"m as bitbucket from nat:ci", "m as bitbucket from 10.20.0.0/23 in ci"}},
		"in an existing VPC": {oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\", \"203.0.113.11\"]") + machine("m", "old", "") + roleOf("x", "runner.m", repo),
			[]string{"m as bitbucket from 203.0.113.10/31"}},
		"in a sealed existing VPC": {oldVPC("") + machine("m", "old", `addresses = ["10.0.1.0/24", "10.0.0.0/24", "10.0.0.128/25"]`) + roleOf("x", "runner.m", repo),
			[]string{"m as bitbucket from 10.0.0.0/23 in old"}},
		"hosted":             {hosted(`regions = ["eu-central-1"]`, good) + roleOf("x", "runner.o", repo), []string{"o as bitbucket from 198.51.100.7/32"}},
		"hosted afar":        {hosted("regions = [\"us-east-1\"]\n endpoints = [\"sts\"]", good) + roleOf("x", "runner.o", repo), []string{"o as bitbucket from 198.51.100.7/32"}},
		"a build":            {network + builder("") + roleOf("x", "runner.o", ""), []string{"o as arn:aws:iam::111111111111:role/postern-runner-o from 10.20.0.0/23 in ci"}},
		"a build behind NAT": {nat + builder("") + roleOf("x", "runner.o", ""), []string{"o as arn:aws:iam::111111111111:role/postern-runner-o from nat:ci"}},
		"principals at one place and another": {signed("o", "a", good) + signed("p", "b", good) + signed("q", "c", "198.51.100.8") + roleOf("x", "runner.q, runner.p, runner.o", ""),
			[]string{"o,p as arn:aws:iam::111111111111:role/a,arn:aws:iam::111111111111:role/b from 198.51.100.7/32", "q as arn:aws:iam::111111111111:role/c from 198.51.100.8/32"}},
		"three principals at one place": {signed("o", "a", good) + signed("p", "b", good) + signed("q", "c", good) + roleOf("x", "runner.o, runner.p, runner.q", ""),
			[]string{"o,p,q as arn:aws:iam::111111111111:role/a,arn:aws:iam::111111111111:role/b,arn:aws:iam::111111111111:role/c from 198.51.100.7/32"}},
		"three machines behind one NAT": {nat + machine("m", "ci", "") + machine("n", "ci", "") + machine("o", "ci", "") + roleOf("x", "runner.m, runner.n, runner.o", repo),
			[]string{"m,n,o as bitbucket from nat:ci"}},
		"of every kind": {
			network + natNetwork("nat", "10.30.0.0/20", "") + builder("") + machine("m", "ci", "") + machine("n", "nat", "") + office("p", good) + signed("q", "c", good) +
				roleOf("x", "runner.m, runner.n, runner.o, runner.p, runner.q", repo),
			[]string{
				"n,p as bitbucket from 198.51.100.7/32 nat:nat", "m as bitbucket from 10.20.0.0/23 in ci",
				"q as arn:aws:iam::111111111111:role/c from 198.51.100.7/32", "o as arn:aws:iam::111111111111:role/postern-runner-o from 10.20.0.0/23 in ci",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := accounts + test.spec
			if strings.Contains(text, "issuer.bitbucket") {
				text += bitbucket
			}
			resolved := resolve(t, text)
			assert.Equal(t, test.want, doors(resolved.Roles[0]))
			requireSound(t, resolved)
		})
	}
}

// builderIn is a CodeBuild project in a network.
func builderIn(name, network, more string) string {
	return fmt.Sprintf("runner %q {\n network = network.%s\n codebuild {\n  buildspec = \"{}\"\n  %s\n }\n}\n", name, network, more)
}

func TestRoles(t *testing.T) {
	resolved := resolve(t, `postern { prefix = "acme" }`+accounts+bitbucket+office("o", good)+roleOf("plain", "runner.o", repo)+`
role "full" {
  account      = account.prod
  name         = "deploy"
  runners      = [runner.o]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  allow {
    actions   = ["ecs:UpdateService", "ecs:DescribeServices", "ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-central-1:222222222222:service/app/*"]
  }
  managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::222222222222:policy/ci/deploy"]
  permissions_boundary = "arn:aws:iam::222222222222:policy/boundary"
  max_session          = 7200
  guard                = "session"
}`)
	full, plain := resolved.Roles[0], resolved.Roles[1]
	assert.Equal(t, "arn:aws:iam::222222222222:role/deploy", full.ARN())
	assert.Equal(t, []topology.Permission{{Actions: []string{"ecs:DescribeServices", "ecs:UpdateService"}, Resources: []string{"arn:aws:ecs:eu-central-1:222222222222:service/app/*"}}}, full.Allow)
	assert.Equal(t, []string{"arn:aws:iam::222222222222:policy/ci/deploy", "arn:aws:iam::aws:policy/ReadOnlyAccess"}, full.Managed)
	assert.Equal(t, "arn:aws:iam::222222222222:policy/boundary", full.Boundary)
	assert.Equal(t, 7200, full.MaxSession)
	assert.True(t, full.Guard)
	assert.Equal(t, "arn:aws:iam::222222222222:role/acme-plain", plain.ARN())
	assert.Equal(t, 3600, plain.MaxSession)
	assert.False(t, plain.Guard)
	assert.True(t, plain.Wildcards())
	assert.Equal(t, resolved.Issuers[0], plain.Issuer)
	assert.Equal(t, resolved.Roles, resolved.Runners[0].Roles)
	assert.Equal(t, plain.Doors, plain.DoorsOf(resolved.Runners[0]))
}

func TestRoleLivesInTheGlobalPlace(t *testing.T) {
	resolved := resolve(t, accounts+network+natNetwork("nat", "10.30.0.0/20", "")+bitbucket+machine("m", "ci", "")+machine("n", "nat", "")+roleOf("x", "runner.m, runner.n", repo))
	var stacks []string
	for _, p := range resolved.Places() {
		stacks = append(stacks, p.Stack(topology.IdentityLayer))
	}
	assert.Equal(t, []string{"prod/global/identity", "tooling/eu-west-1/identity"}, stacks)
	here := resolved.Roles[0].Account.Global()
	assert.Equal(t, "eu-central-1", here.Home())
	assert.Equal(t, "${data.terraform_remote_state.tooling_eu-west-1_network.outputs.ci_vpc_id}", resolved.Networks[0].VPCIDFrom(here).String())
	var addresses []string
	for _, a := range resolved.Networks[1].NATAddressesFrom(here) {
		addresses = append(addresses, a.String())
	}
	assert.Equal(t, []string{
		"${data.terraform_remote_state.tooling_eu-west-1_network.outputs.nat_nat_addresses.a}",
		"${data.terraform_remote_state.tooling_eu-west-1_network.outputs.nat_nat_addresses.b}",
	}, addresses)
	assert.Equal(t, "tooling/eu-west-1/network", here.RemoteStack("tooling_eu-west-1_network"))
	assert.Equal(t, map[topology.Place][]string{here: {
		"issuer.bitbucket: OIDC provider for `api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc`", "role.x: `postern-x`",
	}}, resolved.Contents(topology.IdentityLayer))
	assert.Contains(t, resolved.Contents(topology.NetworkLayer)[resolved.Networks[0].Place], "runner.m: security group `postern-runner-m`, for machines in network.ci")
}

func TestExistingVPCIsLiteral(t *testing.T) {
	resolved := resolve(t, accounts+bitbucket+oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\"]")+machine("m", "old", "")+roleOf("x", "runner.m", repo))
	here := resolved.Roles[0].Account.Global()
	assert.Equal(t, "vpc-0a1b2c3d4e5f60718", resolved.Networks[0].VPCIDFrom(here).String())
	assert.Equal(t, "203.0.113.10/32", resolved.Networks[0].NATAddressesFrom(here)[0].String())
}

func TestWhereabouts(t *testing.T) {
	resolved := resolve(t, accounts+bitbucket+network+natNetwork("nat", "10.30.0.0/20", "")+oldVPC("egress = \"nat\"\n nat_addresses = [\"203.0.113.10\"]")+
		machine("m", "nat", "")+builderIn("b", "ci", "")+machine("e", "old", `addresses = ["10.0.0.0/24"]`)+office("o", good)+
		roleOf("x", "runner.m, runner.b, runner.e, runner.o", repo+"\n guard = \"session\""))
	w := resolved.Roles[0].Whereabouts()
	assert.Equal(t, "198.51.100.7/32 203.0.113.10/32", joined(w.Addresses, " "), "of the runner elsewhere, and of the existing NAT gateway")
	require.Len(t, w.NATs, 1)
	assert.Equal(t, "nat", w.NATs[0].Name)
	var inside []string
	for _, i := range w.Networks {
		inside = append(inside, i.Name+" "+joined(i.Addresses, ","))
	}
	assert.Equal(t, []string{"ci 10.20.0.0/23", "nat 10.30.0.0/23", "old 10.0.0.0/24"}, inside, "sessions go through endpoints as well")
}

// worksAs is what a runner asks of STS, in lines.
func worksAs(r *topology.Runner) []string {
	var out []string
	for _, a := range r.Work {
		out = append(out, fmt.Sprintf("%s: %s %s federated=%v unknown=%v roles=%s", strings.Join(a.Does(), ", "), strings.Join(a.Actions, ","), strings.Join(a.Resources, ","), a.Federated, a.Unknown, strings.Join(a.Roles, ",")))
	}
	return out
}

func TestWorkOfMachines(t *testing.T) {
	const x, y = "arn:aws:iam::222222222222:role/postern-x", "arn:aws:iam::222222222222:role/postern-y"
	resolved := resolve(t, accounts+bitbucket+network+machine("m", "ci", `uses = ["ecs"]`)+roleOf("y", "runner.m", repo)+roleOf("x", "runner.m", repo))
	m := resolved.Runners[0]
	assert.Equal(t, []string{
		"assumes role.x, assumes role.y: sts:AssumeRoleWithWebIdentity " + x + "," + y + " federated=true unknown=false roles=",
		"asks who it is, as SDKs and Terraform do: sts:GetCallerIdentity * federated=false unknown=false roles=" + x + "," + y,
		"uses ecs: ecs:* * federated=false unknown=true roles=" + x + "," + y,
	}, worksAs(m))
	assert.Equal(t, "ecs sts", endpoints(resolved.Networks[0]))
	assert.Empty(t, m.Identity())
	assert.Equal(t, "postern-runner-m", m.Group)
	assert.Empty(t, m.Role)
	assert.Equal(t, topology.ThroughEndpoint, m.PathIn(aws.STS, "eu-west-1"))
	assert.Equal(t, topology.NoPath, m.PathIn(aws.STS, "us-east-1"), "an endpoint leads to its own region")
	assert.Empty(t, resolved.CodeBuilds())
}

func TestWorkOfBuildsWithRoles(t *testing.T) {
	const x, other = "arn:aws:iam::222222222222:role/postern-x", "arn:aws:iam::333333333333:role/z"
	resolved := resolve(t, accounts+network+builderIn("b", "ci", "assume = [\""+other+"\", role.x.arn]\n uses = [\"ecs\"]")+roleOf("x", "runner.b", ""))
	assert.Equal(t, []string{
		"assumes roles, assumes role.x: sts:AssumeRole " + x + "," + other + " federated=false unknown=false roles=",
		"asks who it is, as SDKs and Terraform do: sts:GetCallerIdentity * federated=false unknown=false roles=" + x + "," + other,
		"uses ecs: ecs:* * federated=false unknown=true roles=" + x + "," + other,
	}, worksAs(resolved.Runners[0])[2:])
	alone := resolve(t, accounts+network+builderIn("b", "ci", "")+roleOf("x", "runner.b", ""))
	assert.Equal(t, "logs sts", endpoints(alone.Networks[0]), "the role is enough to give the network its endpoint")
}

func TestPathsOfRunnersElsewhere(t *testing.T) {
	resolved := resolve(t, accounts+bitbucket+hosted(`regions = ["us-east-1"]`, good)+office("p", "198.51.100.8")+natNetwork("ci", "10.20.0.0/20", "")+machine("q", "ci", `uses = ["sts"]`)+roleOf("x", "runner.q", repo))
	o, p, q := resolved.Runners[0], resolved.Runners[1], resolved.Runners[2]
	assert.Equal(t, topology.Foreign, o.PathIn(aws.S3, "us-east-1"))
	assert.Equal(t, topology.Public, o.PathIn(aws.S3, "eu-west-1"))
	assert.Equal(t, topology.Public, o.PathIn(aws.STS, "us-east-1"))
	assert.Equal(t, topology.Public, p.Path(aws.S3))
	assert.Equal(t, topology.ThroughEndpoint, q.PathIn(aws.STS, "eu-west-1"))
	assert.Equal(t, topology.Public, q.PathIn(aws.STS, "us-east-1"))
	assert.Equal(t, topology.NoPath, (&topology.Runner{}).Path(aws.STS))
}
