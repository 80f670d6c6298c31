package buckets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/buckets"
	"github.com/postern-dev/postern/generator/generatortest"
	"github.com/postern-dev/postern/generator/topology"
)

const accounts = `
postern { prefix = "acme" }
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}
`

const network = `
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
network "nat" {
  account = account.tooling
  cidr    = "10.1.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}
`

// web is replication.web with more in it, from the tooling account to production.
func web(more string) string {
	return "replication \"web\" {\n  from { account = account.tooling }\n  to { account = account.prod }\n" + more + "\n}\n"
}

// jenkins is a runner elsewhere that publishes as an IAM role of an account.
func jenkins(name, account, address string) string {
	return fmt.Sprintf("runner %q {\n  addresses = [%q]\n  principal = \"arn:aws:iam::%s:role/%s\"\n  publish   = [replication.web]\n}\n", name, address, account, name)
}

func emit(t *testing.T, spec string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, buckets.Blueprint{}, accounts+spec)
}

const (
	source  = "aws_s3_bucket_policy.web"
	replica = "aws_s3_bucket_policy.web_replica"
	role    = "arn:aws:iam::111111111111:role/acme-replication-web"
)

// statement is the one with a Sid.
func statement(t *testing.T, p generatortest.Policy, sid string) generatortest.Statement {
	t.Helper()
	for _, s := range p.Statement {
		if s.Sid == sid {
			return s
		}
	}
	require.Fail(t, "no statement "+sid)
	return generatortest.Statement{}
}

// fences are the statements that keep writers from elsewhere out.
func fences(p generatortest.Policy) (out []generatortest.Statement) {
	for _, s := range p.Statement {
		if s.Effect == "Deny" && s.Condition["ArnEquals"] != nil && len(s.Condition) > 1 {
			out = append(out, s)
		}
	}
	return out
}

func TestEveryBucketIsTidyAndPrivate(t *testing.T) {
	files := emit(t, web(`noncurrent_days = 7`)+jenkins("jenkins", "111111111111", "198.51.100.7")+`
distribution "web" {
  account = account.prod
  origin  = replication.web
  logs    = true
}
package_index "python" {
  account    = account.tooling
  readers    = [runner.office]
  publishers = [runner.office]
}
runner "office" {
  addresses = ["198.51.100.9"]
  principal = "arn:aws:iam::111111111111:user/office"
}
`)
	labels := []string{"python_index", "web", "web_logs", "web_replica"}
	assert.Equal(t, []string{"aws_s3_bucket.python_index", "aws_s3_bucket.web", "aws_s3_bucket.web_logs", "aws_s3_bucket.web_replica"}, files.All("aws_s3_bucket"))
	days := map[string]int{"web": 7, "web_replica": 7, "python_index": 30, "web_logs": 30}
	for _, label := range labels {
		name := files.Attr("aws_s3_bucket."+label, "bucket")
		for _, kind := range []string{"ownership_controls", "public_access_block", "versioning", "server_side_encryption_configuration", "lifecycle_configuration", "policy"} {
			assert.Equal(t, "${aws_s3_bucket."+label+".bucket}", files.Attr("aws_s3_bucket_"+kind+"."+label, "bucket"))
		}
		for _, flag := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
			assert.Equal(t, true, files.Attr("aws_s3_bucket_public_access_block."+label, flag), label)
		}
		assert.Equal(t, "Enabled", files.Attr("aws_s3_bucket_versioning."+label, "versioning_configuration.status"))
		lifecycle := "aws_s3_bucket_lifecycle_configuration." + label
		assert.EqualValues(t, 7, files.Attr(lifecycle, "rule.abort_incomplete_multipart_upload.days_after_initiation"))
		assert.EqualValues(t, days[label], files.Attr(lifecycle, "rule.noncurrent_version_expiration.noncurrent_days"))
		tls := statement(t, files.Policy("aws_s3_bucket_policy."+label, "policy"), "TLSOnly")
		assert.Equal(t, generatortest.Strings{fmt.Sprintf("arn:aws:s3:::%s", name), fmt.Sprintf("arn:aws:s3:::%s/*", name)}, tls.Resource)
		assert.Equal(t, map[string]map[string]generatortest.Strings{"Bool": {"aws:SecureTransport": {"false"}}}, tls.Condition)
	}
	assert.Equal(t, "BucketOwnerEnforced", files.Attr("aws_s3_bucket_ownership_controls.web_replica", "rule.object_ownership"))
	assert.Equal(t, "BucketOwnerPreferred", files.Attr("aws_s3_bucket_ownership_controls.web_logs", "rule.object_ownership"), "CloudFront hands logs over by ACL")
	assert.EqualValues(t, 365, files.Attr("aws_s3_bucket_lifecycle_configuration.web_logs", "rule.expiration.days"))
	assert.Contains(t, files.Text, "prod/us-east-1/storage/distribution_web.tf")
	assert.Contains(t, files.Text, "tooling/eu-west-1/storage/package_index_python.tf")
}

