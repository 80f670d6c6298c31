package proof

import (
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
)

// plain checks that a resource says nothing that no claim knows. Claims tell what it says. Of one that postern wrote,
// heeded checks it.
func (s subject) plain(r *evidence.Resource) {
	s.report.Claims++
	if r.IsOurs() {
		return
	}
	for _, strange := range r.Strange() {
		s.holds(false, Readable, strange.At, "%s has %s, and what that means is not understood.", r.Address(), strange.What)
	}
}

// heeded checks that claims have read whatever stands in the files that postern wrote: all resources, with each argument
// that is not free. It comes last, and says nothing of what was not read because another claim failed before.
func (e *findings) heeded(failed bool) (r Report) {
	for _, path := range slices.Sorted(maps.Keys(e.places)) {
		if s := e.Stacks[path]; s != nil {
			for _, it := range s.Resources {
				if it.IsOurs() {
					r.add(e.heeds(it, failed))
				}
			}
		}
	}
	return r
}

func (e *findings) heeds(it *evidence.Resource, failed bool) (r Report) {
	fail := func(c Claim, at Place, ours bool, why ...string) {
		r.Failures = append(r.Failures, Failure{Claim: c, Why: it.Address() + strings.Join(why, ""), Emitted: at, Unread: ours})
	}
	r.Claims++
	for _, strange := range it.Strange() {
		fail(Readable, strange.At, true, " has ", strange.What, ", and what that means is not understood.")
	}
	for _, loose := range it.Loose() {
		fail(Hardened, loose.At, false, " has ", loose.Name, " as \"", evidence.Shown(loose.Is), "\", and not as \"", loose.Want, "\".")
	}
	if failed {
		return r
	}
	if !e.IsKnown(it.Kind()) {
		fail(Heeded, it.Start(), true, " is of a kind that no claim is about.")
		return r
	}
	if it.Idle() {
		fail(Heeded, it.Start(), true, " is used by nothing.")
	}
	for _, twin := range e.Twins(it) {
		if twin != it {
			fail(Heeded, it.Start(), true, " is the same as ", twin.Address(), " in ", twin.Stack.Path, ".")
		}
	}
	for _, unread := range it.Unread() {
		fail(Heeded, unread.At, true, " has ", unread.What, ", which no claim reads here: what it does is not understood.")
	}
	return r
}
