package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/blueprints/repositories"
	"github.com/postern-dev/postern/generator/generatortest"
)

const spec = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
repository "app" { account = account.tooling }
repository "far" {
  account     = account.tooling
  region      = "eu-west-2"
  name        = "app"
  description = "Ours, at $${HOME} and %%{if}"
}
`

func TestRepositories(t *testing.T) {
	files := generatortest.Emit(t, repositories.Blueprint{}, spec)
	assert.Equal(t, "app", files.Attr("aws_codecommit_repository.app", "repository_name"))
	assert.Nil(t, files.Attr("aws_codecommit_repository.app", "description"))
	assert.Equal(t, "app", files.Attr("aws_codecommit_repository.far", "repository_name"))
	assert.Equal(t, "Ours, at ${HOME} and %{if}", files.Attr("aws_codecommit_repository.far", "description"), "text stays text")
	assert.Equal(t, "${aws_codecommit_repository.far.clone_url_http}", files.Attr("output.far_clone_url_http", "value"))
}

func TestEncryption(t *testing.T) {
	own := generatortest.Emit(t, repositories.Blueprint{}, spec)
	assert.Equal(t, "${aws_kms_key.storage.arn}", own.Attr("aws_codecommit_repository.app", "kms_key_id"))
	managed := generatortest.Emit(t, repositories.Blueprint{}, "postern { encryption = \"aws\" }\n"+spec)
	assert.Nil(t, managed.Attr("aws_codecommit_repository.app", "kms_key_id"))
}

func TestPlaces(t *testing.T) {
	files := generatortest.Emit(t, repositories.Blueprint{}, spec)
	assert.Contains(t, files.Text, "tooling/eu-west-1/storage/repository_app.tf")
	assert.Contains(t, files.Text, "tooling/eu-west-2/storage/repository_far.tf")
}
