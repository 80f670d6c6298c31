package resolve

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLongestNames holds the names made of the longest prefix and the longest label against what AWS takes.
// Sources: IAM User Guide, "IAM and AWS STS quotas"; AWS CodeBuild User Guide, "Quotas"; EC2 and CloudWatch Logs API
// References, CreateSecurityGroup and CreateLogGroup; Amazon EC2 User Guide, "Tag your resources".
func TestLongestNames(t *testing.T) {
	prefix, label := strings.Repeat("p", 20), strings.Repeat("l", 32)
	resolved := resolve(t, `postern { prefix = "`+prefix+`" }`+account+strings.ReplaceAll(network, `"ci"`, `"`+label+`"`)+`
runner "`+label+`" {
  network = network.`+label+`
  codebuild { buildspec = "{}" }
}`)
	n, r := resolved.Networks[0], resolved.Runners[0]
	assert.LessOrEqual(t, len(r.Role), 64)
	assert.LessOrEqual(t, len(r.Project), 150)
	assert.LessOrEqual(t, len(r.LogGroup()), 512)
	assert.LessOrEqual(t, len(n.FlowLogGroup()), 512)
	assert.LessOrEqual(t, len(n.VPC+"-codedeploy-commands-secure"), 256)
	assert.LessOrEqual(t, len(n.EndpointGroup), 255)
}

func TestNames(t *testing.T) {
	resolved := resolve(t, `postern { prefix = "acme" }`+account+network+`
runner "builder" {
  network = network.ci
  codebuild { buildspec = "{}" }
}`)
	n, r := resolved.Networks[0], resolved.Runners[0]
	assert.Equal(t, "acme-ci", n.VPC)
	assert.Equal(t, "acme-endpoints-ci", n.EndpointGroup)
	assert.Equal(t, "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/vpc/acme-ci", n.FlowLogGroupARN())
	assert.Equal(t, "arn:aws:codebuild:eu-west-1:111111111111:project/acme-builder", r.ProjectARN())
	assert.Equal(t, "arn:aws:iam::111111111111:role/acme-runner-builder", r.RoleARN())
	assert.Equal(t, "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/acme-builder", r.LogGroupARN())
}

func TestPrefix(t *testing.T) {
	for prefix, ok := range map[string]bool{
		"ab": true, "acme": true, "a-b-c": true, "a1": true, strings.Repeat("p", 20): true, "sgs": true,
		"": false, "a": false, "1a": false, "a-": false, "-a": false, "a--b": false, "Acme": false, "a_b": false, strings.Repeat("p", 21): false,
		"sg": false, "sg-acme": false,
	} {
		want := []string{}
		if !ok {
			want = []string{"Prefix that AWS refuses"}
		}
		assert.Equal(t, want, mistakes(t, `postern { prefix = "`+prefix+`" }`+account), prefix)
	}
}
