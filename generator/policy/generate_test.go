package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A testCase is a request and the documents that decide it.
type testCase struct {
	Request  Request
	Policies []*Policy
}

func (c testCase) decide() Decision { return Evaluate(c.Request, c.Policies...) }

// dice make documents and requests that are likely to have to do with each other.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0))} }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func oneOf[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some picks between one and three of the items, each once.
func some[T any](d dice, from []T) []T {
	n := 1
	for n < min(3, len(from)) && d.chance(30) {
		n++
	}
	var out []T
	for _, i := range d.Perm(len(from))[:n] {
		out = append(out, from[i])
	}
	return out
}

const (
	home    = "111111111111"
	abroad  = "222222222222"
	issuer  = "ci.example.com/oidc"
	foreign = "token.example.net"
)

var (
	roles     = []string{"arn:aws:iam::111111111111:role/deploy", "arn:aws:iam::222222222222:role/build"}
	users     = []string{"arn:aws:iam::111111111111:user/anna", "arn:aws:iam::222222222222:user/ben"}
	providers = []string{"arn:aws:iam::111111111111:oidc-provider/" + issuer, "arn:aws:iam::111111111111:oidc-provider/" + foreign}
	services  = []string{"codebuild.amazonaws.com", "s3.amazonaws.com"}
)

// A call is an action on one of its resources.
type call struct {
	action, resource, owner string
}

