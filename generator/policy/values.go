package policy

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A matcher compares one value of a request with the values of a condition.
type matcher interface {
	compare(value string, q *query) result
}

// A result tells whether any value of the condition matches. incomparable is for what cannot be compared at all, a number
// with a word: neither the operator nor its negation holds then.
type result int

const (
	differs result = iota
	equals
	incomparable
)

func resultOf(matched bool) result {
	if matched {
		return equals
	}
	return differs
}

// patterns compare as StringEquals and StringLike do: by case, with policy variables.
type patterns []pattern

func (m patterns) compare(value string, q *query) result { return resultOf(matchAny(m, value, q)) }

func stringsWith(wildcards bool) func([]string) (matcher, error) {
	return func(values []string) (matcher, error) {
		var out patterns
		for _, v := range values {
			out = append(out, withVariables(v, wildcards))
		}
		return out, nil
	}
}

// folded compares as StringEqualsIgnoreCase does, with policy variables.
type folded []pattern

func newFolded(values []string) (matcher, error) {
	var out folded
	for _, v := range values {
		out = append(out, withVariables(v, false))
	}
	return out, nil
}

func (m folded) compare(value string, q *query) result {
	return resultOf(slices.ContainsFunc(m, func(p pattern) bool {
		pieces, ok := p.resolve(q)
		var b strings.Builder
		for _, piece := range pieces {
			b.WriteString(piece.text)
		}
		return ok && strings.EqualFold(b.String(), value)
	}))
}

// arns compare as the ARN operators do.
type arns []arnPattern

func newARNs(values []string) (matcher, error) {
	var out arns
	for _, v := range values {
		p := newARNPattern(v)
		if err := p.check(v); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (m arns) compare(value string, q *query) result {
	if !hasSymbol(value) && strings.Count(value, ":") < arnParts-1 {
		return incomparable
	}
	return resultOf(slices.ContainsFunc(m, func(p arnPattern) bool { return p.matches(value, q) }))
}

// Outcomes of a comparison, the request's value first.
const (
	less    = -1
	equal   = 0
	greater = 1
)

// ordered compares as the Numeric and Date operators do.
type ordered[T any] struct {
	values  []T
	symbols []string // equal to themselves
	read    func(string) (T, bool)
	order   func(a, b T) int
	wanted  []int
}

func (m ordered[T]) compare(value string, _ *query) result {
	if hasSymbol(value) {
		return resultOf(slices.Contains(m.wanted, equal) && slices.Contains(m.symbols, value))
	}
	v, ok := m.read(value)
	if !ok {
		return incomparable
	}
	return resultOf(slices.ContainsFunc(m.values, func(w T) bool { return slices.Contains(m.wanted, m.order(v, w)) }))
}

func (m ordered[T]) of(values []string, what string) (matcher, error) {
	for _, s := range values {
		if hasSymbol(s) {
			m.symbols = append(m.symbols, s)
			continue
		}
		v, ok := m.read(s)
		if !ok {
			return nil, fmt.Errorf("%q is no %s", s, what)
		}
		m.values = append(m.values, v)
	}
	return m, nil
}

func newNumbers(wanted ...int) func([]string) (matcher, error) {
	return func(values []string) (matcher, error) {
		return ordered[*big.Rat]{read: readNumber, order: (*big.Rat).Cmp, wanted: wanted}.of(values, "number")
	}
}

// readNumber reads an integer or a decimal number.
func readNumber(s string) (*big.Rat, bool) {
	const longest = 64 // keeps an exponent or a hostile length from costing time
	if len(s) > longest || strings.Trim(s, "+-.0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func newDates(wanted ...int) func([]string) (matcher, error) {
	return func(values []string) (matcher, error) {
		return ordered[time.Time]{read: Date, order: time.Time.Compare, wanted: wanted}.of(values, "date")
	}
}

// dateLayouts are the forms of the W3C's note on date and time formats, which IAM refers to.
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"}

// Date reads a date as the Date operators do: one of these forms, or seconds since 1970. Four digits are a year.
func Date(s string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	n, ok := readNumber(s)
	if !ok || !n.IsInt() || !n.Num().IsInt64() {
		return time.Time{}, false
	}
	return time.Unix(n.Num().Int64(), 0), true
}

// booleans compare as Bool does; Null reads its values the same way.
type booleans []bool

func newBooleans(values []string) (matcher, error) {
	if len(values) > 1 {
		return nil, errors.New("one boolean is wanted, not several") // policy validation: "Invalid condition multiple Boolean"
	}
	var out booleans
	for _, s := range values {
		b, ok := readBool(s)
		if !ok {
			return nil, fmt.Errorf(`%q is neither "true" nor "false"`, s)
		}
		out = append(out, b)
	}
	return out, nil
}

func (m booleans) compare(value string, _ *query) result {
	b, ok := readBool(value)
	return resultOf(ok && slices.Contains(m, b))
}

func readBool(s string) (value, ok bool) {
	value = strings.EqualFold(s, "true")
	return value, value || strings.EqualFold(s, "false")
}

// binaries compare as BinaryEquals does; a request's binary value is given in base64, as in the policy.
type binaries [][]byte

func newBinaries(values []string) (matcher, error) {
	var out binaries
	for _, s := range values {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not base64", s)
		}
		out = append(out, b)
	}
	return out, nil
}

func (m binaries) compare(value string, _ *query) result {
	b, err := base64.StdEncoding.DecodeString(value)
	return resultOf(err == nil && slices.ContainsFunc(m, func(w []byte) bool { return bytes.Equal(b, w) }))
}

// networks compare as IpAddress does. An address known after apply lies in a range that is made of it: ${…}/32.
type networks struct {
	ranges  []netip.Prefix // sorted
	symbols []string
}

func newNetworks(values []string) (matcher, error) {
	var m networks
	for _, s := range values {
		if hasSymbol(s) {
			m.symbols = append(m.symbols, withoutLength(s))
			continue
		}
		r, ok := readRange(s)
		if !ok {
			return nil, fmt.Errorf("%q is no address or range of addresses", s)
		}
		m.ranges = append(m.ranges, r)
	}
	slices.SortFunc(m.ranges, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return m, nil
}

// readRange reads a range, or an address, which is a range of one.
func readRange(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), a.Zone() == ""
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

func (m networks) compare(value string, _ *query) result {
	if hasSymbol(value) {
		return resultOf(slices.Contains(m.symbols, withoutLength(value)))
	}
	a, err := netip.ParseAddr(value)
	if err != nil {
		return incomparable
	}
	return resultOf(slices.ContainsFunc(m.ranges, func(p netip.Prefix) bool { return p.Contains(a) }))
}

func withoutLength(s string) string {
	if address, length, found := strings.Cut(s, "/"); found && strings.Trim(length, "0123456789") == "" {
		return address
	}
	return s
}
