package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// claims are what a role says of the tokens that it admits, read.
type claims struct {
	*resolver
	role   *spec.Role
	issuer *topology.Issuer
	lang   *language
	values map[string][]string // elements by argument, each once, sorted
	flawed bool
}

// mostSubjects is more than any trust policy has room for.
const mostSubjects = 200

// subjects are what tokens say that a role admits; none if the spec's claims make no sense.
func (r roleResolver) subjects(s *spec.Role, i *topology.Issuer) []topology.Subject {
	if r.vague[i] {
		return nil // reported where the issuer is
	}
	c := &claims{resolver: r.resolver, role: s, issuer: i, lang: languages[i.Form], values: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(s.Claims)) {
		c.read(name, s.Claims[name])
	}
	c.complete()
	if c.flawed {
		return nil
	}
	if count := c.count(); count > mostSubjects {
		r.wrong(s.Header.Range, "Too many subjects", "role.%s admits %d subjects, and no trust policy has room for %d. Write several roles.", s.Name, count, mostSubjects)
		return nil
	}
	subjects := c.lang.subjects(c)
	withoutAdmitted(subjects)
	return subjects
}

// read takes one argument's elements.
func (c *claims) read(name string, list spec.List[string]) {
	switch {
	case !list.IsSet():
	case !slices.Contains(c.lang.says.Names(), name):
		c.refuse(name, list)
	case len(list.V) == 0:
		c.flawed = true
		c.missing(c.role.Header, list.Range, "Empty list of claims", "No token could satisfy an empty list of %s. Write %s = %s, or remove it.", name, name, c.exampleOf(name))
	}
	if !slices.Contains(c.lang.says.Names(), name) {
		return
	}
	seen := map[string]bool{}
	for _, v := range list.V {
		if c.fits(name, v) && !seen[v.V] {
			seen[v.V] = true
			c.values[name] = append(c.values[name], v.V)
		}
	}
	slices.Sort(c.values[name])
}

func (c *claims) exampleOf(name string) string {
	example, _, _ := strings.Cut(c.lang.says.Of(name).Example, ", or")
	return "[" + example + "]"
}

// refuse reports a claim that is not of the issuer's language.
func (c *claims) refuse(name string, list spec.List[string]) {
	c.flawed = true
	if why := c.lang.refused[name]; why != "" {
		c.wrong(list.Range, "Claim that IAM cannot see", "%s", why)
		return
	}
	if called := c.lang.called[name]; called != "" {
		c.wrong(list.Range, "Claim of another issuer", "%s", called)
		return
	}
	c.wrong(list.Range, "Claim of another issuer", "A role for tokens of issuer.%s, which is a %s one, takes no %s. Write %s.", c.issuer.Name, kindOf(c.issuer), name, alternatives(c.lang.says.Names()))
}

// kindOf is the issuer's form in a sentence.
func kindOf(i *topology.Issuer) string {
	if i.Form == "" {
		return "generic"
	}
	return i.Form
}

// alternatives lists arguments for a sentence: a, b or c.
func alternatives(names []string) string { return strings.ReplaceAll(oneOf(names), `"`, "") }

// fits checks an element against the shape of its argument.
func (c *claims) fits(name string, v spec.Value[string]) bool {
	s := c.lang.elements[name]
	switch {
	case name == "subjects" && strings.ContainsAny(v.V, "*?") && !strings.ContainsFunc(v.V, isWordCharacter):
		c.wrong(v.Range, "Subject of wildcards alone", "%q admits nearly every token that the issuer signs, for whomever. Write what the sub begins with at least, such as \"team:app:*\".", v.V)
	default:
		advice := s.wrong(v.V, c.lang.says.Of(name))
		if advice == "" {
			return true
		}
		c.wrong(v.Range, "Unknown form of claim", "In %s of role.%s, %q is not %s. %s", name, c.role.Name, v.V, c.lang.says.Of(name).What, advice)
	}
	c.flawed = true
	return false
}

// wrong is what to do about an element of another shape; empty if nothing is.
func (s *shape) wrong(element string, of spec.Claim) string {
	if s.advice != nil {
		if advice := s.advice(element); advice != "" {
			return advice
		}
	}
	if s.pattern.MatchString(element) {
		return ""
	}
	return fmt.Sprintf("Write one such as %s.", of.Example)
}

func isWordCharacter(c rune) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// complete reports what a role has to say and does not.
func (c *claims) complete() {
	if c.flawed {
		return // what is missing may be what was misunderstood
	}
	of, choices := c.lang.says[0].Name, c.lang.says.Choice()
	has := func(name string) bool { return c.role.Claims[name].IsSet() }
	choice := slices.Contains(choices, of)
	switch {
	case !choice && !has(of), choice && !slices.ContainsFunc(choices, has):
		c.missing(c.role.Header, c.role.Header.Range, "Role open to all tokens",
			"role.%s does not say which %s it is for, and issuer.%s signs tokens for all. Write %s = %s.", c.role.Name, of, c.issuer.Name, of, c.exampleOf(of))
	case len(choices) > 0 && !slices.ContainsFunc(choices, has):
		what := "any branch"
		if c.issuer.Form == "github" {
			what = "pull requests, too, which run what somebody proposes"
		}
		c.missing(c.role.Header, c.role.Claims[of].Range, "Role open to all branches",
			"role.%s would admit jobs for %s. Write %s beside %s; branches = [\"*\"] is any branch.", c.role.Name, what, alternatives(choices), of)
	default:
		return
	}
	c.flawed = true
}

// count is how many subjects the claims come to.
func (c *claims) count() int {
	of, rest := len(c.values[c.lang.says[0].Name]), 0
	for _, claim := range c.lang.says[1:] {
		rest += len(c.values[claim.Name])
	}
	if c.lang.says[0].Choice {
		return of + rest
	}
	return of * max(rest, 1)
}
