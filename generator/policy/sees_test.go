package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWhatIsSeenAlikeIsDecidedAlike asks for everything as many callers, of policies made at random.
func TestWhatIsSeenAlikeIsDecidedAlike(t *testing.T) {
	d := newDice(7)
	same, apart := 0, 0
	for range 400 {
		p := mustCompile(Resource, d.document(Resource, oneOf(d, calls)))
		seen := map[string]Request{}
		for range 30 {
			r := Request{Caller: d.caller(calls[0]), Owner: home, Context: d.context()}
			sight := p.Sees(r)
			if sight == "" {
				continue // a resource depends on who asks
			}
			other, known := seen[sight]
			seen[sight] = r
			if !known {
				apart++
				continue
			}
			same++
			for _, c := range calls {
				r.Action, r.Resource = c.action, Literal(c.resource)
				other.Action, other.Resource = r.Action, r.Resource
				one, two := Evaluate(r, p, anybody), Evaluate(other, p, anybody)
				assert.Equal(t, one.Outcome, two.Outcome, "%s by %s and by %s: %s", c.action, r.Caller, other.Caller, p.Document.JSON())
				assert.Equal(t, one.By, two.By)
			}
		}
	}
	assert.Greater(t, same, 1000)
	assert.Greater(t, apart, 1000)
}

// anybody is what everybody may do by policies of their own.
var anybody = mustCompile(Identity, Document{Statements: []Statement{{Effect: Allow, Actions: []string{"*"}, Resources: Literals("*")}}})

func TestWhatDependsOnWhatIsAskedForIsNotSeen(t *testing.T) {
	p := mustCompile(Resource, Document{Statements: []Statement{
		{Effect: Allow, Principal: Anyone, Actions: []string{"s3:*"}, Resources: Literals("arn:aws:s3:::acme/${aws:username}/*")},
	}})
	assert.Empty(t, p.Sees(Request{Caller: AsUser(users[0]), Owner: home}))
}
