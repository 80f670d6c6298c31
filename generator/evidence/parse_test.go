package evidence

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/tree"
)

// goldens are the recorded files of Terraform.
func goldens(t testing.TB) (out []tree.File) {
	t.Helper()
	const golden = "../../golden"
	require.NoError(t, fs.WalkDir(os.DirFS(golden), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		data, err := os.ReadFile(filepath.Join(golden, path))
		out = append(out, tree.File{Path: path, Data: data})
		return err
	}))
	require.NotEmpty(t, out)
	return out
}

// TestPlainFiles: what postern writes is read without hclsyntax, and means the same. Only text over several lines is not.
func TestPlainFiles(t *testing.T) {
	for _, f := range goldens(t) {
		read := agree(t, f)
		assert.NotEqual(t, bytes.ContainsAny(f.Data, `\%`) || bytes.Contains(f.Data, []byte("<<EOT")), read, f.Path)
	}
}

// TestPlainOrNot holds both readers against each other over what is hardly Terraform.
func TestPlainOrNot(t *testing.T) {
	plain := map[string]bool{
		"":                                      true,
		"# nothing":                             true,
		"a = 1":                                 true,
		"a = 1 # one\n":                         true,
		"a = 007\n":                             true,
		"a = true\nb = null\n":                  true,
		"a = b.true.c\n":                        true,
		"a = \"\"\n":                            true,
		"a = \"${b}\"\n":                        true,
		"a = \"${true}\"\n":                     true,
		"a = \"${\"b\"}${ b.c }-${d}\"\n":       true,
		"a = \"é\"\n":                           true,
		"a = [1, [], {}, [\n# no\n\n2\n,3,]]\n": true,
		"a = { b = 1, \"c\" = 2 # two\n\nd=3 }\n": true,
		"a = { \"${b}\" = 1 }\n":                  true,
		"a = jsonencode(\n{}\n)\n":                true,
		"a = lower(b)\n":                          true,
		"a {}\n":                                  true,
		"a \"b\" \"c\" {\n}\n":                    true,
		"a { # why\n b {}\n}":                     true,
		"\n\n  a  =  1  \n\n":                     true,

		"a = 1 b = 2":                      false,
		"a = 1\na = 2\n":                   false,
		"a = 1.5\n":                        false,
		"a = 1e5\n":                        false,
		"a = -1\n":                         false,
		"a = 99999999999999999999":         false,
		"a = b + c\n":                      false,
		"a = b[0]\n":                       false,
		"a = b.0\n":                        false,
		"a = b.*.c\n":                      false,
		"a = b ? c : d\n":                  false,
		"a = é\n":                          false,
		"a = \"\\n\"\n":                    false,
		"a = \"$\"\n":                      false,
		"a = \"$${b}\"\n":                  false,
		"a = \"%{ if b }\"\n":              false,
		"a = \"${~ b}\"\n":                 false,
		"a = \"\xff\"\n":                   false,
		"a = \"b\nc\"\n":                   false,
		"a = \"b":                          false,
		"a = <<EOT\nb\nEOT\n":              false,
		"a = [for b in c : b]\n":           false,
		"a = { for b, c in d : b => c }\n": false,
		"a = [1 2]\n":                      false,
		"a = [1\n":                         false,
		"a = { b = 1 c = 2 }\n":            false,
		"a = { b = 1,, }\n":                false,
		"a = { b : 1 }\n":                  false,
		"a = { true = 1 }\n":               false,
		"a = { b.c = 1 }\n":                false,
		"a = { b\n= 1 }\n":                 false,
		"a = { (b) = 1 }\n":                false,
		"a =\n1\n":                         false,
		"a = (1)\n":                        false,
		"a = f()\n":                        false,
		"a = f(1, 2)\n":                    false,
		"a = a::f(1)\n":                    false,
		"a\n{}\n":                          false,
		"a { b = 1 }\n":                    false,
		"a b {}\n":                         false,
		"a \"${b}\" {}\n":                  false,
		"a {":                              false,
		"a }":                              false,
		"}":                                false,
		"// a\n":                           false,
		"/* a */ b = 1\n":                  false,
		"a = 1\r\n":                        false,
		"\ufeffa = 1\n":                    false,
	}
	for text, want := range plain {
		assert.Equal(t, want, agree(t, tree.File{Path: "a.tf", Data: []byte(text)}), "%q", text)
	}
}

