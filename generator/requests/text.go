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
		more, err := v.machine().spell(prefix)
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
	if v.arns {
		for _, s := range slices.Clone(out) {
			out = append(out, s+shape)
		}
	}
	return out, nil
}

// machine reads all but the literals.
func (v *vocabulary) machine() *machine {
	all := slices.Clone(v.patterns)
	for _, p := range v.prefixes {
		all = append(all, policy.BeginningWith(p))
	}
	if v.arns {
		all = append(all, policy.ARNs)
	}
	if v.holding != "" {
		all = append(all, policy.Containing(v.holding))
	}
	return newMachine(all, v.literals)
}
