package tf

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/policy"
)

// Bytes renders the file in canonical format. The first line is header, a comment without its mark; so it is of a page,
// whose text follows as it is.
//
// hclwrite formats some 7 MB a second, and a thousand environments are over 40 MB: so the canonical format, which
// is short to state, is written here at once, and hclwrite is kept for the escaping of text and for rare lines.
func (f File) Bytes(header string) []byte {
	if f.Page != "" {
		return []byte("<!-- " + header + " -->\n\n" + f.Page)
	}
	w := writers.Get().(*writer)
	defer writers.Put(w)
	w.out.Reset()
	w.unusual = false
	w.comment(header)
	for _, b := range f.Blocks {
		w.newline()
		w.block(b)
	}
	if w.unusual {
		return hclwrite.Format(w.out.Bytes())
	}
	return bytes.Clone(w.out.Bytes())
}

// writers keeps the buffers of files that are written, for the next ones.
var writers = sync.Pool{New: func() any { return new(writer) }}

// A writer renders at an indentation. It is unusual once it has met a name whose width on screen it cannot tell.
type writer struct {
	out     bytes.Buffer
	depth   int
	unusual bool
}

const spaces = "                                                                                "

func (w *writer) text(s string) { w.out.WriteString(s) }
func (w *writer) newline()      { w.out.WriteByte('\n') }
func (w *writer) indent()       { w.pad(2 * w.depth) }

func (w *writer) pad(n int) {
	for n > len(spaces) {
		w.text(spaces)
		n -= len(spaces)
	}
	w.text(spaces[:n])
}

// comment writes each line of s behind a mark.
func (w *writer) comment(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == '\u2028' || r == utf8.RuneError }) {
			panic("tf: control character in the comment " + line)
		}
		w.indent()
		w.text("#")
		if line != "" && !strings.HasPrefix(line, "checkov:") { // the scanner wants its marks without a space
			w.text(" ")
		}
		w.text(line)
		w.newline()
	}
}

func (w *writer) block(b *Block) {
	if b.comment != "" {
		w.comment(b.comment)
	}
	w.indent()
	w.text(b.kind)
	for _, label := range b.labels {
		w.text(` "` + label + `"`)
	}
	if len(b.body) == 0 {
		w.text(" {}\n")
		return
	}
	w.text(" {\n")
	w.depth++
	w.body(b.body)
	w.depth--
	w.indent()
	w.text("}\n")
}

// body writes the items: neighbouring attributes as one run, a blank line around every block and at every gap.
func (w *writer) body(items []Item) {
	wrote, due := false, false // something stands above; a blank line is due
	var run []Field
	flush := func() {
		w.fields(run)
		run = run[:0]
	}
	for _, it := range items {
		if a, ok := it.(attribute); ok && a.value == nil {
			continue
		}
		nested, isBlock := it.(*Block)
		if _, isGap := it.(gap); isGap {
			due = true
			continue
		}
		if wrote && (due || isBlock) {
			flush()
			w.newline()
		}
		wrote, due = true, isBlock
		switch it := it.(type) {
		case attribute:
			run = append(run, Field{key: it.name, value: it.value})
		case comment:
			flush()
			w.comment(string(it))
		case *Block:
			w.block(nested)
		}
	}
	flush()
}

// fields writes assignments one below the other. The equals signs of neighbours are aligned, unless a comment or
// a value that goes on over several lines stands between them, as terraform fmt does.
func (w *writer) fields(fields []Field) {
	for len(fields) > 0 {
		n, width := 0, 0
		for n < len(fields) && oneLine(fields[n].value) && (n == 0 || fields[n].why == "") {
			width = max(width, len(fields[n].key))
			n++
		}
		if n == 0 {
			n, width = 1, len(fields[0].key)
		}
		for _, f := range fields[:n] {
			if f.why != "" {
				w.comment(f.why)
			}
			w.indent()
			w.text(f.key)
			w.pad(width - len(f.key))
			w.text(" = ")
			f.value.write(w)
			w.newline()
		}
		fields = fields[n:]
	}
}

