package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A meter bounds the work of all expressions of a spec together. The rules are:
//   - Whatever can repeat work or let a value grow is preceded by a charge: the body of a for expression and of a splat, the
//     arguments of functions, the parts of templates, the operands that are compared or converted, and what is kept.
//   - The charge for a value is its size as if it were written out, because that is how long it takes to walk.
//   - A function whose work is not proportional to its arguments says in functions.go what it costs.
//   - When the allowance is used up, charge panics with exhausted, up to the one place that recovers it.
type meter struct{ left int }

type exhausted struct{}

const perNode = 64 // the charge for one value, besides the bytes of its text

func (m *meter) charge(work int) {
	if work < 0 || work > m.left {
		m.left = -1 // for good: functions turn panics into errors
		panic(exhausted{})
	}
	m.left -= work
}

// product charges a × b without overflow.
func (m *meter) product(a, b int) {
	if a > 0 && b > allowance/a {
		m.charge(allowance + 1)
	}
	m.charge(a * b)
}

// weigh charges the size of a value. It tells whether all numbers in it are small enough to be written out or, as text, to
// be converted: both take quadratic time or worse.
func (m *meter) weigh(v cty.Value) bool {
	m.charge(perNode)
	if !v.IsKnown() || v.IsNull() {
		return true
	}
	switch t := v.Type(); {
	case t == cty.String:
		m.charge(len(v.AsString()))
		return !startsLikeLongNumber(v.AsString())
	case t == cty.Number:
		return smallNumber(v)
	case v.CanIterateElements():
		return m.weighAll(v)
	}
	return true
}

func (m *meter) weighAll(v cty.Value) bool {
	small := true
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		small = m.weigh(element) && small
	}
	return small
}

// unify charges for finding the common type of the elements of a tuple or an object, which compares each with each.
func (m *meter) unify(v cty.Value) {
	if t := v.Type(); !v.IsKnown() || v.IsNull() || !t.IsTupleType() && !t.IsObjectType() {
		return
	}
	n := v.LengthInt()
	m.product(n, 1+n/2)
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		m.unify(element)
	}
}

// unifying functions make collections of what is none.
var unifying = []string{
	"chunklist", "coalesce", "concat", "distinct", "setintersection", "setproduct", "setsubtract", "setunion",
	"tolist", "tomap", "toset",
}

func smallNumber(v cty.Value) bool {
	n := v.AsBigFloat()
	exponent := n.MantExp(nil)
	return !n.IsInf() && exponent <= maxBits && exponent >= -maxBits
}

// A metered expression charges for its value before anybody works with it.
type metered struct {
	hclsyntax.Expression
	meter   *meter
	unifies bool // into a collection, or with another value
}

func (e *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Expression.Value(ctx)
	e.meter.charge(len(diags) * 16 * perNode)
	small := e.meter.weigh(v)
	if e.unifies {
		e.meter.unify(v)
	}
	if !small {
		return cty.DynamicVal, append(diags, mistake(e.Range(), "Number too large",
			"The value here holds a number of more than %d digits. Write a smaller one.", maxBits*3/10))
	}
	return v, diags
}

func startsLikeLongNumber(text string) bool {
	return len(text) > maxDigits && hasLongNumber(text[:maxDigits+1])
}

func isText(v cty.Value) bool { return v.Type() == cty.String && v.IsKnown() && !v.IsNull() }

// guard puts charges into an expression. It changes it in place.
func (m *meter) guard(e hclsyntax.Expression) hclsyntax.Expression {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return m.literal(e)
	case *hclsyntax.TupleConsExpr:
		for i := range e.Exprs {
			e.Exprs[i] = m.guard(e.Exprs[i])
		}
	case *hclsyntax.ObjectConsExpr:
		m.guardObject(e)
	case *hclsyntax.ParenthesesExpr:
		e.Expression = m.guard(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		e.Wrapped = m.guard(e.Wrapped)
	case *hclsyntax.RelativeTraversalExpr:
		e.Source = m.priced(e.Source)
	case *hclsyntax.TemplateExpr:
		for i, part := range e.Parts {
			if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
				e.Parts[i] = m.priced(part)
			}
		}
	case *hclsyntax.TemplateJoinExpr:
		e.Tuple = m.priced(e.Tuple)
	case *hclsyntax.FunctionCallExpr:
		for i := range e.Args {
			e.Args[i] = &metered{m.guard(e.Args[i]), m, slices.Contains(unifying, e.Name)}
		}
	default:
		m.guardOperation(e)
	}
	return e
}

func (m *meter) guardOperation(e hclsyntax.Expression) {
	switch e := e.(type) {
	case *hclsyntax.ConditionalExpr:
		e.Condition = m.priced(e.Condition)
		e.TrueResult, e.FalseResult = &metered{m.guard(e.TrueResult), m, true}, &metered{m.guard(e.FalseResult), m, true}
	case *hclsyntax.BinaryOpExpr:
		e.LHS, e.RHS = m.priced(e.LHS), m.priced(e.RHS)
	case *hclsyntax.UnaryOpExpr:
		e.Val = m.priced(e.Val)
	case *hclsyntax.IndexExpr:
		e.Key = m.priced(e.Key)
		if _, leaf := e.Collection.(*hclsyntax.ScopeTraversalExpr); !leaf {
			e.Collection = m.priced(e.Collection)
		}
	case *hclsyntax.SplatExpr:
		e.Source, e.Each = m.guard(e.Source), m.priced(e.Each)
	case *hclsyntax.ForExpr:
		e.CollExpr, e.ValExpr = m.guard(e.CollExpr), m.priced(e.ValExpr)
		if e.KeyExpr != nil {
			e.KeyExpr = m.priced(e.KeyExpr)
		}
		if e.CondExpr != nil {
			e.CondExpr = m.priced(e.CondExpr)
		}
	}
}

// guardObject leaves keys alone that are names: they are recognised by the type of their expression.
func (m *meter) guardObject(e *hclsyntax.ObjectConsExpr) {
	for i, item := range e.Items {
		e.Items[i].ValueExpr = m.guard(item.ValueExpr)
		key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr)
		if !ok {
			continue
		}
		_, traversal := key.Wrapped.(*hclsyntax.ScopeTraversalExpr)
		if key.ForceNonLiteral || (!traversal && hcl.ExprAsKeyword(key.Wrapped) == "") {
			key.Wrapped = m.priced(key.Wrapped)
		}
	}
}

// literal prices a number that is too large, so that it is reported when it is worked out.
func (m *meter) literal(e *hclsyntax.LiteralValueExpr) hclsyntax.Expression {
	if e.Val.Type() == cty.Number && !e.Val.IsNull() && e.Val.IsKnown() && !smallNumber(e.Val) {
		return &metered{Expression: e, meter: m}
	}
	return e
}

func (m *meter) priced(e hclsyntax.Expression) hclsyntax.Expression {
	return &metered{Expression: m.guard(e), meter: m}
}
