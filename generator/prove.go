package generator

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/guard"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// Prove checks that Terraform does what the topology asks for, and no more. Each claim that does not hold is an error,
// with the line of the output folder's file that decides.
func (r *Result) Prove(t *topology.Topology, files []tree.File) (proof.Report, hcl.Diagnostics) {
	files = slices.SortedFunc(slices.Values(files), func(a, b tree.File) int { return strings.Compare(a.Path, b.Path) })
	report := proof.Prove(t, files)
	return report, r.failures(report.Failures, files)
}

// mustBeRead panics if a blueprint has written what no claim reads: whatever it does, nobody has tried it.
func mustBeRead(r proof.Report) {
	for _, f := range r.Failures {
		if f.Unread {
			panic(fmt.Sprintf("generator: %s:%d: %s", f.Emitted.File, f.Emitted.Line, f.Why))
		}
	}
}

// AccessPage is the page of who gets in.
func AccessPage(r proof.Report) tree.File {
	return tree.File{Path: accessPage, Data: r.Access.Markdown(pageHeader)}
}

// A verdict is one place that keeps a claim from holding.
type verdict struct {
	claim proof.Claim
	at    proof.Place
	spec  hcl.Range
}

// failures are the claims that do not hold as diagnostics, those that one place decides together.
func (r *Result) failures(all []proof.Failure, files []tree.File) (diags hcl.Diagnostics) {
	var order []verdict
	reasons := map[verdict][]string{}
	for _, f := range all {
		v := verdict{f.Claim, f.Emitted, f.Spec}
		if reasons[v] == nil {
			order = append(order, v)
		}
		reasons[v] = append(reasons[v], f.Why)
	}
	pages := lines{}
	for _, v := range order {
		d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: string(v.claim),
			Detail: r.excerpt(v.at, pages.of(v.at.File, files)) + "\n\n" + someOf(reasons[v])}
		if v.spec.Filename != "" {
			d.Subject = &v.spec
		}
		diags = append(diags, d)
	}
	return diags
}

// excerpt shows a line of an emitted file: of a tree that is refused there is no file to look into.
func (r *Result) excerpt(at proof.Place, lines []string) string {
	name := "  " + path.Join(r.source.Output, at.File)
	if at.Line == 0 {
		return name
	}
	name += fmt.Sprintf(":%d", at.Line)
	if at.Line <= len(lines) {
		name += fmt.Sprintf("\n  %d: %s", at.Line, guard.Line(lines[at.Line-1]))
	}
	return name
}

// lines are those of files, each of which is taken apart once.
type lines map[string][]string

// of are the lines of one of the files, which are sorted by path.
func (l lines) of(name string, files []tree.File) []string {
	if _, known := l[name]; !known {
		l[name] = nil
		if i, found := slices.BinarySearchFunc(files, name, func(f tree.File, name string) int { return strings.Compare(f.Path, name) }); found {
			l[name] = slices.Collect(strings.Lines(string(files[i].Data)))
		}
	}
	return l[name]
}

// someOf are the first few of many reasons: the others are mostly the same in other words.
func someOf(reasons []string) string {
	const most = 3
	if len(reasons) > most+1 {
		reasons = append(reasons[:most:most], fmt.Sprintf("So it is for %d more requests.", len(reasons)-most))
	}
	return strings.Join(reasons, "\n\n")
}

// notProved ends the report of a tree that is refused.
var notProved = &hcl.Diagnostic{
	Severity: hcl.DiagError,
	Summary:  "Tree not proved",
	Detail: "This Terraform is postern's own, and it does not do what the spec asks for, so nothing is written. That is a mistake " +
		"of postern's, or something that it cannot express. Write it differently in the spec, and report this to the authors of postern.",
}
