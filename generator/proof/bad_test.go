package proof_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

// A change turns the files of a tree into others.
type change func([]tree.File) []tree.File

// replaced changes every match of a pattern in the files whose path ends in this.
func replaced(t *testing.T, file, pattern, with string) change {
	return func(files []tree.File) []tree.File {
		out, fits := slices.Clone(files), false
		for i, f := range out {
			if strings.HasSuffix(f.Path, file) {
				out[i].Data = regexp.MustCompile(pattern).ReplaceAll(f.Data, []byte(with))
				fits = fits || string(out[i].Data) != string(f.Data)
			}
		}
		require.True(t, fits, "%s is nowhere in %s", pattern, file)
		return out
	}
}

func example(t *testing.T, name string) sample {
	all := samples(t)
	i := slices.IndexFunc(all, func(s sample) bool { return s.name == name })
	require.GreaterOrEqual(t, i, 0)
	return all[i]
}

// TestEndpointThatAdmitsNobody: an endpoint policy that means "only from here" and, without an Allow, admits nobody.
func TestEndpointThatAdmitsNobody(t *testing.T) {
	sealed := example(t, "sealed-build")
	const file, statements = "network/endpoints_ci.tf", `(?s)(com\.amazonaws\.ap-northeast-1\.%s".*?Statement = \[\n)(.*?\n)(    \]\n  \}\))`
	const deny = `      {
        Effect    = "Deny"
        Principal = "*"
        Action    = "*"
        Resource  = "*"
        Condition = {
          StringNotEquals = {
            "aws:SourceVpc" = aws_vpc.ci.id
          }
        }
      },
`
	for _, service := range []string{`ecr\.api`, `ecr\.dkr`, "logs", "git-codecommit", "s3"} {
		pattern := strings.Replace(statements, "%s", service, 1)
		bad := proof.Prove(sealed.topology, replaced(t, file, pattern, "$1"+strings.ReplaceAll(deny, "$", "$$")+"$3")(sealed.files))
		assert.Contains(t, reasons(bad), "no statement of it allows anything", service)
		assert.Contains(t, reasons(bad), "no statement of the endpoint policy allows it", service)
		twin := proof.Prove(sealed.topology, replaced(t, file, pattern, "$1$2"+deny+"$3")(sealed.files))
		assert.Empty(t, twin.Failures, "the same Deny beside the Allow: %s", service)
	}
}

// TestBuildWithNoWayToAnything: a build in private subnets of a network that has neither endpoints nor NAT, in the default
// security group. All missing services are reported at once.
func TestBuildWithNoWayToAnything(t *testing.T) {
	sealed := example(t, "sealed-build")
	gone := replaced(t, "network/endpoints_ci.tf", `(?s)resource "aws_vpc_endpoint" .*?\n\}\n`, "")
	lost := replaced(t, "network/runner_builder.tf", `(?s)resource "aws_vpc_security_group_egress_rule" .*?\n\}\n`, "")
	group := replaced(t, "network/outputs.tf", `aws_security_group\.builder\.id`, "aws_default_security_group.ci.id")
	bad := reasons(proof.Prove(sealed.topology, group(lost(gone(sealed.files)))))
	for _, s := range sealed.topology.Networks[0].Endpoints {
		assert.Contains(t, bad, "through "+string(s.Service)+", but the VPC has neither an endpoint for it nor a way out")
	}
	for _, twin := range []string{"sealed-build", "nat-egress"} {
		good := example(t, twin)
		assert.Empty(t, proof.Prove(good.topology, good.files).Failures, twin)
	}
}

func TestBrokenPaths(t *testing.T) {
	const endpoints = "network/endpoints_ci.tf"
	tests := map[string]struct {
		change change
		want   string
	}{
		"endpoints in another VPC": {replaced(t, endpoints, `(vpc_endpoint" "\w+" \{\n  vpc_id\s+=) \S+`, `$1 "vpc-1"`), "has neither an endpoint for it nor a way out"},
		"private DNS off":          {replaced(t, endpoints, `private_dns_enabled = true`, `private_dns_enabled = false`), "its name leads to a public address"},
		"group without the build":  {replaced(t, endpoints, `(?s)resource "aws_vpc_security_group_ingress_rule" .*?\n\}\n`, ""), "does not admit the runner"},
		"layers out of reach":      {replaced(t, endpoints, `(?s)resource "aws_vpc_endpoint" "ci_s3" .*?\n\}\n`, ""), "through s3, but"},
		"a public subnet": {replaced(t, "network/network_ci.tf", `(?s)\z`, `
resource "aws_internet_gateway" "ci" {
  vpc_id = aws_vpc.ci.id
}

resource "aws_route" "ci" {
  route_table_id         = aws_route_table.ci.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.ci.id
}
`), "an internet gateway is attached"},
	}
	sealed := example(t, "sealed-build")
	for name, test := range tests {
		assert.Contains(t, reasons(proof.Prove(sealed.topology, test.change(sealed.files))), test.want, name)
	}
}

// TestEndpointsTestsOfCallers: keys that the requests do not carry, and ones that everybody passes.
func TestTestsOfCallers(t *testing.T) {
	const file = "network/endpoints_ci.tf"
	tests := map[string]string{
		`IpAddress = { "aws:SourceIp" = "192.0.2.0/24" }`:            "the request has no aws:SourceIp",
		`IpAddressIfExists = { "aws:SourceIp" = "192.0.2.0/24" }`:    "anyone may ecr:BatchCheckLayerAvailability",
		`StringEquals = { "aws:PrincipalAccount" = "111111111111" }`: "arn:aws:iam::111111111111:root may ecr:BatchCheckLayerAvailability",
		`StringEquals = { "aws:SourceVpc" = "vpc-1" }`:               "does not hold for ${tooling.ap-northeast-1.network.aws_vpc.ci.id}",
	}
	sealed := example(t, "sealed-build")
	for condition, want := range tests {
		change := replaced(t, file, `(?s)ArnEquals = \{\n\s+"aws:PrincipalArn" = "[^"]+"\n\s+\}`, condition)
		assert.Contains(t, reasons(proof.Prove(sealed.topology, change(sealed.files))), want, condition)
	}
}

func reasons(r proof.Report) string {
	var b strings.Builder
	for _, f := range r.Failures {
		b.WriteString(f.Why + "\n")
	}
	return b.String()
}
