package proof_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/proof"
)

// published is a spec with all that buckets, replications, distributions and package indexes can be: in one account and
// across, in one region and across, made here and existing, with keys of one's own and of AWS's; publishers and readers
// of every kind, from every kind of place.
const published = `
account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id          = "222222222222"
  region      = "eu-west-1"
  deploy_role = "arn:aws:iam::222222222222:role/terraform"
}

account "archive" {
  id     = "333333333333"
  region = "eu-central-1"
}

network "sealed" {
  account = account.ci
  cidr    = "10.0.0.0/20"
  zones   = ["a", "b"]
}

network "other" {
  account = account.ci
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
}

network "open" {
  account = account.web
  cidr    = "10.2.0.0/20"
  zones   = ["a", "b"]
  egress  = "nat"
}

network "moving" {
  account    = account.ci
  cidr       = "10.3.0.0/20"
  zones      = ["a"]
  egress     = "nat"
  transition = true
}

network "theirs" {
  account         = account.ci
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}

issuer "github" {
  github {}
}

runner "builder" {
  network = network.sealed
  codebuild { buildspec = "{}" }
  publish = [replication.web]
}

runner "twin" {
  network = network.other
  codebuild { buildspec = "{}" }
}

runner "machine" {
  network   = network.sealed
  issuer    = issuer.github
  addresses = ["10.0.0.32/28"]
}

runner "out" {
  network   = network.open
  principal = "arn:aws:iam::222222222222:role/out"
  publish   = [replication.web, replication.kept]
}

runner "mover" {
  network   = network.moving
  principal = "arn:aws:iam::111111111111:role/mover"
  uses      = ["s3"]
  publish   = [replication.web]
}

runner "guest" {
  network   = network.theirs
  addresses = ["172.20.1.0/24"]
  principal = "arn:aws:iam::111111111111:role/guest"
  publish   = [replication.kept]
}

runner "jenkins" {
  addresses = ["198.51.100.4/30", "2001:db8::/64"]
  principal = "arn:aws:iam::444444444444:user/jenkins"
  publish   = [replication.web, replication.logs]
}

runner "cloud" {
  addresses = ["192.0.2.0/25"]
  issuer    = issuer.github
  hosted {
    vendor  = "atlassian"
    regions = ["eu-west-1"]
  }
}

runner "office" {
  addresses = ["198.51.100.9"]
  principal = "arn:aws:iam::111111111111:role/office"
}

role "release" {
  account      = account.ci
  runners      = [runner.machine]
  repositories = ["acme@12/app@34"]
  branches     = ["main"]
  publish      = [replication.web]
}

replication "web" {
  from { account = account.ci }
  to {
    account = account.web
  }
  to {
    account       = account.archive
    storage_class = "STANDARD_IA"
  }
  prefix           = "public/"
  delete_markers   = true
  time_control     = true
  existing_objects = true
}

replication "kept" {
  from { account = account.ci }
  to {
    account = account.ci
    region  = "us-east-1"
  }
  object_tags     = { publish = "yes", team = "web" }
  noncurrent_days = 7
}

replication "logs" {
  from { account = account.ci }
  to { account = account.web }
  encryption = "aws"
}

replication "old" {
  from {
    account    = account.ci
    bucket     = "acme-old"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
  to {
    account    = account.web
    bucket     = "acme-old-replica"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:222222222222:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  }
}

distribution "web" {
  account     = account.web
  origin      = replication.web
  aliases     = ["www.example.com"]
  certificate = "arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
  logs        = true
}

distribution "legacy" {
  account  = account.web
  origin   = replication.logs
  access   = "identity"
  identity = "E2QWRUHAPOMQZL"
}

package_index "python" {
  account        = account.ci
  readers        = [runner.builder, runner.machine, runner.cloud]
  publishers     = [runner.builder, role.release, runner.jenkins]
  administrators = ["arn:aws:iam::111111111111:role/admin"]
  proxy          = true
}

package_index "plain" {
  account    = account.web
  readers    = [runner.out, runner.office]
  publishers = [runner.out]
}
`

func TestWhatIsPublishedIsProved(t *testing.T) {
	for name, settings := range map[string]string{
		"keys of one's own": "",
		"keys of AWS":       "postern { encryption = \"aws\" }\n",
		"state in S3":       "postern {\n state {\n bucket = \"acme-state\"\n region = \"us-east-1\"\n }\n}\n",
	} {
		assert.Greater(t, proved(t, fromSpec(t, settings+published), name).Claims, 1000)
	}
}

