package proof_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

// fromSpec is a sample that is generated from a spec.
func fromSpec(t testing.TB, text string) sample {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postern.hcl")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	result, diags := generator.Generate(path, blueprints.All)
	require.False(t, diags.HasErrors(), diags.Error())
	files := slices.DeleteFunc(result.Tree.Files(), func(f tree.File) bool { return filepath.Ext(f.Path) != ".tf" })
	return sample{topology: resolve(t, path), files: files}
}

func TestUnitsMakeUpTheWhole(t *testing.T) {
	all := append(samples(t), fromSpec(t, wide), fromSpec(t, wide+environments(3)))
	for _, s := range all {
		assert.Equal(t, proof.Whole(s.topology, s.files), proof.Prove(s.topology, s.files), s.name)
	}
}

// TestFailuresOfUnitsAreThoseOfTheWhole takes lines away.
func TestFailuresOfUnitsAreThoseOfTheWhole(t *testing.T) {
	s := fromSpec(t, environments(3))
	random := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for range 40 {
		files := slices.Clone(s.files)
		f := &files[random.IntN(len(files))]
		lines := bytes.SplitAfter(f.Data, []byte("\n"))
		i := random.IntN(len(lines))
		f.Data = bytes.Join(slices.Delete(lines, i, i+1), nil)
		whole := proof.Whole(s.topology, files)
		assert.Equal(t, whole, proof.Prove(s.topology, files), "%s:%d", f.Path, i+1)
		if len(whole.Failures) > 0 {
			failed++
		}
	}
	assert.Greater(t, failed, 10)
}

func TestUnits(t *testing.T) {
	const three = `
image "shared" {
  account = account.a2
  %
}`
	tests := map[string]struct {
		change func(spec string) string
		units  int
	}{
		"nothing in common": {func(s string) string { return s }, 3},
		"a reader":          {func(s string) string { return s + strings.Replace(three, "%", "readers = [account.a0]", 1) }, 2},
		"a pull":            {func(s string) string { return strings.Replace(s, "pull   = []", "pull   = [image.i2]", 1) }, 2},
		"a number in an ARN": {func(s string) string {
			return strings.Replace(s, "pull   = []", `pull = []
    assume = ["arn:aws:iam::000000000001:role/x"]`, 1)
		}, 2},
		"a number in a text": {func(s string) string {
			return strings.Replace(s, "pull   = []", `pull = []
    environment = { A = account.a1.id, B = account.a2.id }`, 1)
		}, 1},
		"an account of nothing": {func(s string) string {
			return s + "\naccount \"x\" {\n id = \"123412341234\"\n region = \"eu-west-1\"\n}\n"
		}, 4},
	}
	for name, test := range tests {
		s := fromSpec(t, test.change(environments(3)))
		assert.Equal(t, test.units, proof.Units(s.topology, s.files), name)
		assert.Equal(t, proof.Whole(s.topology, s.files), proof.Prove(s.topology, s.files), name)
	}
}

// TestUnitsOfEditedFiles: what is written by hand joins what the spec keeps apart.
func TestUnitsOfEditedFiles(t *testing.T) {
	s := fromSpec(t, environments(3))
	add := func(path, text string) []tree.File {
		return append(slices.Clone(s.files), tree.File{Path: path, Data: []byte(text)})
	}
	tests := map[string]struct {
		files []tree.File
		units int
	}{
		"a number":        {add("a0/eu-west-1/network/own.tf", "# 000000000001\n"), 2},
		"a longer number": {add("a0/eu-west-1/network/own.tf", "# 9000000000001\n"), 2},
		"half a number":   {add("a0/eu-west-1/network/own.tf", "# 00000000001\n"), 3},
		"a folder":        {add("a0/elsewhere/own.tf", "a = 1\n"), 3},
		"no account":      {add("elsewhere/own.tf", "a = 1\n"), 1},
		"another's state": {add("a0/eu-west-1/delivery/own.tf", `
data "terraform_remote_state" "other" {
  backend = "local"
  config = {
    path = "${path.module}/../../../a1/eu-west-1/network/terraform.tfstate"
  }
}

resource "aws_vpc_security_group_egress_rule" "own" {
  security_group_id = data.terraform_remote_state.other.outputs.b1_security_group_id
}
`), 3},
	}
	for name, test := range tests {
		assert.Equal(t, test.units, proof.Units(s.topology, test.files), name)
		assert.Equal(t, proof.Whole(s.topology, test.files), proof.Prove(s.topology, test.files), name)
	}
	assert.Contains(t, reasons(proof.Prove(s.topology, tests["another's state"].files)), "runner.b1 may open connections")
}
