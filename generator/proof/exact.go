package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// A question is what policies decide together about every request there is, and what the spec wants of it.
type question struct {
	decide []*policy.Policy
	wants  []want
	within []policy.Condition // what all requests that are decided here carry
	on     []policy.Text      // the only resources that they are about; none: all
	about  []string           // the only actions; none: all
	beside []*policy.Policy   // that are told apart, too, and decide nothing
	asides []policy.Document  // requests to ask about beside the wants, as statements that allow them
	where  Place              // of the policies as a whole
	at     func(policy.Hit) Place
}

// A want is requests that the spec wants to get through, in words and as a statement: who, by which door, does what, on what.
type want struct {
	what string   // "runner.builder pushes image.app"
	who  string   // "runner.builder"
	does []string // what for, a deed each: "runner.builder pushes image.app"; for explanations alone
	policy.Statement
	claim Claim     // which fails without it; empty: that of the question
	spec  hcl.Range // what it is about; zero: what the question is about
	of    any       // what a page has a row for; nil: nothing
}

// A ruling is the answer to a question.
//
//   - Nothing less: no request that the spec wants is refused.
//   - Nothing more: no request is let through that the spec does not want.
//
// A failure shows the plainest request of the difference, and the statement that decides it.
type ruling struct {
	subject
	question
	universe *requests.Universe
	wanted   *policy.Policy
	aside    []*policy.Policy // of the question's asides
	scoped   requests.Set     // what the question is about
	passes   requests.Set     // what of it gets through
}

// statements are those of what is wanted.
func (q question) statements() (out []policy.Statement) {
	for _, w := range q.wants {
		out = append(out, w.Statement)
	}
	return out
}

// ask works out what policies decide. With false, that cannot be told, which is a failure.
func (s subject) ask(q question) (*ruling, bool) {
	r := &ruling{subject: s, question: q}
	var asked policy.Document
	for _, w := range q.wants {
		w.Conditions = slices.Concat(w.Conditions, q.within)
		asked.Statements = append(asked.Statements, w.Statement)
	}
	var spec []*policy.Policy // what the spec says
	var err error
	for _, d := range append([]policy.Document{asked, {Statements: []policy.Statement{q.scope()}}}, q.asides...) {
		p, wrong := policy.Compile(policy.Endpoint, "the spec", d)
		spec, err = append(spec, p), errors.Join(err, wrong)
	}
	if slices.Contains(q.beside, nil) {
		err = errors.Join(err, errors.New("what the spec says here is no policy in the names that the tree has"))
	}
	if err == nil {
		r.universe, err = requests.Tell(slices.Concat(q.decide, q.beside, spec)...)
	}
	if err != nil {
		return nil, s.holds(false, Readable, q.where, "What is decided here cannot be told for every request: %s.", err)
	}
	scope := spec[1]
	r.wanted, r.aside = spec[0], spec[2:]
	if q.ofOneKind() {
		r.passes = r.universe.Of(q.decide...)
	} else {
		r.passes = r.universe.Allowed(q.decide...)
	}
	r.scoped = r.universe.Of(scope)
	r.passes = r.passes.And(r.scoped)
	return r, true
}

// scope speaks of the requests that a question is about.
func (q question) scope() policy.Statement {
	return policy.Statement{
		Effect: policy.Allow, Principal: policy.Anyone, Conditions: q.within,
		Actions:   cond(len(q.about) > 0, q.about, []string{"*"}),
		Resources: cond(len(q.on) > 0, q.on, policy.Literals("*")),
	}
}

// bySpec is a policy of what the spec says, in the names that the tree has for things. It is nil if these make none, which ask reports.
func bySpec(d policy.Document) *policy.Policy {
	p, err := policy.Compile(policy.Endpoint, "the spec", d)
	if err != nil {
		return nil
	}
	return p
}

// nothingLess checks that what each want is about gets through, and tells of which that is so.
func (r *ruling) nothingLess(c Claim) []bool {
	out := make([]bool, len(r.wants))
	for i, w := range r.wants {
		lost := r.universe.Statement(r.wanted, i).And(r.scoped).Minus(r.passes).Possible()
		of := *r
		if w.spec != (hcl.Range{}) {
			of.spec = w.spec
		}
		out[i] = of.none(lost, cmp.Or(w.claim, c), w.what+", and is refused: ")
	}
	return out
}

// grounds are those of the wants of a question, as a ruling has them.
func (s subject) grounds(q question) func(want int) []Ground {
	if s.explains {
		if r, told := s.ask(q); told {
			return r.grounds
		}
	}
	return func(int) []Ground { return nil }
}

