package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/json"

	"github.com/postern-dev/postern/generator/policy"
)

// A value that is known only after apply is a symbol: where it comes from, step by step, between two characters that no
// file of ours contains.
const symbolStart, symbolEnd = "\uE000", "\uE001"

func symbol(steps ...string) (cty.Value, error) {
	for _, s := range steps {
		if !policy.IsIdentifier(s) {
			return cty.NilVal, fmt.Errorf("%q is no name that postern writes", s)
		}
	}
	return cty.StringVal(symbolStart + strings.Join(steps, "/") + symbolEnd), nil
}

// Text is a string with its symbols as addresses.
func Text(s string) policy.Text {
	if !strings.Contains(s, symbolStart) {
		return policy.Literal(s)
	}
	var parts []policy.Text
	for s != "" {
		before, rest, found := strings.Cut(s, symbolStart)
		if before != "" || !found {
			parts = append(parts, policy.Literal(before))
		}
		name, after, closed := strings.Cut(rest, symbolEnd)
		if steps := strings.Split(name, "/"); closed && !slices.ContainsFunc(steps, isNoName) {
			parts = append(parts, policy.Address(steps...))
		}
		s = after
	}
	return policy.Join(parts...)
}

func isNoName(s string) bool { return !policy.IsIdentifier(s) }

// Shown is a string as a reader sees it.
func Shown(s string) string { return Text(s).String() }

// A trail is the arguments that led to one another, the last first.
type trail struct {
	argument *argument
	before   *trail
	refers   []*argument // to whose values it took so far
}

func (t *trail) has(argument *argument) bool {
	return t != nil && (t.argument == argument || t.before.has(argument))
}

var errCircle = errors.New("the references go in a circle")

// value is the value of an argument, which is worked out once.
// It is the same wherever a trail begins: who leads into a circle has the same error as those who are in it.
func (a *argument) value(t *trail) (cty.Value, error) {
	if t != nil {
		t.refers = append(t.refers, a)
	}
	if r := a.reading.Load(); r != nil {
		return r.value, r.err
	}
	if t.has(a) {
		return cty.NilVal, errCircle
	}
	own := &trail{argument: a, before: t}
	v, err := a.stack.value(a.Expr, own)
	if errors.Is(err, errCircle) {
		err = errCircle
	} else if err != nil && !errors.As(err, new(fault)) {
		err = fault{a, err}
	}
	a.reading.Store(&reading{v, err, own.refers})
	return v, err
}

// value evaluates an expression of the stack. It knows what can be written down; what has to be worked out is not evaluated.
func (s *Stack) value(e hclsyntax.Expression, t *trail) (cty.Value, error) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.Val, nil
	case *hclsyntax.ParenthesesExpr:
		return s.value(e.Expression, t)
	case *hclsyntax.TemplateWrapExpr:
		return s.value(e.Wrapped, t)
	case *hclsyntax.TemplateExpr:
		return s.template(e, t)
	case *hclsyntax.TupleConsExpr:
		return s.tuple(e, t)
	case *hclsyntax.ObjectConsExpr:
		return s.object(e, t)
	case *hclsyntax.ScopeTraversalExpr:
		return s.reference(e.Traversal, t)
	case *hclsyntax.FunctionCallExpr:
		if argument := ofJSON(e); argument != nil {
			return s.encode(argument, t)
		}
		return s.call(e, t)
	}
	return cty.NilVal, errors.New("it is worked out, and not written down")
}

func (s *Stack) template(e *hclsyntax.TemplateExpr, t *trail) (cty.Value, error) {
	var b strings.Builder
	for _, part := range e.Parts {
		v, err := s.value(part, t)
		if err != nil {
			return cty.NilVal, err
		}
		text, ok := textOf(v)
		if !ok {
			return cty.NilVal, errors.New("something in the text is no text")
		}
		b.WriteString(text)
	}
	return cty.StringVal(b.String()), nil
}

func (s *Stack) tuple(e *hclsyntax.TupleConsExpr, t *trail) (cty.Value, error) {
	elements := make([]cty.Value, len(e.Exprs))
	for i, element := range e.Exprs {
		v, err := s.value(element, t)
		if err != nil {
			return cty.NilVal, err
		}
		elements[i] = v
	}
	return cty.TupleVal(elements), nil
}

