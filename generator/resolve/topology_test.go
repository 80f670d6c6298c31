package resolve

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// account is what every spec of these tests begins with, unless it has accounts of its own.
const account = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
`

// resolve is what a spec means that has no mistakes.
func resolve(t testing.TB, text string) *topology.Topology {
	t.Helper()
	resolved, diags := Topology(load(t, text))
	require.False(t, diags.HasErrors(), diags.Error())
	return resolved
}

// mistakes are the summaries of what is wrong with a spec.
func mistakes(t testing.TB, text string) []string {
	t.Helper()
	_, diags := Topology(load(t, text))
	summaries := []string{}
	for _, d := range diags {
		summaries = append(summaries, d.Summary)
	}
	return summaries
}

func load(t testing.TB, text string) *spec.Spec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "postern.hcl")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	loaded, _, diags := spec.Load(file)
	require.False(t, diags.HasErrors(), diags.Error())
	return loaded
}

// specs are the examples, and all specs with mistakes that are one file.
func specs(t testing.TB) []string {
	t.Helper()
	examples, err := filepath.Glob("../../examples/*/postern.hcl")
	require.NoError(t, err)
	wrong, err := filepath.Glob("../../golden/testdata/mistakes/*.hcl")
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	require.NotEmpty(t, wrong)
	return append(examples, wrong...)
}

func TestResolveIsTheSameEveryTime(t *testing.T) {
	for _, file := range specs(t) {
		loaded, _, diags := spec.Load(file)
		if diags.HasErrors() {
			continue
		}
		first, firstDiags := Topology(loaded)
		for range 20 {
			again, againDiags := Topology(loaded)
			assert.Equal(t, firstDiags, againDiags, file)
			require.True(t, reflect.DeepEqual(first, again), file)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	tests := map[string]struct {
		spec string
		want []string
	}{
		"in every block of a chain": {`
account "a" {
  id     = "1"
  region = "eu-west-1"
}
network "n" {
  account = account.a
  cidr    = "10.0.0.1/20"
  zones   = ["q"]
  egress  = "some"
}
image "i" {
  account = account.a
  name    = "I"
}
runner "r" {
  network = network.n
  codebuild {
    source  = "x"
    compute = "y"
    push    = [image.i]
  }
}`, []string{
			"Unknown form of account ID", "Unknown choice", "Range with host bits", "Unknown form of zone", "Name that ECR refuses",
			"Unknown compute type", "Unknown form of source", "Images without docker",
		}},
		"what is in an unknown region is passed over": {`
account "a" {
  id     = "111111111111"
  region = "Ireland"
}
network "n" {
  account = account.a
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
runner "r" {
  network = network.n
  codebuild { compute = "y" }
}`, []string{"Unknown form of region"}},
		"a deploy role cannot be compared with an unknown ID": {`
account "a" {
  id          = "1"
  region      = "eu-west-1"
  deploy_role = "arn:aws:iam::111111111111:role/terraform"
}`, []string{"Unknown form of account ID"}},
		"two accounts of one malformed ID are not one account": {`
account "a" {
  id     = "1"
  region = "eu-west-1"
}
account "b" {
  id     = "1"
  region = "eu-west-1"
}`, []string{"Unknown form of account ID", "Unknown form of account ID"}},
		"no buildspec at all, said in a line": {account + network + `
runner "r" {
  network = network.ci
  codebuild { buildspec = "" }
}`, []string{"Build with nothing to do"}},
		"an unknown type has no default image": {account + network + `
runner "r" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    type      = "WINDOWS"
  }
}`, []string{"Unknown choice"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, mistakes(t, test.spec)) })
	}
}

func TestPlaces(t *testing.T) {
	resolved := resolve(t, `
