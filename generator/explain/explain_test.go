package explain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/examples"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/explain"
	"github.com/postern-dev/postern/generator/topology"
)

// golden is what the spec of an example means, and what came of it, with the golden tree as its output.
func golden(t *testing.T, name string) (*topology.Topology, *generator.Result) {
	t.Helper()
	resolved, _, diags := generator.Request{Spec: "../../examples/" + name}.Topology()
	require.False(t, diags.HasErrors(), diags)
	result, diags := generator.Request{Spec: "../../examples/" + name, Output: "../../golden/" + name + "/" + resolved.Output}.Generate(blueprints.All)
	require.False(t, diags.HasErrors(), diags)
	return resolved, result
}

// of is what a spec means, and what came of it.
func of(t *testing.T, spec string) *generator.Result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "postern.hcl")
	require.NoError(t, os.WriteFile(file, []byte(spec), 0o600))
	result, diags := generator.Generate(file, blueprints.All)
	require.False(t, diags.HasErrors(), diags)
	return result
}

// explained is the explanation of an address that has one.
func explained(t *testing.T, r *generator.Result, address string) *explain.Explanation {
	t.Helper()
	x, err := r.Explain(address)
	require.NoError(t, err, address)
	return x
}

// section are the facts below a title, with the lines where they are.
func section(x *explain.Explanation, title string) (out []string) {
	for _, s := range x.Sections {
		for _, f := range s.Facts {
			if s.Title == title {
				out = append(out, f.Text)
			}
		}
	}
	return out
}

// line is a line of a file.
func line(t *testing.T, p explain.Place) string {
	t.Helper()
	data, err := os.ReadFile(p.File)
	require.NoError(t, err)
	lines := strings.Split(string(data), "\n")
	require.LessOrEqual(t, p.Line, len(lines), p.File)
	return lines[p.Line-1]
}

// TestEveryAddress: each block of each example, each of its endpoints and a resource of each file of its tree is explained,
// with its lines in the spec and in the golden tree.
func TestEveryAddress(t *testing.T) {
	for _, name := range examples.Names() {
		t.Run(name, func(t *testing.T) {
			resolved, result := golden(t, name)
			made := map[string]bool{} // addresses that have something in the output
			for _, b := range resolved.Blocks() {
				made[b.Address()] = len(b.Parts(resolved)) > 0
			}
			for _, n := range resolved.Networks {
				made[n.Address()] = n.Existing == nil || len(n.Endpoints) > 0 // in an existing VPC nothing else is made for all
				for _, e := range n.Endpoints {
					made[e.Address()] = true
				}
			}
			assert.Len(t, result.Addresses(), len(made))
			for address, hasOutput := range made {
				x := explained(t, result, address)
				assert.Equal(t, address, x.Address)
				assert.NotEmpty(t, x.What, address)
				assert.True(t, slices.ContainsFunc(section(x, "In the spec"), func(s string) bool { return address == s || strings.HasPrefix(address, s+".") }), address)
				assert.Equal(t, hasOutput, len(section(x, "In the output")) > 0, address)
				placed(t, x)
			}
			for _, f := range result.Tree.Files() {
				for i, text := range strings.Split(string(f.Data), "\n") {
					if opening, ok := strings.CutPrefix(text, `resource "`); ok {
						kind, rest, _ := strings.Cut(opening, `" "`)
						resource := kind + "." + strings.TrimSuffix(rest, `" {`)
						x := explained(t, result, filepath.Dir(f.Path)+" "+resource)
						placed(t, x)
						assert.Contains(t, x.Sections[len(x.Sections)-1].Facts, explain.Fact{Text: resource, At: &explain.Place{
							File: filepath.Join("../../golden", name, resolved.Output, f.Path), Line: i + 1,
						}}, "%s is in what is said of it", resource)
						if !strings.HasPrefix(filepath.Base(f.Path), "endpoints_") {
							break // the others of a file are of the same block
						}
					}
				}
			}
		})
	}
}

