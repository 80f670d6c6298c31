package policy

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzParse: no text makes Parse or Compile panic, and what Parse accepts it accepts again as rendered.
func FuzzParse(f *testing.F) {
	for seed := range uint64(20) {
		for _, p := range newDice(seed).testCase().Policies {
			f.Add(p.Document.JSON())
		}
	}
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["a:b"],"Condition":{"Null":{"a":true}}}}`)
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"${","Resource":"${a, 'b'}${*}","Principal":{"AWS":"*"}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(d.JSON())
		require.NoError(t, err)
		assert.Equal(t, d, again)
		for k := range Kinds {
			p, err := Compile(k, "", d)
			if err != nil {
				continue
			}
			c := newDice(1).testCase()
			_ = Evaluate(c.Request, p).String()
		}
	})
}

// FuzzMonotone: one more Deny never lets a request through, one more Allow never stops one, and a document means the same
// after it was written and read.
func FuzzMonotone(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := newDice(seed)
		c := d.testCase()
		if len(c.Policies) == 0 {
			return
		}
		before := c.decide()
		i := d.IntN(len(c.Policies))
		with := func(change func(*Document)) Decision {
			p := c.Policies[i]
			document := Document{Statements: slices.Clone(p.Document.Statements)}
			change(&document)
			policies := slices.Clone(c.Policies)
			policies[i] = mustCompile(p.Kind, document)
			return Evaluate(c.Request, policies...)
		}
		more := d.statement(c.Policies[i].Kind, oneOf(d, calls))
		if more.NotPrincipal.Kind == "" {
			more.Effect = Allow
			after := with(func(d *Document) { d.Statements = append(d.Statements, more) })
			assert.False(t, before.Allowed() && !after.Allowed(), "an Allow stops: %s\n%s", more.Effect, after)
		}
		more.Effect = Deny
		after := with(func(d *Document) { d.Statements = append(d.Statements, more) })
		assert.False(t, !before.Allowed() && after.Allowed(), "a Deny lets through: %s", after)

		same := with(func(d *Document) {
			read, err := Parse(d.JSON())
			require.NoError(t, err)
			assert.Equal(t, d.JSON(), read.JSON())
			*d = read
		})
		assert.Equal(t, before.Outcome, same.Outcome)
		assert.Equal(t, before.Allowed(), len(before.Misses()) == 0 && before.Outcome != ExplicitlyDenied && len(before.Lacking()) == 0)
	})
}

// FuzzWildcards: a text matches itself when escaped, and every pattern that it was made from.
func FuzzWildcards(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("*", "${x}", "?")
	f.Add("", "\xff", "\U000F0041")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		quote := func(s string) string {
			out := ""
			for _, r := range withoutSymbols(s) {
				if r == '*' || r == '?' || r == '$' {
					out += "${" + string(r) + "}"
				} else {
					out += string(r)
				}
			}
			return out
		}
		text := func(s string) string { return string([]rune(withoutSymbols(s))) }
		value := text(a) + text(b) + text(c)
		q := query{Request: &Request{}}
		for _, p := range []string{quote(a) + quote(b) + quote(c), quote(a) + "*" + quote(c), "*" + quote(b) + "*", "*", quote(value)} {
			assert.True(t, withVariables(p, true).matches(value, &q), "%q %q", p, value)
		}
		assert.False(t, withVariables(quote(a)+"?"+quote(b)+quote(c), true).matches(value, &q))
	})
}