// TestEditedFiles takes pieces out of files, puts others in, and changes single bytes.
func TestEditedFiles(t *testing.T) {
	files, random := goldens(t), rand.New(rand.NewPCG(1, 2))
	pieces := []string{"", "\"", "{", "}", "[", "]", "(", ")", ",", "=", "#", "\n", " ", ".", "$", "${", "%", "\\", "/", "<<EOT\n", "-", "1", "a", "for", "null", "\t", "\r", "é", "\x00", "\xff"}
	plain := 0
	for range 4_000 {
		f := files[random.IntN(len(files))]
		from := random.IntN(len(f.Data))
		to := min(len(f.Data), from+random.IntN(3))
		f.Data = slices.Concat(f.Data[:from], []byte(pieces[random.IntN(len(pieces))]), f.Data[to:])
		if agree(t, f) {
			plain++
		}
	}
	assert.Greater(t, plain, 500)
}

func FuzzParse(f *testing.F) {
	for _, file := range goldens(f) {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, tree.File{Path: "a.tf", Data: data}) })
}

// agree checks that a file means the same to both readers, and tells whether it is plain.
func agree(t testing.TB, f tree.File) bool {
	t.Helper()
	ours := parsePlain(f)
	if ours == nil {
		return false
	}
	theirs, diags := hclsyntax.ParseConfig(f.Data, f.Path, hcl.InitialPos)
	require.False(t, diags.HasErrors(), "%q: %v", f.Data, diags)
	require.Equal(t, bodyText(theirs.Body.(*hclsyntax.Body)), bodyText(ours), "%q", f.Data)
	return true
}

// bodyText spells everything about a body that proofs read.
func bodyText(b *hclsyntax.Body) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a := b.Attributes[name]
		fmt.Fprintf(&out, "%s:%d %s=%s\n", placeOf(a.NameRange).File, a.NameRange.Start.Line, a.Name, expressionText(a.Expr))
	}
	for _, inner := range b.Blocks {
		fmt.Fprintf(&out, "%d-%d %s %q {\n%s}\n", inner.TypeRange.Start.Line, inner.Body.SrcRange.Start.Line, inner.Type, inner.Labels, bodyText(inner.Body))
	}
	return out.String()
}

// expressionText spells an expression.
func expressionText(e hclsyntax.Expression) string {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.String {
			return strconv.Quote(e.Val.AsString())
		}
		return fmt.Sprintf("%#v", e.Val)
	case *hclsyntax.TemplateExpr:
		return templateText(e.Parts)
	case *hclsyntax.TemplateWrapExpr:
		return "${" + expressionText(e.Wrapped) + "}"
	case *hclsyntax.ScopeTraversalExpr:
		names, err := namesOf(e.Traversal)
		return fmt.Sprint(names, err)
	case *hclsyntax.FunctionCallExpr:
		return fmt.Sprint(e.Name, e.ExpandFinal, expressionsText(e.Args))
	case *hclsyntax.TupleConsExpr:
		return fmt.Sprint(placeOf(e.Range()), "[", expressionsText(e.Exprs), "]")
	case *hclsyntax.ObjectConsExpr:
		var out strings.Builder
		for _, item := range e.Items {
			out.WriteString(expressionText(item.KeyExpr) + "=" + expressionText(item.ValueExpr) + ";")
		}
		return fmt.Sprint(placeOf(e.Range()), "{", out.String(), "}")
	case *hclsyntax.ObjectConsKeyExpr:
		return fmt.Sprint(hcl.ExprAsKeyword(e.Wrapped), e.ForceNonLiteral, expressionText(e.Wrapped))
	}
	return fmt.Sprintf("%T", e)
}

func expressionsText(all []hclsyntax.Expression) string {
	var out strings.Builder
	for _, e := range all {
		out.WriteString(expressionText(e) + ",")
	}
	return out.String()
}

// templateText spells a template, in which neighbouring literals are one.
func templateText(parts []hclsyntax.Expression) string {
	out, literal := "", ""
	for _, part := range parts {
		if inner, is := part.(*hclsyntax.TemplateExpr); is && inner.IsStringLiteral() {
			part = inner.Parts[0]
		}
		if l, is := part.(*hclsyntax.LiteralValueExpr); is && l.Val.Type() == cty.String {
			literal += l.Val.AsString()
			continue
		}
		out, literal = out+strconv.Quote(literal)+expressionText(part), ""
	}
	return out + strconv.Quote(literal)
}
