package roles

import (
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// publishing is what the role's sessions publish. Where they come from the bucket tests itself.
func (r role) publishing() []policy.Statement {
	var out []policy.Statement
	for _, a := range r.Work {
		s := policy.Statement{
			Reason: strings.Join(a.Does(), "\n"), Effect: policy.Allow, Actions: a.Actions,
			Resources: policy.Literals(a.Resources...), Conditions: a.Conditions,
		}
		if a.KeyOf != nil {
			s.Resources = []policy.Text{r.place.RemoteKeyARN(*a.KeyOf)}
		}
		out = append(out, s)
	}
	return out
}
