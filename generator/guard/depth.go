package guard

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// MaxNesting is how many brackets stand within brackets, and operators between them.
const MaxNesting = 200

// Parsed tells why a parser of HCL, in the form that the name says, may not read a file; nil if it may.
func Parsed(name string, text []byte) *hcl.Diagnostic {
	if len(text) > MaxParsed {
		return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "File too large",
			Detail:  fmt.Sprintf("It has more than the %d MiB that are read of a file. Split it.", MaxParsed>>20),
			Subject: &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}}
	}
	if at := tooDeep(name, text); at != nil {
		return TooDeep(*at)
	}
	return nil
}

// TooDeep is the mistake of nesting more than MaxNesting deep.
func TooDeep(at hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Nested too deeply", Subject: &at,
		Detail: fmt.Sprintf("Brackets and operators are nested more than %d deep here. Write parts of it as locals.", MaxNesting)}
}

// tooDeep finds the first place where a file is nested deeper than the parsers, which recurse, should follow.
func tooDeep(name string, text []byte) *hcl.Range {
	if strings.HasSuffix(name, ".json") {
		if at := DeepJSON(text); at >= 0 {
			return RangeAt(name, text, at).Ptr()
		}
		return nil
	}
	if flat(text) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(text, name, hcl.InitialPos)
	return DeepTokens(tokens)
}

// DeepJSON is the place of the first bracket nested too deeply, or -1.
func DeepJSON(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '[' || c == '{'):
			depth++
		case !quoted && (c == ']' || c == '}'):
			depth--
		}
		if depth > MaxNesting {
			return i
		}
	}
	return -1
}

// DeepTokens finds the first token nested too deeply. Each bracket is a level; an operator is one too until the expression
// that it belongs to ends, because a + b + c is a tree as deep as it is long.
func DeepTokens(tokens hclsyntax.Tokens) *hcl.Range {
	type level struct {
		open      hclsyntax.TokenType
		operators int
	}
	levels := []level{{}}
	depth := 0
	for _, token := range tokens {
		top := &levels[len(levels)-1]
		switch effectOf(token.Type) {
		case opens:
			if nests(token.Type) {
				top.operators++
				depth++
			}
			depth++
			levels = append(levels, level{open: token.Type})
		case closes:
			depth -= top.operators
			if len(levels) > 1 {
				levels = levels[:len(levels)-1]
				depth--
			} else {
				top.operators = 0
			}
		case operates:
			top.operators++
			depth++
		case separates:
			if token.Type == hclsyntax.TokenComma || top.open == hclsyntax.TokenOBrace || len(levels) == 1 {
				depth -= top.operators
				top.operators = 0
			}
		}
		if depth > 2*MaxNesting {
			return &token.Range
		}
	}
	return nil
}

// nests tells whether what follows a closing bracket may hold what stands before it: a[b][c] is a tree, "${a}${b}" is not.
func nests(open hclsyntax.TokenType) bool {
	return open != hclsyntax.TokenOQuote && open != hclsyntax.TokenOHeredoc && open != hclsyntax.TokenTemplateInterp
}

// An effect is what a token does to the nesting.
type effect int

const (
	none effect = iota
	opens
	closes
	operates
	separates
)

func effectOf(t hclsyntax.TokenType) effect {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return opens
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return closes
	case hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenPercent,
		hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
		hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenAnd, hclsyntax.TokenOr,
		hclsyntax.TokenBang, hclsyntax.TokenQuestion:
		return operates
	case hclsyntax.TokenComma, hclsyntax.TokenNewline:
		return separates
	}
	return none
}
