package resolve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// An issuerResolver resolves issuers.
type issuerResolver struct{ *resolver }

func (r issuerResolver) issuer(s *spec.Issuer) {
	form, known := &spec.IssuerForm{}, true
	if s.Form != nil {
		form = s.Form
		r.formed(s)
	} else {
		known = r.generic(s)
	}
	i := &topology.Issuer{
		Name: s.Name, Form: form.Kind, Range: s.Header.Range, URL: spec.IssuerURL(s),
		Organization: cmp.Or(form.Organization.V, form.OrganizationID.V), WorkspaceUUID: strings.Trim(form.WorkspaceUUID.V, "{}"),
	}
	if i.Form == "jenkins" {
		i.Instance = strings.TrimSuffix(form.URL.V, "/")
	}
	i.Audiences = r.audiences(s, i)
	r.vague[i] = !known
	add(r, s.Name, i)
	r.topology.Issuers = append(r.topology.Issuers, i)
}

// urlPattern is what IAM takes for the URL of a provider: no port, no query, and as the token has it, so no slash at
// the end. Source: IAM API Reference, CreateOpenIDConnectProvider, Url.
var urlPattern = regexp.MustCompile(`^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[\w.~-]+)*$`)

// longestURL and the like are what IAM takes. Source: IAM API Reference, CreateOpenIDConnectProvider.
const (
	longestURL      = 255
	mostAudiences   = 100
	longestAudience = 255
)

// issuerURL checks a URL that somebody wrote.
func (r issuerResolver) issuerURL(v spec.Value[string]) bool {
	if issuer, found := strings.CutSuffix(v.V, "/.well-known/openid-configuration"); found {
		r.wrong(v.Range, "URL of discovery document", "The issuer is what stands before /.well-known, and its tokens have that as iss. Write %q.", issuer)
		return false
	}
	if urlPattern.MatchString(v.V) && len(v.V) <= longestURL {
		return true
	}
	reason := "that is not the form in which IAM takes one"
	switch plain := strings.TrimRight(v.V, "/"); {
	case plain != v.V && urlPattern.MatchString(plain):
		r.wrong(v.Range, "URL with slash at end", "IAM compares the URL with the token's iss, letter by letter, and %q would not match. Write %q.", v.V, plain)
		return false
	case strings.HasPrefix(v.V, "http://"):
		reason = "IAM fetches the issuer's keys over HTTPS alone"
	case !strings.Contains(v.V, "://"):
		reason = "it does not begin with https://"
	case strings.ContainsAny(v.V, "?#"):
		reason = "an issuer has neither a query nor a fragment"
	case len(v.V) > longestURL:
		reason = "IAM takes 255 characters"
	}
	r.wrong(v.Range, "Unknown form of URL", "%q cannot be an issuer's URL: %s. Write it as the token's iss has it, such as \"https://id.example.com\", without port and query.", v.V, reason)
	return false
}

// generic checks an issuer without a form, and tells whether it can be one.
func (r issuerResolver) generic(s *spec.Issuer) bool {
	if !s.URL.IsSet() {
		r.missing(s.Header, s.Header.Range, "Issuer of no form",
			"issuer.%s does not say whose tokens it stands for. Write one of the blocks bitbucket, github, gitlab, jenkins, buildkite and circleci in it, or for another issuer url = \"https://id.example.com\" and audiences.", s.Name)
		return false
	}
	if !s.Audiences.IsSet() {
		r.missing(s.Header, s.Header.Range, "Issuer without audience",
			"Of an issuer without a form nobody knows for whom its tokens are, and IAM compares that. Write audiences = [\"sts.amazonaws.com\"] in issuer.%s, with what tokens have as aud.", s.Name)
	}
	if !r.issuerURL(s.URL) {
		return true
	}
	for _, known := range knownIssuers {
		if vendor := vendorOf((&topology.Issuer{URL: s.URL.V})); vendor == known.host {
			r.wrong(s.URL.Range, "Issuer with form of its own",
				"%q signs tokens for all customers of its vendor, and postern knows what is in them. Write a %s block in issuer.%s in place of url, and roles can say which repositories and branches they mean.", s.URL.V, known.form, s.Name)
			return false
		}
	}
	return true
}

