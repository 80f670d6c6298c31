package proof_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// environments is a spec of some accounts with a network, a builder, a repository and an image each.
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

repository "r%[1]d" { account = account.a%[1]d }

image "i%[1]d" { account = account.a%[1]d }

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

// generated is what the environments mean, and their files.
func generated(b *testing.B, n int) (*topology.Topology, []tree.File) {
	path := filepath.Join(b.TempDir(), "postern.hcl")
	require.NoError(b, os.WriteFile(path, []byte(environments(n)), 0o644))
	result, diags := generator.Generate(path, blueprints.All)
	require.Empty(b, diags)
	return resolve(b, path), result.Tree.Files()
}

func BenchmarkProve(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("environments=%d", n), func(b *testing.B) {
			resolved, files := generated(b, n)
			for b.Loop() {
				require.Empty(b, proof.Prove(resolved, files).Failures)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/environment")
		})
	}
}
