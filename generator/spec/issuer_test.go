package spec

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loadText loads a spec of one account and text.
func loadText(t *testing.T, text string) (*Spec, []string) {
	spec, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": account + text}))
	var summaries []string
	for _, d := range diags {
		summaries = append(summaries, d.Summary)
	}
	return spec, summaries
}

// TestIssuerURL holds what a form's URL is, and that references see the same.
func TestIssuerURL(t *testing.T) {
	for form, want := range map[string]string{
		"bitbucket {\n workspace = \"acme\"\n workspace_uuid = \"x\"\n}": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
		"github {}": "https://token.actions.githubusercontent.com",
		"github {\n url = \"https://github.example.com/_services/token\"\n}": "https://github.example.com/_services/token",
		"gitlab {}":                "https://gitlab.com",
		"gitlab {\n url = null\n}": "https://gitlab.com",
		"gitlab {\n url = \"https://gitlab.example.com/\"\n}":       "https://gitlab.example.com",
		"jenkins {\n url = \"https://ci.example.com/jenkins/\"\n}":  "https://ci.example.com/jenkins/oidc",
		"buildkite {\n organization = \"acme\"\n}":                  "https://agent.buildkite.com",
		"circleci {\n organization_id = \"7c1e4d2a\"\n}":            "https://oidc.circleci.com/org/7c1e4d2a",
		"url = \"https://id.example.com/\"\n":                       "https://id.example.com/",
		"url = \"https://${upper(\"id\")}.example.com\"\ngithub {}": "https://token.actions.githubusercontent.com",
	} {
		spec, mistakes := loadText(t, "issuer \"i\" {\n"+form+"\n}\nrunner \"r\" {\n principal = issuer.i.url\n}\n")
		require.Empty(t, mistakes, form)
		assert.Equal(t, want, IssuerURL(spec.Issuers[0]), form)
		assert.Equal(t, want, spec.Runners[0].Principal.V, form)
	}
}

// TestIssuerWithoutURL holds that what is missing is reported once, and not again where it is referred to.
func TestIssuerWithoutURL(t *testing.T) {
	for form, want := range map[string][]string{
		"jenkins {}":   {"Missing argument"},
		"circleci {}":  {"Missing argument"},
		"buildkite {}": {"Missing argument"},
		"bitbucket {}": {"Missing argument", "Missing argument"},
		"":             nil, // what a generic issuer needs is for package topology
	} {
		spec, mistakes := loadText(t, "issuer \"i\" {\n"+form+"\n}\nrunner \"r\" {\n principal = \"${issuer.i.url}/x\"\n}\n")
		assert.Equal(t, want, mistakes, form)
		assert.True(t, spec.Runners[0].Principal.IsSet(), form)
		assert.Empty(t, spec.Runners[0].Principal.V, form)
	}
}

// TestRoleAttributes holds what references see of a role, wherever its name and prefix come from.
func TestRoleAttributes(t *testing.T) {
	const reader = "runner \"r\" {\n principal = \"${role.r.arn} ${role.r.name}\"\n}\n"
	for settings, want := range map[string]string{
		"":                                  "postern-r",
		"postern {\n}\n":                    "postern-r",
		"postern {\n prefix = null\n}\n":    "postern-r",
		"postern {\n prefix = local.p\n}\n": "acme-r",
		"postern {\n prefix = \"${local.p}-2\"\n}\n":    "acme-2-r",
		"postern {\n prefix = account.a.partition\n}\n": "aws-r",
	} {
		spec, mistakes := loadText(t, settings+"locals {\n p = \"acme\"\n}\nrole \"r\" {\n account = account.a\n runners = [runner.r]\n}\n"+reader)
		require.Empty(t, mistakes, settings)
		assert.Equal(t, "arn:aws:iam::111111111111:role/"+want+" "+want, spec.Runners[0].Principal.V, settings)
	}
}

// TestRoleInItsOwnName holds that a role's default name needs the prefix, and one of its own does not.
func TestRoleInItsOwnName(t *testing.T) {
	const settings = "postern {\n prefix = role.r.name\n}\n"
	_, mistakes := loadText(t, settings+"role \"r\" {\n account = account.a\n runners = []\n}\n")
	assert.Equal(t, []string{"References in a ring"}, mistakes)
	spec, mistakes := loadText(t, settings+"role \"r\" {\n account = account.a\n name = \"x\"\n runners = []\n}\n")
	assert.Empty(t, mistakes)
	assert.Equal(t, "x", spec.Settings.Prefix.V)
}
