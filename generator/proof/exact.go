package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// A question is what policies decide together about every request there is, and what the spec wants of it.
type question struct {
	decide []*policy.Policy
	wants  []want
	within []policy.Condition // what all requests that are decided here carry
	on     []policy.Text      // the only resources that they are about; none: all
	beside []*policy.Policy   // what else is asked of these requests
	where  Place              // of the policies as a whole
	at     func(policy.Hit) Place
}

// A want is requests that the spec wants to get through, in words and as a statement: who, by which door, does what, on what.
type want struct {
	what string // "runner.builder pushes image.app"
	who  string // "runner.builder"
	policy.Statement
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
	scoped   requests.Set // what the question is about
	passes   requests.Set // what gets through
}

// ask works out what policies decide. With false, that cannot be told, which is a failure.
func (s subject) ask(q question) (*ruling, bool) {
	r := &ruling{subject: s, question: q}
	all := slices.Clone(q.decide)
	var d policy.Document
	for _, w := range q.wants {
		w.Conditions = slices.Concat(w.Conditions, q.within)
		d.Statements = append(d.Statements, w.Statement)
	}
	r.wanted = bySpec(d)
	all = append(append(all, r.wanted), q.beside...)
	scope := bySpec(policy.Document{Statements: []policy.Statement{q.scope()}})
	if q.isBounded() {
		all = append(all, scope)
	}
	var err error
	if r.universe, err = requests.Tell(all...); err != nil {
		return nil, s.holds(false, Readable, q.where, "What is decided here cannot be told for every request: %s.", err)
	}
	r.passes = r.universe.Allowed(q.decide...)
	if len(q.decide) == 1 {
		r.passes = r.universe.Of(q.decide[0])
	}
	if r.scoped = r.universe.All(); q.isBounded() {
		r.scoped = r.universe.Of(scope)
		r.passes = r.passes.And(r.scoped)
	}
	return r, true
}

// isBounded tells whether a question is not about all requests.
func (q question) isBounded() bool { return len(q.within)+len(q.on) > 0 }

// scope speaks of the requests that a question is about.
func (q question) scope() policy.Statement {
	out := policy.Statement{Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"*"}, Resources: q.on, Conditions: q.within}
	if len(q.on) == 0 {
		out.Resources = policy.Literals("*")
	}
	return out
}

// bySpec is a policy of the spec's.
func bySpec(d policy.Document) *policy.Policy {
	p, err := policy.Compile(policy.Endpoint, "the spec", d)
	if err != nil {
		panic(fmt.Sprintf("proof: what the spec wants is no policy: %s", err))
	}
	return p
}

// nothingLess checks that what each want is about gets through, and tells of which that is so.
func (r *ruling) nothingLess(c Claim) []bool {
	out := make([]bool, len(r.wants))
	for i, w := range r.wants {
		lost := r.universe.Statement(r.wanted, i).Minus(r.passes).Possible()
		out[i] = r.none(lost, c, w.what+", and is refused: ")
	}
	return out
}

// nothingMore checks that nothing of a scope gets through but what some want is about.
func (r *ruling) nothingMore(c Claim, scope requests.Set, what string) bool {
	return r.none(r.passes.And(scope).Minus(r.universe.Of(r.wanted)).Possible(), c, what)
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
	d := policy.Evaluate(request, r.evaluated()...)
	d.By = slices.DeleteFunc(d.By, func(h policy.Hit) bool { return !slices.Contains(r.decide, h.Policy) })
	where := r.where
	if len(d.By) > 0 {
		where = r.at(d.By[0])
	}
	return r.holds(false, c, where, "%s%s: %s.", what, inWords(request), d)
}

// evaluated are the policies by which one request is decided as in the set.
func (r *ruling) evaluated() []*policy.Policy {
	out := slices.Clone(r.decide)
	if len(out) != 1 {
		return out
	}
	for _, p := range []*policy.Policy{anyIdentity, anyResource, anyTrust, anyKey} {
		if p.Kind != out[0].Kind {
			out = append(out, p)
		}
	}
	return out
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
