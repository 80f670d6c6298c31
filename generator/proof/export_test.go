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

// Fails tells whether a claim about the whole fails, and which part of the proof says so. It asks one part first, and no more than it has to.
func Fails(t *topology.Topology, files []tree.File, first int) (part int, fails bool) {
	u := unit{topology: t, files: files}
	e, tasks := u.read(), u.tasks()
	for i := range tasks {
		part := (first + i) % len(tasks)
		p := &prover{findings: e, topology: t}
		if tasks[part].claim(p); len(p.report.Failures) > 0 {
			return part, true
		}
	}
	return first, len(e.read(files).Failures)+len(e.heeded(false).Failures) > 0
}
