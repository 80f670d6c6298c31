package keys_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/keys"
	"github.com/postern-dev/postern/generator/generatortest"
)

const account = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
`

func network(name, region, more string) string {
	return `network "` + name + `" {
  account = account.tooling
  region  = "` + region + `"
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
  ` + more + `
}
`
}

const runner = `runner "r" {
  network = network.ci
  codebuild { source = "arn:aws:s3:::acme/app.zip" }
}
`

const (
	networkKey = "tooling/eu-west-1/network:aws_kms_key.network"
	storageKey = "tooling/eu-west-1/storage:aws_kms_key_policy.storage"
)

func TestEveryStackThatStoresHasOneKey(t *testing.T) {
	quiet := "flow_logs = false"
	tests := map[string]struct {
		spec string
		want []string
	}{
		"nothing stored":      {network("ci", "eu-west-1", quiet), nil},
		"flow logs":           {network("ci", "eu-west-1", ""), []string{"aws_kms_key.network"}},
		"build logs":          {network("ci", "eu-west-1", quiet) + runner, []string{"aws_kms_key.storage"}},
		"an image":            {"image \"app\" { account = account.tooling }", []string{"aws_kms_key.storage"}},
		"a repository":        {"repository \"app\" { account = account.tooling }", []string{"aws_kms_key.storage"}},
		"two images, a place": {"image \"one\" { account = account.tooling }\nimage \"two\" { account = account.tooling }", []string{"aws_kms_key.storage"}},
		"two places": {
			"image \"one\" { account = account.tooling }\nimage \"two\" {\n  account = account.tooling\n  region = \"eu-west-2\"\n}",
			[]string{"aws_kms_key.storage", "aws_kms_key.storage"},
		},
		"none wanted": {"postern { encryption = \"aws\" }\n" + network("ci", "eu-west-1", "") + runner, nil},
		"wanted for one": {
			"postern { encryption = \"aws\" }\n" + network("ci", "eu-west-1", "") + runner + `replication "web" {
  encryption = "kms"
  from { account = account.tooling }
  to {
    account = account.tooling
    region  = "eu-west-2"
  }
}
`,
			[]string{"aws_kms_key.storage", "aws_kms_key.storage"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, generatortest.Emit(t, keys.Blueprint{}, account+test.spec).All("aws_kms_key"))
		})
	}
}

func TestCloudWatchLogsUsesAKeyForItsGroupsAlone(t *testing.T) {
	files := generatortest.Emit(t, keys.Blueprint{}, account+network("ci", "eu-west-1", "")+network("far", "eu-west-2", "")+runner)
	tests := map[string]string{
		networkKey: "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/vpc/postern-ci",
		storageKey: "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r",
		"tooling/eu-west-2/network:aws_kms_key.network": "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/vpc/postern-far",
	}
	for key, group := range tests {
		p := files.Policy(key, "policy")
		require.Len(t, p.Statement, 2, key)
		logs := p.Statement[1]
		assert.Equal(t, "Logs", logs.Sid, key)
		assert.Equal(t, generatortest.Strings{group}, logs.Condition["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"], key)
	}
}

func TestTheAccountDecidesWhoUsesAKey(t *testing.T) {
	p := generatortest.Emit(t, keys.Blueprint{}, account+"image \"app\" { account = account.tooling }").Policy(storageKey, "policy")
	assert.Len(t, p.Statement, 1, "without log groups CloudWatch Logs has no part in it")
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::111111111111:root"}, p.Statement[0].Principal)
}

func TestKeysTurnOver(t *testing.T) {
	files := generatortest.Emit(t, keys.Blueprint{}, account+network("ci", "eu-west-1", ""))
	assert.Equal(t, true, files.Attr(networkKey, "enable_key_rotation"))
	assert.EqualValues(t, 30, files.Attr(networkKey, "deletion_window_in_days"))
}

func TestPartition(t *testing.T) {
	china := "account \"tooling\" {\n  id = \"111111111111\"\n  region = \"cn-north-1\"\n}\n"
	p := generatortest.Emit(t, keys.Blueprint{}, china+network("ci", "cn-north-1", "")).
		Policy("tooling/cn-north-1/network:aws_kms_key.network", "policy")
	assert.Equal(t, map[string]any{"AWS": "arn:aws-cn:iam::111111111111:root"}, p.Statement[0].Principal)
	assert.Equal(t, map[string]any{"Service": "logs.cn-north-1.amazonaws.com.cn"}, p.Statement[1].Principal)
}

const prod = `
account "prod" {
  id     = "222222222222"
  region = "us-east-1"
}
`

// web is replication.web from the tooling account, with more in it.
func web(to, more string) string {
	return "replication \"web\" {\n  from { account = account.tooling }\n  to {\n    " + to + "\n  }\n" + more + "\n}\n"
}

const replicaKey = "prod/us-east-1/storage:aws_kms_key_policy.storage"

func TestAReplicationOfAnotherAccountUsesTheKey(t *testing.T) {
	files := generatortest.Emit(t, keys.Blueprint{}, account+prod+web("account = account.prod", ""))
	p := files.Policy(replicaKey, "policy")
	require.Len(t, p.Statement, 2)
	s := p.Statement[1]
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::111111111111:root"}, s.Principal)
	assert.Equal(t, generatortest.Strings{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}, s.Action)
	const bucket = "arn:aws:s3:::postern-web-222222222222-us-east-1"
	assert.Equal(t, map[string]map[string]generatortest.Strings{
		"ArnEquals":    {"aws:PrincipalArn": {"arn:aws:iam::111111111111:role/postern-replication-web"}},
		"StringEquals": {"kms:ViaService": {"s3.us-east-1.amazonaws.com"}},
		"StringLike":   {"kms:EncryptionContext:aws:s3:arn": {bucket, bucket + "/*"}},
	}, s.Condition)
	assert.Len(t, files.Policy(storageKey, "policy").Statement, 1, "the source's account decides by its own policies")

	within := generatortest.Emit(t, keys.Blueprint{}, account+web("account = account.tooling\nregion = \"eu-west-2\"", ""))
	assert.Len(t, within.Policy("tooling/eu-west-2/storage:aws_kms_key_policy.storage", "policy").Statement, 1)
	managed := generatortest.Emit(t, keys.Blueprint{}, account+prod+web("account = account.prod", "encryption = \"aws\""))
	assert.Empty(t, managed.All("aws_kms_key"))
}

func TestPublishersOfOtherAccountsUseTheKey(t *testing.T) {
	const publishers = `
