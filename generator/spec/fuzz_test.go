package spec

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"
)

// FuzzLoad holds two things of any text in either form: Load does not panic, and says the same about it each time.
func FuzzLoad(f *testing.F) {
	for _, folder := range fixtures(f) {
		if slices.Contains([]string{"work", "chain"}, filepath.Base(folder)) {
			continue // takes as long as a spec may: the fuzzer would see little else
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.hcl*"))
		require.NoError(f, err)
		for _, name := range files {
			text, err := os.ReadFile(name)
			require.NoError(f, err)
			f.Add(text, isJSONName(name))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, json bool) {
		name := "postern.hcl"
		if json {
			name = "postern.hcl.json"
		}
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, text, 0o600))
		spec, files, diags := Load(path)
		again, _, diagsAgain := Load(path)
		require.Equal(t, dump(spec), dump(again))
		require.Equal(t, lines(diags), lines(diagsAgain))
		require.NoError(t, hcl.NewDiagnosticTextWriter(&strings.Builder{}, files, 80, false).WriteDiagnostics(diags))
	})
}

func lines(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(place(d).String() + " " + d.Summary + " " + d.Detail + "\n")
	}
	return b.String()
}
