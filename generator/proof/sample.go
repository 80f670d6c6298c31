package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
)

// A spot is where a request comes from, as AWS sees it: an address on the internet, or one behind an endpoint of a VPC.
// An address or a VPC that is known only after apply is its symbol.
type spot struct {
	where   string // for the reader of a failure
	public  string // aws:SourceIp
	private string // aws:VpcSourceIp
	vpc     string // aws:SourceVpc
	address netip.Addr
	seen    policy.Context
}

// nowhere is where a request comes from that carries no address at all.
var nowhere = spot{where: "without an address"}

func onInternet(address string, where string) spot {
	s := spot{where: where, public: evidence.Shown(address)}
	s.address, _ = netip.ParseAddr(address)
	s.seen = s.seen.With("aws:SourceIp", evidence.Text(address))
	return s
}

// behind is an address in a VPC, behind an endpoint of it. Either may be "", for a request that lacks the key.
func behind(address, vpc, endpoint, where string) spot {
	s := spot{where: where, private: evidence.Shown(address), vpc: evidence.Shown(vpc)}
	s.address, _ = netip.ParseAddr(address)
	for key, value := range map[string]string{"aws:VpcSourceIp": address, "aws:SourceVpc": vpc, "aws:SourceVpce": endpoint} {
		if value != "" {
			s.seen = s.seen.With(key, evidence.Text(value))
		}
	}
	return s
}

// Somebody else's network, and addresses on the internet that the spec may have, but not all of them.
const (
	strangerVPC      = "vpc-0stranger"
	strangerEndpoint = "vpce-0stranger"
	aPrivateAddress  = "10.255.255.254"
)

var strangerAddresses = []string{"192.0.2.222", "203.0.113.222", "100.63.255.254", "2001:db8:ffff::1"}

// ends are the first and the last address of a range.
func ends(p netip.Prefix) []netip.Addr {
	first := p.Masked().Addr()
	bytes := first.AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	if last == first {
		return []netip.Addr{first}
	}
	return []netip.Addr{first, last}
}

// neighbours are the addresses next to a range: one below, one above.
func neighbours(p netip.Prefix) (out []netip.Addr) {
	all := ends(p)
	for _, a := range []netip.Addr{all[0].Prev(), all[len(all)-1].Next()} {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// inside is an address in the network, behind its STS endpoint.
func (h *home) inside(address string) spot {
	endpoint := ""
	if e := h.endpoint(aws.STS); e != nil {
		endpoint = e.ID()
	}
	return behind(address, h.vpc, endpoint, "from "+address+" in network."+h.Name)
}

func holdsAddress(ranges []netip.Prefix, a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) })
}

// like tells whether a text is like a pattern in which * is any text and ? any character.
func like(pattern, s string) bool {
	head, rest, found := strings.Cut(pattern, "*")
	if len(s) < len(head) || !sameBut(head, s[:len(head)]) {
		return false
	}
	s = s[len(head):]
	if !found {
		return s == ""
	}
	for i := range len(s) + 1 {
		if like(rest, s[i:]) {
			return true
		}
	}
	return false
}

func sameBut(pattern, s string) bool {
	for i := range len(pattern) {
		if pattern[i] != '?' && pattern[i] != s[i] {
			return false
		}
	}
	return true
}

// keys are the values of a request's keys, by name in lower case.
type keys map[string]policy.Text

// behindOrNot is where a request comes from that carries values.
func behindOrNot(k keys) spot {
	public, private, vpc := k["aws:sourceip"], k["aws:vpcsourceip"], k["aws:sourcevpc"]
	s := spot{where: "without an address", public: public.String(), private: private.String(), vpc: vpc.String()}
	for _, address := range []string{s.public, s.private} {
		if a, err := netip.ParseAddr(address); err == nil {
			s.address = a
		}
	}
	switch {
	case s.vpc != "":
		s.where = "from " + s.private + " in the VPC " + s.vpc
	case s.public+s.private != "":
		s.where = "from " + s.public + s.private
	}
	for _, key := range []string{"aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc", "aws:SourceVpce"} {
		if v, set := k[strings.ToLower(key)]; set {
			s.seen = s.seen.With(key, v)
		}
	}
	return s
}

// samples are values that tell what a condition compares with: those that it names, and of ranges the addresses at their
// ends and next to them.
func samples(c policy.Condition) (out []policy.Text) {
	for _, v := range c.Values {
		s, literal := v.Literal()
		p, err := netip.ParsePrefix(s)
		if a, wrong := netip.ParseAddr(s); wrong == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case strings.HasSuffix(c.Operator, "IpAddress") || strings.HasSuffix(c.Operator, "IpAddressIfExists"):
			if err == nil {
				for _, a := range slices.Concat(ends(p), neighbours(p)) {
					out = append(out, policy.Literal(a.String()))
				}
				continue
			}
			out = append(out, withoutLength(v))
		case literal:
			out = append(out, policy.Literal(example(s)))
		default:
			out = append(out, v)
		}
	}
	return out
}

// withoutLength is the address in a range of one that is known only after apply: ${…}/32.
func withoutLength(v policy.Text) policy.Text {
	for _, p := range v.Parts() {
		if p.IsAddress {
			return policy.Address(strings.Split(p.Text, ".")...)
		}
	}
	return v
}

// who lists what came out alike in words: the first few, and that there are others.
func who(all []string) string {
	const most = 3
	if len(all) > most {
		return strings.Join(all[:most], "; ") + "; and others"
	}
	return strings.Join(all, "; ")
}
