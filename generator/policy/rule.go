package policy

import "strings"

// A Rule is a statement ready for evaluation, element by element: what package requests makes sets of requests from.
type Rule struct {
	Hit
	compiled *statement
}

// Rules are the statements of the policy, in order.
func (p *Policy) Rules() []Rule {
	out := make([]Rule, len(p.statements))
	for i := range p.statements {
		out[i] = Rule{Hit{Policy: p, Index: i}, &p.statements[i]}
	}
	return out
}

// Effect of the statement.
func (r Rule) Effect() Effect { return r.compiled.effect }

// HasAction tells whether the statement speaks of an action.
func (r Rule) HasAction(action string) bool {
	return matchAny(r.compiled.actions, strings.ToLower(action), nil) != r.compiled.notAction // in actions there are no variables
}

// HasResource tells whether the statement speaks of a resource, given as Text.Encoded has it.
func (r Rule) HasResource(encoded string) bool {
	return r.compiled.hasResource(&query{resource: encoded})
}

// GrantTo tells how closely the statement speaks of a caller; bounded: a permissions boundary is among the policies that decide.
func (r Rule) GrantTo(c Caller, bounded bool) Grant {
	return r.compiled.grantTo(&query{Request: &Request{Caller: c}, hasBoundary: bounded && c.isIAM()}, r.Policy.Kind)
}

// Tests are the conditions of the statement, all of which have to hold.
func (r Rule) Tests() []Test {
	out := make([]Test, len(r.compiled.tests))
	for i := range out {
		out[i] = Test{&r.compiled.tests[i]}
	}
	return out
}

// ActionPatterns are the patterns of actions that the statement names, in lower case.
func (r Rule) ActionPatterns() []Pattern {
	out := make([]Pattern, len(r.compiled.actions))
	for i, p := range r.compiled.actions {
		out[i] = Pattern{pieces: p.pieces}
	}
	return out
}

// ResourcePatterns are the patterns of resources that the statement names.
func (r Rule) ResourcePatterns() []Pattern {
	out := make([]Pattern, len(r.compiled.resources))
	for i, p := range r.compiled.resources {
		out[i] = p.pattern()
	}
	return out
}

// A Test is a condition ready for evaluation.
type Test struct{ compiled *test }

// Condition is the condition as written.
func (t Test) Condition() Condition { return *t.compiled.source }

// Key is the key that the condition compares, in lower case: the names of keys ignore case.
func (t Test) Key() string { return t.compiled.key }

// Several tells whether the condition has a set operator, ForAllValues or ForAnyValue.
func (t Test) Several() bool { return t.compiled.set != one }

// Holds tells whether the condition holds for a request with these values of its key, as Text.Encoded has them; none: the key is
// absent.
func (t Test) Holds(encoded ...string) bool {
	return t.compiled.holdsWith(encoded, &query{Request: &noRequest})
}

var noRequest Request // is never written to

// HoldsFor tells whether the condition holds for a request.
func (t Test) HoldsFor(r Request) bool {
	q := newQuery(&r)
	return t.compiled.holds(&q)
}

// A Family is what a condition operator compares values as.
type Family int

// The families.
const (
	Texts     Family = iota // strings and ARNs
	Addresses               // IP addresses, in ranges
	Numbers
	Dates
	Binaries
	Booleans
	Presence // nothing: Null asks whether the key is there
)

// Family of the condition's operator.
func (t Test) Family() Family {
	switch base := t.compiled.base; {
	case base == "Null":
		return Presence
	case base == "Bool":
		return Booleans
	case base == "IpAddress":
		return Addresses
	case base == "BinaryEquals":
		return Binaries
	case strings.HasPrefix(base, "Numeric"):
		return Numbers
	case strings.HasPrefix(base, "Date"):
		return Dates
	}
	return Texts
}

