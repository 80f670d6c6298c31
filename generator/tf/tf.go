// Package tf holds Terraform files as values and writes them in canonical format.
//
// The rules are:
//   - Text from a spec enters as String or as a literal part of a policy.Text, and both are always escaped.
//     Expr takes constants only, and every name (type, label, argument, address) must be an identifier, or the
//     builder panics. So no spec can write code.
//   - The output is what terraform fmt would leave alone. Tests hold it against hclwrite.Format.
//   - The builder owns the blank lines: one around every nested block, and where Gap says so.
package tf

import (
	"fmt"

	"github.com/postern-dev/postern/generator/policy"
)

// A File is one Terraform file, or a page about the files beside it. Path is slash-separated and relative to the tree's root.
type File struct {
	Path   string
	Blocks []*Block
	Page   string // Markdown, in place of Blocks
}

// A Block is a block with its labels and what is in it.
type Block struct {
	kind    string
	labels  []string
	comment string
	body    []Item
}

// An Item stands in the body of a block: an attribute, a nested block, a comment or a gap.
type Item interface{ item() }

type attribute struct {
	name  string
	value Value
}
type comment string
type gap struct{}

func (*Block) item()    {}
func (attribute) item() {}
func (comment) item()   {}
func (gap) item()       {}

// Resource is a resource block.
func Resource(kind, name string, body ...Item) *Block {
	return newBlock("resource", []string{kind, name}, body)
}

// Data is a data block.
func Data(kind, name string, body ...Item) *Block {
	return newBlock("data", []string{kind, name}, body)
}

// Output is an output block.
func Output(name, description string, value Value) *Block {
	return newBlock("output", []string{name}, []Item{Attr("description", String(description)), Attr("value", value)})
}

// Nest is a block of any other type: inside a resource, or at the top of a file.
func Nest(kind string, body ...Item) *Block { return newBlock(kind, nil, body) }

// Labelled is a block of any other type with one label: provider "aws", backend "s3".
func Labelled(kind, label string, body ...Item) *Block { return newBlock(kind, []string{label}, body) }

func newBlock(kind string, labels []string, body []Item) *Block {
	for _, name := range append([]string{kind}, labels...) {
		mustBeName(name)
	}
	return &Block{kind: kind, labels: labels, body: body}
}

// Because puts a comment with the reason above the block. It returns the block.
func (b *Block) Because(reason string) *Block {
	b.comment = reason
	return b
}

// Ref is the address of one of the resource's attributes.
func (b *Block) Ref(attr string) policy.Text {
	steps := append([]string{}, b.labels...)
	if b.kind == "data" {
		steps = append([]string{"data"}, steps...)
	}
	return policy.Address(append(steps, attr)...)
}

// Address is the resource itself, as depends_on takes it.
func (b *Block) Address() policy.Text { return policy.Address(b.labels...) }

// Labels returns the block's type and labels: "resource", "aws_vpc", "ci".
func (b *Block) Labels() []string { return append([]string{b.kind}, b.labels...) }

// Attr is an attribute. A nil value leaves it out.
func Attr(name string, v Value) Item {
	mustBeName(name)
	return attribute{name, v}
}

// Because is a comment on a line of its own (or on several), above the item that follows.
func Because(reason string) Item { return comment(reason) }

// Gap is a blank line between attributes.
func Gap() Item { return gap{} }

// A Value is the right side of an attribute.
type Value interface{ write(*writer) }

type stringValue string
type linesValue string
type exprValue string
type textValue policy.Text
type listValue []Value
type objectValue []Field
type callValue struct {
	function string
	argument Value
}

// A Field is a key of an object and its value.
type Field struct {
	key   string
	value Value
	why   string
}

// String is text that means itself, whatever is in it.
func String(s string) Value { return stringValue(s) }

// Lines is a String whose text is lines: a heredoc where that repeats them as they are. It is for attributes only,
// not for the elements of a list.
func Lines(s string) Value { return linesValue(s) }

// Bool is true or false.
func Bool(b bool) Value { return exprValue(fmt.Sprint(b)) }

// Int is a whole number.
func Int(n int) Value { return exprValue(fmt.Sprint(n)) }

// Text is literal text and addresses joined: a reference when it is one address alone, a template otherwise.
func Text(t policy.Text) Value { return textValue(t) }

// Texts is a list of Texts.
func Texts(ts []policy.Text) Value {
	out := make(listValue, len(ts))
	for i, t := range ts {
		out[i] = Text(t)
	}
	return out
}

