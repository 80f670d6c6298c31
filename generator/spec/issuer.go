package spec

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// IssuerURL is the URL that the issuer's tokens have as "iss", and by which IAM knows its provider. It is empty where a
// generic issuer has none.
func IssuerURL(i *Issuer) string {
	f := i.Form
	if f == nil {
		return i.URL.V
	}
	written := map[string]Value[string]{"workspace": f.Workspace, "url": f.URL, "organization_id": f.OrganizationID}
	rule := issuerURLs[f.Kind]
	return rule.write(written[rule.argument].Or(rule.otherwise))
}

// An issuerURL says how the URL of an issuer follows from an argument of its form.
type issuerURL struct {
	argument  string
	otherwise string // what the argument is when it was not written
	write     func(string) string
}

// issuerURLs are those of all forms.
// Sources: Atlassian Support, "Deploy on AWS using Bitbucket Pipelines OpenID Connect"; GitHub Docs, "OpenID Connect
// reference"; GitLab Docs, "Configure OpenID Connect in AWS to retrieve temporary credentials"; the page of the Jenkins
// plugin oidc-provider, for credentials of the controller itself; Buildkite Docs, "OIDC with AWS"; CircleCI Docs, "Using
// OpenID Connect tokens in jobs".
var issuerURLs = map[string]issuerURL{
	"bitbucket": {"workspace", "", func(slug string) string {
		return "https://api.bitbucket.org/2.0/workspaces/" + slug + "/pipelines-config/identity/oidc"
	}},
	"github":    {"url", "https://token.actions.githubusercontent.com", withoutSlash},
	"gitlab":    {"url", "https://gitlab.com", withoutSlash},
	"jenkins":   {"url", "", func(controller string) string { return withoutSlash(controller) + "/oidc" }},
	"buildkite": {"organization", "", func(string) string { return "https://agent.buildkite.com" }},
	"circleci":  {"organization_id", "", func(id string) string { return "https://oidc.circleci.com/org/" + id }},
}

func withoutSlash(url string) string { return strings.TrimSuffix(url, "/") }

// exposeIssuer adds the URL. It is unknown where what it follows from is missing.
func (e *evaluator) exposeIssuer(b *block, attrs map[string]cty.Value) {
	form := b.inner(grammar["issuer"].blocks...)
	if form == nil {
		attrs["url"] = combine(func(s ...string) string { return s[0] }, e.text(b, "url"))
		return
	}
	rule := issuerURLs[form.kind]
	written := e.text(form, rule.argument)
	if written.IsNull() && rule.otherwise != "" {
		written = cty.StringVal(rule.otherwise)
	}
	attrs["url"] = combine(func(s ...string) string { return rule.write(s[0]) }, written)
}
