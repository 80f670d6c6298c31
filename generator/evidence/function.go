package evidence

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// call evaluates the functions that only say in another way what could be written down: the elements of a set are those of
// its list, and a format is a template.
func (s *Stack) call(e *hclsyntax.FunctionCallExpr, t *trail) (cty.Value, error) {
	arguments, err := s.tuple(&hclsyntax.TupleConsExpr{Exprs: e.Args}, t)
	switch {
	case err != nil:
		return cty.NilVal, err
	case e.ExpandFinal || len(e.Args) == 0:
	case e.Name == "format":
		return format(arguments.AsValueSlice())
	case (e.Name == "toset" || e.Name == "tolist") && len(e.Args) == 1:
		if list := arguments.Index(cty.Zero); list.Type().IsTupleType() {
			return list, nil
		}
	}
	return cty.NilVal, fmt.Errorf("the function %s is not evaluated", e.Name)
}

// format puts values into text, in the place of each %s. Other verbs are not known.
func format(values []cty.Value) (cty.Value, error) {
	pattern, ok := textOf(values[0])
	parts := strings.Split(pattern, "%s")
	if !ok || len(parts) != len(values) || strings.Contains(strings.Join(parts, ""), "%") {
		return cty.NilVal, errors.New("what is formatted is not understood")
	}
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			text, ok := textOf(values[i])
			if !ok {
				return cty.NilVal, errors.New("something in the text is no text")
			}
			b.WriteString(text)
		}
		b.WriteString(part)
	}
	return cty.StringVal(b.String()), nil
}
