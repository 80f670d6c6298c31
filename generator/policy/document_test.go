package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSameRule(t *testing.T) {
	s := Statement{
		Sid: "A", Effect: Deny, Principal: aws("1"), Actions: []string{"a:b"}, Resources: Literals("*"),
		Conditions: []Condition{When("StringEquals", "k", "v")},
	}
	same := s
	same.Sid, same.Reason = "B", "for another reason"
	assert.True(t, s.SameRule(same))
	for _, change := range []func(*Statement){
		func(s *Statement) { s.Effect = Allow },
		func(s *Statement) { s.Principal = aws("2") },
		func(s *Statement) { s.Principal.Or = []Principal{Anyone} },
		func(s *Statement) { s.Principal, s.NotPrincipal = s.NotPrincipal, s.Principal },
		func(s *Statement) { s.Actions, s.NotActions = s.NotActions, s.Actions },
		func(s *Statement) { s.Resources, s.NotResources = s.NotResources, s.Resources },
		func(s *Statement) { s.Resources = []Text{Address("a", "b")} },
		func(s *Statement) { s.Conditions = []Condition{When("StringLike", "k", "v")} },
		func(s *Statement) { s.Conditions = nil },
	} {
		other := s
		change(&other)
		assert.False(t, s.SameRule(other), "%+v", other)
	}
}

func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		text  Text
		want  string
		known bool
	}{
		{Literal("a"), "a", true},
		{Text{}, "", true},
		{Join(Literal("a"), Literal("b")), "ab", true},
		{Join(Literal("a"), Address("b", "c")), "", false},
		{Address("b", "c"), "", false},
	} {
		got, known := c.text.Literal()
		assert.Equal(t, c.want, got)
		assert.Equal(t, c.known, known, c.text)
	}
}
