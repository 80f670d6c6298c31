package generator_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/postern-dev/postern/"

// allowed are the packages of ours that a package imports at most, tests apart. A blueprint never imports another.
var allowed = map[string][]string{
	"cmd/postern":             {"generator", "blueprints", "examples", "generator/explain", "generator/guard", "generator/proof", "generator/reference", "generator/spec", "generator/tree"},
	"blueprints":              {"blueprints/*", "generator"},
	"blueprints/*":            {"generator/topology", "generator/policy", "generator/tf", "generator/page"},
	"generator":               {"generator/spec", "generator/resolve", "generator/topology", "generator/policy", "generator/tf", "generator/tree", "generator/proof", "generator/explain", "generator/guard"},
	"generator/explain":       {"generator/evidence", "generator/topology", "generator/proof", "generator/tree", "generator/aws"},
	"generator/proof":         {"generator/evidence", "generator/topology", "generator/policy", "generator/tree", "generator/aws", "generator/requests"},
	"generator/evidence":      {"generator/policy", "generator/tree", "generator/aws", "generator/guard"},
	"generator/resolve":       {"generator/spec", "generator/topology", "generator/policy", "generator/aws", "generator/guard"},
	"generator/topology":      {"generator/policy", "generator/aws"},
	"generator/tf":            {"generator/policy"},
	"generator/spec":          {"generator/aws", "generator/guard"},
	"generator/reference":     {"generator/spec"},
	"generator/policy":        {},
	"generator/requests":      {"generator/policy"},
	"generator/page":          {},
	"generator/tree":          {"generator/guard"},
	"generator/aws":           {},
	"generator/guard":         {},
	"examples":                {},
	"golden":                  {},
	"generator/generatortest": {"generator", "generator/spec", "generator/resolve", "generator/topology"}, // for tests alone
}

// A goPackage is what go list says of a package.
type goPackage struct {
	Dir, ImportPath  string
	Imports, GoFiles []string
}

func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func packages(t *testing.T) []goPackage {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "list", "-json=Dir,ImportPath,Imports,GoFiles", module+"...").Output()
	require.NoError(t, err)
	var out []goPackage
	for d := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else {
			require.NoError(t, err)
		}
		out = append(out, p)
	}
}

// kindOf is the name under which allowed knows a package.
func kindOf(name string) string {
	if path.Dir(name) == "blueprints" {
		return "blueprints/*"
	}
	return name
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		may, known := allowed[kindOf(p.name())]
		if !assert.True(t, known, "%s is a new package: say here what it may import", p.name()) {
			continue
		}
		for _, i := range p.Imports {
			if name, ours := strings.CutPrefix(i, module); ours {
				assert.Contains(t, may, kindOf(name), "%s imports %s", p.name(), name)
			}
			if strings.HasSuffix(i, "/hclwrite") {
				assert.Equal(t, "generator/tf", p.name(), "only tf writes HCL")
			}
		}
	}
}

func TestNothingRunsByItself(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			require.NoError(t, err)
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				assert.False(t, ok && f.Recv == nil && f.Name.Name == "init", "%s/%s has an init function", p.name(), name)
			}
			if exits(file) {
				assert.Equal(t, "cmd/postern/main.go", p.name()+"/"+name, "os.Exit")
			}
		}
	}
}

// exits tells whether a file ends the program.
func exits(file *ast.File) (found bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		if ok {
			of, isName := call.X.(*ast.Ident)
			found = found || isName && (of.Name == "os" && call.Sel.Name == "Exit" || of.Name == "log" && strings.HasPrefix(call.Sel.Name, "Fatal"))
		}
		return true
	})
	return found
}

func TestTheTableOfImportsIsCurrent(t *testing.T) {
	var names []string
	for _, p := range packages(t) {
		names = append(names, kindOf(p.name()))
	}
	for name := range allowed {
		assert.True(t, slices.Contains(names, name), "%s is gone: remove it here", name)
	}
}

// mostMethods is how many methods a type has at most: one with more does several things.
const mostMethods = 40

// unsplit are types that have more, and are to be split.
var unsplit = map[string]int{"generator/proof.vault": 70}

func TestNoTypeDoesEverything(t *testing.T) {
	for _, p := range packages(t) {
		methods := map[string]int{}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			require.NoError(t, err)
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
					of := f.Recv.List[0].Type
					if star, ok := of.(*ast.StarExpr); ok {
						of = star.X
					}
					if name, ok := of.(*ast.Ident); ok {
						methods[name.Name]++
					}
				}
			}
		}
		for name, n := range methods {
			assert.LessOrEqual(t, n, max(mostMethods, unsplit[p.name()+"."+name]), "%s of %s", name, p.name())
		}
	}
}