// vendorOf is the host in the issuer's URL.
func vendorOf(i *topology.Issuer) string {
	host, _, _ := strings.Cut(i.Host(), "/")
	return host
}

// knownIssuers are those of vendors, by host.
var knownIssuers = []struct{ host, form, name string }{
	{"api.bitbucket.org", "bitbucket", "Bitbucket"}, {"token.actions.githubusercontent.com", "github", "GitHub"}, {"gitlab.com", "gitlab", "GitLab"},
	{"agent.buildkite.com", "buildkite", "Buildkite"}, {"oidc.circleci.com", "circleci", "CircleCI"},
}

var (
	uuid          = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	uuidPattern   = regexp.MustCompile(`^` + uuid + `$`)
	bracedPattern = regexp.MustCompile(`^\{` + uuid + `\}$`)
	slugPattern   = regexp.MustCompile(`^[a-z0-9_][a-z0-9_-]*$`)
)

// formed checks the block that says whose issuer it is.
func (r issuerResolver) formed(s *spec.Issuer) {
	f := s.Form
	if s.URL.IsSet() {
		r.wrong(s.URL.Range, "URL of a generic issuer", "The %s block decides the URL of issuer.%s. Remove url, or the block.", f.Kind, s.Name)
	}
	r.slug(f.Workspace, "workspace", "A workspace's name in bitbucket.org/NAME, its slug, is part of its issuer's URL")
	r.slug(f.Organization, "organization", "An organization's slug, as in buildkite.com/SLUG, begins every subject")
	r.uuid(f.WorkspaceUUID, "workspace_uuid", "Bitbucket's page on OpenID Connect in the settings of any repository shows it as part of the audience")
	r.uuid(f.OrganizationID, "organization_id", "CircleCI shows it on the organization's settings page")
	url := f.URL
	switch url.V = strings.TrimSuffix(url.V, "/"); {
	case !url.IsSet() || !r.issuerURL(url):
	case f.Kind == "github" && spec.IssuerURL(s) != "https://"+knownIssuers[1].host && !strings.HasSuffix(url.V, "/_services/token"):
		r.wrong(url.Range, "URL of no GitHub issuer",
			"An Enterprise Server signs tokens as https://HOST/_services/token, and %q is not of that form. Write %q, or remove url for github.com.", url.V, url.V+"/_services/token")
	}
}

func (r issuerResolver) slug(v spec.Value[string], argument, why string) {
	switch {
	case !v.IsSet() || slugPattern.MatchString(v.V) && !uuidPattern.MatchString(v.V):
	case uuidPattern.MatchString(strings.Trim(v.V, "{}")):
		r.wrong(v.Range, "UUID in place of slug", "%s, and %q is a UUID, with which no token would match. Write the slug as %s.", why, v.V, argument)
	default:
		r.wrong(v.Range, "Unknown form of slug", "%s: lower-case letters, digits, hyphens and underscores, and %q has others. Write %s = \"acme\", as it is in the address of your pages.", why, v.V, argument)
	}
}

func (r issuerResolver) uuid(v spec.Value[string], argument, where string) {
	if v.IsSet() && !uuidPattern.MatchString(strings.TrimSuffix(strings.TrimPrefix(v.V, "{"), "}")) {
		r.wrong(v.Range, "Unknown form of UUID", "%q is not a UUID in lower-case letters and digits. %s. Write %s = \"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f\", with your own.", v.V, where, argument)
	}
}