func TestEncryption(t *testing.T) {
	const rule = "rule.apply_server_side_encryption_by_default."
	own := emit(t, web(""))
	for _, label := range []string{"web", "web_replica"} {
		at := "aws_s3_bucket_server_side_encryption_configuration." + label
		assert.Equal(t, "aws:kms", own.Attr(at, rule+"sse_algorithm"))
		assert.Equal(t, "${aws_kms_key.storage.arn}", own.Attr(at, rule+"kms_master_key_id"))
		assert.Equal(t, true, own.Attr(at, "rule.bucket_key_enabled"))
	}
	managed := emit(t, web(`encryption = "aws"`))
	assert.Equal(t, "AES256", managed.Attr("aws_s3_bucket_server_side_encryption_configuration.web", rule+"sse_algorithm"))
	assert.Contains(t, managed.Text["tooling/eu-west-1/storage/replication_web.tf"], "#checkov:skip=CKV_AWS_145:")
	assert.NotContains(t, own.Text["tooling/eu-west-1/storage/replication_web.tf"], "CKV_AWS_145")
}

func TestTheReplicationAloneWritesReplicas(t *testing.T) {
	p := emit(t, web("")).Policy(replica, "policy")
	writes := statement(t, p, "ReplicationWrites")
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::111111111111:root"}, writes.Principal, "the role is not there yet")
	assert.Equal(t, generatortest.Strings{role}, writes.Condition["ArnEquals"]["aws:PrincipalArn"])
	assert.Contains(t, writes.Action, "s3:ObjectOwnerOverrideToBucketOwner")
	assert.Equal(t, generatortest.Strings{"arn:aws:s3:::acme-web-222222222222-us-east-1/*"}, writes.Resource)
	others := statement(t, p, "NobodyElseWrites")
	for _, action := range topology.WriteActions {
		assert.True(t, others.SpeaksOf(action), action)
	}
	assert.Equal(t, map[string]map[string]generatortest.Strings{"ArnNotEquals": {"aws:PrincipalArn": {role}}}, others.Condition)

	within := emit(t, "replication \"web\" {\n  from { account = account.tooling }\n  to {\n    account = account.tooling\n    region = \"eu-west-2\"\n  }\n}\n").Policy(replica, "policy")
	for _, s := range within.Statement {
		assert.Equal(t, "Deny", s.Effect, "one account owns both, and the role has it from its own policy")
	}
}

func TestPublishersWriteFromTheirPlaces(t *testing.T) {
	const runners = `
runner "sealed" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
  publish = [replication.web]
}
runner "outgoing" {
  network = network.nat
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
  publish = [replication.web]
}
`
	p := emit(t, network+web("")+runners+jenkins("jenkins", "333333333333", "198.51.100.7")).Policy(source, "policy")
	callers := generatortest.Strings{"arn:aws:iam::333333333333:role/jenkins", "arn:aws:iam::111111111111:role/acme-runner-outgoing", "arn:aws:iam::111111111111:role/acme-runner-sealed"}
	assert.Equal(t, callers, statement(t, p, "NobodyElseWrites").Condition["ArnNotEquals"]["aws:PrincipalArn"])

	outside := map[string]map[string]map[string]generatortest.Strings{}
	for _, s := range fences(p) {
		arn := s.Condition["ArnEquals"]["aws:PrincipalArn"][0]
		delete(s.Condition, "ArnEquals")
		outside[arn] = s.Condition
	}
	assert.Equal(t, map[string]map[string]map[string]generatortest.Strings{
		callers[0]: {"NotIpAddress": {"aws:SourceIp": {"198.51.100.7/32"}}},
		callers[1]: {"NotIpAddress": {"aws:SourceIp": {"${data.terraform_remote_state.network.outputs.nat_nat_addresses.a}"}}},
		callers[2]: {"StringNotEquals": {"aws:SourceVpce": {"${data.terraform_remote_state.network.outputs.ci_s3_endpoint_id}"}}},
	}, outside)

	foreign := p.For("s3:PutObject", "arn:aws:s3:::acme-web-111111111111-eu-west-1/*")
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::333333333333:root"}, foreign.Principal, "the account's own need no Allow here")
	assert.Equal(t, generatortest.Strings{callers[0]}, foreign.Condition["ArnEquals"]["aws:PrincipalArn"])
}

