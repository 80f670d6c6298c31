package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// Sets of requests say what Evaluate says of each, for policies with all operators.
func TestSetsAreWhatEvaluateDecides(t *testing.T) {
	const universes, each = 3_000, 100
	told, tried, undecidable := 0, 0, map[string]int{}
	for seed := range uint64(universes) {
		policies, more := policy.RandomCase(seed)
		u, err := requests.Tell(policies...)
		if err != nil {
			undecidable[err.Error()]++
			continue
		}
		told++
		allowed := u.Allowed(policies...)
		require.True(t, allowed.IsKnown())
		check := func(p requests.Point, r policy.Request) {
			tried++
			d := policy.Evaluate(r, policies...)
			if allowed.Has(p) != d.Allowed() {
				for _, p := range policies {
					t.Logf("%s: %s", p.Kind, p.Document.JSON())
				}
				require.Equal(t, d.Allowed(), allowed.Has(p), "seed %d: %s %s %s of %s, %v: %s", seed, r.Caller, r.Action, r.Resource, r.Owner, r.Context, d)
			}
		}
		dice, sizes := policy.Rand(seed), u.Size()
		for range each {
			r := more()
			p, is := u.At(r)
			if !is {
				for _, p := range policies {
					t.Logf("%s: %s", p.Kind, p.Document.JSON())
				}
			}
			require.True(t, is, "seed %d: %s %s %s of %s, %v", seed, r.Caller, r.Action, r.Resource, r.Owner, r.Context)
			check(p, r)
			for i, n := range sizes {
				p[i] = dice.IntN(n)
			}
			r = u.Request(p)
			again, is := u.At(r)
			require.True(t, is)
			if r.Owner != "" { // or else it is the caller's own
				check(p, r)
				check(again, r)
			}
		}
	}
	t.Logf("%d of %d universes, %d requests; not decided: %v", told, universes, tried, undecidable)
	assert.Greater(t, told, universes/3)
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
