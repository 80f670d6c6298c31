package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
)

// excerpt is a part of an example or of its tree in the README: its first line names the file.
var excerpt = regexp.MustCompile("(?s)```[a-z]+\n(?:# |<!-- )((?:examples|golden)/\\S+)(?: -->)?\n(.+?)```")

func TestReadmeQuotesWhatIsThere(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	found := excerpt.FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, found, "the README quotes nothing")
	for _, m := range found {
		file, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m[1])))
		require.NoError(t, err)
		assert.Contains(t, flushLeft(string(file)), flushLeft(m[2]), m[1])
	}
}

// flushLeft takes away the indentation, which a quotation need not share.
func flushLeft(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(strings.TrimSpace(text), "")
}

// TestReadmeListsEveryBlueprint: its table has a row for each, in the order in which they are applied, with a link to its page.
func TestReadmeListsEveryBlueprint(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	var want, got []string
	for _, b := range blueprints.All {
		want = append(want, b.Name())
	}
	for _, row := range regexp.MustCompile(`(?m)^\| \[(\w+)\]\(blueprints/(\w+)/README\.md\) \| [^|]+ \|$`).FindAllStringSubmatch(string(readme), -1) {
		assert.Equal(t, row[1], row[2])
		assert.FileExists(t, filepath.Join("..", "blueprints", row[2], "README.md"))
		got = append(got, row[1])
	}
	assert.Equal(t, want, got)
}
