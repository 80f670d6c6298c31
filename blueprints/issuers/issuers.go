// Package issuers makes the OIDC providers by which an account takes the tokens of CI systems.
package issuers

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes OIDC providers.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "issuers" }

// Emit writes issuer_NAME.tf for each issuer into every account that has a role for it, and has no provider yet.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	for _, i := range t.Issuers {
		for _, a := range i.Accounts {
			if slices.Contains(i.Existing, a) {
				continue
			}
			files = append(files, tf.File{
				Path: a.Global().Stack(topology.IdentityLayer) + "/issuer_" + i.Name + ".tf", Blocks: []*tf.Block{provider(i)},
			})
		}
	}
	return files, nil
}

// provider tells IAM of an issuer. It gives nobody access: the trust policies of roles do, each for its own subjects.
// Sources: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM"; IAM API Reference,
// CreateOpenIDConnectProvider, for the thumbprints.
func provider(i *topology.Issuer) *tf.Block {
	return tf.Resource("aws_iam_openid_connect_provider", i.Name,
		tf.Attr("url", tf.String(i.URL)),
		tf.Gap(),
		tf.Because("What a token is made for. There is no thumbprint_list to look after: IAM checks the issuer's certificate against the\n"+
			"authorities that it trusts, and for any other it fetches the thumbprint itself."),
		tf.Attr("client_id_list", tf.Strings(i.Audiences))).Because("issuer." + i.Name + ": its tokens let nobody in by themselves. Each role says which of them it takes, and from where.")
}
