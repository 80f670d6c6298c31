package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
