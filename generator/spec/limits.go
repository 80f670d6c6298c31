package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// No spec takes unbounded time or memory. These limits say how much it may take; a real spec of thousands of blocks comes
// nowhere near them.
//
// Not limited: how many mistakes are reported, and the parser's own memory, about two hundred bytes for each byte of
// punctuation in a file.
const (
	maxFile     = 4 << 20   // bytes of one file of the spec
	maxSpec     = 16 << 20  // bytes of all of them
	maxRead     = 1 << 20   // bytes of a file that file() reads
	maxNesting  = 200       // brackets within brackets, and operators between them
	maxChain    = 1000      // references that lead to one another
	maxMistakes = 10        // of one argument
	maxDigits   = 1000      // of a number in text, and the width of a format
	maxBits     = 1024      // of a number
	maxPattern  = 1 << 10   // bytes of a regular expression
	maxYAML     = 256 << 10 // bytes of text to decode as YAML
	maxAliases  = 16        // in it
	allowance   = 1 << 26   // work of all expressions together, see meter
)

// tooDeep finds the first place where a file is nested deeper than the parsers, which recurse, should follow.
func tooDeep(s source) *hcl.Range {
	if isJSONName(s.name) {
		if at := deepJSON(s.text); at >= 0 {
			return rangeAt(s, at).Ptr()
		}
		return nil
	}
	if flat(s.text) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(s.text, s.name, hcl.InitialPos)
	return deepTokens(tokens)
}

func nestedTooDeeply(at hcl.Range) *hcl.Diagnostic {
	return mistake(at, "Nested too deeply", "Brackets and operators are nested more than %d deep here. Write parts of it as locals.", maxNesting)
}

// deepJSON is the place of the first bracket nested too deeply, or -1.
func deepJSON(text []byte) int {
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
		if depth > maxNesting {
			return i
		}
	}
	return -1
}

// deepTokens finds the first token nested too deeply. Each bracket is a level; an operator is one too until the expression
// that it belongs to ends, because a + b + c is a tree as deep as it is long.
func deepTokens(tokens hclsyntax.Tokens) *hcl.Range {
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
		if depth > 2*maxNesting {
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
