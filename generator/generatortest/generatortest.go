// Package generatortest runs one blueprint over a small spec and reads back the Terraform that it writes, as bytes:
// a blueprint is judged by what Terraform would read.
package generatortest

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/resolve"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Files are what a blueprint wrote.
type Files struct {
	t      testing.TB
	Text   map[string]string           // by path
	blocks map[string]*hclsyntax.Block // by address: "aws_vpc.ci", "output.ci_vpc_id"
}

// Emit runs a blueprint over a spec, which has no mistakes.
func Emit(t testing.TB, b generator.Blueprint, text string) *Files {
	t.Helper()
	files, diags := emit(t, b, text)
	require.False(t, diags.HasErrors(), diags.Error())
	return files
}

// Mistakes are what a blueprint says of a spec that the earlier phases have nothing against.
func Mistakes(t testing.TB, b generator.Blueprint, text string) hcl.Diagnostics {
	t.Helper()
	_, diags := emit(t, b, text)
	return diags
}

func emit(t testing.TB, b generator.Blueprint, text string) (*Files, hcl.Diagnostics) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "postern.hcl")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	s, _, diags := spec.Load(file)
	require.False(t, diags.HasErrors(), diags.Error())
	resolved, diags := resolve.Topology(s)
	require.False(t, diags.HasErrors(), diags.Error())
	return EmitTopology(t, b, resolved)
}

// EmitTopology runs a blueprint over a topology that is made by hand.
func EmitTopology(t testing.TB, b generator.Blueprint, of *topology.Topology) (*Files, hcl.Diagnostics) {
	t.Helper()
	emitted, diags := b.Emit(of)
	out := &Files{t: t, Text: map[string]string{}, blocks: map[string]*hclsyntax.Block{}}
	for _, f := range emitted {
		out.add(f.Path, f.Bytes(generator.Header))
	}
	return out, diags
}

func (f *Files) add(name string, text []byte) {
	f.t.Helper()
	f.Text[name] += string(text)
	if path.Ext(name) != ".tf" {
		return
	}
	parsed, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	require.False(f.t, diags.HasErrors(), diags.Error())
	for _, b := range parsed.Body.(*hclsyntax.Body).Blocks {
		address := strings.Join(b.Labels, ".")
		if b.Type != "resource" {
			address = b.Type + "." + address
		}
		f.blocks[path.Dir(name)+":"+address] = b
	}
}

// All returns the addresses of all blocks of a kind, such as "aws_vpc_endpoint", sorted.
func (f *Files) All(kind string) []string {
	var out []string
	for key := range f.blocks {
		if _, address, _ := strings.Cut(key, ":"); strings.HasPrefix(address, kind+".") {
			out = append(out, address)
		}
	}
	slices.Sort(out)
	return out
}

// Attr returns an argument of the block at an address; nested blocks are steps before its name, separated by dots. Text
// that is known after apply only is "${ADDRESS}". Nothing is nil.
func (f *Files) Attr(address, name string) any {
	f.t.Helper()
	body := f.block(address).Body
	steps := strings.Split(name, ".")
	for _, step := range steps[:len(steps)-1] {
		i := slices.IndexFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == step })
		if i < 0 {
			return nil
		}
		body = body.Blocks[i].Body
	}
	a := body.Attributes[steps[len(steps)-1]]
	if a == nil {
		return nil
	}
	return f.value(a.Expr)
}

// block is the one block at an address. Where several stacks have one, "STACK:ADDRESS" tells them apart.
func (f *Files) block(address string) *hclsyntax.Block {
	f.t.Helper()
	var found []*hclsyntax.Block
	for key, b := range f.blocks {
		if _, bare, _ := strings.Cut(key, ":"); key == address || bare == address {
			found = append(found, b)
		}
	}
	require.Len(f.t, found, 1, "blocks at %s", address)
	return found[0]
}

// value works out an expression, with an address for what each reference leads to.
func (f *Files) value(expr hclsyntax.Expression) any {
	f.t.Helper()
	variables := map[string]any{}
	for _, reference := range expr.Variables() {
		at, path := variables, reference.RootName()
		steps := []string{path}
		for _, step := range reference[1:] {
			steps = append(steps, step.(hcl.TraverseAttr).Name)
		}
		for _, step := range steps[:len(steps)-1] {
			if at[step] == nil {
				at[step] = map[string]any{}
			}
			at = at[step].(map[string]any)
		}
		at[steps[len(steps)-1]] = "${" + strings.Join(steps, ".") + "}"
	}
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{},
		Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc},
	}
	for name, v := range variables {
		ctx.Variables[name] = toCty(v)
	}
	v, diags := expr.Value(ctx)
	require.False(f.t, diags.HasErrors(), diags.Error())
	return fromCty(f.t, v)
}

func toCty(v any) cty.Value {
	fields, ok := v.(map[string]any)
	if !ok {
		return cty.StringVal(v.(string))
	}
	out := map[string]cty.Value{}
	for name, field := range fields {
		out[name] = toCty(field)
	}
	return cty.ObjectVal(out)
}

func fromCty(t testing.TB, v cty.Value) any {
	t.Helper()
	text, err := stdlib.JSONEncode(v)
	require.NoError(t, err)
	var out any
	require.NoError(t, json.Unmarshal([]byte(text.AsString()), &out))
	return out
}
