package proof

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources are the files of this package, without tests.
func sources(t *testing.T) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			require.NoError(t, err)
			files = append(files, file)
		}
	}
	return files
}

// titles are the claims of this package, by the names of their constants.
func titles(files []*ast.File) map[string]string {
	out := map[string]string{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, is := n.(*ast.ValueSpec); is && len(spec.Values) == 1 {
				if kind, is := spec.Type.(*ast.Ident); is && kind.Name == "Claim" {
					out[spec.Names[0].Name], _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				}
			}
			return true
		})
	}
	return out
}

// decides tells whether a call, or a field, decides a claim by a set of requests.
func decides(n ast.Node) (arguments []ast.Expr) {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, is := n.Key.(*ast.Ident); is && key.Name == "claim" {
			return []ast.Expr{n.Value}
		}
	case *ast.CallExpr:
		called, is := n.Fun.(*ast.SelectorExpr)
		if !is {
			return nil
		}
		switch called.Sel.Name {
		case "nothingLess", "nothingMore", "none", "decided", "admitsService":
			return n.Args
		case "holds":
			if call, is := n.Args[0].(*ast.CallExpr); is {
				if of, is := call.Fun.(*ast.SelectorExpr); is && of.Sel.Name == "IsEmpty" {
					return n.Args
				}
			}
		}
	}
	return nil
}

// TestDocsListEveryClaim: docs/proof.md has a row for each claim, which says of those that sets of requests decide that they do.
func TestDocsListEveryClaim(t *testing.T) {
	page, err := os.ReadFile("../../docs/proof.md")
	require.NoError(t, err)
	files := sources(t)
	all, exact := titles(files), map[string]string{}
	for _, title := range all {
		exact[title] = "what is written"
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, argument := range decides(n) {
				if name, is := argument.(*ast.Ident); is && all[name.Name] != "" {
					exact[all[name.Name]] = "every request"
				}
			}
			return true
		})
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+\.) \| (every request|what is written) \|$`).FindAllStringSubmatch(string(page), -1) {
		assert.Empty(t, rows[row[1]], "%s is there twice", row[1])
		rows[row[1]] = row[3]
	}
	assert.Equal(t, exact, rows)
}
