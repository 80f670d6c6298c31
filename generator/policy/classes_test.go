//go:build engines

package policy_test

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// mostCombinations is up to how many combinations of classes are all tried. Of more, all of any three dimensions are.
const mostCombinations = 20_000

// TestSecondOpinionOnClasses has the simulator decide a request of every combination of classes that a golden policy tells apart, beside
// others that allow everything.
func TestSecondOpinionOnClasses(t *testing.T) {
	second := policy.NewSecondOpinion(t)
	whole, asked, of, none := 0, 0, 0, 0
	golden := policy.GoldenPolicies(t)
	for i, p := range golden {
		u, err := requests.Tell(p)
		if !assert.NoError(t, err) {
			continue
		}
		points, n := all(u.Size()), product(u.Size())
		if n > mostCombinations {
			points = ofThree(u.Size(), uint64(i))
		} else {
			whole++
		}
		before := asked
		for point := range points {
			r := u.Request(point)
			if r.Owner == "" && r.Caller.Account() != "" {
				none++ // what nobody is said to own is the caller's own: another point
				continue
			}
			asked++
			second.Ask(r, p)
		}
		of += n
		if n > mostCombinations {
			t.Logf("%s %s: %d of %d combinations", p.Kind, p.Name, asked-before, n)
		}
	}
	t.Logf("%d requests of %d combinations, all of them for %d of %d policies; %d more are the same as others", asked, of, whole, len(golden), none)
	second.Finish()
}

func product(sizes []int) int {
	n := 1
	for _, size := range sizes {
		n *= size
	}
	return n
}

// all are all points of a universe.
func all(sizes []int) iter.Seq[requests.Point] {
	return func(yield func(requests.Point) bool) {
		for i := range product(sizes) {
			p := make(requests.Point, len(sizes))
			for d, size := range sizes {
				p[d] = i % size
				i /= size
			}
			if !yield(p) {
				return
			}
		}
	}
}

// ofThree are points such that all combinations of any three dimensions are among them.
func ofThree(sizes []int, seed uint64) iter.Seq[requests.Point] {
	dice := policy.Rand(seed)
	return func(yield func(requests.Point) bool) {
		seen := map[[6]int]bool{}
		triples := func(p requests.Point, do func([6]int)) {
			for a := range p {
				for b := range a {
					for c := range b {
						do([6]int{a, b, c, p[a], p[b], p[c]})
					}
				}
			}
		}
		for a := range sizes {
			for b := range a {
				for c := range b {
					for at := range all([]int{sizes[a], sizes[b], sizes[c]}) {
						if seen[[6]int{a, b, c, at[0], at[1], at[2]}] {
							continue
						}
						p := make(requests.Point, len(sizes))
						for d, size := range sizes {
							p[d] = dice.IntN(size)
						}
						p[a], p[b], p[c] = at[0], at[1], at[2]
						triples(p, func(t [6]int) { seen[t] = true })
						if !yield(p) {
							return
						}
					}
				}
			}
		}
	}
}
