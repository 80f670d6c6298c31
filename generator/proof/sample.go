package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

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
