package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// holds tells whether a condition on the key "k" holds for the values of a request; nil is an absent key.
func holds(t *testing.T, operator string, inPolicy, inRequest []string) bool {
	t.Helper()
	c := When(operator, "k", inPolicy...)
	compiled, err := compileCondition(&c)
	require.NoError(t, err)
	r := Request{Context: Context{}.With("K", Literals(inRequest...)...).With("team", Literal("red")).With("many", Literals("a", "b")...)}
	q := newQuery(&r)
	return compiled.holds(&q)
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

// Values are separated by |; an empty request lacks the key.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		operator, policy, request string
		holds                     bool
	}{
		{"StringEquals", "a|b", "b", true},
		{"StringEquals", "a", "A", false},
		{"StringEquals", "a*", "ab", false},
		{"StringEquals", "a*", "a*", true},
		{"StringNotEquals", "a|b", "b", false},
		{"StringNotEquals", "a|b", "c", true},
		{"StringEqualsIgnoreCase", "Straße|x", "STRAßE", true},
		{"StringEqualsIgnoreCase", "a*", "ab", false},
		{"StringNotEqualsIgnoreCase", "a", "A", false},
		{"StringLike", "a*c?", "abccd", true},
		{"StringLike", "a*c?", "abcc", true},
		{"StringLike", "a*c?", "ac", false},
		{"StringLike", "A*", "abc", false},
		{"StringNotLike", "a*", "abc", false},
		{"StringNotLike", "a*", "bc", true},
		{"StringLike", "*", "anything at all", true},

		{"NumericEquals", "10", "10.0", true},
		{"NumericEquals", "0.1", "0.10000000000000000001", false},
		{"NumericNotEquals", "10|11", "11", false},
		{"NumericNotEquals", "10", "9", true},
		{"NumericLessThan", "10", "9", true},
		{"NumericLessThan", "10", "10", false},
		{"NumericLessThanEquals", "10", "10", true},
		{"NumericGreaterThan", "-3", "-2", true},
		{"NumericGreaterThan", "10", "9", false},
		{"NumericGreaterThanEquals", "10", "10", true},
		{"NumericEquals", "10", "ten", false},
		{"NumericNotEquals", "10", "ten", false}, // cannot be compared

		{"DateEquals", "2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00Z", true},
		{"DateEquals", "2026-06-01T10:00Z", "2026-06-01T10:00:00Z", true},
		{"DateEquals", "2026-06-01", "2026-06-01T00:00:00Z", true},
		{"DateEquals", "2026", "2026-01-01", true},
		{"DateEquals", "0", "1970-01-01", true},
		{"DateNotEquals", "2026-06-01", "2026-06-02", true},
		{"DateLessThan", "2026-06-01", "2026-05-31T23:59:59.5Z", true},
		{"DateLessThanEquals", "2026-06", "2026-06-01", true},
		{"DateGreaterThan", "1700000000", "2026-01-01", true},
		{"DateGreaterThanEquals", "2026-06-01", "2026-05-31", false},
		{"DateNotEquals", "2026-06-01", "soon", false},

		{"Bool", "true", "true", true},
		{"Bool", "TRUE", "true", true},
		{"Bool", "false", "true", false},
		{"Bool", "false", "no", false},

		{"BinaryEquals", "QUJD|REVG", "REVG", true},
		{"BinaryEquals", "QUJD", "QUJE", false},
		{"BinaryEquals", "QUJD", "?", false},

		{"IpAddress", "203.0.113.0/24", "203.0.113.255", true},
		{"IpAddress", "203.0.113.7/24", "203.0.113.1", true},
		{"IpAddress", "203.0.113.0/24", "203.0.114.0", false},
		{"IpAddress", "203.0.113.9", "203.0.113.9", true},
		{"IpAddress", "0.0.0.0/0", "203.0.113.9", true},
		{"IpAddress", "0.0.0.0/0", "2001:db8::1", false},
		{"IpAddress", "2001:DB8::/32|10.0.0.0/8", "2001:db8:1::1", true},
		{"NotIpAddress", "203.0.113.0/24|10.0.0.0/8", "10.1.2.3", false},
		{"NotIpAddress", "203.0.113.0/24", "2001:db8::1", true},
		{"IpAddress", "10.0.0.0/8", "here", false},
		{"NotIpAddress", "10.0.0.0/8", "here", false},

		{"ArnEquals", "arn:aws:iam::*:role/a*", "arn:aws:iam::1:role/ab", true},
		{"ArnLike", "arn:aws:iam::*:role/a?", "arn:aws:iam::1:role/ab", true},
		{"ArnLike", "arn:aws:x:*:1:finance/*", "arn:aws:x:us:9:store/abc:1:finance/d", false}, // AWS's own example
		{"StringLike", "arn:aws:x:*:1:finance/*", "arn:aws:x:us:9:store/abc:1:finance/d", true},
		{"ArnLike", "arn:aws:logs:r:1:log-group:*", "arn:aws:logs:r:1:log-group:/a:b:c", true},
		{"ArnEquals", "arn:aws:iam::1:role/A", "arn:aws:iam::1:role/a", false},
		{"ArnNotEquals", "arn:aws:iam::1:role/a|arn:aws:iam::1:role/b", "arn:aws:iam::1:role/b", false},
		{"ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:user/b", true},
		{"ArnNotLike", "arn:aws:iam::1:role/*", "no ARN", false},

		{"Null", "true", "", true},
		{"Null", "true", "x", false},
		{"Null", "false", "x", true},
		{"Null", "false", "", false},

		// an absent key
		{"StringEquals", "a", "", false},
		{"StringLike", "*", "", false},
		{"StringNotEquals", "a", "", true},
		{"NumericLessThan", "1", "", false},
		{"DateNotEquals", "2026", "", true},
		{"IpAddress", "0.0.0.0/0", "", false},
		{"NotIpAddress", "10.0.0.0/8", "", true},
		{"ArnNotLike", "arn:aws:iam::1:role/*", "", true},
		{"Bool", "false", "", false},
		{"StringEqualsIfExists", "a", "", true},
		{"StringEqualsIfExists", "a", "b", false},
		{"StringNotEqualsIfExists", "a", "", true},
		{"StringNotEqualsIfExists", "a", "a", false},
		{"IpAddressIfExists", "10.0.0.0/8", "", true},
		{"NotIpAddressIfExists", "10.0.0.0/8", "10.1.1.1", false},
		{"BoolIfExists", "false", "", true},

		// several values
		{"ForAllValues:StringEquals", "a|b", "a|b", true},
		{"ForAllValues:StringEquals", "a|b", "a|c", false},
		{"ForAllValues:StringEquals", "a", "", true},
		{"ForAllValues:StringNotEquals", "a|b", "c|d", true},
		{"ForAllValues:StringNotEquals", "a|b", "c|a", false},
		{"ForAnyValue:StringEquals", "a|b", "x|b", true},
		{"ForAnyValue:StringEquals", "a|b", "x|y", false},
		{"ForAnyValue:StringEquals", "a", "", false},
		{"ForAnyValue:StringNotEquals", "a", "", false},
		{"ForAnyValue:StringNotEquals", "a|b", "a|x", true},
		{"ForAnyValue:StringNotEquals", "a|b", "a|b", false},
		{"ForAnyValue:StringEqualsIfExists", "a", "", true},
		{"ForAllValues:StringLikeIfExists", "a*", "ab|ac", true},
		{"ForAnyValue:IpAddress", "10.0.0.0/8", "1.1.1.1|10.1.1.1", true},
		{"StringEquals", "a|b", "a|b", false}, // needs a set operator
		{"StringNotEquals", "x", "a|b", false},

		// policy variables: team is red, many has two values
		{"StringEquals", "${team}", "red", true},
		{"StringEquals", "${TEAM}", "red", true},
		{"StringLike", "x-${team}-*", "x-red-y", true},
		{"StringEquals", "${none}", "${none}", false},
		{"StringNotEquals", "${none}", "red", true},
		{"StringEquals", "${many}", "a", false},
		{"StringEquals", "${none, 'blue'}", "blue", true},
		{"StringEquals", "${team, 'blue'}", "blue", false},
		{"StringEquals", "${none, ''}", "x", false},
		{"StringLike", "${*}${?}${$}{x}", "*?${x}", true},
		{"StringLike", "${*}", "x", false},
		{"StringEqualsIgnoreCase", "${team}", "RED", true},
		{"StringEquals", "${team", "${team", true},
		{"StringEquals", "$team}", "$team}", true},
		{"ArnLike", "arn:aws:s3:::${team}/*", "arn:aws:s3:::red/x", true},
		{"ArnLike", "arn:aws:sns:${team}:1:x", "arn:aws:sns:red:1:x", true},
		{"ArnNotEquals", "arn:aws:s3:::${none}", "arn:aws:s3:::red", true},
	} {
		assert.Equal(t, c.holds, holds(t, c.operator, split(c.policy), split(c.request)), "%s %s for %q", c.operator, c.policy, c.request)
	}
}