// TestPublishersDoNothingElse: the policies of a principal that exists already may allow everything.
func TestPublishersDoNothingElse(t *testing.T) {
	const caller = "arn:aws:iam::111111111111:role/jenkins"
	for more, wanted := range map[string][]string{
		"":                                {"s3:AbortMultipartUpload", "s3:PutObject"},
		"delete_markers = true":           {"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"},
		`object_tags = { publish = "y" }`: {"s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectTagging"},
	} {
		s := statement(t, emit(t, web(more)+jenkins("jenkins", "111111111111", "198.51.100.7")).Policy(source, "policy"), "PublishersOnlyPublish")
		assert.Equal(t, "Deny", s.Effect)
		assert.Equal(t, map[string]map[string]generatortest.Strings{"ArnEquals": {"aws:PrincipalArn": {caller}}}, s.Condition)
		for _, action := range []string{
			"s3:AbortMultipartUpload", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteObjectVersionTagging", "s3:DeleteObjectTagging", "s3:PutObjectTagging",
			"s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:ReplicateObject", "s3:ObjectOwnerOverrideToBucketOwner",
		} {
			assert.Equal(t, !slices.Contains(wanted, action), s.SpeaksOf(action), "%s with %q", action, more)
		}
	}
	p := emit(t, network+`
runner "office" {
  addresses = ["198.51.100.9"]
  principal = "arn:aws:iam::111111111111:user/office"
}
package_index "python" {
  account        = account.tooling
  readers        = [runner.office]
  publishers     = [runner.office]
  administrators = ["arn:aws:iam::111111111111:user/office"]
}
`).Policy("aws_s3_bucket_policy.python_index", "policy")
	for _, s := range p.Statement {
		assert.NotEqual(t, "PublishersOnlyPublish", s.Sid, "who administers the index may do everything")
	}
}

// TestOneCallerOneFence: with a Deny for each of its runners, a role's sessions would be refused everywhere.
func TestOneCallerOneFence(t *testing.T) {
	p := emit(t, network+web("")+`
issuer "gitlab" {
  gitlab {}
}
runner "office" {
  addresses = ["198.51.100.9"]
  issuer    = issuer.gitlab
}
runner "inside" {
  network = network.ci
  issuer  = issuer.gitlab
}
role "release" {
  account  = account.tooling
  runners  = [runner.office, runner.inside]
  projects = ["acme/web"]
  branches = ["main"]
  publish  = [replication.web]
}
`).Policy(source, "policy")
	require.Len(t, fences(p), 1)
	fence := fences(p)[0]
	assert.Equal(t, generatortest.Strings{"arn:aws:iam::111111111111:role/acme-release"}, fence.Condition["ArnEquals"]["aws:PrincipalArn"])
	assert.NotEmpty(t, fence.Condition["NotIpAddress"]["aws:SourceIp"])
	assert.NotEmpty(t, fence.Condition["StringNotEquals"]["aws:SourceVpce"], "both in one Deny")
}

// TestThoseWhoComeAlikeShareAFence keeps the policy short.
func TestThoseWhoComeAlikeShareAFence(t *testing.T) {
	p := emit(t, web("")+jenkins("one", "111111111111", "198.51.100.7")+jenkins("two", "111111111111", "198.51.100.7")).Policy(source, "policy")
	require.Len(t, fences(p), 1)
	assert.Len(t, fences(p)[0].Condition["ArnEquals"]["aws:PrincipalArn"], 2)
}

func TestWithoutPublishersNobodyWrites(t *testing.T) {
	p := emit(t, web("")).Policy(source, "policy")
	assert.Empty(t, statement(t, p, "NobodyElseWrites").Condition)
}

func TestExistingBucketsAreLeftAlone(t *testing.T) {
	files := emit(t, `
replication "web" {
  from {
    account    = account.tooling
    bucket     = "acme-there"
    existing   = true
    versioning = true
  }
  to { account = account.prod }
  encryption = "aws"
}
`)
	assert.Equal(t, []string{"aws_s3_bucket.web_replica"}, files.All("aws_s3_bucket"))
}

func TestCloudFrontReadsAsOneDistribution(t *testing.T) {
	const distribution = "distribution \"site\" {\n  account = account.prod\n  origin  = replication.web\n"
	reads := statement(t, emit(t, web("")+distribution+"}\n").Policy(replica, "policy"), "Distribution")
	assert.Equal(t, map[string]any{"Service": "cloudfront.amazonaws.com"}, reads.Principal)
	assert.Equal(t, generatortest.Strings{"${aws_cloudfront_distribution.site.arn}"}, reads.Condition["StringEquals"]["AWS:SourceArn"])

	identity := statement(t, emit(t, web(`encryption = "aws"`)+distribution+"access = \"identity\"\n  identity = \"E2QWRUHAPOMQZL\"\n}\n").Policy(replica, "policy"), "Distribution")
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2QWRUHAPOMQZL"}, identity.Principal)
	assert.Empty(t, identity.Condition)
}

