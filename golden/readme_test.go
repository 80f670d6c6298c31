package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	shipped "github.com/postern-dev/postern/examples"
	"github.com/postern-dev/postern/generator"
)

// pages are those that people read, by their path from the root, which match the patterns.
func pages(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			out[strings.TrimPrefix(filepath.ToSlash(file), "../")] = string(text)
		}
	}
	require.NotEmpty(t, out)
	return out
}

// excerpt is a part of an example or of its tree on a page: its first line names the file.
var excerpt = regexp.MustCompile("(?s)```[a-z]+\n(?:# |<!-- )((?:examples|golden)/\\S+)(?: -->)?\n(.+?)```")

func TestReadmeAndDocsQuoteWhatIsThere(t *testing.T) {
	quoted := map[string]int{}
	for page, text := range pages(t, "README.md", "docs/*.md") {
		for _, m := range excerpt.FindAllStringSubmatch(text, -1) {
			file, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m[1])))
			require.NoError(t, err, page)
			assert.Contains(t, flushLeft(string(file)), flushLeft(m[2]), "%s quotes %s", page, m[1])
			quoted[page]++
		}
	}
	for _, page := range []string{"README.md", "docs/access.md"} {
		assert.NotZero(t, quoted[page], "%s quotes nothing", page)
	}
}

// flushLeft takes away the indentation, which a quotation need not share.
func flushLeft(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(strings.TrimSpace(text), "")
}

// TestReadmeShowsASpec: whoever copies it has one that works.
func TestReadmeShowsASpec(t *testing.T) {
	m := regexp.MustCompile("(?s)A useful spec:\n\n```hcl\n(.+?)```").FindStringSubmatch(pages(t, "README.md")["README.md"])
	require.NotNil(t, m, "the README has no spec")
	file := filepath.Join(t.TempDir(), "postern.hcl")
	require.NoError(t, os.WriteFile(file, []byte(m[1]), 0o644))
	result, diags := generator.Generate(file, blueprints.All)
	require.Empty(t, diags)
	assert.NotEmpty(t, result.Tree.Files())
}

// TestReadmeListsEveryBlueprint: its table has a row for each, in the order in which they are applied, with a link to its page.
func TestReadmeListsEveryBlueprint(t *testing.T) {
	readme := pages(t, "README.md")["README.md"]
	var want, got []string
	for _, b := range blueprints.All {
		want = append(want, b.Name())
	}
	for _, row := range regexp.MustCompile(`(?m)^\| \[(\w+)\]\(blueprints/(\w+)/README\.md\) \| [^|]+ \|$`).FindAllStringSubmatch(readme, -1) {
		assert.Equal(t, row[1], row[2])
		assert.FileExists(t, filepath.Join("..", "blueprints", row[2], "README.md"))
		got = append(got, row[1])
	}
	assert.Equal(t, want, got)
}

// TestReadmeIsShort: it is for a first look, and says where the rest is.
func TestReadmeIsShort(t *testing.T) {
	readme := pages(t, "README.md")["README.md"]
	assert.LessOrEqual(t, len(readme), 10<<10, "move what is more than a first look into docs")
	for page := range pages(t, "docs/*.md") {
		assert.Contains(t, readme, "("+page+")", "the README has no link to this page")
	}
}

// TestDocsListEveryExample: the page has a row for each, with a link to its spec.
func TestDocsListEveryExample(t *testing.T) {
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^\| \[([\w-]+)\]\(\.\./examples/([\w-]+)/postern\.hcl\) \| [^|]+ \|$`).FindAllStringSubmatch(pages(t, "docs/*.md")["docs/adapting.md"], -1) {
		assert.Equal(t, row[1], row[2])
		got = append(got, row[1])
	}
	assert.Equal(t, shipped.Names(), got)
}

var (
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

// TestDocsLinkToWhatIsThere: each link within this repository leads to a file, or folder, and each anchor to a heading.
func TestDocsLinkToWhatIsThere(t *testing.T) {
	found := 0
	for page, text := range pages(t, "*.md", "docs/*.md", "blueprints/*/README.md") {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			found++
			assert.Empty(t, missing(page, m[1]), "%s links to %s", page, m[1])
		}
	}
	assert.Greater(t, found, 50, "few links were found")
}

// missing is what is not there of that which a page links to.
func missing(page, target string) string {
	path, anchor, _ := strings.Cut(target, "#")
	file := filepath.Join("..", filepath.FromSlash(page))
	if path != "" {
		file = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
	}
	switch info, err := os.Stat(file); {
	case err != nil:
		return "the file"
	case anchor == "":
		return ""
	case info.IsDir():
		return "a heading: it is a folder"
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "what can be read"
	}
	if !anchors(string(text))[anchor] {
		return "the heading"
	}
	return ""
}

// anchors are what GitHub makes of the headings of a page.
func anchors(page string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		name := strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
		unique := name
		for i := 1; out[unique]; i++ {
			unique = name + "-" + strconv.Itoa(i)
		}
		out[unique] = true
	}
	return out
}

func TestDocsLinksThatLeadNowhere(t *testing.T) {
	for target, want := range map[string]string{
		"spec.md": "", "../README.md#in-short": "", "../examples": "", "#every-claim": "",
		"nowhere.md": "the file", "spec.md#nowhere": "the heading", "#nowhere": "the heading", "../examples#x": "a heading: it is a folder",
	} {
		assert.Equal(t, want, missing("docs/proof.md", target), target)
	}
}
