package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tree"
)

// A request is what generate and check are asked for.
type request struct {
	output string
	json   bool
}

func (r *request) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&r.output, "output", "o", "", "the output `folder`, instead of the one that the spec names")
	cmd.Flags().BoolVar(&r.json, "json", false, "print one JSON document")
	cobra.CheckErr(cmd.MarkFlagDirname("output"))
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"hcl", "json"}, cobra.ShellCompDirectiveFilterFileExt)
}

// A report is what became of a request. Its paths are slash-separated and start with the output folder.
type report struct {
	output   string
	changes  []tree.Change
	problems tree.Problems
	diags    hcl.Diagnostics
	files    map[string]*hcl.File
}

// of is what the generator is asked for.
func (r *request) of(args []string) generator.Request {
	spec := "."
	if len(args) > 0 {
		spec = args[0]
	}
	return generator.Request{Spec: spec, Output: r.output}
}

func newReport(result *generator.Result, diags hcl.Diagnostics) *report {
	r := &report{diags: diags, files: result.Files}
	if result.Output != "" {
		r.output = filepath.ToSlash(filepath.Clean(result.Output))
	}
	return r
}

// A step is what to do with a tree and its folder: here generate and check differ.
type step func(dir string, t tree.Tree) ([]tree.Change, error)

// carryOut generates, and leaves the tree to the last step.
func (r *request) carryOut(args []string, all []generator.Blueprint, last step) *report {
	result, diags := r.of(args).Generate(all)
	report := newReport(result, diags)
	if diags.HasErrors() {
		return report
	}
	changes, err := last(result.Output, result.Tree)
	if err != nil && !errors.As(err, &report.problems) {
		report.problems = tree.Problems{{Path: ".", Summary: "Folder not usable", Detail: err.Error()}}
	}
	for i := range changes {
		changes[i].Path = path.Join(report.output, changes[i].Path)
	}
	for i := range report.problems {
		report.problems[i].Path = path.Join(report.output, report.problems[i].Path)
	}
	report.changes = changes
	return report
}

func (r *report) failed() bool { return len(r.problems) > 0 || r.diags.HasErrors() }

// report prints the diagnostics, and the problems of the output folder, those that are alike together.
func (c *console) report(r *report) {
	c.diagnose(r.diags, r.files)
	type kind struct{ summary, detail string }
	var kinds []kind
	paths := map[kind][]string{}
	for _, p := range r.problems {
		k := kind{p.Summary, p.Detail}
		if paths[k] == nil {
			kinds = append(kinds, k)
		}
		paths[k] = append(paths[k], p.Path)
	}
	for _, k := range kinds {
		c.diagnose(complaint(k.summary, indent(paths[k])+"\n\n"+k.detail), nil)
	}
}

func indent(lines []string) string { return "  " + strings.Join(lines, "\n  ") }

// count sums the changes up, in the given words.
func (r *report) count(created, changed, deleted string) string {
	n := map[tree.Action]int{}
	for _, change := range r.changes {
		n[change.Action]++
	}
	return fmt.Sprintf("%d %s, %d %s, %d %s", n[tree.Created], created, n[tree.Changed], changed, n[tree.Deleted], deleted)
}

// The JSON document of generate and check.
type (
	document struct {
		Output      string       `json:"output"`
		Changes     []change     `json:"changes"`
		Diagnostics []diagnostic `json:"diagnostics"`
	}
	change struct {
		Path   string      `json:"path"`
		Action tree.Action `json:"action"`
		Edited bool        `json:"edited,omitempty"`
		Diff   string      `json:"diff,omitempty"`
	}
	diagnostic struct {
		Severity string     `json:"severity"`
		Summary  string     `json:"summary"`
		Detail   string     `json:"detail"`
		Path     string     `json:"path,omitempty"`  // of a file of the output
		Range    *textRange `json:"range,omitempty"` // of the spec
	}
	textRange struct {
		Filename string   `json:"filename"`
		Start    position `json:"start"`
		End      position `json:"end"`
	}
	position struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
)

// document prints a report as JSON, and returns the exit code. To compare is to have differences.
func (c *console) document(r *report, compare bool) error {
	d := document{r.output, []change{}, []diagnostic{}}
	for _, ch := range r.changes {
		out := change{Path: ch.Path, Action: ch.Action, Edited: ch.Edited}
		if compare {
			out.Diff = ch.Diff()
		}
		d.Changes = append(d.Changes, out)
	}
	for _, diag := range r.diags {
		d.Diagnostics = append(d.Diagnostics, plainDiagnostic(diag))
	}
	for _, p := range r.problems {
		d.Diagnostics = append(d.Diagnostics,
			diagnostic{Severity: "error", Summary: p.Summary, Detail: p.Detail, Path: p.Path})
	}
	c.json(d)
	switch {
	case r.failed():
		return failed
	case compare && len(r.changes) > 0:
		return different
	}
	return nil
}

func plainDiagnostic(d *hcl.Diagnostic) diagnostic {
	severity := "error"
	if d.Severity == hcl.DiagWarning {
		severity = "warning"
	}
	out := diagnostic{Severity: severity, Summary: d.Summary, Detail: d.Detail}
	if s := d.Subject; s != nil {
		out.Range = &textRange{s.Filename, position{s.Start.Line, s.Start.Column}, position{s.End.Line, s.End.Column}}
	}
	return out
}

func (c *console) json(v any) {
	encoder := json.NewEncoder(&c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		panic(err) // plain structs, and a sink never fails
	}
}