// TestAccessToBuckets holds what the page says of buckets to testdata/buckets.md.
func TestAccessToBuckets(t *testing.T) {
	const golden = "testdata/buckets.md"
	page := string(proved(t, fromSpec(t, published), "published").Access.Markdown(""))
	from, to := strings.Index(page, "\n## Buckets\n"), strings.Index(page, "\n## Runners\n")
	require.Less(t, from, to)
	page = page[from+1 : to]
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(page), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), page, "to record the page: go test ./generator/proof -run AccessToBuckets -update")
}

// TestOneMorePublisherIsOneMoreRow: and nothing else that is said of buckets.
func TestOneMorePublisherIsOneMoreRow(t *testing.T) {
	before := proved(t, fromSpec(t, published), "before").Access.Markdown("")
	after := proved(t, fromSpec(t, strings.Replace(published, `["198.51.100.9"]`, `["198.51.100.9", "198.51.100.19"]`, 1)), "after").Access.Markdown("")
	assert.Equal(t, []string{
		"| read: installing | runner.office, without signing in | `198.51.100.19/32` |\n",
		"Machines at `198.51.100.9/32`, `198.51.100.19/32`, known by `arn:aws:iam::111111111111:role/office`.\n",
	}, added(before, after))
}

// TestReadersInARange: who has to be in a part of a network has a row that says so, unless somebody else has all of it.
func TestReadersInARange(t *testing.T) {
	spec := strings.Replace(published, "[runner.builder, runner.machine, runner.cloud]", "[runner.machine, runner.cloud]", 1)
	const row = "| read: installing | runner.machine, without signing in | network.sealed, through its S3 endpoint%s |\n"
	assert.Contains(t, string(proved(t, fromSpec(t, spec), "a part").Access.Markdown("")), fmt.Sprintf(row, ", from `10.0.0.32/28` alone"))
	assert.Contains(t, string(proved(t, fromSpec(t, published), "all").Access.Markdown("")), fmt.Sprintf(row, ""))
}

// TestReplicationsOfAUnit: a publisher of two replications makes them one unit, and what was proved of others is the same.
func TestReplicationsOfAUnit(t *testing.T) {
	s := fromSpec(t, copied(6, 3))
	assert.Equal(t, proof.Whole(s.topology, s.files), proof.Prove(s.topology, s.files))
	assert.Equal(t, 1, proof.Units(s.topology, s.files))
}

// TestPublisherOfAnotherAccountThanItsNetwork: whose key policies decide, is who signs.
func TestPublisherOfAnotherAccountThanItsNetwork(t *testing.T) {
	s := fromSpec(t, `
account "web" {
  id     = "222222222222"
  region = "eu-west-1"
}

network "n" {
  account = account.web
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
}

runner "jenkins" {
  network   = network.n
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}

replication "web" {
  from { account = account.web }
  to {
    account = account.web
    region  = "us-east-1"
  }
}
`)
	proved(t, s, "a principal of another account")
	less := replaced(t, "eu-west-1/storage/key.tf", `\n +"kms:GenerateDataKey",`, "")
	assert.Contains(t, reasons(proof.Prove(s.topology, less(s.files))), "publishers write into `postern-web-222222222222-eu-west-1`, and is refused: arn:aws:sts::111111111111:assumed-role/jenkins/session may kms:GenerateDataKey")
}

// TestWritersBesideThePublishers: what a bucket of the tree refuses is no work that gets through, whatever the writer's own
// role allows.
func TestWritersBesideThePublishers(t *testing.T) {
	const elsewhere, here = "arn:aws:s3:::elsewhere", "arn:aws:s3:::postern-site-111111111111-eu-west-1"
	test := func(access string) proof.Report {
		s := fromSpec(t, handover+`
network "ci" {
  account = account.ci
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
}

runner "other" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    `+access+` = ["`+elsewhere+`"]
  }
}
`)
		for _, r := range s.topology.Runners {
			for _, a := range r.Work {
				for i := range a.Resources {
					a.Resources[i] = strings.Replace(a.Resources[i], elsewhere, here, 1)
				}
			}
		}
		for i := range s.files {
			s.files[i].Data = bytes.ReplaceAll(s.files[i].Data, []byte(elsewhere), []byte(here))
		}
		return proof.Prove(s.topology, s.files)
	}
	assert.Contains(t, reasons(test("write")), "may s3:AbortMultipartUpload on "+here+"/")
	assert.Empty(t, reasons(test("read")), "a reader of the bucket's own account")
}