// oneLine tells whether a value is aligned with its neighbours.
func oneLine(v Value) bool {
	switch v := v.(type) {
	case listValue:
		return len(v) == 0 || len(v) == 1 && oneLine(v[0])
	case objectValue:
		return len(v) == 0
	case callValue:
		return oneLine(v.argument)
	}
	return true
}

func (v exprValue) write(w *writer) { w.text(string(v)) }

func (v stringValue) write(w *writer) {
	w.text(`"`)
	w.text(escape(string(v)))
	w.text(`"`)
}

func (v linesValue) write(w *writer) {
	s := string(v)
	if !isDocument(s) {
		stringValue(s).write(w)
		return
	}
	w.text("<<EOT\n")
	w.text(inHeredoc.Replace(s))
	w.text("EOT")
}

// inHeredoc escapes what begins a template.
var inHeredoc = strings.NewReplacer("${", "$${", "%{", "%%{")

// isDocument tells whether text is lines of plain characters that a heredoc repeats as they are.
func isDocument(s string) bool {
	if strings.Count(s, "\n") < 2 || !strings.HasSuffix(s, "\n") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "EOT" || strings.HasSuffix(line, "$") || strings.HasSuffix(line, "%") ||
			strings.Contains(line, "$${") || strings.Contains(line, "%%{") {
			return false
		}
		for _, r := range line {
			if r != '\t' && (r < ' ' || r > '~') {
				return false
			}
		}
	}
	return true
}

// escape is the text between the quotes of a string that means s.
func escape(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '$' || c == '%' {
			quoted := hclwrite.TokensForValue(cty.StringVal(s)).Bytes()
			return string(quoted[1 : len(quoted)-1])
		}
	}
	return s
}

// write joins neighbouring literals before escaping: "$" followed by "{" would be code.
func (v textValue) write(w *writer) {
	parts := policy.Text(v).Parts()
	if len(parts) == 1 && parts[0].IsAddress {
		w.text(parts[0].Text)
		return
	}
	w.text(`"`)
	literal := ""
	for _, p := range parts {
		if !p.IsAddress {
			literal += p.Text
			continue
		}
		w.text(beforeAddress(literal))
		w.text("${" + p.Text + "}")
		literal = ""
	}
	w.text(escape(literal))
	w.text(`"`)
}

// beforeAddress escapes text that an address follows. A "$" at its end would join the "${" to come into an escape,
// so it is written as a template of its own.
func beforeAddress(s string) string {
	plain := strings.TrimRight(s, "$")
	return escape(plain) + strings.Repeat(`${"$"}`, len(s)-len(plain))
}

// write puts the elements of a list one on a line when there are several, so that a change shows one line.
func (v listValue) write(w *writer) {
	if len(v) == 0 {
		w.text("[]")
		return
	}
	w.text("[")
	if len(v) == 1 {
		if _, isObject := v[0].(objectValue); !isObject {
			v[0].write(w)
			w.text("]")
			return
		}
	}
	w.newline()
	w.depth++
	for _, e := range v {
		w.element(e)
	}
	w.depth--
	w.indent()
	w.text("]")
}

// element writes one element of a list on its own lines; the reason of an object stands inside, at its top.
func (w *writer) element(v Value) {
	w.indent()
	v.write(w)
	w.text(",\n")
}

func (v objectValue) write(w *writer) {
	if len(v) == 0 {
		w.text("{}")
		return
	}
	w.text("{\n")
	w.depth++
	quoted := make([]Field, len(v))
	for i, f := range v {
		quoted[i] = Field{key: w.key(f.key), value: f.value, why: f.why}
	}
	w.fields(quoted)
	w.depth--
	w.indent()
	w.text("}")
}

// key quotes a key that is no identifier, and "for", which would begin an expression.
func (w *writer) key(s string) string {
	if policy.IsIdentifier(s) && s != "for" {
		return s
	}
	for i := 0; i < len(s); i++ {
		w.unusual = w.unusual || s[i] >= utf8.RuneSelf
	}
	return `"` + escape(s) + `"`
}

func (v callValue) write(w *writer) {
	w.text(v.function + "(")
	v.argument.write(w)
	w.text(")")
}
