package proof_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/proof"
)

// TestPopularMistakes: recipes for roles that are published and wrong, each with a twin that differs from it in one place and
// is right.
func TestPopularMistakes(t *testing.T) {
	const private, public, identified = "prod/global/identity/role_deploy-prod.tf", "prod/global/identity/role_deploy.tf", "prod/global/identity/role_deploy.tf"
	const endpoint = "prod/eu-west-1/network/endpoints_prod.tf"
	const vpc = `            "aws:SourceVpc" +=[^\n]*\n`
	const inside = `(?s)IpAddress = \{\n            "aws:VpcSourceIp" = "[^"]+"`
	const subject = `StringLike = \{\n            ("[^"]+:sub" += )("[^"]+")\n`
	const guards = `(?s)(NotIpAddress = \{\n            "aws:SourceIp" = \[.*?\]\n          \}\n)          (StringNotEquals = \{.*?\n          \}\n)`
	const apart = "$1        }\n      },\n      {\n        Effect = \"Deny\"\n        Action = \"*\"\n        Resource = \"*\"\n        Condition = {\n          $2"
	const tokens = `(AssumeRoleWithWebIdentity"\n\s+Resource  = "[^"]+"\n)`
	when := func(test string) string { return "${1}Condition = {\nStringEquals = {\n" + test + "\n}\n}\n" }
	tests := map[string]struct {
		example, file, pattern string
		bad                    string
		claim                  proof.Claim
		why                    string
		good                   string
	}{
		"an address that requests through an endpoint lack": {"bitbucket-private", private, inside,
			`IpAddress = { "aws:SourceIp" = "198.51.100.7/32"`, proof.Entered, "the request has no aws:SourceIp",
			`IpAddress = { "aws:VpcSourceIp" = ["10.60.0.0/26", "10.60.0.64/26"]`},
		"an address that need not be there": {"bitbucket-addresses", public, `IpAddress( = \{\n\s+"aws:SourceIp")`,
			`IpAddressIfExists$1`, proof.Trusted, "a stolen token without an address",
			`"ForAnyValue:IpAddress"$1`},
		"a private range on the internet": {"bitbucket-addresses", public, `("aws:SourceIp" =) \[[^\]]*\]`,
			`$1 "10.0.0.0/8"`, proof.Entered, "cannot assume role.deploy from 198.51.100.7",
			`$1 ["198.51.100.7", "198.51.100.8/31", "198.51.100.10/31"]`},
		"an audience that need not be there": {"bitbucket-addresses", public, `StringEquals( = \{\n\s+"[^"]+:aud")`,
			`"ForAllValues:StringEquals"$1`, proof.Trusted, "a token without an audience",
			`"ForAnyValue:StringEquals"$1`},
		"no subject": {"bitbucket-addresses", public, subject,
			"StringLike = {\n", proof.Trusted, "another repository",
			"StringLike = {\n            $1[$2]\n"},
		"any subject": {"bitbucket-addresses", public, subject,
			"StringLike = {\n            $1\"*\"\n", proof.Trusted, "another repository",
			"\"ForAnyValue:StringLike\" = {\n            $1$2\n"},
		"one subject exactly and another as a pattern": {"bitbucket-addresses", public, subject,
			"StringNotLike = {\n            \"aws:SourceVpce\" = \"*\"\n          }\n          StringEquals = {\n            $1\"{c3d4e5f6-0000-4000-8000-000000000001}:x\"\n          }\n          StringLike = {\n            $1$2\n", proof.Entered, "StringEquals",
			"StringLike = {\n            $1[\"{c3d4e5f6-0000-4000-8000-000000000001}:x\", $2]\n"},
		"a subject by name alone": {"github-immutable", identified, `"repo:acme@1203551/platform@874120133:environment:production"`,
			`"repo:acme/platform:environment:production"`, proof.Entered, "does not hold for repo:acme@1203551/platform@874120133:environment:production",
			"\"repo:acme@1203551/platform@874120133:environment:production\",\n\"repo:acme@1203551/platform@874120133:environment:production\""},
		"an organization that begins alike": {"github-immutable", identified, `StringEquals = \{(\n.*aud" = .*\n)(\s+"[^"]+:sub" = )\[[^\]]*\]`,
			"StringEquals = {$1          }\n          StringLike = {\n$2\"repo:acme*\"", proof.Trusted, "another repository",
			"StringEquals = {$1          }\n          StringLike = {\n$2[\"repo:acme/billing:environment:production\", \"repo:acme@1203551/platform@874120133:environment:production\"]"},
		"two refusals, one for each way": {"bitbucket-private", private, guards,
			apart, proof.Permitted, "from the NAT gateway", "$2          $1"},
		"private addresses of any VPC": {"bitbucket-private", private, vpc,
			"", proof.Trusted, "in another VPC",
			"            \"aws:SourceVpc\" = [data.terraform_remote_state.prod_eu-west-1_network.outputs.prod_vpc_id]\n"},
		"an endpoint for callers of the account": {"bitbucket-private", endpoint, tokens,
			when(`"aws:PrincipalAccount" = "222222222222"`), proof.Entered, "the request has no aws:PrincipalAccount",
			when(`"AWS:resourceaccount" = "222222222222"`)},
		"an endpoint for callers of the organization": {"bitbucket-private", endpoint, tokens,
			when(`"aws:PrincipalOrgID" = "o-1"`), proof.Entered, "the request has no aws:PrincipalOrgID",
			when(`"aws:ResourceAccount" = ["222222222222"]`)},
	}
	for name, test := range tests {
		s := example(t, test.example)
		bad := proof.Prove(s.topology, replaced(t, test.file, test.pattern, test.bad)(s.files))
		assert.Contains(t, titles(bad), test.claim, name)
		assert.Contains(t, reasons(bad), test.why, name)
		good := proof.Prove(s.topology, replaced(t, test.file, test.pattern, test.good)(s.files))
		assert.Empty(t, reasons(good), "the twin of: %s", name)
	}
}

// titles are the claims that failed.
func titles(r proof.Report) (out []proof.Claim) {
	for _, f := range r.Failures {
		out = append(out, f.Claim)
	}
	return out
}