account "b" {
  id     = "222222222222"
  region = "eu-west-1"
}
account "a" {
  id     = "111111111111"
  region = "us-gov-west-1"
}
account "unused" {
  id     = "333333333333"
  region = "eu-west-1"
}
image "one" { account = account.b }
image "two" {
  account = account.b
  region  = "eu-central-1"
}
repository "three" { account = account.a }
`)
	var stacks []string
	for _, p := range resolved.Places() {
		stacks = append(stacks, p.Stack(topology.StorageLayer))
	}
	assert.Equal(t, []string{"a/us-gov-west-1/storage", "b/eu-central-1/storage", "b/eu-west-1/storage"}, stacks)
	images := topology.Of[*topology.Image](resolved)
	assert.Equal(t, "arn:aws:ecr:eu-central-1:222222222222:repository/two", images[1].ARN())
	assert.Equal(t, "222222222222.dkr.ecr.eu-central-1.amazonaws.com/two", images[1].URL())
	assert.Equal(t, "arn:aws-us-gov:codecommit:us-gov-west-1:111111111111:three", topology.Of[*topology.Repository](resolved)[0].ARN())
	assert.Equal(t, "https://git-codecommit.us-gov-west-1.amazonaws.com/v1/repos/three", topology.Of[*topology.Repository](resolved)[0].CloneURL())
}

func TestPartitionFollowsFromTheRegion(t *testing.T) {
	tests := []struct{ region, root, url, deploy string }{
		{"eu-west-1", "arn:aws:iam::111111111111:root", "111111111111.dkr.ecr.eu-west-1.amazonaws.com/app", "arn:aws:iam::111111111111:role/ci/terraform"},
		{"cn-north-1", "arn:aws-cn:iam::111111111111:root", "111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/app", "arn:aws-cn:iam::111111111111:role/ci/terraform"},
		{"us-gov-east-1", "arn:aws-us-gov:iam::111111111111:root", "111111111111.dkr.ecr.us-gov-east-1.amazonaws.com/app", "arn:aws-us-gov:iam::111111111111:role/ci/terraform"},
	}
	for _, test := range tests {
		for _, role := range []string{"ci/terraform", test.deploy} {
			resolved := resolve(t, `
