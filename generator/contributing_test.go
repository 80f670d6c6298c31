package generator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contributing is CONTRIBUTING.md, from this folder.
const contributing = "../CONTRIBUTING.md"

// named are the files and folders that a step names: links, and paths in which nothing stands for a name.
var named = regexp.MustCompile("\\]\\(([^)]+)\\)|`([\\w.-]+(?:/[\\w.-]+)+)`")

func TestStepsNameWhatIsThere(t *testing.T) {
	page, err := os.ReadFile(contributing)
	require.NoError(t, err)
	found := 0
	for _, m := range named.FindAllStringSubmatch(string(page), -1) {
		path := m[1] + m[2]
		if strings.Contains(path, "NAME") || path == "TestEngines/NAME" {
			continue
		}
		found++
		_, err := os.Stat(filepath.Join("..", path))
		assert.NoError(t, err, "CONTRIBUTING.md names %s", path)
	}
	assert.Greater(t, found, 15)
}

// TestAThingIsAdded: of what was there before topics were, three files know of them, as CONTRIBUTING.md says. All else is their own.
func TestAThingIsAdded(t *testing.T) {
	page, err := os.ReadFile(contributing)
	require.NoError(t, err)
	own := []string{
		"blueprints/topics/topics.go", "generator/resolve/topic.go", "generator/spec/topic.go", "generator/topology/topic.go",
	}
	inserted := []string{"blueprints/blueprints.go", "generator/resolve/resolve.go", "generator/spec/spec.go"}
	var got []string
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			if file := p.name() + "/" + name; knowsTopics(t, filepath.Join(p.Dir, name)) {
				got = append(got, file)
			}
		}
	}
	assert.ElementsMatch(t, slices.Concat(own, inserted), got)
	for _, file := range got {
		assert.Contains(t, string(page), "]("+file+")", "the steps name it")
	}
}

// knowsTopics tells whether a file has a name in it that is about topics.
func knowsTopics(t *testing.T, path string) (knows bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		name, is := n.(*ast.Ident)
		knows = knows || is && slices.Contains([]string{"Topic", "Topics", "topics", "topicResolver", "notify"}, name.Name)
		return true
	})
	return knows
}
