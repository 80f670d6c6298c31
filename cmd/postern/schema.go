package main

import (
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator/reference"
	"github.com/postern-dev/postern/generator/spec"
)

func schemaCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of specs",
		Long: `Schema prints a JSON Schema (draft 2020-12) of specs in the JSON form, *.hcl.json,
for editors that complete and check what one types. What it refuses, postern
refuses; what a spec means is worked out by generate and check alone.`,
		Example: `  postern schema > postern.schema.json`,
		Args:    atMost(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := c.out.Write(reference.Schema(spec.Language()))
			return err
		},
	}
}
