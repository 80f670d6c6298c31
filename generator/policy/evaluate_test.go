package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	anna   = AsUser("arn:aws:iam::111111111111:user/anna")
	ben    = AsUser("arn:aws:iam::222222222222:user/ben")
	deploy = AsSession(Literal("arn:aws:iam::111111111111:role/ci/deploy"), "run")
	root   = AsRoot("arn:aws:iam::111111111111:root")
	token  = AsFederated(Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com"))
	s3     = AsService("s3.amazonaws.com")
	nobody = Caller{}
)

func aws(ids ...string) Principal { return Accounts(ids...) }

// allow is a policy of one statement that allows everything to the principal.
func allow(k Kind, p Principal) *Policy { return single(k, Allow, p) }
func deny(k Kind, p Principal) *Policy  { return single(k, Deny, p) }

func single(k Kind, e Effect, p Principal) *Policy {
	s := Statement{Effect: e, Principal: p, Actions: []string{"*"}}
	if k != Trust {
		s.Resources = Literals("*")
	}
	return mustCompile(k, Document{Statements: []Statement{s}})
}

// own is a policy without principals that allows everything, or nothing of what is asked.
func own(k Kind) *Policy { return allow(k, Principal{}) }

func unfit(k Kind) *Policy {
	return mustCompile(k, Document{Statements: []Statement{{Effect: Allow, Actions: []string{"x:y"}, Resources: Literals("*")}}})
}

