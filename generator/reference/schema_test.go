package reference_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/reference"
	"github.com/postern-dev/postern/generator/spec"
)

type object = map[string]any

var language = spec.Language()

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(reference.Schema(spec.Language())))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("spec.json", document))
	s, err := c.Compile("spec.json")
	require.NoError(t, err)
	return s
}

// refused is why the schema refuses a document, or nil.
func refused(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(document)
}

// read is what the reader says of a document.
func read(t *testing.T, folder string, text []byte) hcl.Diagnostics {
	t.Helper()
	path := filepath.Join(folder, "postern.hcl.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	_, _, diags := spec.Load(path)
	return diags
}

// in is the text of a value of the native syntax in the JSON form.
func in(text string) string { return "${" + text + "}" }

var named = regexp.MustCompile(`\b([a-z_]+)\.([a-z][a-z0-9-]*)`)

// A word is an argument and the kinds of the blocks that it stands in, the innermost last.
type word struct {
	path []*spec.Kind
	*spec.Parameter
}

func (w word) String() string {
	var all []string
	for _, k := range w.path {
		all = append(all, k.Word)
	}
	return strings.Join(append(all, w.Name), ".")
}

// walk visits all kinds with those that they stand in.
func walk(outer []*spec.Kind, inner []*spec.Kind, visit func([]*spec.Kind)) {
	for _, k := range inner {
		path := append(slices.Clone(outer), k)
		visit(path)
		walk(path, k.Inner, visit)
	}
}

// words are all that are declared.
func words() (all []word) {
	walk(nil, language.Inner, func(path []*spec.Kind) {
		k := path[len(path)-1]
		for i := range k.Parameters {
			all = append(all, word{path, &k.Parameters[i]})
		}
	})
	return all
}

// body is a block with what it has to have.
func body(k *spec.Kind) object {
	b := object{}
	for _, p := range k.Parameters {
		if p.Required {
			b[p.Name] = in(p.Example)
		}
	}
	for _, inner := range k.Inner {
		if inner.Required {
			b[inner.Word] = body(inner)
		}
	}
	return b
}

// referred are the blocks that examples refer to.
var referred = func() object {
	root := object{}
	for _, w := range words() {
		for _, m := range named.FindAllStringSubmatch(w.Example, -1) {
			for _, k := range language.Inner {
				if k.Word == m[1] {
					add(root, k, m[2])
				}
			}
		}
	}
	return root
}()

func add(root object, k *spec.Kind, name string) {
	if root[k.Word] == nil {
		root[k.Word] = object{}
	}
	root[k.Word].(object)[name] = body(k)
}

// document is a spec of all blocks that examples refer to, and of one more block, in a path of kinds, with some arguments.
func document(path []*spec.Kind, change func(object)) []byte {
	root := maps.Clone(referred)
	if named, ok := root[path[0].Word].(object); ok {
		root[path[0].Word] = maps.Clone(named)
	}
	at := body(path[0])
	if path[0].Named {
		add(root, path[0], "tried")
		at = root[path[0].Word].(object)["tried"].(object)
	} else {
		root[path[0].Word] = at
	}
	for _, k := range path[1:] {
		for _, p := range path[0].Parameters {
			if p.NeededBy == k.Word {
				at[p.Name] = in(p.Example)
			}
		}
		inner := body(k)
		at[k.Word] = inner
		at = inner
	}
	change(at)
	text, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return text
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "buildspec.yml"), []byte("version: 0.2\n"), 0o600))
	return dir
}

// TestEveryExampleIsRead holds that the example of each word is one, for the reader and for the schema.
func TestEveryExampleIsRead(t *testing.T) {
	t.Parallel()
	s, dir := compiled(t), folder(t)
	for _, w := range words() {
		text := document(w.path, func(b object) { b[w.Name] = in(w.Example) })
		assert.Empty(t, read(t, dir, text), w)
		assert.NoError(t, refused(t, s, text), w)
	}
}

// TestSchemaRefusesWhatTheReaderRefuses tries values of all kinds for each word. Of text that is one of a few the reader knows
// less than the schema.
func TestSchemaRefusesWhatTheReaderRefuses(t *testing.T) {
	t.Parallel()
	s, dir := compiled(t), folder(t)
	values := []any{
		nil, true, 5, 1.5, "text", "${account.tooling}", "${network.ci}", "${runner.builder}",
		[]any{}, []any{"text"}, []any{5}, []any{nil}, []any{[]any{"text"}}, []any{"${account.tooling}"}, []any{"${image.app}"},
		object{}, object{"a": "b"}, object{"a": nil}, object{"a": []any{"b"}}, object{"a": "${account.tooling}"},
	}
	wrong, right := 0, 0
	for _, w := range words() {
		for _, v := range values {
			text := document(w.path, func(b object) { b[w.Name] = v })
			diags, err := read(t, dir, text), refused(t, s, text)
			switch {
			case diags.HasErrors():
				wrong++
				assert.Error(t, err, "%s = %v: %v", w, v, diags)
			case len(w.Type.Choices) == 0:
				right++
				assert.NoError(t, err, "%s = %v", w, v)
			}
		}
	}
	assert.Greater(t, wrong, 1000)
	assert.Greater(t, right, 400)
}

