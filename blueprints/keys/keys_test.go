package keys_test

import (
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
	storageKey = "tooling/eu-west-1/storage:aws_kms_key.storage"
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
