package generator_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/tree"
)

// sizes are numbers of environments: an account, a network, a builder, a repository and an image each.
var sizes = []int{1, 10, 100, 1000}

func environments(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `
account "a%[1]d" {
  id     = "%012[1]d"
  region = "eu-west-1"
}

network "n%[1]d" {
  account = account.a%[1]d
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}

repository "r%[1]d" {
  account = account.a%[1]d
}

image "i%[1]d" {
  account = account.a%[1]d
}

runner "b%[1]d" {
  network = network.n%[1]d
  codebuild {
    docker = true
    source = repository.r%[1]d
    pull   = []
    push   = [image.i%[1]d]
  }
}
`, i)
	}
	return b.String()
}

// BenchmarkTree measures what the commands do, from the spec on disk to the tree on disk, and beside each, in the same
// run, what it costs to copy or to compare the same tree one file after the other.
func BenchmarkTree(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("environments=%d", n), func(b *testing.B) {
			scale{unit: "environment", n: n, text: environments(n), line: `image "i0" {`, edit: "keep = %d"}.measure(b)
		})
	}
}

// replications are n buckets that S3 copies into another account and region, each with a publisher, a key on both sides,
// and CloudFront in front of every tenth. Twenty share two accounts: a key policy has room for some fifty.
func replications(n int) string {
	var b strings.Builder
	for i := range n {
		if i%20 == 0 {
			fmt.Fprintf(&b, `
account "ci%[1]d" {
  id     = "%012[2]d"
  region = "eu-west-1"
}

account "web%[1]d" {
  id     = "%012[3]d"
  region = "eu-central-1"
}
`, i/20, i, i+1)
		}
		fmt.Fprintf(&b, `
runner "j%[1]d" {
  addresses = ["198.51.%[2]d.%[3]d"]
  principal = "arn:aws:iam::%012[4]d:role/jenkins-%[1]d"
  publish   = [replication.w%[1]d]
}

replication "w%[1]d" {
  from { account = account.ci%[5]d }
  to   { account = account.web%[5]d }
}
`, i, i/250, i%250, i-i%20, i/20)
		if i%10 == 0 {
			fmt.Fprintf(&b, "\ndistribution \"w%d\" {\n  account = account.web%d\n  origin  = replication.w%[1]d\n}\n", i, i/20)
		}
	}
	return b.String()
}

// BenchmarkReplications measures the same for hundreds of replications.
func BenchmarkReplications(b *testing.B) {
	const n = 500
	scale{unit: "replication", n: n, text: replications(n), line: `replication "w0" {`, edit: "noncurrent_days = %d"}.measure(b)
}

// A scale is a spec of some size, and a line of it after which another may stand that changes the tree.
type scale struct {
	unit, text string
	n          int
	line, edit string
}

func (s scale) measure(b *testing.B) {
	spec := filepath.Join(b.TempDir(), "postern.hcl")
	require.NoError(b, os.WriteFile(spec, []byte(s.text), 0o644))
	done, same := b.TempDir(), b.TempDir()
	write(b, generator.Request{Spec: spec}, done)
	copyTree(b, done, same)
	fresh := func(b *testing.B) string { // an empty folder, made outside the measured time
		b.StopTimer()
		defer b.StartTimer()
		dir := filepath.Join(b.TempDir(), "live")
		require.NoError(b, os.RemoveAll(dir))
		return dir
	}
	run := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f(b)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(s.n), "µs/"+s.unit)
		})
	}
	request := generator.Request{Spec: spec}
	run("generate", func(b *testing.B) { write(b, request, fresh(b)) })
	run("copy", func(b *testing.B) { copyTree(b, done, fresh(b)) })
	run("check", func(b *testing.B) { check(b, request, done) })
	run("compare", func(b *testing.B) { compareTrees(b, done, same) })
	run("change", s.change(b, request, done))
}

// change writes a tree again after one line of its spec has become what it never was before.
func (s scale) change(b *testing.B, r generator.Request, done string) func(*testing.B) {
	keep := 30
	return func(b *testing.B) {
		b.StopTimer()
		keep++
		text := strings.Replace(s.text, s.line, s.line+"\n  "+fmt.Sprintf(s.edit, keep), 1)
		require.NoError(b, os.WriteFile(r.Spec, []byte(text), 0o644))
		b.StartTimer()
		changes, err := tree.Write(done, load(b, r), tree.Options{})
		require.NoError(b, err)
		require.NotEmpty(b, changes)
		require.LessOrEqual(b, len(changes), 3, "what changed and the manifest")
	}
}

func load(b *testing.B, r generator.Request) tree.Tree {
	result, diags := r.Generate(blueprints.All)
	require.False(b, diags.HasErrors(), "%s", diags)
	return result.Tree
}

func write(b *testing.B, r generator.Request, dir string) {
	_, err := tree.Write(dir, load(b, r), tree.Options{})
	require.NoError(b, err)
}

func check(b *testing.B, r generator.Request, dir string) {
	changes, err := tree.Compare(dir, load(b, r))
	require.NoError(b, err)
	require.Empty(b, changes)
}

// copyTree is the first baseline: what cp -r does.
func copyTree(b *testing.B, from, to string) {
	require.NoError(b, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	}))
}

// compareTrees is the second baseline: what diff -r does with trees that are the same.
func compareTrees(b *testing.B, one, other string) {
	require.NoError(b, filepath.WalkDir(one, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		x, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		y, err := os.ReadFile(filepath.Join(other, strings.TrimPrefix(path, one)))
		if err == nil && !bytes.Equal(x, y) {
			err = fmt.Errorf("%s differs", path)
		}
		return err
	}))
}
