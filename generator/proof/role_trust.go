package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
	"github.com/postern-dev/postern/generator/topology"
)

const (
	byToken  = "sts:AssumeRoleWithWebIdentity"
	byCaller = "sts:AssumeRole"
)

// A wayIn is what the spec wants of one part of a door: that it is open to one of the door's principals, or to its tokens.
type wayIn struct {
	*door
	reach  int              // of the door's
	runner *topology.Runner // whose own policies count; nil: who shows a token has none
	want
}

// entries are what the spec wants of the role's doors.
func (g *gate) entries() (out []wayIn) {
	for _, d := range g.doors {
		for i, r := range d.reaches {
			if d.Issuer != nil {
				out = append(out, wayIn{d, i, nil, want{who: d.bearer(r), Statement: g.showing(d.Issuer, r.from, "StringLike", g.patterns()...)}})
				continue
			}
			for _, runner := range d.Runners {
				s := policy.Statement{Principal: signing(runner.Identity()), Actions: []string{byCaller}, Conditions: r.from}
				out = append(out, wayIn{d, i, runner, want{who: "runner." + runner.Name, Statement: s}})
			}
		}
	}
	for i := range out {
		out[i].Effect, out[i].Resources = policy.Allow, g.itself()
	}
	return out
}

// bearer is who shows a token at a part of the door.
func (d *door) bearer(r reach) string {
	if len(r.runners) > 0 {
		return "runner." + r.runners[0].Name
	}
	return "A token"
}

// itself is the role, as what is asked for.
func (g *gate) itself() []policy.Text { return policy.Literals(g.ARN()) }

// patterns are the subjects that may come in.
func (g *gate) patterns() (out []string) {
	for _, s := range g.Subjects {
		out = append(out, s.Pattern)
	}
	return out
}

// showing is to assume the role with a token of an issuer for some subjects, from somewhere.
func (g *gate) showing(i *topology.Issuer, from []policy.Condition, operator string, subjects ...string) policy.Statement {
	return policy.Statement{
		Effect: policy.Allow, Principal: policy.Federated(policy.Literal(i.ProviderARN(g.Account))), Actions: []string{byToken}, Resources: g.itself(),
		Conditions: slices.Concat(from, []policy.Condition{
			policy.When("StringEquals", i.Host()+":aud", i.Audiences...), policy.When(operator, i.Host()+":sub", subjects...),
		}),
	}
}

// trusted checks that every runner gets in on each of its ways, and nobody else on any.
func (g *gate) trusted() {
	entries, at := g.entries(), g.it.At("assume_role_policy")
	q := question{decide: []*policy.Policy{g.trust}, on: g.itself(), where: at, at: g.hitAt}
	var beyond []*policy.Policy
	for _, e := range entries {
		q.wants = append(q.wants, e.want)
		for _, p := range g.parts(g.onTheWay(e)) {
			if !slices.Contains(beyond, p) {
				beyond = append(beyond, p)
			}
		}
	}
	a := g.asides()
	q.beside, q.asides = beyond, []policy.Document{{Statements: a.statements}}
	if testsOf(append(beyond, g.trust), "aws:sourcevpce") {
		q.asides = append(q.asides, policy.Document{Statements: g.arriving()})
	}
	if r, ok := g.ask(q); ok {
		r.namesNobodyElse(Trusted)
		g.entered(r, entries)
		g.shut(r, a)
		g.seen(r, a)
	}
}

func testsOf(policies []*policy.Policy, key string) bool {
	return slices.ContainsFunc(policies, func(p *policy.Policy) bool { return testsAny(p, key) })
}

// arriving is, for each door, what requests carry that come through it, beside what the spec asks of them: the endpoint of its VPC.
func (g *gate) arriving() (out []policy.Statement) {
	for _, d := range g.doors {
		var through []policy.Condition
		if e := d.endpoint(); e != nil {
			through = append(through, policy.Condition{Operator: "StringEquals", Key: "aws:SourceVpce", Values: []policy.Text{evidence.Text(e.ID())}})
		}
		out = append(out, everything(through...))
	}
	return out
}

// endpoint is the STS endpoint at the door. One that the network is yet to get (see topology.Network.Transition) is none.
func (d *door) endpoint() *evidence.Resource {
	if d.home == nil {
		return nil
	}
	return d.home.endpoint(aws.STS)
}

