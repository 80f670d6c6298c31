package main

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tree"
)

func checkCommand(c *console, all []generator.Blueprint) *cobra.Command {
	var r request
	cmd := &cobra.Command{
		Use:   "check [SPEC]",
		Short: "Tell whether the Terraform is what the spec asks for",
		Long: `Check compares the Terraform with what the spec asks for and prints what generate
would change as a unified diff. It writes nothing. SPEC is a file or a folder; by
default it is the current folder. Like generate, it refuses a spec whose Terraform
cannot be proved to do what is asked, and no more.

Exit code 0: no difference; 1: error, also if there is a difference; 2: there is
a difference.`,
		Example: `  postern check
  postern check specs/ci.hcl --output terraform
  postern check --json | jq -r '.changes[].path'`,
		Args: atMost(1, "one spec, which is a file or a folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			_, stop := c.progress()
			report := r.carryOut(args, all, tree.Compare)
			stop()
			report.warnOfEdits()
			if r.json {
				return c.document(report, true)
			}
			if report.failed() {
				c.report(report)
				return failed
			}
			return c.compare(report, r.generate(args))
		},
	}
	r.flags(cmd)
	return cmd
}

// compare prints the differences, and the command that settles them.
func (c *console) compare(r *report, remedy string) error {
	for _, change := range r.changes {
		c.diff(change.Diff())
	}
	c.report(r)
	if len(r.changes) == 0 {
		c.out.printf("No difference: %s is what the spec asks for.\n", r.output)
		return nil
	}
	c.err.printf("%s is not what the spec asks for: %s. Run: %s\n",
		r.output, r.count("to create", "to change", "to delete"), remedy)
	return different
}

// warnOfEdits names the files that were edited by hand.
func (r *report) warnOfEdits() {
	var edited []string
	for _, change := range r.changes {
		if change.Edited {
			edited = append(edited, change.Path)
		}
	}
	if len(edited) == 0 {
		return
	}
	r.diags = append(r.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  "Generated files edited by hand",
		Detail: indent(edited) + "\n\nGenerating would undo the edits, so it will be refused. Put them into files " +
			"called *_override.tf beside these, then generate with --overwrite.",
	})
}

// generate returns the command line that generates what is compared.
func (r *request) generate(args []string) string {
	words := append([]string{"postern", "generate"}, args...)
	if r.output != "" {
		words = append(words, "--output", r.output)
	}
	for i, word := range words {
		if strings.ContainsAny(word, " \t\"'$`\\") {
			words[i] = strconv.Quote(word)
		}
	}
	return strings.Join(words, " ")
}
