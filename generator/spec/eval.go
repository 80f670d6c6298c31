package spec

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/postern-dev/postern/generator/guard"
)

// An evaluator works out arguments and what references see of blocks and locals, each once and in whatever order they need
// each other. What could not be worked out has been reported and is an unknown value, of which nobody complains again.
type evaluator struct {
	*reader
	meter     *meter
	files     finder
	functions map[string]function.Function // made when first needed
	values    map[Target]*result           // of locals and blocks
	kinds     map[string]cty.Value         // all blocks of a kind, as an object
	path      []Target                     // what is being worked out, each because of the one before
	ringed    map[Target]bool              // what is in a ring that has been reported
	unknown   []hcl.Range                  // where arguments stand that could not be worked out
	openings  []opening                    // of the blocks that have been decoded
	current   *argument
}

// A result is a value, or on the way to one.
type result struct {
	value cty.Value
	state state
}

type state int

const (
	untouched state = iota
	running
	done
)

func newEvaluator(r *reader, files finder) *evaluator {
	return &evaluator{
		reader: r, meter: &meter{left: allowance}, files: files,
		values: map[Target]*result{}, kinds: map[string]cty.Value{}, ringed: map[Target]bool{},
	}
}

// value is the value of an argument; unknown where a mistake was reported.
func (e *evaluator) value(a *argument) cty.Value {
	switch a.memo.state {
	case done:
		return a.memo.value
	case running:
		return cty.DynamicVal
	}
	a.memo = result{cty.DynamicVal, running}
	outer := e.current
	e.current = a
	value, diags := e.evaluate(a.expr)
	e.current = outer
	if diags.HasErrors() {
		value = cty.DynamicVal
		diags = tidy(ownWords(diags))
		e.diags = append(e.diags, diags[:min(len(diags), maxMistakes)]...)
	}
	a.memo = result{value, done}
	return value
}

// ownWords says of calls that failed why they did, unless the function broke on its arguments (pow(-1, 0.5)), and what to do.
func ownWords(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, diag := range diags {
		call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](diag)
		if !ok || call.FunctionCallError() == nil {
			continue
		}
		name, why, advice := call.CalledFunctionName(), call.FunctionCallError().Error(), "other arguments"
		if broken := (function.PanicError{}); errors.As(call.FunctionCallError(), &broken) {
			why = "it cannot be worked out for these arguments"
		}
		if name == "file" || name == "fileexists" {
			advice = "the path of a text file in the spec's folder or below"
		}
		diag.Summary = "Function call that fails"
		diag.Detail = guard.Sprintf("The call of %s fails: %s. Write %s.", name, why, advice)
	}
	return diags
}

func (e *evaluator) evaluate(expr hclsyntax.Expression) (cty.Value, hcl.Diagnostics) {
	if v, ok := constant(expr); ok {
		return v, nil
	}
	if reference, ok := expr.(*hclsyntax.ScopeTraversalExpr); ok {
		if target, ok := e.targetOf(reference.Traversal); ok {
			return e.follow(target, reference.Traversal)
		}
	}
	references := expr.Variables() // before guard, which hides where they are
	callable := e.callable(expr)
	ctx, ok := e.context(references)
	if !ok || !callable {
		return cty.DynamicVal, nil
	}
	return e.meter.priced(expr).Value(ctx)
}

// callable reports calls of functions that there are not. HCL would, too, but picks its suggestion at random.
func (e *evaluator) callable(expr hclsyntax.Expression) bool {
	ok := true
	hclsyntax.VisitAll(expr, func(node hclsyntax.Node) hcl.Diagnostics {
		if call, isCall := node.(*hclsyntax.FunctionCallExpr); isCall {
			_, exists := e.table()[call.Name]
			if !exists {
				e.unknownFunction(call)
			}
			ok = ok && exists
		}
		return nil
	})
	return ok
}

// constant is the value of an expression that is a plain literal: most are.
func constant(expr hclsyntax.Expression) (cty.Value, bool) {
	switch expr := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return expr.Val, expr.Val.Type() != cty.Number || expr.Val.IsNull() || smallNumber(expr.Val)
	case *hclsyntax.TemplateExpr:
		if expr.IsStringLiteral() {
			return constant(expr.Parts[0])
		}
	}
	return cty.NilVal, false
}

// follow is the value of an expression that is nothing but a reference.
func (e *evaluator) follow(target Target, reference hcl.Traversal) (cty.Value, hcl.Diagnostics) {
	if !e.known(target, reference) {
		return cty.DynamicVal, nil
	}
	return reference[2:].TraverseRel(e.node(target, reference.SourceRange()))
}