func TestEvaluate(t *testing.T) {
	const (
		queue  = "arn:aws:sqs:eu-west-1:111111111111:jobs"
		key    = "arn:aws:kms:eu-west-1:111111111111:key/1"
		aRole  = "arn:aws:iam::111111111111:role/target"
		rootID = "arn:aws:iam::111111111111:root"
	)
	send := func(c Caller) Request { return Request{Caller: c, Action: "sqs:SendMessage", Resource: Literal(queue)} }
	decrypt := func(c Caller) Request { return Request{Caller: c, Action: "kms:Decrypt", Resource: Literal(key)} }
	assume := func(c Caller) Request { return Request{Caller: c, Action: "sts:AssumeRole", Resource: Literal(aRole)} }
	federate := Request{Caller: token, Action: "sts:AssumeRoleWithWebIdentity", Resource: Literal(aRole)}
	list := func(ps ...*Policy) []*Policy { return ps }
	session := aws("arn:aws:sts::111111111111:assumed-role/deploy/run")
	theRole := aws("arn:aws:iam::111111111111:role/ci/deploy")
	annaARN, benARN := aws("arn:aws:iam::111111111111:user/anna"), aws("arn:aws:iam::222222222222:user/ben")
	provider := Federated(Literal("arn:aws:iam::111111111111:oidc-provider/ci.example.com"))

	for _, c := range []struct {
		name     string
		request  Request
		policies []*Policy
		want     Outcome
	}{
		{"nothing is allowed by itself", send(anna), nil, ImplicitlyDenied},
		{"the caller's policy is enough", send(anna), list(own(Identity)), Allowed},
		{"of several policies one is enough", send(anna), list(unfit(Identity), own(Identity)), Allowed},
		{"a Deny decides", send(anna), list(own(Identity), deny(Identity, Principal{})), ExplicitlyDenied},
		{"a Deny of the resource decides", send(anna), list(own(Identity), deny(Resource, Anyone)), ExplicitlyDenied},
		{"a Deny of a boundary decides", send(anna), list(allow(Resource, annaARN), deny(Boundary, Principal{})), ExplicitlyDenied},
		{"a Deny of a session policy decides", send(deploy), list(allow(Resource, session), deny(Session, Principal{})), ExplicitlyDenied},
		{"a Deny for somebody else does not", send(anna), list(own(Identity), deny(Resource, benARN)), Allowed},

		{"the resource's policy is enough", send(anna), list(allow(Resource, annaARN)), Allowed},
		{"for a role, too", send(deploy), list(allow(Resource, theRole)), Allowed},
		{"for a session, too", send(deploy), list(allow(Resource, session)), Allowed},
		{"for everyone, too", send(anna), list(allow(Resource, Anyone)), Allowed},
		{"another session", send(AsSession(deploy.role, "other")), list(allow(Resource, session)), ImplicitlyDenied},
		{"a role of the same name elsewhere", send(AsSession(Literal("arn:aws:iam::111111111111:role/deploy"), "run")), list(allow(Resource, theRole)), ImplicitlyDenied},
		{"the account leaves it to the account", send(anna), list(allow(Resource, aws(rootID))), ImplicitlyDenied},
		{"whose policy has to allow", send(anna), list(allow(Resource, aws("111111111111")), own(Identity)), Allowed},

		{"a boundary has to allow", send(anna), list(own(Identity), unfit(Boundary)), ImplicitlyDenied},
		{"a boundary alone gives nothing", send(anna), list(own(Boundary)), ImplicitlyDenied},
		{"a boundary limits a role that the resource names", send(deploy), list(allow(Resource, theRole), unfit(Boundary)), ImplicitlyDenied},
		{"but not a user", send(anna), list(allow(Resource, annaARN), unfit(Boundary)), Allowed},
		{"nor a session", send(deploy), list(allow(Resource, session), unfit(Boundary)), Allowed},
		{"a session policy has to allow", send(deploy), list(own(Identity), unfit(Session)), ImplicitlyDenied},
		{"a session policy limits a role that the resource names", send(deploy), list(allow(Resource, theRole), unfit(Session)), ImplicitlyDenied},
		{"but not a session", send(deploy), list(allow(Resource, session), unfit(Session)), Allowed},
		{"boundary and session policy allow", send(deploy), list(own(Identity), own(Boundary), own(Session)), Allowed},

		{"across accounts the caller's policy is not enough", send(ben), list(own(Identity)), ImplicitlyDenied},
		{"nor the resource's", send(ben), list(allow(Resource, benARN)), ImplicitlyDenied},
		{"both are", send(ben), list(own(Identity), allow(Resource, benARN)), Allowed},
		{"with the account named", send(ben), list(own(Identity), allow(Resource, aws("222222222222"))), Allowed},
		{"with everyone named", send(ben), list(own(Identity), allow(Resource, Anyone)), Allowed},
		{"but a boundary limits", send(ben), list(own(Identity), allow(Resource, benARN), unfit(Boundary)), ImplicitlyDenied},
		{"another account", send(ben), list(own(Identity), allow(Resource, aws(rootID))), ImplicitlyDenied},

		{"an endpoint has to allow", send(anna), list(own(Identity), allow(Endpoint, benARN)), ImplicitlyDenied},
		{"an endpoint that does", send(anna), list(own(Identity), allow(Endpoint, Anyone)), Allowed},
		{"an endpoint for the account", send(anna), list(own(Identity), allow(Endpoint, aws(rootID))), Allowed},
		{"an endpoint alone gives nothing", send(anna), list(allow(Endpoint, Anyone)), ImplicitlyDenied},
		{"a Deny of an endpoint decides", send(anna), list(own(Identity), deny(Endpoint, Anyone)), ExplicitlyDenied},

		{"a key needs its own policy", decrypt(anna), list(own(Identity)), ImplicitlyDenied},
		{"which may name the caller", decrypt(anna), list(allow(Key, annaARN)), Allowed},
		{"or leave it to the account", decrypt(anna), list(allow(Key, aws(rootID))), ImplicitlyDenied},
		{"whose policy allows", decrypt(anna), list(allow(Key, aws(rootID)), own(Identity)), Allowed},
		{"another account's key", decrypt(ben), list(allow(Key, aws("222222222222")), own(Identity)), Allowed},

		{"a role needs its trust policy", assume(anna), list(own(Identity)), ImplicitlyDenied},
		{"which is enough", assume(anna), list(allow(Trust, annaARN)), Allowed},
		{"or leaves it to the account", assume(anna), list(allow(Trust, aws(rootID))), ImplicitlyDenied},
		{"whose policy allows to assume", assume(anna), list(allow(Trust, aws(rootID)), own(Identity)), Allowed},
		{"another account's role", assume(ben), list(allow(Trust, benARN), own(Identity)), Allowed},
		{"not without its own policy", assume(ben), list(allow(Trust, benARN)), ImplicitlyDenied},
		{"a service", assume(s3), list(allow(Trust, Service("s3.amazonaws.com"))), Allowed},
		{"another service", assume(s3), list(allow(Trust, Service("ec2.amazonaws.com"))), ImplicitlyDenied},

		{"a token", federate, list(allow(Trust, provider)), Allowed},
		{"through an endpoint for everyone", federate, list(allow(Trust, provider), allow(Endpoint, Anyone)), Allowed},
		{"through an endpoint for AWS principals", federate, list(allow(Trust, provider), allow(Endpoint, aws("*"))), ImplicitlyDenied},
		{"through an endpoint for tokens", federate, list(allow(Trust, provider), allow(Endpoint, Federated(Literal("*")))), Allowed},
		{"another provider's token", federate, list(allow(Trust, Federated(Literal("arn:aws:iam::111111111111:oidc-provider/x")))), ImplicitlyDenied},
		{"a trust policy for everyone", federate, list(allow(Trust, Anyone)), Allowed},
		{"a token has no account", federate, list(allow(Trust, aws("111111111111")), own(Identity)), ImplicitlyDenied},
		{"a token has no policies of its own", federate, list(allow(Trust, provider), unfit(Boundary), deny(Identity, Principal{})), Allowed},

		{"a service needs no identity", send(s3), list(allow(Resource, Service("s3.amazonaws.com"))), Allowed},
		{"everyone includes services", send(s3), list(allow(Resource, Anyone)), Allowed},
		{"AWS principals do not", send(s3), list(allow(Resource, aws("*"))), ImplicitlyDenied},
		{"anyone", send(nobody), list(allow(Resource, Anyone)), Allowed},
		{"anyone is an AWS principal, too", send(nobody), list(allow(Resource, aws("*"))), Allowed},
		{"but of no account", send(nobody), list(allow(Resource, aws(rootID))), ImplicitlyDenied},
		{"several kinds of principal", send(s3), list(allow(Resource, Principal{Kind: "AWS", IDs: Literals(rootID), Or: []Principal{Service("s3.amazonaws.com")}})), Allowed},

		{"the root user may do everything", send(root), nil, Allowed},
		{"unless the resource denies", send(root), list(deny(Resource, Anyone)), ExplicitlyDenied},
		{"or is a key", decrypt(root), list(allow(Key, annaARN)), ImplicitlyDenied},
		{"that has to allow the account", decrypt(root), list(allow(Key, aws(rootID))), Allowed},

		{"whoever asks may know who they are", Request{Caller: anna, Action: "sts:GetCallerIdentity", Resource: Literal("*")}, list(deny(Identity, Principal{})), Allowed},
		{"if the endpoint lets them", Request{Caller: anna, Action: "sts:GetCallerIdentity", Resource: Literal("*")}, list(allow(Endpoint, benARN)), ImplicitlyDenied},
	} {
		d := Evaluate(c.request, c.policies...)
		assert.Equal(t, c.want.String(), d.Outcome.String(), "%s: %s", c.name, d)
		assert.Equal(t, c.want == Allowed, d.Allowed(), c.name)
	}
}

