package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRemoteStack(t *testing.T) {
	account := &Account{Name: "tooling-2"}
	here, there := Place{account, "eu-west-1"}, Place{&Account{Name: "prod"}, "us-gov-west-1"}
	for _, of := range []Place{here, there, {account, "us-east-1"}} {
		for _, layer := range Layers {
			assert.Equal(t, of.Stack(layer), here.RemoteStack(here.remoteName(of, layer)))
		}
	}
	assert.Equal(t, "data.terraform_remote_state.storage.outputs.key_arn", here.RemoteKeyARN(here).Parts()[0].Text)
	assert.Equal(t, "data.terraform_remote_state.prod_us-gov-west-1_storage.outputs.key_arn", here.RemoteKeyARN(there).Parts()[0].Text)
}
