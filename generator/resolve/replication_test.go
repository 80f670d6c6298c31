package resolve

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// web is replication.web with more in it, from the tooling account to production.
func web(more string) string {
	return "replication \"web\" {\n from { account = account.tooling }\n to { account = account.prod }\n" + more + "\n}\n"
}

// publishing is a runner elsewhere with an IAM role, which publishes.
const publishing = `
runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::222222222222:role/jenkins"
  publish   = [replication.web]
}
`

// grants are a list of grants, a line each.
func grants(list []*topology.Grant) []string {
	out := []string{}
	for _, g := range list {
		var from []string
		for _, d := range g.From {
			where := joined(d.Addresses, ",")
			for _, n := range d.NATs {
				where += "nat:" + n.Name
			}
			if d.Endpoint != nil {
				where += " in " + d.Endpoint.Name
			}
			from = append(from, strings.TrimSpace(where))
		}
		out = append(out, fmt.Sprintf("%s as %s from %s", g.Runner.Name, g.ARN[strings.LastIndex(g.ARN, ":")+1:], strings.Join(from, " and ")))
	}
	return out
}

func TestReplication(t *testing.T) {
	resolved := resolve(t, "postern { prefix = \"acme\" }\n"+accounts+`
replication "web" {
  from { account = account.tooling }
  to {
    account       = account.prod
    region        = "us-east-1"
    storage_class = "STANDARD_IA"
  }
  to { account = account.prod }
  prefix          = "public/"
  object_tags     = { publish = "yes" }
  time_control    = true
  noncurrent_days = 7
}
`+publishing)
	require.Len(t, resolved.Replications, 1)
	web := resolved.Replications[0]
	assert.Equal(t, "arn:aws:iam::111111111111:role/acme-replication-web", web.RoleARN())
	assert.Equal(t, "acme-web-111111111111-eu-west-1", web.Source.Bucket)
	assert.Equal(t, "arn:aws:s3:::acme-web-111111111111-eu-west-1/*", web.Source.Objects())
	assert.Same(t, web, web.Source.SourceOf)
	var to []string
	for _, d := range web.Destinations {
		assert.Same(t, web, d.ReplicaOf)
		assert.True(t, web.HandsOver(d))
		assert.True(t, d.Encrypted)
		assert.Equal(t, 7, d.NoncurrentDays)
		to = append(to, d.Label+" "+d.Bucket.Bucket+" "+d.StorageClass)
	}
	assert.Equal(t, []string{"web_replica acme-web-222222222222-eu-central-1 ", "web_replica acme-web-222222222222-us-east-1 STANDARD_IA"}, to)
	assert.Equal(t, []topology.Tag{{Key: "publish", Value: "yes"}}, web.ObjectTags)
	var stacks []string
	for _, p := range resolved.Places() {
		stacks = append(stacks, p.Stack(topology.StorageLayer))
	}
	assert.Equal(t, []string{"prod/eu-central-1/storage", "prod/us-east-1/storage", "tooling/eu-west-1/storage"}, stacks)
	assert.Len(t, resolved.KeyUsers(), 3)
	assert.Equal(t, []string{"replication.web: bucket `acme-web-222222222222-us-east-1`, with replicas from `acme-web-111111111111-eu-west-1`", "the key that encrypts what is stored here"},
		resolved.Contents(topology.StorageLayer)[web.Destinations[1].Place])
	assert.Equal(t, []string{"replication.web: from `acme-web-111111111111-eu-west-1` to `acme-web-222222222222-eu-central-1`, `acme-web-222222222222-us-east-1`"},
		resolved.Contents(topology.DeliveryLayer)[web.Source.Place])
}

