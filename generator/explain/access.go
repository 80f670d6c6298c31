package explain

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/topology"
)

// policyOf are the statements of the policy that a resource carries in the tree.
func (e *explainer) policyOf(is func(block) bool) []statement {
	if i := slices.IndexFunc(e.blocks, is); i >= 0 {
		return e.blocks[i].statements()
	}
	return nil
}

// roleOf tells whether a block is the IAM role of something in the spec.
func roleOf(address string) func(block) bool {
	return func(b block) bool { return b.kind == "aws_iam_role" && inFile(address)(b) }
}

// entries are the ways into a role, each by the statement that the proof found to decide.
func (e *explainer) entries(r *topology.Role) (out []Fact) {
	i := slices.IndexFunc(e.Access.Roles, func(a proof.RoleAccess) bool { return a.Role == r.Name })
	if i < 0 {
		return nil
	}
	statements := e.policyOf(roleOf("role." + r.Name))
	for _, w := range e.Access.Roles[i].Ways {
		for _, by := range w.By {
			out = append(out, Fact{comer(w) + ": " + by, placeOf(statements, by)})
		}
	}
	return out
}

// comer is who comes into a role on a way, and from where.
func comer(w proof.Way) string {
	from := w.Place
	if w.Address != "" {
		from = w.Address + ", " + w.Place
	}
	how := "with a token"
	if len(w.As) > 0 {
		how = "as itself"
	}
	runners := make([]string, len(w.Runners))
	for i, r := range w.Runners {
		runners[i] = "runner." + r
	}
	return strings.Join(runners, ", ") + " " + how + " from " + from
}

func placeOf(statements []statement, name string) *Place {
	for _, s := range statements {
		if s.name == name {
			return &s.at
		}
	}
	return nil
}

// refused are tokens that the proof found a role to refuse, from the right place as well.
func (e *explainer) refused(r *topology.Role) []Fact {
	for _, a := range e.Access.Roles {
		if a.Role == r.Name {
			return facts(a.Refused...)
		}
	}
	return nil
}

// passing are those whom the proof found to get through a door.
func (e *explainer) passing(door string) (out []Fact) {
	for _, d := range e.Access.Doors {
		if d.Door == door {
			out = append(out, Fact{Text: d.To})
		}
	}
	return out
}

// reasons are the statements of a policy, each with what it is there for.
func reasons(statements []statement) (out []Fact) {
	for _, s := range statements {
		for _, reason := range s.reason {
			out = append(out, Fact{s.name + ": " + reason, &s.at})
		}
	}
	return out
}
