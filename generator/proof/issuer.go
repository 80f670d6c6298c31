package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// issuer checks that each account that has a role for the issuer has one provider for it, of its audiences alone.
func (p *prover) issuer(i *topology.Issuer) {
	s := subject{p, i.Range}
	for _, a := range i.Accounts {
		found := p.providers(i, a)
		if slices.Contains(i.Existing, a) {
			for _, r := range found {
				s.holds(false, Present, r.At("url"), "account.%s has the provider of issuer.%s already, and takes no second one.", a.Name, i.Name)
			}
			s.holds(true, Present, Place{}, "")
			continue
		}
		stack := Place{File: a.Global().Stack(topology.IdentityLayer)}
		if s.holds(len(found) == 1, Present, stack, "account.%s has %d providers in place of one for the tokens of issuer.%s.", a.Name, len(found), i.Name) {
			s.provider(i, found[0])
		}
	}
}

// providers are the OIDC providers for an issuer in an account.
func (p *prover) providers(i *topology.Issuer, a *topology.Account) (found []*evidence.Resource) {
	for _, r := range p.Of("aws_iam_openid_connect_provider") {
		if r.Computed("arn") == i.ProviderARN(a) {
			found = append(found, r)
		}
	}
	return found
}

// provider checks one provider: tokens name their issuer letter by letter, and are for one of its audiences.
func (s subject) provider(i *topology.Issuer, r *evidence.Resource) {
	s.holds(r.Text("url") == i.URL, Present, r.At("url"), "The provider is for %s, and tokens of issuer.%s are of %s.", r.Text("url"), i.Name, i.URL)
	audiences := r.Texts("client_id_list")
	s.open("tokens for `"+strings.Join(audiences, "`, `")+"`, by roles that name it", "OIDC provider `%s`", r.Computed("arn"))
	for _, a := range i.Audiences {
		s.holds(slices.Contains(audiences, a), Entered, r.At("client_id_list"), "Tokens of issuer.%s are for %s, which its provider does not list.", i.Name, a)
	}
	for _, a := range audiences {
		s.holds(slices.Contains(i.Audiences, a), Limited, r.At("client_id_list"), "The provider takes tokens for %s, and those of issuer.%s are for %s.", evidence.Shown(a), i.Name, strings.Join(i.Audiences, ", "))
	}
}
