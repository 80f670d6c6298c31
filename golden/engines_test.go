//go:build engines

package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/aws"
)

// TestEngines needs terraform, the AWS provider, moto_server and boto3. A missing one is named and the test skipped;
// with CI=true it fails.
func TestEngines(t *testing.T) {
	started := time.Now()
	moto, err := exec.LookPath("moto_server")
	need(t, err == nil, "moto_server: pip install 'moto[server]==5.2.1'")
	needBoto3(t)
	genuine := genuineTerraform(t)
	next := stubTerraform(t)
	t.Logf("engines ready after %s", since(started))

	sideBySide(t, trees(t), func(tree treeDir) string { return tree.Example }, func(t *testing.T, tree treeDir) {
		genuine.must(t, tree.Dir, "fmt", "-check", "-diff", "-recursive", "-no-color")
		validate(t, genuine, tree)
		validate(t, next, tree)
		apply(t, genuine, moto, tree)
	})
}

func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Millisecond) }

// sideBySide runs a subtest for each item at once. What bounds the work is slots, not the number of CPUs that
// bounds t.Parallel: engines mostly wait.
func sideBySide[T any](t *testing.T, items []T, name func(T) string, test func(*testing.T, T)) {
	var running sync.WaitGroup
	for _, item := range items {
		running.Go(func() { t.Run(name(item), func(t *testing.T) { test(t, item) }) })
	}
	running.Wait()
}

func copyTree(t *testing.T, tree treeDir) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(tree.Dir)))
	return dir
}

// validate has every stack accepted, without credentials and without a warning.
func validate(t *testing.T, tf *terraform, tree treeDir) {
	started := time.Now()
	dir := copyTree(t, tree)
	paths := slices.Sorted(maps.Keys(stacks(t, dir)))
	sideBySide(t, paths, func(path string) string { return "validate " + tf.release + " " + path }, func(t *testing.T, path string) {
		stack := filepath.Join(dir, path)
		tf.init(t, stack, "-backend=false")
		stdout, all, _ := tf.run(t, stack, "validate", "-json", "-no-color")
		var report struct{ Diagnostics []any }
		require.NoError(t, json.Unmarshal([]byte(stdout), &report), all)
		assert.Empty(t, report.Diagnostics)
	})
	t.Logf("validated %d stacks with hashicorp/aws %s in %s", len(paths), tf.release, since(started))
}

// An emulation is a copy of a tree that is being applied to an emulator of its own.
type emulation struct {
	tf     *terraform
	dir    string
	stacks map[string]*stack

	mu          sync.Mutex
	applied     int
	plannedOnly []string
	lost        map[gap]int
}

// apply applies every stack, layer by layer, and plans each again.
func apply(t *testing.T, tf *terraform, moto string, tree treeDir) {
	started := time.Now()
	endpoint := startEmulator(t, moto)
	dir := copyTree(t, tree)
	e := &emulation{dir: dir, stacks: stacks(t, dir), lost: map[gap]int{}, tf: tf.with(
		"AWS_ENDPOINT_URL="+endpoint,
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_REGION=us-east-1",
		"HTTP_PROXY="+endpoint, "http_proxy="+endpoint, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
	)}
	paths := slices.Sorted(maps.Keys(e.stacks))
	for _, path := range paths {
		override := filepath.Join(dir, path, "zz_engines_override.tf")
		require.NoError(t, os.WriteFile(override, []byte(e.override(e.stacks[path])), 0o644))
	}
	e.standIn(t)
	for i, layer := range layers {
		of := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return e.stacks[path].layer() != i })
		sideBySide(t, of, func(path string) string { return "apply " + path }, e.apply)
		require.False(t, t.Failed(), "a %s stack failed, which later layers need", layer)
	}
	readBack(t, tree, endpoint)
	e.summarize(t)
	t.Logf("applied %d resources in %d stacks in %s", e.applied, len(e.stacks), since(started))
}

func (e *emulation) summarize(t *testing.T) {
	t.Helper()
	slices.Sort(e.plannedOnly)
	for _, line := range e.plannedOnly {
		t.Log("planned only: ", line)
	}
	for _, g := range gaps {
		if e.lost[g] > 0 {
			t.Logf("not given back by the emulator, %d times: %s", e.lost[g], g)
		}
	}
}

// apply applies what the emulator can do of one stack, and plans that again. What it cannot do is planned.
func (e *emulation) apply(t *testing.T, path string) {
	started := time.Now()
	s, dir := e.stacks[path], filepath.Join(e.dir, path)
	e.tf.init(t, dir)

	left := leftOut(s)
	targets := e.record(s, left)
	if len(left) > 0 {
		e.tf.must(t, dir, "plan", "-no-color")
		if len(targets) == 0 {
			return
		}
	} else {
		targets = nil // the whole stack
	}
	e.tf.must(t, dir, append([]string{"apply", "-no-color", "-auto-approve"}, targets...)...)
	applied := since(started)

	e.compare(t, s, e.planAgain(t, dir, targets))
	t.Logf("applied in %s, planned again in %s", applied, since(started)-applied)
}

// override adapts a copy of a stack to the emulator, as a user's own *_override.tf could: the provider works in
// the stack's account and does not repeat failing calls for minutes, and all state is in files.
func (e *emulation) override(s *stack) string {
	out := "terraform {\n  backend \"local\" {}\n}\n" + account(s)
	for _, d := range s.blocks("data") {
		if d.Labels[0] == "terraform_remote_state" && literal(d.Body, "backend") != "local" {
			state := filepath.Join(e.dir, s.reads(d), "terraform.tfstate")
			out += fmt.Sprintf("data %q %q {\n  backend = \"local\"\n  config  = { path = %q }\n}\n", d.Labels[0], d.Labels[1], state)
		}
	}
	return out
}

