package blueprints_test

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

// headings are those of every blueprint's page, in this order. One without a cost leaves out the last.
var headings = []string{"What it makes", "From the spec", "Why it is so", "What it does not do", "Cost"}

func TestEveryFolderIsABlueprint(t *testing.T) {
	var listed, found []string
	for _, b := range blueprints.All {
		listed = append(listed, b.Name())
	}
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			found = append(found, e.Name())
		}
	}
	assert.ElementsMatch(t, found, listed, "blueprints.All lists every folder once")
}

func TestEveryBlueprintHasCodeTestsAndAPage(t *testing.T) {
	for _, b := range blueprints.All {
		name := b.Name()
		for _, file := range []string{name + ".go", name + "_test.go", "README.md"} {
			assert.FileExists(t, filepath.Join(name, file))
		}
	}
}

var (
	heading = regexp.MustCompile(`(?m)^## (.+)$`)
	title   = regexp.MustCompile(`(?m)\A# (.+)$`)
)

func TestPagesHaveTheSameHeadings(t *testing.T) {
	for _, b := range blueprints.All {
		page, err := os.ReadFile(filepath.Join(b.Name(), "README.md"))
		require.NoError(t, err)
		var got []string
		for _, m := range heading.FindAllSubmatch(page, -1) {
			got = append(got, string(m[1]))
		}
		if got == nil || got[len(got)-1] != "Cost" {
			got = append(got, "Cost")
		}
		assert.Equal(t, headings, got, b.Name())
		assert.Equal(t, b.Name(), string(title.FindSubmatch(page)[1]))
	}
}

// catalogue is a row of the table of blueprints in the README: a link to the page, and what the blueprint makes.
var catalogue = regexp.MustCompile(`(?m)^\| \[([a-z]+)\]\(blueprints/([a-z]+)/README\.md\) \| .+ \|$`)

func TestCatalogue(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	var want, got []string
	for _, b := range blueprints.All {
		want = append(want, b.Name()+" "+b.Name())
	}
	for _, row := range catalogue.FindAllStringSubmatch(string(readme), -1) {
		got = append(got, strings.Join(row[1:], " "))
	}
	assert.Equal(t, want, got, "the README lists the blueprints in the order of blueprints.All")
}
