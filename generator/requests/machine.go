package requests

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/generator/policy"
)

// A machine reads strings letter by letter, and knows of each of several patterns how far they match so far.
type machine struct {
	patterns [][]policy.Step
	spans    []span   // of the state: a bit for each step of a pattern that may be next, and one for its end
	fresh    []string // letters that no pattern and no literal has
}

// A reading is the state of a machine.
type reading []uint64

// errTooFine says that patterns overlap in too many ways.
var errTooFine = errors.New("its patterns overlap in too many ways to tell them apart")

// mostReadings bounds how many states of a machine are looked at.
const mostReadings = 1 << 16

func newMachine(patterns []policy.Pattern, literals []string) *machine {
	m := &machine{}
	words, letters := 0, map[string]bool{}
	question := false
	for _, p := range patterns {
		steps := p.Steps()
		n := len(steps)/64 + 1
		m.patterns, m.spans = append(m.patterns, steps), append(m.spans, span{words, words + n})
		words += n
		for _, s := range steps {
			for _, l := range cases(s) {
				letters[l] = true
			}
			question = question || s.Letter == "" && !s.Run
		}
	}
	known := strings.Join(literals, "")
	for _, l := range strings.Split("xzqjvkywu\u00e9\u03bb\u0436\u4e00", "") {
		if !letters[l] && !strings.Contains(known, l) {
			m.fresh = append(m.fresh, l)
			break
		}
	}
	if question || letters[unknown] { // "?" stands for a character, and not for what is known only after apply
		m.fresh = append(m.fresh, unknown)
	}
	return m
}

// cases are the letters that a step stands for.
func cases(s policy.Step) []string {
	if s.Letter == "" {
		return nil
	}
	out := []string{s.Letter}
	r := []rune(s.Letter)
	if !s.Folded || len(r) != 1 {
		return out
	}
	for f := unicode.SimpleFold(r[0]); f != r[0]; f = unicode.SimpleFold(f) {
		out = append(out, string(f))
	}
	return out
}

func takes(s policy.Step, letter string) bool {
	switch {
	case s.Letter == letter:
		return true
	case s.Letter != "":
		return s.Folded && strings.EqualFold(s.Letter, letter)
	case s.InPart && letter == ":":
		return false
	default:
		return s.Run || !policy.IsSymbol(letter)
	}
}

// put notes that a pattern may go on with its step i, and with those after it if it is a run, which may be empty.
func (m *machine) put(r reading, pattern, i int) {
	for {
		r[m.spans[pattern].from+i/64] |= 1 << (i % 64)
		if i == len(m.patterns[pattern]) || !m.patterns[pattern][i].Run {
			return
		}
		i++
	}
}

func (m *machine) start() reading {
	r := make(reading, m.spans[len(m.spans)-1].to)
	for p := range m.patterns {
		m.put(r, p, 0)
	}
	return r
}

func (m *machine) next(r reading, letter string) reading {
	out := make(reading, len(r))
	for p, steps := range m.patterns {
		d := m.spans[p]
		for at := d.from; at < d.to; at++ {
			for w := r[at]; w != 0; w &= w - 1 {
				i := (at-d.from)*64 + bits.TrailingZeros64(w)
				switch {
				case i == len(steps) || !takes(steps[i], letter):
				case steps[i].Run:
					m.put(out, p, i)
				default:
					m.put(out, p, i+1)
				}
			}
		}
	}
	return out
}

func (m *machine) read(r reading, s string) reading {
	for letter := range policy.Letters(s) {
		r = m.next(r, letter)
	}
	return r
}

// matched are the patterns that match what has been read.
func (m *machine) matched(r reading) string {
	out := make([]byte, len(m.patterns))
	for p, steps := range m.patterns {
		n := len(steps)
		out[p] = byte(r[m.spans[p].from+n/64] >> (n % 64) & 1)
	}
	return string(out)
}

func (r reading) key(fresh bool) string {
	out := make([]byte, 0, 8*len(r)+1)
	out = append(out, bit(fresh))
	for _, w := range r {
		out = binary.LittleEndian.AppendUint64(out, w)
	}
	return string(out)
}

// spell returns strings that begin with a prefix, such that each combination of patterns that any such string matches is
// matched by one of them: the shortest one, and the shortest one that has a letter that none of the literals has. Found tells of which
// combinations, as matched has them, there is one of either kind.
func (m *machine) spell(prefix string) (out []string, found map[string]bool, err error) {
	type node struct {
		reading reading
		text    string
		fresh   bool
	}
	var plain []string
	found = map[string]bool{}
	first := node{m.read(m.start(), prefix), prefix, false}
	seen, queue := map[string]bool{first.reading.key(false): true}, []node{first}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if matched := m.matched(n.reading) + mark(n.fresh); !found[matched] {
			found[matched] = true
			if n.fresh {
				out = append(out, n.text)
			} else {
				plain = append(plain, n.text)
			}
		}
		for _, l := range m.awaited(n.reading) {
			next, fresh := m.next(n.reading, l), n.fresh || slices.Contains(m.fresh, l)
			key := next.key(fresh)
			if seen[key] {
				continue
			}
			if seen[key] = true; len(seen) > mostReadings {
				return nil, nil, errTooFine
			}
			queue = append(queue, node{next, n.text + l, fresh})
		}
	}
	return append(out, plain...), found, nil // what says little in particular stands for a class best
}

// awaited are the letters that make a difference to a reading: those that some pattern may go on with, and one for all others.
func (m *machine) awaited(r reading) []string {
	out := append([]string{":"}, m.fresh...)
	for p, steps := range m.patterns {
		for _, i := range m.spans[p].classes(box(r)) {
			if i < len(steps) {
				for _, l := range cases(steps[i]) {
					out = addNew(out, l)
				}
			}
		}
	}
	return out
}

func mark(is bool) string {
	if is {
		return "1"
	}
	return "0"
}