// account has a stack's providers work in the account that they insist on.
func account(s *stack) (out string) {
	for _, p := range s.blocks("provider") {
		out += "provider \"aws\" {\n  max_retries = 2\n"
		if alias := literal(p.Body, "alias"); alias != "" {
			out += fmt.Sprintf("  alias = %q\n", alias)
		}
		if !slices.ContainsFunc(p.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "assume_role" }) {
			role := aws.PartitionOf(literal(p.Body, "region")).ARN("iam", "", literal(p.Body, "allowed_account_ids"), "role/apply")
			out += fmt.Sprintf("  assume_role {\n    role_arn = %q\n  }\n", role)
		}
		out += "}\n"
	}
	return out
}

// literal returns an argument that is a string or a list of one, "" if it is neither.
func literal(body *hclsyntax.Body, name string) string {
	a := body.Attributes[name]
	if a == nil {
		return ""
	}
	v, _ := a.Expr.Value(nil)
	if v.IsKnown() && v.CanIterateElements() && v.LengthInt() == 1 {
		v = v.AsValueSlice()[0]
	}
	out, _ := text(cty.ObjectVal(map[string]cty.Value{name: v}), name)
	return out
}

// leftOut returns the resources that the emulator cannot do, and all that depends on them, with the reason.
func leftOut(s *stack) map[string]string {
	out := map[string]string{}
	for _, b := range s.blocks("resource") {
		for _, u := range unsupported {
			if b.Labels[0] == u.Type && (u.When == nil || u.When(b)) {
				out[addressOf(b)] = u.Why
			}
		}
	}
	for n := -1; n < len(out); { // until nothing more depends on what is out
		n = len(out)
		for _, b := range s.blocks("resource") {
			for _, reference := range references(b) {
				if address := addressOf(b); out[reference] != "" && out[address] == "" {
					out[address] = "needs " + reference
				}
			}
		}
	}
	return out
}

// record counts what will be applied and what is left out, and returns the options that apply only the former.
func (e *emulation) record(s *stack, left map[string]string) (targets []string) {
	for _, b := range s.blocks("resource") {
		if left[addressOf(b)] == "" {
			targets = append(targets, "-target="+addressOf(b))
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.applied += len(targets)
	for address, why := range left {
		e.plannedOnly = append(e.plannedOnly, fmt.Sprintf("%s %s: %s", s.Path, address, why))
	}
	return targets
}

// planAgain returns the arguments that a second plan would change, by resource.
func (e *emulation) planAgain(t *testing.T, dir string, targets []string) map[string][]string {
	t.Helper()
	const file = "engines.tfplan"
	_, all, code := e.tf.run(t, dir, append([]string{"plan", "-no-color", "-detailed-exitcode", "-out=" + file}, targets...)...)
	switch code {
	case 0:
		return nil
	case 2: // there are changes
		var p plan
		require.NoError(t, json.Unmarshal([]byte(e.tf.must(t, dir, "show", "-json", file)), &p))
		return p.changes()
	default:
		require.Fail(t, "the second plan fails", all)
		return nil
	}
}

// A plan is what Terraform would do in a stack.
type plan struct {
	Resources []struct {
		Address string
		Change  change
	} `json:"resource_changes"`
	Outputs map[string]change `json:"output_changes"`
}

type change struct {
	Actions       []string
	Before, After any
	AfterUnknown  any `json:"after_unknown"`
}

// changes returns the arguments that are to change, by resource or output. A resource that is to be made or
// replaced has its actions among them.
func (p plan) changes() map[string][]string {
	out := map[string][]string{}
	for name, o := range p.Outputs {
		if o.Actions[0] != "no-op" {
			out["output."+name] = o.Actions
		}
	}
	for _, r := range p.Resources {
		switch action := strings.Join(r.Change.Actions, "+"); action {
		case "no-op", "read":
		case "update":
			out[r.Address] = r.Change.arguments()
		default:
			out[r.Address] = append(r.Change.arguments(), action)
		}
	}
	return out
}

// arguments returns the names of those that differ, or whose new value is not known yet.
func (c change) arguments() (out []string) {
	before, _ := c.Before.(map[string]any)
	after, _ := c.After.(map[string]any)
	unknown, _ := c.AfterUnknown.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if !reflect.DeepEqual(before[name], after[name]) {
			out = append(out, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		if unknown[name] == true {
			out = append(out, name)
		}
	}
	return out
}

// compare fails the test for every change that the emulator's known gaps do not explain.
func (e *emulation) compare(t *testing.T, s *stack, changes map[string][]string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	left := leftOut(s)
	for _, b := range s.blocks("resource") {
		address := addressOf(b)
		for _, g := range gaps {
			switch i := slices.Index(changes[address], g.Argument); {
			case !g.isIn(b) || left[address] != "":
			case i < 0:
				t.Logf("%s came back whole: is it still a gap? %s", address, g)
			default:
				e.lost[g]++
				changes[address] = slices.Delete(changes[address], i, i+1)
			}
		}
	}
	maps.DeleteFunc(changes, func(_ string, arguments []string) bool { return len(arguments) == 0 })
	assert.Empty(t, changes, "a second plan would change these")
}
