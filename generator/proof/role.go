package proof

import (
	"slices"
	"strconv"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A gate is a role of the spec as the tree has it. What is claimed of it, for every request there is:
//
//   - Every runner of the role gets in on each of its ways: from each address, with each subject and audience, by the trust
//     policy, the policy of the endpoint on the way and the runner's own.
//   - Nobody else gets in, by any statement of the trust policy.
//   - The role may do what the spec says and no more, and with a guard nothing outside of its runners' places.
type gate struct {
	subject
	*topology.Role
	it      *evidence.Resource
	trust   *policy.Policy
	allows  []*policy.Policy     // what the role may do
	told    []*policy.Policy     // the same, settled
	written []*evidence.Resource // where that is
	doors   []*door
	cut     map[*policy.Policy]*policy.Policy // see parts
	access  RoleAccess                        // so far
}

// role checks all claims about one role.
func (p *prover) role(r *topology.Role) {
	g := &gate{subject: subject{p, r.Range}, Role: r, it: p.Known("aws_iam_role", "arn", r.ARN()), cut: map[*policy.Policy]*policy.Policy{}}
	at := Place{File: r.Account.Global().Stack(topology.IdentityLayer)}
	if !g.holds(g.it != nil, Present, at, "There is no role %s for role.%s.", r.Role, r.Name) {
		return
	}
	failed := len(g.report.Failures)
	g.allows, g.written = g.inline(g.it)
	readable := len(g.report.Failures) == failed
	g.settings()
	if readable {
		g.allowed()
	}
	at = g.it.At("assume_role_policy")
	failed = len(g.report.Failures)
	g.trust = g.policyOf(policy.Trust, g.it, "assume_role_policy")
	if len(g.report.Failures) > failed {
		return
	}
	if !g.holds(g.trust != nil, Entered, at, "The role says nothing of who may assume it.") {
		return
	}
	for _, d := range r.Doors {
		g.doors = append(g.doors, p.door(d))
	}
	g.trusted()
	p.report.Access.Roles = append(p.report.Access.Roles, g.noted())
}

// settings checks what bounds the role: the length of sessions, the boundary, the managed policies.
func (g *gate) settings() {
	longest := 3600 // unless the role says otherwise; source: IAM API Reference, CreateRole, MaxSessionDuration
	if s := g.it.Text("max_session_duration"); s != "" {
		longest, _ = strconv.Atoi(s)
	}
	at := g.it.At("max_session_duration")
	g.holds(longest <= g.MaxSession, Limited, at, "Sessions of role.%s last up to %d seconds, and not %d.", g.Name, longest, g.MaxSession)
	g.holds(longest >= g.MaxSession, Permitted, at, "Sessions of role.%s end after %d seconds, and not %d.", g.Name, longest, g.MaxSession)
	boundary := g.it.Text("permissions_boundary")
	g.holds(boundary == g.Boundary, Limited, g.it.At("permissions_boundary"), "The permissions boundary of role.%s is %q, and not %q.", g.Name, evidence.Shown(boundary), g.Boundary)
	g.attached(g.it, g.Managed)
	g.nothingInside(g.it)
}

// nothingInside checks that a role has no policies but those that are resources of their own, and nothing that is not
// understood.
func (s subject) nothingInside(role *evidence.Resource) {
	s.plain(role)
	for _, r := range s.inside(role) {
		s.plain(r)
	}
	s.holds(!role.Has("managed_policy_arns"), Readable, role.At("managed_policy_arns"), "The role has managed_policy_arns; write aws_iam_role_policy_attachment.")
	for _, b := range role.All() {
		s.holds(b.Type != "inline_policy", Readable, b.Start(), "The role has an inline_policy block; write aws_iam_role_policy.")
	}
}

// attached checks that a role has these managed policies and no others.
func (s subject) attached(role *evidence.Resource, wanted []string) {
	found := map[string]bool{}
	for _, r := range s.Where("aws_iam_role_policy_attachment", "role", role.Text("name")) {
		if r.Stack.Site.Account != role.Stack.Site.Account {
			continue
		}
		arn := r.Text("policy_arn")
		s.holds(slices.Contains(wanted, arn), Limited, r.At("policy_arn"), "The role %s has the managed policy %s, which the spec does not give it.", role.Text("name"), evidence.Shown(arn))
		found[arn] = true
	}
	for _, arn := range wanted {
		s.holds(found[arn], Permitted, role.At("name"), "The role %s lacks the managed policy %s.", role.Text("name"), arn)
	}
}

// inside are the resources of the policies inside a role.
func (p *prover) inside(role *evidence.Resource) []*evidence.Resource {
	return slices.DeleteFunc(slices.Clone(p.Where("aws_iam_role_policy", "role", role.Text("name"))), func(r *evidence.Resource) bool {
		return r.Stack.Site.Account != role.Stack.Site.Account
	})
}

// inline are the policies inside a role, and where they are written.
func (s subject) inline(role *evidence.Resource) (allows []*policy.Policy, written []*evidence.Resource) {
	for _, r := range s.inside(role) {
		if p := s.policyOf(policy.Identity, r, "policy"); p != nil {
			allows, written = append(allows, p), append(written, r)
		}
	}
	return allows, written
}

// permissionsAt is where the role's permissions are, or the role if it has none.
func (g *gate) permissionsAt() Place {
	if len(g.written) > 0 {
		return g.written[0].At("policy")
	}
	return g.it.At("name")
}

// hitAt is where a statement that decided is written.
func (g *gate) hitAt(h policy.Hit) Place {
	if h.Policy == g.trust {
		return g.it.Statement("assume_role_policy", h.Index)
	}
	for i, p := range g.told {
		if p == h.Policy {
			return g.written[i].Statement("policy", h.Index)
		}
	}
	return g.it.At("assume_role_policy")
}

// attachments checks that whatever is attached to a role is attached to one of the tree, whose claims tell what they make
// of it.
func (p *prover) attachments() {
	for _, kind := range []string{"aws_iam_role_policy", "aws_iam_role_policy_attachment"} {
		for _, r := range p.Of(kind) {
			name := r.Text("role")
			known := slices.ContainsFunc(p.Where("aws_iam_role", "name", name), func(role *evidence.Resource) bool {
				return role.Stack.Site.Account == r.Stack.Site.Account
			})
			subject{prover: p}.holds(known, Readable, r.At("role"), "A policy is attached to the role %q, which is none of this account's in the tree.", evidence.Shown(name))
		}
	}
}
