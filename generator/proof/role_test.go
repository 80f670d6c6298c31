package proof_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

// gates is a spec with every way into a role that no example has.
const gates = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "sealed" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a", "b"]
}

network "other" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
}

network "open" {
  account = account.tooling
  cidr    = "10.2.0.0/20"
  zones   = ["a", "b"]
  egress  = "nat"
}

network "moving" {
  account    = account.prod
  cidr       = "10.3.0.0/20"
  zones      = ["a"]
  egress     = "nat"
  transition = true
}

network "theirs" {
  account         = account.prod
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
  egress          = "nat"
  nat_addresses   = ["203.0.113.10", "203.0.113.11"]
}

issuer "bitbucket" {
  existing = [account.tooling]
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}

issuer "github" {
  audiences = ["sts.amazonaws.com", "https://github.com/acme"]
  github {}
}

issuer "own" {
  url       = "https://id.example.com"
  audiences = ["aws"]
}

runner "builder" {
  network = network.sealed
  codebuild { buildspec = "{}" }
}

runner "machine" {
  network = network.sealed
  issuer  = issuer.bitbucket
  uses    = ["ecs"]
}

runner "twin" {
  network = network.other
  issuer  = issuer.bitbucket
}

runner "out" {
  network = network.open
  issuer  = issuer.github
}

runner "mover" {
  network = network.moving
  issuer  = issuer.github
  uses    = ["sts"]
}

runner "guest" {
  network   = network.theirs
  addresses = ["172.20.1.0/24"]
  issuer    = issuer.own
}

runner "office" {
  addresses = ["198.51.100.4/30", "198.51.100.9", "2001:db8::/64"]
  issuer    = issuer.github
}

runner "cloud" {
  addresses = ["198.51.100.64/26"]
  issuer    = issuer.bitbucket
  hosted {
    vendor  = "atlassian"
    regions = ["us-east-1"]
  }
}

runner "jenkins" {
  addresses = ["198.51.100.7/32"]
  principal = "arn:aws:iam::333333333333:role/ci/jenkins"
}

runner "admin" {
  network   = network.other
  principal = "arn:aws:iam::222222222222:user/admin"
  uses      = ["ecs"]
}

role "deploy" {
  account      = account.prod
  name         = "deploy"
  runners      = [runner.machine, runner.builder, runner.cloud]
  repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  environments = ["{c3d4e5f6-0000-4000-8000-000000000002}"]
  guard        = "session"
  max_session  = 7200
  allow {
    actions   = ["ecs:UpdateService", "ecs:Describe*"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]
  }
}

role "release" {
  account              = account.prod
  runners              = [runner.out, runner.office, runner.mover]
  repositories         = ["acme@12/app@34"]
  branches             = ["main", "release/*"]
  environments         = ["prod"]
  managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  permissions_boundary = "arn:aws:iam::222222222222:policy/boundary"
}

role "watch" {
  account          = account.tooling
  runners          = [runner.jenkins, runner.admin, runner.twin]
  repositories     = ["{c3d4e5f6-0000-4000-8000-000000000001}"]
  managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}

role "visit" {
  account  = account.prod
  runners  = [runner.guest]
  subjects = ["job:deploy"]
  guard    = "session"
  allow {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
`

func TestGatesAreProved(t *testing.T) {
	proved(t, fromSpec(t, gates), "gates")
}

// TestGatesOfUnits: roles that have nothing to do with each other are proved apart, with the same result. Runners that come
// from the same addresses have to do with each other.
func TestGatesOfUnits(t *testing.T) {
	s := fromSpec(t, gates+elsewhere("198.19.7."))
	assert.Equal(t, 2, proof.Units(s.topology, s.files))
	assert.Equal(t, proof.Whole(s.topology, s.files), proved(t, s, "two of each"))
	open := replaced(t, "prod/global/identity/role_release.tf", `"198.51.100.9/32"`, `"198.51.100.8/31"`)(s.files)
	assert.Equal(t, proof.Whole(s.topology, open), proof.Prove(s.topology, open))
	assert.Contains(t, reasons(proof.Prove(s.topology, open)), "a stolen token from 198.51.100.8")

	s = fromSpec(t, gates+elsewhere("198.51.100."))
	assert.Equal(t, 1, proof.Units(s.topology, s.files))
	assert.Contains(t, string(proved(t, s, "one address").Access.Markdown("")), "with a stolen token let in as well: runner.jenkins, runner.x-jenkins, runner.x-office.")
}

// elsewhere is what gates are, in other accounts, for other issuers and with other addresses.
func elsewhere(addresses string) string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^\w+ "(\w+)" \{$`).FindAllStringSubmatch(gates, -1) {
		names = append(names, `"`+m[1]+`" {`, `"x-`+m[1]+`" {`)
		for _, end := range []string{"\n", "]", ","} {
			names = append(names, "."+m[1]+end, ".x-"+m[1]+end)
		}
	}
	return strings.NewReplacer(append(names, "111111111111", "444444444444", "222222222222", "555555555555", "333333333333", "666666666666",
		"acme", "emca", "id.example.com", "id.example.org", "2e5f60718", "2e5f60719", "198.51.100.", addresses, "203.0.113.", "198.19.8.", "2001:db8:", "2001:db9:",
		"github {}", "github {\n    url = \"https://git.example.com/_services/token\"\n  }")...).Replace(gates)
}