// object evaluates an object. A key that is given twice has the last of its values.
func (s *Stack) object(e *hclsyntax.ObjectConsExpr, t *trail) (cty.Value, error) {
	items := make(map[string]cty.Value, len(e.Items))
	for _, item := range e.Items {
		key, err := s.key(item.KeyExpr, t)
		if err != nil {
			return cty.NilVal, err
		}
		if items[key], err = s.value(item.ValueExpr, t); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.ObjectVal(items), nil
}

// key is the key of an object's item: a name stands for itself.
func (s *Stack) key(e hclsyntax.Expression, t *trail) (string, error) {
	if key, is := e.(*hclsyntax.ObjectConsKeyExpr); is {
		if name := hcl.ExprAsKeyword(key.Wrapped); name != "" && !key.ForceNonLiteral {
			return name, nil
		}
		e = key.Wrapped
	}
	v, err := s.value(e, t)
	if err != nil {
		return "", err
	}
	text, ok := textOf(v)
	if !ok {
		return "", errors.New("a key is no text")
	}
	return cty.NormalizeString(text), nil
}

// ofJSON is the argument of a call of jsonencode, nil if the expression is none.
func ofJSON(e hclsyntax.Expression) hclsyntax.Expression {
	call, is := e.(*hclsyntax.FunctionCallExpr)
	if !is || call.Name != "jsonencode" || len(call.Args) != 1 || call.ExpandFinal {
		return nil
	}
	return call.Args[0]
}

func (s *Stack) encode(e hclsyntax.Expression, t *trail) (cty.Value, error) {
	v, err := s.value(e, t)
	if err != nil {
		return cty.NilVal, err
	}
	text, err := json.Marshal(v, v.Type())
	return cty.StringVal(string(text)), err
}

// reference is what names in a row stand for.
func (s *Stack) reference(names hcl.Traversal, t *trail) (cty.Value, error) {
	steps, err := namesOf(names)
	if err != nil {
		return cty.NilVal, err
	}
	v, err := s.resolve(steps, t)
	if err != nil {
		return cty.NilVal, fmt.Errorf("%s: %w", strings.Join(steps, "."), err)
	}
	return v, nil
}

// namesOf are the steps of a reference. Steps by number belong to count and lists, which postern does not write.
func namesOf(t hcl.Traversal) ([]string, error) {
	var names []string
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, step.Name)
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String {
				return nil, fmt.Errorf("%s: an index cannot be followed", strings.Join(names, "."))
			}
			names = append(names, step.Key.AsString())
		default:
			return nil, fmt.Errorf("%s: it cannot be followed", strings.Join(names, "."))
		}
	}
	return names, nil
}

// resolve is the value that a reference stands for.
func (s *Stack) resolve(names []string, t *trail) (cty.Value, error) {
	switch {
	case names[0] == "path" && len(names) == 2 && names[1] == "module":
		return cty.StringVal(s.Path), nil
	case names[0] == "data" && len(names) >= 5 && names[1] == "terraform_remote_state" && names[3] == "outputs":
		return s.remote(names[2], names[4], names[5:], t)
	case names[0] == "local" && len(names) >= 2 && s.locals[names[1]] != nil:
		v, err := s.locals[names[1]].value(t)
		if err != nil {
			return cty.NilVal, err
		}
		return Within(v, names[2:]...)
	case names[0] == "data" || len(names) < 3:
		return cty.NilVal, errors.New("what it stands for is not written in this tree")
	}
	r := s.Resources[names[0]+"."+names[1]]
	if r == nil {
		return cty.NilVal, errors.New("there is no such resource in " + s.Path)
	}
	r.referred.Store(true)
	return r.attribute(names[2], names[3:], t)
}

// remote is an output of another stack.
func (s *Stack) remote(name, output string, rest []string, t *trail) (cty.Value, error) {
	data := s.States[name]
	if data == nil {
		return cty.NilVal, errors.New("there is no such data source in " + s.Path)
	}
	dir, err := s.reads(data, t)
	if err != nil {
		return cty.NilVal, err
	}
	other := s.tree.other(dir)
	if other == nil || other.outputs[output] == nil {
		return cty.NilVal, fmt.Errorf("%s has no output %s", dir, output)
	}
	v, err := other.outputs[output].value(t)
	if err != nil {
		return cty.NilVal, err
	}
	return Within(v, rest...)
}

// Within is what a value has under some names, one in the other.
func Within(v cty.Value, names ...string) (cty.Value, error) {
	for _, name := range names {
		if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
			return cty.NilVal, fmt.Errorf("it has no %s", name)
		}
		v = v.GetAttr(name)
	}
	return v, nil
}

// Reads is the stack whose state a data source of the stack reads, as far as it says so and the stack is there.
func (s *Stack) Reads(data *Block) *Stack {
	dir, err := s.reads(data, nil)
	if err != nil {
		return nil
	}
	return s.tree.other(dir)
}

// reads is the stack whose state a data source reads: the folder of a local file, or the one that the end of a key in S3
// names by account, region and layer.
func (s *Stack) reads(data *Block, t *trail) (string, error) {
	config := data.argument("config")
	if config == nil {
		return "", errors.New("it does not say whose state it reads")
	}
	v, err := config.value(t)
	if err != nil {
		return "", err
	}
	if file, err := Within(v, "path"); err == nil {
		return path.Dir(path.Clean(AsText(file))), nil
	}
	key, err := Within(v, "key")
	if err != nil {
		return "", errors.New("it does not say whose state it reads")
	}
	parts := strings.Split(path.Dir(AsText(key)), "/")
	return path.Join(parts[max(0, len(parts)-3):]...), nil
}

