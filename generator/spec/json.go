package spec

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/guard"
)

// jsonContent is what stands in a body of HCL's JSON form. Its expressions become those of the native syntax, so that
// from here on there is only one.
func (r *reader) jsonContent(kind string, body hcl.Body) ([]*argument, []*hcl.Block) {
	if kind == "locals" {
		attrs, diags := body.JustAttributes()
		r.diags = append(r.diags, diags...)
		return r.jsonArguments(attrs), nil
	}
	content, rest, diags := body.PartialContent(r.schemas[kind])
	r.diags = append(r.diags, diags...)
	args, blocks := r.jsonArguments(content.Attributes), content.Blocks
	if !diags.HasErrors() {
		moreArgs, moreBlocks := r.leftovers(kind, rest)
		args, blocks = append(args, moreArgs...), append(blocks, moreBlocks...)
	}
	return args, blocks
}

func (r *reader) jsonArguments(attrs hcl.Attributes) []*argument {
	var args []*argument
	for _, a := range attrs {
		expr, diags := nativeExpr(a.Expr)
		r.diags = append(r.diags, diags...)
		arg := &argument{name: a.Name, at: a.NameRange, expr: expr}
		if diags.HasErrors() {
			arg.memo = result{cty.DynamicVal, done}
		}
		args = append(args, arg)
	}
	sortArguments(args)
	return args
}

// leftovers are the properties that no schema names, with nothing in them: as blocks where a block seems to be meant. HCL
// reports them one by one, at their names.
func (r *reader) leftovers(kind string, rest hcl.Body) (args []*argument, blocks []*hcl.Block) {
	_, diags := rest.Content(&hcl.BodySchema{})
	for _, diag := range diags {
		written := string(diag.Subject.SliceBytes(r.files[diag.Subject.Filename].Bytes))
		name, err := strconv.Unquote(written)
		if err != nil {
			name = written
		}
		if kind == "" || nearest(name, r.grammar[kind].innerWords()) != "" {
			blocks = append(blocks, &hcl.Block{Type: name, TypeRange: *diag.Subject})
			continue
		}
		args = append(args, &argument{name: name, at: *diag.Subject})
	}
	return args, blocks
}

// nativeExpr turns an expression of the JSON form into one of the native syntax.
func nativeExpr(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		return nativeList(list, expr.Range())
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		return nativeObject(pairs, expr.Range())
	}
	value, diags := expr.Value(nil) // without a context text is taken as it stands
	if diags.HasErrors() || value.Type() != cty.String || !value.IsKnown() || value.IsNull() {
		return &hclsyntax.LiteralValueExpr{Val: value, SrcRange: expr.Range()}, diags
	}
	return nativeTemplate(value.AsString(), expr.Range())
}

func nativeList(list []hcl.Expression, at hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	tuple := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
	var diags hcl.Diagnostics
	for _, item := range list {
		native, more := nativeExpr(item)
		diags = append(diags, more...)
		tuple.Exprs = append(tuple.Exprs, native)
	}
	return tuple, diags
}

func nativeObject(pairs []hcl.KeyValuePair, at hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	object := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
	var diags hcl.Diagnostics
	for _, pair := range pairs {
		key, keyDiags := nativeExpr(pair.Key)
		value, valueDiags := nativeExpr(pair.Value)
		diags = append(append(diags, keyDiags...), valueDiags...)
		object.Items = append(object.Items, hclsyntax.ObjectConsItem{
			KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: key, ForceNonLiteral: true},
			ValueExpr: value,
		})
	}
	return object, diags
}

// nativeTemplate parses text as a template. Places within it are right unless the text holds escapes of JSON.
func nativeTemplate(text string, at hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	start := at.Start
	start.Byte++
	start.Column++
	tokens, _ := hclsyntax.LexTemplate([]byte(text), at.Filename, start)
	if deep := guard.DeepTokens(tokens); deep != nil {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}, hcl.Diagnostics{guard.TooDeep(*deep)}
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), at.Filename, start)
	if wrapped, ok := expr.(*hclsyntax.TemplateWrapExpr); ok {
		return &hclsyntax.ParenthesesExpr{Expression: wrapped.Wrapped, SrcRange: at}, diags
	}
	if template, ok := expr.(*hclsyntax.TemplateExpr); ok {
		template.SrcRange = at
	}
	return expr, diags
}
