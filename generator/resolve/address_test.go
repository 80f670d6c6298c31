package resolve

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/topology"
)

func prefixes(text string) (out []netip.Prefix) {
	for p := range strings.FieldsSeq(text) {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func TestAggregated(t *testing.T) {
	tests := []struct{ ranges, want string }{
		{"", ""},
		{"198.51.100.7/32", "198.51.100.7/32"},
		{"198.51.100.7/32 198.51.100.7/32", "198.51.100.7/32"},
		{"198.51.100.7/32 198.51.100.0/24", "198.51.100.0/24"},
		{"198.51.100.7/32 198.51.100.6/32", "198.51.100.6/31"},
		{"198.51.100.7/32 198.51.100.8/32", "198.51.100.7/32 198.51.100.8/32"}, // neighbours, and no halves of one range
		{"10.0.3.0/24 10.0.2.0/24 10.0.1.0/24 10.0.0.0/24", "10.0.0.0/22"},
		{"10.0.0.0/24 10.0.1.0/25 10.0.1.128/26 10.0.1.192/26", "10.0.0.0/23"},
		{"2001:db8:1::/48 2001:db8::/48 198.51.100.7/32", "198.51.100.7/32 2001:db8::/47"},
		{"0.0.0.0/1 128.0.0.0/1 ::/1 8000::/1", "0.0.0.0/0 ::/0"},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, joined(topology.Aggregated(prefixes(test.ranges)), " "), test.ranges)
	}
}

// TestAggregatedHasTheSameAddresses compares each address of a small range, for many lists.
func TestAggregatedHasTheSameAddresses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var ranges []netip.Prefix
		for range 1 + random.IntN(8) {
			ranges = append(ranges, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(random.IntN(64))}), 26+random.IntN(7)).Masked())
		}
		fewest := topology.Aggregated(ranges)
		for last := range 64 {
			a := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(last)}), 32)
			require.Equal(t, covered(a, ranges), covered(a, fewest), "%s in %v and %v", a, ranges, fewest)
		}
		for i, p := range fewest[1:] {
			whole := netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
			require.False(t, fewest[i].Overlaps(p))
			require.False(t, fewest[i].Bits() == p.Bits() && whole.Contains(fewest[i].Addr()), "%s and %s are halves", fewest[i], p)
		}
	}
}

func TestAddressesOfRunners(t *testing.T) {
	resolved := resolve(t, accounts+bitbucket+office("o", "198.51.100.7", "198.51.100.0/29", "2001:db8::1", "203.0.113.0/24", "3.0.0.0/8"))
	assert.Equal(t, "3.0.0.0/8 198.51.100.0/29 203.0.113.0/24 2001:db8::1/128", joined(resolved.Runners[0].Addresses, " "))
}
