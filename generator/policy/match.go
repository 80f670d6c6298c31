package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A pattern is a string of a policy cut into pieces once, so that matching compares text.
//
// "*" stands for any run of characters and "?" for any one (IAM User Guide, "IAM JSON policy elements: Resource").
// ${key} stands for the request's value of the key, or for the default in ${key, 'default'}; ${*}, ${?} and ${$} for
// the character itself ("IAM policy elements: Variables and tags"). What a variable stands for is taken literally.
type pattern struct {
	pieces    []piece
	variables bool
}

type piece struct {
	kind       pieceKind
	text       string // of a literal; a variable's key, in lower case
	standIn    string // a variable's default
	hasStandIn bool
}

type pieceKind int

const (
	literal pieceKind = iota
	anyRun
	anyOne
	variable
)

// withWildcards is a pattern of * and ?.
func withWildcards(s string) pattern { return cut(s, true, false) }

// withVariables is a pattern of policy variables, and of * and ? where wildcards may stand.
func withVariables(s string, wildcards bool) pattern { return cut(s, wildcards, true) }

func cut(s string, wildcards, variables bool) pattern {
	var p pattern
	add := func(k pieceKind, text string) {
		if last := len(p.pieces) - 1; k == literal && last >= 0 && p.pieces[last].kind == literal {
			p.pieces[last].text += text
		} else if text != "" {
			p.pieces = append(p.pieces, piece{kind: k, text: text})
		}
	}
	special := "$"
	if wildcards {
		special = "*?$"
	}
	for s != "" {
		i := strings.IndexAny(s, special)
		if i < 0 {
			i = len(s)
		}
		add(literal, s[:i])
		s = s[i:]
		switch {
		case s == "":
		case s[0] == '*':
			add(anyRun, "*")
			s = s[1:]
		case s[0] == '?':
			add(anyOne, "?")
			s = s[1:]
		case !variables || !strings.HasPrefix(s, "${") || !strings.Contains(s, "}"):
			add(literal, "$")
			s = s[1:]
		default:
			name, rest, _ := strings.Cut(s[len("${"):], "}")
			s = rest
			if name == "*" || name == "?" || name == "$" {
				add(literal, name)
				continue
			}
			p.pieces = append(p.pieces, variablePiece(name))
			p.variables = true
		}
	}
	return p
}

// variablePiece reads what stands between the braces: a key, or a key and a default: aws:PrincipalTag/team, 'none'.
func variablePiece(s string) piece {
	key, standIn, has := strings.Cut(s, ",")
	standIn = strings.TrimSpace(standIn)
	v := piece{kind: variable, text: strings.ToLower(strings.TrimSpace(key))}
	if has && len(standIn) >= 2 && standIn[0] == '\'' && standIn[len(standIn)-1] == '\'' {
		v.standIn, v.hasStandIn = standIn[1:len(standIn)-1], true
	}
	return v
}

// matches tells whether a value fits the pattern.
func (p pattern) matches(value string, q *query) bool {
	pieces, ok := p.resolve(q)
	return ok && matchPieces(pieces, value)
}

// resolve puts the request's values in place of the variables. It returns false for a variable whose key the request does
// not have, or has with several values: "the value is effectively null. There is no equal or like value", so that inverted
// operators do hold, and no resource matches ("Variables and tags", "Policy variables with no value").
func (p pattern) resolve(q *query) ([]piece, bool) {
	if !p.variables {
		return p.pieces, true
	}
	out := slices.Clone(p.pieces)
	for i, v := range out {
		if v.kind != variable {
			continue
		}
		switch values := q.values(v.text); {
		case len(values) == 1:
			out[i] = piece{text: values[0]}
		case len(values) == 0 && v.hasStandIn:
			out[i] = piece{text: v.standIn}
		default:
			return nil, false
		}
	}
	return out, true
}

func matchPieces(pieces []piece, s string) bool {
	star, rest := -1, "" // the last run, and the text from its end as far as it has been tried
	for i := 0; ; {
		if i == len(pieces) && s == "" {
			return true
		}
		if i < len(pieces) {
			if pieces[i].kind == anyRun {
				if i == len(pieces)-1 {
					return true
				}
				star, rest = i, s
				i++
				continue
			}
			if n, ok := pieces[i].accepts(s); ok {
				s = s[n:]
				i++
				continue
			}
		}
		if star < 0 || rest == "" { // no run is left that could be longer
			return false
		}
		_, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		i, s = star+1, rest
	}
}

// accepts returns the length of the text's beginning that a piece other than a run matches.
func (p piece) accepts(s string) (int, bool) {
	if p.kind == literal {
		return len(p.text), strings.HasPrefix(s, p.text)
	}
	r, n := utf8.DecodeRuneInString(s)
	return n, n > 0 && !isSymbol(r)
}

func matchAny(patterns []pattern, value string, q *query) bool {
	for _, p := range patterns {
		if p.matches(value, q) {
			return true
		}
	}
	return false
}

// An arnPattern matches an ARN part by part: no wildcard reaches over one of the first five colons (IAM User Guide, "IAM
// JSON policy elements: Condition operators", ARN operators; "Resource": wildcards stand "within the individual segments").
type arnPattern struct {
	whole pattern
	parts [][]piece // nil if there are variables
}

const arnParts = 6

func newARNPattern(s string) arnPattern {
	p := arnPattern{whole: withVariables(s, true)}
	if !p.whole.variables {
		p.parts = splitPieces(p.whole.pieces)
	}
	return p
}

// check returns an error unless all six parts are there (IAM User Guide, "IAM policy validation check reference", "Missing
// ARN field"). A symbol may stand for any number of them.
func (p arnPattern) check(s string) error {
	symbol := slices.ContainsFunc(p.whole.pieces, func(p piece) bool { return hasSymbol(p.text) })
	if p.whole.variables || symbol || len(p.parts) == arnParts {
		return nil
	}
	return fmt.Errorf("%q is no ARN, which has six parts between colons", s)
}

// matches tells whether a value fits the pattern.
func (p arnPattern) matches(value string, q *query) bool {
	pieces, ok := p.whole.resolve(q)
	if !ok {
		return false
	}
	parts := p.parts
	if parts == nil {
		parts = splitPieces(pieces)
	}
	last := len(parts) - 1
	for _, part := range parts[:last] {
		head, tail, found := strings.Cut(value, ":")
		if !found || !matchPieces(part, head) {
			return false
		}
		value = tail
	}
	return matchPieces(parts[last], value)
}

// splitPieces cuts pieces at the first five colons.
func splitPieces(pieces []piece) [][]piece {
	out := make([][]piece, 1, arnParts)
	add := func(p piece) { out[len(out)-1] = append(out[len(out)-1], p) }
	for _, p := range pieces {
		for p.kind == literal && len(out) < arnParts {
			head, tail, found := strings.Cut(p.text, ":")
			if !found {
				break
			}
			add(piece{text: head})
			out = append(out, nil)
			p.text = tail
		}
		add(p)
	}
	return out
}