// audiences are whom the issuer's tokens are for: what the spec says, or what the form's documentation has everybody use.
func (r issuerResolver) audiences(s *spec.Issuer, i *topology.Issuer) []string {
	if !s.Audiences.IsSet() {
		return defaultAudience(i)
	}
	if len(s.Audiences.V) == 0 {
		r.missing(s.Header, s.Audiences.Range, "Issuer without audience", "IAM takes tokens for the audiences that a provider lists, and issuer.%s lists none. Write the audiences that jobs ask tokens for, or remove audiences.", s.Name)
	}
	if len(s.Audiences.V) > mostAudiences {
		r.wrong(s.Audiences.Range, "Too many audiences", "IAM takes %d audiences for a provider, and issuer.%s has %d. Remove those that nobody asks for.", mostAudiences, s.Name, len(s.Audiences.V))
	}
	var out []string
	for _, v := range s.Audiences.V {
		switch {
		case v.V == "" || len(v.V) > longestAudience || strings.ContainsFunc(v.V, isOdd):
			r.wrong(v.Range, "Audience that IAM refuses", "An audience has 1 to %d characters, none of them a space, and %q is none. Write it as the token's aud has it.", longestAudience, v.V)
		case strings.ContainsAny(v.V, "*?"):
			r.wrong(v.Range, "Audience with wildcard", "Audiences are compared letter by letter, so %q would match no other than itself. Write each audience out.", v.V)
		case slices.Contains(out, v.V):
			r.wrong(v.Range, "Audience written twice", "issuer.%s has the audience %q already. Remove one of them.", s.Name, v.V)
		default:
			out = append(out, v.V)
		}
	}
	slices.Sort(out)
	return out
}

// isOdd tells whether a character has no place in what IAM compares: spaces, quotes, and what begins a policy variable.
func isOdd(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '$' }

// defaultAudience is the one that each form's own instructions for AWS have. Sources: Atlassian Support, "Deploy on AWS
// using Bitbucket Pipelines OpenID Connect"; GitHub Docs, "Configuring OpenID Connect in Amazon Web Services"; GitLab
// Docs, "Configure OpenID Connect in AWS"; the READMEs of Jenkins' oidc-provider plugin; Buildkite Docs, "OIDC with
// AWS"; CircleCI Docs, "Using OpenID Connect tokens in jobs".
func defaultAudience(i *topology.Issuer) []string {
	switch i.Form {
	case "bitbucket":
		return []string{"ari:cloud:bitbucket::workspace/" + i.WorkspaceUUID}
	case "gitlab":
		return []string{i.URL}
	case "circleci":
		return []string{i.Organization}
	case "":
		return nil
	}
	return []string{"sts.amazonaws.com"}
}

// distinctIssuers reports two blocks for one issuer, of which an account takes one provider, and blocks for nobody.
func (r issuerResolver) distinctIssuers(s *spec.Spec) {
	used := map[string]bool{}
	for _, runner := range s.Runners {
		used[runner.Issuer.V.Name] = true
	}
	first := map[string]string{}
	for _, b := range s.Issuers {
		url := strings.ToLower(spec.IssuerURL(b))
		at := b.URL.Range
		if b.Form != nil {
			at = b.Form.Range
		}
		if other, twice := first[url]; twice && url != "" {
			r.missing(b.Header, at, "Issuer described twice",
				"issuer.%s and issuer.%s are both %s, and an account takes one provider for it. Remove one of them, and list the audiences of both in the other.", other, b.Name, spec.IssuerURL(b))
		}
		first[url] = cmp.Or(first[url], b.Name)
		if !used[b.Name] && !r.flawedRunners() {
			r.warn(b.Header.Range, "Issuer that nobody uses", "No runner shows tokens of issuer.%s, so nothing is made for it. Write issuer = issuer.%s in a runner, or remove the block.", b.Name, b.Name)
		}
	}
}

// existing are the accounts of a role's issuer that have the provider already; it is called once all roles are known.
func (r issuerResolver) existing(s *spec.Issuer) {
	i := find[*topology.Issuer](r, s.Name)
	slices.SortFunc(i.Accounts, byAccount)
	for _, a := range i.Accounts {
		if slices.ContainsFunc(s.Existing.V, func(ref spec.Value[spec.Target]) bool { return ref.V.Name == a.Name }) {
			i.Existing = append(i.Existing, a)
		}
	}
}

func byAccount(a, b *topology.Account) int { return strings.Compare(a.Name, b.Name) }
