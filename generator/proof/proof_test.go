package proof_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/proof"
	resolving "github.com/postern-dev/postern/generator/resolve"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

const examples, golden = "../../examples", "../../golden"

// A sample is an example and the tree that is recorded for it.
type sample struct {
	name     string
	topology *topology.Topology
	files    []tree.File
	alike    bool // an edit that fits several of its files is made in one of them
}

func samples(t testing.TB) []sample {
	t.Helper()
	entries, err := os.ReadDir(examples)
	require.NoError(t, err)
	var out []sample
	for _, e := range entries {
		if e.IsDir() {
			resolved := resolve(t, filepath.Join(examples, e.Name()))
			out = append(out, sample{name: e.Name(), topology: resolved, files: filesIn(t, filepath.Join(golden, e.Name(), resolved.Output))})
		}
	}
	return out
}

func resolve(t testing.TB, path string) *topology.Topology {
	t.Helper()
	s, _, diags := spec.Load(path)
	require.False(t, diags.HasErrors(), diags.Error())
	resolved, diags := resolving.Topology(s)
	require.False(t, diags.HasErrors(), diags.Error())
	return resolved
}

func filesIn(t testing.TB, dir string) (out []tree.File) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		out = append(out, tree.File{Path: path, Data: data})
		return err
	}))
	require.NotEmpty(t, out)
	return out
}

func TestEveryExampleIsProved(t *testing.T) {
	for _, s := range samples(t) {
		t.Logf("%s: %d claims", s.name, proved(t, s, s.name).Claims)
	}
}

// proved is the report on a sample, which has no failures.
func proved(t testing.TB, s sample, name string) proof.Report {
	t.Helper()
	report := proof.Prove(s.topology, s.files)
	for _, f := range report.Failures {
		t.Errorf("%s: %s:%d: %s: %s", name, f.Emitted.File, f.Emitted.Line, f.Claim, f.Why)
	}
	assert.Greater(t, report.Claims, 50, name)
	return report
}
