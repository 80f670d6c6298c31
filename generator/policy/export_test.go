package policy

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// RandomCase is a request, policies that are likely to have to do with it, and a source of more requests like it.
func RandomCase(seed uint64) (policies []*Policy, more func() Request) {
	d := newDice(seed)
	c := d.anyCase()
	first := true
	return c.Policies, func() Request {
		if first {
			first = false
			return c.Request
		}
		about := oneOf(d, calls)
		return Request{Caller: d.caller(about), Action: about.action, Resource: Literal(about.resource), Owner: about.owner, Context: d.context()}
	}
}

// RequestsAbout is a source of requests that are likely to have to do with a policy.
func RequestsAbout(p *Policy, seed uint64) (more func() Request) {
	d := newDice(seed)
	return func() Request { return d.about(p).Request }
}

// Beside are policies that allow everything, of the kinds without which a policy allows little or nothing.
func Beside(p *Policy) []*Policy { return beside(p) }

// Rand is a source of numbers.
func Rand(seed uint64) *rand.Rand { return newDice(seed).Rand }

// Operators are the names of all condition operators, without set and IfExists.
func Operators() []string {
	return slices.Concat(slices.Sorted(maps.Keys(bases)), slices.Sorted(maps.Keys(negations)))
}

// OperatorOf is the operator of a condition without set and IfExists, and these.
func OperatorOf(c Condition) []string {
	o, _ := parseOperator(c.Operator)
	name := o.base
	for negation, base := range negations {
		if o.negated && base == o.base {
			name = negation
		}
	}
	out := []string{name}
	if o.set != one {
		out = append(out, [...]string{forAll: "ForAllValues", forAny: "ForAnyValue"}[o.set])
	}
	if o.ifExists {
		out = append(out, "IfExists")
	}
	return out
}

// MustCompile prepares a document that is right.
func MustCompile(k Kind, d Document) *Policy { return mustCompile(k, d) }
