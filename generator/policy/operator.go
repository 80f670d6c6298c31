package policy

import "strings"

// An operator is the name of a condition operator taken apart: ForAnyValue:StringNotLikeIfExists.
type operator struct {
	set      set
	base     string // without the negation: "StringLike"
	negated  bool
	ifExists bool
}

// A set tells how the several values that a request may have for a key are compared.
type set int

const (
	one set = iota
	forAll
	forAny
)

// bases are the operators without set, negation and IfExists (IAM User Guide, "IAM JSON policy elements: Condition
// operators"), and how each prepares the values of a policy.
var bases = map[string]func(values []string) (matcher, error){
	"StringEquals":             stringsWith(false),
	"StringLike":               stringsWith(true),
	"StringEqualsIgnoreCase":   newFolded,
	"NumericEquals":            newNumbers(equal),
	"NumericLessThan":          newNumbers(less),
	"NumericLessThanEquals":    newNumbers(less, equal),
	"NumericGreaterThan":       newNumbers(greater),
	"NumericGreaterThanEquals": newNumbers(greater, equal),
	"DateEquals":               newDates(equal),
	"DateLessThan":             newDates(less),
	"DateLessThanEquals":       newDates(less, equal),
	"DateGreaterThan":          newDates(greater),
	"DateGreaterThanEquals":    newDates(greater, equal),
	"Bool":                     newBooleans,
	"BinaryEquals":             newBinaries,
	"IpAddress":                newNetworks,
	"ArnEquals":                newARNs,
	"ArnLike":                  newARNs,
	"Null":                     newBooleans,
}

var negations = map[string]string{
	"StringNotEquals":           "StringEquals",
	"StringNotLike":             "StringLike",
	"StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
	"NumericNotEquals":          "NumericEquals",
	"DateNotEquals":             "DateEquals",
	"NotIpAddress":              "IpAddress",
	"ArnNotEquals":              "ArnEquals",
	"ArnNotLike":                "ArnLike",
}

// parseOperator takes a name apart. It returns false if the name is no condition operator.
func parseOperator(name string) (operator, bool) {
	var o operator
	if prefix, rest, found := strings.Cut(name, ":"); found {
		switch prefix {
		case "ForAllValues":
			o.set = forAll
		case "ForAnyValue":
			o.set = forAny
		default:
			return o, false
		}
		name = rest
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	o.base = name
	if base, found := negations[name]; found {
		o.base, o.negated = base, true
	}
	_, known := bases[o.base]
	bare := o.set == one && !o.ifExists
	return o, known && (o.base != "Null" || bare)
}
