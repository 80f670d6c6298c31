package topics_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/blueprints/topics"
	"github.com/postern-dev/postern/generator/generatortest"
)

const accounts = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
`

const spec = accounts + `
topic "builds" { account = account.tooling }
topic "releases" {
  account = account.prod
  region  = "eu-west-2"
  name    = "app-releases"
}
network "ci" {
  account = account.tooling
  cidr    = "10.20.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}
runner "release" {
  network = network.ci
  codebuild {
    buildspec = "{}"
    notify    = [topic.releases, topic.builds, topic.releases]
  }
}
`

func TestTopics(t *testing.T) {
	files := generatortest.Emit(t, topics.Blueprint{}, spec)
	assert.Equal(t, "builds", files.Attr("aws_sns_topic.builds", "name"))
	assert.Equal(t, "app-releases", files.Attr("aws_sns_topic.releases", "name"))
	assert.Equal(t, "${aws_sns_topic.releases.arn}", files.Attr("output.releases_topic_arn", "value"))
	assert.Contains(t, files.Text, "tooling/eu-west-1/storage/topic_builds.tf")
	assert.Contains(t, files.Text, "prod/eu-west-2/storage/topic_releases.tf")
}

func TestEncryption(t *testing.T) {
	own := generatortest.Emit(t, topics.Blueprint{}, spec)
	assert.Equal(t, "${aws_kms_key.storage.arn}", own.Attr("aws_sns_topic.builds", "kms_master_key_id"))
	managed := generatortest.Emit(t, topics.Blueprint{}, "postern { encryption = \"aws\" }\n"+accounts+"topic \"builds\" { account = account.tooling }\n")
	assert.Equal(t, "alias/aws/sns", managed.Attr("aws_sns_topic.builds", "kms_master_key_id"))
}

func TestPolicies(t *testing.T) {
	files := generatortest.Emit(t, topics.Blueprint{}, spec)
	own := files.Text["tooling/eu-west-1/storage/topic_builds.tf"]
	assert.Contains(t, own, "\"aws:SecureTransport\" = \"false\"")
	assert.NotContains(t, own, "\"Allow\"", "the account's own policies say who publishes")
	other := files.Text["prod/eu-west-2/storage/topic_releases.tf"]
	assert.Contains(t, other, "\"aws:SecureTransport\" = \"false\"")
	assert.Contains(t, other, "\"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:role/postern-runner-release\"")
}
