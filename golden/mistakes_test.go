package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
)

// A mistake is a wrong spec, NAME.hcl or a folder NAME, beside NAME.txt, which is what postern says about it.
// A name that starts with "syntax" is for what no HCL reader understands: the words are then the parser's.
const mistakes = "testdata/mistakes"

func TestMistakes(t *testing.T) {
	t.Chdir(mistakes) // so that no message names a folder of this machine
	for _, spec := range mistakeSpecs(t, ".") {
		name := strings.TrimSuffix(spec, ".hcl")
		t.Run(name, func(t *testing.T) {
			result, diags := generator.Generate(spec, blueprints.All)
			require.True(t, diags.HasErrors(), "the spec has no mistake")
			got := printed(t, result.Files, diags)
			golden := name + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, howTo)
			assert.Empty(t, diff(map[string]string{golden: string(want)}, map[string]string{golden: got}), howTo)
		})
	}
}

// TestMoreDestinationsThanRules is for a wrong spec that nobody would want to read.
func TestMoreDestinationsThanRules(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "account \"web\" {\n  id     = \"111111111111\"\n  region = \"eu-west-1\"\n}\n" +
		"replication \"web\" {\n  from { account = account.web }\n" + strings.Repeat("  to { account = account.web }\n", 1001) + "}\n"
	require.NoError(t, os.WriteFile("postern.hcl", []byte(text), 0o644))
	result, diags := generator.Generate(".", blueprints.All)
	require.Len(t, diags, 1)
	assert.Empty(t, faults(diags[0]))
	assert.Equal(t, `Error: More destinations than rules

  on postern.hcl line 1007, in replication "web":
1007:   to { account = account.web }

S3 takes 1000 rules for a bucket, one for each destination, and
replication.web has 1001 to blocks. Remove some.

`, printed(t, result.Files, diags))
}

func TestEveryRecordHasAMistake(t *testing.T) {
	records, err := filepath.Glob(filepath.Join(mistakes, "*.txt"))
	require.NoError(t, err)
	specs := mistakeSpecs(t, mistakes)
	for _, record := range records {
		name := strings.TrimSuffix(filepath.Base(record), ".txt")
		assert.True(t, slices.Contains(specs, name) || slices.Contains(specs, name+".hcl"), "%s has no spec: delete it", record)
	}
}

// TestVoice holds every recorded diagnostic to the way postern speaks.
func TestVoice(t *testing.T) {
	t.Chdir(mistakes)
	for _, spec := range mistakeSpecs(t, ".") {
		if strings.HasPrefix(spec, "syntax") {
			continue
		}
		_, diags := generator.Generate(spec, blueprints.All)
		for _, d := range diags {
			assert.Empty(t, faults(d), "%s: %s: %s", spec, d.Summary, d.Detail)
		}
	}
}

func mistakeSpecs(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) == ".hcl" {
			out = append(out, e.Name())
		}
	}
	return out
}

func printed(t *testing.T, files map[string]*hcl.File, diags hcl.Diagnostics) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, hcl.NewDiagnosticTextWriter(&out, files, 78, false).WriteDiagnostics(diags))
	return out.String()
}

var (
	sentenceEnd = regexp.MustCompile(`[.?!]["”)]*\s+`)

	// imperatives are the words that tell the reader what to do.
	imperatives = []string{
		"Add", "Change", "Choose", "Delete", "Give", "Keep", "Leave", "List", "Make", "Move", "Name", "Put", "Quote",
		"Raise", "Refer", "Remove", "Rename", "Replace", "Run", "Set", "Shorten", "Split", "Take", "Use", "Write",
	}
)

// faults tells what about a diagnostic is not in postern's voice.
func faults(d *hcl.Diagnostic) (out []string) {
	complain := func(wrong bool, what string) {
		if wrong {
			out = append(out, what)
		}
	}
	words := strings.ToLower(d.Summary + " " + d.Detail)
	complain(len(strings.Fields(d.Summary)) > 6, "the summary has more than six words")
	complain(strings.HasSuffix(d.Summary, "."), "the summary ends in a full stop")
	complain(strings.Contains(words, "invalid") || strings.Contains(words, "please"), "it says invalid or please")
	complain(!saysWhatToDo(d.Detail), "the last sentence does not begin with what to do")
	complain(d.Subject == nil, "it points at nothing")
	return out
}

// saysWhatToDo tells whether the last sentence of a text is an instruction: "Write …", "Either write … or …".
func saysWhatToDo(detail string) bool {
	sentences := sentenceEnd.Split(detail, -1)
	first, rest, _ := strings.Cut(sentences[len(sentences)-1], " ")
	if first == "Either" {
		first, _, _ = strings.Cut(rest, " ")
		first = strings.ToUpper(first[:min(1, len(first))]) + first[min(1, len(first)):]
	}
	return slices.Contains(imperatives, first) && strings.HasSuffix(detail, ".")
}

func TestFaults(t *testing.T) {
	at := &hcl.Range{}
	tests := []struct {
		d      hcl.Diagnostic
		faults int
	}{
		{hcl.Diagnostic{Summary: "Private range on a public path", Detail: `Nobody sees it, e.g. "10.0.0.1". Write "198.51.100.7/32".`, Subject: at}, 0},
		{hcl.Diagnostic{Summary: "Two networks overlap", Detail: "They do. Either write another cidr, or remove one.", Subject: at}, 0},
		{hcl.Diagnostic{Summary: "Two networks overlap", Detail: "Write another. They do.", Subject: at}, 1},
		{hcl.Diagnostic{Summary: "Two networks overlap", Detail: "Write another", Subject: at}, 1},
		{hcl.Diagnostic{Summary: "Two networks overlap", Detail: "Please write another. Remove one.", Subject: at}, 1},
		{hcl.Diagnostic{Summary: "Invalid range.", Detail: "Write another.", Subject: at}, 2},
		{hcl.Diagnostic{Summary: "There is a range that overlaps another", Detail: "Write another.", Subject: at}, 1},
		{hcl.Diagnostic{Summary: "Two networks overlap", Detail: "Write another."}, 1},
	}
	for _, test := range tests {
		assert.Len(t, faults(&test.d), test.faults, "%s: %s", test.d.Summary, test.d.Detail)
	}
}
