package topology

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
)

// A language is how tokens of one form of issuer say what a runner works on: the arguments of a role that have it, and
// the subjects that come of them. The sub claim is all that IAM sees of most issuers' tokens.
type language struct {
	takes    []string          // the arguments, the ones that a role needs first
	example  string            // of the first of them
	one      []string          // of these a role needs at least one, and each may have wildcards as far as free says
	free     []string          // arguments in which * and ? are wildcards
	elements map[string]*shape // what elements of an argument look like
	refused  map[string]string // claims that people write, and why IAM cannot test them; ends in what to do
	subjects func(*claims) []Subject
}

// A shape is what an argument's elements look like.
type shape struct {
	pattern *regexp.Regexp
	what    string // "the UUID of a repository, in braces"
	example string
	hint    func(string) string // what to do about one that is of another shape; nil, or empty: write the example
}

var (
	// gitName is what a branch or a tag may be called, with the wildcards of StringLike.
	// Source: git-check-ref-format(1), less some characters that would need quoting.
	gitName = &shape{regexp.MustCompile(`^[\w.+@%#=,()!*?-]+(/[\w.+@%#=,()!*?-]+)*$`), "the name of a branch or tag", `"main"`, withoutRef}

	braced = func(what string) *shape {
		return &shape{bracedPattern, "the UUID of " + what + ", in braces", `"{c3d4e5f6-0000-4000-8000-000000000001}"`, byUUID}
	}
)

// withoutRef is for those who write a branch as Git does.
func withoutRef(s string) string {
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		if name, ok := strings.CutPrefix(s, prefix); ok {
			return fmt.Sprintf("Write %q: which of both it is, the argument says.", name)
		}
	}
	return ""
}

func byUUID(s string) string {
	if uuidPattern.MatchString(s) {
		return fmt.Sprintf("Write %q, in braces as tokens have it.", "{"+s+"}")
	}
	return "Write the UUID that Bitbucket shows in the settings of the repository, under OpenID Connect and under deployments, braces and all: no token has the name."
}

// languages by the form of the issuer. Sources: the sections on subjects of Atlassian Support, "Deploy on AWS using
// Bitbucket Pipelines OpenID Connect"; GitHub Docs, "OpenID Connect reference"; GitLab Docs, "Configure OpenID Connect in
// AWS"; the README of Jenkins' oidc-provider plugin; Buildkite Docs, "Buildkite OIDC tokens"; CircleCI Docs, "Using
// OpenID Connect tokens in jobs". IAM User Guide, "IAM and AWS STS condition context keys", for what IAM sees.
var languages = map[string]*language{
	"bitbucket": {
		takes: []string{"repositories", "environments"}, example: `["{c3d4e5f6-0000-4000-8000-000000000001}"]`,
		elements: map[string]*shape{"repositories": braced("a repository"), "environments": braced("a deployment environment")},
		refused: map[string]string{
			"branches": "IAM does not see the branch in a Bitbucket token: a condition on branchName never holds. Write environments, and let deployment permissions in Bitbucket say which branches deploy to them.",
			"tags":     "IAM does not see the tag in a Bitbucket token. Write environments, and let deployment permissions in Bitbucket say what deploys to them.",
		},
		subjects: bitbucketSubjects,
	},
	"github": {
		takes: []string{"repositories", "environments", "branches", "tags"}, example: `["acme/app"]`,
		one: []string{"environments", "branches", "tags"}, free: []string{"branches", "tags"},
		elements: map[string]*shape{
			"repositories": {regexp.MustCompile(`^[\w-]+(@[0-9]+)?/[\w.-]+(@[0-9]+)?$`), "a repository with its owner", `"acme/app", or "acme@1234/app@5678" where subjects are immutable`, halfImmutable},
			"environments": {regexp.MustCompile(`^[^*?$"\\]+$`), "the name of an environment", `"production"`, noWildcards},
			"branches":     gitName, "tags": gitName,
		},
		subjects: githubSubjects,
	},
	"gitlab": {
		takes: []string{"projects", "branches", "tags"}, example: `["acme/app"]`,
		one: []string{"branches", "tags"}, free: []string{"branches", "tags"},
		elements: map[string]*shape{
			"projects": {regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`), "the path of a project with its groups", `"acme/app"`, byPath},
			"branches": gitName, "tags": gitName,
		},
		refused: map[string]string{
			"repositories": "GitLab calls them projects. Write projects = [\"acme/app\"].",
			"environments": "The environment is not in the sub of a GitLab token, and of its other claims IAM sees none. Write branches or tags that are protected in GitLab, and deploy to the environment from them alone.",
		},
		subjects: gitlabSubjects,
	},
	"jenkins": {
		takes: []string{"jobs", "subjects"}, example: `["folder/deploy"]`, one: []string{"jobs", "subjects"}, free: []string{"subjects"},
		elements: map[string]*shape{
			"jobs": {regexp.MustCompile(`^[\w.~% -]+(/[\w.~% -]+)*$`), "a job's name after those of its folders", `"folder/deploy"`,
				func(string) string {
					return "Write one such as \"folder/deploy\", without wildcards, or subjects = [\"…\"] with what the token's sub is."
				}},
			"subjects": subjectShape,
		},
		refused: map[string]string{
			"branches": "The sub of a Jenkins token is the job's URL, in which a branch is a job of its own. Write jobs = [\"app/main\"] for the branch main of the multibranch job app.",
		},
		subjects: jenkinsSubjects,
	},
	"buildkite": {
		takes: []string{"pipelines", "branches", "tags"}, example: `["deploy"]`,
		one: []string{"branches", "tags"}, free: []string{"branches", "tags"},
		elements: map[string]*shape{
			"pipelines": {regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`), "the slug of a pipeline", `"deploy"`, nil},
			"branches":  gitName, "tags": gitName,
		},
		refused: map[string]string{
			"repositories": "The sub of a Buildkite token names the pipeline, not what it checks out. Write pipelines = [\"deploy\"].",
		},
		subjects: buildkiteSubjects,
	},
	"circleci": {
		takes: []string{"projects"}, example: `["c3d4e5f6-0000-4000-8000-000000000001"]`,
		elements: map[string]*shape{"projects": {uuidPattern, "the ID of a project", `"c3d4e5f6-0000-4000-8000-000000000001"`, nil}},
		refused: map[string]string{
			"branches":     "The sub of a CircleCI token names the project and the user, not the branch. Remove branches, and restrict in CircleCI which branches use the context that the deployment needs.",
			"tags":         "The sub of a CircleCI token names the project and the user, not the tag. Remove tags, and restrict in CircleCI who uses the context that the deployment needs.",
			"repositories": "The sub of a CircleCI token has the ID of the project, not the repository. Write projects = [\"c3d4e5f6-0000-4000-8000-000000000001\"], with the ID on the project's settings page.",
		},
		subjects: circleSubjects,
	},
	"": {
		takes: []string{"subjects"}, example: `["team:app:deploy"]`, free: []string{"subjects"},
		elements: map[string]*shape{"subjects": subjectShape},
		subjects: plainSubjects,
	},
}

