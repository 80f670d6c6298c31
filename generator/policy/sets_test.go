package policy_test

import (
	"math/rand/v2"
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
	randomUniverses  = 2_600 * scale
	requestsOfRandom = 20 // and as many points
	requestsOfGolden = 190 * scale
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

// The smallest request of a set is in it, as Evaluate decides, and does not depend on the order of policies and statements. That there is
// none means that no request is found either.
func TestTheSmallestRequestIsAWitness(t *testing.T) {
	differ, none := 0, 0
	for seed := range uint64(600 * scale) {
		before, more := policy.RandomCase(seed)
		if len(before) == 0 {
			continue
		}
		dice := policy.Rand(seed)
		after := slices.Clone(before)
		other, _ := policy.RandomCase(seed + 1<<32)
		for _, p := range other {
			if at := slices.IndexFunc(after, func(q *policy.Policy) bool { return q.Kind == p.Kind }); at >= 0 {
				after[at] = p
			}
		}
		all := slices.Concat(before, after)
		u, err := requests.Tell(all...)
		if err != nil {
			continue
		}
		for _, s := range []requests.Set{u.Allowed(after...), u.Allowed(before...).Not(), u.Allowed(after...).Minus(u.Allowed(before...))} {
			require.True(t, s.IsKnown())
			_, found := s.Smallest()
			require.Equal(t, found, !s.IsEmpty())
		}
		wider := u.Allowed(after...).Minus(u.Allowed(before...))
		r, found := wider.Smallest()
		if found {
			differ++
			require.True(t, policy.Evaluate(r, after...).Allowed(), "seed %d: %s %s %s of %s", seed, r.Caller, r.Action, r.Resource, r.Owner)
			require.False(t, policy.Evaluate(r, before...).Allowed(), "seed %d", seed)
		} else {
			none++
			for range 20 {
				r := more()
				require.False(t, policy.Evaluate(r, after...).Allowed() && !policy.Evaluate(r, before...).Allowed(), "seed %d", seed)
			}
		}
		before, after = shuffled(dice, before), shuffled(dice, after)
		all = slices.Concat(after, before)
		u, err = requests.Tell(all...)
		require.NoError(t, err)
		again, foundAgain := u.Allowed(after...).Minus(u.Allowed(before...)).Smallest()
		require.Equal(t, found, foundAgain)
		require.Equal(t, r, again, "seed %d", seed)
	}
	t.Logf("%d witnesses, %d times none", differ, none)
	assert.Greater(t, differ, 40*scale)
	assert.Greater(t, none, 40*scale)
}

// Some golden policy allows something in every world.
func TestGoldenPoliciesLiveInAllWorlds(t *testing.T) {
	all := requests.Worlds
	t.Cleanup(func() { requests.Worlds = all })
	lives := map[string]int{}
	for _, p := range policy.GoldenPolicies(t) {
		u, err := requests.Tell(p)
		require.NoError(t, err)
		for _, w := range all {
			requests.Worlds = []requests.World{w}
			if !u.Of(p).Possible().IsEmpty() {
				lives[w.Name]++
			}
		}
	}
	t.Log(lives)
	for _, w := range all {
		assert.Positive(t, lives[w.Name], w.Name)
	}
}

// shuffled are the policies in another order, and their statements, too.
func shuffled(dice *rand.Rand, policies []*policy.Policy) []*policy.Policy {
	var out []*policy.Policy
	for _, i := range dice.Perm(len(policies)) {
		p := policies[i]
		var d policy.Document
		for _, j := range dice.Perm(len(p.Document.Statements)) {
			d.Statements = append(d.Statements, p.Document.Statements[j])
		}
		out = append(out, policy.MustCompile(p.Kind, d))
	}
	return out
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
