package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
)

// A tree may call things by what no policy could: that is a failure at its place, and no panic.
func TestQuestionsThatAreNone(t *testing.T) {
	nowhere := policy.Statement{
		Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"*"}, Resources: policy.Literals("*"),
		Conditions: []policy.Condition{policy.When("IpAddress", "aws:SourceIp", "nowhere")},
	}
	for name, q := range map[string]question{
		"a want":   {wants: []want{{Statement: nowhere}}},
		"within":   {within: nowhere.Conditions},
		"an aside": {asides: []policy.Document{{Statements: []policy.Statement{nowhere}}}},
		"beside":   {beside: []*policy.Policy{bySpec(policy.Document{Statements: []policy.Statement{nowhere}})}},
	} {
		p := &prover{}
		_, told := subject{prover: p}.ask(q)
		assert.False(t, told, name)
		require.Len(t, p.report.Failures, 1, name)
		assert.Equal(t, Readable, p.report.Failures[0].Claim, name)
	}
}
