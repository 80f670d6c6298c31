package resolve

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/topology"
)

func TestSubjects(t *testing.T) {
	const one, two = "{c3d4e5f6-0000-4000-8000-000000000001}", "{d4e5f6a7-0000-4000-8000-000000000002}"
	bitbucket := "bitbucket {\n" + uuids + "\n}"
	project := strings.Trim(one, "{}")
	tests := map[string]struct {
		form, claims, audience string
		want                   []string
		others                 []string // some of what nobody may come in with
	}{
		"Bitbucket": {
			bitbucket, repo, "ari:cloud:bitbucket::workspace/3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f",
			[]string{one + ":*"}, []string{"another repository"},
		},
		"Bitbucket environments": {
			bitbucket, fmt.Sprintf("repositories = [%q, %q]\n environments = [%q]", two, one, two), "ari:cloud:bitbucket::workspace/3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f",
			[]string{one + ":" + two + ":*", two + ":" + two + ":*"}, []string{"another repository", "another environment", "a step that deploys nothing"},
		},
		"GitHub": {
			github, "repositories = [\"acme/app\"]\n environments = [\"eu:prod\"]\n branches = [\"main\", \"release/*\"]\n tags = [\"v?\"]", "sts.amazonaws.com",
			[]string{"repo:acme/app:environment:eu%3Aprod", "repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/release/*", "repo:acme/app:ref:refs/tags/v?"},
			[]string{"another repository", "a repository whose name begins alike", "the repository of another owner", "another environment", "another branch", "a branch whose name begins alike", "another tag", "a pull request", "a tag of the branch's name"},
		},
		"GitHub with IDs": {
			github, "repositories = [\"acme@1/app@2\"]\n branches = [\"main\"]", "sts.amazonaws.com", []string{"repo:acme@1/app@2:ref:refs/heads/main"},
			[]string{"another repository of the same name", "another owner of the same name", "the repository by name alone", "a pull request"},
		},
		"GitHub, any branch": {
			github, "repositories = [\"acme/app\"]\n branches = [\"*\"]", "sts.amazonaws.com", []string{"repo:acme/app:ref:refs/heads/*"},
			[]string{"a tag of the branch's name", "a pull request"},
		},
		"Enterprise Server": {
			`github { url = "https://github.example.com/_services/token" }`, "repositories = [\"acme/app\"]\n branches = [\"main\"]", "sts.amazonaws.com", []string{"repo:acme/app:ref:refs/heads/main"}, nil,
		},
		"GitLab": {
			gitlab, "projects = [\"acme/web/app\"]\n branches = [\"main\"]\n tags = [\"v*\"]", "https://gitlab.com",
			[]string{"project_path:acme/web/app:ref_type:branch:ref:main", "project_path:acme/web/app:ref_type:tag:ref:v*"},
			[]string{"another project", "a project whose name begins alike", "the project of another group", "another branch", "a tag of the branch's name", "a branch of the tag's name"},
		},
		"a GitLab of one's own": {
			`gitlab { url = "https://gitlab.example.com/" }`, "projects = [\"acme/app\"]\n branches = [\"*\"]", "https://gitlab.example.com", []string{"project_path:acme/app:ref_type:branch:ref:*"}, nil,
		},
		"Jenkins": {
			jenkins, "jobs = [\"deploy\", \"folder/my job\", \"app/feature%2Fx\"]", "sts.amazonaws.com",
			[]string{"https://ci.example.com/job/app/job/feature%252Fx/", "https://ci.example.com/job/deploy/", "https://ci.example.com/job/folder/job/my%20job/"},
			[]string{"another job", "a job whose name begins alike", "a job in a folder of the job's name", "the job of another controller"},
		},
		"Jenkins with a template": {
			jenkins, `subjects = ["deploy/*"]`, "sts.amazonaws.com", []string{"deploy/*"}, []string{"another subject", "a subject that ends alike"},
		},
		"Buildkite": {
			buildkite, "pipelines = [\"deploy\"]\n branches = [\"main\"]\n tags = [\"v1\"]", "sts.amazonaws.com",
			[]string{"organization:acme:pipeline:deploy:ref:refs/heads/main:*", "organization:acme:pipeline:deploy:ref:refs/tags/v1:*"},
			[]string{"another pipeline", "a pipeline whose name begins alike", "the pipeline of another organization", "another branch", "a branch whose name begins alike", "a tag of the same name"},
		},
		"CircleCI": {
			circleci, `projects = ["` + project + `"]`, "7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a",
			[]string{"org/7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a/project/" + project + "/user/*"}, []string{"another project", "the project in another organization"},
		},
		"generic": {
			generic, `subjects = ["team:app:*", "team:app:*", "job"]`, "aws", []string{"job", "team:app:*"}, []string{"another subject", "a subject that begins alike"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			resolved := resolve(t, accounts+issuerOf(test.form)+roleFor(test.claims))
			assert.Equal(t, []string{test.audience}, resolved.Issuers[0].Audiences)
			var patterns []string
			what := map[string]bool{}
			for _, s := range resolved.Roles[0].Subjects {
				patterns = append(patterns, s.Pattern)
				for _, o := range s.Others {
					what[o.What] = true
				}
			}
			assert.Equal(t, test.want, patterns)
			for _, o := range test.others {
				assert.True(t, what[o], "%s, of %v", o, what)
			}
			requireSubjects(t, resolved.Roles[0])
		})
	}
}

