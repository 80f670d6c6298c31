package requests_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/requests"
)

// A scribe writes documents of nasty texts.
type scribe struct {
	*rand.Rand
	texts []string
}

func oneOf[T any](s scribe, from ...T) T { return from[s.IntN(len(from))] }

// text is a few pieces joined, wildcards and what is known only after apply among them.
func (s scribe) text() policy.Text {
	out := policy.Literal("")
	for range s.IntN(4) {
		piece := policy.Literal(oneOf(s, s.texts...))
		if s.IntN(5) == 0 {
			piece = policy.Address("aws_iam_role", oneOf(s, "a", "b"), "arn")
		}
		out = policy.Join(out, piece)
	}
	return out
}

func (s scribe) several() (out []policy.Text) {
	for range 1 + s.IntN(2) {
		out = append(out, s.text())
	}
	return out
}

func (s scribe) condition() policy.Condition {
	c := policy.Condition{
		Operator: oneOf(s, "StringEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "ArnLike", "ArnNotEquals", "IpAddress", "Bool", "Null"),
		Key:      oneOf(s, "aws:PrincipalTag/k", "aws:PrincipalArn", "aws:ResourceAccount", "aws:username", "aws:TagKeys", "aws:PrincipalAccount"),
		Values:   s.several(),
	}
	switch {
	case c.Operator == "Bool" || c.Operator == "Null":
		c.Values = policy.Literals(oneOf(s, "true", "false"))
	case c.Operator == "IpAddress":
		c.Values = policy.Literals(oneOf(s, "0.0.0.0/0", "::/0", "255.255.255.255/32", "10.0.0.0/8"))
	}
	if c.Operator != "Null" {
		c.Operator = oneOf(s, "", "", "ForAnyValue:", "ForAllValues:") + c.Operator + oneOf(s, "", "", "IfExists")
	}
	return c
}

func (s scribe) statement(k policy.Kind) policy.Statement {
	out := policy.Statement{Effect: oneOf(s, policy.Allow, policy.Allow, policy.Deny), Actions: []string{s.text().String()}}
	if k >= policy.Endpoint {
		out.Principal = oneOf(s, policy.Anyone, policy.Principal{Kind: "AWS", IDs: s.several()}, policy.Federated(s.text()), policy.Principal{Kind: "Service", IDs: s.several()})
	}
	if k != policy.Trust {
		out.Resources = policy.Literals(oneOf(s, "*", "arn:aws:s3:::a/*", "arn:*:*:*:*:*?", "arn:aws:kms:*:*:key/*"))
		if s.IntN(3) == 0 {
			out.Resources = []policy.Text{policy.Join(policy.Literal("arn:aws:s3:::"), s.text())}
		}
	}
	for range s.IntN(3) {
		out.Conditions = append(out.Conditions, s.condition())
	}
	return out
}

// policies are those that AWS would not refuse, of what was written.
func (s scribe) policies() (out []*policy.Policy) {
	for range 1 + s.IntN(2) {
		k := policy.Kind(s.IntN(int(policy.Kinds)))
		var d policy.Document
		for range 1 + s.IntN(3) {
			d.Statements = append(d.Statements, s.statement(k))
		}
		if p, err := policy.Compile(k, "", d); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// try tells whether the policies could be told apart, and of how many requests sets and Evaluate were compared.
func (s scribe) try(t *testing.T) (told bool, compared int) {
	policies := s.policies()
	u, err := requests.Tell(policies...)
	if err != nil || len(policies) == 0 {
		return false, 0
	}
	allowed, sizes := u.Allowed(policies...), u.Size()
	for range 30 {
		point := make(requests.Point, len(sizes))
		for i, n := range sizes {
			point[i] = s.IntN(n)
		}
		r := u.Request(point)
		at, is := u.At(r)
		decision := policy.Evaluate(r, policies...)
		same := is && (!allowed.IsKnown() || allowed.Has(at) == decision.Allowed() && (r.Owner == "" || allowed.Has(point) == decision.Allowed()))
		if !same {
			for _, p := range policies {
				t.Logf("%s: %s", p.Kind, p.Document.JSON())
			}
			require.Fail(t, "a set and Evaluate disagree", "found %v at %v: %q %q %q of %q, %v: %s", is, point, r.Caller, r.Action, r.Resource, r.Owner, r.Context, decision)
		}
		r.Action, r.Resource = oneOf(s, r.Action, s.text().String()), oneOf(s, r.Resource, policy.Join(policy.Literal("arn:aws:s3:::a/"), s.text()))
		r.Context = r.Context.With("aws:PrincipalTag/k", s.text()).With("aws:TagKeys", s.several()...)
		at, is = u.At(r)
		if !is || allowed.IsKnown() && allowed.Has(at) != policy.Evaluate(r, policies...).Allowed() {
			for _, p := range policies {
				t.Logf("%s: %s", p.Kind, p.Document.JSON())
			}
			require.Fail(t, "a set and Evaluate disagree", "found %v: %q %q %q of %q, %q: %s", is, r.Caller, r.Action, r.Resource, r.Owner, r.Context, policy.Evaluate(r, policies...))
		}
		compared++
	}
	return true, compared
}

// nasty are texts that fold, that are empty, that pose as something else.
var nasty = []string{"", "k", "\u212a", "K", "s", "\u017f", "*", "?", "**", ":", "arn:aws:iam::111111111111:role/", "arn:", "\xff", "\U000F0100", "$", "a", "/", "111111111111", ":key/", "true"}

// FuzzTell: whatever a document says, Tell does not panic, and a request that a universe makes is found again, with the decision of Evaluate.
func FuzzTell(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, nasty[seed%uint64(len(nasty))], "b*")
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		scribe{rand.New(rand.NewPCG(seed, 2)), append([]string{a, b, a, b}, nasty...)}.try(t)
	})
}

// Most nasty documents can be told apart.
func TestNastyDocumentsAreToldApart(t *testing.T) {
	told, compared := 0, 0
	const documents = 1_000
	for seed := range uint64(documents) {
		is, n := scribe{rand.New(rand.NewPCG(seed, 3)), nasty}.try(t)
		if is {
			told++
		}
		compared += n
	}
	t.Logf("%d of %d, %d requests", told, documents, compared)
	assert.Greater(t, told, documents/4)
}
