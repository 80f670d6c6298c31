package proof

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/evidence"
	resolving "github.com/postern-dev/postern/generator/resolve"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// recorded is an example and its recorded tree.
func recorded(t *testing.T, name string) (*topology.Topology, []tree.File) {
	t.Helper()
	s, _, diags := spec.Load(filepath.Join("../../examples", name))
	require.False(t, diags.HasErrors(), diags.Error())
	resolved, diags := resolving.Topology(s)
	require.False(t, diags.HasErrors(), diags.Error())
	golden, files := os.DirFS(filepath.Join("../../golden", name, resolved.Output)), []tree.File(nil)
	require.NoError(t, fs.WalkDir(golden, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		data, err := fs.ReadFile(golden, path)
		files = append(files, tree.File{Path: path, Data: data})
		return err
	}))
	return resolved, files
}

// everyGolden are the examples that have a recorded tree.
func everyGolden(t *testing.T) (names []string) {
	t.Helper()
	all, err := filepath.Glob("../../golden/*/*/*/*/*/*.tf")
	require.NoError(t, err)
	for _, path := range all {
		names = append(names, strings.Split(filepath.ToSlash(path), "/")[3])
	}
	names = slices.Compact(names)
	require.NotEmpty(t, names)
	return names
}

// TestEveryBlockHasClaims: the proof has a part about each block of each example, and the examples have all kinds of blocks.
func TestEveryBlockHasClaims(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range everyGolden(t) {
		resolved, files := recorded(t, name)
		about := map[any]bool{}
		for _, task := range (unit{topology: resolved, files: files}).tasks() {
			about[task.about] = true
		}
		for _, i := range lists() {
			for _, block := range reflect.ValueOf(resolved).Elem().Field(i).Seq2() {
				assert.True(t, about[block.Interface()], "%s: no claim is about a %s", name, block.Type())
			}
		}
		for _, b := range resolved.Blocks() {
			word, _, _ := strings.Cut(b.Address(), ".")
			seen[word] = true
		}
	}
	for _, k := range spec.Language().Inner {
		if k.Named {
			assert.True(t, seen[k.Word], "no example has %s", k.Noun)
		}
	}
}

// TestFreeArgumentsAreFree: whatever the table of kinds lets pass unread is in a recorded tree, and no claim reads it there.
func TestFreeArgumentsAreFree(t *testing.T) {
	excused := map[string]bool{}
	for _, name := range everyGolden(t) {
		resolved, files := recorded(t, name)
		u := unit{topology: resolved, files: files}
		e := u.read()
		for _, task := range u.tasks() {
			task.claim(&prover{findings: e, topology: resolved})
		}
		for _, kind := range e.Kinds() {
			for _, r := range e.Of(kind) {
				assert.True(t, r.IsOurs(), r.Address())
				for _, what := range r.Excused() {
					excused[what] = true
				}
			}
		}
	}
	for _, what := range evidence.Free() {
		assert.True(t, excused[what], "%s need not be free: it is nowhere, or a claim reads it", what)
	}
}

// TestWhatNoClaimReads: in files that postern wrote it is a failure, and where it is looked for.
func TestWhatNoClaimReads(t *testing.T) {
	const file = "tooling/ap-northeast-1/storage/key.tf"
	const topic = "\nresource \"aws_sns_topic_policy\" \"x\" {\n  arn    = \"x\"\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"*\", Resource = \"*\" }] })\n}\n"
	tests := map[string]struct {
		file, from, to string
		claim          Claim
		why            string
	}{
		"a kind":              {file, "", topic, Heeded, "aws_sns_topic_policy.x is of a kind that no claim is about."},
		"an argument":         {file, "enable_key_rotation ", "multi_region = true\n  enable_key_rotation ", Readable, "aws_kms_key.storage has multi_region, and what that means is not understood."},
		"a block":             {file, "enable_key_rotation ", "timeouts {\n  }\n  enable_key_rotation ", Readable, "aws_kms_key.storage has timeouts, and what that means is not understood."},
		"an alias":            {file, "", "\nresource \"aws_kms_alias\" \"x\" {\n  name = \"alias/x\"\n  target_key_id = \"x\"\n}\n", Present, "aws_kms_alias.x is not the alias"},
		"a weaker setting":    {"tooling/ap-northeast-1/storage/image_app.tf", "IMMUTABLE", "MUTABLE", Hardened, `image_tag_mutability as "MUTABLE", and not as "IMMUTABLE"`},
		"a setting less":      {"tooling/ap-northeast-1/storage/image_app.tf", "scan_on_push = true", "", Hardened, `image_scanning_configuration.scan_on_push as "", and not as "true"`},
		"a lifecycle of less": {"tooling/ap-northeast-1/storage/image_app.tf", "countNumber = 7", "countNumber = 1", Tidied, "go otherwise than they should"},
		"a zone":              {"tooling/ap-northeast-1/network/network_ci.tf", "ap-northeast-1a", "ap-northeast-1z", Present, "is for the zone"},
	}
	resolved, files := recorded(t, "sealed-build")
	for name, test := range tests {
		edited := slices.Clone(files)
		i := slices.IndexFunc(edited, func(f tree.File) bool { return f.Path == test.file })
		require.GreaterOrEqual(t, i, 0, test.file)
		text := string(edited[i].Data)
		if test.from == "" {
			text += test.to
		} else {
			require.Contains(t, text, test.from, name)
			text = strings.Replace(text, test.from, test.to, 1)
		}
		edited[i].Data = []byte(text)
		report := Prove(resolved, edited)
		assert.True(t, slices.ContainsFunc(report.Failures, func(f Failure) bool {
			return f.Claim == test.claim && f.Emitted.File == test.file && f.Emitted.Line > 0 && strings.Contains(f.Why, test.why)
		}), "%s: %v", name, report.Failures)
	}
	own := append(slices.Clone(files), tree.File{Path: filepath.Dir(file) + "/own.tf", Data: []byte(topic)})
	assert.Empty(t, Prove(resolved, own).Failures, "what somebody else adds is on the page")
}

// TestNoPageSpeaksOfStrangers: postern writes nothing that is not in the spec.
func TestNoPageSpeaksOfStrangers(t *testing.T) {
	pages, err := filepath.Glob("../../golden/*/*/ACCESS.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "not in the spec", page)
	}
}
