package proof

import "github.com/postern-dev/postern/generator/evidence"

// plain checks that a resource says nothing that no claim knows. Claims tell what it says.
func (s subject) plain(r *evidence.Resource) {
	s.report.Claims++
	for _, strange := range r.Strange() {
		s.holds(false, Readable, strange.At, "%s has %s, and what that means is not understood.", r.Address(), strange.What)
	}
}
