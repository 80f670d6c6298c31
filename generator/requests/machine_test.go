package requests_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// tags is a policy that asks for a tag by each of some conditions, in a statement of its own.
func tags(t *testing.T, conditions ...policy.Condition) *policy.Policy {
	t.Helper()
	var statements []policy.Statement
	for _, c := range conditions {
		statements = append(statements, policy.Statement{
			Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"s3:GetObject"}, Resources: policy.Literals("*"), Conditions: []policy.Condition{c},
		})
	}
	return compiled(t, policy.Resource, statements...)
}

// Strings that only a literal keeps apart from others that the same patterns match.
func TestStringsBesideALiteral(t *testing.T) {
	const key = "aws:PrincipalTag/team"
	symbol := policy.Address("aws_iam_role", "a", "name")
	for name, c := range map[string]struct {
		conditions []policy.Condition
		value      policy.Text
	}{
		"another case": {
			[]policy.Condition{policy.When("StringEquals", key, "TEAM"), policy.When("StringEqualsIgnoreCase", key, "team")}, policy.Literal("team"),
		},
		"a letter that folds": {
			[]policy.Condition{policy.When("StringEquals", key, "k", "K"), policy.When("StringEqualsIgnoreCase", key, "k")}, policy.Literal("\u212a"),
		},
		"another length": {
			[]policy.Condition{policy.When("StringEquals", key, "a"), policy.When("StringLike", key, "a*"), policy.When("StringLike", key, "*a"), policy.When("StringLike", key, "???*")},
			policy.Literal("aa"),
		},
		"known after apply, and no ARN": {
			[]policy.Condition{policy.When("ArnNotLike", key, "*:*:*:*:*:*")}, symbol,
		},
		"begins alike, and is no ARN": {
			[]policy.Condition{policy.When("ArnNotLike", key, "*:*:*:*:*:*"), policy.When("StringLike", key, "arn:*")}, policy.Join(policy.Literal("arn:"), symbol),
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := tags(t, c.conditions...)
			u, err := requests.Tell(p)
			require.NoError(t, err)
			r := policy.Request{Action: "s3:GetObject", Resource: policy.Literal("arn:aws:s3:::a/b"), Owner: "111111111111"}
			r.Context = r.Context.With(key, c.value)
			at, is := u.At(r)
			require.True(t, is)
			assert.Equal(t, policy.Evaluate(r, p).Allowed(), u.Of(p).Has(at))
		})
	}
}
