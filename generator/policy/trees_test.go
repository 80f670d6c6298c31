package policy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// GoldenPolicies are all policies of the golden trees, in the order of files.
func GoldenPolicies(t *testing.T) []*Policy { return goldenPolicies(t) }

// kindOf is the kind of policy that an argument of a resource holds.
func kindOf(resource, argument string) (Kind, bool) {
	switch {
	case argument == "assume_role_policy":
		return Trust, true
	case argument != "policy":
		return 0, false
	case resource == "aws_vpc_endpoint" || resource == "aws_vpc_endpoint_policy":
		return Endpoint, true
	case strings.HasPrefix(resource, "aws_kms_key"):
		return Key, true
	case strings.HasPrefix(resource, "aws_iam_"):
		return Identity, true
	default:
		return Resource, true
	}
}

// goldenPolicies are all policies of the golden trees, in the order of files.
func goldenPolicies(t *testing.T) []*Policy {
	t.Helper()
	var out []*Policy
	root := os.DirFS("../../golden")
	require.NoError(t, fs.WalkDir(root, ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".tf" {
			return err
		}
		text, err := fs.ReadFile(root, file)
		require.NoError(t, err)
		f, diags := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
		require.False(t, diags.HasErrors(), diags)
		for _, block := range f.Body.(*hclsyntax.Body).Blocks {
			if block.Type == "resource" {
				out = append(out, policiesOf(t, block)...)
			}
		}
		return nil
	}))
	return out
}

func policiesOf(t *testing.T, block *hclsyntax.Block) []*Policy {
	t.Helper()
	var out []*Policy
	for _, name := range []string{"assume_role_policy", "policy"} {
		argument := block.Body.Attributes[name]
		if argument == nil {
			continue
		}
		call, isCall := argument.Expr.(*hclsyntax.FunctionCallExpr)
		kind, isPolicy := kindOf(block.Labels[0], name)
		if !isCall || !isPolicy {
			continue
		}
		text, err := json.Marshal(valueOf(t, call.Args[0]))
		require.NoError(t, err)
		if !strings.Contains(string(text), `"Statement"`) { // an image's lifecycle, for example
			continue
		}
		document, err := Parse(string(text))
		require.NoError(t, err, "%s %s", block.Labels, argument.SrcRange)
		p, err := Compile(kind, strings.Join(block.Labels, "."), document)
		require.NoError(t, err, argument.SrcRange)
		out = append(out, p)
	}
	return out
}

// valueOf is a value as JSON has it.
func valueOf(t *testing.T, e hclsyntax.Expression) any {
	t.Helper()
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		out := map[string]any{}
		for _, item := range e.Items {
			key, diags := item.KeyExpr.Value(nil)
			require.False(t, diags.HasErrors(), diags)
			out[key.AsString()] = valueOf(t, item.ValueExpr)
		}
		return out
	case *hclsyntax.TupleConsExpr:
		out := []any{}
		for _, item := range e.Exprs {
			out = append(out, valueOf(t, item))
		}
		return out
	case *hclsyntax.TemplateExpr:
		out := ""
		for _, part := range e.Parts {
			out += valueOf(t, part).(string)
		}
		return out
	case *hclsyntax.ScopeTraversalExpr:
		return standIn(e)
	default:
		v, diags := e.Value(nil)
		require.False(t, diags.HasErrors(), diags)
		switch v.Type() {
		case cty.Bool:
			return v.True()
		case cty.Number:
			n, _ := v.AsBigFloat().Float64()
			return n
		default:
			return v.AsString()
		}
	}
}

// standIn is what stands for a reference: a text of its own, in the form of what it is likely to be.
func standIn(e *hclsyntax.ScopeTraversalExpr) string {
	var steps []string
	for _, step := range e.Traversal {
		if a, ok := step.(hcl.TraverseAttr); ok {
			steps = append(steps, a.Name)
		}
	}
	file, last := strings.ReplaceAll(e.Range().Filename, "/", "-"), steps[len(steps)-1]
	switch {
	case e.Traversal.RootName() == "aws_iam_openid_connect_provider":
		return "arn:aws:iam::111111111111:oidc-provider/" + file
	case strings.HasSuffix(last, "arn"):
		return "arn:aws:kms:eu-west-1:111111111111:key/" + file
	case strings.HasSuffix(steps[len(steps)-2], "_nat_addresses"): // by zone
		return fmt.Sprintf("203.0.113.%d", last[0])
	default:
		return "id-" + file
	}
}