// Patterns are those that a condition of the family Texts compares with.
func (t Test) Patterns() []Pattern {
	var out []Pattern
	switch m := t.compiled.matcher.(type) {
	case patterns:
		for _, p := range m {
			out = append(out, Pattern{pieces: p.pieces, variables: p.variables})
		}
	case folded:
		for _, p := range m {
			out = append(out, Pattern{pieces: p.pieces, variables: p.variables, folded: true})
		}
	case arns:
		for _, p := range m {
			out = append(out, p.pattern())
		}
	case booleans:
		for _, word := range []string{"true", "false"} {
			out = append(out, Pattern{pieces: withWildcards(word).pieces, folded: true})
		}
	}
	return out
}

// ComparesARNs tells whether the condition's operator cannot compare what has not the parts of an ARN.
func (t Test) ComparesARNs() bool {
	_, are := t.compiled.matcher.(arns)
	return are
}

// ARNs is the pattern of all that has the parts of an ARN.
var ARNs = Pattern{pieces: withWildcards("*:*:*:*:*:*").pieces}

// BeginningWith is the pattern of all encoded texts that begin alike.
func BeginningWith(encoded string) Pattern {
	return Pattern{pieces: append(Exactly(encoded).pieces, piece{kind: anyRun, text: "*"})}
}

// Containing is the pattern of all encoded texts with a text in them.
func Containing(encoded string) Pattern {
	run := piece{kind: anyRun, text: "*"}
	return Pattern{pieces: []piece{run, {text: encoded}, run}}
}

// Exactly is the pattern of one encoded text.
func Exactly(encoded string) Pattern {
	if encoded == "" {
		return Pattern{}
	}
	return Pattern{pieces: []piece{{text: encoded}}}
}

// A Pattern is what a string of a policy stands for.
type Pattern struct {
	pieces    []piece
	variables bool
	folded    bool // compared without regard to case
	inParts   bool // of an ARN: no wildcard reaches over one of the first five colons
}

func (p arnPattern) pattern() Pattern {
	return Pattern{pieces: p.whole.pieces, variables: p.whole.variables, inParts: true}
}

// HasVariables tells whether the pattern means something else in each request.
func (p Pattern) HasVariables() bool { return p.variables }

// Literal is the only string that the pattern stands for, as Text.Encoded has it, and false if there are others.
func (p Pattern) Literal() (string, bool) {
	switch {
	case p.folded || p.variables || len(p.pieces) > 1:
		return "", false
	case len(p.pieces) == 0:
		return "", true
	}
	return p.pieces[0].text, p.pieces[0].kind == literal
}

// Prefix is what all strings of the pattern begin with, and true if these are all that begin so.
func (p Pattern) Prefix() (string, bool) {
	switch n := len(p.pieces); {
	case p.folded || p.variables || n == 0 || n > 2 || p.pieces[n-1].kind != anyRun:
		return "", false
	case n == 1:
		return "", true
	default:
		prefix := p.pieces[0].text
		return prefix, p.pieces[0].kind == literal && (!p.inParts || strings.Count(prefix, ":") >= arnParts-1 || hasSymbol(prefix))
	}
}

// A Step is one letter of a pattern, or a wildcard.
type Step struct {
	Letter string // one character, or the whole of a symbol; empty of a wildcard
	Run    bool   // "*", and not "?"
	InPart bool   // the wildcard does not stand for a colon
	Folded bool   // the letter is meant in either case
}

// Steps are the pattern letter by letter.
func (p Pattern) Steps() []Step {
	var out []Step
	parts := [][]piece{p.pieces}
	if p.inParts {
		parts = splitPieces(p.pieces)
	}
	for i, part := range parts {
		if i > 0 {
			out = append(out, Step{Letter: ":"})
		}
		for _, piece := range part {
			if piece.kind != literal {
				out = append(out, Step{Run: piece.kind == anyRun, InPart: i < len(parts)-1})
				continue
			}
			for letter := range Letters(piece.text) {
				out = append(out, Step{Letter: letter, Folded: p.folded})
			}
		}
	}
	return out
}