// grounds are the statements by which a want gets through: those that let all of it through, or else something of it. It has
// none if those are enough that are taken for policies which are not in the tree, nor if nobody is to be told.
func (r *ruling) grounds(want int) []Ground {
	if !r.explains {
		return nil
	}
	through := r.universe.Statement(r.wanted, want).And(r.passes).Possible()
	written := slices.DeleteFunc(slices.Clone(r.decide), func(p *policy.Policy) bool { return slices.Contains(anybody, p) })
	if len(written) < len(r.decide) {
		others := slices.DeleteFunc(slices.Clone(r.decide), func(p *policy.Policy) bool { return slices.Contains(written, p) })
		if through.Minus(r.universe.Allowed(others...)).IsEmpty() {
			return nil
		}
	}
	var all, some []Ground
	for _, p := range written {
		for i, s := range p.Document.Statements {
			h, by := policy.Hit{Policy: p, Index: i}, r.universe.Statement(p, i)
			switch {
			case s.Effect != policy.Allow || through.And(by).IsEmpty():
			case through.Minus(by).IsEmpty():
				all = append(all, groundOf(h, r.at(h)))
			default:
				some = append(some, groundOf(h, r.at(h)))
			}
		}
	}
	return cond(len(all) > 0, all, some)
}

// nothingMore checks that nothing of a scope gets through but what some want is about. Requests that AWS never makes count where there
// are no others: then a word is wider than it has to be.
func (r *ruling) nothingMore(c Claim, scope requests.Set, what string) bool {
	more := r.passes.And(scope).Minus(r.universe.Of(r.wanted)).Plausible()
	if made := more.Possible(); !made.IsEmpty() {
		more = made
	}
	return r.none(more, c, what)
}

// namesNobodyElse checks that the policies name those alone who are in a want, also where further conditions leave nobody of the others.
func (r *ruling) namesNobodyElse(c Claim) {
	var wanted []policy.Statement
	for _, w := range r.wants {
		wanted = append(wanted, w.Statement)
	}
	for _, p := range r.decide {
		r.addressed(p, c, r.at, wanted)
	}
}

// none checks that there is no request in a set, of which all are wrong.
func (r *ruling) none(wrong requests.Set, c Claim, what string) bool {
	if wrong.IsEmpty() {
		return r.holds(true, c, r.where, "")
	}
	request, found := wrong.Smallest()
	if !found {
		return r.holds(false, c, r.where, "%sthere are too many cases to tell.", what)
	}
	d := policy.Evaluate(request, r.evaluated(request)...)
	d.By = slices.DeleteFunc(d.By, func(h policy.Hit) bool { return !slices.Contains(r.decide, h.Policy) })
	where, by := r.where, d.String()
	if len(d.By) > 0 {
		where = r.at(d.By[0])
	} else if d.Allowed() {
		by = "nothing refuses it"
	}
	return r.holds(false, c, where, "%s%s: %s.", what, inWords(request), by)
}

// ofOneKind tells whether all policies that decide are of one kind: then they are asked for what they allow by themselves.
func (q question) ofOneKind() bool {
	return !slices.ContainsFunc(q.decide, func(p *policy.Policy) bool { return p.Kind != q.decide[0].Kind })
}

// evaluated are the policies by which one request is decided as in the set.
func (r *ruling) evaluated(request policy.Request) []*policy.Policy {
	out := slices.Clone(r.decide)
	switch {
	case !r.ofOneKind() || len(out) == 0:
		return out
	case out[0].Kind == policy.Identity && request.Caller.IsIAM():
		return append(out, r.others(request.Caller.Account())...)
	}
	for _, p := range anybody {
		if p.Kind != out[0].Kind {
			out = append(out, p)
		}
	}
	return out
}

// exactly checks that a role's own policies allow what is wanted, and nothing more. It tells of which wants that is so.
func (s subject) exactly(role string, allows []*policy.Policy, wants []want, where Place, at func(policy.Hit) Place) []bool {
	q := question{decide: allows, wants: wants, where: where, at: at}
	q.within = []policy.Condition{{Operator: "ArnEquals", Key: "aws:PrincipalArn", Values: []policy.Text{evidence.Text(role)}}}
	for i := range wants {
		wants[i].Effect, wants[i].Principal = policy.Allow, policy.Anyone
	}
	return s.decided(q, Permitted, func(r *ruling) { r.nothingMore(Limited, r.universe.All(), "") })
}

// inWords says who does what on what, and with which keys.
func inWords(r policy.Request) string {
	out := fmt.Sprintf("%s may %s on %s", cmp.Or(r.Caller.String(), "anyone"), r.Action, r.Resource)
	if owner := r.Owner; owner != "" && !strings.Contains(r.Resource.String(), owner) && owner != r.Caller.Account() {
		out += " of account " + owner
	}
	var keys []string
	for key, values := range r.Context.All() {
		keys = append(keys, fmt.Sprintf("%s = %s", key, strings.Trim(join(values), "`")))
	}
	if len(keys) > 0 {
		out += " with " + strings.Join(keys, ", ")
	}
	return out
}