func TestKeysOfReplications(t *testing.T) {
	uses := func(resolved *topology.Topology, account string) (out []string) {
		for _, p := range resolved.Places() {
			for _, u := range resolved.KeyUses(p) {
				if p.Account.Name == account {
					out = append(out, u.ARN+" "+strings.Join(u.Actions, " "))
				}
			}
		}
		return out
	}
	resolved := resolve(t, accounts+web("")+publishing)
	assert.Equal(t, []string{"arn:aws:iam::111111111111:role/postern-replication-web kms:Decrypt kms:Encrypt kms:GenerateDataKey"}, uses(resolved, "prod"))
	assert.Equal(t, []string{"arn:aws:iam::222222222222:role/jenkins kms:Decrypt kms:GenerateDataKey"}, uses(resolved, "tooling"))
	key, ok := resolved.Replications[0].Destinations[0].KeyFrom(resolved.Replications[0].Source.Place)
	assert.True(t, ok)
	assert.Equal(t, "${data.terraform_remote_state.prod_eu-central-1_storage.outputs.key_arn}", key.String())

	for _, text := range []string{web(`encryption = "aws"`), "postern { encryption = \"aws\" }\n" + web("")} {
		resolved = resolve(t, accounts+text+publishing)
		assert.Empty(t, uses(resolved, "prod"))
		assert.Empty(t, resolved.KeyUsers())
		_, ok = resolved.Replications[0].Source.KeyFrom(topology.Place{})
		assert.False(t, ok)
	}
	resolved = resolve(t, "postern { encryption = \"aws\" }\n"+accounts+web(`encryption = "kms"`)+publishing)
	assert.Len(t, resolved.KeyUsers(), 2, "of its two sides, and nothing else")
}

func TestExistingBuckets(t *testing.T) {
	resolved := resolve(t, accounts+`
replication "web" {
  from {
    account    = account.tooling
    bucket     = "ours"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-west-1:111111111111:key/mrk-1"
  }
  to {
    account    = account.prod
    bucket     = "theirs"
    existing   = true
    versioning = true
    kms_key    = "arn:aws:kms:eu-central-1:222222222222:key/mrk-2"
  }
}
`+publishing)
	web := resolved.Replications[0]
	key, _ := web.Destinations[0].KeyFrom(web.Source.Place)
	assert.Equal(t, "arn:aws:kms:eu-central-1:222222222222:key/mrk-2", key.String())
	assert.Empty(t, resolved.KeyUsers(), "no key of ours")
	require.Len(t, resolved.Places(), 1, "nothing is made where the replicas go")
	assert.Empty(t, resolved.Contents(topology.StorageLayer))
	assert.Equal(t, []string{"arn:aws:kms:eu-west-1:111111111111:key/mrk-1"}, resources(resolved.Runners[0], "kms:GenerateDataKey"))
}

func TestPublishers(t *testing.T) {
	builder := func(more string) string {
		return "runner \"b\" {\n network = network.ci\n publish = [replication.web]\n codebuild {\n buildspec = \"{}\"\n " + more + "\n }\n}\n"
	}
	const of = "b as role/postern-runner-b from "
	tests := map[string]struct {
		spec string
		want []string
		path string // endpoints of the network
	}{
		"elsewhere": {publishing, []string{"jenkins as role/jenkins from 198.51.100.7/32"}, ""},
		"sealed":    {network + builder(""), []string{of + "in ci"}, "logs s3"},
		"NAT":       {natNetwork("ci", "10.20.0.0/20", "") + builder(""), []string{of + "nat:ci"}, ""},
		"NAT and endpoint": {
			natNetwork("ci", "10.20.0.0/20", "") + builder(`uses = ["s3"]`), []string{of + "in ci"}, "s3",
		},
		"in transition":      {natNetwork("ci", "10.20.0.0/20", "transition = true") + builder(""), []string{of + "nat:ci"}, ""},
		"in transition, too": {natNetwork("ci", "10.20.0.0/20", "transition = true") + builder(`uses = ["s3"]`), []string{of + "nat:ci and in ci"}, "s3"},
		"another region": {
			natNetwork("ci", "10.20.0.0/20", `region = "us-east-1"`) + builder(`uses = ["s3"]`), []string{of + "nat:ci"}, "s3",
		},
		"existing VPC": {`
network "ci" {
  account = account.tooling
  vpc_id = "vpc-0a1b2c3d4e5f60718"
  subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  egress = "nat"
  nat_addresses = ["203.0.113.10"]
}
` + builder(""), []string{of + "203.0.113.10/32"}, ""},
		"as a role": {
			network + bitbucket + machine("m", "ci", "") + roleOf("x", "runner.m", repo+"\n publish = [replication.web]"), []string{"m as role/postern-x from in ci"}, "s3 sts",
		},
		"as a role, with an address": {
			network + bitbucket + machine("m", "ci", `addresses = ["10.20.0.0/28"]`) + roleOf("x", "runner.m", repo+"\n publish = [replication.web]"),
			[]string{"m as role/postern-x from 10.20.0.0/28 in ci"}, "s3 sts",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			resolved := resolve(t, accounts+web("")+test.spec)
			assert.Equal(t, test.want, grants(resolved.Replications[0].Source.Writers))
			if len(resolved.Networks) > 0 {
				assert.Equal(t, test.path, endpoints(resolved.Networks[0]))
			}
		})
	}
}

