package policy

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Text is a string of a policy: literal text, Terraform addresses, or both joined.
type Text struct{ parts []Part }

// A Part of a Text is literal text or the address of a value that is known after apply.
type Part struct {
	Text      string
	IsAddress bool
}

// Literal is text that means itself.
func Literal(s string) Text { return Text{[]Part{{Text: s}}} }

// Literals turns several strings into Texts.
func Literals(ss ...string) []Text {
	out := make([]Text, len(ss))
	for i, s := range ss {
		out[i] = Literal(s)
	}
	return out
}

// Address is the value at a Terraform address, given step by step: Address("aws_vpc", "ci", "id").
// A step that is no identifier is a bug of the caller's and panics: nothing else keeps a name from becoming code.
func Address(steps ...string) Text {
	for _, s := range steps {
		if !IsIdentifier(s) {
			panic(fmt.Sprintf("policy: %q in an address is not an identifier", s))
		}
	}
	return Text{[]Part{{Text: strings.Join(steps, "."), IsAddress: true}}}
}

// IsIdentifier tells whether a string can stand as a name in Terraform code. ASCII only, which is all that postern writes.
func IsIdentifier(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case i > 0 && (c == '-' || '0' <= c && c <= '9'):
		default:
			return false
		}
	}
	return s != ""
}

// Join puts texts one after the other.
func Join(texts ...Text) Text {
	var out Text
	for _, t := range texts {
		out.parts = append(out.parts, t.parts...)
	}
	return out
}

// Parts returns what the text is made of, in order.
func (t Text) Parts() []Part { return t.parts }

// Literal returns the text itself, and false if it holds an address.
func (t Text) Literal() (string, bool) {
	if len(t.parts) == 1 && !t.parts[0].IsAddress {
		return t.parts[0].Text, true
	}
	if slices.ContainsFunc(t.parts, func(p Part) bool { return p.IsAddress }) {
		return "", false
	}
	return t.String(), true
}

// String shows the text as Terraform would: addresses in ${…}.
func (t Text) String() string {
	return t.write(func(address string) string { return "${" + address + "}" })
}

func (t Text) write(address func(string) string) string {
	if len(t.parts) == 1 && !t.parts[0].IsAddress {
		return t.parts[0].Text
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.IsAddress {
			b.WriteString(address(p.Text))
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func sameTexts(a, b []Text) bool {
	return slices.EqualFunc(a, b, func(x, y Text) bool { return slices.Equal(x.parts, y.parts) })
}

// Evaluation works on strings. In them an address is a symbol, spelled in private-use characters: it equals itself and
// differs from every text and every other symbol, "?" does not match it, and "*" matches it only whole.
const (
	symbols     = '\U000F0000' // the letters of an address, from here on
	symbolStart = '\U000F0100'
	symbolEnd   = '\U000F0101'
)

// encoded is the text as evaluation compares it.
func (t Text) encoded() string {
	if len(t.parts) == 1 && !t.parts[0].IsAddress {
		return withoutSymbols(t.parts[0].Text)
	}
	var b strings.Builder
	for _, p := range t.parts {
		if !p.IsAddress {
			b.WriteString(withoutSymbols(p.Text))
			continue
		}
		b.WriteRune(symbolStart)
		for _, letter := range []byte(p.Text) {
			b.WriteRune(symbols + rune(letter))
		}
		b.WriteRune(symbolEnd)
	}
	return b.String()
}

// firstByte opens the UTF-8 form of every character that spells a symbol.
const firstByte = 0xF3

// withoutSymbols keeps literal text from posing as a symbol.
func withoutSymbols(s string) string {
	if strings.IndexByte(s, firstByte) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isSymbol(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func isSymbol(r rune) bool { return r >= symbols && r <= symbolEnd }

func hasSymbol(s string) bool {
	return strings.IndexByte(s, firstByte) >= 0 && strings.ContainsFunc(s, isSymbol)
}

func encodedAll(texts []Text) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = t.encoded()
	}
	return out
}

// Encoded is the text as evaluation compares it: what is known only after apply is spelled as a symbol.
func (t Text) Encoded() string { return t.encoded() }

// Decoded is the text that Encoded made a string from.
func Decoded(encoded string) Text {
	if !hasSymbol(encoded) {
		return Literal(encoded)
	}
	var out Text
	for letter := range Letters(encoded) {
		last := len(out.parts) - 1
		switch {
		case IsSymbol(letter):
			out.parts = append(out.parts, Part{Text: spelled(letter), IsAddress: true})
		case last >= 0 && !out.parts[last].IsAddress:
			out.parts[last].Text += letter
		default:
			out.parts = append(out.parts, Part{Text: letter})
		}
	}
	return out
}

// Letters are the characters of an encoded text in order, each symbol as one.
func Letters(encoded string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s := encoded; s != ""; {
			_, n := utf8.DecodeRuneInString(s)
			if end := strings.IndexRune(s, symbolEnd); strings.HasPrefix(s, string(symbolStart)) && end >= 0 {
				n = end + len(string(symbolEnd))
			}
			if !yield(s[:n]) {
				return
			}
			s = s[n:]
		}
	}
}

// IsSymbol tells whether a letter stands for something that is known only after apply.
func IsSymbol(letter string) bool { return strings.HasPrefix(letter, string(symbolStart)) }

// spelled is the address that a symbol stands for.
func spelled(symbol string) string {
	var b strings.Builder
	for _, r := range symbol {
		if r != symbolStart && r != symbolEnd {
			b.WriteByte(byte(r - symbols))
		}
	}
	return b.String()
}
