package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// synthesise writes a spec of n environments: an account, a network, a repository, an image and a runner each.
func synthesise(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  region = \"eu-west-1\"\n}\n\n")
	for i := range n {
		fmt.Fprintf(&b, `account "env-%[1]d" {
  id     = "%012[1]d"
  region = local.region
}

network "env-%[1]d" {
  account = account.env-%[1]d
  cidr    = "10.%[2]d.%[3]d.0/24"
  zones   = ["a", "b"]
}

repository "env-%[1]d" {
  account = account.env-%[1]d
}

image "env-%[1]d" {
  account = account.env-%[1]d
  readers = [account.env-0]
}

runner "env-%[1]d" {
  network = network.env-%[1]d
  codebuild {
    docker      = true
    source      = repository.env-%[1]d
    push        = [image.env-%[1]d]
    environment = { IMAGE = "${image.env-%[1]d.url}:latest" }
  }
}

`, i, i/256, i%256)
	}
	return b.String()
}

// BenchmarkLoad reads a spec of 1,000 environments, 5,000 blocks.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "postern.hcl")
	text := synthesise(1000)
	require.NoError(b, os.WriteFile(path, []byte(text), 0o644))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, diags := Load(path)
		require.Empty(b, diags)
	}
	b.ReportMetric(float64(strings.Count(text, "\n")), "lines")
}

// synthesiseRoles writes a spec of n roles, and of 50 runners with an issuer among them, of which each role takes two.
func synthesiseRoles(n int) string {
	var b strings.Builder
	b.WriteString(`account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "github" {
  github {}
}

`)
	for i := range 50 {
		fmt.Fprintf(&b, "runner \"r-%[1]d\" {\n  addresses = [\"198.51.100.%[1]d/32\"]\n  issuer    = issuer.github\n}\n\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, `role "role-%[1]d" {
  account      = account.prod
  runners      = [runner.r-%[2]d, runner.r-%[3]d]
  repositories = ["acme/app-%[1]d"]
  branches     = ["main", "release/*"]
  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:${account.prod.id}:service/app-%[1]d/*"]
  }
}

`, i, i%50, (i+1)%50)
	}
	return b.String()
}

// BenchmarkLoadRoles reads a spec of 1,000 roles.
func BenchmarkLoadRoles(b *testing.B) {
	path := filepath.Join(b.TempDir(), "postern.hcl")
	text := synthesiseRoles(1000)
	require.NoError(b, os.WriteFile(path, []byte(text), 0o644))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, diags := Load(path)
		require.Empty(b, diags)
	}
	b.ReportMetric(float64(strings.Count(text, "\n")), "lines")
}
