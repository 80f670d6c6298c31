package roles_test

import (
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	ctyyaml "github.com/zclconf/go-cty-yaml"

	"github.com/postern-dev/postern/blueprints/roles"
	"github.com/postern-dev/postern/generator/generatortest"
)

var update = flag.Bool("update", false, "write the golden page")

var fences = regexp.MustCompile("(?ms)^(```+)([a-z]*)\n(.*?)^```+$")

// TestPage holds the page to testdata/every.md, which shows every snippet, and its YAML to being YAML.
func TestPage(t *testing.T) {
	spec, err := os.ReadFile("testdata/every.hcl")
	require.NoError(t, err)
	page := generatortest.Emit(t, roles.Blueprint{}, string(spec)).Text["prod/global/identity/README.md"]
	const golden = "testdata/every.md"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(page), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), page, "to record the page: go test ./blueprints/roles -update")
	read := 0
	for _, f := range fences.FindAllStringSubmatch(page, -1) {
		if f[2] != "yaml" {
			continue
		}
		read++
		_, err := ctyyaml.Standard.ImpliedType([]byte(f[3]))
		assert.NoError(t, err, f[3])
	}
	assert.GreaterOrEqual(t, read, 10)
}

// TestAPageForEachAccount: and none for an account without roles.
func TestAPageForEachAccount(t *testing.T) {
	files := emit(t, office+role("runner.office", byToken)+"role \"own\" {\n  account = account.tooling\n  runners = [runner.office]\n  subjects = [\"a\"]\n  managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n}\n")
	assert.Contains(t, files.Text["prod/global/identity/README.md"], "role.deploy")
	assert.NotContains(t, files.Text["prod/global/identity/README.md"], "role.own")
	assert.Contains(t, files.Text["tooling/global/identity/README.md"], "role.own")
}