func TestSymbolsNameRolesAndResources(t *testing.T) {
	key, role := Address("aws_kms_key", "a", "arn"), Address("aws_iam_role", "a", "arn")
	trust := mustCompile(Key, Document{Statements: []Statement{{
		Effect: Allow, Principal: Principal{Kind: "AWS", IDs: []Text{role}}, Actions: []string{"kms:*"}, Resources: []Text{key},
	}}})
	r := Request{Caller: AsSession(role, "x").In(home), Action: "kms:Decrypt", Resource: key, Owner: home}
	assert.True(t, Evaluate(r, trust).Allowed())
	r.Resource = Address("aws_kms_key", "b", "arn")
	assert.False(t, Evaluate(r, trust).Allowed())
	r.Resource, r.Caller = key, AsSession(Address("aws_iam_role", "b", "arn"), "x").In(home)
	assert.False(t, Evaluate(r, trust).Allowed())
}

func TestElements(t *testing.T) {
	statement := func(change func(*Statement)) *Policy {
		s := Statement{Effect: Allow, Actions: []string{"s3:Get*"}, Resources: Literals("arn:aws:s3:::acme-*/a?/${aws:username}")}
		change(&s)
		return mustCompile(Identity, Document{Statements: []Statement{s}})
	}
	const object = "arn:aws:s3:::acme-web/ab/anna"
	for _, c := range []struct {
		name, action, resource string
		change                 func(*Statement)
		want                   bool
	}{
		{"as written", "s3:GetObject", object, func(*Statement) {}, true},
		{"actions ignore case", "S3:getobject", object, func(*Statement) {}, true},
		{"another action", "s3:PutObject", object, func(*Statement) {}, false},
		{"resources mind case", "s3:GetObject", "arn:aws:s3:::ACME-web/ab/anna", func(*Statement) {}, false},
		{"another user's", "s3:GetObject", "arn:aws:s3:::acme-web/ab/ben", func(*Statement) {}, false},
		{"all actions but", "s3:PutObject", object, func(s *Statement) { s.NotActions, s.Actions = s.Actions, nil }, true},
		{"not all actions but", "s3:GetObject", object, func(s *Statement) { s.NotActions, s.Actions = s.Actions, nil }, false},
		{"all resources but", "s3:GetObject", "arn:aws:s3:::x", func(s *Statement) { s.NotResources, s.Resources = s.Resources, nil }, true},
		{"not all resources but", "s3:GetObject", object, func(s *Statement) { s.NotResources, s.Resources = s.Resources, nil }, false},
		{"wildcards stay in their part", "s3:GetObject", "arn:aws:s3:eu:1:acme", func(s *Statement) { s.Resources = Literals("arn:aws:s*acme:::*", "arn:aws:*:1:acme:x") }, false},
		{"the last part has the rest", "s3:GetObject", "arn:aws:s3:::a:b:c", func(s *Statement) { s.Resources = Literals("arn:aws:s3:::a*c") }, true},
		{"no resource but all", "s3:GetObject", "*", func(s *Statement) { s.Resources = Literals("arn:*:*:*:*:*") }, false},
		{"all resources", "s3:GetObject", "*", func(s *Statement) { s.Resources = Literals("*") }, true},
		{"all conditions hold", "s3:GetObject", object, func(s *Statement) {
			s.Conditions = []Condition{When("Null", "x:a", "true"), When("StringEquals", "aws:PrincipalType", "User")}
		}, true},
		{"one does not", "s3:GetObject", object, func(s *Statement) {
			s.Conditions = []Condition{When("Null", "x:a", "true"), When("StringEquals", "aws:PrincipalType", "Account")}
		}, false},
	} {
		r := Request{Caller: anna, Action: c.action, Resource: Literal(c.resource)}
		assert.Equal(t, c.want, Evaluate(r, statement(c.change)).Allowed(), c.name)
	}
}