func TestRolePublishes(t *testing.T) {
	resolved := resolve(t, accounts+web("")+network+runner("b", `buildspec = "{}"`)+
		"role \"x\" {\n account = account.prod\n runners = [runner.b]\n publish = [replication.web]\n}\n")
	role, builder := resolved.Roles[0], resolved.Runners[0]
	require.Len(t, role.Work, 2)
	assert.Equal(t, "role.x publishes replication.web", role.Work[0].Reason())
	assert.Equal(t, []string{"s3:AbortMultipartUpload", "s3:PutObject"}, role.Work[0].Actions)
	assert.Equal(t, "role.x has S3 encrypt what it publishes in replication.web", role.Work[1].Reason())
	assert.Equal(t, "tooling", role.Work[1].KeyOf.Account.Name)
	path := builder.Work[len(builder.Work)-1]
	assert.Equal(t, "runner.b publishes replication.web as role.x", path.Reason())
	assert.Equal(t, []aws.Service{aws.S3}, path.Through)
	assert.True(t, path.Free, "the role of the builds itself may not")
	assert.Equal(t, []string{role.ARN()}, path.Roles)
}

func TestCircles(t *testing.T) {
	// hop copies from one existing bucket to others.
	hop := func(name, from string, to ...string) string {
		text := fmt.Sprintf("replication %q {\n encryption = \"aws\"\n from {\n account = account.prod\n region = \"eu-west-1\"\n bucket = %q\n existing = true\n versioning = true\n }\n", name, from)
		for i, bucket := range to {
			text += fmt.Sprintf(" to {\n account = account.prod\n region = \"eu-west-%d\"\n bucket = %q\n existing = true\n versioning = true\n }\n", i+1, bucket)
		}
		return text + "}\n"
	}
	long := ""
	for i := range 20 {
		long += hop(fmt.Sprintf("r%d", i), fmt.Sprintf("bucket-%d", i), fmt.Sprintf("bucket-%d", (i+1)%20))
	}
	tests := map[string]struct {
		spec string
		want []string
	}{
		"itself":                {hop("a", "one", "one"), []string{"Same bucket on both sides"}},
		"two":                   {hop("a", "one", "two") + hop("b", "two", "one"), []string{"Replications in a circle"}},
		"three":                 {hop("a", "one", "two") + hop("b", "two", "three") + hop("c", "three", "one"), []string{"Replications in a circle"}},
		"by one of two":         {hop("a", "one", "two", "three") + hop("b", "three", "one"), []string{"Replications in a circle"}},
		"two circles":           {hop("a", "one", "two") + hop("b", "two", "one") + hop("c", "six", "ten") + hop("d", "ten", "six"), []string{"Replications in a circle", "Replications in a circle"}},
		"into a circle":         {hop("a", "one", "two") + hop("b", "two", "one") + hop("c", "six", "one"), []string{"Replications in a circle"}},
		"twenty":                {long, []string{"Replications in a circle"}},
		"a chain":               {hop("a", "one", "two") + hop("b", "two", "three"), []string{"Replicas go no further"}}, // a warning
		"a chain in two places": {hop("a", "one", "six", "two") + hop("b", "two", "three"), []string{"One bucket in two places"}},
		"two into one":          {hop("a", "one", "three") + hop("b", "two", "three"), []string{}},
		"two into one of two":   {hop("a", "one", "two", "three") + hop("b", "six", "three"), []string{"One bucket in two places"}},
		"from one, into others": {hop("a", "one", "two") + hop("b", "one", "three"), []string{"Source of two replications"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, mistakes(t, accounts+test.spec)) })
	}
}

func TestBucketNames(t *testing.T) {
	for name, want := range map[string]string{
		"acme-web": "", "123": "", strings.Repeat("a", 63): "",
		"": "Bucket name that S3 refuses", "ab": "Bucket name that S3 refuses", strings.Repeat("a", 64): "Bucket name that S3 refuses",
		"-acme": "Bucket name that S3 refuses", "acme-": "Bucket name that S3 refuses", "Acme": "Bucket name that S3 refuses", "acme_web": "Bucket name that S3 refuses",
		"xn--acme": "Bucket name that S3 refuses", "sthree-acme": "Bucket name that S3 refuses", "acme--x-s3": "Bucket name that S3 refuses",
		"acme.web": "Bucket name with dots", "192.168.1.1": "Bucket name with dots",
	} {
		found := []string{}
		if want != "" {
			found = append(found, want)
		}
		text := fmt.Sprintf("replication \"web\" {\n from {\n account = account.tooling\n bucket = %q\n }\n to { account = account.prod }\n}\n", name)
		assert.Equal(t, found, mistakes(t, accounts+text+publishing), name)
	}
}