runner "theirs" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::333333333333:role/jenkins"
  publish   = [replication.web]
}
runner "ours" {
  addresses = ["198.51.100.8"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.web]
}
`
	p := generatortest.Emit(t, keys.Blueprint{}, account+prod+web("account = account.prod", "")+publishers).Policy(storageKey, "policy")
	require.Len(t, p.Statement, 2)
	assert.Equal(t, generatortest.Strings{"arn:aws:iam::333333333333:role/jenkins"}, p.Statement[1].Condition["ArnEquals"]["aws:PrincipalArn"])
	assert.Equal(t, generatortest.Strings{"kms:Decrypt", "kms:GenerateDataKey"}, p.Statement[1].Action)
}

// TestAStorageKeysPolicyIsAResource: inside the key, the policy would wait for the distribution, which waits for the bucket,
// which waits for the key. Without a distribution it stays where it is: see files.
func TestAStorageKeysPolicyIsAResource(t *testing.T) {
	files := generatortest.Emit(t, keys.Blueprint{}, account+prod+web("account = account.prod", "")+
		"distribution \"site\" {\n  account = account.prod\n  origin  = replication.web\n}\n")
	for _, stack := range []string{"tooling/eu-west-1", "prod/us-east-1"} {
		assert.Nil(t, files.Attr(stack+"/storage:aws_kms_key.storage", "policy"))
		assert.Equal(t, "${aws_kms_key.storage.key_id}", files.Attr(stack+"/storage:aws_kms_key_policy.storage", "key_id"))
	}
	p := files.Policy(replicaKey, "policy")
	require.Len(t, p.Statement, 3)
	s := p.Statement[2]
	assert.Equal(t, map[string]any{"Service": "cloudfront.amazonaws.com"}, s.Principal)
	assert.Equal(t, generatortest.Strings{"kms:Decrypt"}, s.Action)
	assert.Equal(t, generatortest.Strings{"${aws_cloudfront_distribution.site.arn}"}, s.Condition["StringEquals"]["AWS:SourceArn"])
}

func TestTooManyUsersOfAKey(t *testing.T) {
	replications := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "replication \"w%d\" {\n from { account = account.tooling }\n to { account = account.prod }\n}\n", i)
		}
		return account + prod + b.String()
	}
	generatortest.Emit(t, keys.Blueprint{}, replications(50))
	diags := generatortest.Mistakes(t, keys.Blueprint{}, replications(80))
	require.Len(t, diags, 1)
	assert.Equal(t, "Key policy over the limit", diags[0].Summary)
	assert.Contains(t, diags[0].Detail, "us-east-1 of account.prod names 80 users")
}