func TestNotPrincipal(t *testing.T) {
	but := func(p Principal) *Policy {
		return mustCompile(Resource, Document{Statements: []Statement{{Effect: Deny, NotPrincipal: p, Actions: []string{"*"}, Resources: Literals("*")}}})
	}
	r := Request{Caller: anna, Action: "sqs:SendMessage", Resource: Literal("arn:aws:sqs:eu-west-1:111111111111:jobs")}
	named := but(aws("arn:aws:iam::111111111111:user/anna", "111111111111"))
	assert.Equal(t, Allowed, Evaluate(r, own(Identity), named).Outcome)
	assert.Equal(t, ExplicitlyDenied, Evaluate(r, own(Identity), but(aws("222222222222"))).Outcome)
	assert.Equal(t, ExplicitlyDenied, Evaluate(r, own(Identity), own(Boundary), named).Outcome, "a boundary makes it hit everybody")
}

func TestKeysThatFollowFromTheRequest(t *testing.T) {
	keys := func(c Caller) map[string]string {
		out := map[string]string{}
		r := Request{Caller: c, Action: "s3:GetObject", Resource: Literal("arn:aws:s3:::a"), Owner: "333333333333"}
		for key, values := range r.Keys().All() {
			require.Len(t, values, 1)
			out[key] = values[0].String()
		}
		require.Equal(t, "333333333333", out["aws:ResourceAccount"])
		delete(out, "aws:ResourceAccount")
		return out
	}
	assert.Equal(t, map[string]string{
		"aws:PrincipalArn": "arn:aws:iam::111111111111:user/anna", "aws:PrincipalAccount": "111111111111",
		"aws:PrincipalType": "User", "aws:PrincipalIsAWSService": "false", "aws:username": "anna",
	}, keys(anna))
	assert.Equal(t, map[string]string{
		"aws:PrincipalArn": "arn:aws:iam::111111111111:role/ci/deploy", "aws:PrincipalAccount": "111111111111",
		"aws:PrincipalType": "AssumedRole", "aws:PrincipalIsAWSService": "false",
	}, keys(deploy))
	assert.Equal(t, map[string]string{"aws:FederatedProvider": token.arn.String()}, keys(token))
	assert.Equal(t, map[string]string{"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "s3.amazonaws.com"}, keys(s3))
	assert.Equal(t, map[string]string{"aws:PrincipalType": "Anonymous"}, keys(nobody))

	r := Request{Caller: anna, Context: Context{}.With("AWS:principalType").With("aws:PrincipalArn", Literal("x"))}
	for key, values := range r.Keys().All() {
		assert.NotEqual(t, "aws:PrincipalType", key, "a key can be taken away")
		if key == "aws:PrincipalArn" {
			assert.Equal(t, Literals("x"), values)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	fit := Statement{Effect: Allow, Actions: []string{"s3:*"}, Resources: Literals("*")}
	for _, c := range []struct {
		kind   Kind
		change func(*Statement)
		want   string
	}{
		{Identity, func(s *Statement) { s.Effect = "Permit" }, `statement 1 of the identity policy of it: the effect must be "Allow" or "Deny"`},
		{Identity, func(s *Statement) { s.Actions = nil }, "either actions or all but some must be given"},
		{Identity, func(s *Statement) { s.NotActions = s.Actions }, "either actions or all but some must be given"},
		{Identity, func(s *Statement) { s.Resources = nil }, "resources are missing"},
		{Endpoint, func(s *Statement) { s.Resources, s.Principal = nil, Anyone }, "resources are missing"},
		{Identity, func(s *Statement) { s.NotResources = s.Resources }, "resources and all but some exclude each other"},
		{Identity, func(s *Statement) { s.Resources = Literals("arn:aws:s3") }, `resource "arn:aws:s3" is no ARN`},
		{Boundary, func(s *Statement) { s.Principal = Anyone }, "names no principal"},
		{Resource, func(*Statement) {}, "either principals or all but some must be given"},
		{Trust, func(s *Statement) { s.Principal = Anyone }, "a trust policy speaks of its role, and names no resource"},
		{Trust, func(s *Statement) { s.Effect, s.NotPrincipal, s.Resources = Deny, Anyone, nil }, "a trust policy has no NotPrincipal"},
		{Resource, func(s *Statement) { s.NotPrincipal = Anyone }, "NotPrincipal is for Deny"},
		{Resource, func(s *Statement) { s.Principal = aws("arn:aws:iam::1:role/*") }, "a wildcard cannot match a part of it"},
		{Resource, func(s *Statement) { s.Principal = Principal{Kind: "User", IDs: Literals("x")} }, `"User" is no kind of principal`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("Equals", "k", "v")} }, `"Equals" is no condition operator`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("StringEquals", "k")} }, "StringEquals k has no value"},
		{Identity, func(s *Statement) {
			s.Conditions = []Condition{When("StringEquals", "k", "v"), When("StringEquals", "K", "w")}
		}, "StringEquals K is given twice"},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("NumericEquals", "k", "1e9")} }, `NumericEquals k: "1e9" is no number`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("DateEquals", "k", "soon")} }, `"soon" is no date`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("Bool", "k", "yes")} }, `"yes" is neither "true" nor "false"`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("Bool", "k", "true", "false")} }, "one boolean is wanted"},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("BinaryEquals", "k", "?")} }, `"?" is not base64`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("IpAddress", "k", "10.0.0.0/33")} }, `"10.0.0.0/33" is no address or range`},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("IpAddress", "k", "${aws:SourceIp}")} }, "is no address or range"},
		{Identity, func(s *Statement) { s.Conditions = []Condition{When("ArnLike", "k", "*")} }, `"*" is no ARN`},
	} {
		s := fit
		c.change(&s)
		_, err := Compile(c.kind, "it", Document{Statements: []Statement{s}})
		assert.ErrorContains(t, err, c.want)
	}
	_, err := Compile(Identity, "", Document{Statements: []Statement{{Sid: "A", Effect: Allow, Actions: []string{"a:b"}, Resources: Literals("*")}, {Sid: "A", Effect: "x", Actions: []string{"a:b"}, Resources: Literals("*")}}})
	assert.EqualError(t, err, "statement A of the identity policy: the effect must be \"Allow\" or \"Deny\"\n"+
		"statement A of the identity policy: another statement has the same Sid")
}