// Strings is a list of Strings.
func Strings(ss []string) Value {
	out := make(listValue, len(ss))
	for i, s := range ss {
		out[i] = String(s)
	}
	return out
}

// List is a list.
func List(values ...Value) Value { return listValue(values) }

// Object is an object; its keys keep their order.
func Object(fields ...Field) Value { return objectValue(fields) }

// Key is one field of an object. The key may be any text.
func Key(key string, v Value) Field { return Field{key: key, value: v} }

// JSON is a policy document as jsonencode takes it, in IAM's own order of keys, with the reasons as comments.
func JSON(d policy.Document) Value { return Encode(documentValue(d)) }

// Encode is a value as JSON text.
func Encode(v Value) Value { return callValue{"jsonencode", v} }

func documentValue(d policy.Document) Value {
	statements := make(listValue, len(d.Statements))
	for i, s := range d.Statements {
		statements[i] = statementValue(s)
	}
	fields := objectValue{Key("Version", String("2012-10-17"))}
	if d.ID != "" {
		fields = append(fields, Key("Id", String(d.ID)))
	}
	return append(fields, Key("Statement", statements))
}

func statementValue(s policy.Statement) Value {
	fields := objectValue{}
	add := func(key string, given bool, value func() Value) {
		if given {
			fields = append(fields, Key(key, value()))
		}
	}
	texts := func(key string, texts []policy.Text) {
		add(key, len(texts) > 0, func() Value { return oneOrMore(texts) })
	}
	add("Sid", s.Sid != "", func() Value { return String(s.Sid) })
	add("Effect", true, func() Value { return String(string(s.Effect)) })
	add("Principal", s.Principal.Kind != "", func() Value { return principalValue(s.Principal) })
	add("NotPrincipal", s.NotPrincipal.Kind != "", func() Value { return principalValue(s.NotPrincipal) })
	texts("Action", policy.Literals(s.Actions...))
	texts("NotAction", policy.Literals(s.NotActions...))
	texts("Resource", s.Resources)
	texts("NotResource", s.NotResources)
	add("Condition", len(s.Conditions) > 0, func() Value { return conditionsValue(s.Conditions) })
	fields[0].why = s.Reason
	return fields
}

func principalValue(p policy.Principal) Value {
	if p.Kind == "*" {
		return String("*")
	}
	var fields objectValue
	for _, kind := range p.Kinds() {
		fields = append(fields, Key(kind.Kind, oneOrMore(kind.IDs)))
	}
	return fields
}

// conditionsValue groups the conditions by operator, each operator where it first appears.
func conditionsValue(conditions []policy.Condition) Value {
	var out objectValue
	at := map[string]int{}
	for _, c := range conditions {
		i, seen := at[c.Operator]
		if !seen {
			i = len(out)
			at[c.Operator] = i
			out = append(out, Key(c.Operator, objectValue{}))
		}
		out[i].value = append(out[i].value.(objectValue), Key(c.Key, oneOrMore(c.Values)))
	}
	return out
}

// oneOrMore is how policies are written: a lone value without a list.
func oneOrMore(texts []policy.Text) Value {
	if len(texts) == 1 {
		return Text(texts[0])
	}
	return Texts(texts)
}

// Addresses are all the Terraform addresses that stand in the file's values, in the order of their first appearance.
func (f File) Addresses() []string {
	var out []string
	seen := map[string]bool{}
	for _, b := range f.Blocks {
		b.walk(func(t policy.Text) {
			for _, p := range t.Parts() {
				if p.IsAddress && !seen[p.Text] {
					seen[p.Text] = true
					out = append(out, p.Text)
				}
			}
		})
	}
	return out
}

func (b *Block) walk(visit func(policy.Text)) {
	for _, it := range b.body {
		switch it := it.(type) {
		case attribute:
			walk(it.value, visit)
		case *Block:
			it.walk(visit)
		}
	}
}

func walk(v Value, visit func(policy.Text)) {
	switch v := v.(type) {
	case textValue:
		visit(policy.Text(v))
	case listValue:
		for _, e := range v {
			walk(e, visit)
		}
	case objectValue:
		for _, f := range v {
			walk(f.value, visit)
		}
	case callValue:
		walk(v.argument, visit)
	}
}

func mustBeName(s string) {
	if !policy.IsIdentifier(s) {
		panic(fmt.Sprintf("tf: %q is not an identifier", s))
	}
}
