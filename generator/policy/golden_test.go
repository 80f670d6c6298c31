package policy

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

const goldenRequests = 80 // for each golden policy

// goldenCases are requests that have to do with the policies of the golden trees, each alone and among others that allow.
func goldenCases(t *testing.T) []testCase {
	var out []testCase
	for i, p := range goldenPolicies(t) {
		d := newDice(uint64(i) << 32)
		for range goldenRequests {
			if c := d.about(p); !c.settled() {
				out = append(out, c)
			}
		}
	}
	return out
}

// about is a request that is likely to have to do with a policy, and the policies that it needs beside.
func (d dice) about(p *Policy) testCase {
	s := oneOf(d, p.Document.Statements)
	r := Request{Caller: d.callerFor(s), Action: "s3:GetObject", Resource: Literal("arn:aws:s3:::other/x")}
	if len(s.Actions) > 0 {
		r.Action = d.instance(oneOf(d, s.Actions), r.Action)
	}
	if p.Kind == Trust {
		r.Resource = Literal(roles[0])
	} else if len(s.Resources) > 0 && d.chance(85) {
		r.Resource = Literal(d.instance(oneOf(d, s.Resources).String(), "*"))
	}
	switch { // others cannot ask at all
	case strings.HasPrefix(r.Action, "sts:AssumeRoleWith") && r.Caller.kind != federatedCaller: // of a provider in the role's account
		provider := strings.Replace(oneOf(d, providers), home, cmp.Or(accountIn(r.Resource.String()), home), 1)
		r.Caller = AsFederated(Literal(provider))
	case p.Kind == Identity && !r.Caller.isIAM():
		r.Caller = AsSession(Literal(roles[0]), "run")
	}
	if accountIn(r.Resource.String()) == "" {
		r.Owner = oneOf(d, []string{home, home, abroad})
	}
	for _, c := range s.Conditions {
		if d.chance(85) {
			r.Context = r.Context.With(c.Key, Literal(d.near(c)))
		}
	}
	c := testCase{Request: r, Policies: []*Policy{p}}
	if r.Caller.isIAM() && p.Kind != Identity && d.chance(70) {
		c.Policies = append(c.Policies, mustCompile(Identity, everything(Identity)))
	}
	q := newQuery(&r)
	if own := q.resourceKind(); p.Kind < Resource && (own == Trust || d.chance(60)) {
		c.Policies = append(c.Policies, mustCompile(own, everything(own)))
	}
	return c
}

// beside are policies that allow everything, of the kinds without which a policy allows little or nothing.
func beside(p *Policy) []*Policy {
	identity, resource := mustCompile(Identity, everything(Identity)), mustCompile(Resource, everything(Resource))
	switch {
	case p.Kind < Endpoint:
		return []*Policy{resource}
	case p.Kind == Endpoint:
		return []*Policy{identity, resource}
	default:
		return []*Policy{identity}
	}
}

func everything(k Kind) Document {
	s := Statement{Effect: Allow, Actions: []string{"*"}}
	if k.namesPrincipals() {
		s.Principal = Anyone
	}
	if k != Trust {
		s.Resources = Literals("*")
	}
	return Document{Statements: []Statement{s}}
}

// instance puts text in place of wildcards, seldom other text than fits.
func (d dice) instance(pattern, ofAll string) string {
	if pattern == "*" {
		return ofAll
	}
	out := strings.NewReplacer("*", "x1", "?", "q").Replace(pattern)
	if d.chance(5) {
		out += "x"
	}
	return out
}

// callerFor is a caller that a statement speaks of, or not.
func (d dice) callerFor(s Statement) Caller {
	var named []string
	for _, p := range s.Principal.Kinds() {
		for _, id := range p.IDs {
			named = append(named, id.String())
		}
	}
	for _, c := range s.Conditions {
		if strings.EqualFold(c.Key, "aws:PrincipalArn") {
			for _, v := range c.Values {
				named = append(named, v.String())
			}
		}
	}
	named = slices.DeleteFunc(named, func(s string) bool { return s == "*" })
	if len(named) == 0 || d.chance(20) {
		return oneOf(d, []Caller{AsSession(Literal(roles[0]), "run"), AsUser(users[1]), AsService(services[0])})
	}
	switch id := d.instance(oneOf(d, named), ""); {
	case strings.HasSuffix(id, ":root"):
		return AsUser(strings.TrimSuffix(id, "root") + "user/anna")
	case strings.Contains(id, ":role/"):
		return AsSession(Literal(id), "run")
	default:
		return callerOf(id)
	}
}

// near is a value that meets a condition, or just does not.
func (d dice) near(c Condition) string {
	v := d.instance(oneOf(d, c.Values).String(), "x")
	if address, length, found := strings.Cut(v, "/"); found && strings.HasSuffix(c.Operator, "IpAddress") && !strings.Contains(length, "/") {
		v = address
	}
	if d.chance(15) {
		v = oneOf(d, []string{"other", "true", "false", "192.0.2.1", "2001:db8::9", v + "0"})
	}
	return v
}