// entered checks that every runner gets in on each of its ways: by the trust policy, that of the endpoint on the way and its own.
func (g *gate) entered(r *ruling, entries []wayIn) {
	open := map[[2]int]bool{} // doors and their parts
	for i, e := range entries {
		at := [2]int{slices.Index(g.doors, e.door), e.reach}
		decide := append([]*policy.Policy{g.trust}, g.onTheWay(e)...)
		lost := r.universe.Statement(r.wanted, i).Minus(r.universe.Allowed(g.parts(decide)...))
		if len(r.aside) > 1 {
			lost = lost.And(r.universe.Statement(r.aside[1], at[0])) // see arriving
		}
		in := g.comesIn(e, lost.Possible(), decide)
		before, known := open[at]
		open[at] = in && (before || !known)
	}
	for i, d := range g.doors {
		for _, n := range d.NATs {
			g.holds(len(g.home(n).gateways()) == len(n.Zones), Entered, g.home(n).at, "Requests from network.%s come from %d addresses, and it has a NAT gateway in each of %d zones.", n.Name, len(g.home(n).gateways()), len(n.Zones))
		}
		for j := range d.reaches {
			if open[[2]int{i, j}] {
				g.row(d, d.reaches[j], g.lets(r, entries, d, j))
			}
		}
	}
}

// comesIn checks that nobody is lost of those who come in by a way.
func (g *gate) comesIn(e wayIn, lost requests.Set, decide []*policy.Policy) bool {
	request, found := lost.Smallest()
	if !found {
		return g.holds(lost.IsEmpty(), Entered, g.it.At("assume_role_policy"), "Whether %s can assume role.%s are too many cases to tell.", e.who, g.Name)
	}
	d := policy.Evaluate(request, decide...)
	return g.holds(false, Entered, g.lackAt(d, e), "%s cannot assume role.%s %s: %s.", e.who, g.Name, g.place(request), d)
}

// lets are the statements of the trust policy that let those in who come in at a part of a door.
func (g *gate) lets(r *ruling, entries []wayIn, d *door, reach int) (out []policy.Hit) {
	for i, s := range g.trust.Document.Statements {
		if s.Effect != policy.Allow {
			continue
		}
		speaks := r.universe.Statement(g.trust, i)
		for j, e := range entries {
			if e.door == d && e.reach == reach && !r.universe.Statement(r.wanted, j).And(speaks).Possible().IsEmpty() {
				out = append(out, policy.Hit{Policy: g.trust, Index: i})
				break
			}
		}
	}
	return out
}

// onTheWay are the policies that have a say besides the role's: the endpoint's, and those of the caller.
func (g *gate) onTheWay(e wayIn) (out []*policy.Policy) {
	if found := e.endpoint(); found != nil {
		if p := g.policyOf(policy.Endpoint, found, "policy"); p != nil {
			out = append(out, p)
		}
	}
	switch {
	case e.runner == nil:
		return out
	case e.runner.Build == nil:
		return append(out, anyIdentity) // of a principal that somebody else made
	}
	if role := g.Known("aws_iam_role", "arn", e.runner.RoleARN()); role != nil {
		own, _ := g.inline(role)
		out = append(out, own...)
	}
	return out
}

// parts are policies without what they say of other requests than to assume the role: an endpoint's names all roles that are assumed
// through it, and none but this one needs to be told apart from others. The role's own policy is whole.
func (g *gate) parts(whole []*policy.Policy) (out []*policy.Policy) {
	for _, p := range whole {
		if p != g.trust && p != anyIdentity {
			if g.cut[p] == nil {
				g.cut[p] = g.part(p)
			}
			p = g.cut[p]
		}
		out = append(out, p)
	}
	return out
}

func (g *gate) part(p *policy.Policy) *policy.Policy {
	var d policy.Document
	itself := policy.Literal(g.ARN()).Encoded()
	if slices.ContainsFunc(p.Rules(), depends) {
		return p // which requests.Tell says
	}
	for i, rule := range p.Rules() {
		s := p.Document.Statements[i]
		if !rule.HasResource(itself) || !rule.HasAction(byToken) && !rule.HasAction(byCaller) {
			continue
		}
		s.Resources = slices.DeleteFunc(slices.Clone(s.Resources), func(t policy.Text) bool { return isOther(t, g.ARN()) })
		d.Statements = append(d.Statements, s)
	}
	if part, err := policy.Compile(p.Kind, p.Name, d); err == nil {
		return part
	}
	return p // it says nothing of the role, which is as good to know
}

// depends tells whether a statement's resources depend on who asks.
func depends(r policy.Rule) bool {
	return slices.ContainsFunc(r.ResourcePatterns(), policy.Pattern.HasVariables)
}