// context holds the values that an expression refers to, and no others: specs are large. It is not ok when a reference
// leads nowhere, which has been reported then.
func (e *evaluator) context(references []hcl.Traversal) (*hcl.EvalContext, bool) {
	named := map[string]map[string]cty.Value{}
	whole := map[string]bool{}
	ok := true
	for _, reference := range references {
		root := reference.RootName()
		target, single := e.targetOf(reference)
		switch {
		case !slices.Contains(e.roots, root):
			e.unknownRoot(reference)
			ok = false
		case !single:
			whole[root] = true
		case !e.known(target, reference):
			ok = false
		default:
			if named[root] == nil {
				named[root] = map[string]cty.Value{}
			}
			named[root][target.Name] = e.node(target, reference.SourceRange())
		}
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: e.table()}
	for root, values := range named {
		ctx.Variables[root] = cty.ObjectVal(values)
	}
	for root := range whole {
		ctx.Variables[root] = e.all(root, references)
	}
	return ctx, ok
}

// targetOf is what a reference names, unless that depends: image[local.x], keys(image).
func (e *evaluator) targetOf(reference hcl.Traversal) (Target, bool) {
	root := reference.RootName()
	if len(reference) < 2 || !slices.Contains(e.roots, root) {
		return Target{}, false
	}
	switch step := reference[1].(type) {
	case hcl.TraverseAttr:
		return Target{root, step.Name}, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return Target{root, step.Key.AsString()}, true
		}
	}
	return Target{}, false
}

// known reports references to what is not there.
func (e *evaluator) known(t Target, reference hcl.Traversal) bool {
	if t.Kind == "local" {
		if e.locals[t.Name] == nil {
			e.unknownTarget(t, reference)
			return false
		}
		return true
	}
	if e.byName[t] == nil {
		e.unknownTarget(t, reference)
		return false
	}
	if len(reference) < 3 {
		return true
	}
	step, ok := reference[2].(hcl.TraverseAttr)
	if !ok || e.grammar[t.Kind].attribute(step.Name) != nil {
		return true
	}
	names := e.grammar[t.Kind].attributeNames()
	advice := fmt.Sprintf("Write %s instead.", oneOf(names))
	if near := nearest(step.Name, names); near != "" {
		advice = fmt.Sprintf("Write %s.%s.", t, near)
	}
	e.report(reference.SourceRange(), "Unknown attribute", "%s has no attribute %q that could be referred to. %s", t, step.Name, advice)
	return false
}

func (e *evaluator) unknownTarget(t Target, reference hcl.Traversal) {
	names := e.names(t.Kind)
	at := reference[:2].SourceRange()
	near := nearest(t.Name, names)
	switch {
	case near != "":
		e.report(at, "Unknown "+t.Kind, "There is no %s in this spec. Write %s.%s.", brief(t.String()), t.Kind, near)
	case t.Kind == "local":
		e.report(at, "Unknown local", "There is no %s in this spec. Add %s = … to a locals block, or write the name of one that exists.", brief(t.String()), brief(t.Name))
	default:
		e.report(at, "Unknown "+t.Kind, "There is no %s in this spec. Add %s %q { … }, or write the name of one that exists.", brief(t.String()), t.Kind, brief(t.Name))
	}
}

func (e *evaluator) unknownRoot(reference hcl.Traversal) {
	name := reference.RootName()
	near := nearest(name, e.roots)
	switch {
	case e.locals[name] != nil:
		e.report(reference.SourceRange(), "Unknown name", "Nothing is called %q by itself, but there is a local of that name. Write local.%s.", name, name)
	case near != "":
		e.report(reference[:1].SourceRange(), "Unknown name", "Nothing is called %q. Write %s.", name, near)
	case len(reference) == 1:
		e.report(reference.SourceRange(), "Unknown name", "Nothing is called %q. Write it in quotes if it is text, or start a reference with %s.", name, oneOf(e.roots))
	default:
		e.report(reference[:1].SourceRange(), "Unknown name", "Nothing is called %q. Write a reference that starts with %s.", name, oneOf(e.roots))
	}
}

func (e *evaluator) unknownFunction(call *hclsyntax.FunctionCallExpr) {
	names := slices.Sorted(maps.Keys(e.table()))
	if near := nearest(call.Name, names); near != "" {
		e.report(call.NameRange, "Unknown function", "There is no function %q. Write %s.", brief(call.Name), near)
		return
	}
	e.report(call.NameRange, "Unknown function", "There is no function %q: functions have Terraform's names, and only those that give the same every day are here. "+
		"Write the value itself.", brief(call.Name))
}