// TestSchemaRefusesOtherWords tries unknown words, words that are missing, and blocks in the wrong number.
func TestSchemaRefusesOtherWords(t *testing.T) {
	t.Parallel()
	s, dir := compiled(t), folder(t)
	try := func(path []*spec.Kind, what string, change func(object)) {
		text := document(path, change)
		assert.NotEmpty(t, read(t, dir, text), what)
		assert.Error(t, refused(t, s, text), what)
	}
	walk(nil, language.Inner, func(path []*spec.Kind) {
		k := path[len(path)-1]
		try(path, k.Word+" with an unknown word", func(b object) { b["nonsense"] = "x" })
		for _, p := range k.Parameters {
			if p.Required {
				try(path, k.Word+" without "+p.Name, func(b object) { delete(b, p.Name) })
			}
			if p.NeededBy != "" {
				try(path, k.Word+" without "+p.Name, func(b object) { b[p.NeededBy] = object{} })
			}
		}
		for i, in := range k.Inner {
			if !in.Repeated {
				try(path, "two of "+in.Word, func(b object) { b[in.Word] = []any{body(in), body(in)} })
			}
			if k.Exclusive && i > 0 {
				try(path, in.Word+" and "+k.Inner[0].Word, func(b object) { b[in.Word], b[k.Inner[0].Word] = body(in), body(k.Inner[0]) })
			}
		}
	})
}

// inJSON is a body of the native syntax in the JSON form.
func inJSON(t *testing.T, b *hclsyntax.Body, source []byte) object {
	t.Helper()
	out := object{}
	for name, a := range b.Attributes {
		out[name] = valueInJSON(t, a.Expr, source)
	}
	for _, inner := range b.Blocks {
		var at any = inJSON(t, inner.Body, source)
		for _, label := range slices.Backward(inner.Labels) {
			at = object{label: at}
		}
		before, _ := out[inner.Type].([]any)
		out[inner.Type] = append(before, at)
	}
	return out
}

func valueInJSON(t *testing.T, e hclsyntax.Expression, source []byte) any {
	t.Helper()
	switch e := e.(type) {
	case *hclsyntax.TupleConsExpr:
		all := []any{}
		for _, element := range e.Exprs {
			all = append(all, valueInJSON(t, element, source))
		}
		return all
	case *hclsyntax.LiteralValueExpr:
		if e.Val.IsNull() {
			return nil
		}
		if text := e.Range().SliceBytes(source); json.Valid(text) {
			return json.RawMessage(text)
		}
	case *hclsyntax.TemplateExpr:
		if e.IsStringLiteral() {
			v, diags := e.Value(nil)
			require.Empty(t, diags)
			return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(v.AsString())
		}
	}
	return in(string(e.Range().SliceBytes(source)))
}

// TestSpecsInJSON converts every example and every spec with a mistake. The reader says as much of them as before; the schema
// takes the examples, and refuses what the reader refuses for its form.
func TestSpecsInJSON(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	form := regexp.MustCompile(`^(Unknown argument|Argument in the wrong block|Missing argument|.* expected|Two kinds of issuer|Two codebuild blocks|Unknown block)$`)
	specs, err := filepath.Glob("../../examples/*/postern.hcl")
	require.NoError(t, err)
	mistakes, err := filepath.Glob("../../golden/testdata/mistakes/*.hcl")
	require.NoError(t, err)
	wrong := 0
	for _, path := range slices.Concat(specs, mistakes) {
		_, files, before := spec.Load(path)
		native, isBody := files[filepath.ToSlash(path)].Body.(*hclsyntax.Body)
		if _, more := hclparse.NewParser().ParseHCLFile(path); more.HasErrors() || !isBody {
			continue
		}
		text, err := json.Marshal(inJSON(t, native, files[filepath.ToSlash(path)].Bytes))
		require.NoError(t, err)
		after := read(t, beside(t, path), text)
		assert.Equal(t, len(before) > 0, len(after) > 0, path)
		refusal := refused(t, s, text)
		switch {
		case slices.Contains(specs, path):
			assert.NoError(t, refusal, path)
		case slices.ContainsFunc(after, func(d *hcl.Diagnostic) bool { return form.MatchString(d.Summary) }):
			wrong++
			assert.Error(t, refusal, "%s: %v", path, after)
		}
	}
	assert.Greater(t, wrong, 20)
}

// beside is a folder of what stands beside a spec, without specs.
func beside(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	others, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	require.NoError(t, err)
	for _, other := range others {
		if info, err := os.Stat(other); err != nil || info.IsDir() || slices.Contains([]string{".hcl", ".txt"}, filepath.Ext(other)) {
			continue
		}
		text, err := os.ReadFile(other)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(other)), text, 0o600))
	}
	return dir
}
