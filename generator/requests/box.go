package requests

import (
	"math/bits"

	"github.com/postern-dev/postern/generator/policy"
)

// A box is a set of classes in each dimension, as bits, dimension after dimension. It holds the requests whose class is
// in it in every dimension, and none if a dimension has no class.
type box []uint64

// mostBoxes bounds how finely a set may be cut. One that is cut finer is not known, and never taken for empty.
const mostBoxes = 1 << 14

// A Set is requests of a universe.
type Set struct {
	of      *Universe
	boxes   []box
	unknown bool // cut too finely: it may hold anything
}

// A span is where the bits of a dimension are.
type span struct{ from, to int } // words

func (s span) isEmpty(b box) bool {
	for _, w := range b[s.from:s.to] {
		if w != 0 {
			return false
		}
	}
	return true
}

func (u *Universe) isEmpty(b box) bool {
	for _, d := range u.dimensions {
		if d.isEmpty(b) {
			return true
		}
	}
	return false
}

func and(a, b box) box {
	out := make(box, len(a))
	for i := range a {
		out[i] = a[i] & b[i]
	}
	return out
}

// within tells whether all that a box has is in another.
func within(a, b box) bool {
	for i := range a {
		if a[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// meets tells whether two boxes have something in common.
func (u *Universe) meets(a, b box) bool {
	for _, d := range u.dimensions {
		common := false
		for i := d.from; i < d.to && !common; i++ {
			common = a[i]&b[i] != 0
		}
		if !common {
			return false
		}
	}
	return true
}

// without is a box less another: a box for each dimension in which something is left.
func (u *Universe) without(out []box, a, b box) []box {
	if !u.meets(a, b) {
		return append(out, a)
	}
	rest := a
	for _, d := range u.dimensions {
		cut := append(box(nil), rest...)
		for i := d.from; i < d.to; i++ {
			cut[i] &^= b[i]
		}
		if !d.isEmpty(cut) {
			out = append(out, cut)
		}
		rest = append(box(nil), rest...)
		for i := d.from; i < d.to; i++ {
			rest[i] &= b[i]
		}
	}
	return out
}

// All are all requests. What nobody is said to own is the caller's or whose its ARN says, so that only callers without an account ask for
// what has no owner.
func (u *Universe) All() Set {
	owned := u.such(byResource, func(i int) bool { return u.resources[i].owner != "" })
	free := u.such(byResource, func(i int) bool {
		at := u.resources[i]
		return at.owner == "" && policy.Request{Resource: policy.Decoded(at.resource)}.Account() == ""
	})
	return u.set(false, owned, and(free, u.such(byCaller, func(i int) bool { return u.callers[i].Account() == "" })))
}

// None are no requests.
func (u *Universe) None() Set { return Set{of: u} }

// set is a set of boxes, less those that are in another of them.
func (u *Universe) set(unknown bool, boxes ...box) Set {
	out := Set{of: u, unknown: unknown}
	for _, b := range boxes {
		if !u.isEmpty(b) {
			out.add(b)
		}
	}
	return out
}

func (s *Set) add(b box) {
	for _, other := range s.boxes {
		if within(b, other) {
			return
		}
	}
	if s.boxes = append(s.boxes, b); len(s.boxes) > mostBoxes {
		s.boxes, s.unknown = s.boxes[:mostBoxes], true
	}
}

// Or are the requests of either set.
func (s Set) Or(t Set) Set {
	out := Set{of: s.of, boxes: append([]box(nil), s.boxes...), unknown: s.unknown || t.unknown}
	for _, b := range t.boxes {
		out.add(b)
	}
	return out
}

// And are the requests of both sets.
func (s Set) And(t Set) Set {
	out := Set{of: s.of, unknown: s.unknown || t.unknown}
	for _, a := range s.boxes {
		for _, b := range t.boxes {
			if s.of.meets(a, b) {
				out.add(and(a, b))
			}
		}
	}
	return out
}

// Minus are the requests of a set that are not in another.
func (s Set) Minus(t Set) Set {
	rest, unknown := s.boxes, s.unknown || t.unknown
	for _, b := range t.boxes {
		var next []box
		for _, a := range rest {
			next = s.of.without(next, a, b)
		}
		if rest = next; len(rest) > mostBoxes {
			rest, unknown = rest[:mostBoxes], true
		}
		if len(rest) == 0 {
			break
		}
	}
	return Set{of: s.of, boxes: rest, unknown: unknown}
}

// Not are all other requests.
func (s Set) Not() Set { return s.of.All().Minus(s) }

// IsEmpty tells whether there is no request in the set.
func (s Set) IsEmpty() bool { return len(s.boxes) == 0 && !s.unknown }

// IsKnown tells whether the set could be worked out. It could not if that would have taken too many cuts.
func (s Set) IsKnown() bool { return !s.unknown }

// Has tells whether a request, by its classes, is in the set.
func (s Set) Has(p Point) bool {
	for _, b := range s.boxes {
		in := true
		for i, d := range s.of.dimensions {
			in = in && b[d.from+p[i]/64]&(1<<(p[i]%64)) != 0
		}
		if in {
			return true
		}
	}
	return false
}

// classes are the classes of a dimension that a box has.
func (d span) classes(b box) (out []int) {
	for i := d.from; i < d.to; i++ {
		for w := b[i]; w != 0; w &= w - 1 {
			out = append(out, (i-d.from)*64+bits.TrailingZeros64(w))
		}
	}
	return out
}