// names are those of all locals or of all blocks of a kind, sorted.
func (e *evaluator) names(kind string) []string {
	var names []string
	if kind == "local" {
		for name := range e.locals {
			names = append(names, name)
		}
	}
	for _, b := range e.blocks[kind] {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// all is every local or every block of a kind, as an object.
func (e *evaluator) all(kind string, references []hcl.Traversal) cty.Value {
	if v, ok := e.kinds[kind]; ok {
		return v
	}
	var at hcl.Range
	for _, reference := range references {
		if reference.RootName() == kind {
			at = reference.SourceRange()
		}
	}
	values := map[string]cty.Value{}
	for _, name := range e.names(kind) {
		values[name] = e.node(Target{kind, name}, at)
	}
	e.kinds[kind] = cty.ObjectVal(values)
	return e.kinds[kind]
}

// node is what references see of a local or a block. At is where the reference is.
func (e *evaluator) node(t Target, at hcl.Range) cty.Value {
	r := e.values[t]
	if r == nil {
		r = &result{value: cty.DynamicVal}
		e.values[t] = r
	}
	switch {
	case r.state == done:
		return r.value
	case r.state == running:
		e.ring(t, at)
		return cty.DynamicVal
	case len(e.path) >= maxChain:
		e.report(at, "References lead too far", "%s is at the end of a chain of more than %d references. Write a shorter one.", t, maxChain)
		return cty.DynamicVal
	}
	r.state = running
	e.path = append(e.path, t)
	if t.Kind == "local" {
		r.value = e.value(e.locals[t.Name])
	} else {
		r.value = e.object(e.byName[t])
	}
	e.path = e.path[:len(e.path)-1]
	r.state = done
	return r.value
}

// ring reports that t, which is being worked out, is needed for itself.
func (e *evaluator) ring(t Target, at hcl.Range) {
	ring := e.path[slices.Index(e.path, t):]
	if slices.ContainsFunc(ring, func(t Target) bool { return e.ringed[t] }) {
		return
	}
	var names []string
	for _, t := range ring {
		e.ringed[t] = true
		names = append(names, t.String())
	}
	names = append(names, t.String())
	if len(names) > 12 {
		names = slices.Concat(names[:6], []string{"…"}, names[len(names)-6:])
	}
	e.report(at, "References in a ring", "Each of these needs the next to be known first: %s. Write one of them without the reference.", strings.Join(names, " -> "))
}

// identity is the attribute that tells a block from an object somebody wrote. No reference can read it.
const identity = "(block)"

var identityType = cty.CapsuleWithOps("block", reflect.TypeFor[Target](), &cty.CapsuleOps{
	RawEquals: func(a, b any) bool { return *a.(*Target) == *b.(*Target) },
	Equals:    func(a, b any) cty.Value { return cty.BoolVal(*a.(*Target) == *b.(*Target)) },
	HashKey:   func(v any) string { return v.(*Target).String() },
})

// blockOf is the block that a value stands for, or nil.
func blockOf(v cty.Value) *Target {
	if !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType() || !v.Type().HasAttribute(identity) {
		return nil
	}
	id := v.GetAttr(identity)
	if id.Type() != identityType || !id.IsKnown() || id.IsNull() {
		return nil
	}
	return id.EncapsulatedValue().(*Target)
}

// object is what references see of a block. It needs only the arguments that show in it, so that blocks may refer to each
// other by the others.
func (e *evaluator) object(b *block) cty.Value {
	attrs := map[string]cty.Value{}
	for _, a := range e.grammar[b.kind].Attributes {
		attrs[a.Name] = a.read(e, b)
	}
	target := b.target()
	attrs[identity] = cty.CapsuleVal(identityType, &target)
	return cty.ObjectVal(attrs)
}

// label is the name that every block has which references lead to.
func label(_ *evaluator, b *block) cty.Value { return cty.StringVal(b.Name) }

// nameOr is the argument "name", or the label.
func (e *evaluator) nameOr(b *block) cty.Value {
	if name := e.text(b, "name"); !name.IsKnown() || !name.IsNull() {
		return name
	}
	return cty.StringVal(b.Name)
}

// region is the block's, or its account's.
func (e *evaluator) region(b *block) cty.Value {
	_, region := e.home(b)
	return region
}

// home is where a block's things live: the id of its account, and its region or the account's.
func (e *evaluator) home(b *block) (id, region cty.Value) {
	unknown := cty.UnknownVal(cty.String)
	id, region = unknown, e.text(b, "region")
	inherited := unknown
	if a := b.args["account"]; a != nil {
		v := e.value(a)
		if t := blockOf(v); t != nil && t.Kind == "account" {
			id, inherited = v.GetAttr("id"), v.GetAttr("region")
		}
	}
	if region.IsNull() {
		region = inherited
	}
	return id, region
}

// text is an argument as text: null when it is not written, unknown when it is no text (which decode reports).
func (e *evaluator) text(b *block, name string) cty.Value {
	a := b.args[name]
	if a == nil {
		return cty.NullVal(cty.String)
	}
	v, err := convert.Convert(e.value(a), cty.String)
	if err != nil {
		return cty.UnknownVal(cty.String)
	}
	return v
}

// combine makes text of texts; unknown unless all are known.
func combine(write func(...string) string, from ...cty.Value) cty.Value {
	var texts []string
	for _, v := range from {
		if !v.IsKnown() || v.IsNull() {
			return cty.UnknownVal(cty.String)
		}
		texts = append(texts, v.AsString())
	}
	return cty.StringVal(write(texts...))
}

// table is the table of functions.
func (e *evaluator) table() map[string]function.Function {
	if e.functions == nil {
		e.functions = newFunctions(e.meter, e.files)
	}
	return e.functions
}
