package evidence

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/policy"
)

// A Block is a block of Terraform, with its arguments and the blocks in it. It notes which of them somebody asked for.
type Block struct {
	Type      string
	Labels    []string
	stack     *Stack
	at        hcl.Range
	arguments []argument // of one name each
	blocks    []*Block
	consulted atomic.Bool
}

// An argument is what stands behind a name in a block.
type argument struct {
	*hclsyntax.Attribute
	stack     *Stack
	reading   atomic.Pointer[reading] // what came of evaluating it, once somebody has
	consulted atomic.Bool             // somebody asked for its value, or for that of one that refers to it
}

// A reading is what came of evaluating an argument.
type reading struct {
	value  cty.Value
	err    error
	refers []*argument // to whose values it took
}

// A fault is why an argument cannot be read, and so all that refer to it.
type fault struct {
	argument *argument
	error
}

// unreadable reports why the argument cannot be read, once for all that cannot for the same reason.
func (a *argument) unreadable(err error) {
	at := fault{a, err}
	errors.As(err, &at)
	at.argument.problem(at.argument.Name + ": " + at.Error() + ".")
}

// consult notes that somebody asked for the value of an argument that has been evaluated.
func (a *argument) consult() {
	if a.consulted.Swap(true) {
		return
	}
	if r := a.reading.Load(); r != nil {
		for _, other := range r.refers {
			other.consult()
		}
	}
}

// block is a block of the stack as hclsyntax has it.
func (s *Stack) block(syntax *hclsyntax.Block) *Block {
	b := &Block{Type: syntax.Type, Labels: syntax.Labels, stack: s, at: syntax.TypeRange}
	b.arguments = make([]argument, len(syntax.Body.Attributes))
	i := 0
	for _, a := range syntax.Body.Attributes {
		if saysNothing(syntax, a) {
			continue
		}
		b.arguments[i].Attribute, b.arguments[i].stack = a, s
		i++
	}
	b.arguments = b.arguments[:i]
	for _, inner := range syntax.Body.Blocks {
		b.blocks = append(b.blocks, s.block(inner))
	}
	return b
}

// saysNothing tells whether an argument says what is so without it: that a resource is made by the stack's own provider.
func saysNothing(b *hclsyntax.Block, a *hclsyntax.Attribute) bool {
	return a.Name == "provider" && b.Type == "resource" && hcl.ExprAsKeyword(a.Expr) == "aws"
}

// argument is the argument of a name, nil if it is not set.
func (b *Block) argument(name string) *argument {
	for i := range b.arguments {
		if a := &b.arguments[i]; a.Name == name {
			return a
		}
	}
	return nil
}

func (b *Block) problem(why string)    { b.stack.tree.problem(b.at, why) }
func (a *argument) problem(why string) { a.stack.tree.problem(a.NameRange, why) }

// Start is where the block begins.
func (b *Block) Start() Place { return placeOf(b.at) }

// At is where an argument of the block is, or else where the block begins.
func (b *Block) At(argument string) Place {
	if a := b.argument(argument); a != nil {
		return placeOf(a.NameRange)
	}
	return b.Start()
}

// Has tells whether an argument is set. That does not consult it.
func (b *Block) Has(argument string) bool { return b.argument(argument) != nil }

// IsEmpty tells whether there is nothing in the block.
func (b *Block) IsEmpty() bool { return len(b.arguments)+len(b.blocks) == 0 }

// Arguments are the names of those that are set, sorted.
func (b *Block) Arguments() (names []string) {
	for i := range b.arguments {
		names = append(names, b.arguments[i].Name)
	}
	slices.Sort(names)
	return names
}

// Nested is the first block of a type inside this one, nil if there is none.
func (b *Block) Nested(kind string) *Block {
	inner := b.first(kind)
	if inner != nil {
		inner.consulted.Store(true)
	}
	return inner
}

// first is Nested, and does not consult the block.
func (b *Block) first(kind string) *Block {
	for _, inner := range b.blocks {
		if inner.Type == kind {
			return inner
		}
	}
	return nil
}

// Blocks are the blocks of a type inside this one.
func (b *Block) Blocks(kind string) (out []*Block) {
	for _, inner := range b.blocks {
		if inner.Type == kind {
			inner.consulted.Store(true)
			out = append(out, inner)
		}
	}
	return out
}

// All are the blocks inside this one. That does not consult them.
func (b *Block) All() []*Block { return b.blocks }

// Get is the value of an argument. One that is not set, or cannot be read, has no type; the latter is a problem.
func (b *Block) Get(argument string) cty.Value {
	v := b.peek(argument)
	if a := b.argument(argument); a != nil {
		a.consult()
	}
	return v
}

// peek is Get, and does not consult the argument.
func (b *Block) peek(argument string) cty.Value {
	a := b.argument(argument)
	if a == nil {
		return cty.NilVal
	}
	v, err := a.value(nil)
	if err != nil {
		a.unreadable(err)
		return cty.NilVal
	}
	return v
}

