package endpoints

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// admit is the endpoint's policy: an Allow for each thing that the work asks through it. The rules are:
//   - The policy replaces the default one, which allows everything; so what no statement allows is refused.
//   - Callers are named by aws:PrincipalArn, since an ARN as the principal of an endpoint policy is not reliable.
//     Source: AWS PrivateLink guide, "Endpoint policies for gateway endpoints".
//   - What AWS signs (image layers) comes from no caller of ours, so it is fenced by its resource alone.
//   - Who shows a token has no identity yet, so no aws:Principal… key: what is assumed is fenced, by role.
//     Source: IAM User Guide, "Control access to AWS STS with VPC endpoint policies".
//   - What the spec does not name (uses) is fenced by who calls, and by the accounts of what is called. Where the spec
//     knows of nobody who could call, nobody may.
func admit(e *topology.Endpoint) policy.Document {
	var groups []*shared
	for _, a := range e.Work {
		if !a.Presigned && !a.Federated && len(callers(a)) == 0 {
			continue
		}
		i := slices.IndexFunc(groups, func(g *shared) bool { return g.sameAs(a) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &shared{first: a})
		}
		groups[i].add(a)
	}
	var document policy.Document
	for _, g := range groups {
		document.Statements = append(document.Statements, g.statement())
	}
	if len(groups) == 0 {
		document.Statements = []policy.Statement{{
			Reason: "The spec knows of nobody who calls through this endpoint. Without a statement AWS would let everybody.",
			Effect: policy.Deny, Principal: policy.Anyone, Actions: []string{"*"}, Resources: policy.Literals("*"),
		}}
	}
	return document
}

// callers are the ARNs of those who sign the requests: the runner, if it has an identity and asks itself, and the roles
// that it assumes.
func callers(a *topology.Access) []string {
	if id := a.Runner.Identity(); id != "" && a.As == nil {
		return append([]string{id}, a.Roles...)
	}
	return a.Roles
}

// A shared is what several runners ask for in the same words.
type shared struct {
	first   *topology.Access
	reasons []string
	callers []string // ARNs of roles and users
}

func (g *shared) sameAs(a *topology.Access) bool {
	return g.first.Presigned == a.Presigned && g.first.Unknown == a.Unknown && g.first.Federated == a.Federated &&
		slices.Equal(g.first.Actions, a.Actions) && slices.Equal(g.first.Resources, a.Resources) &&
		slices.Equal(g.first.Roles, a.Roles) // or runners would reach the accounts of each other's roles
}

func (g *shared) add(a *topology.Access) {
	g.reasons = append(g.reasons, a.Reason())
	for _, caller := range callers(a) {
		if !slices.Contains(g.callers, caller) {
			g.callers = append(g.callers, caller)
		}
	}
}

func (g *shared) statement() policy.Statement {
	s := policy.Statement{
		Reason: strings.Join(g.reasons, "\n"), Effect: policy.Allow, Principal: policy.Anyone,
		Actions: g.first.Actions, Resources: policy.Literals(g.first.Resources...),
	}
	switch {
	case g.first.Presigned:
		return s
	case g.first.Federated:
		s.Reason += "\nWho shows a token has no aws:PrincipalArn yet: this is fenced by what it leads to."
		return s
	}
	s.Conditions = []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", g.callers...)}
	if g.first.Unknown {
		s.Conditions = append(s.Conditions, policy.When("StringEquals", "aws:ResourceAccount", accounts(g.callers)...))
	}
	return s
}

// accounts are the accounts of roles and users, by their ARNs.
func accounts(arns []string) []string {
	var ids []string
	for _, arn := range arns {
		ids = append(ids, strings.Split(arn, ":")[4])
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