func TestNobodyPublishes(t *testing.T) {
	assert.Equal(t, []string{"Replication without publishers"}, mistakes(t, accounts+web("")))
	assert.Equal(t, []string{}, mistakes(t, accounts+web("")+publishing))
	assert.Equal(t, []string{}, mistakes(t, accounts+strings.Replace(web(`encryption = "aws"`), "{ account = account.tooling }", "{\n account = account.tooling\n bucket = \"ours\"\n existing = true\n versioning = true\n }", 1)), "its owner knows")
}

func TestReplicationRoleHasANameOfItsOwn(t *testing.T) {
	role := "role \"replication-web\" {\n account = account.tooling\n runners = [runner.jenkins]\n publish = [replication.web]\n}\n"
	assert.Equal(t, []string{"Role name taken"}, mistakes(t, accounts+web("")+publishing+role))
}

func TestReplicasOfEncryptedObjectsHaveAKey(t *testing.T) {
	for _, text := range []string{"postern { encryption = \"aws\" }\n" + web(""), web(`encryption = "aws"`)} {
		text = strings.Replace(text, "{ account = account.tooling }",
			"{\n account = account.tooling\n bucket = \"ours\"\n existing = true\n versioning = true\n kms_key = \"arn:aws:kms:eu-west-1:111111111111:key/mrk-1\"\n }", 1)
		_, diags := Topology(load(t, accounts+text))
		require.Len(t, diags, 1)
		assert.Equal(t, "Replicas without a key", diags[0].Summary)
		assert.NotEmpty(t, diags[0].Subject.Filename)
	}
}

// requireBuckets checks what holds of all that is published.
func requireBuckets(t *testing.T, resolved *topology.Topology) {
	t.Helper()
	made := map[bucketID]bool{}
	for _, b := range resolved.Buckets {
		require.False(t, !b.Existing && made[idOf(b)], "two of one name")
		made[idOf(b)] = made[idOf(b)] || !b.Existing
		for _, g := range slices.Concat(b.Writers, b.Readers) {
			require.NotEmpty(t, g.From)
			require.True(t, g.ARN != "" || b.IsIndex())
			for _, d := range g.From {
				require.True(t, d.Endpoint == nil || d.Endpoint.Region == b.Region, "an endpoint leads to its own region")
				require.True(t, d.Endpoint != nil || len(d.Addresses)+len(d.NATs) > 0)
			}
		}
	}
	for _, r := range resolved.Replications {
		require.LessOrEqual(t, len(r.Role), 64)
		for _, d := range r.Destinations {
			require.True(t, d.HasKey() || !r.Source.HasKey())
			require.Equal(t, r.Source.Account.Partition, d.Account.Partition)
			require.NotEqual(t, r.Source.Bucket, d.Bucket.Bucket)
		}
	}
	for _, d := range resolved.Distributions {
		require.False(t, d.Origin.IsIndex() || d.Origin.Existing)
		require.Equal(t, len(d.Aliases) > 0, d.Certificate != "")
	}
}

func BenchmarkReplications(b *testing.B) {
	text := accounts + network
	for i := range 500 {
		name := fmt.Sprintf("w%d", i)
		text += strings.ReplaceAll(web(""), `"web"`, `"`+name+`"`)
		text += fmt.Sprintf("runner \"b%d\" {\n network = network.ci\n publish = [replication.%s]\n codebuild {\n buildspec = \"{}\"\n }\n}\n", i, name)
	}
	loaded := load(b, text)
	for b.Loop() {
		_, diags := Topology(loaded)
		require.Empty(b, diags)
	}
}

func TestPublishersDeleteWhatTravels(t *testing.T) {
	actions := func(more string) []string {
		return resolve(t, accounts+publishing+web(more)).Replications[0].Source.Publishing()[0].Actions
	}
	assert.Equal(t, []string{"s3:AbortMultipartUpload", "s3:PutObject"}, actions(""))
	assert.Equal(t, []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"}, actions("delete_markers = true"))
}
