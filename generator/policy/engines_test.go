//go:build engines

package policy

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecondOpinion has an independent simulator decide the same requests. A missing node or npm is named and the test
// skipped; with CI=true it fails.
func TestSecondOpinion(t *testing.T) {
	dir := simulator(t)
	var cases []testCase
	for seed := range uint64(30_000) {
		cases = append(cases, newDice(seed).testCase())
	}
	outcomes := map[string]int{}
	wrong := 0
	for i, theirs := range opinions(t, dir, cases) {
		ours := cases[i].decide()
		outcomes[ours.Outcome.String()]++
		if theirs != ours.Outcome.String() {
			wrong++
			if wrong < 7 {
				t.Error(i, theirs, cases[i], ours)
			}
		}
	}
	t.Log(len(cases), outcomes, wrong)
}

func (c testCase) String() string {
	out := fmt.Sprintf("%s calls %s on %s of %q", c.Request.Caller, c.Request.Action, c.Request.Resource, c.Request.Owner)
	for k, v := range c.Request.Keys().All() {
		out += fmt.Sprintf("\n  %s = %v", k, v)
	}
	for _, p := range c.Policies {
		out += "\n  " + p.Kind.String() + " " + p.Document.JSON()
	}
	return out
}

// opinions are the simulator's decisions.
func opinions(t *testing.T, dir string, cases []testCase) []string {
	t.Helper()
	var in bytes.Buffer
	for _, c := range cases {
		line, err := json.Marshal(wire(c))
		require.NoError(t, err)
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "engine.mjs"))
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	stdout, err := cmd.Output()
	require.NoError(t, err)
	var out []string
	for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); {
		out = append(out, lines.Text())
	}
	require.Len(t, out, len(cases))
	return out
}

func wire(c testCase) map[string]any {
	q := newQuery(&c.Request)
	context := map[string][]string{}
	for key, values := range c.Request.Keys().All() {
		for _, v := range values {
			context[key] = append(context[key], v.String())
		}
	}
	policies := []any{}
	for _, p := range c.Policies {
		policies = append(policies, map[string]any{"kind": p.Kind.String(), "document": json.RawMessage(p.Document.JSON())})
	}
	var principal any
	if c.Request.Caller.kind != anonymous {
		principal = c.Request.Caller.String()
	}
	return map[string]any{
		"principal": principal, "action": c.Request.Action, "resource": c.Request.Resource.String(), "owner": q.owner,
		"context": context, "policies": policies,
	}
}

// simulator installs the simulator's packages once into a cache folder, named after what pins their versions.
func simulator(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			need(t, program)
		}
	}
	source := os.DirFS(filepath.Join("testdata", "simulator"))
	hash := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json", "engine.mjs"} {
		text, err := os.ReadFile(filepath.Join("testdata", "simulator", name))
		require.NoError(t, err)
		hash.Write(text)
	}
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir := filepath.Join(cache, "postern", fmt.Sprintf("simulator-%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	require.NoError(t, err)
	defer os.RemoveAll(fresh)
	require.NoError(t, os.CopyFS(fresh, source))
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = fresh
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	if err := os.Rename(fresh, dir); err != nil {
		require.DirExists(t, dir) // somebody else was first
	}
	return dir
}

func need(t *testing.T, engine string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		require.Fail(t, "missing engine", engine)
	}
	t.Skip("missing engine: ", engine)
}
