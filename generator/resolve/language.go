package resolve

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// A language is how tokens of one form of issuer say what a runner works on: the arguments of a role that have it, and
// the subjects that come of them. The sub claim is all that IAM sees of most issuers' tokens.
type language struct {
	says     spec.Claims
	elements map[string]*shape // what elements of an argument look like
	refused  map[string]string // claims that people write, and why IAM cannot test them; ends in what to do
	called   map[string]string // claims of others' words, and what this issuer calls them
	subjects func(*claims) []topology.Subject
}

// A shape is what an argument's elements look like.
type shape struct {
	pattern *regexp.Regexp
	advice  func(string) string // what to do about one that people write and is wrong; may be nil
}

// languages by the form of the issuer. Sources: the sections on subjects of Atlassian Support, "Deploy on AWS using
// Bitbucket Pipelines OpenID Connect"; GitHub Docs, "OpenID Connect reference"; GitLab Docs, "Configure OpenID Connect in
// AWS"; the README of Jenkins' oidc-provider plugin; Buildkite Docs, "Buildkite OIDC tokens"; CircleCI Docs, "Using
// OpenID Connect tokens in jobs". IAM User Guide, "IAM and AWS STS condition context keys", for what IAM sees.
var languages = map[string]*language{
	"bitbucket": {
		says:     spec.ClaimsOf("bitbucket"),
		elements: map[string]*shape{"repositories": braced, "environments": braced},
		refused: map[string]string{
			"branches": "IAM does not see the branch in a Bitbucket token: a condition on branchName never holds. Write environments, and let deployment permissions in Bitbucket say which branches deploy to them.",
			"tags":     "IAM does not see the tag in a Bitbucket token. Write environments, and let deployment permissions in Bitbucket say what deploys to them.",
		},
		subjects: bitbucketSubjects,
	},
	"github": {
		says: spec.ClaimsOf("github"),
		elements: map[string]*shape{
			"repositories": {regexp.MustCompile(`^[\w-]+(@[0-9]+)?/[\w.-]+(@[0-9]+)?$`), byOwnerAndName},
			"environments": {regexp.MustCompile(`^[^*?$"\\\x00-\x1f\x7f]{1,255}$`), noWildcards},
			"branches":     gitName, "tags": gitName,
		},
		subjects: githubSubjects,
	},
	"gitlab": {
		says: spec.ClaimsOf("gitlab"),
		elements: map[string]*shape{
			"projects": {regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`), byPath},
			"branches": gitName, "tags": gitName,
		},
		called: map[string]string{"repositories": "GitLab calls repositories projects. Write projects = [\"acme/app\"]."},
		refused: map[string]string{
			"environments": "The environment is not in the sub of a GitLab token, and of its other claims IAM sees none. Write branches or tags that are protected in GitLab, and deploy to the environment from them alone.",
		},
		subjects: gitlabSubjects,
	},
	"jenkins": {
		says: spec.ClaimsOf("jenkins"),
		elements: map[string]*shape{
			"jobs":     {regexp.MustCompile(`^[\w.~% -]+(/[\w.~% -]+)*$`), jobByName},
			"subjects": subjectShape,
		},
		called: map[string]string{
			"branches": "The sub of a Jenkins token is the job's URL, in which a branch is a job of its own. Write jobs = [\"app/main\"] for the branch main of the multibranch job app.",
		},
		subjects: jenkinsSubjects,
	},
	"buildkite": {
		says: spec.ClaimsOf("buildkite"),
		elements: map[string]*shape{
			"pipelines": {regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`), nil},
			"branches":  gitName, "tags": gitName,
		},
		called:   map[string]string{"repositories": "The sub of a Buildkite token names the pipeline, not what it checks out. Write pipelines = [\"deploy\"]."},
		subjects: buildkiteSubjects,
	},
	"circleci": {
		says:     spec.ClaimsOf("circleci"),
		elements: map[string]*shape{"projects": {uuidPattern, nil}},
		refused: map[string]string{
			"branches": "The sub of a CircleCI token has the branch, if at all, at its end behind the user and the origin, and a pattern that skips those also matches a branch named x/vcs-ref/refs/heads/main. Remove branches, and restrict in CircleCI which branches use the context that the deployment needs.",
			"tags":     "The sub of a CircleCI token has the tag, if at all, at its end behind the user and the origin, and a pattern that skips those can be imitated. Remove tags, and restrict in CircleCI who uses the context that the deployment needs.",
		},
		called: map[string]string{
			"repositories": "The sub of a CircleCI token has the ID of the project, not the repository. Write projects = [\"c3d4e5f6-0000-4000-8000-000000000001\"], with the ID on the project's settings page.",
		},
		subjects: circleSubjects,
	},
	"": {
		says:     spec.ClaimsOf(""),
		elements: map[string]*shape{"subjects": subjectShape},
		subjects: plainSubjects,
	},
}

var (
	// gitName is what a branch or a tag may be called, with the wildcards of StringLike.
	// Source: git-check-ref-format(1), less some characters that would need quoting.
	gitName = &shape{regexp.MustCompile(`^[\w.+@%#=,()!*?-]+(/[\w.+@%#=,()!*?-]+)*$`), withoutRef}

	braced = &shape{bracedPattern, byUUID}

	// subjectShape is whatever stands in quotes without ending them; $ would begin a policy variable.
	subjectShape = &shape{regexp.MustCompile(`^[^\s"\\$]{1,512}$`), nil}
)

// What to do about values that people write, from other places or by other rules.

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
	if bracedPattern.MatchString(s) {
		return ""
	}
	if uuidPattern.MatchString(s) {
		return fmt.Sprintf("Write %q, in braces as tokens have it.", "{"+s+"}")
	}
	return "Write the UUID that Bitbucket shows in the settings of the repository, under OpenID Connect and under deployments, braces and all: no token has the name."
}

func jobByName(s string) string {
	if strings.ContainsAny(s, "*?") || strings.Contains(s, "://") {
		return "Write one such as \"folder/deploy\", without wildcards, or subjects = [\"…\"] with what the token's sub is."
	}
	return ""
}

func byOwnerAndName(s string) string {
	owner, name, _ := strings.Cut(s, "/")
	switch {
	case strings.HasPrefix(s, "repo:"):
		return "Write it without \"repo:\" and what follows the name: branches and environments are arguments of their own."
	case strings.ContainsAny(owner, "*?"):
		return "Write the owner in full: \"acme*\" would be \"acme-evil\" as well, which anybody can register."
	case strings.ContainsAny(name, "*?"):
		return "Write each repository: a wildcard admits those that are made tomorrow."
	case strings.Count(s, "@") == 1:
		return "Write the IDs of both the owner and the repository, as in \"acme@1234/app@5678\", or none."
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
	case strings.HasPrefix(s, "project_path:"):
		return "Write the path alone: branches and tags are arguments of their own."
	case strings.ContainsAny(s, "*?"):
		return "Write each project: a wildcard admits those that are made tomorrow."
	case strings.Trim(s, "0123456789") == "":
		return "Write the project's path such as \"acme/app\": the ID is not in a token's sub."
	}
	return ""
}
