package requests

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// A vocabulary is the patterns of strings that are to be told apart.
type vocabulary struct {
	literals []string
	prefixes []string         // of patterns that end in their only wildcard
	patterns []policy.Pattern // all others
	arns     bool             // whether a string has the parts of an ARN matters, too
	holding  string           // so does whether it has this in it
}

func (v *vocabulary) add(patterns ...policy.Pattern) {
	for _, p := range patterns {
		if literal, is := p.Literal(); is {
			v.literals = addNew(v.literals, literal)
		} else if prefix, is := p.Prefix(); is {
			v.prefixes = addNew(v.prefixes, prefix)
		} else {
			v.patterns = append(v.patterns, p)
		}
	}
}

func addNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// fresh is text that no literal and no pattern begins or goes on with.
func (v *vocabulary) fresh() string {
	for _, s := range []string{"other", "another", "somebody-else"} {
		known := func(l string) bool { return strings.Contains(l, s) }
		if !slices.ContainsFunc(v.literals, known) && !slices.ContainsFunc(v.prefixes, known) {
			return s
		}
	}
	longest := 0
	for _, l := range slices.Concat(v.literals, v.prefixes) {
		longest = max(longest, len(l))
	}
	return strings.Repeat("x", longest+1)
}

// shape is what comes after text to make an ARN of it, by the number of its parts.
const shape = ":x:x:x:x:x"

// strings returns strings that begin with a prefix, such that any such string is matched by the same patterns as one of them.
func (v *vocabulary) strings(prefix string) ([]string, error) {
	slices.Sort(v.literals) // whatever the order of statements
	slices.Sort(v.prefixes)
	x := v.fresh()
	out := []string{prefix + x, prefix}
	for _, l := range v.literals {
		if strings.HasPrefix(l, prefix) {
			out = append(out, l)
		}
	}
	for _, p := range v.prefixes {
		if strings.HasPrefix(p, prefix) {
			out = append(out, p+x)
		}
	}
	if len(v.patterns) > 0 {
		more, err := v.spell(prefix)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if v.holding != "" {
		for _, s := range slices.Clone(out) {
			out = append(out, s+v.holding+x)
		}
	}
	if v.arns && strings.Count(prefix, ":") < strings.Count(shape, ":") {
		for _, s := range slices.Clone(out) {
			out = append(out, s+shape, s+unknown) // which is compared with ARNs without having their parts
		}
	}
	return out, nil
}

// spell returns strings for all that the patterns tell apart, and that is none of the literals where there is such a string.
func (v *vocabulary) spell(prefix string) ([]string, error) {
	m := v.machine()
	out, found, err := m.spell(prefix)
	if err != nil {
		return nil, err
	}
	var narrow []string // literals of a combination in which all strings have but known letters: StringEqualsIgnoreCase knows few others
	for _, l := range v.literals {
		if strings.HasPrefix(l, prefix) && !found[m.matched(m.read(m.start(), l))+mark(true)] {
			narrow = append(narrow, l)
		}
	}
	if len(narrow) == 0 {
		return out, nil
	}
	more, _, err := v.machine(narrow...).spell(prefix)
	return append(out, more...), err
}

// machine reads all but the literals, and those that are given.
func (v *vocabulary) machine(literals ...string) *machine {
	all := slices.Clone(v.patterns)
	for _, l := range literals {
		all = append(all, policy.Exactly(l))
	}
	for _, p := range v.prefixes {
		all = append(all, policy.BeginningWith(p))
	}
	if v.arns {
		all = append(all, policy.ARNs, policy.Containing(unknown))
	}
	if v.holding != "" {
		all = append(all, policy.Containing(v.holding))
	}
	return newMachine(all, v.literals)
}
