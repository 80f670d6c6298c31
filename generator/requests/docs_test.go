package requests

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocsListEveryWorld: docs/proof.md has the worlds and the rules of keys that are here, each with its source.
func TestDocsListEveryWorld(t *testing.T) {
	page, err := os.ReadFile("../../docs/proof.md")
	require.NoError(t, err)
	var want, got []string
	for _, w := range Worlds {
		want = append(want, "| "+w.Name+" | "+w.Source+" |")
	}
	for _, r := range keyRules {
		want = append(want, "| `"+r.key+"` | "+r.source+" |")
	}
	for _, row := range regexp.MustCompile(`(?m)^\| [^|]+ \| [^|]+ \|$`).FindAllString(string(page), -1) {
		if row != "| way | source |" && row != "| key | source |" {
			got = append(got, row)
		}
	}
	assert.Equal(t, want, got)
}
