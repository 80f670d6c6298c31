package images_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/images"
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
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
}
repository "app" { account = account.tooling }
image "app" { account = account.prod }
image "base" { account = account.tooling }
`

func runner(name, body string) string {
	return "runner \"" + name + "\" {\n  network = network.ci\n  codebuild {\n    docker = true\n    source = repository.app\n    " + body + "\n  }\n}\n"
}

func emit(t *testing.T, text string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, images.Blueprint{}, text)
}

// TestOneAccountNeedsNoRepositoryPolicy: inside an account the identity's policy is enough.
func TestOneAccountNeedsNoRepositoryPolicy(t *testing.T) {
	files := emit(t, accounts+runner("r", "pull = [image.base]\n    push = [image.base]"))
	assert.Empty(t, files.All("aws_ecr_repository_policy"))
}

func TestRunnersOfOtherAccounts(t *testing.T) {
	p := emit(t, accounts+runner("one", "pull = []\n    push = [image.app]")+runner("two", "pull = [image.app]")).
		Policy("aws_ecr_repository_policy.app", "policy")
	role := func(name string) []string { return []string{"arn:aws:iam::111111111111:role/postern-runner-" + name} }
	for _, s := range p.Statement {
		assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::111111111111:root"}, s.Principal, "a role that does not exist yet would be refused")
		assert.Empty(t, s.Resource, "ECR takes none: the policy is the repository's own")
	}
	callers := func(action string) (out []string) {
		for _, s := range p.Statement {
			for _, a := range s.Action {
				if a == action {
					out = append(out, s.Condition["ArnEquals"]["aws:PrincipalArn"]...)
				}
			}
		}
		return out
	}
	assert.Equal(t, role("one"), callers("ecr:PutImage"))
	assert.Equal(t, role("two"), callers("ecr:GetDownloadUrlForLayer"))
	assert.Empty(t, callers("ecr:DeleteRepository"))
}

// TestEnvironmentOfAnotherAccount: CodeBuild pulls the image that a build runs in with the runner's role.
func TestEnvironmentOfAnotherAccount(t *testing.T) {
	p := emit(t, accounts+runner("r", "pull = []\n    image = \"${image.app.url}:1\"")).Policy("aws_ecr_repository_policy.app", "policy")
	require.Len(t, p.Statement, 1)
	assert.Equal(t, generatortest.Strings{"arn:aws:iam::111111111111:role/postern-runner-r"}, p.Statement[0].Condition["ArnEquals"]["aws:PrincipalArn"])
}

func TestReaders(t *testing.T) {
	files := emit(t, accounts+"image \"shared\" {\n  account = account.tooling\n  readers = [account.prod]\n}")
	p := files.Policy("aws_ecr_repository_policy.shared", "policy")
	require.Len(t, p.Statement, 1)
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::222222222222:root"}, p.Statement[0].Principal)
	assert.Equal(t, generatortest.Strings{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, p.Statement[0].Action)
	assert.Empty(t, p.Statement[0].Condition, "that account's own policies say who")
}

func TestEncryption(t *testing.T) {
	const image = "aws_ecr_repository.app"
	own := emit(t, accounts)
	assert.Equal(t, "KMS", own.Attr(image, "encryption_configuration.encryption_type"))
	assert.Equal(t, "${aws_kms_key.storage.arn}", own.Attr(image, "encryption_configuration.kms_key"))
	managed := emit(t, "postern { encryption = \"aws\" }\n"+accounts)
	assert.Equal(t, "AES256", managed.Attr(image, "encryption_configuration.encryption_type"))
	assert.Nil(t, managed.Attr(image, "encryption_configuration.kms_key"))
}

func TestTagsNeverMoveAndTheNewestStay(t *testing.T) {
	files := emit(t, accounts+"image \"few\" {\n  account = account.prod\n  name = \"team/few\"\n  keep = 3\n}")
	assert.Equal(t, "team/few", files.Attr("aws_ecr_repository.few", "name"))
	assert.Equal(t, "IMMUTABLE", files.Attr("aws_ecr_repository.few", "image_tag_mutability"))
	assert.Equal(t, true, files.Attr("aws_ecr_repository.few", "image_scanning_configuration.scan_on_push"))
	for label, keep := range map[string]int{"few": 3, "app": 30} {
		var lifecycle struct {
			Rules []struct {
				RulePriority int
				Selection    struct {
					TagStatus   string
					CountNumber int
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(files.Attr("aws_ecr_lifecycle_policy."+label, "policy").(string)), &lifecycle))
		last := lifecycle.Rules[len(lifecycle.Rules)-1]
		assert.Equal(t, "any", last.Selection.TagStatus, "ECR takes a rule for any image only as the last one")
		assert.Equal(t, keep, last.Selection.CountNumber)
	}
}
