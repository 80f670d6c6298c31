package proof

import (
	"fmt"
	"slices"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// viaService tells a request of the session's own from one that a service makes on its behalf.
const viaService = "aws:ViaAWSService"

// sessions are what a role's sessions may do, for every request.
type sessions struct {
	*ruling
	*gate
	home  requests.Set // what they ask where they belong; all, without a guard
	via   requests.Set // what services ask on their behalf, wherever they are
	whole requests.Set // what they may do with every right from managed policies
	free  requests.Set // what needs no permission
}

// allowed checks what sessions may do: what the spec says and no more, and if the role has a guard, outside of its runners' places
// nothing, whatever else is attached to it, but for what AWS services ask on a session's behalf.
func (g *gate) allowed() {
	s, ok := g.sessions()
	if !ok {
		return
	}
	works := true
	for i := range s.wants {
		works = s.may(s.universe.Statement(s.wanted, i).Minus(s.passes), s.decide) && works
	}
	if works { // what the policies refuse of it, they refuse of what is attached, too
		s.may(s.scoped.Minus(s.whole), append([]*policy.Policy{anyIdentity}, s.decide...))
	}
	s.limits()
	if g.Guard {
		s.keptIn()
	}
}

// sessions asks what the role's policies decide. It returns false if they have nothing to decide, or it cannot be told.
func (g *gate) sessions() (*sessions, bool) {
	others := g.others(g.Account.Root())
	for _, p := range g.allows {
		g.told = append(g.told, settled(p))
	}
	q := question{
		decide: slices.Concat(others, g.told), wants: g.work(), where: g.permissionsAt(), at: g.hitAt,
		within: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", g.ARN())},
	}
	if len(g.allows)+len(q.wants) == 0 && !g.Guard {
		return nil, false
	}
	q.beside, q.asides = []*policy.Policy{anyIdentity}, []policy.Document{{Statements: g.belongs()}, {Statements: g.behalf()}}
	r, ok := g.ask(q)
	if !ok {
		return nil, false
	}
	u := r.universe
	return &sessions{
		ruling: r, gate: g, home: u.Of(r.aside[0]), via: u.Of(r.aside[1]),
		whole: u.Allowed(append(slices.Clone(q.beside), q.decide...)...), free: u.Allowed(others...),
	}, true
}

// work is what the spec wants of the role's sessions.
func (g *gate) work() (out []want) {
	add := func(actions []string, resources []policy.Text, when []policy.Condition) {
		s := policy.Statement{Effect: policy.Allow, Principal: policy.Anyone, Actions: actions, Conditions: when}
		s.Resources, _ = settle(resources)
		out = append(out, want{Statement: s})
	}
	for _, allow := range g.Allow {
		add(allow.Actions, policy.Literals(allow.Resources...), nil)
	}
	for _, work := range g.Work {
		add(work.Actions, g.resourcesOf(work), work.Conditions)
	}
	return out
}

// belongs is where sessions belong: in the places of the role's runners; without a guard, anywhere.
func (g *gate) belongs() (out []policy.Statement) {
	if !g.Guard {
		return []policy.Statement{everything()}
	}
	at := g.Whereabouts()
	public := policy.Literals(rangesOf(at.Addresses)...)
	for _, n := range at.NATs {
		for _, nat := range g.home(n).gateways() {
			public = append(public, evidence.Text(nat.address))
		}
	}
	if len(public) > 0 {
		out = append(out, everything(outside(public...)...))
	}
	for _, n := range at.Networks {
		if len(n.Addresses) > 0 {
			out = append(out, everything(g.home(n.Network).within(n.Addresses...)...))
		}
	}
	return out
}

// behalf is what the guard lets through wherever sessions are: what services ask on their behalf.
func (g *gate) behalf() (out []policy.Statement) {
	if g.Guard {
		out = append(out, everything(policy.When("Bool", viaService, "true")))
	}
	return out
}

// everything is to do anything on anything.
func everything(when ...policy.Condition) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"*"}, Resources: policy.Literals("*"), Conditions: when}
}

// may checks that nothing is lost of what sessions may do where they belong, and services on their behalf.
func (s *sessions) may(lost requests.Set, decide []*policy.Policy) bool {
	who := "Sessions of role." + s.Name
	found := lost.And(s.home).Possible()
	if found.IsEmpty() {
		who, found = "Services of AWS, on behalf of sessions of role."+s.Name+",", lost.And(s.via).Plausible()
	}
	request, shown := found.Smallest()
	if !shown {
		return s.gate.holds(found.IsEmpty(), Permitted, s.permissionsAt(), "What sessions of role.%s may do are too many cases to tell.", s.Name)
	}
	d := policy.Evaluate(request, decide...)
	at := s.permissionsAt()
	if len(d.By) > 0 {
		at = s.hitAt(d.By[0])
	}
	return s.gate.holds(false, Permitted, at, "%s may not %s on %s %s: %s.", who, request.Action, request.Resource, s.place(request), d)
}

// limits checks that no statement of the role's allows more than the spec does.
func (s *sessions) limits() {
	s.beyond(s.ruling, s.passes.Minus(s.free), s.told, func(hit policy.Hit, more requests.Set, idle string) {
		request, found := more.Smallest()
		what := "what are too many cases to tell"
		if found {
			what = fmt.Sprintf("%s on %s%s", request.Action, request.Resource, besides(request))
		}
		s.gate.holds(more.IsEmpty(), Limited, s.hitAt(hit), "Sessions of role.%s may %s, and the spec says nothing of it: allowed by %s%s.", s.Name, what, hit, idle)
	})
}

// keptIn checks that nothing may be done where sessions do not belong, with whatever rights from managed policies.
func (s *sessions) keptIn() {
	open := s.whole.And(s.scoped).Minus(s.home).Minus(s.via).Minus(s.free).Possible()
	request, found := open.Smallest()
	if !found {
		s.gate.holds(open.IsEmpty(), Guarded, s.permissionsAt(), "What somebody may do with a stolen session of role.%s are too many cases to tell.", s.Name)
		return
	}
	s.gate.holds(false, Guarded, s.permissionsAt(), "With a stolen session of role.%s somebody may %s on %s %s%s.", s.Name, request.Action, request.Resource, s.place(request), besides(request))
}

// besides are the keys of a request that are not about places, in words.
func besides(r policy.Request) (out string) {
	places := []string{"aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc", viaService}
	for key, values := range r.Context.All() {
		if !slices.Contains(places, key) {
			out += " with " + key + " = " + join(values)
		}
	}
	return out
}