func TestReadersOfAnIndexComeByTheirPaths(t *testing.T) {
	const spec = network + `
runner "builder" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
runner "outgoing" {
  network = network.nat
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
runner "office" {
  addresses = ["198.51.100.0/28", "198.51.100.64/28"]
  principal = "arn:aws:iam::111111111111:user/office"
}
package_index "python" {
  account        = account.tooling
  readers        = [runner.builder, runner.outgoing, runner.office]
  publishers     = [runner.office]
  administrators = ["arn:aws:iam::111111111111:role/admin"]
}
`
	files := emit(t, spec)
	p := files.Policy("aws_s3_bucket_policy.python_index", "policy")
	var conditions []map[string]map[string]generatortest.Strings
	for _, s := range p.Statement {
		if s.Effect == "Allow" {
			assert.Equal(t, "*", s.Principal)
			assert.Equal(t, generatortest.Strings{"s3:GetObject"}, s.Action)
			conditions = append(conditions, s.Condition)
		}
	}
	assert.ElementsMatch(t, []map[string]map[string]generatortest.Strings{
		{"IpAddress": {"aws:SourceIp": {"198.51.100.0/28", "198.51.100.64/28", "${data.terraform_remote_state.network.outputs.nat_nat_addresses.a}"}}},
		{"StringEquals": {"aws:SourceVpce": {"${data.terraform_remote_state.network.outputs.ci_s3_endpoint_id}"}}},
	}, conditions)
	assert.Equal(t, generatortest.Strings{"arn:aws:iam::111111111111:user/office", "arn:aws:iam::111111111111:role/admin"},
		statement(t, p, "NobodyElseWrites").Condition["ArnNotEquals"]["aws:PrincipalArn"])
	assert.Contains(t, files.Text["tooling/eu-west-1/storage/package_index_python.tf"], "#checkov:skip=CKV_AWS_70:")
	assert.Equal(t, "AES256", files.Attr("aws_s3_bucket_server_side_encryption_configuration.python_index", "rule.apply_server_side_encryption_by_default.sse_algorithm"))
}

// TestReadersOfOneNetworkShareAStatement: one that has the whole network is not held to the range of its neighbour.
func TestReadersOfOneNetworkShareAStatement(t *testing.T) {
	const machine = `
runner "machine" {
  network   = network.ci
  addresses = ["10.0.0.32/28"]
}
`
	const index = network + machine + `
runner "builder" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
runner "office" {
  addresses = ["198.51.100.0/28"]
  principal = "arn:aws:iam::111111111111:user/office"
}
package_index "python" {
  account    = account.tooling
  readers    = [READERS]
  publishers = [runner.office]
}
`
	for readers, want := range map[string]generatortest.Strings{"runner.machine": {"10.0.0.32/28"}, "runner.builder, runner.machine": nil} {
		p := emit(t, strings.Replace(index, "READERS", readers, 1)).Policy("aws_s3_bucket_policy.python_index", "policy")
		i := slices.IndexFunc(p.Statement, func(s generatortest.Statement) bool { return s.Effect == "Allow" })
		require.GreaterOrEqual(t, i, 0)
		assert.Equal(t, want, p.Statement[i].Condition["IpAddress"]["aws:VpcSourceIp"], readers)
	}
}

// TestNoDenyIsAboutTheBucketItself: whoever applies this can always change it again.
func TestNoDenyIsAboutTheBucketItself(t *testing.T) {
	files := emit(t, web("")+jenkins("jenkins", "111111111111", "198.51.100.7"))
	for _, policy := range []string{source, replica} {
		for _, s := range files.Policy(policy, "policy").Statement {
			if s.Effect == "Deny" && s.Sid != "TLSOnly" {
				for _, r := range s.Resource {
					assert.True(t, strings.HasSuffix(r, "/*"), r)
				}
			}
		}
	}
}

func TestPolicyOverTheLimit(t *testing.T) {
	var spec strings.Builder
	for i := range 60 {
		spec.WriteString(jenkins(fmt.Sprintf("jenkins-%d", i), "333333333333", fmt.Sprintf("198.51.100.%d", i+1)))
	}
	diags := generatortest.Mistakes(t, buckets.Blueprint{}, accounts+web("")+spec.String())
	require.Len(t, diags, 1)
	assert.Equal(t, "Bucket policy over the limit", diags[0].Summary)
	assert.Contains(t, diags[0].Detail, `The policy of bucket "acme-web-111111111111-eu-west-1"`)
}