var subjectShape = &shape{regexp.MustCompile(`^[^\s"\\$]{1,512}$`), "what a token's sub can be", `"team:app:deploy"`, nil}

func halfImmutable(s string) string {
	owner, name, _ := strings.Cut(s, "/")
	switch {
	case strings.ContainsAny(owner, "*?"):
		return "Write the owner in full: \"acme*\" would be \"acme-evil\" as well, which anybody can register."
	case strings.ContainsAny(name, "*?"):
		return "Write each repository: a wildcard admits those that are made tomorrow."
	}
	return ""
}

func noWildcards(s string) string {
	if strings.ContainsAny(s, "*?") {
		return "Write each environment: wildcards are for branches and tags."
	}
	return ""
}

func byPath(s string) string {
	switch {
	case strings.ContainsAny(s, "*?"):
		return "Write each project: a wildcard admits those that are made tomorrow."
	case strings.Trim(s, "0123456789") == "":
		return "Write the project's path such as \"acme/app\": the ID is not in a token's sub."
	}
	return ""
}

// claims are what a role says of the tokens that it admits, read.
type claims struct {
	*resolver
	role   *spec.Role
	issuer *Issuer
	lang   *language
	values map[string][]string // elements by argument, each once, in the order of the spec
	flawed bool
}

// mostSubjects is more than any trust policy has room for.
const mostSubjects = 200

// subjects are what tokens say that a role admits; none if the spec's claims make no sense.
func (r *resolver) subjects(s *spec.Role, i *Issuer) []Subject {
	c := &claims{resolver: r, role: s, issuer: i, lang: languages[i.Form], values: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(s.Claims)) {
		c.read(name, s.Claims[name])
	}
	c.complete()
	if c.flawed {
		return nil
	}
	if count := c.count(); count > mostSubjects {
		r.wrong(s.Header.Range, "Too many subjects", "role.%s admits %d subjects, and no trust policy has room for %d. Write several roles.", s.Name, count, mostSubjects)
		return nil
	}
	subjects := c.lang.subjects(c)
	withoutAdmitted(subjects)
	return subjects
}

