package generator

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOneMistakeIsReportedOnce puts a local that fails in the place of each argument of the examples.
func TestOneMistakeIsReportedOnce(t *testing.T) {
	examples, err := filepath.Glob("../examples/*/postern.hcl")
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	for _, example := range examples {
		text, err := os.ReadFile(example)
		require.NoError(t, err)
		file, diags := hclsyntax.ParseConfig(text, example, hcl.InitialPos)
		require.Empty(t, diags)
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Dir(example))))
		for _, at := range expressions(file.Body.(*hclsyntax.Body)) {
			broken := slices.Concat(text[:at.Start.Byte], []byte("local.broken"), text[at.End.Byte:], []byte("\nlocals { broken = nothing.at_all }\n"))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "postern.hcl"), broken, 0o644))
			_, _, diags := Request{Spec: dir}.Topology()
			var said []string
			for _, d := range diags {
				said = append(said, d.Summary+": "+d.Detail)
			}
			assert.Len(t, said, 1, "%s:%d: %s", example, at.Start.Line, said)
		}
	}
}

// expressions are where the arguments of a body stand, and of the blocks in it.
func expressions(body *hclsyntax.Body) (all []hcl.Range) {
	for _, a := range body.Attributes {
		all = append(all, a.Expr.Range())
	}
	for _, b := range body.Blocks {
		all = append(all, expressions(b.Body)...)
	}
	return all
}
