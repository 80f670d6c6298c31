package proof

import (
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// For tests that generate what they prove, and so are outside of the package.

// Whole proves everything as one unit.
func Whole(t *topology.Topology, files []tree.File) Report {
	report, _ := unit{topology: t, files: files}.prove()
	report.arrange()
	return report
}

// Units is into how many units the proof of a tree falls.
func Units(t *topology.Topology, files []tree.File) int {
	return len(unit{topology: t, files: files}.units())
}