// requireSubjects checks that a role's subjects admit their examples and none of the others.
func requireSubjects(t *testing.T, r *topology.Role) {
	t.Helper()
	for _, s := range r.Subjects {
		require.True(t, expression(s.Pattern).MatchString(s.Example), "%s as %s", s.Example, s.Pattern)
		require.NotContains(t, s.Example, "*")
		require.NotEmpty(t, s.Others, s.Pattern)
		for _, o := range s.Others {
			for _, of := range r.Subjects {
				require.False(t, expression(of.Pattern).MatchString(o.Subject), "%s: %s as %s", o.What, o.Subject, of.Pattern)
			}
		}
	}
}

// expression is a pattern of StringLike as a regular expression.
func expression(pattern string) *regexp.Regexp {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(`(?s)^` + quoted + `$`)
}

func TestLike(t *testing.T) {
	texts := []string{"", "a", "b", "ab", "ba", "aab", "aba", "abab", "a*", "a?b", "main", "main-2"}
	patterns := []string{"", "*", "?", "a", "a*", "*a", "*a*", "a?b", "a*b", "*ab*b", "??", "**", "ma?n*", "*-?"}
	for _, p := range patterns {
		for _, text := range texts {
			assert.Equal(t, expression(p).MatchString(text), like(p, text), "%q like %q", text, p)
		}
	}
}

// TestNeighboursInOneRole: what another claim of the same role admits is nobody else's.
func TestNeighboursInOneRole(t *testing.T) {
	resolved := resolve(t, accounts+issuerOf(github)+roleFor("repositories = [\"acme/app\", \"acme/app-2\"]\n branches = [\"main\", \"main-2\"]"))
	requireSubjects(t, resolved.Roles[0])
	assert.Len(t, resolved.Roles[0].Subjects, 4)
	assert.False(t, resolved.Roles[0].Wildcards())
}

func TestIssuers(t *testing.T) {
	tests := map[string]struct{ form, url string }{
		"Bitbucket":  {"bitbucket {\n" + uuids + "\n}", "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"},
		"braces":     {"bitbucket {\n workspace = \"acme\"\n workspace_uuid = \"{3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f}\"\n}", "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"},
		"GitHub":     {github, "https://token.actions.githubusercontent.com"},
		"GitLab":     {gitlab, "https://gitlab.com"},
		"Jenkins":    {`jenkins { url = "https://ci.example.com/" }`, "https://ci.example.com/oidc"},
		"Buildkite":  {buildkite, "https://agent.buildkite.com"},
		"CircleCI":   {circleci, "https://oidc.circleci.com/org/7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a"},
		"of its own": {generic, "https://id.example.com"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := resolve(t, accounts+issuerOf(test.form)).Issuers[0]
			assert.Equal(t, test.url, i.URL)
			assert.NotContains(t, strings.Join(i.Audiences, " ")+i.WorkspaceUUID, "{")
			assert.Equal(t, "arn:aws:iam::222222222222:oidc-provider/"+strings.TrimPrefix(test.url, "https://"),
				i.ProviderARN(resolve(t, accounts).Accounts[0]))
		})
	}
}

func TestProvidersFollowFromRoles(t *testing.T) {
	both := strings.Replace(roleOf("y", "runner.o", repo), "account.prod", "account.tooling", 1)
	i := resolve(t, accounts+strings.Replace(bitbucket, "bitbucket {", "existing = [account.prod, account.prod]\n  audiences = [\"z\", \"a\"]\n  bitbucket {", 1)+
		office("o", good)+roleOf("x", "runner.o", repo)+both+roleOf("z", "runner.o", repo)).Issuers[0]
	require.Len(t, i.Accounts, 2)
	assert.Equal(t, "prod", i.Accounts[0].Name)
	assert.Equal(t, "tooling", i.Accounts[1].Name)
	assert.Equal(t, i.Accounts[:1], i.Existing)
	assert.Equal(t, []string{"a", "z"}, i.Audiences)
	unused := resolve(t, accounts+bitbucket+office("o", good)).Issuers[0]
	assert.Empty(t, unused.Accounts, "a provider without a role lets nobody in")
}