// TestOwnRoles: a role that no block of the spec describes is on the page, and must not take the spec's tokens.
func TestOwnRoles(t *testing.T) {
	s := fromSpec(t, gates)
	own := func(principal string) proof.Report {
		text := "resource \"aws_iam_role\" \"own\" {\n  name = \"own\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      Effect = \"Allow\"\n      Principal = " + principal +
			"\n      Action = \"sts:AssumeRole\"\n    }]\n  })\n}\n"
		return proof.Prove(s.topology, append(s.files, tree.File{Path: "prod/global/identity/own.tf", Data: []byte(text)}))
	}
	scheduler := own(`{ Service = "scheduler.amazonaws.com" }`)
	assert.Empty(t, scheduler.Failures)
	assert.Contains(t, string(scheduler.Access.Markdown("")), "| role `arn:aws:iam::222222222222:role/own`, which is not in the spec | whom its conditions let in of `scheduler.amazonaws.com` |")
	for _, principal := range []string{`"*"`, `{ Federated = aws_iam_openid_connect_provider.github.arn }`, `{ Federated = "*" }`} {
		assert.Contains(t, reasons(own(principal)), "lets in whoever has a token of issuer.github", principal)
	}
}

// TestExistingProvider: an account takes one provider for an issuer.
func TestExistingProvider(t *testing.T) {
	s := fromSpec(t, gates)
	second := tree.File{Path: "tooling/global/identity/own.tf", Data: []byte("resource \"aws_iam_openid_connect_provider\" \"own\" {\n  url = \"https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc\"\n  client_id_list = [\"x\"]\n}\n")}
	assert.Contains(t, reasons(proof.Prove(s.topology, append(s.files, second))), "account.tooling has the provider of issuer.bitbucket already")
}

// TestVariablesInPermissions: what a policy variable stands for is the same on both sides, and nothing beside it.
func TestVariablesInPermissions(t *testing.T) {
	s := fromSpec(t, strings.ReplaceAll(gates, `service/app/*"`, `service/$${aws:PrincipalTag/team}/*"`))
	proved(t, s, "a variable")
	const file, resource = "prod/global/identity/role_deploy.tf", `service/\$\$\{aws:PrincipalTag/team\}/`
	for with, claim := range map[string]proof.Claim{
		"service/": proof.Limited, "service/$$$${aws:PrincipalTag/owner}/": proof.Limited, "service/other/": proof.Permitted, "service/$$$${aws:PrincipalTag/team}/x/": proof.Permitted,
	} {
		assert.Contains(t, titles(proof.Prove(s.topology, replaced(t, file, resource, with)(s.files))), claim, with)
	}
}

// TestBesideTheWays: who has only some addresses in common with a role's runners is where its tokens work, too.
func TestBesideTheWays(t *testing.T) {
	const wide = "runner \"wide\" {\n  addresses = [\"198.51.100.0/28\"]\n  issuer    = issuer.own\n}\n"
	report := proved(t, fromSpec(t, gates+wide), "a wider range")
	i := slices.IndexFunc(report.Access.Roles, func(a proof.RoleAccess) bool { return a.Role == "release" })
	assert.Equal(t, []string{"jenkins", "wide"}, report.Access.Roles[i].Beside)
	assert.NotEmpty(t, report.Access.Roles[i].Refused)
}

// TestWordsThatAreTooWide: what nobody can make use of today is wider than it has to be all the same.
func TestWordsThatAreTooWide(t *testing.T) {
	s := fromSpec(t, gates)
	for pattern, with := range map[string]string{
		`IpAddress( = \{\n\s+"aws:VpcSourceIp")`: `IpAddressIfExists$1`,
		`("aws:SourceIp" =) ("198[^"]+")`:        `$1 [$2, "10.0.0.0/8"]`,
	} {
		why := reasons(proof.Prove(s.topology, replaced(t, "prod/global/identity/role_deploy.tf", pattern, with)(s.files)))
		assert.Contains(t, why, "although AWS makes no such request today", with)
	}
}
