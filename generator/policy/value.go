package policy

import (
	"errors"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// FromValue reads a document from a value whose JSON it is, as Terraform's jsonencode takes it. It is as strict as Parse of
// that JSON, and its errors have no line.
func FromValue(v cty.Value) (Document, error) {
	if !v.IsWhollyKnown() {
		return Document{}, errors.New("not all of it is known")
	}
	var p parser
	d := p.document(nodeOf(v))
	return d, errors.Join(p.errs...)
}

func nodeOf(v cty.Value) node {
	t := v.Type()
	switch {
	case v.IsNull():
		return node{kind: nullNode}
	case t == cty.String:
		return node{kind: stringNode, text: v.AsString()}
	case t == cty.Bool, t == cty.Number:
		text, err := convert.Convert(v, cty.String)
		if err != nil {
			panic(err) // both have a text
		}
		kind := numberNode
		if t == cty.Bool {
			kind = boolNode
		}
		return node{kind: kind, text: text.AsString()}
	case t.IsObjectType() || t.IsMapType():
		n := node{kind: objectNode}
		all := v.AsValueMap()
		for _, key := range slices.Sorted(maps.Keys(all)) {
			n.members = append(n.members, member{key: key, value: nodeOf(all[key])})
		}
		return n
	default:
		n := node{kind: listNode}
		for _, e := range v.AsValueSlice() {
			n.items = append(n.items, nodeOf(e))
		}
		return n
	}
}
