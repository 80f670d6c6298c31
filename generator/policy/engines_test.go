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
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	randomRequests = 20_000
	goldenLeast    = 4_000
)

// TestSecondOpinion has an independent simulator decide the same requests. It agrees on all but those of
// disagreements.json, which AWS's documentation settles. A missing node or npm is named and the test skipped; with
// CI=true it fails.
func TestSecondOpinion(t *testing.T) {
	dir := simulator(t)
	var random []testCase
	for seed := range uint64(randomRequests) {
		random = append(random, newDice(seed).testCase())
	}
	golden := goldenCases(t)
	assert.GreaterOrEqual(t, len(golden), goldenLeast, "the golden policies were not found")
	cases := slices.Concat(random, golden)
	settled := disagreements(t)
	for _, d := range settled {
		cases = append(cases, d.testCase(t))
	}

	opinions := opinions(t, dir, cases)
	agreed, outcomes := 0, map[string]int{}
	for i, c := range cases[:len(random)+len(golden)] {
		ours := c.decide()
		outcomes[ours.Outcome.String()]++
		if ours.Outcome.String() == opinions[i] {
			agreed++
		} else if i-agreed < 5 {
			t.Errorf("case %d: the simulator says %s, we say %s\n%s", i, opinions[i], ours, c)
		}
	}
	for i, d := range settled {
		assert.Equal(t, d.Theirs, opinions[len(random)+len(golden)+i], "%s: the simulator has changed its mind", d.Name)
	}
	asked := len(random) + len(golden)
	t.Logf("%d requests (%d random, %d on golden policies): %d agreements, %d disagreements; %v", asked, len(random), len(golden), agreed, asked-agreed, outcomes)
	t.Logf("%d more disagreements, settled by AWS's documentation", len(settled))
	assert.Equal(t, asked, agreed)
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
