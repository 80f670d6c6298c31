package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyRoles is a spec of roles that all runners assume, half of them in networks.
func manyRoles(roles, runners int) string {
	var b strings.Builder
	b.WriteString(accounts + bitbucket)
	var names []string
	for i := range runners {
		name := fmt.Sprintf("r%d", i)
		names = append(names, "runner."+name)
		if i%2 == 0 {
			b.WriteString(office(name, fmt.Sprintf("198.51.100.%d", i)))
			continue
		}
		b.WriteString(natNetwork(name, fmt.Sprintf("10.%d.0.0/20", i), "") + machine(name, name, ""))
	}
	for i := range roles {
		b.WriteString(roleOf(fmt.Sprintf("role%d", i), strings.Join(names, ", "), fmt.Sprintf("repositories = [\"{c3d4e5f6-0000-4000-8000-%012x}\"]", i)))
	}
	return b.String()
}

// BenchmarkResolve shows that the work grows with the roles, and not with their pairs.
func BenchmarkResolve(b *testing.B) {
	for _, roles := range []int{250, 500, 1000} {
		b.Run(fmt.Sprintf("roles=%d/runners=50", roles), func(b *testing.B) {
			loaded := load(b, manyRoles(roles, 50))
			for b.Loop() {
				_, diags := Topology(loaded)
				require.False(b, diags.HasErrors(), diags.Error())
			}
		})
	}
}
