package proof

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// What is said word for word is the same for every request, and one word more or less is not said word for word.
func TestVerbatim(t *testing.T) {
	const role, root = "arn:aws:iam::111111111111:role/a", "arn:aws:iam::111111111111:root"
	let := func(who policy.Principal, when ...policy.Condition) policy.Statement {
		return policy.Statement{
			Effect: policy.Allow, Principal: who, Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: policy.Literals("arn:aws:s3:::a/*"), Conditions: when,
		}
	}
	is := policy.When("ArnEquals", "aws:PrincipalArn", role)
	owned := policy.When("StringEquals", "aws:ResourceAccount", "111111111111", "222222222222")
	policies := []policy.Statement{
		let(policy.Anyone, is), let(policy.Accounts(root), is), let(signing(role)), let(policy.Anyone), let(policy.Accounts(root)),
		let(policy.Accounts("arn:aws:iam::222222222222:root"), is), let(policy.Service("s3.amazonaws.com")), let(policy.Service("s3.amazonaws.com"), is),
		let(policy.Anyone, is, owned), let(policy.Anyone, owned), let(policy.Anyone, policy.When("ArnLike", "aws:PrincipalArn", role)),
		let(policy.Anyone, policy.When("ArnEquals", "aws:PrincipalArn", role+"*")), let(policy.Federated(policy.Literal("*"))),
		let(policy.Principal{Kind: "AWS", IDs: policy.Literals("*")}), let(policy.Principal{Kind: "AWS", IDs: policy.Literals(role), Or: []policy.Principal{policy.Service("s3.amazonaws.com")}}),
	}
	short := let(policy.Anyone, is)
	short.Actions = short.Actions[:1]
	policies = append(policies, short)
	verbatim := 0
	for _, a := range policies {
		for _, b := range policies {
			p, err := policy.Compile(policy.Endpoint, "a", policy.Document{Statements: []policy.Statement{a}})
			require.NoError(t, err)
			q := question{decide: []*policy.Policy{p}, wants: []want{{Statement: b}}}
			other, err := policy.Compile(policy.Endpoint, "b", policy.Document{Statements: []policy.Statement{b}})
			require.NoError(t, err)
			if !q.isVerbatim() {
				continue
			}
			verbatim++
			u, err := requests.Tell(p, other)
			require.NoError(t, err)
			assert.True(t, u.Of(p).Minus(u.Of(other)).Possible().IsEmpty(), "%v allows more than %v", a, b)
			assert.True(t, u.Of(other).Minus(u.Of(p)).Possible().IsEmpty(), "%v allows less than %v", a, b)
		}
	}
	assert.Equal(t, len(policies)+6, verbatim, "each is itself, and three are the same")
}