// attribute is the value of a resource's attribute: derived from its arguments, an argument itself, or a symbol.
func (r *Resource) attribute(name string, rest []string, t *trail) (cty.Value, error) {
	if v, known, err := r.derived(name, t); known && len(rest) == 0 {
		return cty.StringVal(v), err
	}
	if a := r.argument(name); a != nil {
		v, err := a.value(t)
		if err != nil {
			return cty.NilVal, err
		}
		return Within(v, rest...)
	}
	return symbol(append(append(strings.Split(r.Stack.Path, "/"), r.Kind(), r.Name(), name), rest...)...)
}

// derived is an attribute that follows from arguments, if it is one.
func (r *Resource) derived(name string, t *trail) (value string, known bool, err error) {
	from := r.made().derived[name]
	if from == nil || r.Stack.Site.Account == "" {
		return "", false, nil
	}
	text := func(argument string) string {
		a := r.argument(argument)
		if a == nil {
			return ""
		}
		v, wrong := a.value(t)
		err = cmp.Or(err, wrong)
		return AsText(v)
	}
	own := symbolStart + r.Stack.Path + "/" + r.Kind() + "/" + r.Name() + "/"
	value = from(&derivation{r.Stack.Site, text, func(name string) string { return own + name + symbolEnd }})
	return value, true, err
}

// A derivation is what an attribute is derived from.
type derivation struct {
	Site
	text func(argument string) string // the value of an argument
	own  func(name string) string     // an attribute that is known only after apply
}

// AsText is a value as a string, "" if it is none.
func AsText(v cty.Value) string {
	if v == cty.NilVal {
		return ""
	}
	text, _ := textOf(v)
	return text
}

// textOf is a value as it stands in text, and false if it cannot.
func textOf(v cty.Value) (string, bool) {
	switch {
	case v.IsNull() || !v.IsKnown():
		return "", false
	case v.Type() == cty.String:
		return v.AsString(), true
	case v.Type() == cty.Number:
		if n, how := v.AsBigFloat().Int64(); how == big.Exact {
			return strconv.FormatInt(n, 10), true // cty takes its time over it
		}
	}
	out, err := convert.Convert(v, cty.String)
	if err != nil || !out.IsKnown() {
		return "", false
	}
	return out.AsString(), true
}

// AsTexts is a value as strings, none if it is no list.
func AsTexts(v cty.Value) (out []string) {
	if v == cty.NilVal || !v.CanIterateElements() {
		return nil
	}
	for _, element := range v.Elements() {
		out = append(out, AsText(element))
	}
	return out
}

// ID is the resource's own id.
func (r *Resource) ID() string { return r.Computed("id") }

// Computed is an attribute as others refer to it.
func (r *Resource) Computed(name string) string {
	text, from := r.computed(name)
	for _, a := range from {
		a.consult()
	}
	return text
}

// computed is an attribute as others refer to it, and the arguments that it follows from.
func (r *Resource) computed(name string) (string, []*argument) {
	t := &trail{}
	v, err := r.attribute(name, nil, t)
	if err != nil {
		r.problem(err.Error() + ".")
		return "", nil
	}
	return AsText(v), t.refers
}

// Where are the resources of a kind whose argument, or any element of it, has a value. The names of blocks around the
// argument come before its own, with dots between them. Of those that are found, the argument is consulted.
func (t *Tree) Where(kind, argument, value string) []*Resource {
	path := strings.Split(argument, ".")
	blocks, name := path[:len(path)-1], path[len(path)-1]
	found := t.index(kind, argument, func(r *Resource) []string {
		b := r.Block
		for _, kind := range blocks {
			if b = b.first(kind); b == nil {
				return nil
			}
		}
		v := b.peek(name)
		if v == cty.NilVal || v.Type() != cty.String {
			return AsTexts(v)
		}
		return []string{AsText(v)}
	})[value]
	for _, r := range found {
		b := r.Block
		for _, kind := range blocks {
			b = b.Nested(kind)
		}
		b.argument(name).consult()
	}
	return found
}

// Known is the one resource of a kind that others refer to by this value of an attribute, nil if there is none or several.
func (t *Tree) Known(kind, attribute, value string) *Resource {
	found := t.index(kind, "="+attribute, func(r *Resource) []string {
		text, _ := r.computed(attribute)
		return []string{text}
	})[value]
	if len(found) != 1 {
		return nil
	}
	_ = found[0].Computed(attribute) // consults what it follows from
	return found[0]
}

// index is the resources of a kind by some values of theirs. It is made once.
func (t *Tree) index(kind, name string, values func(*Resource) []string) map[string][]*Resource {
	once := sync.OnceValue(func() map[string][]*Resource {
		index := map[string][]*Resource{}
		for _, r := range t.kinds[kind] {
			for _, s := range values(r) {
				index[s] = append(index[s], r)
			}
		}
		return index
	})
	made, _ := t.indexes.LoadOrStore([2]string{kind, name}, once)
	return made.(func() map[string][]*Resource)()
}
