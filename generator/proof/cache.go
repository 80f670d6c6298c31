package proof

import (
	"slices"

	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

type Cache string

// Prove checks that the Terraform in files does what the topology asks for, and no more.
func Prove(t *topology.Topology, files []tree.File) Report { return Cache("").Prove(t, files) }

func (c Cache) Prove(t *topology.Topology, files []tree.File) Report {
	whole := unit{t, slices.DeleteFunc(slices.Clone(files), func(f tree.File) bool { return !isRead(f) })}
	units := whole.units()
	report, complete := c.prove(units)
	if !complete && len(units) > 1 {
		report, _ = whole.prove()
	}
	report.arrange()
	return report
}

func (c Cache) prove(units []unit) (all Report, complete bool) {
	reports := make([]Report, len(units))
	missed := make([]bool, len(units))
	sideBySide(len(units), func(i int) {
		var had bool
		reports[i], had = units[i].prove()
		missed[i] = !had
	})
	for _, r := range reports {
		all.add(r)
	}
	return all, !slices.Contains(missed, true)
}
