package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

func proveCommand(c *console) *cobra.Command {
	var r request
	cmd := &cobra.Command{
		Use:   "prove [SPEC]",
		Short: "Tell whether the Terraform on disk does what the spec asks for",
		Long: `Prove reads the Terraform of the output folder back, edits by hand and files of
your own included, and evaluates it: what every runner asks of AWS gets through
(roles, endpoint policies, repositories, keys, security groups, routes), and what
strangers ask does not. It warns if ACCESS.md says something else than these files.
It writes nothing. SPEC is a file or a folder; by default it is the current folder.

Exit code 0: proved; 1: error, also if a claim does not hold.`,
		Example: `  postern prove
  postern prove specs/ci.hcl --output terraform`,
		Args: atMost(1, "one spec, which is a file or a folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			report, claims := r.prove(args)
			if r.json {
				return c.document(report, false)
			}
			c.report(report)
			if report.failed() {
				return failed
			}
			fmt.Fprintf(&c.out, "Proved %d claims about %s.\n", claims, report.output)
			return nil
		},
	}
	r.flags(cmd)
	return cmd
}

// prove checks the Terraform on disk against the spec. It returns how many claims were checked.
func (r *request) prove(args []string) (*report, int) {
	t, result, diags := r.of(args).Topology()
	out := newReport(result, diags)
	if out.failed() {
		return out, 0
	}
	var files []tree.File
	for _, stack := range proof.Stacks(t) {
		more, err := out.terraform(result.Output, stack)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			out.diags = append(out.diags, complaint("Terraform not readable", "The system says: "+err.Error()+".")...)
		}
		files = append(files, more...)
	}
	if len(files) == 0 && !out.failed() {
		out.diags = append(out.diags, complaint("Nothing to prove", "There is no Terraform in "+out.output+". Run: "+r.generate(args))...)
	}
	if out.failed() {
		return out, 0
	}
	proved, unproved := result.Prove(t, files)
	out.diags = append(out.diags, unproved...)
	out.compare(result.Output, generator.AccessPage(proved))
	return out, proved.Claims
}

// compare warns of a page on disk that does not say what the Terraform beside it means: whoever reads it is misled.
func (r *report) compare(dir string, page tree.File) {
	onDisk, err := os.ReadFile(filepath.Join(dir, page.Path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || bytes.Equal(onDisk, page.Data) {
		return // what cannot be read misleads nobody
	}
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: page.Path + " says something else",
		Detail: indent([]string{path.Join(r.output, page.Path)}) + "\n\nWith all edits and files of your own, the Terraform means\n\n" +
			indent(differences(onDisk, page.Data)) + "\n\nTell your reviewers, or undo the edits and run generate."})
}

// differences are the first lines that one text does not have, or has beyond another.
func differences(from, to []byte) (out []string) {
	const most = 12
	for line := range strings.Lines(udiff.Unified("", "", string(from), string(to))) {
		if line = strings.TrimSpace(line); strings.Trim(line, "+-") != "" && strings.ContainsAny(line[:1], "+-") {
			out = append(out, line)
		}
	}
	if len(out) > most+1 {
		out = append(out[:most:most], fmt.Sprintf("and %d lines more", len(out)-most))
	}
	return out
}

// terraform reads the files that Terraform reads in the folder of a stack. It warns of those that the proof does not.
func (r *report) terraform(dir, stack string) ([]tree.File, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(stack)))
	var files []tree.File
	for _, e := range entries {
		name := path.Join(stack, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), ".") || e.IsDir():
		case strings.HasSuffix(name, ".tf.json") || strings.HasSuffix(name, ".tf") && proof.IsOverride(name):
			r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "File left out of the proof",
				Detail: indent([]string{path.Join(r.output, name)}) + "\n\nTerraform reads it, and merges it into others if it is an override. Review by hand what it opens."})
		case strings.HasSuffix(name, ".tf"):
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return nil, err
			}
			files = append(files, tree.File{Path: name, Data: data})
		}
	}
	return files, err
}
