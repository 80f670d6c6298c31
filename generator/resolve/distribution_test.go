package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/topology"
)

// cloudFront is a distribution in front of what arrives in production.
func cloudFront(name, more string) string {
	return fmt.Sprintf("distribution %q {\n account = account.prod\n origin = replication.web\n %s\n}\n", name, more)
}

const certificate = `certificate = "arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d"`

func TestDistribution(t *testing.T) {
	resolved := resolve(t, "postern { prefix = \"acme\" }\n"+accounts+`
replication "web" {
  from { account = account.tooling }
  to { account = account.prod }
  to {
    account = account.prod
    region  = "us-east-1"
  }
  to {
    account = account.tooling
    region  = "us-east-1"
  }
}
`+publishing+cloudFront("web", "region = \"us-east-1\"\n aliases = [\"www.example.com\", \"*.example.org\"]\n logs = true\n"+certificate))
	require.Len(t, resolved.Distributions, 1)
	d := resolved.Distributions[0]
	assert.Equal(t, "acme-web-222222222222-us-east-1", d.Origin.Bucket)
	assert.Same(t, d, d.Origin.Distribution)
	assert.Equal(t, []string{"*.example.org", "www.example.com"}, d.Aliases)
	assert.Equal(t, "index.html", d.Index)
	assert.Equal(t, "acme-web-logs-222222222222-us-east-1", d.LogBucket)
	assert.Empty(t, d.Identity)
	assert.Contains(t, resolved.Contents(topology.StorageLayer)[d.Origin.Place], "distribution.web: CloudFront in front of `acme-web-222222222222-us-east-1`")
	uses := resolved.KeyUses(d.Origin.Place)
	require.Len(t, uses, 2)
	assert.Same(t, d, uses[1].Distribution)
	assert.Equal(t, []string{"kms:Decrypt"}, uses[1].Actions)
	for _, p := range resolved.Places() {
		for _, u := range resolved.KeyUses(p) {
			assert.True(t, u.Distribution == nil || p == d.Origin.Place, "no other key")
		}
	}
}

func TestDistributionOfSource(t *testing.T) {
	const (
		from  = " from { account = account.prod }\n"
		ours  = " from {\n account = account.prod\n bucket = \"ours\"\n existing = true\n versioning = true\n }\n"
		away  = " to { account = account.tooling }\n"
		near  = " to {\n account = account.prod\n region = \"us-east-1\"\n }\n"
		there = " to {\n account = account.prod\n region = \"us-east-1\"\n bucket = \"theirs\"\n existing = true\n versioning = true\n }\n"
	)
	for _, test := range []struct {
		sides, region, want string
	}{
		{from + away, "", "postern-web-222222222222-eu-central-1"},
		{from + away, `region = "eu-central-1"`, "postern-web-222222222222-eu-central-1"},
		{from + near, `region = "eu-central-1"`, "postern-web-222222222222-eu-central-1"},
		{from + near, `region = "us-east-1"`, "postern-web-222222222222-us-east-1"},
		{from + near, "", "Several buckets in the account"},
		{from + away, `region = "us-east-1"`, "Distribution without a bucket"},
		{ours + near, "", "postern-web-222222222222-us-east-1"},
		{ours + away, "", "Origin that exists already"},
		{ours + there, "", "Origin that exists already"},
		{from + there, "", "postern-web-222222222222-eu-central-1"},
		{from + there, `region = "us-east-1"`, "Origin that exists already"},
	} {
		text := accounts + "replication \"web\" {\n encryption = \"aws\"\n" + test.sides + "}\n" + publishing + cloudFront("web", test.region)
		resolved, diags := Topology(load(t, text))
		if diags.HasErrors() {
			assert.Equal(t, []string{test.want}, mistakes(t, text))
			continue
		}
		origin := resolved.Distributions[0].Origin
		assert.Equal(t, test.want, origin.Bucket)
		assert.Same(t, resolved.Distributions[0], origin.Distribution)
	}
}

func TestKeyOfSourceServesItsDistribution(t *testing.T) {
	resolved := resolve(t, accounts+web("")+publishing+strings.Replace(cloudFront("web", ""), "account.prod", "account.tooling", 1))
	uses := resolved.KeyUses(resolved.Distributions[0].Origin.Place)
	require.Len(t, uses, 2)
	assert.Same(t, resolved.Distributions[0], uses[1].Distribution)
}

func TestOriginAccessIdentity(t *testing.T) {
	resolved := resolve(t, accounts+web(`encryption = "aws"`)+publishing+cloudFront("web", "access = \"identity\"\n identity = \"E2QWRUHAPOMQZL\""))
	assert.Equal(t, "E2QWRUHAPOMQZL", resolved.Distributions[0].Identity)
}

func TestAliases(t *testing.T) {
	for alias, ok := range map[string]bool{
		"www.example.com": true, "example.com": true, "*.example.com": true, "a-b.example.co.uk": true, "xn--bcher-kva.example": true, "1.example.com": true,
		"": false, "www": false, "*": false, "www.*.example.com": false, "WWW.example.com": false, "-a.example.com": false, "a..example.com": false,
		"www.example.com.": false, "www.example.com/": false, "198.51.100.7": false, strings.Repeat("a", 64) + ".example.com": false,
	} {
		want := []string{}
		if !ok {
			want = []string{"Unknown form of alias"}
		}
		assert.Equal(t, want, mistakes(t, accounts+web("")+publishing+cloudFront("web", fmt.Sprintf("aliases = [%q]\n%s", alias, certificate))), alias)
	}
}

func TestLogBucketsHaveNamesOfTheirOwn(t *testing.T) {
	text := accounts + web("") + strings.ReplaceAll(web(""), `"web"`, `"web-logs"`) + strings.Replace(publishing, "[replication.web]", "[replication.web, replication.web-logs]", 1)
	assert.Equal(t, []string{"Two buckets of one name"}, mistakes(t, text+cloudFront("web", "logs = true")))
	assert.Equal(t, []string{}, mistakes(t, text+cloudFront("web", "")))
	assert.Equal(t, []string{"Bucket name too long"},
		mistakes(t, accounts+web("")+publishing+cloudFront("the-shop-and-all-its-pages", "logs = true")))
}