// read takes one argument's elements.
func (c *claims) read(name string, list spec.List[string]) {
	switch {
	case !list.IsSet():
	case !slices.Contains(c.lang.takes, name):
		c.refuse(name, list)
	case len(list.V) == 0:
		c.flawed = true
		c.missing(c.role.Header, list.Range, "Empty list of claims", "No token could satisfy an empty list of %s. Write %s = %s, or remove it.", name, name, c.exampleOf(name))
	}
	for _, v := range list.V {
		if slices.Contains(c.lang.takes, name) && c.fits(name, v) && !slices.Contains(c.values[name], v.V) {
			c.values[name] = append(c.values[name], v.V)
		}
	}
}

func (c *claims) exampleOf(name string) string {
	example, _, _ := strings.Cut(c.lang.elements[name].example, ", or")
	return "[" + example + "]"
}

// refuse reports a claim that is not of the issuer's language.
func (c *claims) refuse(name string, list spec.List[string]) {
	c.flawed = true
	if why := c.lang.refused[name]; why != "" {
		c.wrong(list.Range, "Claim that IAM cannot see", "%s", why)
		return
	}
	c.wrong(list.Range, "Claim of another issuer", "Tokens of issuer.%s (%s) say nothing of %s that IAM could test. Write %s.", c.issuer.Name, c.issuer.kind(), name, alternatives(c.lang.takes))
}

// kind is the issuer's form in a sentence.
func (i *Issuer) kind() string {
	if i.Form == "" {
		return "generic"
	}
	return i.Form
}

// alternatives lists arguments for a sentence: a, b or c.
func alternatives(names []string) string { return strings.ReplaceAll(oneOf(names), `"`, "") }

// fits checks an element against the shape of its argument.
func (c *claims) fits(name string, v spec.Value[string]) bool {
	s := c.lang.elements[name]
	switch {
	case strings.Trim(v.V, "*?") == "" && v.V != "" && name == "subjects":
		c.wrong(v.Range, "Subject of wildcards alone", "%q admits every token that the issuer signs, for whomever. Write what the sub begins with at least, such as \"team:app:*\".", v.V)
	case name == "subjects" && !strings.ContainsFunc(v.V, isWordCharacter) && v.V != "":
		c.wrong(v.Range, "Subject of wildcards alone", "%q names nobody, and so admits nearly every token. Write what the sub begins with at least, such as \"team:app:*\".", v.V)
	case !s.pattern.MatchString(v.V):
		advice := ""
		if s.hint != nil {
			advice = s.hint(v.V)
		}
		if advice == "" {
			advice = fmt.Sprintf("Write one such as %s.", s.example)
		}
		c.wrong(v.Range, "Unknown form of claim", "In %s of role.%s, %q is not %s. %s", name, c.role.Name, v.V, s.what, advice)
	case name == "repositories" && strings.Count(v.V, "@") == 1:
		c.wrong(v.Range, "Unknown form of claim", "An immutable subject has the IDs of both the owner and the repository, and %q has one. Write both, as in \"acme@1234/app@5678\", or none.", v.V)
	default:
		return true
	}
	c.flawed = true
	return false
}

func isWordCharacter(c rune) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// complete reports what a role has to say and does not.
func (c *claims) complete() {
	if c.flawed {
		return // what is missing may be what was misunderstood
	}
	of, lang := c.lang.takes[0], c.lang
	has := func(name string) bool { return c.role.Claims[name].IsSet() }
	choice := slices.Contains(lang.one, of)
	switch {
	case !choice && !has(of), choice && !slices.ContainsFunc(lang.one, has):
		c.missing(c.role.Header, c.role.Header.Range, "Role open to all tokens",
			"role.%s does not say which %s it is for, and issuer.%s signs tokens for all. Write %s = %s.", c.role.Name, of, c.issuer.Name, of, lang.example)
	case len(lang.one) > 0 && !slices.ContainsFunc(lang.one, has):
		what := "any branch"
		if c.issuer.Form == "github" {
			what = "a pull request, too, with what somebody proposes"
		}
		c.missing(c.role.Header, c.role.Claims[of].Range, "Role open to all branches",
			"role.%s would admit jobs for %s. Write %s beside %s; branches = [\"*\"] is any branch.", c.role.Name, what, alternatives(lang.one), of)
	default:
		return
	}
	c.flawed = true
}

// count is how many subjects the claims come to.
func (c *claims) count() int {
	of, rest := len(c.values[c.lang.takes[0]]), 0
	for _, name := range c.lang.takes[1:] {
		rest += len(c.values[name])
	}
	if slices.Contains(c.lang.one, c.lang.takes[0]) {
		return of + rest
	}
	return of * max(rest, 1)
}
