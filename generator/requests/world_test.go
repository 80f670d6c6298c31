package requests

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
)

// documented are keys as AWS spells them: IAM User Guide, "AWS global condition context keys", and AWS KMS Developer Guide, "Condition keys
// for AWS KMS".
var documented = []string{
	"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:MultiFactorAuthPresent", "aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList",
	"aws:ResourceOrgPaths", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths",
	"aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys", "aws:ViaAWSService", "aws:VpcSourceIp", "aws:VpceAccount", "aws:VpceOrgID",
	"aws:VpceOrgPaths", "kms:EncryptionContext:*", "kms:EncryptionContextKeys", "kms:ViaService",
}

// Every key of the tables is one that AWS has, and everything says where it comes from.
func TestWorldsNameKeysThatExist(t *testing.T) {
	exists := func(key string) {
		assert.True(t, slices.ContainsFunc(documented, func(s string) bool { return strings.ToLower(s) == key }), key)
	}
	for _, w := range Worlds {
		assert.NotEmpty(t, w.Name)
		assert.NotEmpty(t, w.Source, w.Name)
		assert.NotNil(t, w.who, w.Name)
		for _, key := range slices.Concat(w.has, w.lacks) {
			exists(key)
		}
		for key := range w.values {
			exists(key)
		}
		for _, key := range w.has {
			assert.NotContains(t, w.lacks, key, w.Name)
		}
	}
	seen := map[string]bool{}
	for _, r := range keyRules {
		exists(r.key)
		assert.NotEmpty(t, r.source, r.key)
		assert.False(t, seen[r.key], r.key)
		seen[r.key] = true
	}
	for _, key := range []string{"ci.example.com:sub", "s3:prefix", "aws:principaltag/team"} {
		assert.NotEmpty(t, ruleOf(key).source, key)
	}
}

// asking is a policy that asks for conditions one by one.
func asking(t *testing.T, conditions ...policy.Condition) *policy.Policy {
	t.Helper()
	d := policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"kms:DescribeKey", "kms:Decrypt", "sts:AssumeRoleWithWebIdentity"}, Resources: policy.Literals("*"),
	}}}
	for _, c := range conditions {
		s := d.Statements[0]
		s.Conditions = []policy.Condition{c}
		d.Statements = append(d.Statements, s)
	}
	p, err := policy.Compile(policy.Resource, "", d)
	require.NoError(t, err)
	return p
}

// Nobody comes over the internet and through an endpoint, or is a service and somebody on whose behalf one calls.
func TestWorldsAreApart(t *testing.T) {
	u, err := Tell(asking(t, policy.When("IpAddress", "aws:SourceIp", "198.51.100.0/24", "10.0.0.0/8"), policy.When("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"),
		policy.When("StringEquals", "aws:SourceVpc", "vpc-1"), policy.When("StringEquals", "aws:SourceVpce", "vpce-1"), policy.When("Bool", "aws:ViaAWSService", "true")))
	require.NoError(t, err)
	told := slices.IndexFunc(u.keys, func(k keyClasses) bool { return k.key == "aws:viaawsservice" })
	said := u.set(false, u.such(byKey+told, func(class int) bool { return class > 0 })) // or else it does not say whether a service calls
	for i, w := range Worlds {
		in := u.set(false, w.box(u)).And(said)
		assert.False(t, in.IsEmpty(), w.Name)
		for _, other := range Worlds[:i] {
			assert.True(t, in.And(u.set(false, other.box(u))).IsEmpty(), "%s, and %s", w.Name, other.Name)
		}
	}
}

// What is impossible is left out, and nothing else.
func TestPossible(t *testing.T) {
	with := func(key, value string) policy.Context { return policy.Context{}.With(key, policy.Literal(value)) }
	internet := with("aws:SourceIp", "198.51.100.7")
	role, anyone := policy.AsSession(policy.Literal("arn:aws:iam::111111111111:role/a"), "s"), policy.Caller{}
	key := policy.Literal("arn:aws:kms:eu-west-1:111111111111:key/1")
	token := policy.AsFederated(policy.Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com"))
	u, err := Tell(asking(t, policy.When("IpAddress", "aws:SourceIp", "198.51.100.0/24", "10.0.0.0/8"), policy.When("StringEquals", "kms:EncryptionContext:a", "b"),
		policy.When("StringEquals", "ci.example.com:sub", "x"), policy.When("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"), policy.When("ForAnyValue:StringEquals", "aws:TagKeys", "a"),
		policy.When("Bool", "aws:SecureTransport", "true")))
	require.NoError(t, err)
	possible := u.All().Possible()
	for name, c := range map[string]struct {
		request policy.Request
		is      bool
	}{
		"over the internet":                     {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet}, true},
		"from a private address":                {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: with("aws:SourceIp", "10.1.2.3")}, false},
		"from no address":                       {policy.Request{Caller: anyone, Action: "kms:Decrypt", Resource: key, Context: with("aws:SourceIp", "here")}, false},
		"with an encryption context":            {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literal("b"))}, true},
		"where there is no encryption context":  {policy.Request{Caller: role, Action: "kms:DescribeKey", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literal("b"))}, false},
		"with a token":                          {policy.Request{Caller: token, Action: "sts:AssumeRoleWithWebIdentity", Resource: key, Context: internet.With("ci.example.com:sub", policy.Literal("x"))}, true},
		"with a token's claim, and no token":    {policy.Request{Caller: role, Action: "sts:AssumeRoleWithWebIdentity", Resource: key, Context: internet.With("ci.example.com:sub", policy.Literal("x"))}, false},
		"through a service, and directly":       {policy.Request{Caller: anyone, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:ViaService", policy.Literal("x"))}, false},
		"through a service":                     {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: with("kms:ViaService", "x")}, true},
		"with several tags":                     {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("aws:TagKeys", policy.Literals("a", "b")...)}, true},
		"with several encryption contexts":      {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literals("b", "b")...)}, false},
		"neither with TLS nor without":          {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("aws:SecureTransport", policy.Literal("perhaps"))}, false},
		"for no resource of another account":    {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: policy.Literal("*"), Owner: "998877665544", Context: internet}, false},
		"for no resource of the account itself": {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: policy.Literal("*"), Context: internet}, true},
	} {
		at, is := u.At(c.request)
		require.True(t, is, name)
		assert.Equal(t, c.is, possible.Has(at), name)
	}
	assert.True(t, u.None().Possible().IsEmpty())
}
