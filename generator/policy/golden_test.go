//go:build engines

package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// goldenCases are requests that have to do with the policies of the golden trees, each alone and among others that allow.
func goldenCases(t *testing.T) []testCase {
	var out []testCase
	for i, p := range goldenPolicies(t) {
		d := newDice(uint64(i) << 32)
		for range goldenRequests {
			if c := d.about(p); !c.settled() {
				out = append(out, c)
			}
		}
	}
	return out
}

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

// about is a request that is likely to have to do with a policy, and the policies that it needs beside.
func (d dice) about(p *Policy) testCase {
	s := oneOf(d, p.Document.Statements)
	r := Request{Caller: d.callerFor(s), Action: "s3:GetObject", Resource: Literal("arn:aws:s3:::other/x")}
	if len(s.Actions) > 0 {
		r.Action = d.instance(oneOf(d, s.Actions), r.Action)
	}
	if p.Kind == Trust {
		r.Resource = Literal(roles[0])
	} else if len(s.Resources) > 0 && d.chance(85) {
		r.Resource = Literal(d.instance(oneOf(d, s.Resources).String(), "*"))
	}
	switch { // others cannot ask at all
	case strings.HasPrefix(r.Action, "sts:AssumeRoleWith") && r.Caller.kind != federatedCaller: // of a provider in the role's account
		provider := strings.Replace(oneOf(d, providers), home, cmp.Or(accountIn(r.Resource.String()), home), 1)
		r.Caller = AsFederated(Literal(provider))
	case p.Kind == Identity && !r.Caller.isIAM():
		r.Caller = AsSession(Literal(roles[0]), "run")
	}
	if accountIn(r.Resource.String()) == "" {
		r.Owner = oneOf(d, []string{home, home, abroad})
	}
	for _, c := range s.Conditions {
		if d.chance(85) {
			r.Context = r.Context.With(c.Key, Literal(d.near(c)))
		}
	}
	c := testCase{Request: r, Policies: []*Policy{p}}
	if r.Caller.isIAM() && p.Kind != Identity && d.chance(70) {
		c.Policies = append(c.Policies, mustCompile(Identity, everything(Identity)))
	}
	q := newQuery(&r)
	if own := q.resourceKind(); p.Kind < Resource && (own == Trust || d.chance(60)) {
		c.Policies = append(c.Policies, mustCompile(own, everything(own)))
	}
	return c
}

func everything(k Kind) Document {
	s := Statement{Effect: Allow, Actions: []string{"*"}}
	if k.namesPrincipals() {
		s.Principal = Anyone
	}
	if k != Trust {
		s.Resources = Literals("*")
	}
	return Document{Statements: []Statement{s}}
}

// instance puts text in place of wildcards, seldom other text than fits.
func (d dice) instance(pattern, ofAll string) string {
	if pattern == "*" {
		return ofAll
	}
	out := strings.NewReplacer("*", "x1", "?", "q").Replace(pattern)
	if d.chance(5) {
		out += "x"
	}
	return out
}

// callerFor is a caller that a statement speaks of, or not.
func (d dice) callerFor(s Statement) Caller {
	var named []string
	for _, p := range s.Principal.Kinds() {
		for _, id := range p.IDs {
			named = append(named, id.String())
		}
	}
	for _, c := range s.Conditions {
		if strings.EqualFold(c.Key, "aws:PrincipalArn") {
			for _, v := range c.Values {
				named = append(named, v.String())
			}
		}
	}
	named = slices.DeleteFunc(named, func(s string) bool { return s == "*" })
	if len(named) == 0 || d.chance(20) {
		return oneOf(d, []Caller{AsSession(Literal(roles[0]), "run"), AsUser(users[1]), AsService(services[0])})
	}
	switch id := d.instance(oneOf(d, named), ""); {
	case strings.HasSuffix(id, ":root"):
		return AsUser(strings.TrimSuffix(id, "root") + "user/anna")
	case strings.Contains(id, ":role/"):
		return AsSession(Literal(id), "run")
	default:
		return callerOf(id)
	}
}

// near is a value that meets a condition, or just does not.
func (d dice) near(c Condition) string {
	v := d.instance(oneOf(d, c.Values).String(), "x")
	if address, length, found := strings.Cut(v, "/"); found && strings.HasSuffix(c.Operator, "IpAddress") && !strings.Contains(length, "/") {
		v = address
	}
	if d.chance(15) {
		v = oneOf(d, []string{"other", "true", "false", "192.0.2.1", "2001:db8::9", v + "0"})
	}
	return v
}
