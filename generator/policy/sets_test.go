package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// How much a quick run tries.
const (
	randomUniverses  = 3_000 * scale
	requestsOfRandom = 20 // and as many points
	requestsOfGolden = 170 * scale
	leastRequests    = 150_000 * scale
	leastOfOperator  = 15 * scale // universes with it that were decided
)

// Sets of requests say what Evaluate says of each: for random policies with all operators, and for those of the golden trees, each alone
// and beside others that allow everything.
func TestSetsAreWhatEvaluateDecides(t *testing.T) {
	n := tally{T: t, undecidable: map[string]int{}, operators: map[string]int{}}
	for seed := range uint64(randomUniverses) {
		policies, more := policy.RandomCase(seed)
		n.compare(seed, requestsOfRandom, more, policies)
	}
	random := n.universes
	for i, p := range policy.GoldenPolicies(t) {
		seed := uint64(i) << 32
		alone, beside := []*policy.Policy{p}, append(policy.Beside(p), p)
		n.compare(seed, requestsOfGolden, policy.RequestsAbout(p, seed), alone)
		n.compare(seed+1, requestsOfGolden, policy.RequestsAbout(p, seed+1), beside)
	}
	t.Logf("%d of %d random universes and %d of golden policies, %d requests, %d allowed", random, randomUniverses, n.universes-random, n.requests, n.allowed)
	t.Logf("not decided: %v; %d requests contradict themselves", n.undecidable, n.contradictory)
	t.Logf("decided universes with an operator: %v", n.operators)
	assert.GreaterOrEqual(t, n.requests, leastRequests)
	assert.Greater(t, n.allowed, n.requests/20)
	assert.Greater(t, random, randomUniverses/3)
	for _, operator := range append(policy.Operators(), "ForAllValues", "ForAnyValue", "IfExists") {
		assert.Greater(t, n.operators[operator], leastOfOperator, operator)
	}
}

// A tally counts what was compared.
type tally struct {
	*testing.T
	universes, requests, allowed, contradictory int
	undecidable                                 map[string]int
	operators                                   map[string]int
}

// reasons are those for which policies cannot be told apart.
var reasons = []string{
	"has a policy variable", "is compared by a set operator with too many values", "is compared in ways that have nothing to do with each other",
}

// compare has a set and Evaluate decide requests, and as many points of the universe.
func (n *tally) compare(seed uint64, each int, more func() policy.Request, policies []*policy.Policy) {
	u, err := requests.Tell(policies...)
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			at := slices.IndexFunc(reasons, func(reason string) bool { return strings.Contains(line, reason) })
			require.GreaterOrEqual(n, at, 0, line)
			n.undecidable[reasons[at]]++
		}
		return
	}
	n.universes++
	n.countOperators(policies)
	allowed := u.Allowed(policies...)
	require.True(n, allowed.IsKnown())
	dice, sizes := policy.Rand(seed), u.Size()
	for range each {
		r := more()
		p, is := u.At(r)
		if r.Contradicts() {
			n.contradictory++
			require.False(n, is)
		} else if !is || allowed.Has(p) != n.decide(r, policies) {
			n.fail(seed, r, policies)
		}
		if p == nil {
			p = make(requests.Point, len(sizes))
		}
		for i, size := range sizes {
			p[i] = dice.IntN(size)
		}
		r = u.Request(p)
		again, is := u.At(r)
		decision := n.decide(r, policies)
		if !is || allowed.Has(again) != decision || r.Owner != "" && allowed.Has(p) != decision { // without an owner it is the caller's own
			n.fail(seed, r, policies)
		}
	}
}

func (n *tally) decide(r policy.Request, policies []*policy.Policy) bool {
	n.requests++
	is := policy.Evaluate(r, policies...).Allowed()
	if is {
		n.allowed++
	}
	return is
}

func (n *tally) countOperators(policies []*policy.Policy) {
	seen := map[string]bool{}
	for _, p := range policies {
		for _, s := range p.Document.Statements {
			for _, c := range s.Conditions {
				for _, operator := range policy.OperatorOf(c) {
					if !seen[operator] {
						seen[operator] = true
						n.operators[operator]++
					}
				}
			}
		}
	}
}

func (n *tally) fail(seed uint64, r policy.Request, policies []*policy.Policy) {
	n.Helper()
	for _, p := range policies {
		n.Logf("%s: %s", p.Kind, p.Document.JSON())
	}
	require.Fail(n, "a set and Evaluate disagree", "seed %d: %s %s %s of %q, %v: %s", seed, r.Caller, r.Action, r.Resource, r.Owner, r.Context, policy.Evaluate(r, policies...))
}

// Golden policies with each condition dropped: how long it takes to find that they allow more.
func BenchmarkGoldenContainment(b *testing.B) {
	type pair struct{ p, wider *policy.Policy }
	var pairs []pair
	for _, p := range policy.GoldenPolicies(&testing.T{}) {
		pairs = append(pairs, pair{p, p})
		for i, s := range p.Document.Statements {
			for j := range s.Conditions {
				d := p.Document.Map(func(t policy.Text) policy.Text { return t })
				d.Statements[i].Conditions = append(d.Statements[i].Conditions[:j:j], d.Statements[i].Conditions[j+1:]...)
				wider, err := policy.Compile(p.Kind, p.Name, d)
				require.NoError(b, err)
				pairs = append(pairs, pair{p, wider})
			}
		}
	}
	same := 0
	b.ReportMetric(float64(len(pairs)), "pairs")
	for b.Loop() {
		same = 0
		for _, at := range pairs {
			u, err := requests.Tell(at.p, at.wider)
			require.NoError(b, err)
			if u.Of(at.wider).Minus(u.Of(at.p)).Possible().IsEmpty() {
				same++
			}
		}
	}
	b.ReportMetric(float64(same), "contained")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(pairs)), "µs/pair")
}
