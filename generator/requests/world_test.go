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
	with := func(key, value string) policy.Context {
		return policy.Context{}.With("aws:SecureTransport", policy.Literal("true")).With(key, policy.Literal(value))
	}
	internet := with("aws:SourceIp", "198.51.100.7")
	role, anyone := policy.AsSession(policy.Literal("arn:aws:iam::111111111111:role/a"), "s"), policy.Caller{}
	key := policy.Literal("arn:aws:kms:eu-west-1:111111111111:key/1")
	token := policy.AsFederated(policy.Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com"))
	u, err := Tell(asking(t, policy.When("IpAddress", "aws:SourceIp", "10.0.0.0/8"), policy.When("StringEquals", "kms:EncryptionContext:a", "b"),
		policy.When("StringEquals", "ci.example.com:sub", "x"), policy.When("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"), policy.When("ForAnyValue:StringEquals", "aws:TagKeys", "a"),
		policy.When("Bool", "aws:SecureTransport", "true")))
	require.NoError(t, err)
	possible := u.All().Possible()
	for name, c := range map[string]struct {
		request policy.Request
		is      bool
	}{
		"over the internet":                    {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet}, true},
		"from a private address":               {policy.Request{Caller: anyone, Action: "kms:Decrypt", Resource: key, Context: with("aws:SourceIp", "10.1.2.3")}, false},
		"with an encryption context":           {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literal("b"))}, true},
		"where there is no encryption context": {policy.Request{Caller: role, Action: "kms:DescribeKey", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literal("b"))}, false},
		"with a token":                         {policy.Request{Caller: token, Action: "sts:AssumeRoleWithWebIdentity", Resource: key, Context: internet.With("ci.example.com:sub", policy.Literal("x"))}, true},
		"with a token's claim, and no token":   {policy.Request{Caller: role, Action: "sts:AssumeRoleWithWebIdentity", Resource: key, Context: internet.With("ci.example.com:sub", policy.Literal("x"))}, false},
		"through a service, and directly":      {policy.Request{Caller: anyone, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:ViaService", policy.Literal("x"))}, false},
		"through a service":                    {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: with("kms:ViaService", "x")}, true},
		"with several tags":                    {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("aws:TagKeys", policy.Literals("a", "b")...)}, true},
		"with several encryption contexts":     {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("kms:EncryptionContext:a", policy.Literals("b", "b")...)}, false},
		"without saying whether with TLS":      {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: policy.Context{}.With("aws:SourceIp", policy.Literal("198.51.100.7"))}, false},
		"neither with TLS nor without":         {policy.Request{Caller: role, Action: "kms:Decrypt", Resource: key, Context: internet.With("aws:SecureTransport", policy.Literal("perhaps"))}, false},
	} {
		at, is := u.At(c.request)
		require.True(t, is, name)
		assert.Equal(t, c.is, possible.Has(at), name)
	}
	assert.True(t, u.None().Possible().IsEmpty())
}

// What an ARN says is one account's is not another's.
func TestWhatAnAccountHas(t *testing.T) {
	queue := policy.Literal("arn:aws:sqs:eu-west-1:111111111111:jobs")
	p, err := policy.Compile(policy.Resource, "", policy.Document{Statements: []policy.Statement{{
		Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"sqs:*"}, Resources: []policy.Text{queue},
	}}})
	require.NoError(t, err)
	u, err := Tell(p)
	require.NoError(t, err)
	for owner, is := range map[string]bool{"111111111111": true, "222222222222": false} {
		at, found := u.At(policy.Request{Action: "sqs:SendMessage", Resource: queue, Owner: owner})
		require.True(t, found)
		assert.Equal(t, is, u.Of(p).Possible().Has(at), owner)
	}
}

// A class of requests is possible if any of them is, whichever stands for it.
func TestAClassIsPossibleIfAnyOfItIs(t *testing.T) {
	for name, c := range map[string]struct {
		condition policy.Condition
		values    []string // all of them possible over the internet
	}{
		"a range that is public and private":  {policy.When("IpAddress", "aws:SourceIp", "10.0.0.0/7"), []string{"11.1.2.3"}},
		"between private ranges":              {policy.When("IpAddress", "aws:SourceIp", "172.16.0.0/11", "172.0.0.0/8"), []string{"172.40.0.1"}},
		"all of IPv6":                         {policy.When("IpAddress", "aws:SourceIp", "::/0"), []string{"2001:db8::1"}},
		"all addresses":                       {policy.When("IpAddress", "aws:SourceIp", "0.0.0.0/0"), []string{"8.8.8.8", "2001:db8::1"}},
		"addresses as text":                   {policy.When("StringLike", "aws:SourceIp", "203.0.*"), []string{"203.0.113.7", "8.8.8.8"}},
		"any address":                         {policy.When("Null", "aws:SourceIp", "false"), []string{"8.8.8.8"}},
		"a boolean as text":                   {policy.When("StringNotEquals", "aws:SecureTransport", "true"), []string{"true", "false"}},
		"any boolean":                         {policy.When("Null", "aws:ViaAWSService", "true"), []string{"false"}},
		"an encryption context":               {policy.When("StringEquals", "kms:EncryptionContext:a", "b"), []string{"b", "c"}},
		"a key that comes with some actions":  {policy.When("StringLike", "s3:prefix", "a*"), []string{"abc", "b"}},
		"a claim that comes with some action": {policy.When("StringLike", "ci.example.com:sub", "a*"), []string{"abc", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := asking(t, c.condition)
			wide := p.Document.Statements[0]
			for _, wide.Actions = range [][]string{{"*"}, {"kms:*", "s3:*", "sts:*"}, {"kms:CreateAlias", "kms:Decrypt", "s3:GetObject", "s3:ListBucket", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"}} {
				all, err := policy.Compile(policy.Resource, "", policy.Document{Statements: []policy.Statement{wide}})
				require.NoError(t, err)
				narrow := wide
				narrow.Conditions = []policy.Condition{c.condition}
				p, err := policy.Compile(policy.Resource, "", policy.Document{Statements: []policy.Statement{narrow}})
				require.NoError(t, err)
				u, err := Tell(p, all)
				require.NoError(t, err)
				r := policy.Request{Caller: policy.Caller{}, Action: "kms:Decrypt", Resource: policy.Literal("arn:aws:kms:eu-west-1:111111111111:key/1")}
				switch {
				case strings.HasPrefix(c.condition.Key, "s3:"):
					r.Action, r.Resource, r.Owner = "s3:ListBucket", policy.Literal("arn:aws:s3:::a"), "111111111111"
				case strings.HasPrefix(c.condition.Key, "ci."):
					r.Action, r.Resource = "sts:AssumeRoleWithWebIdentity", policy.Literal("arn:aws:iam::111111111111:role/a")
					r.Caller = policy.AsFederated(policy.Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com"))
				}
				if c.condition.Key != "aws:SourceIp" {
					r.Context = r.Context.With("aws:SourceIp", policy.Literal("8.8.8.8"))
				}
				for _, v := range c.values {
					r.Context = r.Context.With(c.condition.Key, policy.Literal(v))
					at, is := u.At(r)
					require.True(t, is, v)
					assert.True(t, u.All().Possible().Has(at), "%s %s", wide.Actions, v)
				}
			}
		})
	}
}
