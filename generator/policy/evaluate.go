package policy

import (
	"slices"
	"strings"
)

// Evaluate decides a request by all policies that have a say in it, in any order: those of the caller (identity,
// boundary, session), of the endpoint on its way, and of the resource. Several of one kind count as one, as the managed
// and inline policies of a role do.
//
// The rules (IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"):
//
//  1. A Deny in any of them decides.
//  2. The endpoint has to allow, if its policy is given.
//  3. Without an identity in an account (services, federated and anonymous callers), the resource alone decides.
//  4. Within one account, the caller's policies or the resource's have to allow. A resource that names the caller itself
//     needs nobody else; one that names the caller's role is bounded by boundary and session policy; one that names the
//     caller's account leaves it to the caller's policies. A role or a key has to allow in any case.
//  5. Across accounts, the caller's policies and the resource's have to allow.
//  6. A boundary or session policy that is given has to allow whatever identity policies allow.
func Evaluate(r Request, policies ...*Policy) Decision {
	v := weigh(&r, policies)
	d := v.decide()
	d.Request, d.policies = r, policies
	return d
}

// weigh reads what the policies say.
func weigh(r *Request, policies []*Policy) verdict {
	q := newQuery(r)
	for _, p := range policies {
		q.hasBoundary = q.hasBoundary || p.Kind == Boundary && r.Caller.isIAM()
	}
	v := verdict{query: &q}
	for _, p := range policies {
		if p.speaksOf(&q) {
			v.add(p)
		}
	}
	return v
}

// speaksOf tells whether the policy can have a say at all: only an identity has policies of its own, and the root user has
// none.
func (p *Policy) speaksOf(q *query) bool {
	if q.isFree() {
		return p.Kind == Endpoint
	}
	return p.Kind.namesPrincipals() || q.Caller.isIAM() && q.Caller.kind != rootCaller
}

// isFree tells whether a signed call needs no permission: "If an administrator attaches a policy to your identity that
// explicitly denies access to the sts:GetCallerIdentity action, you can still perform this operation" (AWS STS API
// Reference, GetCallerIdentity). An endpoint on the way has to allow it nonetheless.
func (q *query) isFree() bool {
	return q.action == "sts:getcalleridentity" && (q.Caller.isIAM() || q.Caller.kind == serviceCaller)
}

// A verdict is what the policies say, kind by kind.
type verdict struct {
	query  *query
	deny   *Hit
	given  [Kinds]bool
	allows [Kinds]Hit // the closest Allow
	grants [Kinds]Grant
}

func (v *verdict) add(p *Policy) {
	v.given[p.Kind] = true
	for i := range p.statements {
		s := &p.statements[i]
		if s.effect == Allow && v.grants[p.Kind] == ToCaller || s.effect == Deny && v.deny != nil {
			continue // nothing can be closer
		}
		g := s.applies(v.query, p.Kind)
		switch {
		case g == ToNobody:
		case s.effect == Deny:
			v.deny = &Hit{Policy: p, Index: i}
		case g > v.grants[p.Kind]:
			v.grants[p.Kind], v.allows[p.Kind] = g, Hit{Policy: p, Index: i}
		}
	}
}

// applies tells whether a statement speaks of the request, and how closely of its caller.
func (s *statement) applies(q *query, k Kind) Grant {
	if !s.hasAction(q) {
		return ToNobody
	}
	g := s.grantTo(q, k)
	if g == ToNobody || !s.hasResource(q) {
		return ToNobody
	}
	for i := range s.tests {
		if !s.tests[i].holds(q) {
			return ToNobody
		}
	}
	return g
}

// Naming are the statements that name an action, as one that they speak of or as one that they leave out.
func (p *Policy) Naming(action string) (statements []int) {
	action = strings.ToLower(action)
	for i, s := range p.statements {
		if matchAny(s.actions, action, nil) { // in actions there are no variables
			statements = append(statements, i)
		}
	}
	return statements
}

func (s *statement) hasAction(q *query) bool { return matchAny(s.actions, q.action, q) != s.notAction }

func (s *statement) hasResource(q *query) bool {
	if len(s.resources) == 0 {
		return true
	}
	matched := slices.ContainsFunc(s.resources, func(p arnPattern) bool { return p.matches(q.resource, q) })
	return matched != s.notResource
}

func (v *verdict) decide() Decision {
	if v.deny != nil {
		return Decision{Outcome: ExplicitlyDenied, By: []Hit{*v.deny}}
	}
	var w wants
	if v.given[Endpoint] {
		w.need(v, Endpoint)
	}
	own, granted := v.resource()
	c := v.query.Caller
	switch {
	case v.query.isFree():
	case !c.isIAM():
		w.need(v, own)
	case c.account == v.query.owner && granted == ToCaller:
		w.need(v, own)
	case c.account == v.query.owner && granted == ToRole:
		w.need(v, own)
		w.needLimits(v)
	default:
		if c.account != v.query.owner || v.query.resourceDecides() {
			w.need(v, own)
		} else if v.given[own] {
			w.alternative = append(w.alternative, own)
		}
		if c.kind != rootCaller { // who has all permissions in the account
			w.need(v, Identity)
			w.needLimits(v)
		}
	}
	if len(w.lacking) > 0 {
		return Decision{Outcome: ImplicitlyDenied, lacking: w.lacking, alternative: w.alternative}
	}
	return Decision{Outcome: Allowed, By: w.by}
}

// resource returns the kind of policy that the resource has, or should have, and how closely it speaks of the caller.
func (v *verdict) resource() (Kind, Grant) {
	own := v.query.resourceKind()
	for _, k := range []Kind{Resource, Trust, Key} {
		if v.grants[k] > v.grants[own] || v.given[k] && !v.given[own] {
			own = k
		}
	}
	return own, v.grants[own]
}

// resourceKind is the kind of policy that a resource of the action has.
func (q *query) resourceKind() Kind {
	switch {
	case strings.HasPrefix(q.action, "sts:assumerole") || q.action == "sts:tagsession" || q.action == "sts:setsourceidentity":
		return Trust
	case strings.HasPrefix(q.action, "kms:") && strings.Contains(q.resource, ":key/"):
		return Key
	default:
		return Resource
	}
}

// resourceDecides tells whether nothing is allowed without the resource's own policy, within its account too: "IAM role
// trust policies and KMS key policies are exceptions to this logic, because they must explicitly allow access".
func (q *query) resourceDecides() bool { return q.resourceKind() != Resource }

// wants collects what a request needs to be allowed.
type wants struct {
	by          []Hit
	lacking     []Kind
	alternative []Kind // would have been enough instead
}

func (w *wants) need(v *verdict, k Kind) {
	if v.grants[k] == ToNobody {
		w.lacking = append(w.lacking, k)
	} else {
		w.by = append(w.by, v.allows[k])
	}
}

func (w *wants) needLimits(v *verdict) {
	for _, k := range []Kind{Boundary, Session} {
		if v.given[k] {
			w.need(v, k)
		}
	}
}
