package roles_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const web = "replication \"web\" {\n  from { account = account.tooling }\n  to { account = account.prod }\n}\n"

// TestPublishing: what sessions publish is a permission beside the spec's own, on another account's bucket and key too.
func TestPublishing(t *testing.T) {
	files := emit(t, web+office+role("runner.office", byToken+"\n  publish = [replication.web]"))
	p := files.Policy("aws_iam_role_policy.deploy", "policy")
	const bucket = "arn:aws:s3:::postern-web-111111111111-eu-west-1"
	assert.True(t, p.Allows("s3:PutObject", bucket+"/a"))
	assert.True(t, p.Allows("ecs:UpdateService", "*"), "the spec's own")
	for _, action := range []string{"s3:GetObject", "s3:DeleteObject", "s3:PutObjectTagging"} {
		assert.False(t, p.Allows(action, bucket+"/a"), action)
	}
	key := p.For("kms:GenerateDataKey", "${data.terraform_remote_state.tooling_eu-west-1_storage.outputs.key_arn}")
	assert.Equal(t, "s3.eu-west-1.amazonaws.com", key.Condition["StringEquals"]["kms:ViaService"][0])
}
