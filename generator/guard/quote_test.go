package guard_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/guard"
)

func TestSprintf(t *testing.T) {
	type name string
	long := strings.Repeat("ä", 1<<20)
	assert.Equal(t, `"a" b 1 "c" d`, guard.Sprintf("%q %s %d %q %v", "a", "b", 1, name("c"), errors.New("d")))
	assert.Equal(t, `"`+strings.Repeat("ä", 120)+`…"`, guard.Sprintf("%q", long))
	assert.Equal(t, `"`+long[:240]+`"`, guard.Sprintf("%q", long[:240]), "120 characters are quoted as they are")
	for _, verb := range []string{"%s", "%v", "%-5s"} {
		assert.Len(t, guard.Sprintf(verb, long), 8003)
		assert.Len(t, guard.Sprintf(verb, errors.New(long)), 8003)
	}
	assert.Equal(t, "a    .", guard.Sprintf("%-5s.", "a"))
	assert.Equal(t, "none: %!s(MISSING)", guard.Sprintf("none: %s"))
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain, é, 日本, \U0001F468\u200D\U0001F469": "plain, é, 日本, \U0001F468\u200D\U0001F469",
		"line\n\tnext": "line\n\tnext",
		"\x1b[31mred":  `\x1b[31mred`,
		"\x1b]0;t\a":   `\x1b]0;t\a`,
		"back\r\b":     `back\r\b`,
		"\u009b31m":    `\u009b31m`,
		"\x9b31m\xff":  `\x9b31m\xff`,
		"a\u202eb":     `a\u202eb`,
		"\u2066\u200f": `\u2066\u200f`,
		"\u2028":       `\u2028`,
		"\x7f\x00":     `\x7f\x00`,
		"\ufffd":       "\ufffd",
	} {
		assert.Equal(t, want, guard.Visible(text))
	}
}

// FuzzVisible holds of any text that a terminal shows all of it, and that it is text.
func FuzzVisible(f *testing.F) {
	f.Add("a\x1b[8m\u202e\xff\u200d")
	f.Fuzz(func(t *testing.T, text string) {
		shown := guard.Visible(text)
		assert.True(t, utf8.ValidString(shown))
		for _, r := range shown {
			assert.False(t, r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)), "%q", shown)
		}
		assert.Equal(t, shown, guard.Visible(shown))
	})
}
