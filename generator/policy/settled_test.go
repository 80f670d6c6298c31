package policy

import (
	"slices"
	"strings"
)

// settled tells whether a case has to do with one of the disagreements.json, so that asking the simulator is of no use.
func (c testCase) settled() bool {
	v := weigh(&c.Request, c.Policies)
	_, granted := v.resource()
	if granted == ToCaller && c.Request.Caller.account == v.query.owner && v.given[Session] && v.grants[Session] == ToNobody {
		return true // the resource gives it to the session itself
	}
	if v.query.isFree() && v.given[Endpoint] || strings.Contains(v.query.resource, ":") && strings.Contains(v.query.resource, "*") {
		return true
	}
	return slices.ContainsFunc(c.Policies, func(p *Policy) bool {
		return slices.ContainsFunc(p.statements, func(s statement) bool {
			source := p.Document.Statements[s.index]
			return p.Kind == Endpoint && !s.principals.everyone || s.settledPrincipals(c.Request.Caller) || source.settledResources() ||
				slices.ContainsFunc(s.tests, func(t test) bool { return t.settled(v.query) })
		})
	})
}

// settledPrincipals: a service or token is no AWS principal, and of no account.
func (s *statement) settledPrincipals(c Caller) bool {
	if c.kind != serviceCaller && c.kind != federatedCaller {
		return false
	}
	return s.principals.everyAWS || slices.Contains(s.principals.accounts, accountIn(c.String()))
}

// settledResources: a variable may be without a value in NotResource, and may have a default.
func (s Statement) settledResources() bool {
	return slices.ContainsFunc(s.NotResources, func(r Text) bool { return strings.Contains(r.String(), "${aws:") }) ||
		slices.ContainsFunc(s.Resources, func(r Text) bool { return strings.Contains(r.String(), ", '") })
}

func (t *test) settled(q *query) bool {
	values := q.values(t.key)
	if t.set == forAny && t.ifExists && len(values) == 0 || t.set != one && slices.Equal(values, []string{""}) {
		return true
	}
	return slices.ContainsFunc(t.source.Values, func(v Text) bool { return t.settledValue(v.String(), values) })
}

func (t *test) settledValue(v string, inRequest []string) bool {
	isNumber := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	head, _, isVariable := strings.Cut(v, "${")
	switch {
	case v == "${*}":
		return t.base == "StringEquals" || t.base == "StringEqualsIgnoreCase"
	case isVariable && t.negated && !strings.Contains(v, ", '"):
		return true // it may be without a value
	case isVariable && strings.HasPrefix(t.base, "Arn"):
		return strings.Count(head, ":") < arnParts-1
	case t.base == "IpAddress":
		return strings.HasSuffix(v, "/0") || t.negated && !strings.Contains(v, "/")
	case strings.HasPrefix(t.base, "Date"):
		return slices.ContainsFunc(inRequest, func(s string) bool { return isNumber(s) != isNumber(v) })
	}
	return false
}
