package golden

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// layers in the order in which they are applied. A stack reads only from stacks of earlier layers.
var layers = []string{"network", "storage", "identity", "delivery"}

// A treeDir is a generated tree on disk: the folder with the manifest, golden/EXAMPLE/OUTPUT.
type treeDir struct {
	Example string
	Dir     string
}

func trees(t *testing.T) []treeDir {
	t.Helper()
	manifests, err := filepath.Glob("*/*/.postern.json")
	require.NoError(t, err)
	var out []treeDir
	for _, m := range manifests {
		dir := filepath.Dir(m)
		out = append(out, treeDir{Example: filepath.Dir(dir), Dir: dir})
	}
	return out
}

// A stack is one Terraform root module of a tree, parsed.
type stack struct {
	Path   string // inside the tree, with slashes: tooling/eu-west-1/network
	Blocks []*hclsyntax.Block
}

// stacks returns the root modules of a tree by their path.
func stacks(t *testing.T, tree string) map[string]*stack {
	t.Helper()
	out := map[string]*stack{}
	require.NoError(t, filepath.WalkDir(tree, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".tf" {
			return err
		}
		f, diags := hclparse.NewParser().ParseHCLFile(file)
		require.False(t, diags.HasErrors(), "%s: %s", file, diags)
		dir, err := filepath.Rel(tree, filepath.Dir(file))
		p := filepath.ToSlash(dir)
		if out[p] == nil {
			out[p] = &stack{Path: p}
		}
		out[p].Blocks = append(out[p].Blocks, f.Body.(*hclsyntax.Body).Blocks...)
		return err
	}))
	return out
}

func (s *stack) layer() int { return slices.Index(layers, path.Base(s.Path)) }

// blocks returns the stack's blocks of one type: "output", "provider", …
func (s *stack) blocks(kind string) (out []*hclsyntax.Block) {
	for _, b := range s.Blocks {
		if b.Type == kind {
			out = append(out, b)
		}
	}
	return out
}

// find returns the block of an address: "aws_vpc.ci", "data.terraform_remote_state.network", "output.vpc_id".
func (s *stack) find(address string) *hclsyntax.Block {
	for _, b := range s.Blocks {
		if addressOf(b) == address {
			return b
		}
	}
	return nil
}

// addressOf is what an expression calls a resource or data source, and TYPE.LABEL of any other block.
func addressOf(b *hclsyntax.Block) string {
	if b.Type == "resource" {
		return strings.Join(b.Labels, ".")
	}
	return strings.Join(append([]string{b.Type}, b.Labels...), ".")
}

// reads returns the path of the stack whose state a data "terraform_remote_state" block reads: the folder of
// a local state file, or the stack that the key of a state in S3 ends in.
func (s *stack) reads(b *hclsyntax.Block) string {
	config := b.Body.Attributes["config"]
	if config == nil {
		return ""
	}
	v, _ := config.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(s.Path)}),
	}})
	if file, ok := text(v, "path"); ok {
		return path.Dir(path.Clean(file))
	}
	key, _ := text(v, "key")
	parts := strings.Split(path.Dir(key), "/")
	return path.Join(parts[max(0, len(parts)-3):]...) // account, place and layer; what stands before is the spec's
}

// text returns an attribute of an object if it is a known string.
func text(v cty.Value, name string) (string, bool) {
	if !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
		return "", false
	}
	a := v.GetAttr(name)
	if !a.IsKnown() || a.IsNull() || a.Type() != cty.String {
		return "", false
	}
	return a.AsString(), true
}

// references returns the addresses of the resources and data sources that a block refers to.
func references(b *hclsyntax.Block) []string {
	var out []string
	for _, r := range traversals(b.Body) {
		if a := referent(r); a != "" {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// referent is the address that a traversal starts with: two steps, three for data sources.
func referent(r hcl.Traversal) string {
	n := 2
	if r.RootName() == "data" {
		n = 3
	}
	if len(r) < n {
		return ""
	}
	names := []string{r.RootName()}
	for _, step := range r[1:n] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			return ""
		}
		names = append(names, attr.Name)
	}
	return strings.Join(names, ".")
}

// traversals returns every reference in a body, nested blocks included. The arguments of lifecycle and
// provider name things in another way and are left out.
func traversals(body *hclsyntax.Body) (out []hcl.Traversal) {
	for name, a := range body.Attributes {
		if name != "provider" {
			out = append(out, hclsyntax.Variables(a.Expr)...)
		}
	}
	for _, b := range body.Blocks {
		if b.Type != "lifecycle" {
			out = append(out, traversals(b.Body)...)
		}
	}
	return out
}
