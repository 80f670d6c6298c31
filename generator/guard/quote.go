package guard

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much is quoted of what somebody has written, in characters: of a value, of an excerpt, and of a list of values.
const (
	maxQuoted = 120
	maxLine   = 240
	maxListed = 4000
)

// Sprintf is fmt.Sprintf for sentences about what others have written: text is shortened, what is quoted (%q) more than the rest.
func Sprintf(format string, args ...any) string {
	short := make([]any, len(args))
	for i, arg := range args {
		short[i] = arg
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
			short[i] = written(v.String())
		} else if err, is := arg.(error); is {
			short[i] = written(err.Error())
		}
	}
	return fmt.Sprintf(format, short...)
}

// written is text that somebody else has written.
type written string

func (w written) Format(f fmt.State, verb rune) {
	most := maxListed
	if verb == 'q' {
		most = maxQuoted
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), cut(string(w), most))
}

// Line is a line of a file as an excerpt shows it.
func Line(text string) string { return cut(strings.TrimRight(text, "\r\n"), maxLine) }

// cut keeps the beginning of a text that has more than so many characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for at := range text {
		if most--; most < 0 {
			return text[:at] + "…"
		}
	}
	return text
}

// Visible spells out what a terminal would obey instead of showing it: control characters, but for line breaks and tabs, marks that
// turn the direction of text, and bytes that are no text.
func Visible(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, obeyed) {
		var b strings.Builder
		for len(text) > 0 {
			r, size := utf8.DecodeRuneInString(text)
			switch {
			case r == utf8.RuneError && size == 1:
				fmt.Fprintf(&b, `\x%02x`, text[0])
			case obeyed(r):
				b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			default:
				b.WriteString(text[:size])
			}
			text = text[size:]
		}
		return b.String()
	}
	return text
}

func obeyed(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029')
}
