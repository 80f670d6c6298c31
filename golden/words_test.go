package golden

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/spec"
)

// A word that is read and then forgotten does harm: generate succeeds, and check finds no difference. So each word of the
// language has to be seen at work, in an example or in a spec of testdata/words: with another value there, generate writes
// another tree.

// judged are the words that decide whether a spec makes sense, and nothing else, each with a spec in which another value makes
// another judgement.
var judged = map[string]string{
	"distribution.access":         "testdata/words/places.hcl",
	"replication.from.existing":   "../examples/existing-buckets/postern.hcl",
	"replication.from.versioning": "../examples/existing-buckets/postern.hcl",
	"replication.to.existing":     "../examples/existing-buckets/postern.hcl",
	"replication.to.versioning":   "../examples/existing-buckets/postern.hcl",
	"runner.account":              "testdata/mistakes/network-of-another-account.hcl",
	"runner.hosted.endpoints":     "testdata/words/tokens.hcl",
	"runner.hosted.regions":       "testdata/words/tokens.hcl",
}

func TestEveryWordIsSeenAtWork(t *testing.T) {
	specs := wordSpecs(t)
	for _, w := range declared("", spec.Language()) {
		t.Run(w.String(), func(t *testing.T) {
			t.Parallel()
			where, answers := specs, made
			if path := judged[w.String()]; path != "" {
				where, answers = []*sample{written(t, path)}, judgement
				where[0].want = judgement(path)
			}
			found := 0
			for _, s := range where {
				for _, expr := range s.words[w.String()] {
					found++
					if s.responds(t, w, expr, answers) {
						return
					}
				}
			}
			require.NotZero(t, found, "no spec has this word: write it into one of testdata/words")
			assert.Fail(t, "Word without effect", "whatever its value, generate makes the same: the word is read and then forgotten")
		})
	}
}

// made is what generate makes of a spec: its tree, and the name of the folder. It is empty for a spec with mistakes.
func made(path string) map[string]string {
	result, diags := generator.Generate(path, blueprints.All)
	if diags.HasErrors() {
		return nil
	}
	out := contents(result)
	out["output"] = filepath.Base(result.Output)
	return out
}

// judgement is what generate finds wrong with a spec, unless it cannot read it.
func judgement(path string) map[string]string {
	if _, _, unread := spec.Load(path); unread.HasErrors() {
		return nil
	}
	_, diags := generator.Generate(path, blueprints.All)
	found := "found\n"
	for _, d := range diags {
		found += fmt.Sprintf("%s: %s\n", d.Summary, d.Detail)
	}
	return map[string]string{"diagnostics": found}
}

// A word is an argument, in a block.
type word struct {
	block string // the words of the blocks around it
	spec.Parameter
}

func (w word) String() string { return w.block + "." + w.Name }

// declared are the words of the blocks in a block.
func declared(within string, outer *spec.Kind) (all []word) {
	for _, k := range outer.Inner {
		block := strings.TrimPrefix(within+"."+k.Word, ".")
		for _, p := range k.Parameters {
			all = append(all, word{block, p})
		}
		all = append(all, declared(block, k)...)
	}
	return all
}

// A sample is a spec whose words are tried.
type sample struct {
	path  string
	text  []byte
	words map[string][]hclsyntax.Expression // by block and name
	names map[string][]string               // of the blocks, by kind
	want  map[string]string                 // what generate makes of it
}

func wordSpecs(t *testing.T) (all []*sample) {
	t.Helper()
	ours, err := filepath.Glob("testdata/words/*.hcl")
	require.NoError(t, err)
	theirs, err := filepath.Glob(filepath.Join(examples, "*", "postern.hcl"))
	require.NoError(t, err)
	for _, path := range slices.Concat(ours, theirs) {
		s := written(t, path)
		s.want = made(path)
		require.NotEmpty(t, s.want, path)
		all = append(all, s)
	}
	return all
}

// written reads what is written in a spec.
func written(t *testing.T, path string) *sample {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	f, diags := hclsyntax.ParseConfig(text, filepath.Base(path), hcl.InitialPos)
	require.Empty(t, diags)
	s := &sample{path: path, text: text, words: map[string][]hclsyntax.Expression{}, names: map[string][]string{}}
	s.read("", f.Body.(*hclsyntax.Body))
	return s
}

func (s *sample) read(within string, body *hclsyntax.Body) {
	for _, a := range body.Attributes {
		s.words[within+"."+a.Name] = append(s.words[within+"."+a.Name], a.Expr)
	}
	for _, b := range body.Blocks {
		s.names[b.Type] = append(s.names[b.Type], strings.Join(b.Labels, ""))
		s.read(strings.TrimPrefix(within+"."+b.Type, "."), b.Body)
	}
}

// responds tells whether some other value of a word makes something else.
func (s *sample) responds(t *testing.T, w word, expr hclsyntax.Expression, makes func(string) map[string]string) bool {
	t.Helper()
	return slices.ContainsFunc(s.others(w, expr), func(value string) bool {
		got := makes(s.with(t, expr, value))
		return got != nil && diff(s.want, got) != ""
	})
}

// with is the path of the spec with another value, on as many lines.
func (s *sample) with(t *testing.T, expr hclsyntax.Expression, value string) string {
	t.Helper()
	at := expr.Range()
	lines := strings.Repeat("\n", strings.Count(string(at.SliceBytes(s.text)), "\n"))
	beside := files(t, filepath.Dir(s.path))
	for path := range beside {
		if strings.HasSuffix(path, ".hcl") || strings.Contains(path, "/") {
			delete(beside, path)
		}
	}
	name := filepath.Base(s.path)
	beside[name] = string(s.text[:at.Start.Byte]) + value + lines + string(s.text[at.End.Byte:])
	return filepath.Join(folderOf(t, beside), name)
}

// others are values to try in place of the one that is written.
func (s *sample) others(w word, expr hclsyntax.Expression) []string {
	var all []string
	if !w.Required {
		all = append(all, "null")
	}
	for _, choice := range w.Type.Choices {
		all = append(all, strconv.Quote(choice))
	}
	for _, kind := range w.Type.Of {
		for _, name := range s.names[kind] {
			reference := kind + "." + name
			if w.Type.List {
				reference = "[" + reference + "]"
			}
			all = append(all, reference)
		}
	}
	now := string(expr.Range().SliceBytes(s.text))
	switch {
	case w.Type.Form == spec.Flag:
		all = append(all, "true", "false")
	case w.Type.Form == spec.Number:
		all = append(all, now+" + 1")
	case w.Type.List:
		all = append(all, fmt.Sprintf("slice(%s, 1, length(%[1]s))", now), fmt.Sprintf("slice(%s, 0, length(%[1]s) - 1)", now))
		for _, other := range changed("v") {
			all = append(all, fmt.Sprintf("[for v in %s : %s]", now, other))
		}
	case w.Type.Form == spec.Text:
		all = append(all, changed(now)...)
	}
	for _, same := range slices.Sorted(maps.Keys(s.words)) {
		if strings.HasSuffix(same, "."+w.Name) {
			for _, e := range s.words[same] {
				all = append(all, string(e.Range().SliceBytes(s.text)))
			}
		}
	}
	return append(all, w.Example)
}

// changed are texts that resemble another.
func changed(text string) []string {
	return []string{fmt.Sprintf(`"${%s}x"`, text), fmt.Sprintf(`"${%s}1"`, text), fmt.Sprintf(`replace(%s, "1", "7")`, text)}
}