func TestEmptyValues(t *testing.T) {
	assert.True(t, holds(t, "ForAllValues:StringEquals", []string{"a"}, []string{""}), "an empty string is no value to set operators")
	assert.False(t, holds(t, "ForAnyValue:StringEquals", []string{""}, []string{""}))
	assert.True(t, holds(t, "StringEquals", []string{""}, []string{""}))
	assert.True(t, holds(t, "Null", []string{"false"}, []string{""}))
}

func TestVariablesAreLiteral(t *testing.T) {
	c := When("StringLike", "k", "${pattern}")
	compiled, err := compileCondition(&c)
	require.NoError(t, err)
	for value, want := range map[string]bool{"*": true, "x": false} {
		r := Request{Context: Context{}.With("k", Literal(value)).With("pattern", Literal("*"))}
		q := newQuery(&r)
		assert.Equal(t, want, compiled.holds(&q), value)
	}
}

func TestEveryOperatorHasItsForms(t *testing.T) {
	var names []string
	for name := range bases {
		names = append(names, name)
	}
	for name := range negations {
		names = append(names, name)
	}
	assert.Len(t, names, 27, "the operators of the IAM User Guide")
	for _, name := range names {
		for _, form := range []string{name, name + "IfExists", "ForAllValues:" + name, "ForAnyValue:" + name + "IfExists"} {
			_, known := parseOperator(form)
			assert.Equal(t, form == name || name != "Null", known, form)
		}
	}
	for _, wrong := range []string{"", "StringEqual", "stringequals", "ForSomeValues:StringEquals", "IfExists", "StringEqualsIfExistsIfExists", "NotBool"} {
		_, known := parseOperator(wrong)
		assert.False(t, known, wrong)
	}
}

