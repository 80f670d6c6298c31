package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tree"
)

func generateCommand(c *console, all []generator.Blueprint) *cobra.Command {
	var r request
	var overwrite bool
	cmd := &cobra.Command{
		Use:   "generate [SPEC]",
		Short: "Write the Terraform that the spec asks for",
		Long: `Generate writes the Terraform that the spec asks for, and removes what it no
longer asks for. SPEC is a file or a folder; by default it is the current folder.

First it proves the Terraform: what runners ask of AWS gets through, and strangers
do not. Otherwise nothing is written. ACCESS.md in the output says who gets in.

It touches only files that it has written itself. One that was edited by hand
since is reported, and nothing is written until that is settled: put the change
into a file called *_override.tf beside it, which Terraform merges and postern
never touches, or pass --overwrite to give it up.

Exit code 0: done, or nothing to do; 1: error.`,
		Example: `  postern generate
  postern generate specs/ci.hcl --output terraform
  postern generate --overwrite    # give up edits of generated files`,
		Args: atMost(1, "one spec, which is a file or a folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			set, stop := c.progress()
			report := r.carryOut(args, all, func(dir string, t tree.Tree) ([]tree.Change, error) {
				return tree.Write(dir, t, tree.Options{Overwrite: overwrite, Progress: set})
			})
			stop()
			if r.json {
				return c.document(report, false)
			}
			c.report(report)
			if report.failed() {
				return failed
			}
			c.list(report)
			return nil
		},
	}
	r.flags(cmd)
	cmd.Flags().BoolVar(&overwrite, "overwrite", false, "give up changes that were made by hand to generated files")
	return cmd
}

// list prints what was written.
func (c *console) list(r *report) {
	var b strings.Builder
	for _, change := range r.changes {
		fmt.Fprintf(&b, "%s %s\n", change.Action.Sign(), change.Path)
	}
	if len(r.changes) == 0 {
		fmt.Fprintf(&b, "Nothing to do: %s is up to date.\n", r.output)
	} else {
		fmt.Fprintf(&b, "\n%s.\n", r.count("created", "changed", "deleted"))
	}
	c.out.printf("%s", b.String())
}
