package issuers_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/issuers"
	"github.com/postern-dev/postern/generator/generatortest"
	"github.com/postern-dev/postern/generator/topology"
)

// TestOneForEachAccount: IAM takes one provider for a URL and account, and those that have it already keep it.
func TestOneForEachAccount(t *testing.T) {
	dev := &topology.Account{Name: "dev", ID: "111111111111", Region: "eu-west-1"}
	prod := &topology.Account{Name: "prod", ID: "222222222222", Region: "eu-west-1"}
	old := &topology.Account{Name: "old", ID: "333333333333", Region: "eu-west-1"}
	files, diags := generatortest.EmitTopology(t, issuers.Blueprint{}, &topology.Topology{Issuers: []*topology.Issuer{
		{Name: "ci", URL: "https://ci.example.com/oidc", Audiences: []string{"one", "two"}, Accounts: []*topology.Account{dev, old, prod}, Existing: []*topology.Account{old}},
		{Name: "unused", URL: "https://id.example.com", Audiences: []string{"one"}},
	}})
	require.Empty(t, diags)
	assert.Len(t, files.Text, 2)
	for _, stack := range []string{"dev/global/identity", "prod/global/identity"} {
		provider := stack + ":aws_iam_openid_connect_provider.ci"
		assert.Equal(t, "https://ci.example.com/oidc", files.Attr(provider, "url"))
		assert.Equal(t, []any{"one", "two"}, files.Attr(provider, "client_id_list"))
		assert.Nil(t, files.Attr(provider, "thumbprint_list"))
	}
}
