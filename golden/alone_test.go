package golden_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/topology"
)

const (
	alonePrelude = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
`
	aloneNetwork = `
network "ci" {
  account = account.tooling
  region  = "eu-central-1"
  cidr    = "10.20.0.0/20"
  zones   = ["a", "b"]
}
`
	aloneReplication = `
account "prod" {
  id     = "222222222222"
  region = "eu-north-1"
}
replication "web" {
  from {
    account = account.tooling
    region  = "eu-central-1"
  }
  to {
    account = account.prod
    region  = "eu-west-3"
  }
}
runner "machines" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/machines"
  publish   = [replication.web]
}
`
	aloneRole = `
issuer "ci" {
  gitlab { url = "https://gitlab.example.com" }
}
runner "machines" {
  addresses = ["198.51.100.7"]
  issuer    = issuer.ci
}
role "deploy" {
  account  = account.tooling
  runners  = [runner.machines]
  projects = ["acme/app"]
  branches = ["main"]
  allow {
    actions   = ["s3:ListAllMyBuckets"]
    resources = ["*"]
  }
}
`
)

// alone are specs in which a block has a region to itself, by kind, with what no such block can do without.
var alone = map[string]string{
	"account":    "",
	"network":    aloneNetwork,
	"repository": "repository \"app\" {\n  account = account.tooling\n  region  = \"eu-central-1\"\n}\n",
	"image":      "image \"app\" {\n  account = account.tooling\n  region  = \"eu-central-1\"\n}\n",
	"issuer":     aloneRole,
	"role":       aloneRole,
	"runner": aloneNetwork + `
runner "builder" {
  network = network.ci
  codebuild {
    buildspec = "version: 0.2\n"
  }
}
`,
	"replication": aloneReplication,
	"distribution": aloneReplication + `
distribution "web" {
  account = account.prod
  origin  = replication.web
}
`,
	"package_index": `
runner "machines" {
  addresses = ["198.51.100.7"]
}
runner "release" {
  addresses = ["198.51.100.8"]
  principal = "arn:aws:iam::111111111111:role/release"
}
package_index "python" {
  account    = account.tooling
  region     = "eu-central-1"
  readers    = [runner.machines]
  publishers = [runner.release]
}
`,
}

// A block that is alone in a region has the stacks there, whatever its kind.
func TestEveryKindOfBlockCanBeAlone(t *testing.T) {
	for kind, text := range alone {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "postern.hcl")
			require.NoError(t, os.WriteFile(file, []byte(alonePrelude+text), 0o644))
			request := generator.Request{Spec: file}
			resolved, _, diags := request.Topology()
			require.False(t, diags.HasErrors(), diags.Error())
			var found bool
			for _, b := range resolved.Blocks() {
				found = found || strings.HasPrefix(b.Address(), kind+".")
			}
			assert.True(t, found, "the spec has none of the kind")
			result, diags := request.Generate(blueprints.All)
			require.False(t, diags.HasErrors(), diags.Error())
			for _, f := range result.Tree.Files() {
				if strings.HasSuffix(f.Path, ".tf") {
					assert.Contains(t, stacksOf(resolved), filepath.ToSlash(filepath.Dir(f.Path)))
				}
			}
		})
	}
	for kind := range kindsOfBlocks() {
		assert.Contains(t, alone, kind, "write a spec here with one alone in its region")
	}
}

// stacksOf are the stacks in which some block has a part.
func stacksOf(t *topology.Topology) map[string]bool {
	out := map[string]bool{}
	for _, b := range t.Blocks() {
		for _, p := range b.Parts(t) {
			out[p.Stack(p.Layer)] = true
		}
	}
	return out
}

// kindsOfBlocks are all kinds that a topology lists.
func kindsOfBlocks() map[string]bool {
	out := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[topology.Topology]()) {
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Pointer {
			if b, ok := reflect.New(f.Type.Elem().Elem()).Interface().(topology.Block); ok {
				kind, _, _ := strings.Cut(b.Address(), ".")
				out[kind] = true
			}
		}
	}
	return out
}
