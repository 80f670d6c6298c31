package resolve

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// python is package_index.python with more in it.
func python(readers, publishers, more string) string {
	return fmt.Sprintf("package_index \"python\" {\n account = account.tooling\n readers = [%s]\n publishers = [%s]\n %s\n}\n", readers, publishers, more)
}

const (
	releaser = `
runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::222222222222:role/release"
}
`
	cloud = `
runner "cloud" {
  issuer    = issuer.bitbucket
  addresses = ["203.0.113.64/26"]
  hosted {
    vendor  = "atlassian"
    regions = ["eu-west-1"]
  }
}
`
)

func TestPackageIndex(t *testing.T) {
	resolved := resolve(t, `
postern { prefix = "acme" }
account "tooling" {
  id          = "111111111111"
  region      = "eu-west-1"
  deploy_role = "terraform"
}
`+network+runner("b", `buildspec = "{}"`)+releaser+python("runner.b", "runner.release", `administrators = ["arn:aws:iam::111111111111:role/admin"]`))
	index := resolved.PackageIndexes[0]
	b := index.Bucket
	assert.Equal(t, "acme-python-111111111111-eu-west-1", b.Bucket)
	assert.Equal(t, "python_index", b.Label)
	assert.True(t, b.IsIndex())
	assert.False(t, b.HasKey(), "who does not sign in uses no key")
	assert.Equal(t, []string{"arn:aws:iam::111111111111:role/admin", "arn:aws:iam::111111111111:role/terraform"}, b.Administrators)
	assert.Equal(t, []string{"b as  from in ci"}, grants(b.Readers))
	assert.Equal(t, []string{"release as role/release from 198.51.100.7/32"}, grants(b.Writers))
	assert.Nil(t, index.Proxy)
	assert.Equal(t, "logs s3", endpoints(resolved.Networks[0]))
	installs := resolved.Networks[0].Endpoints[1].Work[0]
	assert.Equal(t, "runner.b installs from package_index.python", installs.Reason())
	assert.True(t, installs.Presigned && installs.Anonymous)
	assert.Equal(t, []string{"arn:aws:s3:::acme-python-111111111111-eu-west-1"}, resources(resolved.Runners[1], "s3:ListBucket"))
	assert.Equal(t, []string{"package_index.python: bucket `acme-python-111111111111-eu-west-1`"}, resolved.Contents(topology.StorageLayer)[b.Place][:1])
}

func TestProxy(t *testing.T) {
	resolved := resolve(t, account+bitbucket+network+runner("b", `buildspec = "{}"`)+releaser+cloud+
		python("runner.b, runner.cloud, runner.release", "runner.release", "proxy = true"))
	index := resolved.PackageIndexes[0]
	require.NotNil(t, index.Proxy)
	assert.Equal(t, "postern-python", index.Proxy.API)
	assert.Equal(t, "postern-index-python", index.Proxy.Role)
	assert.Equal(t, []string{"b as  from in ci"}, grants(index.Bucket.Readers), "through its endpoint")
	assert.Equal(t, []string{"cloud as  from 203.0.113.64/26", "release as  from 198.51.100.7/32"}, grants(index.Proxy.Readers))
}

func TestReadersOfAnotherRegion(t *testing.T) {
	resolved := resolve(t, account+bitbucket+releaser+cloud+python("runner.cloud", "runner.release", `region = "eu-central-1"`))
	assert.Equal(t, []string{"cloud as  from 203.0.113.64/26"}, grants(resolved.PackageIndexes[0].Bucket.Readers), "the vendor's endpoints lead to their own region")
	assert.Equal(t, "eu-central-1", resolved.Runners[0].Work[0].Region)
}

func TestReadersNeedNoIdentity(t *testing.T) {
	office := "runner \"o\" {\n addresses = [\"198.51.100.8\"]\n %s\n}\n"
	desk := "runner \"o\" {\n network = network.ci\n}\n"
	tests := map[string]struct {
		spec string
		want []string
	}{
		"elsewhere":          {fmt.Sprintf(office, "") + python("runner.o", "runner.release", ""), []string{}},
		"in a network":       {network + desk + python("runner.o", "runner.release", ""), []string{}},
		"beside a role":      {fmt.Sprintf(office, "") + roleOf("o", "runner.release", "") + python("runner.o", "role.o", ""), []string{}},
		"who publishes":      {fmt.Sprintf(office, "") + python("runner.o", "runner.o", ""), []string{"Runner without identity"}},
		"in a role":          {fmt.Sprintf(office, "") + roleOf("x", "runner.o, runner.release", "") + python("runner.o", "runner.release", ""), []string{"Runner without identity"}},
		"who does something": {fmt.Sprintf(office, "publish = [replication.web]") + web("") + python("runner.o", "runner.release", ""), []string{"Runner without identity"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, mistakes(t, accounts+releaser+test.spec))
		})
	}
}

func TestPublishersOfPackages(t *testing.T) {
	office := office("o", "198.51.100.8")
	tests := map[string]struct {
		spec string
		want []string
	}{
		"a runner with a role":   {office + roleOf("x", "runner.o", repo) + python("runner.o", "runner.o", ""), []string{"o as role/postern-x from 198.51.100.8/32"}},
		"a role":                 {office + roleOf("x", "runner.o, runner.release", repo) + python("runner.o", "role.x", ""), []string{"o as role/postern-x from 198.51.100.8/32", "release as role/postern-x from 198.51.100.7/32"}},
		"both":                   {office + roleOf("x", "runner.o", repo) + python("runner.o", "role.x, runner.o", ""), []string{"o as role/postern-x from 198.51.100.8/32"}},
		"as itself and its role": {roleOf("x", "runner.release", "") + python("runner.release", "role.x, runner.release", ""), []string{"release as role/postern-x from 198.51.100.7/32", "release as role/release from 198.51.100.7/32"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, grants(resolve(t, accounts+bitbucket+releaser+test.spec).PackageIndexes[0].Bucket.Writers))
		})
	}
}

func TestRoleThatPublishesAlone(t *testing.T) {
	role := "role \"x\" {\n account = account.tooling\n runners = [runner.release]\n}\n"
	assert.Equal(t, []string{}, mistakes(t, account+releaser+role+python("runner.release", "role.x", "")))
	assert.Equal(t, []string{"Package index without publishers", "Role without permissions"}, mistakes(t, account+releaser+role+python("runner.release", "", "")))
	resolved := resolve(t, account+releaser+role+python("runner.release", "role.x", ""))
	require.Len(t, resolved.Roles[0].Work, 2)
	assert.Equal(t, []aws.Service{aws.S3}, resolved.Roles[0].Work[1].Through)
	assert.Equal(t, "role.x publishes package_index.python", resolved.Roles[0].Work[1].Reason())
}

func TestProxyRoleHasANameOfItsOwn(t *testing.T) {
	role := "role \"index-python\" {\n account = account.tooling\n runners = [runner.release]\n managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n}\n"
	assert.Equal(t, []string{"Role name taken"}, mistakes(t, account+releaser+role+python("runner.release", "runner.release", "proxy = true")))
}
