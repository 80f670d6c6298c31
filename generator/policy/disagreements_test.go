package policy

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A disagreement is a case that the simulator decides otherwise, and what AWS's documentation says about it.
type disagreement struct {
	Name, Rule, Source, Ours, Theirs string
	Principal                        *string
	Action, Resource, Owner          string
	Context                          map[string][]string
	Policies                         []struct {
		Kind     string
		Document json.RawMessage
	}
}

func disagreements(t *testing.T) []disagreement {
	t.Helper()
	text, err := os.ReadFile("testdata/disagreements.json")
	require.NoError(t, err)
	var out []disagreement
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&out))
	return out
}

func (d disagreement) testCase(t *testing.T) testCase {
	t.Helper()
	c := testCase{Request: Request{Action: d.Action, Resource: Literal(d.Resource), Owner: d.Owner}}
	if d.Principal != nil {
		c.Request.Caller = callerOf(*d.Principal)
	}
	for key, values := range d.Context {
		c.Request.Context = c.Request.Context.With(key, Literals(values...)...)
	}
	for _, p := range d.Policies {
		document, err := Parse(string(p.Document))
		require.NoError(t, err)
		for k := range Kinds {
			if k.String() == p.Kind {
				c.Policies = append(c.Policies, mustCompile(k, document))
			}
		}
	}
	require.Len(t, c.Policies, len(d.Policies), "a kind is unknown")
	return c
}

// callerOf is the caller that an ARN or the name of a service stands for.
func callerOf(arn string) Caller {
	switch {
	case strings.Contains(arn, ":assumed-role/"):
		role, session, _ := strings.Cut(strings.Replace(strings.Replace(arn, ":sts:", ":iam:", 1), ":assumed-role/", ":role/", 1), "/")
		name, session, _ := strings.Cut(session, "/")
		return AsSession(Literal(role+"/"+name), session)
	case strings.Contains(arn, ":user/"):
		return AsUser(arn)
	case strings.Contains(arn, "-provider/"):
		return AsFederated(Literal(arn))
	default:
		return AsService(arn)
	}
}

func TestDisagreementsAreDecidedAsDocumented(t *testing.T) {
	for _, d := range disagreements(t) {
		t.Run(d.Name, func(t *testing.T) {
			assert.NotEmpty(t, d.Rule)
			assert.NotEmpty(t, d.Source)
			decision := d.testCase(t).decide()
			assert.Equal(t, d.Ours, decision.Outcome.String(), decision.String())
		})
	}
}
