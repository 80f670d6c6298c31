package resolve

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

func TestWhoNotifies(t *testing.T) {
	resolved := resolve(t, account+`
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
topic "releases" {
  account = account.prod
  name    = "app"
}
topic "builds" { account = account.tooling }
`+network+runner("r", "buildspec = \"{}\"\n notify = [topic.releases, topic.builds, topic.builds]"))
	topics := topology.Of[*topology.Topic](resolved)
	assert.Empty(t, topics[0].Notifiers, "the account's own policies say it of its own")
	assert.Equal(t, resolved.Runners, topics[1].Notifiers)
	assert.Equal(t, []string{"arn:aws:sns:eu-west-1:111111111111:builds", "arn:aws:sns:eu-west-1:222222222222:app"}, resources(resolved.Runners[0], "sns:Publish"))
	assert.Equal(t, topology.ThroughEndpoint, resolved.Runners[0].Path("sns"))
	assert.Equal(t, topology.NoPath, resolved.Runners[0].Path("kms"), "SNS asks for the key")
	tooling, prod := topics[0].Place, topics[1].Place
	assert.Empty(t, resolved.Borrowers(tooling))
	if borrowers := resolved.Borrowers(prod); assert.Len(t, borrowers, 1) {
		assert.Equal(t, resolved.Runners[0].RoleARN(), borrowers[0].ARN)
	}
}

func TestTopicsOfOtherRegions(t *testing.T) {
	resolved := resolve(t, account+"topic \"far\" {\n account = account.tooling\n region = \"us-east-1\"\n}\n"+`
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a"]
  egress  = "nat"
}
`+runner("r", "buildspec = \"{}\"\n notify = [topic.far]\n uses = [\"sns\"]"))
	for _, e := range resolved.Networks[0].Endpoints {
		for _, a := range e.Work {
			assert.NotContains(t, a.Actions, "sns:Publish", "an endpoint leads to its own region alone")
		}
		assert.Equal(t, aws.Service("sns"), e.Service)
	}
	assert.Len(t, resolved.Networks[0].Endpoints, 1)
}

func TestTopicsWithKeysOfAWS(t *testing.T) {
	resolved := resolve(t, "postern { encryption = \"aws\" }\n"+account+"topic \"builds\" { account = account.tooling }\n"+network+runner("r", "buildspec = \"{}\"\n notify = [topic.builds]"))
	for _, a := range resolved.Runners[0].Work {
		assert.Nil(t, a.KeyOf)
	}
}
