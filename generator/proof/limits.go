package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// points are addresses in a range, one for each part of it that policies may treat in a way of its own: its ends, and the
// addresses on both sides of every limit that they name inside of it.
func points(p netip.Prefix, limits [][]netip.Addr) []netip.Addr {
	all := ends(p)
	for _, of := range limits {
		for _, a := range of {
			if p.Contains(a) && !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// limitsOf are the addresses on both sides of the limits of all ranges that policies name.
func limitsOf(policies []*policy.Policy) (out [][]netip.Addr) {
	for _, p := range policies {
		var limits []netip.Addr
		for _, s := range p.Document.Statements {
			for _, c := range s.Conditions {
				if !strings.EqualFold(c.Key, "aws:SourceIp") && !strings.EqualFold(c.Key, "aws:VpcSourceIp") {
					continue
				}
				for _, t := range samples(c) {
					if a, err := netip.ParseAddr(t.String()); err == nil {
						limits = append(limits, a)
					}
				}
			}
		}
		out = append(out, limits)
	}
	return out
}