// isOther tells whether a text is a resource, and another one.
func isOther(t policy.Text, arn string) bool {
	literal, is := t.Literal()
	return is && !strings.ContainsAny(literal, "*?$") && literal != arn
}

// lackAt is where to look for what keeps somebody out.
func (g *gate) lackAt(d policy.Decision, e wayIn) Place {
	if d.Outcome == policy.ExplicitlyDenied && len(d.By) > 0 && d.By[0].Policy == g.trust {
		return g.hitAt(d.By[0])
	}
	if found := e.endpoint(); found != nil && lacks(d, policy.Endpoint) {
		if d.Outcome == policy.ExplicitlyDenied && len(d.By) > 0 {
			return found.Statement("policy", d.By[0].Index)
		}
		return found.At("policy")
	}
	if lacks(d, policy.Identity) && !lacks(d, policy.Trust) && e.runner != nil {
		if role := g.Known("aws_iam_role", "arn", e.runner.RoleARN()); role != nil {
			return role.At("name")
		}
	}
	return g.it.At("assume_role_policy")
}

// shut checks that nobody gets in whom the spec does not admit, by any statement of the trust policy.
func (g *gate) shut(r *ruling, a asides) {
	g.beyond(r, r.passes, []*policy.Policy{g.trust}, func(hit policy.Hit, more requests.Set, idle string) {
		g.holds(more.IsEmpty(), Trusted, g.hitAt(hit), "Somebody can assume role.%s, and should not: %s: allowed by %s%s.", g.Name, g.intruder(r, more, a), hit, idle)
	})
}

// beyond goes through the statements of policies that allow, with what each of them lets pass beyond what the spec wants. Requests that
// AWS never makes count where there are no others, and are said to be such: then a word is wider than it has to be.
func (g *gate) beyond(r *ruling, passes requests.Set, of []*policy.Policy, check func(by policy.Hit, more requests.Set, idle string)) {
	idle := ", which is wider than it has to be, although AWS makes no such request today"
	more := passes.Minus(r.universe.Of(r.wanted)).Plausible()
	if made := more.Possible(); !made.IsEmpty() {
		more, idle = made, ""
	}
	for _, p := range of {
		for i, s := range p.Document.Statements {
			if s.Effect == policy.Allow {
				speaks := r.universe.Statement(p, i)
				check(policy.Hit{Policy: p, Index: i}, more.And(speaks), idle)
				more = more.Minus(speaks)
			}
		}
	}
}

// intruder is one of those who get in by mistake, in words: the most telling, or else the plainest.
func (g *gate) intruder(r *ruling, wrong requests.Set, a asides) string {
	if wrong.IsEmpty() {
		return ""
	}
	for i, what := range a.others {
		if request, found := wrong.And(r.universe.Statement(r.aside[0], i)).Smallest(); found {
			return "a token of " + what.What + " (" + what.Subject + ") " + g.place(request)
		}
	}
	request, found := wrong.Smallest()
	if !found {
		return "who can, are too many cases to tell"
	}
	out := g.caller(request)
	if request.Action != byToken && request.Action != byCaller {
		out += ", who asks for " + request.Action + ","
	}
	return fmt.Sprintf("%s %s", out, g.place(request))
}

// asides are what a page says of those who might come in, beside the ways: as statements, first of the subjects that must not,
// then of the runners that come from where others' tokens are taken.
type asides struct {
	statements []policy.Statement
	others     []topology.Another
	runners    []*topology.Runner
}

func (g *gate) asides() (out asides) {
	if g.Issuer == nil {
		return out
	}
	for _, s := range g.Subjects {
		for _, other := range s.Others {
			out.statements = append(out.statements, g.showing(g.Issuer, nil, "StringEquals", other.Subject))
			out.others = append(out.others, other)
		}
	}
	for _, r := range g.topology.Runners {
		if slices.Contains(g.Runners, r) {
			continue
		}
		for _, from := range g.standing(r) {
			out.statements = append(out.statements, g.showing(g.Issuer, from, "StringLike", g.patterns()...))
			out.runners = append(out.runners, r)
		}
	}
	return out
}

// seen notes what the sets say of those beside the ways.
func (g *gate) seen(r *ruling, a asides) {
	in := func(i int) bool { return !r.passes.And(r.universe.Statement(r.aside[0], i)).Possible().IsEmpty() }
	for i, other := range a.others {
		if !in(i) && !slices.Contains(g.access.Refused, other.What) {
			g.access.Refused = append(g.access.Refused, other.What)
		}
	}
	for i, runner := range a.runners {
		if in(len(a.others) + i) {
			g.access.Beside = append(g.access.Beside, runner.Name)
		}
	}
}
