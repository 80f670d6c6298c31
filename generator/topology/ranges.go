package topology

import (
	"net/netip"
	"slices"
)

// Contains tells whether a range has all addresses of another.
func Contains(whole, part netip.Prefix) bool {
	return whole.Bits() <= part.Bits() && whole.Contains(part.Addr())
}

// Aggregated are the fewest ranges with exactly the addresses of these, sorted: ranges inside others are left out, and
// two halves become one.
func Aggregated(ranges []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range slices.SortedFunc(slices.Values(ranges), netip.Prefix.Compare) {
		if len(out) > 0 && Contains(out[len(out)-1], p) {
			continue
		}
		out = append(out, p)
		for len(out) > 1 {
			whole := netip.PrefixFrom(p.Addr(), out[len(out)-1].Bits()-1).Masked()
			if out[len(out)-2].Bits() != whole.Bits()+1 || !whole.Contains(out[len(out)-2].Addr()) {
				break
			}
			out = append(out[:len(out)-2], whole)
		}
	}
	return out
}

// Private are the addresses of the network's private subnets, aggregated; none of an existing VPC, of which they are
// not known.
func (n *Network) Private() []netip.Prefix {
	var out []netip.Prefix
	for _, z := range n.Zones {
		if z.Private.IsValid() {
			out = append(out, z.Private)
		}
	}
	return Aggregated(out)
}
