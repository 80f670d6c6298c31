package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	const text = `{
		"Version": "2012-10-17",
		"Id": "all",
		"Statement": [
			{
				"Sid": "A", "Effect": "Allow",
				"Principal": {"Service": "s3.amazonaws.com", "AWS": ["111111111111", "arn:aws:iam::222222222222:root"]},
				"Action": ["s3:Get*", "s3:PutObject"], "Resource": "*",
				"Condition": {
					"Bool": {"aws:SecureTransport": true},
					"NumericLessThan": {"s3:max-keys": [10, "11"]},
					"StringLike": {"aws:SourceVpc": "vpc-1", "aws:PrincipalTag/x": ["${aws:username}"]}
				}
			},
			{"Effect": "Deny", "NotPrincipal": {"AWS": "111111111111"}, "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b/<&>"]},
			{"Effect": "Deny", "Principal": "*", "Action": "*"}
		]
	}`
	d, err := Parse(text)
	require.NoError(t, err)
	assert.Equal(t, Document{ID: "all", Statements: []Statement{
		{
			Sid: "A", Effect: Allow,
			Principal: Principal{
				Kind: "Service", IDs: Literals("s3.amazonaws.com"),
				Or: []Principal{{Kind: "AWS", IDs: Literals("111111111111", "arn:aws:iam::222222222222:root")}},
			},
			Actions: []string{"s3:Get*", "s3:PutObject"}, Resources: Literals("*"),
			Conditions: []Condition{
				When("Bool", "aws:SecureTransport", "true"),
				When("NumericLessThan", "s3:max-keys", "10", "11"),
				When("StringLike", "aws:SourceVpc", "vpc-1"),
				When("StringLike", "aws:PrincipalTag/x", "${aws:username}"),
			},
		},
		{
			Effect: Deny, NotPrincipal: Accounts("111111111111"), NotActions: []string{"s3:*"},
			NotResources: Literals("arn:aws:s3:::a", "arn:aws:s3:::b/<&>"),
		},
		{Effect: Deny, Principal: Anyone, Actions: []string{"*"}},
	}}, d)

	again, err := Parse(d.JSON())
	require.NoError(t, err)
	assert.Equal(t, d, again)

	lone, err := Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`)
	require.NoError(t, err)
	assert.Len(t, lone.Statements, 1)
}

func TestParseIsStrict(t *testing.T) {
	document := func(statement string) string {
		return `{"Version":"2012-10-17","Statement":[` + statement + "]}"
	}
	statement := func(more string) string {
		return document(`{"Effect":"Allow","Action":"a:b","Resource":"*",` + more + `}`)
	}
	for _, c := range []struct{ text, want string }{
		{``, `1:1: the text ends too early`},
		{`{"Version":`, `the text ends too early`},
		{`[]`, `1:1: an object is wanted, not a list`},
		{"{}", `Statement: is missing`},
		{"{\n  \"Statement\": 1,\n  \"Statment\": 2\n}", `3:3: "Statment" is unknown here`},
		{`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"a:b"}}`, `Version: must be "2012-10-17"`},
		{`{"Statement":{"Effect":"Allow","Action":"a:b"}}`, `Version: must be "2012-10-17"`},
		{`{"Version":"2012-10-17","Statement":[]}`, `1:37: Statement: is empty`},
		{document(`1`), `Statement[0]: an object is wanted, not a number`},
		{document(`{"Effect":"allow","Action":"a:b"}`), `Statement[0].Effect: must be "Allow" or "Deny", not "allow"`},
		{document(`{"Action":"a:b"}`), `Statement[0]: "Effect" is missing`},
		{document(`{"Effect":"Allow"}`), `Statement[0]: "Action" is missing`},
		{document(`{"Effect":"Allow","Action":"a:b","NotAction":"a:c"}`), `"Action" and "NotAction" exclude each other`},
		{document(`{"Effect":"Allow","Action":[]}`), `Statement[0].Action: is empty`},
		{document(`{"Effect":"Allow","Action":["a:b",7]}`), `Statement[0].Action[1]: a string is wanted, not a number`},
		{document(`{"Effect":"Allow","Effect":"Deny","Action":"a:b"}`), `"Effect" is given twice`},
		{statement(`"Principals":"*"`), `"Principals" is unknown here`},
		{statement(`"Principal":"me"`), `Statement[0].Principal: must be "*" or an object, not "me"`},
		{statement(`"Principal":{}`), `Statement[0].Principal: names nobody`},
		{statement(`"Principal":{"User":"me"}`), `"User" is unknown here`},
		{statement(`"Principal":7`), `Statement[0].Principal: an object is wanted, not a number`},
		{statement(`"Condition":[]`), `Statement[0].Condition: an object is wanted, not a list`},
		{statement(`"Condition":{"StringEqual":{"a:b":"c"}}`), `"StringEqual" is no condition operator`},
		{statement(`"Condition":{"StringEquals":"c"}`), `Statement[0].Condition.StringEquals: an object is wanted, not a string`},
		{statement(`"Condition":{"StringEquals":{"a:b":"c","A:B":"d"}}`), `"A:B" is given twice`},
		{statement(`"Condition":{"Bool":{"a:b":"c"},"Bool":{"a:c":"d"}}`), `"Bool" is given twice`},
		{statement(`"Condition":{"StringEquals":{"a:b":null}}`), `Statement[0].Condition.StringEquals.a:b: a string is wanted, not null`},
		{statement(`"Condition":{"StringEquals":{"a:b":[]}}`), `is empty`},
		{document(`{"Effect":"Allow","Action":"a:b"}`) + "x", `there is more after the document`},
		{strings.Repeat("[", 100_000), `no policy is nested so deeply`},
		{"\"\xff\"", `not UTF-8`},
	} {
		_, err := Parse(c.text)
		assert.ErrorContains(t, err, c.want, c.text)
	}
}

func TestParseReportsEveryMistake(t *testing.T) {
	_, err := Parse(`{
		"Version": "2012-10-17",
		"Statement": [
			{"Effect": "allow", "Action": "a:b"},
			{"Effect": "Deny", "Actions": "a:b"}
		]
	}`)
	assert.EqualError(t, err, strings.Join([]string{
		`4:15: Statement[0].Effect: must be "Allow" or "Deny", not "allow"`,
		`5:23: Statement[1]: "Actions" is unknown here`,
		`5:4: Statement[1]: "Action" is missing`,
	}, "\n"))
	var parse *ParseError
	require.ErrorAs(t, err, &parse)
	assert.Equal(t, "Statement[0].Effect", parse.Path)
}

func TestJSONKeepsAddressesReadable(t *testing.T) {
	d := Document{Statements: []Statement{{
		Effect: Allow, Actions: []string{"kms:Decrypt"}, Resources: []Text{Address("aws_kms_key", "a", "arn")},
		Conditions: []Condition{When("StringEquals", "a:b", "1"), When("Bool", "a:c", "true"), When("StringEquals", "a:d", "2")},
	}}}
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"${aws_kms_key.a.arn}",`+
		`"Condition":{"StringEquals":{"a:b":"1","a:d":"2"},"Bool":{"a:c":"true"}}}]}`, d.JSON())
	assert.Equal(t, len(d.JSON())-len("${aws_kms_key.a.arn}")+addressLength, d.Size())
}

func TestMap(t *testing.T) {
	d := Document{Statements: []Statement{{
		Effect: Deny, NotPrincipal: Principal{Kind: "AWS", IDs: Literals("a"), Or: []Principal{{Kind: "Service", IDs: Literals("b")}}},
		Actions: []string{"a:b"}, NotResources: Literals("c"), Conditions: []Condition{When("StringEquals", "k", "d")},
	}}}
	before := d.JSON()
	shout := d.Map(func(t Text) Text { return Literal(strings.ToUpper(t.String())) })
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"A","Service":"B"},"Action":"a:b",`+
		`"NotResource":"C","Condition":{"StringEquals":{"k":"D"}}}]}`, shout.JSON())
	assert.Equal(t, before, d.JSON(), "the document itself stays")
}
