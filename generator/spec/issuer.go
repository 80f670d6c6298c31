package spec

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// An Issuer is an issuer block: who signs the tokens that runners show. It has at most one form; without one it is
// generic, with a URL and audiences.
type Issuer struct {
	Header
	URL       Value[string] // generic only
	Audiences List[string]  // what tokens are for; each form has a default
	Existing  List[Target]  // accounts that have the OIDC provider already
	Form      *IssuerForm
}

// An IssuerForm is the block inside an issuer that says whose it is, with the arguments of that form.
type IssuerForm struct {
	Header
	Kind           string        // "bitbucket", "github", "gitlab", "jenkins", "buildkite" or "circleci"
	Workspace      Value[string] // bitbucket: the workspace's slug
	WorkspaceUUID  Value[string] // bitbucket
	URL            Value[string] // github, gitlab: of an instance of one's own; jenkins: of the controller
	Organization   Value[string] // buildkite: its slug
	OrganizationID Value[string] // circleci
}

// Source: IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider".
const noThumbprint = "AWS checks the certificate of an issuer against its own list of authorities, so there is no thumbprint to look after. Remove it."

func (i *Issuer) declare() *Kind {
	return &Kind{
		Word: "issuer", Noun: "an issuer",
		About:  "Who signs the tokens that runners show. It has one of the blocks below, or, for any other issuer, `url` and `audiences`.",
		Claims: Claims{subjects()},
		Parameters: []Parameter{
			{Name: "url", Type: text(&i.URL), Example: `"https://id.example.com"`, Meaning: "the issuer, without one of the blocks"},
			{Name: "audiences", Type: texts(&i.Audiences), Otherwise: "by form", Example: `["sts.amazonaws.com"]`, Meaning: "whom tokens are for; any one of them is enough"},
			{Name: "existing", Type: references(&i.Existing, "account"), Otherwise: "`[]`", Example: "[account.prod]", Meaning: "accounts that have the OIDC provider of this issuer already"},
		},
		Inner: []*Kind{
			single(&i.Form, (*IssuerForm).bitbucket),
			single(&i.Form, (*IssuerForm).github),
			single(&i.Form, (*IssuerForm).gitlab),
			single(&i.Form, (*IssuerForm).jenkins),
			single(&i.Form, (*IssuerForm).buildkite),
			single(&i.Form, (*IssuerForm).circleci),
		},
		Exclusive:  true,
		Attributes: []Attribute{{Name: "name", read: label}, {Name: "url", read: (*evaluator).issuerURL}},
		Hints: map[string]string{
			"client_id_list":  `The client IDs of a provider are the audiences of its tokens here. Rename "client_id_list" to "audiences".`,
			"thumbprint":      noThumbprint,
			"thumbprints":     noThumbprint,
			"thumbprint_list": noThumbprint,
		},
	}
}

func (f *IssuerForm) bitbucket() *Kind {
	f.Kind = "bitbucket"
	return &Kind{
		Word: f.Kind, Noun: "a bitbucket block", Meaning: "Bitbucket Cloud",
		About: "The issuer is `https://api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc`, the default audience\n`ari:cloud:bitbucket::workspace/UUID`.",
		Claims: Claims{
			{Name: "repositories", What: "the UUID of a repository, in braces", Example: `"{` + aUUID + `}"`},
			{Name: "environments", What: "the UUID of a deployment environment, in braces", Example: `"{` + aUUID + `}"`},
		},
		Parameters: []Parameter{
			{Name: "workspace", Type: text(&f.Workspace), Required: true, Example: `"acme"`, Meaning: "the workspace's slug, as in its URL"},
			{Name: "workspace_uuid", Type: text(&f.WorkspaceUUID), Required: true, Example: `"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"`, Meaning: "its UUID"},
		},
	}
}

func (f *IssuerForm) github() *Kind {
	f.Kind = "github"
	return &Kind{
		Word: f.Kind, Noun: "a github block", Meaning: "GitHub, or an Enterprise Server",
		About: "The issuer is `url`, the default audience `sts.amazonaws.com`.",
		Claims: append(Claims{
			{Name: "repositories", What: "a repository with its owner", Example: `"acme/app", or "acme@1234/app@5678" where subjects are immutable`},
			{Name: "environments", What: "the name of an environment", Example: `"production"`, Choice: true},
		}, gitNames()...),
		Parameters: []Parameter{
			{Name: "url", Type: text(&f.URL, "https://token.actions.githubusercontent.com"), Example: `"https://github.example.com/_services/token"`, Meaning: "of an Enterprise Server, `https://HOST/_services/token`"},
		},
	}
}

