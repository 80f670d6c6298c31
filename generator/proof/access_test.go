package proof_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden page")

// TestAccessPage holds the page of a spec with every way into a role to testdata/access.md.
func TestAccessPage(t *testing.T) {
	const golden = "testdata/access.md"
	page := proved(t, fromSpec(t, gates), "gates").Access.Markdown("<!-- a page -->\n\n")
	if *update {
		require.NoError(t, os.WriteFile(golden, page, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(page), "to record the page: go test ./generator/proof -run AccessPage -update")
}

// TestOneMoreAddressIsOneMoreRow: and nothing else on the page, whatever else is in the spec.
func TestOneMoreAddressIsOneMoreRow(t *testing.T) {
	before := proved(t, fromSpec(t, gates), "before").Access.Markdown("")
	more := bytes.Replace([]byte(gates), []byte(`["198.51.100.64/26"]`), []byte(`["198.51.100.64/26", "192.0.2.17"]`), 1)
	after := proved(t, fromSpec(t, string(more)), "after").Access.Markdown("")
	assert.Equal(t, []string{
		"| `192.0.2.17/32`, the internet | runner.cloud, by token | `PublicAddresses` |\n",
		"Machines of atlassian at `192.0.2.17/32`, `198.51.100.64/26`, known by tokens of issuer.bitbucket.\n",
		"| address `192.0.2.17/32` | role.deploy |\n",
	}, added(before, after))
}

// added are the lines of a page that another one has not.
func added(before, after []byte) (out []string) {
	old := map[string]bool{}
	for line := range bytes.Lines(before) {
		old[string(line)] = true
	}
	for line := range bytes.Lines(after) {
		if !old[string(line)] {
			out = append(out, string(line))
		}
	}
	return out
}
