package requests

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
)

// small is a universe so small that all of its requests can be looked at.
func small(t *testing.T) *Universe {
	t.Helper()
	p, err := policy.Compile(policy.Resource, "", policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: policy.Service("s3.amazonaws.com"), Actions: []string{"s3:Get*"}, Resources: policy.Literals("arn:aws:s3:::a/*"),
		Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceVpc", "vpc-1")},
	}}})
	require.NoError(t, err)
	u, err := Tell(p)
	require.NoError(t, err)
	return u
}

// points are all points of a universe that are requests.
func (u *Universe) points() []Point {
	all := u.All()
	out := []Point{nil}
	for _, n := range u.Size() {
		var next []Point
		for _, p := range out {
			for class := range n {
				next = append(next, append(slices.Clone(p), class))
			}
		}
		out = next
	}
	return slices.DeleteFunc(out, func(p Point) bool { return !all.Has(p) })
}

// some is a random set: up to five boxes, each with some classes of each dimension.
func (u *Universe) some(dice *rand.Rand) Set {
	var boxes []box
	for range dice.IntN(6) {
		b := slices.Clone(u.full)
		for d := range u.dimensions {
			if dice.IntN(3) > 0 {
				u.fill(b, d, u.size(d), func(int) bool { return dice.IntN(5) < 3 })
			}
		}
		boxes = append(boxes, b)
	}
	return u.set(false, boxes...).And(u.All())
}

// What is said of sets holds for each of their requests.
func TestSetsFollowTheLaws(t *testing.T) {
	u := small(t)
	points := u.points()
	t.Logf("%d requests, %v", len(points), u.Size())
	empty := 0
	for seed := range uint64(150) {
		dice := rand.New(rand.NewPCG(seed, 0))
		a, b := u.some(dice), u.some(dice)
		if seed%5 == 0 {
			b = b.Or(a) // or else one is seldom in the other
		}
		or, and, minus, not := a.Or(b), a.And(b), a.Minus(b), a.Not()
		witnesses := 0
		for _, p := range points {
			inA, inB := a.Has(p), b.Has(p)
			if or.Has(p) != (inA || inB) || and.Has(p) != (inA && inB) || minus.Has(p) != (inA && !inB) || not.Has(p) == inA {
				require.Fail(t, "a law does not hold", "seed %d, %v", seed, p)
			}
			if inA && !inB {
				witnesses++
			}
		}
		require.Equal(t, witnesses == 0, minus.IsEmpty(), "seed %d", seed)
		_, found := minus.Smallest()
		require.Equal(t, witnesses > 0, found, "seed %d", seed)
		if !found {
			empty++
		}
		require.True(t, a.And(not).IsEmpty())
		require.True(t, a.Or(not).Not().IsEmpty())
		require.True(t, same(a, not.Not()))
		require.True(t, same(or.Not(), not.And(b.Not())), "seed %d", seed)
		require.True(t, same(and.Not(), not.Or(b.Not())), "seed %d", seed)
	}
	assert.Greater(t, empty, 20)
	assert.Less(t, empty, 100)
}

func same(a, b Set) bool { return a.Minus(b).IsEmpty() && b.Minus(a).IsEmpty() }

// No other request of a set is plainer than the smallest.
func TestTheSmallestIsPlainest(t *testing.T) {
	u := small(t)
	points := u.points()
	for seed := range uint64(100) {
		s := u.some(rand.New(rand.NewPCG(seed, 1)))
		var best Point
		for _, p := range points {
			if s.Has(p) && (best == nil || p.plainer(best)) {
				best = p
			}
		}
		r, found := s.Smallest()
		require.Equal(t, best != nil, found)
		if found {
			require.Equal(t, u.Request(best), r, "seed %d", seed)
		}
	}
}