account "a" {
  id          = "111111111111"
  region      = "`+test.region+`"
  deploy_role = "`+role+`"
}
image "app" { account = account.a }
`)
			assert.Equal(t, test.root, resolved.Accounts[0].Root())
			assert.Equal(t, test.deploy, resolved.Accounts[0].DeployRole)
			assert.Equal(t, test.url, topology.Of[*topology.Image](resolved)[0].URL())
		}
	}
}

func TestRegion(t *testing.T) {
	for region, want := range map[string][]string{
		"eu-west-1":      {},
		"us-gov-west-1":  {},
		"mx-central-1":   {}, // regions open; their form stays
		"eu-west-1a":     {"Zone in place of region"},
		"eu-west-11":     {"Unknown form of region"},
		"us-west-2-lax1": {"Unknown form of region"},
		"EU-WEST-1":      {"Unknown form of region"},
		"":               {"Unknown form of region"},
	} {
		assert.Equal(t, want, mistakes(t, "account \"a\" {\n id = \"111111111111\"\n region = \""+region+"\"\n}"), region)
	}
}

func TestOutput(t *testing.T) {
	for output, ok := range map[string]bool{
		"live": true, "./live": true, "live/": true, "out/live": true, "out/../live": true, "my live": true, "my.git": true,
		"": false, ".": false, "./": false, "./.": false, "a/..": false, "..": false, "../live": false, "a/../../live": false, "/live": false,
		`out\\live`: false, "C:live": false, `live\n`: false, `live\u0000`: false,
	} {
		want := []string{}
		if !ok {
			want = []string{"Output outside the spec's folder"}
		}
		assert.Equal(t, want, mistakes(t, "postern { output = \""+output+"\" }\n"+account), output)
	}
	for _, output := range []string{".git", ".GIT", "./.git/", "x/../.git", ".git/hooks", "a/.svn/b", ".github/workflows", ".terraform", "CVS", "_darcs", "git~1"} {
		assert.Equal(t, []string{"Output in a tool's own folder"}, mistakes(t, "postern { output = \""+output+"\" }\n"+account), output)
	}
}

func TestTags(t *testing.T) {
	long := strings.Repeat("ü", 128) // characters count, not bytes
	for tags, want := range map[string][]string{
		`{ owner = "platform", "cost center" = "42", "a_.:/=+-@z" = "" }`: {},
		`{ "` + long + `" = "` + long + long + `" }`:                      {},
		`{ "` + long + `x" = "a" }`:                                       {"Tag that AWS refuses"},
		`{ a = "` + long + long + `x" }`:                                  {"Tag that AWS refuses"},
		`{ "" = "a" }`:                                                    {"Tag that AWS refuses"},
		`{ "a#b" = "a" }`:                                                 {"Tag that AWS refuses"},
		`{ "a" = "two\nlines" }`:                                          {"Tag that AWS refuses"},
		`{ "AWS:x" = "a" }`:                                               {"Tag that AWS refuses"},
		`{ "awsx" = "a" }`:                                                {},
		`{ Owner = "a", owner = "a" }`:                                    {"Tag set twice"},
		`{ for n in range(48) : "k${n}" => "" }`:                          {},
		`{ for n in range(49) : "k${n}" => "" }`:                          {"Too many tags"},
	} {
		assert.Equal(t, want, mistakes(t, "postern { tags = "+tags+" }\n"+account), tags)
	}
}

func TestRunnerAndNetworkShareTheAccount(t *testing.T) {
	loaded := load(t, account+`
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
`+network+runner("r", `buildspec = "{}"`))
	at := loaded.Runners[0].Network.Range
	loaded.Runners[0].Account = spec.Ref{V: spec.Target{Kind: "account", Name: "tooling"}, Range: at}
	_, diags := Topology(loaded)
	assert.Empty(t, diags)
	loaded.Runners[0].Account.V.Name = "prod"
	_, diags = Topology(loaded)
	require.Len(t, diags, 1)
	assert.Equal(t, "Network of another account", diags[0].Summary)
}

func TestReaders(t *testing.T) {
	resolved := resolve(t, account+`
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
account "dev" {
  id     = "333333333333"
  region = "eu-west-1"
}
image "app" {
  account = account.tooling
  readers = [account.prod, account.dev, account.prod]
}
`)
	assert.Equal(t, []*topology.Account{resolved.Accounts[0], resolved.Accounts[1]}, topology.Of[*topology.Image](resolved)[0].Readers, "each once, by name")
}

// FuzzResolve feeds specs, however odd: Resolve never panics, says the same twice, and points at a place in the spec.
func FuzzResolve(f *testing.F) {
	for _, file := range specs(f) {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(dir, "postern.hcl")
		require.NoError(t, os.WriteFile(file, text, 0o644))
		loaded, _, unread := spec.Load(file)
		resolved, diags := Topology(loaded)
		again, same := Topology(loaded)
		require.Equal(t, diags, same)
		require.True(t, reflect.DeepEqual(resolved, again))
		if unread.HasErrors() {
			return // what follows is for specs without holes
		}
		for _, d := range diags {
			require.NotEmpty(t, d.Subject.Filename, d.Error())
		}
		require.Equal(t, diags.HasErrors(), resolved == nil)
		if resolved != nil {
			requireSound(t, resolved)
		}
	})
}

// requireSound checks what holds of every topology.
func requireSound(t *testing.T, resolved *topology.Topology) {
	t.Helper()
	for _, n := range resolved.Networks {
		requireSubnets(t, n)
		for _, e := range n.Endpoints {
			require.NotEmpty(t, e.Work)
			require.True(t, n.Account.Partition.HasEndpoint(e.Service))
		}
	}
	requireBuckets(t, resolved)
	for _, r := range resolved.Roles {
		requireSubjects(t, r)
		require.NotEmpty(t, r.Doors)
		require.Equal(t, r.Issuer != nil, len(r.Subjects) > 0)
		for _, d := range r.Doors {
			require.NotEmpty(t, d.Runners)
			require.NotEqual(t, d.Issuer != nil, len(d.Principals) > 0, "tokens or ARNs")
			require.NotEmpty(t, len(d.Addresses)+len(d.NATs))
			require.False(t, d.Endpoint != nil && (len(d.NATs) > 0 || len(d.Addresses) == 0), "an endpoint and its own ranges")
			require.Equal(t, topology.Aggregated(d.Addresses), d.Addresses)
			for _, a := range d.Addresses {
				require.Equal(t, d.Endpoint != nil && d.Endpoint.Existing != nil, d.Endpoint != nil && !covered(a, d.Endpoint.Private()), "%s", a)
			}
		}
	}
	for _, r := range resolved.Runners {
		require.LessOrEqual(t, len(r.Role), 64)
		for _, a := range r.Work {
			require.NotEmpty(t, a.Reason())
			for _, s := range a.Through {
				require.NotEqual(t, topology.NoPath, r.Path(s), "%s to %s", r.Name, s)
			}
		}
	}
}
