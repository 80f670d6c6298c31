package generator_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// A counter is a blueprint that writes nothing, and counts how often it is asked to.
type counter struct{ asked int }

func (*counter) Name() string { return "counter" }

func (c *counter) Emit(*topology.Topology) ([]tf.File, hcl.Diagnostics) {
	c.asked++
	return nil, nil
}

// A rememberer generates a spec in a folder, with a memory.
type rememberer struct {
	*testing.T
	counter
	generator.Request
}

func remembering(t *testing.T, text string) *rememberer {
	dir := t.TempDir()
	r := &rememberer{T: t, Request: generator.Request{Spec: filepath.Join(dir, "spec"), Cache: filepath.Join(dir, "cache")}}
	require.NoError(t, os.Mkdir(r.Spec, 0o755))
	r.write("postern.hcl", text)
	return r
}

func (r *rememberer) write(name, text string) {
	require.NoError(r, os.WriteFile(filepath.Join(r.Spec, name), []byte(text), 0o644))
}

// tree is the tree, and whether it was worked out.
func (r *rememberer) tree() (*generator.Result, bool) {
	r.Helper()
	before := r.asked
	result, diags := r.Request.Tree(append([]generator.Blueprint{&r.counter}, blueprints.All...))
	require.False(r, diags.HasErrors(), diags.Error())
	return result, r.asked > before
}

// again is what came of the same request again: from memory, or not.
func (r *rememberer) again(from bool, why string) {
	r.Helper()
	result, worked := r.tree()
	assert.Equal(r, from, !worked, why)
	want, _ := generator.Request{Spec: r.Spec}.Generate(blueprints.All)
	assert.Equal(r, want.Tree, result.Tree, why)
	assert.Equal(r, want.Output, result.Output, why)
}

const small = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

repository "app" {
  account     = account.tooling
  description = DESCRIPTION
}
`

func described(by string) string { return strings.Replace(small, "DESCRIPTION", by, 1) }

func TestTreesAreRemembered(t *testing.T) {
	r := remembering(t, described(`"one"`))
	r.again(false, "it is new")
	r.again(true, "nothing has changed")
	r.write("postern.hcl", described(`"two"`))
	r.again(false, "the spec has changed")
	r.write("postern.hcl", described(`"one"`))
	r.again(true, "it is what it was")
	r.write("more.hcl", "postern {\n  output = \"elsewhere\"\n}\n")
	r.again(false, "there is one more file")
	r.again(true, "nothing has changed")
	r.Output = "of the request"
	result, worked := r.tree()
	assert.False(t, worked)
	assert.Equal(t, "of the request", result.Output)
}

func TestWhatFunctionsFindIsLookedAtAgain(t *testing.T) {
	r := remembering(t, described(`try(file("a.txt"), fileexists("b.txt") ? "b" : "none")`))
	for _, step := range []struct{ name, text string }{{"b.txt", ""}, {"a.txt", "one"}, {"a.txt", "two"}} {
		r.again(false, "it is new")
		r.again(true, "nothing has changed")
		r.write("c.txt", step.text) // nobody reads it
		r.again(true, "nothing that is read has changed")
		r.write(step.name, step.text)
	}
	r.again(false, "a.txt has changed")
	require.NoError(t, os.Remove(filepath.Join(r.Spec, "a.txt")))
	r.again(false, "a.txt is gone")
}

func TestWarningsAreToldAgain(t *testing.T) {
	r := remembering(t, `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}

runner "office" {
  addresses = ["198.51.100.7"]
}

package_index "python" {
  account    = account.tooling
  readers    = [runner.office]
  publishers = []
}
`)
	for range 2 {
		_, diags := r.Tree([]generator.Blueprint{})
		assert.NotEmpty(t, diags)
	}
}

func TestDamagedMemory(t *testing.T) {
	r := remembering(t, described(`"one"`))
	r.again(false, "it is new")
	kept, err := filepath.Glob(filepath.Join(r.Cache, "tree-*"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	whole, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	for at := 0; at < len(whole); at += len(whole)/40 + 1 {
		for _, damaged := range [][]byte{whole[:at], bytes.Replace(whole, whole[at:at+1], []byte{whole[at] ^ 1}, 1), append(whole[:at:at], whole[at+1:]...)} {
			require.NoError(t, os.WriteFile(kept[0], damaged, 0o600))
			r.again(false, "what was kept is damaged")
		}
	}
	r.again(true, "and now it is whole again")
}

func TestWithoutMemory(t *testing.T) {
	r := remembering(t, described(`"one"`))
	for _, cache := range []string{"", filepath.Join(r.Spec, "postern.hcl", "below")} {
		r.Cache = cache
		r.again(false, "nothing is kept")
		r.again(false, "nothing is kept")
	}
}