func (f *IssuerForm) gitlab() *Kind {
	f.Kind = "gitlab"
	return &Kind{
		Word: f.Kind, Noun: "a gitlab block", Meaning: "GitLab",
		About: "The issuer is `url`, and the default audience, too.",
		Claims: append(Claims{
			{Name: "projects", What: "the path of a project with its groups", Example: `"acme/app"`},
		}, gitNames()...),
		Parameters: []Parameter{
			{Name: "url", Type: text(&f.URL, "https://gitlab.com"), Example: `"https://gitlab.example.com"`, Meaning: "of an instance of one's own"},
		},
	}
}

func (f *IssuerForm) jenkins() *Kind {
	f.Kind = "jenkins"
	return &Kind{
		Word: f.Kind, Noun: "a jenkins block", Meaning: "Jenkins with its plugin oidc-provider",
		About: "The issuer is `URL/oidc`, the default audience `sts.amazonaws.com`.",
		Claims: Claims{
			{Name: "jobs", What: "a job's name after those of its folders", Example: `"folder/deploy"`, Choice: true},
			{Name: "subjects", What: subjects().What, Example: subjects().Example, Choice: true, When: "if a template is set"},
		},
		Parameters: []Parameter{
			{Name: "url", Type: text(&f.URL), Required: true, Example: `"https://ci.example.com"`, Meaning: "of the controller"},
		},
	}
}

func (f *IssuerForm) buildkite() *Kind {
	f.Kind = "buildkite"
	return &Kind{
		Word: f.Kind, Noun: "a buildkite block", Meaning: "Buildkite",
		About: "The issuer is `https://agent.buildkite.com`, the default audience `sts.amazonaws.com`.",
		Claims: append(Claims{
			{Name: "pipelines", What: "the slug of a pipeline", Example: `"deploy"`},
		}, gitNames()...),
		Parameters: []Parameter{
			{Name: "organization", Type: text(&f.Organization), Required: true, Example: `"acme"`, Meaning: "its slug"},
		},
	}
}

func (f *IssuerForm) circleci() *Kind {
	f.Kind = "circleci"
	return &Kind{
		Word: f.Kind, Noun: "a circleci block", Meaning: "CircleCI",
		About:  "The issuer is `https://oidc.circleci.com/org/ID`, the default audience the ID.",
		Claims: Claims{{Name: "projects", What: "the ID of a project", Example: `"` + aUUID + `"`}},
		Parameters: []Parameter{
			{Name: "organization_id", Type: text(&f.OrganizationID), Required: true, Example: `"7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a"`, Meaning: "the organization's ID, a UUID"},
		},
		Hints: map[string]string{"organization": `CircleCI's tokens name an organization by its ID. Rename "organization" to "organization_id".`},
	}
}

// IssuerURL is the URL that the issuer's tokens have as "iss", and by which IAM knows its provider. It is empty where a
// generic issuer has none.
func IssuerURL(i *Issuer) string {
	f := i.Form
	if f == nil {
		return i.URL.V
	}
	written := map[string]Value[string]{"workspace": f.Workspace, "url": f.URL, "organization_id": f.OrganizationID}
	rule := issuerURLs[f.Kind]
	return rule.write(written[rule.argument].V)
}

// An issuerURL says how the URL of an issuer follows from an argument of its form.
type issuerURL struct {
	argument string
	write    func(string) string
}

// issuerURLs are those of all forms.
// Sources: Atlassian Support, "Deploy on AWS using Bitbucket Pipelines OpenID Connect"; GitHub Docs, "OpenID Connect
// reference"; GitLab Docs, "Configure OpenID Connect in AWS to retrieve temporary credentials"; the page of the Jenkins
// plugin oidc-provider, for credentials of the controller itself; Buildkite Docs, "OIDC with AWS"; CircleCI Docs, "Using
// OpenID Connect tokens in jobs".
var issuerURLs = map[string]issuerURL{
	"bitbucket": {"workspace", func(slug string) string {
		return "https://api.bitbucket.org/2.0/workspaces/" + slug + "/pipelines-config/identity/oidc"
	}},
	"github":    {"url", withoutSlash},
	"gitlab":    {"url", withoutSlash},
	"jenkins":   {"url", func(controller string) string { return withoutSlash(controller) + "/oidc" }},
	"buildkite": {"organization", func(string) string { return "https://agent.buildkite.com" }},
	"circleci":  {"organization_id", func(id string) string { return "https://oidc.circleci.com/org/" + id }},
}

func withoutSlash(url string) string { return strings.TrimSuffix(url, "/") }

// issuerURL is unknown where what it follows from is missing.
func (e *evaluator) issuerURL(b *block) cty.Value {
	form := b.inner(e.grammar[b.kind].innerWords()...)
	if form == nil {
		return combine(func(s ...string) string { return s[0] }, e.text(b, "url"))
	}
	rule := issuerURLs[form.kind]
	written := e.text(form, rule.argument)
	if preset, ok := e.grammar[form.kind].Parameter(rule.argument).Type.Default.(string); ok && written.IsNull() {
		written = cty.StringVal(preset)
	}
	return combine(func(s ...string) string { return rule.write(s[0]) }, written)
}
