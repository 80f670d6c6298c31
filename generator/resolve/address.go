package resolve

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// notPublic are the ranges that never appear as aws:SourceIp.
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; those for documentation are left out, as examples use them.
var notPublic = []struct {
	netip.Prefix
	what string
}{
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by carriers (RFC 6598)"},
	{netip.MustParsePrefix("fc00::/7"), "private"},
	{netip.MustParsePrefix("127.0.0.0/8"), "a machine's own (loopback)"},
	{netip.MustParsePrefix("::/127"), "a machine's own (loopback)"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("0.0.0.0/8"), "reserved"},
	{netip.MustParsePrefix("224.0.0.0/3"), "reserved"},
	{netip.MustParsePrefix("ff00::/8"), "reserved"},
}

// privateRanges is how many of notPublic can be ranges of a VPC.
const privateRanges = 5

// The shortest prefixes that may be a runner's: no one organisation's machines fill more. The largest blocks that
// registries hand out are about as large (believed).
const (
	shortestIPv4 = 8
	shortestIPv6 = 20
)

// isPrivate tells whether a range can be one inside a VPC and is nobody's on the internet.
func isPrivate(p netip.Prefix) bool {
	for _, r := range notPublic[:privateRanges] {
		if topology.Contains(r.Prefix, p) {
			return true
		}
	}
	return false
}

// covered tells whether ranges, which are aggregated, have all addresses of another range.
func covered(p netip.Prefix, ranges []netip.Prefix) bool {
	return slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return topology.Contains(r, p) })
}

// ranges reads the addresses and ranges of a list, each of which has to pass a check, and aggregates them.
func (r *resolver) ranges(list spec.List[string], check func(netip.Prefix, hcl.Range) bool) []netip.Prefix {
	var out []netip.Prefix
	for _, v := range list.V {
		if p, ok := r.addresses(v); ok && check(p, v.Range) {
			out = append(out, p)
		}
	}
	return topology.Aggregated(out)
}

// addresses reads an address or a range. Every address is as good as a range of its own.
func (r *resolver) addresses(v spec.Value[string]) (netip.Prefix, bool) {
	text := v.V
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), r.plain(a, v)
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		r.wrong(v.Range, "Unknown form of address", "%q is neither an IP address nor a range of them; the name of a host is none. Write one such as \"198.51.100.7\" or \"198.51.100.0/28\".", text)
		return p, false
	case p != p.Masked():
		r.wrong(v.Range, "Range with host bits", "%s lies inside a range and does not begin it. Write %q for the whole range, or %q for the one address.", text, p.Masked(), p.Addr())
		return p, false
	}
	return p, r.plain(p.Addr(), v)
}

// plain reports an IPv4 address in IPv6's clothes, which AWS compares with nothing.
func (r *resolver) plain(a netip.Addr, v spec.Value[string]) bool {
	if !a.Is4In6() {
		return true
	}
	r.wrong(v.Range, "Unknown form of address", "%q is an IPv4 address written as IPv6. Write %q.", v.V, a.Unmap())
	return false
}

// public checks that a range can be one that AWS sees requests come from over the internet. Whose says whose it is, and
// advice what to do about a private one.
func (r *resolver) public(whose, advice string) func(netip.Prefix, hcl.Range) bool {
	return func(p netip.Prefix, at hcl.Range) bool {
		shortest := shortestIPv4
		if p.Addr().Is6() {
			shortest = shortestIPv6
		}
		if p.Bits() < shortest {
			r.wrong(at, "Range open to strangers", "%s is as good as no condition, since strangers come from there too: the largest range for %s is a /%d. Write the addresses that are its own.", p, whose, shortest)
			return false
		}
		for _, n := range notPublic {
			if n.Overlaps(p) {
				r.wrong(at, "Private range on public path",
					"%s is %s, and AWS never sees requests come from there: %s reaches AWS over the internet, from the public addresses of its way out. %s",
					p, n.what, whose, advice)
				return false
			}
		}
		return true
	}
}

// inside checks that a range can be a runner's in its network.
func (r *resolver) inside(n *topology.Network, runner string) func(netip.Prefix, hcl.Range) bool {
	return func(p netip.Prefix, at hcl.Range) bool {
		private := n.Private()
		switch {
		case n.Existing == nil && covered(p, private):
		case n.Existing == nil && !n.CIDR.IsValid(): // reported where the network is
		case n.Existing == nil:
			r.wrong(at, "Address outside the private subnets", "runner.%s is in network.%s, whose private subnets are %s, and %s is not inside them. Write a range inside them, or remove addresses.",
				runner, n.Name, joined(private, ", "), p)
			return false
		case !isPrivate(p):
			r.wrong(at, "Public range inside a network", "Through an endpoint AWS sees the address that runner.%s has inside network.%s, and %s is no private one. Write the ranges of the subnets that it is in.",
				runner, n.Name, p)
			return false
		case p.Addr().Is4() && p.Bits() < largestVPC:
			r.wrong(at, "Range larger than a VPC", "No range of a VPC is larger than a /%d, and %s is. Write the ranges of the subnets that runner.%s is in.", largestVPC, p, runner)
			return false
		}
		return true
	}
}

// joined are ranges, or other things, in a sentence.
func joined[T any](list []T, separator string) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = fmt.Sprint(p)
	}
	return strings.Join(texts, separator)
}
