package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/postern-dev/postern/generator/guard"
)

// Excerpts show the places of diagnostics in the files of a spec, as HCL's own writer does. The rules are:
//
//   - HCL's looks for a place from the first byte of its file on, for each mistake; here each file is gone through once.
//   - A long line is shortened around the place, and a long place is shown as far as it helps.
//   - What the file says is shown, not obeyed: see guard.Visible.
type excerpts struct {
	files  map[string]*hcl.File
	starts map[string][]int // where the lines of a file begin, in bytes
	colour bool
}

// How much an excerpt shows: of the place, lines; of a line, characters.
const (
	maxExcerpt = 40
	maxMarked  = 240
	maxAround  = 120
)

// of is where a diagnostic is, with the lines there.
func (e *excerpts) of(d *hcl.Diagnostic) string {
	var b strings.Builder
	name := guard.Visible(d.Subject.Filename)
	file := e.files[d.Subject.Filename]
	if file == nil || file.Bytes == nil {
		return fmt.Sprintf("  on %s line %d:\n  (source code not available)\n\n", name, d.Subject.Start.Line)
	}
	fmt.Fprintf(&b, "  on %s line %d%s:\n", name, d.Subject.Start.Line, guard.Visible(around(file, d.Subject.Start.Byte)))
	marked, shown := *d.Subject, *d.Subject
	if d.Context != nil {
		shown = hcl.RangeOver(shown, *d.Context)
	}
	lines := e.lines(file.Bytes, visibleRange(shown))
	for i, line := range lines {
		if i == maxExcerpt {
			fmt.Fprintf(&b, "      … and %d more lines\n", len(lines)-i)
			break
		}
		before, inside, after := line.PartitionAround(visibleRange(marked))
		if inside.Empty() {
			after = line
		}
		e.line(&b, line.Start.Line, [3]string{string(before.SliceBytes(file.Bytes)), string(inside.SliceBytes(file.Bytes)), string(after.SliceBytes(file.Bytes))})
	}
	b.WriteString("\n")
	return b.String()
}

// visibleRange is a range with something in it: that of what is missing has nothing.
func visibleRange(r hcl.Range) hcl.Range {
	if r.Empty() {
		r.End.Byte++
		r.End.Column++
	}
	return r
}

// lines are the lines of a text that a range of its file touches, without what ends them.
func (e *excerpts) lines(text []byte, shown hcl.Range) (out []hcl.Range) {
	starts := e.linesOf(shown.Filename, text)
	first, found := slices.BinarySearch(starts, shown.Start.Byte)
	if !found {
		first--
	}
	for i := max(0, first); i < len(starts) && starts[i] <= shown.End.Byte; i++ {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		end = starts[i] + len(bytes.TrimSuffix(bytes.TrimSuffix(text[starts[i]:end], []byte("\n")), []byte("\r")))
		line := hcl.Range{Filename: shown.Filename, Start: hcl.Pos{Line: i + 1, Column: 1, Byte: starts[i]}, End: hcl.Pos{Line: i + 1, Byte: end}}
		if line.Overlaps(shown) {
			out = append(out, line)
		}
	}
	return out
}

// linesOf are the places where the lines of a file begin.
func (e *excerpts) linesOf(name string, text []byte) []int {
	if e.starts == nil {
		e.starts = map[string][]int{}
	}
	if e.starts[name] == nil {
		starts := []int{0}
		for at := range text {
			if text[at] == '\n' && at+1 < len(text) {
				starts = append(starts, at+1)
			}
		}
		e.starts[name] = starts
	}
	return e.starts[name]
}

// line prints a line: what is before the place, the place itself, and what is after it.
func (e *excerpts) line(b *strings.Builder, number int, parts [3]string) {
	if utf8.RuneCountInString(parts[0]+parts[1]+parts[2]) > maxMarked+2*maxAround {
		parts = [3]string{ending(parts[0], maxAround), beginning(parts[1], maxMarked), beginning(parts[2], maxAround)}
	}
	for i := range parts {
		parts[i] = guard.Visible(parts[i])
	}
	if e.colour && parts[1] != "" {
		parts[1] = "\x1b[1;4m" + parts[1] + "\x1b[0m"
	}
	fmt.Fprintf(b, "%4d: %s%s%s\n", number, parts[0], parts[1], parts[2])
}

// beginning is at most so many characters of a text, from its beginning.
func beginning(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// ending is at most so many characters of a text, up to its end.
func ending(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return "…" + string(runes[len(runes)-most:])
	}
	return text
}

// around names the block around a place: `, in runner "deployer"`.
func around(file *hcl.File, at int) string {
	body, native := file.Body.(*hclsyntax.Body)
	if !native {
		if nav, is := file.Nav.(interface{ ContextString(offset int) string }); is && nav.ContextString(at) != "" {
			return ", in " + nav.ContextString(at)
		}
		return ""
	}
	i, found := slices.BinarySearchFunc(body.Blocks, at, func(b *hclsyntax.Block, at int) int { return b.TypeRange.Start.Byte - at })
	if !found {
		i--
	}
	if i < 0 || !body.Blocks[i].Range().ContainsOffset(at) {
		return ""
	}
	text := ", in " + body.Blocks[i].Type
	for _, label := range body.Blocks[i].Labels {
		text += guard.Sprintf(" %q", label)
	}
	return text
}
