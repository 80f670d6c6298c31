package reference_test

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/reference"
	"github.com/postern-dev/postern/generator/spec"
)

var update = flag.Bool("update", false, "write docs/spec.md")

const page = "../../docs/spec.md"

func TestThePageIsCurrent(t *testing.T) {
	got := reference.Markdown(spec.Language(), spec.Functions())
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(got), 0o644))
	}
	want, err := os.ReadFile(page)
	require.NoError(t, err, "go test ./generator/reference -update writes it")
	assert.True(t, string(want) == got, "docs/spec.md says something else than the declarations: go test ./generator/reference -update")
}

// TestEveryWordIsDescribed holds that each word has a meaning and an example, and a default or a reason to have none.
func TestEveryWordIsDescribed(t *testing.T) {
	var walk func(outer *spec.Kind)
	walk = func(outer *spec.Kind) {
		for _, k := range outer.Inner {
			assert.NotEmpty(t, k.Word)
			assert.NotEmpty(t, k.Noun, k.Word)
			assert.NotEmpty(t, k.About+k.Meaning, k.Word)
			for _, p := range k.Parameters {
				assert.True(t, p.Claim || p.Meaning != "", "%s.%s has no meaning", k.Word, p.Name)
				assert.NotEmpty(t, p.Example, "%s.%s", k.Word, p.Name)
				assert.False(t, p.Required && (p.Otherwise != "" || p.Type.Default != nil), "%s.%s is required and has a default", k.Word, p.Name)
				assert.False(t, p.Otherwise != "" && p.Type.Default != nil, "%s.%s has two defaults", k.Word, p.Name)
			}
			walk(k)
		}
	}
	walk(spec.Language())
}