var calls = []call{
	{"s3:GetObject", "arn:aws:s3:::acme-web/index.html", home},
	{"s3:PutObject", "arn:aws:s3:::acme-web/anna/a:b", home},
	{"s3:GetObject", "arn:aws:s3:::acme-logs/red/$", abroad},
	{"s3:ListBucket", "arn:aws:s3:::acme-web", home},
	{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:jobs", home},
	{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:red", abroad},
	{"ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111111111111:repository/app", home},
	{"ecr:GetAuthorizationToken", "*", ""},
	{"kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/1234", home},
	{"kms:GenerateDataKey", "arn:aws:kms:eu-west-1:222222222222:key/5678", abroad},
	{"sts:AssumeRole", roles[0], home},
	{"sts:AssumeRole", roles[1], abroad},
	{"sts:AssumeRoleWithWebIdentity", roles[0], home},
	{"sts:AssumeRoleWithWebIdentity", roles[0], home},
}

var (
	actionPatterns = []string{
		"*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "sqs:*", "sqs:SendMessage", "ecr:*", "ecr:BatchGetImage",
		"kms:*", "kms:Decrypt", "kms:*DataKey", "sts:*", "sts:AssumeRole", "sts:AssumeRole*", "sts:AssumeRoleWithWebIdentity",
	}
	resourcePatterns = []string{
		"*", "*", "arn:aws:s3:::*", "arn:aws:s3:::acme-web/*", "arn:aws:s3:::acme-???/*", "arn:aws:s3:::acme-web/${aws:username}/*",
		"arn:aws:s3:::acme-web", "arn:aws:s3:::ACME-web/*", "arn:aws:s3:::acme-logs/${aws:PrincipalTag/team}/${$}", "arn:aws:sqs:*:*:jobs",
		"arn:aws:sqs:eu-west-1:222222222222:${aws:PrincipalTag/team}",
		"arn:aws:sqs:eu-west-1:*:${aws:PrincipalTag/team, 'jobs'}",
		"arn:aws:ecr:eu-west-1:111111111111:repository/*", "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:eu-west-1:222222222222:key/5678",
		"arn:aws:iam::*:role/*", "arn:aws:iam::111111111111:role/deploy", "arn:*:*:*:*:*", "arn:aws:s3:::acme-web/a*:b", "arn:aws:s*:*:*:*",
		"arn:aws:s3:::acme-web/*b", "arn:aws:sqs:eu-west-1:*:*r?d", "arn:aws:???:*:*:*",
	}
	awsPrincipals = append([]string{
		"*", home, abroad, "arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root",
		"arn:aws:sts::111111111111:assumed-role/deploy/run", "arn:aws:sts::222222222222:assumed-role/build/run",
	}, append(roles, users...)...)
)

// A conditionKey has values for policies and for requests, and the operators that fit it, without Not.
type testKey struct {
	name       string
	operators  []string
	inPolicy   []string
	inRequest  []string
	many       bool // the request may have several
	otherNames []string
}

var (
	stringOperators  = []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"}
	arnOperators     = []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}
	numericOperators = []string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"}
	dateOperators    = []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"}
	ipOperators      = []string{"IpAddress", "NotIpAddress"}
)

var testKeys = []testKey{
	{
		name: "aws:PrincipalTag/team", operators: stringOperators, otherNames: []string{"AWS:principaltag/Team"},
		inPolicy:  []string{"red", "RED", "r*", "?ed", "", "blue", "${aws:PrincipalTag/home}", "${aws:PrincipalTag/home, 'red'}", "${*}", "a.c", "re"},
		inRequest: []string{"red", "Red", "blue", "*", "abc", "a.c", "anna"},
	},
	{name: "aws:PrincipalTag/home", operators: stringOperators, inPolicy: []string{"red", "*", "${aws:PrincipalTag/team}"}, inRequest: []string{"red", "blue"}},
	{name: "aws:SourceVpc", operators: stringOperators, inPolicy: []string{"vpc-1", "vpc-2", "vpc-*"}, inRequest: []string{"vpc-1", "vpc-2", "vpc-3"}},
	{name: "aws:SourceVpce", operators: stringOperators, inPolicy: []string{"vpce-1", "vpce-2"}, inRequest: []string{"vpce-1", "vpce-2"}},
	{name: issuer + ":aud", operators: stringOperators, inPolicy: []string{"sts.amazonaws.com", "acme"}, inRequest: []string{"sts.amazonaws.com", "acme"}},
	{
		name: issuer + ":sub", operators: stringOperators,
		inPolicy:  []string{"repo:acme/app:ref:refs/heads/main", "repo:acme/app:*", "repo:acme/???:environment:prod", "*"},
		inRequest: []string{"repo:acme/app:ref:refs/heads/main", "repo:acme/app:environment:prod", "repo:acme2/app:ref:refs/heads/main"},
	},
	{
		name: "aws:SourceIp", operators: ipOperators,
		inPolicy:  []string{"203.0.113.0/24", "203.0.113.9", "198.51.100.0/25", "2001:db8::/32", "0.0.0.0/0", "10.0.0.0/8"},
		inRequest: []string{"203.0.113.9", "203.0.113.10", "198.51.100.200", "2001:db8::1", "2001:db9::1"},
	},
	{name: "aws:VpcSourceIp", operators: ipOperators, inPolicy: []string{"10.0.0.0/16", "10.1.2.3/32"}, inRequest: []string{"10.0.4.7", "10.1.2.3", "10.2.0.1"}},
	{
		name: "aws:SourceArn", operators: append(arnOperators, stringOperators...),
		inPolicy: []string{
			"arn:aws:sns:eu-west-1:111111111111:topic", "arn:aws:sns:*:111111111111:*", "arn:aws:s3:::acme-*", "arn:aws:s3:::acme-${aws:PrincipalTag/team, 'web'}", "arn:aws:sns:eu-west-1:${aws:ResourceAccount}:*",
			"arn:aws:sns:*:*:to?ic", "arn:aws:*:*:*:*",
		},
		inRequest: []string{"arn:aws:sns:eu-west-1:111111111111:topic", "arn:aws:sns:eu-west-1:222222222222:a:b", "arn:aws:s3:::acme-web"},
	},
	{name: "aws:PrincipalArn", operators: arnOperators, inPolicy: append([]string{"arn:aws:iam::*:role/*", "arn:aws:iam::111111111111:*"}, append(roles, users...)...)},
	{name: "aws:PrincipalAccount", operators: stringOperators, inPolicy: []string{home, abroad, "${aws:ResourceAccount}"}},
	{name: "aws:ResourceAccount", operators: stringOperators, inPolicy: []string{home, abroad, "${aws:PrincipalAccount}"}},
	{name: "aws:PrincipalIsAWSService", operators: []string{"Bool"}, inPolicy: []string{"true", "false"}},
	{name: "aws:SecureTransport", operators: []string{"Bool"}, inPolicy: []string{"true", "false"}, inRequest: []string{"true", "false"}},
	{name: "s3:max-keys", operators: numericOperators, inPolicy: []string{"10", "10.5", "100", "-3"}, inRequest: []string{"10", "9", "11", "10.5", "-3"}},
	{
		name: "aws:CurrentTime", operators: dateOperators,
		inPolicy:  []string{"2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "2026-06-01"},
		inRequest: []string{"2026-01-01T00:00:00Z", "2026-06-01T10:00:00Z", "2025-12-31T23:59:59Z", "2027-01-01"},
	},
	{name: "aws:EpochTime", operators: dateOperators, inPolicy: []string{"1780000000", "1790000000"}, inRequest: []string{"1780000000", "1785000000"}},
	{name: "app:digest", operators: []string{"BinaryEquals"}, inPolicy: []string{"QUJD", "REVG"}, inRequest: []string{"QUJD", "R0hJ"}},
	{name: "aws:TagKeys", operators: stringOperators, many: true, inPolicy: []string{"team", "cost", "c*", "TEAM", "t?am"}, inRequest: []string{"team", "cost", "owner", ""}},
}

func (d dice) condition() Condition {
	k := oneOf(d, testKeys)
	c := Condition{Key: k.name, Operator: oneOf(d, k.operators)}
	if len(k.otherNames) > 0 && d.chance(20) {
		c.Key = oneOf(d, k.otherNames)
	}
	c.Values = Literals(some(d, k.inPolicy)...)
	if k.operators[0] == "Bool" {
		c.Values = c.Values[:1]
	}
	if k.many || d.chance(5) {
		c.Operator = oneOf(d, []string{"ForAllValues:", "ForAnyValue:"}) + c.Operator
	}
	if d.chance(15) {
		c.Operator += "IfExists"
	}
	if d.chance(8) {
		c = Condition{Key: k.name, Operator: "Null", Values: Literals(oneOf(d, []string{"true", "false"}))}
	}
	return c
}

func (d dice) principal() Principal {
	if d.chance(20) {
		return Anyone
	}
	var kinds []Principal
	for _, p := range some(d, []Principal{
		{Kind: "AWS", IDs: Literals(some(d, awsPrincipals)...)}, {Kind: "AWS", IDs: Literals(some(d, awsPrincipals)...)},
		{Kind: "Service", IDs: Literals(some(d, services)...)}, {Kind: "Federated", IDs: Literals(some(d, providers)...)},
	}) {
		if !slices.ContainsFunc(kinds, func(q Principal) bool { return q.Kind == p.Kind }) {
			kinds = append(kinds, p)
		}
	}
	first := kinds[0]
	if len(kinds) > 1 {
		first.Or = kinds[1:]
	}
	return first
}

// around is what is asked for, patterns that may match it, or both.
func (d dice) around(patterns []string, asked string) []string {
	switch d.IntN(3) {
	case 0:
		return []string{asked}
	case 1:
		return some(d, patterns)
	default:
		return append(some(d, patterns), asked)
	}
}

// statement is one that its kind of policy may have, likely to speak of the call.
func (d dice) statement(k Kind, about call) Statement {
	s := Statement{Effect: Allow}
	if d.chance(20) {
		s.Effect = Deny
	}
	actions := d.around(actionPatterns, about.action)
	if d.chance(10) {
		s.NotActions = actions
	} else {
		s.Actions = actions
	}
	resources := d.around(resourcePatterns, about.resource)
	switch {
	case k == Trust:
	case d.chance(12):
		s.NotResources = Literals(resources...)
	default:
		s.Resources = Literals(resources...)
	}
	switch {
	case k == Endpoint: // as they mostly are; what else they say is settled
		s.Principal = Anyone
	case s.Effect == Deny && k > Endpoint && k != Trust && d.chance(15):
		s.NotPrincipal = d.principal()
	case k.namesPrincipals():
		s.Principal = d.principal()
	}
	for range d.IntN(3) {
		if next := append(s.Conditions, d.condition()); len(givenTwice(next)) == 0 {
			s.Conditions = next
		}
	}
	return s
}

func (d dice) document(k Kind, about call) Document {
	var out Document
	for i := range 1 + d.IntN(3) {
		s := d.statement(k, about)
		if d.chance(30) {
			s.Sid = fmt.Sprintf("S%d", i)
		}
		out.Statements = append(out.Statements, s)
	}
	return out
}

func (d dice) caller(of call) Caller {
	if strings.HasPrefix(of.action, "sts:AssumeRoleWith") {
		return AsFederated(Literal(oneOf(d, providers)))
	}
	n := d.IntN(20)
	if of.owner == "" { // only an identity in an account can call it
		n = d.IntN(15)
	}
	switch {
	case n < 10:
		return AsSession(Literal(oneOf(d, roles)), oneOf(d, []string{"run", "other"}))
	case n < 15:
		return AsUser(oneOf(d, users))
	case n < 18:
		return AsService(oneOf(d, services))
	default:
		return Caller{}
	}
}

func (d dice) context() Context {
	var out Context
	for _, k := range testKeys {
		switch {
		case len(k.inRequest) == 0 || d.chance(35):
		case k.many:
			out = out.With(k.name, Literals(some(d, k.inRequest)...)...)
		default:
			out = out.With(k.name, Literal(oneOf(d, k.inRequest)))
		}
	}
	return out
}

// kinds are the policies that have a say in a call: which ones are there is left to chance.
func (d dice) kinds(c Caller, q *query) []Kind {
	var out []Kind
	add := func(k Kind, percent int) {
		if d.chance(percent) {
			out = append(out, k)
		}
	}
	if c.isIAM() {
		add(Identity, 85)
		add(Identity, 20)
		add(Boundary, 20)
		if c.kind == sessionCaller {
			add(Session, 20)
		}
	}
	add(Endpoint, 20)
	chances := map[Kind]int{Trust: 100, Key: 90, Resource: 60}
	add(q.resourceKind(), chances[q.resourceKind()])
	return out
}

func (d dice) testCase() testCase {
	for {
		if c := d.anyCase(); !c.settled() {
			return c
		}
	}
}

func (d dice) anyCase() testCase {
	about := oneOf(d, calls)
	r := Request{Caller: d.caller(about), Action: about.action, Resource: Literal(about.resource), Owner: about.owner, Context: d.context()}
	c := testCase{Request: r}
	q := newQuery(&r)
	for _, k := range d.kinds(r.Caller, &q) {
		c.Policies = append(c.Policies, mustCompile(k, d.document(k, about)))
	}
	return c
}

func mustCompile(k Kind, doc Document) *Policy {
	p, err := Compile(k, "", doc)
	if err != nil {
		panic(fmt.Sprint(err, doc.JSON()))
	}
	return p
}
