package resolve

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/topology"
)

func TestClosedBuckets(t *testing.T) {
	builder := func(more string) string {
		return network + "runner \"b\" {\n network = network.ci\n publish = [replication.shop]\n codebuild {\n buildspec = \"{}\"\n " + more + "\n }\n}\n"
	}
	roleWith := func(account, actions, resources, more string) string {
		return fmt.Sprintf("role \"x\" {\n account = account.%s\n runners = [runner.release]\n %s\n allow {\n actions = [%s]\n resources = [%s]\n }\n}\n", account, more, actions, resources)
	}
	const (
		source  = `"${replication.web.bucket_arn}/*"`
		replica = `"arn:aws:s3:::acme-web/*"`
		index   = `"${package_index.python.arn}/*"`
	)
	writer, reader := []string{"Bucket closed to its writer"}, []string{"Bucket closed to its reader"}
	tests := map[string]struct {
		spec string
		want []string
	}{
		"a build writes into a source":      {builder(`write = [replication.web.bucket_arn]`), writer},
		"a build writes into a replica":     {builder(`write = ["arn:aws:s3:::acme-web"]`), writer},
		"a build writes into an index":      {builder(`write = [package_index.python.arn]`), writer},
		"a build writes into what it fills": {builder(`write = [replication.shop.bucket_arn]`), []string{}},
		"a build writes elsewhere":          {builder(`write = ["arn:aws:s3:::acme"]`), []string{}},
		"a build reads a source":            {builder(`read = [replication.web.bucket_arn]`), []string{}},
		"a build reads an index":            {builder(`read = [package_index.python.arn]`), []string{}},
		"a build reads another region's":    {builder(`read = ["arn:aws:s3:::acme-near"]`), []string{"Bucket out of reach"}},
		"a build reads another account's":   {builder(`read = ["arn:aws:s3:::acme-web"]`), reader},
		"a role writes into a source":       {roleWith("tooling", `"s3:PutObject"`, source, ""), writer},
		"a role deletes in a source":        {roleWith("tooling", `"s3:delete*"`, source, ""), writer},
		"a role may do all in a replica":    {roleWith("prod", `"*"`, replica, ""), writer},
		"a role writes into an index":       {roleWith("tooling", `"s3:GetObject", "s3:PutObject"`, index, ""), writer},
		"a role publishes, and writes":      {roleWith("tooling", `"s3:PutObject"`, source, "publish = [replication.web]"), []string{}},
		"a role reads a source":             {roleWith("tooling", `"s3:Get*", "s3:List*"`, source, ""), []string{}},
		"a role reads a replica":            {roleWith("prod", `"s3:GetObject"`, replica, ""), []string{}},
		"a role reads another account's":    {roleWith("prod", `"s3:Get*"`, source, ""), reader},
		"a role has an index to publish":    {roleWith("tooling", `"s3:PutObject"`, `"${package_index.docs.arn}/*"`, ""), []string{}},
		"a role administers an index":       {"role \"admin\" {\n account = account.tooling\n runners = [runner.release]\n allow {\n actions = [\"s3:*\"]\n resources = [" + index + "]\n }\n}\n", []string{}},
		"a role writes everywhere":          {roleWith("tooling", `"s3:*"`, `"*", "arn:aws:s3:::*/*"`, ""), []string{}},
		"a role configures a bucket":        {roleWith("tooling", `"s3:PutLifecycleConfiguration", "s3:*"`, `replication.web.bucket_arn`, ""), []string{}},
		"a role works on something else":    {roleWith("tooling", `"ecs:*"`, source, ""), []string{}},
	}
	common := accounts + `
replication "web" {
  from { account = account.tooling }
  to {
    account = account.prod
    bucket  = "acme-web"
  }
  to {
    account = account.tooling
    region  = "us-east-1"
    bucket  = "acme-near"
  }
}
replication "shop" {
  from { account = account.tooling }
  to { account = account.prod }
}
runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
  publish   = [replication.web, replication.shop]
}
package_index "docs" {
  account    = account.tooling
  readers    = [runner.release]
  publishers = [ROLE]
}
` + python("runner.release", "runner.release", `administrators = ["arn:aws:iam::111111111111:role/postern-admin"]`)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			publisher := "runner.release"
			if strings.Contains(test.spec, "package_index.docs") {
				publisher = "role.x"
			}
			assert.Equal(t, test.want, mistakes(t, strings.Replace(common, "ROLE", publisher, 1)+test.spec))
		})
	}
}

// TestReadersDecrypt: what a key of the spec encrypts is of no use to those who may not have S3 decrypt it.
func TestReadersDecrypt(t *testing.T) {
	const replicated = accounts + network + `
replication "web" {
  from { account = account.tooling }
  to { account = account.prod }
  ENCRYPTION
}
runner "b" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    read      = [replication.web.bucket_arn]
  }
}
role "r" {
  account = account.tooling
  runners = [runner.release]
  allow {
    actions   = ["ACTION"]
    resources = ["${replication.web.bucket_arn}/*"]
  }
}
runner "release" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/release"
  publish   = [replication.web]
}
`
	decrypt := func(work []*topology.Access) (of []topology.Place) {
		for _, a := range work {
			if slices.Equal(a.Actions, []string{"kms:Decrypt"}) && a.KeyOf != nil {
				assert.Len(t, a.Conditions, 2, "through S3, for this bucket")
				of = append(of, *a.KeyOf)
			}
		}
		return of
	}
	for name, test := range map[string]struct {
		action, encryption string
		runner, role       bool
	}{
		"objects":      {"s3:Get*", "", true, true},
		"names alone":  {"s3:ListBucket", "", true, false},
		"no key there": {"s3:GetObject", `encryption = "aws"`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := resolve(t, strings.NewReplacer("ACTION", test.action, "ENCRYPTION", test.encryption).Replace(replicated))
			source := got.Replications[0].Source.Place
			assert.Equal(t, test.runner, slices.Contains(decrypt(got.Runners[0].Work), source))
			assert.Equal(t, test.role, slices.Contains(decrypt(got.Roles[0].Work), source))
		})
	}
}
