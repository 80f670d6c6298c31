package policy

import (
	"fmt"
	"strings"
)

// A test is a condition ready for evaluation.
type test struct {
	source *Condition
	operator
	key     string // lower case: the names of keys ignore case
	matcher matcher
}

func compileCondition(c *Condition) (test, error) {
	o, known := parseOperator(c.Operator)
	if !known {
		return test{}, fmt.Errorf("%q is no condition operator", c.Operator)
	}
	m, err := bases[o.base](encodedAll(c.Values))
	if err != nil {
		return test{}, fmt.Errorf("%s %s: %w", c.Operator, c.Key, err)
	}
	return test{source: c, operator: o, key: strings.ToLower(c.Key), matcher: m}, nil
}

// holds tells whether the request meets the condition (IAM User Guide, "IAM JSON policy elements: Condition operators"
// and "Single-valued vs. multivalued context keys").
func (t *test) holds(q *query) bool { return t.holdsWith(q.values(t.key), q) }

// holdsWith tells whether the condition holds for values of its key.
func (t *test) holdsWith(values []string, q *query) bool {
	if t.base == "Null" {
		absent := "false"
		if len(values) == 0 {
			absent = "true"
		}
		return t.matcher.compare(absent, q) == equals
	}
	if t.set != one && len(values) == 1 && values[0] == "" {
		values = nil // set operators take an empty string for no value
	}
	if len(values) == 0 {
		return t.holdsWithout()
	}
	switch t.set {
	case forAll:
		for _, v := range values {
			if !t.meets(v, q) {
				return false
			}
		}
		return true
	case forAny:
		for _, v := range values {
			if t.meets(v, q) {
				return true
			}
		}
		return false
	default:
		// Several values need a set operator: without one AWS does not say what happens, and here nothing matches.
		return len(values) == 1 && t.meets(values[0], q)
	}
}

// holdsWithout tells whether the condition holds for a request that lacks the key: with IfExists and ForAllValues it
// does, with ForAnyValue it does not, else if it is negated.
func (t *test) holdsWithout() bool {
	switch {
	case t.ifExists || t.set == forAll:
		return true
	case t.set == forAny:
		return false
	default:
		return t.negated
	}
}

// meets compares one value: with a negated operator none of the policy's values may match ("Conditions with multiple
// context keys or values": a logical NOR).
func (t *test) meets(value string, q *query) bool {
	if t.negated {
		return t.matcher.compare(value, q) == differs
	}
	return t.matcher.compare(value, q) == equals
}
