package requests_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

func compiled(t *testing.T, kind policy.Kind, statements ...policy.Statement) *policy.Policy {
	t.Helper()
	p, err := policy.Compile(kind, "", policy.Document{Statements: statements})
	require.NoError(t, err)
	return p
}

func TestANarrowerPolicyAllowsLess(t *testing.T) {
	let := func(conditions ...policy.Condition) *policy.Policy {
		return compiled(t, policy.Resource, policy.Statement{
			Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"s3:GetObject"}, Resources: policy.Literals("arn:aws:s3:::acme/*"), Conditions: conditions,
		})
	}
	wide, narrow := let(), let(policy.When("IpAddress", "aws:SourceIp", "198.51.100.0/24"))
	u, err := requests.Tell(wide, narrow)
	require.NoError(t, err)
	assert.True(t, u.Of(narrow).Minus(u.Of(wide)).IsEmpty())
	more := u.Of(wide).Minus(u.Of(narrow)).Possible()
	r, found := more.Smallest()
	require.True(t, found)
	t.Log(r.Caller, r.Action, r.Resource, r.Owner, r.Context)
	assert.True(t, policy.Evaluate(r, wide).Allowed())
	assert.False(t, policy.Evaluate(r, narrow).Allowed())
}
