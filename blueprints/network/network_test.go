package network_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/network"
	"github.com/postern-dev/postern/generator/generatortest"
)

// emit runs the blueprint over one network, of which the arguments are given.
func emit(t *testing.T, arguments string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, network.Blueprint{}, `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "ci" {
  account = account.tooling
`+arguments+`
}
`)
}

func subnets(t *testing.T, files *generatortest.Files) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, address := range files.All("aws_subnet") {
		out[address[len("aws_subnet.ci_"):]] = files.Attr(address, "cidr_block").(string)
	}
	return out
}

// TestSubnetsNeverMove: another zone or a way out adds subnets and leaves those that are there alone.
func TestSubnetsNeverMove(t *testing.T) {
	for _, cidr := range []string{"10.0.0.0/16", "10.20.0.0/20", "192.168.16.0/23"} {
		before := subnets(t, emit(t, fmt.Sprintf("cidr = %q\nzones = [\"c\"]", cidr)))
		after := subnets(t, emit(t, fmt.Sprintf("cidr = %q\nzones = [\"a\", \"c\", \"h\"]\negress = \"nat\"", cidr)))
		require.Len(t, before, 1)
		assert.Len(t, after, 6)
		assert.Equal(t, before["c"], after["c"], cidr)
	}
}

func TestSubnetsOfTheRange(t *testing.T) {
	tests := []struct {
		cidr, zone      string
		private, public string
	}{
		{"10.0.0.0/16", "a", "10.0.0.0/20", "10.0.128.0/20"},
		{"10.0.0.0/16", "h", "10.0.112.0/20", "10.0.240.0/20"},
		{"10.20.0.0/20", "c", "10.20.2.0/24", "10.20.10.0/24"},
		{"10.40.0.0/24", "h", "10.40.0.112/28", "10.40.0.240/28"},
		{"10.40.0.0/25", "d", "10.40.0.48/28", "10.40.0.112/28"},
		{"10.40.0.0/26", "b", "10.40.0.16/28", "10.40.0.48/28"},
		{"10.40.0.0/27", "a", "10.40.0.0/28", "10.40.0.16/28"},
	}
	for _, test := range tests {
		got := subnets(t, emit(t, fmt.Sprintf("cidr = %q\nzones = [%q]\negress = \"nat\"", test.cidr, test.zone)))
		assert.Equal(t, map[string]string{test.zone: test.private, "public_" + test.zone: test.public}, got, test.cidr)
	}
}

func TestSubnetsShareNothing(t *testing.T) {
	all := subnets(t, emit(t, "cidr = \"10.0.0.0/21\"\nzones = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\"]\negress = \"nat\""))
	require.Len(t, all, 16)
	for name, cidr := range all {
		p := netip.MustParsePrefix(cidr)
		assert.True(t, netip.MustParsePrefix("10.0.0.0/21").Contains(p.Addr()), name)
		for other, cidr := range all {
			assert.False(t, name != other && p.Overlaps(netip.MustParsePrefix(cidr)), "%s and %s", name, other)
		}
	}
}

func TestSealedHasNoWayOut(t *testing.T) {
	files := emit(t, "cidr = \"10.0.0.0/20\"\nzones = [\"a\", \"b\"]")
	for _, kind := range []string{"aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route"} {
		assert.Empty(t, files.All(kind), kind)
	}
	assert.Equal(t, []string{"aws_route_table.ci"}, files.All("aws_route_table"))
	assert.Equal(t, []string{"output.ci_private_subnet_ids", "output.ci_vpc_id"}, files.All("output"))
}

