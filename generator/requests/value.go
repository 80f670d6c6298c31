package requests

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/generator/policy"
)

// unknown is a value that is known only after apply, and that no policy names.
var unknown = policy.Address("somebody_elses").Encoded()

// nonsense is no address, number, date or boolean.
const nonsense = "x"

// valuesFor returns values of a key such that each value is treated by tests of it as one of them is.
func valuesFor(tests []policy.Test) ([]string, error) {
	family, mixed := policy.Presence, false
	for _, t := range tests {
		switch f := t.Family(); {
		case f == policy.Presence || f == family:
		case family == policy.Presence:
			family = f
		case f == policy.Booleans && family == policy.Texts, f == policy.Texts && family == policy.Booleans:
			family = policy.Texts
		default:
			mixed = true
		}
	}
	if mixed {
		return nil, fmt.Errorf("%s is compared in ways that have nothing to do with each other", tests[0].Condition().Key)
	}
	if family == policy.Texts {
		return textsFor(tests)
	}
	return samplesFor(family, tests), nil
}

func samplesFor(family policy.Family, tests []policy.Test) []string {
	var literals, symbols []string
	for _, t := range tests {
		for _, v := range t.Condition().Values {
			s := v.Encoded()
			if strings.ContainsFunc(s, isSymbol) {
				s, _, _ = strings.Cut(s, "/") // of a range of one
				symbols = append(symbols, s)
			} else {
				literals = append(literals, s)
			}
		}
	}
	slices.Sort(literals) // whatever the order of statements
	slices.Sort(symbols)
	var out []string
	switch family {
	case policy.Addresses:
		out = addressesAt(literals)
	case policy.Numbers:
		out = numbersAt(literals)
	case policy.Dates:
		out = datesAt(literals)
	case policy.Binaries:
		out = append(literals, base64.StdEncoding.EncodeToString([]byte(strings.Join(literals, "")+"x")))
	case policy.Booleans:
		return []string{"true", "false", "TRUE", "FALSE", nonsense}
	}
	return slices.Concat(out, symbols, []string{nonsense, unknown})
}

func isSymbol(r rune) bool { return policy.IsSymbol(string(r)) }

// textsFor are values of a key that is compared as text.
func textsFor(tests []policy.Test) ([]string, error) {
	var v vocabulary
	for _, t := range tests {
		for _, p := range t.Patterns() {
			if p.HasVariables() {
				return nil, fmt.Errorf("%s has a policy variable", t.Condition().Key)
			}
			v.add(p)
		}
		v.arns = v.arns || t.ComparesARNs()
	}
	return v.strings("")
}

// aPublicAddress and aPrivateOne belong to nobody: the first is for documentation.
const aPublicAddress, aPrivateOne = "192.0.2.222", "10.255.255.254"

// afterPrivate are the addresses after those ranges that cannot be seen on the internet: a range that has others, too, has one of these,
// or has one at its limits.
var afterPrivate = []string{"0.0.0.1", "11.0.0.0", "128.0.0.0", "169.255.0.0", "172.32.0.0", "192.169.0.0", "240.0.0.0", "::2", "fe00::", "fec0::"}

// addressesAt are addresses at the limits of ranges, one from each part of all addresses that they tell apart, and one that
// can be seen on the internet if there is one, before others.
func addressesAt(ranges []string) []string {
	out := []string{aPublicAddress, aPrivateOne, "0.0.0.0", "::"}
	out = append(out, afterPrivate...)
	for _, s := range ranges {
		p, err := netip.ParsePrefix(s)
		if a, wrong := netip.ParseAddr(s); wrong == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			continue // the policy does not compile with it
		}
		first, last := p.Masked().Addr(), lastOf(p)
		for _, a := range []netip.Addr{first, last, first.Prev(), last.Next()} {
			if a.IsValid() {
				out = append(out, a.String())
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(bit(isPublic(b)), bit(isPublic(a))) })
	return out
}

func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// numbersAt are the numbers, and one between each two of them and beyond.
func numbersAt(literals []string) (out []string) {
	var all []*big.Rat
	for _, s := range literals {
		if n, ok := new(big.Rat).SetString(s); ok {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, (*big.Rat).Cmp)
	decimal := func(n *big.Rat) {
		digits, _ := n.FloatPrec()
		out = append(out, n.FloatString(digits))
	}
	for i, n := range all {
		decimal(n)
		if i > 0 {
			middle := new(big.Rat).Add(n, all[i-1])
			decimal(middle.Mul(middle, big.NewRat(1, 2)))
		}
	}
	if len(all) > 0 {
		decimal(new(big.Rat).Sub(all[0], big.NewRat(1, 1)))
		decimal(new(big.Rat).Add(all[len(all)-1], big.NewRat(1, 1)))
	}
	return out
}

// datesAt are the dates, and one between each two of them and beyond.
func datesAt(literals []string) (out []string) {
	var all []time.Time
	for _, s := range literals {
		if d, ok := policy.Date(s); ok {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	write := func(d time.Time) { out = append(out, d.UTC().Format(time.RFC3339Nano)) }
	for i, d := range all {
		write(d)
		if i > 0 {
			write(all[i-1].Add(d.Sub(all[i-1]) / 2))
		}
	}
	if len(all) > 0 {
		write(all[0].Add(-time.Second))
		write(all[len(all)-1].Add(time.Second))
	}
	return out
}
