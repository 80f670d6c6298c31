package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// A question is what policies decide together about every request there is, and what the spec wants of it.
type question struct {
	decide []*policy.Policy
	wants  []want
	beside []*policy.Policy   // that are told apart, too, and decide nothing
	within []policy.Condition // what all requests that are decided here carry
	about  []string           // actions that are decided here; none: all
	where  Place              // of the policies as a whole
	at     func(policy.Hit) Place
}

// A want is requests that the spec wants to get through, in words and as a statement: who, by which door, does what, on what.
type want struct {
	what string // "runner.builder pushes image.app"
	who  string // "runner.builder"
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
	scope    requests.Set // what is decided here
	passes   requests.Set // what of it gets through
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
	all := slices.Concat(q.decide, q.beside)
	var d policy.Document
	for _, w := range q.wants {
		w.Conditions = slices.Concat(w.Conditions, q.within)
		d.Statements = append(d.Statements, w.Statement)
	}
	r.wanted = bySpec(d)
	all = append(all, r.wanted)
	scope := bySpec(policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: policy.Anyone, Actions: cond(len(q.about) > 0, q.about, []string{"*"}), Resources: policy.Literals("*"), Conditions: q.within,
	}}})
	if len(q.within)+len(q.about) > 0 {
		all = append(all, scope)
	}
	var err error
	if r.universe, err = requests.Tell(all...); err != nil {
		return nil, s.holds(false, Readable, q.where, "What is decided here cannot be told for every request: %s.", err)
	}
	r.passes = r.universe.Allowed(q.decide...)
	if r.ofOneKind() {
		r.passes = r.universe.Of(q.decide...)
	}
	r.scope = r.universe.All()
	if len(q.within)+len(q.about) > 0 {
		r.scope = r.universe.Of(scope)
		r.passes = r.passes.And(r.scope)
	}
	return r, true
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
		lost := r.universe.Statement(r.wanted, i).And(r.scope).Minus(r.passes).Possible()
		of := *r
		if w.spec != (hcl.Range{}) {
			of.spec = w.spec
		}
		out[i] = of.none(lost, cmp.Or(w.claim, c), w.what+", and is refused: ")
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
	d := policy.Evaluate(request, r.evaluated(request)...)
	d.By = slices.DeleteFunc(d.By, func(h policy.Hit) bool { return !slices.Contains(r.decide, h.Policy) })
	where := r.where
	if len(d.By) > 0 {
		where = r.at(d.By[0])
	}
	return r.holds(false, c, where, "%s%s: %s.", what, inWords(request), d)
}

// ofOneKind tells whether all policies that decide are of one kind: then they are asked for what they allow by themselves.
func (q question) ofOneKind() bool {
	return !slices.ContainsFunc(q.decide, func(p *policy.Policy) bool { return p.Kind != q.decide[0].Kind })
}

// evaluated are the policies by which one request is decided as in the set.
func (r *ruling) evaluated(request policy.Request) []*policy.Policy {
	out := slices.Clone(r.decide)
	switch {
	case !r.ofOneKind():
		return out
	case out[0].Kind == policy.Identity && request.Caller.IsIAM():
		return append(out, r.others(request.Caller.Account())...)
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
