package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// settled is a policy whose resources depend on nobody: each policy variable in them is taken for some text that is known later,
// the same wherever the variable stands. What holds of that holds of every text that it may be.
func settled(p *policy.Policy) *policy.Policy {
	d := policy.Document{ID: p.Document.ID}
	changed := false
	for _, s := range p.Document.Statements {
		var a, b bool
		s.Resources, a = settle(s.Resources)
		s.NotResources, b = settle(s.NotResources)
		changed = changed || a || b
		d.Statements = append(d.Statements, s)
	}
	if !changed {
		return p
	}
	if out, err := policy.Compile(p.Kind, p.Name, d); err == nil {
		return out
	}
	return p // requests.Tell says what cannot be told of it
}

// settle takes the variables of resources for texts, and tells whether there are any.
func settle(resources []policy.Text) (out []policy.Text, changed bool) {
	for _, t := range resources {
		literal, is := t.Literal()
		if !is || !strings.Contains(literal, "${") {
			out = append(out, t)
			continue
		}
		fixed := fix(literal)
		changed = changed || slices.ContainsFunc(fixed.Parts(), func(p policy.Part) bool { return p.IsAddress })
		out = append(out, fixed)
	}
	return out, changed
}

// fix puts a text that is known later in the place of each variable.
func fix(s string) policy.Text {
	var parts []policy.Text
	for {
		before, rest, open := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			return policy.Join(append(parts, policy.Literal(s))...)
		}
		if name == "*" || name == "?" || name == "$" { // which stand for themselves
			parts = append(parts, policy.Literal(before+"${"+name+"}"))
		} else {
			parts = append(parts, policy.Literal(before), policy.Address("variable", identifier(name)))
		}
		s = after
	}
}

// identifier is a name as Terraform takes it, another one for each name of a variable.
func identifier(name string) string {
	var b strings.Builder
	b.WriteByte('v')
	for _, c := range []byte(strings.ToLower(name)) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}
