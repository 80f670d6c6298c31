package endpoints_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/endpoints"
	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/generatortest"
	"github.com/postern-dev/postern/generator/topology"
)

const sealed = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
repository "app" { account = account.tooling }
image "base" { account = account.tooling }
image "one" { account = account.tooling }
image "two" { account = account.tooling }
`

// runner is a runner of network.ci.
func runner(name, body string) string {
	return fmt.Sprintf("runner %q {\n  network = network.ci\n  codebuild {\n    %s\n  }\n}\n", name, body)
}

func role(name string) string { return "arn:aws:iam::111111111111:role/postern-runner-" + name }

func emit(t *testing.T, text string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, endpoints.Blueprint{}, text)
}

func TestEndpointsAreThoseThatTheWorkNeeds(t *testing.T) {
	tests := map[string]struct {
		work string
		want []string
	}{
		"source alone":      {`source = repository.app`, []string{"git_codecommit", "logs"}},
		"archive from S3":   {`source = "arn:aws:s3:::acme/app.zip"`, []string{"logs", "s3"}},
		"buckets":           {`source = repository.app` + "\n" + `read = ["arn:aws:s3:::acme"]`, []string{"git_codecommit", "logs", "s3"}},
		"docker":            {"docker = true\npull = [image.base]\npush = [image.one]\nsource = repository.app", []string{"ecr_api", "ecr_dkr", "git_codecommit", "logs", "s3"}},
		"docker of nothing": {"docker = true\npull = []\nsource = repository.app", []string{"git_codecommit", "logs"}},
		"own image":         {"image = \"${image.base.url}:1\"\nsource = repository.app", []string{"git_codecommit", "logs"}},
		"secrets":           {"secrets = { A = \"ci/a\" }\nsource = repository.app", []string{"git_codecommit", "logs", "secretsmanager"}},
		"parameters":        {"parameters = { A = \"/ci/a\" }\nsource = repository.app", []string{"git_codecommit", "logs", "ssm"}},
		"roles":             {"assume = [\"arn:aws:iam::222222222222:role/deploy\"]\nsource = repository.app", []string{"git_codecommit", "logs", "sts"}},
		"keys":              {"keys = [\"arn:aws:kms:eu-west-1:111111111111:key/1\"]\nsource = repository.app", []string{"git_codecommit", "logs"}},
		"named":             {"uses = [\"lambda\"]\nsource = repository.app", []string{"git_codecommit", "lambda", "logs"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, s := range test.want {
				want = append(want, "aws_vpc_endpoint.ci_"+s)
			}
			assert.Equal(t, want, emit(t, sealed+runner("r", test.work)).All("aws_vpc_endpoint"))
		})
	}
}

func TestTheLastRunnerTakesTheEndpointAway(t *testing.T) {
	both := emit(t, sealed+runner("r1", "source = repository.app\nuses = [\"ecs\"]")+runner("r2", "source = repository.app\nuses = [\"ecs\"]"))
	one := emit(t, sealed+runner("r1", "source = repository.app")+runner("r2", "source = repository.app\nuses = [\"ecs\"]"))
	none := emit(t, sealed+runner("r1", "source = repository.app")+runner("r2", "source = repository.app"))
	assert.Contains(t, both.All("aws_vpc_endpoint"), "aws_vpc_endpoint.ci_ecs")
	assert.Contains(t, one.All("aws_vpc_endpoint"), "aws_vpc_endpoint.ci_ecs")
	assert.NotContains(t, none.All("aws_vpc_endpoint"), "aws_vpc_endpoint.ci_ecs")
}

// TestSharedEndpointsDoNotShareRights holds what one runner may do against what its neighbour asked for.
func TestSharedEndpointsDoNotShareRights(t *testing.T) {
	files := emit(t, sealed+
		runner("r1", "docker = true\nsource = repository.app\npull = [image.base]\npush = [image.one]")+
		runner("r2", "docker = true\nsource = repository.app\npull = [image.base]\npush = [image.two]"))
	image := func(name string) string { return "arn:aws:ecr:eu-west-1:111111111111:repository/" + name }
	for _, endpoint := range []string{"aws_vpc_endpoint.ci_ecr_api", "aws_vpc_endpoint.ci_ecr_dkr"} {
		p := files.Policy(endpoint, "policy")
		assert.Equal(t, []string{role("r1")}, p.Callers("ecr:PutImage", image("one")), endpoint)
		assert.Equal(t, []string{role("r2")}, p.Callers("ecr:PutImage", image("two")), endpoint)
		assert.Equal(t, []string{role("r1"), role("r2")}, p.Callers("ecr:GetDownloadUrlForLayer", image("base")), endpoint)
		assert.Empty(t, p.Callers("ecr:PutImage", image("base")), endpoint)
		assert.Empty(t, p.Callers("ecr:PutImage", image("other")), endpoint)
	}
	log := files.Policy("aws_vpc_endpoint.ci_logs", "policy")
	assert.Equal(t, []string{role("r1")}, log.Callers("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r1:x"))
}

func TestSameNeedsAreOneStatement(t *testing.T) {
	p := emit(t, sealed+runner("r1", "source = repository.app")+runner("r2", "source = repository.app")).
		Policy("aws_vpc_endpoint.ci_git_codecommit", "policy")
	require.Len(t, p.Statement, 1)
	assert.Equal(t, []string{role("r1"), role("r2")}, p.Callers("codecommit:GitPull", "arn:aws:codecommit:eu-west-1:111111111111:app"))
}

// TestLayersHaveNoCaller: ECR signs the addresses of layers, so a condition on the caller would refuse every pull.
func TestLayersHaveNoCaller(t *testing.T) {
	p := emit(t, sealed+runner("r", "docker = true\nsource = repository.app\npull = [image.base]\nread = [\"arn:aws:s3:::acme\"]")).
		Policy("aws_vpc_endpoint.ci_s3", "policy")
	layer := p.For("s3:GetObject", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer")
	assert.Equal(t, "*", layer.Principal)
	assert.Empty(t, layer.Condition)
	assert.Equal(t, []string{role("r")}, p.Callers("s3:GetObject", "arn:aws:s3:::acme/object"))
	assert.Empty(t, p.Callers("s3:PutObject", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer"))
	assert.Empty(t, p.Callers("s3:GetObject", "arn:aws:s3:::somebody/object"))
}

func TestUsesIsFencedByCallersAndTheirAccounts(t *testing.T) {
	s := emit(t, sealed+runner("r", "source = repository.app\nuses = [\"ecs\"]\nassume = [\"arn:aws:iam::222222222222:role/ci/deploy\"]")).
		Policy("aws_vpc_endpoint.ci_ecs", "policy").For("ecs:UpdateService", "*")
	assert.Equal(t, map[string]map[string]generatortest.Strings{
		"ArnEquals":    {"aws:PrincipalArn": {role("r"), "arn:aws:iam::222222222222:role/ci/deploy"}},
		"StringEquals": {"aws:ResourceAccount": {"111111111111", "222222222222"}},
	}, s.Condition)
}

// TestUsesDoesNotMixTheAccountsOfNeighbours: r1 has no business in the account that r2 deploys to.
func TestUsesDoesNotMixTheAccountsOfNeighbours(t *testing.T) {
	p := emit(t, sealed+
		runner("r1", "source = repository.app\nuses = [\"ecs\"]\nassume = [\"arn:aws:iam::222222222222:role/deploy\"]")+
		runner("r2", "source = repository.app\nuses = [\"ecs\"]\nassume = [\"arn:aws:iam::333333333333:role/deploy\"]")).
		Policy("aws_vpc_endpoint.ci_ecs", "policy")
	for _, s := range p.Statement {
		callers, accounts := s.Condition["ArnEquals"]["aws:PrincipalArn"], s.Condition["StringEquals"]["aws:ResourceAccount"]
		assert.NotEmpty(t, accounts)
		for _, caller := range callers {
			foreign := map[string]string{role("r1"): "333333333333", role("r2"): "222222222222"}[caller]
			if foreign != "" {
				assert.NotContains(t, accounts, foreign, caller)
			}
		}
	}
}

func TestEndpointWithoutPolicySaysSo(t *testing.T) {
	files := emit(t, sealed+runner("r", "source = repository.app\nuses = [\"codepipeline\"]"))
	assert.Nil(t, files.Attr("aws_vpc_endpoint.ci_codepipeline", "policy"))
	assert.Contains(t, files.Text["tooling/eu-west-1/network/endpoints_ci.tf"], "AWS documents no policy for this endpoint")
}

func TestPolicyOverTheLimit(t *testing.T) {
	var spec strings.Builder
	spec.WriteString(sealed)
	for i := range 90 {
		spec.WriteString(runner(fmt.Sprintf("r%d", i), fmt.Sprintf("source = repository.app\nwrite = [\"arn:aws:s3:::%s-%d\"]", strings.Repeat("b", 40), i)))
	}
	diags := generatortest.Mistakes(t, endpoints.Blueprint{}, spec.String())
	require.True(t, diags.HasErrors())
	assert.Equal(t, "Endpoint policy over the limit", diags[0].Summary)
	assert.Contains(t, diags[0].Detail, "20480")
	assert.True(t, strings.HasPrefix(spec.String()[diags[0].Subject.Start.Byte:], "runner"), "points at a runner")
}

func TestSealedRunnersReachEndpointsAndNothingElse(t *testing.T) {
	files := emit(t, sealed+runner("r", "source = repository.app\nread = [\"arn:aws:s3:::acme\"]")+runner("q", "source = repository.app"))
	assert.Equal(t, []string{
		"aws_vpc_security_group_egress_rule.q_endpoints",
		"aws_vpc_security_group_egress_rule.r_endpoints", "aws_vpc_security_group_egress_rule.r_s3",
	}, files.All("aws_vpc_security_group_egress_rule"), "q asks nothing of S3")
	assert.Equal(t, []string{
		"aws_vpc_security_group_ingress_rule.ci_endpoints_q", "aws_vpc_security_group_ingress_rule.ci_endpoints_r",
	}, files.All("aws_vpc_security_group_ingress_rule"), "nothing opens a connection to a build")
	for _, rule := range append(files.All("aws_vpc_security_group_egress_rule"), files.All("aws_vpc_security_group_ingress_rule")...) {
		assert.Nil(t, files.Attr(rule, "cidr_ipv4"), rule)
		assert.EqualValues(t, 443, files.Attr(rule, "from_port"), rule)
		assert.EqualValues(t, 443, files.Attr(rule, "to_port"), rule)
		assert.NotEmpty(t, files.Attr(rule, "description"), rule)
	}
}

func TestNATHasTheEndpointsThatSomebodyNames(t *testing.T) {
	nat := strings.Replace(sealed, `zones   = ["a"]`, "zones   = [\"a\"]\n  egress = \"nat\"", 1)
	bare := emit(t, nat+runner("r", "docker = true\nsource = repository.app\npush = [image.one]"))
	assert.Empty(t, bare.All("aws_vpc_endpoint"))
	assert.Equal(t, []string{"aws_security_group.r"}, bare.All("aws_security_group"), "no group for no endpoints")
	assert.Equal(t, "0.0.0.0/0", bare.Attr("aws_vpc_security_group_egress_rule.r_internet", "cidr_ipv4"))

	one := emit(t, nat+runner("r1", "source = repository.app\nuses = [\"lambda\"]")+runner("r2", "source = repository.app"))
	assert.Equal(t, []string{"aws_vpc_security_group_ingress_rule.ci_endpoints_r1"}, one.All("aws_vpc_security_group_ingress_rule"))

	// With private DNS everybody's requests go there: the runner that names the endpoint, and the others' own work.
	named := emit(t, nat+runner("r1", "source = repository.app\nuses = [\"logs\"]")+runner("r2", "source = repository.app"))
	assert.Equal(t, []string{"aws_vpc_endpoint.ci_logs"}, named.All("aws_vpc_endpoint"))
	assert.Contains(t, named.Policy("aws_vpc_endpoint.ci_logs", "policy").
		Callers("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r2:x"), role("r2"))
	assert.Contains(t, named.All("aws_vpc_security_group_ingress_rule"), "aws_vpc_security_group_ingress_rule.ci_endpoints_r2")
}

// machines are runners of network.ci that somebody else runs, and roles that they assume in account.prod.
const machines = `
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
issuer "own" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}
runner "one" {
  network = network.ci
  issuer  = issuer.own
  uses    = ["ecs"]
}
runner "two" {
  network   = network.ci
  principal = "arn:aws:iam::111111111111:role/two"
}
role "one" {
  account          = account.prod
  name             = "one"
  runners          = [runner.one]
  subjects         = ["one"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
role "two" {
  account          = account.prod
  name             = "two"
  runners          = [runner.two]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
`

// TestTokensHaveNoCaller: a condition on aws:PrincipalArn, or on any other key of the caller's, would refuse every token.
func TestTokensHaveNoCaller(t *testing.T) {
	const one, two = "arn:aws:iam::222222222222:role/one", "arn:aws:iam::222222222222:role/two"
	p := emit(t, sealed+machines).Policy("aws_vpc_endpoint.ci_sts", "policy")
	s := p.For("sts:AssumeRoleWithWebIdentity", one)
	assert.Equal(t, "*", s.Principal)
	assert.Equal(t, generatortest.Strings{one}, s.Resource)
	assert.Empty(t, s.Condition)
	assert.False(t, p.Allows("sts:AssumeRoleWithWebIdentity", two), "nobody assumes it by token")
	assert.Equal(t, []string{"arn:aws:iam::111111111111:role/two"}, p.Callers("sts:AssumeRole", two))
	assert.Empty(t, p.Callers("sts:AssumeRole", one))
	assert.Subset(t, p.Callers("sts:GetCallerIdentity", "*"), []string{one, two}, "sessions ask who they are")
}

// TestCallersOfMachines: who has tokens alone calls other services as the roles that it assumes.
func TestCallersOfMachines(t *testing.T) {
	files := emit(t, sealed+machines)
	s := files.Policy("aws_vpc_endpoint.ci_ecs", "policy").For("ecs:UpdateService", "*")
	assert.Equal(t, map[string]map[string]generatortest.Strings{
		"ArnEquals":    {"aws:PrincipalArn": {"arn:aws:iam::222222222222:role/one"}},
		"StringEquals": {"aws:ResourceAccount": {"222222222222"}},
	}, s.Condition)
	group := "aws_security_group.one"
	assert.Equal(t, "Machines of runner.one", files.Attr(group, "description"))
	assert.Equal(t, "${aws_security_group.one.id}", files.Attr("output.one_security_group_id", "value"))
	assert.Equal(t, []string{"aws_vpc_security_group_egress_rule.one_endpoints", "aws_vpc_security_group_egress_rule.two_endpoints"}, files.All("aws_vpc_security_group_egress_rule"))
}

// TestNobodyToCall: an endpoint without a statement would have AWS's own policy, which admits everybody.
func TestNobodyToCall(t *testing.T) {
	tooling := &topology.Account{Name: "tooling", ID: "111111111111", Region: "eu-west-1", Partition: aws.PartitionOf("eu-west-1")}
	n := &topology.Network{Name: "ci", Place: topology.Place{Account: tooling, Region: "eu-west-1"}}
	r := &topology.Runner{Name: "r", Network: n}
	n.Runners = []*topology.Runner{r}
	n.Endpoints = []*topology.Endpoint{{Network: n, Service: "ecs", Work: []*topology.Access{{
		Runner: r, Deeds: []topology.Deed{{Does: "uses ecs"}}, Through: []aws.Service{"ecs"}, Actions: []string{"ecs:*"}, Resources: []string{"*"}, Unknown: true,
	}}}}
	files, diags := generatortest.EmitTopology(t, endpoints.Blueprint{}, &topology.Topology{Networks: []*topology.Network{n}})
	require.Empty(t, diags)
	p := files.Policy("aws_vpc_endpoint.ci_ecs", "policy")
	require.Len(t, p.Statement, 1)
	assert.Equal(t, "Deny", p.Statement[0].Effect)
	assert.Equal(t, "*", p.Statement[0].Principal)
	assert.Equal(t, generatortest.Strings{"*"}, p.Statement[0].Action)
	assert.Empty(t, p.Statement[0].Condition)
}

func TestExistingVPC(t *testing.T) {
	files := emit(t, `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "ci" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60002", "subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}
`+runner("r", "source = \"arn:aws:s3:::acme/app.zip\""))
	assert.Equal(t, []any{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"}, files.Attr("aws_vpc_endpoint.ci_logs", "subnet_ids"))
	assert.Equal(t, []any{"rtb-0a1b2c3d4e5f60718"}, files.Attr("aws_vpc_endpoint.ci_s3", "route_table_ids"))
	assert.Nil(t, files.Attr("aws_vpc_endpoint.ci_s3", "subnet_ids"))
	for _, b := range append(files.All("aws_vpc_endpoint"), files.All("aws_security_group")...) {
		assert.Equal(t, "vpc-0a1b2c3d4e5f60718", files.Attr(b, "vpc_id"), b)
	}
}

func TestPartitions(t *testing.T) {
	china := strings.NewReplacer("eu-west-1", "cn-north-1").Replace(sealed)
	files := emit(t, china+runner("r", "docker = true\nsource = repository.app\npull = [image.base]"))
	assert.Equal(t, "cn.com.amazonaws.cn-north-1.ecr.dkr", files.Attr("aws_vpc_endpoint.ci_ecr_dkr", "service_name"))
	assert.Equal(t, "com.amazonaws.cn-north-1.logs", files.Attr("aws_vpc_endpoint.ci_logs", "service_name"))
	assert.Equal(t, []string{generatortest.Anyone}, files.Policy("aws_vpc_endpoint.ci_s3", "policy").
		Callers("s3:GetObject", "arn:aws-cn:s3:::prod-cn-north-1-starport-layer-bucket/layer"))
}

// TestBucketsNameTheS3Endpoint: its ID goes out where a bucket's policy names it, and nowhere else.
func TestBucketsNameTheS3Endpoint(t *testing.T) {
	const web = "replication \"web\" {\n  from { account = account.tooling }\n  to {\n    account = account.tooling\n    region = \"eu-west-2\"\n  }\n}\n"
	builder := func(more string) string {
		return "runner \"builder\" {\n  network = network.ci\n  codebuild { source = \"arn:aws:s3:::acme/app.zip\" }\n" + more + "\n}\n"
	}
	files := emit(t, sealed+web+builder("publish = [replication.web]"))
	assert.Equal(t, "${aws_vpc_endpoint.ci_s3.id}", files.Attr("output.ci_s3_endpoint_id", "value"))
	put := files.Policy("aws_vpc_endpoint.ci_s3", "policy").For("s3:PutObject", "arn:aws:s3:::postern-web-111111111111-eu-west-1/a")
	assert.Equal(t, generatortest.Strings{role("builder")}, put.Condition["ArnEquals"]["aws:PrincipalArn"])
	assert.NotContains(t, emit(t, sealed+web+builder("")).All("output"), "output.ci_s3_endpoint_id")
}

// TestSessionsAloneGoThrough: what a runner does with a role's session, it may not do as itself.
func TestSessionsAloneGoThrough(t *testing.T) {
	p := emit(t, sealed+`
replication "web" {
  from { account = account.tooling }
  to {
    account = account.tooling
    region  = "eu-west-2"
  }
}
runner "builder" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
role "release" {
  account = account.tooling
  runners = [runner.builder]
  publish = [replication.web]
}
`).Policy("aws_vpc_endpoint.ci_s3", "policy")
	assert.Equal(t, []string{"arn:aws:iam::111111111111:role/postern-release"}, p.Callers("s3:PutObject", "arn:aws:s3:::postern-web-111111111111-eu-west-1/a"))
}

// TestReadersOfAnIndexSignNothing: the endpoint lets requests without a caller through, to the index alone.
func TestReadersOfAnIndexSignNothing(t *testing.T) {
	p := emit(t, sealed+`
runner "builder" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
package_index "python" {
  account    = account.tooling
  readers    = [runner.builder]
  publishers = [runner.builder]
}
`).Policy("aws_vpc_endpoint.ci_s3", "policy")
	assert.Contains(t, p.Callers("s3:GetObject", "arn:aws:s3:::postern-python-111111111111-eu-west-1/a"), generatortest.Anyone)
	assert.Equal(t, []string{role("builder")}, p.Callers("s3:GetObject", "arn:aws:s3:::acme/app.zip"))
}
