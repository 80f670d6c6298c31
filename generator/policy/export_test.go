package policy

import "math/rand/v2"

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

// Rand is a source of numbers.
func Rand(seed uint64) *rand.Rand { return newDice(seed).Rand }
