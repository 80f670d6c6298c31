package resolve

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOutOfReach: only what can really work nowhere is a mistake.
func TestOutOfReach(t *testing.T) {
	const sealed, nat = `cidr = "10.0.0.0/20"
  zones = ["a"]`, `cidr = "10.0.0.0/20"
  zones = ["a"]
  egress = "nat"`
	tests := map[string]struct {
		network, uses, guard, actions string
		want                          string // what is out of reach
	}{
		"nothing of it":           {sealed, ``, "session", `"ecs:UpdateService"`, "ecs"},
		"another endpoint":        {sealed, `"ssm"`, "session", `"ssm:GetParameter", "ecs:UpdateService"`, "ecs"},
		"another name":            {sealed, ``, "session", `"cloudwatch:PutMetricData"`, "monitoring"},
		"its endpoint":            {sealed, `"ecs"`, "session", `"ecs:UpdateService"`, ""},
		"one of its endpoints":    {sealed, `"ecr.api"`, "session", `"ecr:PutImage"`, ""},
		"a way out":               {nat, ``, "session", `"ecs:UpdateService"`, ""},
		"sessions work elsewhere": {sealed, ``, "assume", `"ecs:UpdateService"`, ""},
		"nobody knows":            {sealed, ``, "session", `"route53:ListHostedZones"`, ""},
		"everything":              {sealed, ``, "session", `"*"`, ""},
		"KMS alone":               {sealed, ``, "session", `"kms:Decrypt"`, "kms"},
		"KMS behind another":      {sealed, `"ssm"`, "session", `"ssm:GetParameter", "kms:Decrypt"`, ""},
		"CloudFormation asks":     {sealed, `"cloudformation"`, "session", `"cloudformation:*", "ecs:UpdateService"`, ""},
	}
	for name, test := range tests {
		text := fmt.Sprintf(`
account "a" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "n" {
  account = account.a
  %s
}
runner "r" {
  network   = network.n
  principal = "arn:aws:iam::111111111111:role/machine"
  uses      = [%s]
}
role "x" {
  account = account.a
  runners = [runner.r]
  guard   = %q
  allow {
    actions   = [%s]
    resources = ["*"]
  }
}
`, test.network, test.uses, test.guard, test.actions)
		_, diags := Topology(load(t, text))
		if test.want == "" {
			assert.Empty(t, diags, name)
			continue
		}
		if assert.Len(t, diags, 1, name) {
			assert.Equal(t, "Action out of reach", diags[0].Summary, name)
			assert.Contains(t, diags[0].Detail, fmt.Sprintf("Write uses = [%q] in runner.r", test.want), name)
		}
	}
}