func TestSymbols(t *testing.T) {
	vpc, other := Address("aws_vpc", "ci", "id"), Address("aws_vpc", "ci2", "id")
	ip, role := Address("aws_eip", "a", "public_ip"), Address("aws_iam_role", "x", "arn")
	slash := func(t Text, rest string) Text { return Join(t, Literal(rest)) }
	for _, c := range []struct {
		operator        string
		policy, request Text
		holds           bool
	}{
		{"StringEquals", vpc, vpc, true},
		{"StringEquals", vpc, other, false},
		{"StringNotEquals", vpc, other, true},
		{"StringEquals", vpc, Literal("aws_vpc.ci.id"), false},
		{"StringEquals", vpc, Literal("${aws_vpc.ci.id}"), false},
		{"StringEquals", vpc, Literal(vpc.encoded()), false},
		{"StringEqualsIgnoreCase", vpc, vpc, true},
		{"StringEqualsIgnoreCase", Address("a", "B"), Address("a", "b"), false},
		{"StringLike", Literal("*"), vpc, true},
		{"StringLike", Literal("?"), vpc, false},
		{"StringLike", Literal("*ci*"), vpc, false},
		{"StringLike", Literal("vpc-*"), vpc, false},
		{"StringLike", slash(vpc, "/*"), slash(vpc, "/a"), true},
		{"StringLike", slash(vpc, "/*"), slash(other, "/a"), false},
		{"StringLike", slash(vpc, "*"), slash(vpc, ""), true},
		{"IpAddress", slash(ip, "/32"), ip, true},
		{"IpAddress", ip, ip, true},
		{"IpAddress", slash(ip, "/32"), Literal("203.0.113.9"), false},
		{"NotIpAddress", slash(ip, "/32"), Literal("203.0.113.9"), true},
		{"NotIpAddress", Literal("10.0.0.0/8"), ip, true},
		{"ArnEquals", role, role, true},
		{"ArnEquals", role, Literal("arn:aws:iam::1:role/x"), false},
		{"ArnNotEquals", Literal("arn:aws:iam::1:role/x"), role, true},
		{"ArnLike", slash(Literal("arn:aws:ec2:r:1:subnet/"), vpc.String()), Literal("arn:aws:ec2:r:1:subnet/x"), false},
		{"ArnLike", Join(Literal("arn:aws:ec2:r:1:subnet/"), vpc), Join(Literal("arn:aws:ec2:r:1:subnet/"), vpc), true},
		{"ArnLike", Literal("arn:aws:ec2:r:1:subnet/*"), Join(Literal("arn:aws:ec2:r:1:subnet/"), vpc), true},
		{"NumericEquals", vpc, vpc, true},
		{"NumericLessThan", vpc, vpc, false},
		{"NumericNotEquals", vpc, Literal("1"), true},
	} {
		condition := Condition{Operator: c.operator, Key: "k", Values: []Text{c.policy}}
		compiled, err := compileCondition(&condition)
		require.NoError(t, err)
		r := Request{Context: Context{}.With("k", c.request)}
		q := newQuery(&r)
		assert.Equal(t, c.holds, compiled.holds(&q), "%s %s for %s", c.operator, c.policy, c.request)
	}
}
