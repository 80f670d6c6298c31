package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func compiled(t *testing.T, k Kind, name string, statements ...Statement) *Policy {
	t.Helper()
	p, err := Compile(k, name, Document{Statements: statements})
	require.NoError(t, err)
	return p
}

func TestDecisionSaysWhatDecided(t *testing.T) {
	provider := Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com")
	web := Statement{
		Sid: "Web", Effect: Allow, Principal: Federated(provider), Actions: []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: []Condition{When("StringEquals", "ci.example.com:aud", "sts.amazonaws.com"), When("IpAddress", "aws:SourceIp", "203.0.113.0/24")},
	}
	private := Statement{
		Effect: Allow, Principal: Federated(provider), Actions: []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: []Condition{
			When("StringEquals", "ci.example.com:aud", "sts.amazonaws.com"),
			{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []Text{Address("aws_vpc", "ci", "id")}},
			When("IpAddress", "aws:VpcSourceIp", "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "10.0.4.0/24"),
		},
	}
	service := Statement{Effect: Allow, Principal: Service("ec2.amazonaws.com"), Actions: []string{"sts:AssumeRole"}}
	trust := compiled(t, Trust, "role deploy", web, private, service)
	endpoint := compiled(t, Endpoint, "", Statement{Effect: Allow, Principal: Anyone, Actions: []string{"*"}, Resources: Literals("*")})
	closed := compiled(t, Endpoint, "", Statement{Sid: "Not", Effect: Deny, Principal: Anyone, Actions: []string{"sts:*"}, Resources: Literals("*")})
	keys := Context{}.With("ci.example.com:aud", Literal("sts.amazonaws.com"))
	ask := func(keys Context, policies ...*Policy) Decision {
		r := Request{Caller: AsFederated(provider), Action: "sts:AssumeRoleWithWebIdentity", Resource: Literal("arn:aws:iam::111111111111:role/deploy"), Context: keys}
		return Evaluate(r, policies...)
	}

	d := ask(keys.With("aws:SourceIp", Literal("203.0.113.9")), trust, endpoint)
	assert.Equal(t, "allowed by statement 1 of the endpoint policy and statement Web of the trust policy of role deploy", d.String())
	assert.Equal(t, []Hit{{endpoint, 0}, {trust, 0}}, d.By)
	assert.Empty(t, d.Misses())

	assert.Equal(t, "denied by statement Not of the endpoint policy", ask(keys, trust, closed).String())

	d = ask(keys.With("aws:SourceIp", Literal("198.51.100.1")), trust)
	assert.Equal(t, `denied: no statement of the trust policy allows it
  statement Web of the trust policy of role deploy: IpAddress aws:SourceIp 203.0.113.0/24 does not hold for 198.51.100.1`, d.String())
	assert.Equal(t, []Kind{Trust}, d.Lacking())
	misses := d.Misses()
	require.Len(t, misses, 3)
	assert.Equal(t, []int{0, 1, 2}, []int{misses[0].Index, misses[1].Index, misses[2].Index}, "the nearest first")
	assert.Equal(t, []Failure{{Element: "Condition", Condition: &trust.Document.Statements[0].Conditions[1], Has: Literals("198.51.100.1")}}, misses[0].Failures)
	assert.Equal(t, []string{"Action", "Principal"}, []string{misses[2].Failures[0].Element, misses[2].Failures[1].Element})

	assert.Equal(t, `denied: no statement of the trust policy allows it
  statement Web of the trust policy of role deploy: IpAddress aws:SourceIp 203.0.113.0/24 does not hold: the request has no aws:SourceIp
  statement 2 of the trust policy of role deploy: IpAddress aws:VpcSourceIp 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 2 more does not hold for 10.1.0.1`,
		ask(keys.With("aws:SourceVpc", Address("aws_vpc", "ci", "id")).With("aws:VpcSourceIp", Literal("10.1.0.1")), trust).String())

	d = Evaluate(Request{Caller: ben, Action: "sqs:SendMessage", Resource: Literal("arn:aws:sqs:eu-west-1:111111111111:jobs")}, unfit(Identity))
	assert.Equal(t, `denied: there is no resource policy
denied: no statement of the identity policy allows it
  statement 1 of the identity policy: the action does not match sqs:SendMessage`, d.String())

	d = Evaluate(Request{Caller: anna, Action: "sqs:SendMessage", Resource: Literal("arn:aws:sqs:eu-west-1:111111111111:jobs")},
		unfit(Identity), allow(Resource, aws("arn:aws:iam::111111111111:user/eve")))
	assert.Equal(t, `denied: no statement of the identity policy allows it
  statement 1 of the identity policy: the action does not match sqs:SendMessage
denied: no statement of the resource policy allows it
  statement 1 of the resource policy: the principal does not match arn:aws:iam::111111111111:user/anna`, d.String())
	assert.Equal(t, []Kind{Identity}, d.Lacking())

	assert.Equal(t, "allowed: no policy has to", Evaluate(Request{Caller: root, Action: "a:b", Resource: Literal("*")}).String())
}
