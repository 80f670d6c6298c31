package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/guard"
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
			c.out.printf("Proved %d claims about %s.\n", claims, report.output)
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
	files := out.terraform(result.Output, proof.Stacks(t))
	if out.failed() {
		return out, 0
	}
	proved, unproved := result.Prove(t, files)
	if len(files) == 0 && unproved.HasErrors() { // without, the spec asks for no Terraform
		unproved = complaint("Nothing to prove", "There is no Terraform in "+out.output+". Run: "+r.generate(args))
	}
	out.diags = append(out.diags, unproved...)
	out.compare(result.Output, generator.AccessPage(proved))
	return out, proved.Claims
}

// compare warns of a page on disk that does not say what the Terraform beside it means: whoever reads it is misled.
func (r *report) compare(dir string, page tree.File) {
	onDisk, err := guard.ReadFile(guard.Disk, filepath.Join(dir, page.Path), guard.MaxRead)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || bytes.Equal(onDisk, page.Data) {
		return // what cannot be read misleads nobody
	}
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: page.Path + " says something else",
		Detail: indent([]string{path.Join(r.output, page.Path)}) + "\n\nWith all edits and files of your own, the Terraform means\n\n" +
			indent(differences(page.Path, onDisk, page.Data)) + "\n\nTell your reviewers, or undo the edits; if the page is missing or of another spec, run generate."})
}

// differences are the first lines that one text does not have, or has beyond another.
func differences(name string, from, to []byte) (out []string) {
	const most = 12
	diff := tree.Change{Path: name, Action: tree.Changed, Old: from, New: to}.Diff()
	for line := range strings.Lines(diff[max(0, strings.Index(diff, "@@")):]) {
		if line = strings.TrimSpace(line); strings.Trim(line, "+-") != "" && strings.ContainsAny(line[:1], "+-") {
			out = append(out, line)
		}
	}
	switch {
	case len(out) == 0:
		return []string{strings.TrimSpace(diff)}
	case len(out) > most+1:
		return append(out[:most:most], fmt.Sprintf("and %d lines more", len(out)-most))
	}
	return out
}

// terraform reads the files that Terraform reads in the folders of stacks. What is a link to elsewhere counts as unreadable: lines of
// these files are printed.
func (r *report) terraform(dir string, stacks []string) (files []tree.File) {
	root, err := guard.OpenRoot(dir)
	if err != nil {
		r.unreadable(".", err)
		return nil
	}
	defer root.Close()
	for _, stack := range stacks {
		entries, err := guard.ReadDir(root, filepath.FromSlash(stack))
		r.unreadable(stack, err)
		for _, e := range entries {
			name := path.Join(stack, e.Name())
			if strings.HasPrefix(e.Name(), ".") || e.IsDir() || !r.isProved(name) {
				continue
			}
			data, err := guard.ReadFile(root, filepath.FromSlash(name), guard.MaxRead)
			r.unreadable(name, err)
			files = append(files, tree.File{Path: name, Data: data})
		}
	}
	return files
}

// isProved tells whether the proof reads a file of a stack. It warns of those that Terraform reads and the proof does not.
func (r *report) isProved(name string) bool {
	terraform := strings.HasSuffix(name, ".tf")
	if !strings.HasSuffix(name, ".tf.json") && !(terraform && proof.IsOverride(name)) {
		return terraform
	}
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "File left out of the proof",
		Detail: indent([]string{path.Join(r.output, name)}) + "\n\nTerraform reads it, and merges it into others if it is an override. Review by hand what it opens."})
	return false
}

// unreadable reports what keeps a part of the output folder from being read, unless it is not there.
func (r *report) unreadable(name string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	r.diags = append(r.diags, complaint("Terraform not readable", indent([]string{path.Join(r.output, name)})+"\n\nReading it fails: "+err.Error()+
		". Put a readable file or folder of moderate size there, no link out of "+r.output+", then run again.")...)
}