// TestZonesFailAlone: a NAT gateway serves the zone that it stands in, and no other.
func TestZonesFailAlone(t *testing.T) {
	files := emit(t, "cidr = \"10.0.0.0/20\"\nzones = [\"a\", \"b\"]\negress = \"nat\"")
	for _, z := range []string{"a", "b"} {
		gateway := "aws_nat_gateway.ci_" + z
		assert.Equal(t, "${aws_subnet.ci_public_"+z+".id}", files.Attr(gateway, "subnet_id"))
		assert.Equal(t, "${aws_eip.ci_"+z+".id}", files.Attr(gateway, "allocation_id"))
		assert.Equal(t, "${"+gateway+".id}", files.Attr("aws_route.ci_"+z, "nat_gateway_id"))
		assert.Equal(t, "${aws_route_table.ci_"+z+".id}", files.Attr("aws_route_table_association.ci_"+z, "route_table_id"))
		assert.Equal(t, "${aws_route_table.ci_public.id}", files.Attr("aws_route_table_association.ci_public_"+z, "route_table_id"))
		assert.Equal(t, "eu-west-1"+z, files.Attr("aws_subnet.ci_"+z, "availability_zone"))
		assert.Equal(t, "eu-west-1"+z, files.Attr("aws_subnet.ci_public_"+z, "availability_zone"))
	}
	assert.Equal(t, map[string]any{"a": "${aws_eip.ci_a.public_ip}", "b": "${aws_eip.ci_b.public_ip}"}, files.Attr("output.ci_nat_addresses", "value"))
}

func TestTheDefaultGroupLetsNothingThrough(t *testing.T) {
	files := emit(t, "cidr = \"10.0.0.0/20\"\nzones = [\"a\"]")
	assert.Equal(t, "${aws_vpc.ci.id}", files.Attr("aws_default_security_group.ci", "vpc_id"))
	assert.Nil(t, files.Attr("aws_default_security_group.ci", "ingress.protocol"))
	assert.Nil(t, files.Attr("aws_default_security_group.ci", "egress.protocol"))
}

func TestFlowLogs(t *testing.T) {
	const group = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/vpc/postern-ci"
	files := emit(t, "cidr = \"10.0.0.0/20\"\nzones = [\"a\"]")
	trust := files.Policy("aws_iam_role.flow_logs", "assume_role_policy")
	assert.Equal(t, map[string]map[string]generatortest.Strings{
		"StringEquals": {"aws:SourceAccount": {"111111111111"}},
		"ArnLike":      {"aws:SourceArn": {"arn:aws:ec2:eu-west-1:111111111111:vpc-flow-log/*"}},
	}, trust.Statement[0].Condition)
	allowed := files.Policy("aws_iam_role_policy.flow_logs", "policy")
	assert.True(t, allowed.Allows("logs:PutLogEvents", group+":*"))
	assert.False(t, allowed.Allows("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r:*"))
	assert.Equal(t, "${aws_kms_key.network.arn}", files.Attr("aws_cloudwatch_log_group.ci_flow_log", "kms_key_id"))
	assert.EqualValues(t, 365, files.Attr("aws_cloudwatch_log_group.ci_flow_log", "retention_in_days"))

	off := emit(t, "cidr = \"10.0.0.0/20\"\nzones = [\"a\"]\nflow_logs = false")
	assert.Empty(t, off.All("aws_flow_log"))
	assert.Empty(t, off.All("aws_iam_role"))
}

func TestNetworksOfAPlaceShareTheFlowLogRole(t *testing.T) {
	files := generatortest.Emit(t, network.Blueprint{}, `
postern { encryption = "aws" }
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "one" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
network "two" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
}
network "far" {
  account = account.tooling
  region  = "eu-west-2"
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
`)
	near := files.Policy("tooling/eu-west-1/network:aws_iam_role_policy.flow_logs", "policy")
	for _, n := range []string{"one", "two"} {
		assert.True(t, near.Allows("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/vpc/postern-"+n+":*"), n)
	}
	assert.NotEqual(t, files.Attr("tooling/eu-west-1/network:aws_iam_role.flow_logs", "name"),
		files.Attr("tooling/eu-west-2/network:aws_iam_role.flow_logs", "name"), "a role's name is the account's")
	assert.Nil(t, files.Attr("aws_cloudwatch_log_group.one_flow_log", "kms_key_id"), `encryption = "aws"`)
}

func TestExistingVPCIsLeftAlone(t *testing.T) {
	files := emit(t, `
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]`)
	assert.Empty(t, files.Text)
}
