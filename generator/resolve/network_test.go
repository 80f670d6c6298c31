package resolve

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// network is a sealed one in the account of these tests.
const network = `
network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}
`

// networkOf is a network of its own size, zones (a letter each) and way out.
func networkOf(cidr, letters, egress string) string {
	zones := strings.Split(letters, "")
	return fmt.Sprintf("network \"ci\" {\n account = account.tooling\n cidr = %q\n zones = [\"%s\"]\n egress = %q\n}\n",
		cidr, strings.Join(zones, `", "`), egress)
}

func TestSubnetsStayWhereTheyAre(t *testing.T) {
	loaded := load(t, account+networkOf("10.16.0.0/20", "a", "none"))
	zones := func(bits int, letters []string, egress string) *topology.Network {
		block := loaded.Networks[0]
		block.CIDR.V, block.Egress.V, block.Zones.V = fmt.Sprintf("10.16.0.0/%d", bits), egress, nil
		for _, letter := range letters {
			block.Zones.V = append(block.Zones.V, spec.Value[string]{V: letter, Range: block.Zones.Range})
		}
		resolved, diags := Topology(loaded)
		require.Empty(t, diags)
		require.Len(t, resolved.Networks[0].Zones, len(letters))
		return resolved.Networks[0]
	}
	for bits := 16; bits <= 27; bits++ {
		letters := strings.Split(zoneLetters[:min(8, 1<<(27-bits))], "")
		all := map[string]topology.Zone{}
		for _, z := range zones(bits, letters, "none").Zones {
			all[z.Letter] = z
		}
		for set := 1; set < 1<<len(letters); set++ {
			var some []string
			for i, letter := range letters {
				if set&(1<<i) != 0 {
					some = append(some, letter)
				}
			}
			for _, egress := range []string{"none", "nat"} {
				n := zones(bits, some, egress)
				requireSubnets(t, n)
				for _, z := range n.Zones {
					require.Equal(t, all[z.Letter], z, "/%d with zones %s and egress %s", bits, some, egress)
				}
			}
		}
	}
}

// requireSubnets checks that subnets lie apart, in their network, and are as large as AWS wants them.
func requireSubnets(t *testing.T, n *topology.Network) {
	t.Helper()
	var seen []netip.Prefix
	for _, z := range n.Zones {
		for _, p := range []netip.Prefix{z.Private, z.Public} {
			require.True(t, n.CIDR.Contains(p.Addr()) && p.Bits() > n.CIDR.Bits() && p == p.Masked(), "%s in %s", p, n.CIDR)
			require.LessOrEqual(t, p.Bits(), smallestSubnet)
			for _, other := range seen {
				require.False(t, p.Overlaps(other), "%s and %s", p, other)
			}
			seen = append(seen, p)
		}
	}
}

func TestSubnets(t *testing.T) {
	tests := []struct{ cidr, letters, private, public string }{
		{"10.20.0.0/16", "ah", "10.20.0.0/20 10.20.112.0/20", "10.20.128.0/20 10.20.240.0/20"},
		{"10.20.0.0/20", "ac", "10.20.0.0/24 10.20.2.0/24", "10.20.8.0/24 10.20.10.0/24"},
		{"10.20.0.0/26", "ab", "10.20.0.0/28 10.20.0.16/28", "10.20.0.32/28 10.20.0.48/28"},
		{"10.20.0.32/27", "a", "10.20.0.32/28", "10.20.0.48/28"},
	}
	for _, test := range tests {
		var private, public []string
		for _, z := range resolve(t, account+networkOf(test.cidr, test.letters, "none")).Networks[0].Zones {
			private, public = append(private, z.Private.String()), append(public, z.Public.String())
		}
		assert.Equal(t, test.private, strings.Join(private, " "), test.cidr)
		assert.Equal(t, test.public, strings.Join(public, " "), test.cidr)
	}
}

func TestRangeNamesTheSizeThatAZoneNeeds(t *testing.T) {
	for i, letter := range strings.Split(zoneLetters, "") {
		for bits := 16; bits <= 27; bits++ {
			want := []string{}
			if bits > rangeFor(i) {
				want = []string{"Range too small for zone"}
			}
			assert.Equal(t, want, mistakes(t, account+networkOf(fmt.Sprintf("10.16.0.0/%d", bits), letter, "none")), "zone %s in a /%d", letter, bits)
		}
	}
}