// placed holds each place of an explanation to what is there.
func placed(t *testing.T, x *explain.Explanation) {
	t.Helper()
	for _, s := range x.Sections {
		for _, f := range s.Facts {
			kind, label, _ := strings.Cut(f.Text, ".")
			switch {
			case s.Title == "In the spec" || s.Title == "In the output":
				require.NotNil(t, f.At, f.Text)
				assert.Regexp(t, fmt.Sprintf(`^(resource )?"?%s"? "%s" \{`, kind, label), line(t, *f.At), x.Address)
			case strings.HasSuffix(s.Title, "y which statement"):
				require.NotNil(t, f.At, f.Text)
				assert.Equal(t, "      {", line(t, *f.At), f.Text)
			case f.At != nil && (strings.HasPrefix(s.Title, "Who writes into ") || strings.HasPrefix(s.Title, "Who reads ")):
				assert.Equal(t, "      {", line(t, *f.At), f.Text)
			case f.At != nil:
				assert.Regexp(t, `^[a-z_]+ "[\w-]+" \{`, line(t, *f.At), f.Text)
			}
		}
	}
}

// TestAnotherRegion: an endpoint leads to its own region, and what is asked elsewhere goes around it.
func TestAnotherRegion(t *testing.T) {
	result := of(t, `
account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "ci" {
  account = account.ci
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}
runner "machines" {
  network   = network.ci
  principal = "arn:aws:iam::111111111111:role/machines"
  publish   = [replication.web]
  uses      = ["s3"]
}
replication "web" {
  from {
    account = account.ci
    region  = "eu-central-1"
  }
  to {
    account = account.ci
    region  = "us-east-1"
  }
}
`)
	does := section(explained(t, result, "runner.machines"), "What it does")
	assert.Contains(t, does, "publishes replication.web, through the internet")
	assert.Contains(t, does, "uses s3, through network.ci.s3")
}

// TestSessions: what publishes with sessions of a role needs what it publishes in.
func TestSessions(t *testing.T) {
	result := of(t, `
account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}
runner "jenkins" {
  principal = "arn:aws:iam::111111111111:role/jenkins"
  addresses = ["198.51.100.7/32"]
}
role "publish" {
  account = account.ci
  runners = [runner.jenkins]
  publish = [replication.web]
}
replication "web" {
  from { account = account.ci }
  to {
    account = account.ci
    region  = "us-east-1"
  }
}
`)
	needs := section(explained(t, result, "replication.web"), "Who needs it")
	assert.Contains(t, needs, "runner.jenkins publishes replication.web as role.publish")
	assert.Contains(t, needs, "role.publish publishes replication.web")
}

func TestErrors(t *testing.T) {
	_, result := golden(t, "two-accounts")
	_, err := result.Explain("runner.nobody")
	unknown := (*explain.UnknownError)(nil)
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, result.Addresses(), unknown.Known)
	assert.EqualError(t, err, "nothing has this address")
	_, err = result.Explain("aws_iam_role.flow_logs")
	several := (*explain.AmbiguousError)(nil)
	require.ErrorAs(t, err, &several)
	assert.Equal(t, []string{"dev/eu-west-1/network aws_iam_role.flow_logs", "prod/us-east-1/network aws_iam_role.flow_logs"}, several.Addresses)
	assert.EqualError(t, err, "several things have this address")
	x := explained(t, result, several.Addresses[0])
	assert.Equal(t, "a resource of the stack dev/eu-west-1/network", x.What)
}

// TestDeedsNameTheirBlocks: what is done with a block of the spec, as a reason says, is known as done with one.
func TestDeedsNameTheirBlocks(t *testing.T) {
	for _, name := range examples.Names() {
		resolved, _, diags := generator.Request{Spec: "../../examples/" + name}.Topology()
		require.False(t, diags.HasErrors(), diags)
		var work []*topology.Access
		for _, r := range resolved.Runners {
			work = append(work, r.Work...)
		}
		for _, r := range resolved.Roles {
			work = append(work, r.Work...)
		}
		for _, a := range work {
			for _, d := range a.Deeds {
				for _, b := range resolved.Blocks() {
					if d.Of == nil {
						assert.NotContains(t, strings.Fields(d.Does), b.Address(), "%s: %q", name, d.Does)
					}
				}
			}
		}
	}
}
