package generatortest

import (
	"encoding/json"
	"path"
	"slices"

	"github.com/stretchr/testify/require"
)

// A Policy is a policy document as Terraform would send it.
type Policy struct {
	Statement []Statement
}

// A Statement of a Policy.
type Statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    Strings
	Resource  Strings
	Condition map[string]map[string]Strings
}

// Strings are one string or a list of them, which mean the same in a policy.
type Strings []string

// UnmarshalJSON reads either form.
func (s *Strings) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*s = Strings{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// Policy returns the policy document in an argument of the block at an address.
func (f *Files) Policy(address, name string) Policy {
	f.t.Helper()
	text, ok := f.Attr(address, name).(string)
	require.True(f.t, ok, "%s of %s is no document", name, address)
	var p Policy
	require.NoError(f.t, json.Unmarshal([]byte(text), &p))
	require.NotEmpty(f.t, p.Statement)
	return p
}

// Anyone is who a statement admits that has no condition on its caller.
const Anyone = "anyone"

// Callers are the ARNs of the roles that an endpoint policy lets ask for an action on a resource, sorted.
func (p Policy) Callers(action, resource string) []string {
	var out []string
	for _, s := range p.statements(action, resource) {
		callers := s.Condition["ArnEquals"]["aws:PrincipalArn"]
		if callers == nil {
			callers = Strings{Anyone}
		}
		out = append(out, callers...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Allows tells whether an identity policy allows an action on a resource, whatever its conditions.
func (p Policy) Allows(action, resource string) bool { return len(p.statements(action, resource)) > 0 }

// For returns the one statement about an action on a resource, or none.
func (p Policy) For(action, resource string) Statement {
	if s := p.statements(action, resource); len(s) == 1 {
		return s[0]
	}
	return Statement{}
}

func (p Policy) statements(action, resource string) []Statement {
	return slices.DeleteFunc(slices.Clone(p.Statement), func(s Statement) bool {
		return s.Effect != "Allow" || !s.Action.match(action) || !s.Resource.match(resource)
	})
}

// SpeaksOf tells whether an action is among the statement's.
func (s Statement) SpeaksOf(action string) bool { return s.Action.match(action) }

// match tells whether one of the patterns is a string. That "*" takes no "/" here is enough for the tests.
func (s Strings) match(text string) bool {
	return slices.ContainsFunc(s, func(pattern string) bool {
		ok, err := path.Match(pattern, text)
		return pattern == "*" || err == nil && ok
	})
}