// Text is the value of an argument as a string, "" if it is not set.
func (b *Block) Text(argument string) string { return AsText(b.Get(argument)) }

// Texts is the value of an argument as a list of strings.
func (b *Block) Texts(argument string) []string { return AsTexts(b.Get(argument)) }

// Setting is an argument inside blocks: the names of the blocks from the outside in, and its own.
func (b *Block) Setting(path ...string) string {
	last := len(path) - 1
	for _, kind := range path[:last] {
		if b = b.Nested(kind); b == nil {
			return ""
		}
	}
	return b.Text(path[last])
}

// Document is the policy in an argument of the resource, and whether there is one. One that cannot be read is a problem,
// one that is none an error.
func (r *Resource) Document(argument string) (d policy.Document, found bool, err error) {
	v, encoded := r.encoded(argument)
	if v == cty.NilVal {
		return policy.Document{}, false, nil
	}
	read := policy.FromValue
	if !encoded {
		read = func(v cty.Value) (policy.Document, error) { return policy.Parse(AsText(v)) }
	}
	if d, err = read(v); err != nil {
		return d, true, err
	}
	return d.Map(func(t policy.Text) policy.Text { return Text(t.String()) }), true, nil
}

// encoded is the value of which an argument is the JSON, and true; of other arguments it is Get.
func (r *Resource) encoded(argument string) (cty.Value, bool) {
	a := r.argument(argument)
	if a == nil || ofJSON(a.Expr) == nil {
		return r.Get(argument), false
	}
	a.consulted.Store(true)
	t := &trail{argument: a}
	v, err := r.Stack.value(ofJSON(a.Expr), t)
	for _, other := range t.refers {
		other.consult()
	}
	if err != nil {
		a.unreadable(err)
		return cty.NilVal, false
	}
	return v, true
}

// Statement is where a statement of a policy is, or the policy if it is not written out there.
func (r *Resource) Statement(argument string, index int) Place {
	at, a := r.At(argument), r.argument(argument)
	if a == nil {
		return at
	}
	call, _ := a.Expr.(*hclsyntax.FunctionCallExpr)
	if call == nil || len(call.Args) != 1 {
		return at
	}
	document, _ := call.Args[0].(*hclsyntax.ObjectConsExpr)
	if document == nil {
		return at
	}
	for _, item := range document.Items {
		key, _ := r.Stack.key(item.KeyExpr, nil)
		list, _ := item.ValueExpr.(*hclsyntax.TupleConsExpr)
		if key == "Statement" && list != nil && index < len(list.Exprs) {
			return placeOf(list.Exprs[index].Range())
		}
	}
	return at
}

// WaitsFor tells whether Terraform makes a resource after another one of its stack, by its depends_on.
func (r *Resource) WaitsFor(other *Resource) bool {
	a := r.argument("depends_on")
	if a == nil || other == nil || other.Stack != r.Stack {
		return false
	}
	list, _ := a.Expr.(*hclsyntax.TupleConsExpr)
	a.consulted.Store(true)
	return list != nil && slices.ContainsFunc(list.Exprs, func(e hclsyntax.Expression) bool {
		reference, _ := e.(*hclsyntax.ScopeTraversalExpr)
		if reference == nil {
			return false
		}
		names, err := namesOf(reference.Traversal)
		return err == nil && slices.Equal(names, other.Labels)
	})
}

// Mentions tells whether a resource speaks of another one: by a reference in its stack, or by the end of a text.
func (r *Resource) Mentions(other *Resource, end string) bool {
	return r.contains(func(node hclsyntax.Node) bool {
		switch e := node.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			names, err := namesOf(e.Traversal)
			return err == nil && len(names) > 1 && r.Stack == other.Stack && slices.Equal(names[:2], other.Labels)
		case *hclsyntax.LiteralValueExpr:
			return e.Val.Type() == cty.String && strings.HasSuffix(AsText(e.Val), end)
		}
		return false
	})
}

// contains tells whether there is something in the expressions of a block, or of blocks in it.
func (b *Block) contains(is func(hclsyntax.Node) bool) (found bool) {
	for i := range b.arguments {
		_ = hclsyntax.VisitAll(b.arguments[i].Expr, func(node hclsyntax.Node) hcl.Diagnostics {
			found = found || is(node)
			return nil
		})
	}
	return found || slices.ContainsFunc(b.blocks, func(inner *Block) bool { return inner.contains(is) })
}

// An Output is what a stack tells others.
type Output struct {
	Place
	it *argument
}

// Output is the output of a name, nil if the stack has none.
func (s *Stack) Output(name string) *Output {
	a := s.outputs[name]
	if a == nil {
		return nil
	}
	return &Output{placeOf(a.NameRange), a}
}

// Value is what the output tells.
func (o *Output) Value() (cty.Value, error) {
	v, err := o.it.value(nil)
	o.it.consult()
	return v, err
}