func TestRanges(t *testing.T) {
	for cidr, want := range map[string]string{
		"10.0.0.0/16":         "",
		"192.168.0.0/27":      "",
		"172.16.0.0/16":       "",
		"100.64.0.0/20":       "",
		"10.0.0.0":            "Unknown form of range",
		"10.0.0.0/33":         "Unknown form of range",
		"fd00::/56":           "Unknown form of range",
		"::ffff:10.0.0.0/112": "Unknown form of range",
		"10.0.0.1/20":         "Range with host bits",
		"10.0.0.0/15":         "Range of a wrong size",
		"10.0.0.0/28":         "Range of a wrong size",
		"172.17.128.0/20":     "Range that Docker uses",
	} {
		expected := []string{}
		if want != "" {
			expected = []string{want}
		}
		assert.Equal(t, expected, mistakes(t, account+networkOf(cidr, "a", "none")), cidr)
	}
}

func TestZoneNames(t *testing.T) {
	resolved := resolve(t, account+`
network "ci" {
  account = account.tooling
  region  = "us-east-1"
  cidr    = "10.20.0.0/20"
  zones   = ["us-east-1f", "b"]
}`)
	var names []string
	for _, z := range resolved.Networks[0].Zones {
		names = append(names, z.Letter+" "+z.Name)
	}
	assert.Equal(t, []string{"b us-east-1b", "f us-east-1f"}, names)
}

func TestOverlaps(t *testing.T) {
	two := func(first, second string) string {
		return account + `
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
network "one" {
  account = account.tooling
  zones   = ["a"]
  ` + first + `
}
network "two" {
  zones   = ["a"]
  ` + second + `
}`
	}
	overlap := []string{"Overlapping ranges"}
	assert.Equal(t, overlap, mistakes(t, two(`cidr = "10.0.0.0/20"`, "account = account.tooling\n cidr = \"10.0.15.0/24\"")))
	assert.Equal(t, overlap, mistakes(t, two(`cidr = "10.0.15.0/24"`, "account = account.tooling\n cidr = \"10.0.0.0/20\"")))
	assert.Empty(t, mistakes(t, two(`cidr = "10.0.0.0/20"`, "account = account.tooling\n cidr = \"10.0.16.0/20\"")))
	assert.Empty(t, mistakes(t, two(`cidr = "10.0.0.0/20"`, "account = account.prod\n cidr = \"10.0.0.0/20\"")), "another account")
	assert.Empty(t, mistakes(t, two(`cidr = "10.0.0.0/20"`, "account = account.tooling\n region = \"us-east-1\"\n cidr = \"10.0.0.0/20\"")), "another region")
	assert.Equal(t, []string{"Range with host bits", "Overlapping ranges"},
		mistakes(t, two(`cidr = "10.0.0.1/20"`, "account = account.tooling\n cidr = \"10.0.0.0/20\"")), "as it was meant")
}

// existing is a network in a VPC that is there already, without route tables.
const existing = `
network "ci" {
  account    = account.tooling
  vpc_id     = "vpc-0a1b2c3d4e5f60718"
  subnet_ids = ["subnet-0a1b2c3d4e5f60002", "subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  %s
}
runner "r" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    %s
  }
}
`

func TestExistingVPC(t *testing.T) {
	n := resolve(t, account+fmt.Sprintf(existing, `route_table_ids = ["rtb-0a1b2c3d"]`, `read = ["arn:aws:s3:::inputs"]`)).Networks[0]
	assert.Equal(t, &topology.ExistingVPC{
		ID: "vpc-0a1b2c3d4e5f60718", SubnetIDs: []string{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"}, RouteTableIDs: []string{"rtb-0a1b2c3d"},
	}, n.Existing)
	assert.False(t, n.FlowLogs, "whose VPC it is decides that")
	assert.Equal(t, "vpc-0a1b2c3d4e5f60718", n.VPCID().String())
	assert.Equal(t, n.SubnetIDs(), n.RemoteSubnetIDs())
}

func TestRouteTablesAreForTheGateway(t *testing.T) {
	missing := []string{"Existing VPC without route tables"}
	tests := []struct {
		network, build string
		want           []string
	}{
		{``, ``, []string{}},
		{``, `read = ["arn:aws:s3:::inputs"]`, missing},
		{`route_table_ids = []`, `read = ["arn:aws:s3:::inputs"]`, missing},
		{`egress = "nat"`, `read = ["arn:aws:s3:::inputs"]`, []string{}},
		{`egress = "nat"`, `uses = ["s3"]`, missing},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, mistakes(t, account+fmt.Sprintf(existing, test.network, test.build)), "%s %s", test.network, test.build)
	}
}
