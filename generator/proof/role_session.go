package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A session is what a role's caller has, and where it belongs.
type session struct {
	*gate
	topology.Whereabouts
	caller policy.Caller
	nats   []string         // addresses known after apply
	firm   []*policy.Policy // see firm
}

func (g *gate) session() *session {
	s := &session{gate: g, Whereabouts: g.Role.Whereabouts(), caller: policy.AsSession(policy.Literal(g.ARN()), "job"), firm: g.firm()}
	for _, n := range s.NATs {
		for _, nat := range g.home(n).gateways() {
			s.nats = append(s.nats, nat.address)
		}
	}
	return s
}

// guarded checks what sessions may do: in the runners' place what the spec allows; elsewhere, if the role has a guard,
// nothing, but for what AWS services ask on a session's behalf.
func (g *gate) guarded() {
	s := g.session()
	belongs := s.ends()
	for _, p := range g.permissions() {
		s.may(p, belongs, "false", g.allows)
	}
	if !g.Guard {
		return
	}
	all := append([]*policy.Policy{anyIdentity}, g.allows...)
	s.may(whatever[0], belongs, "false", all)
	strays := s.strays(slices.Concat(s.beside(), s.around(), s.mentioned()))
	for _, p := range append(g.permissions(), whatever...) {
		s.may(p, []spot{nowhere}, "true", all)
		s.keptIn(p, strays)
	}
	var passers []spot
	for _, p := range s.crowd() {
		passers = append(passers, p.spot)
	}
	s.keptIn(whatever[0], s.strays(passers)) // a refusal that speaks of their addresses was tried for all the rest
}

// may checks that the session may do something from all of some spots.
func (s *session) may(p permission, from []spot, via string, allows []*policy.Policy) {
	allows = append(s.others(s.Account.Root()), allows...)
	for _, f := range from {
		d := policy.Evaluate(s.asks(p, f.seen.With(viaService, policy.Literal(via))), allows...)
		by := "Sessions of role." + s.Name
		if via == "true" {
			by = "Services of AWS, on behalf of sessions of role." + s.Name + ","
		}
		if !s.holds(d.Allowed(), Permitted, s.permissionsAt(), "%s may not %s on %s %s: %s.", by, p.action, p.resource, f.where, d) {
			return
		}
	}
}

// viaService tells a request of the session's own from one that a service makes on its behalf.
const viaService = "aws:ViaAWSService"

// A stray is a spot where the session does not belong, with what its requests say there of services: nothing, or that they
// are its own.
type stray struct {
	spot
	seen []policy.Context
}

// keptIn checks that nothing may be done where the session does not belong, with whatever rights from managed policies.
func (s *session) keptIn(p permission, strays []stray) {
	allows := append(s.others(s.Account.Root()), append([]*policy.Policy{anyIdentity}, s.firm...)...)
	var open []string
	for _, from := range strays {
		for _, seen := range from.seen {
			if policy.Evaluate(s.asks(p, seen), allows...).Allowed() && !slices.Contains(open, from.where) {
				open = append(open, from.where)
			}
		}
	}
	s.holds(len(open) == 0, Guarded, s.permissionsAt(), "With a stolen session of role.%s somebody may %s %s.", s.Name, p.action, who(open))
}

// asks is a request of the session.
func (s *session) asks(p permission, seen policy.Context) policy.Request {
	return policy.Request{Caller: s.caller, Action: p.action, Resource: policy.Literal(p.resource), Owner: s.Account.ID, Context: seen}
}

// strays are those of some spots where the session does not belong.
func (s *session) strays(all []spot) (out []stray) {
	for _, from := range all {
		if !s.holdsSpot(from) {
			out = append(out, stray{from, []policy.Context{from.seen, from.seen.With(viaService, policy.Literal("false"))}})
		}
	}
	return out
}

// ends are the first and last addresses of the session's place.
func (s *session) ends() (out []spot) {
	for _, p := range s.Addresses {
		for _, a := range ends(p) {
			out = append(out, onInternet(a.String(), "from "+a.String()))
		}
	}
	for _, address := range s.nats {
		out = append(out, onInternet(address, "from the NAT gateway "+evidence.Shown(address)))
	}
	for _, n := range s.Networks {
		for _, p := range n.Addresses {
			for _, a := range ends(p) {
				out = append(out, s.home(n.Network).inside(a.String()))
			}
		}
	}
	return out
}

// beside are spots next to the session's place, and in VPCs that have the same addresses.
func (s *session) beside() (out []spot) {
	for _, p := range s.Addresses {
		for _, a := range neighbours(p) {
			out = append(out, onInternet(a.String(), "from "+a.String()))
		}
	}
	for _, n := range s.Networks {
		h := s.home(n.Network)
		for _, p := range n.Addresses {
			for _, a := range neighbours(p) {
				out = append(out, h.inside(a.String()))
			}
			first := ends(p)[0].String()
			out = append(out, behind(first, strangerVPC, strangerEndpoint, "from "+first+" in another VPC"), behind(first, "", "", "from "+first+" without a VPC"))
		}
	}
	return out
}

// mentioned are spots made of what the role's own policies name: ranges, VPCs.
func (s *session) mentioned() (out []spot) {
	vpcs := []policy.Text{policy.Literal(strangerVPC)}
	var addresses []policy.Text
	for _, p := range s.allows {
		for _, statement := range p.Document.Statements {
			for _, c := range statement.Conditions {
				switch {
				case strings.EqualFold(c.Key, "aws:SourceVpc"):
					vpcs = append(vpcs, c.Values...)
				case strings.Contains(c.Operator, "IpAddress"):
					addresses = append(addresses, samples(c)...)
				}
			}
		}
	}
	for _, a := range append(addresses, policy.Literal(aPrivateAddress)) {
		out = append(out, behindOrNot(keys{"aws:sourceip": a}))
		for _, vpc := range vpcs {
			out = append(out, behindOrNot(keys{"aws:vpcsourceip": a, "aws:sourcevpc": vpc}))
		}
	}
	return out
}

// holdsSpot tells whether the session belongs to a spot.
func (s *session) holdsSpot(from spot) bool {
	if from.vpc == "" {
		return from.public != "" && (holdsAddress(s.Addresses, from.address) || slices.ContainsFunc(s.nats, func(a string) bool { return evidence.Shown(a) == from.public }))
	}
	return from.private != "" && slices.ContainsFunc(s.Networks, func(n topology.Inside) bool {
		return from.vpc == evidence.Shown(s.home(n.Network).vpc) && holdsAddress(n.Addresses, from.address)
	})
}

// A permission is an example of what a role may do.
type permission struct{ action, resource string }

// permissions are examples of what the spec allows. Resources that depend on who asks have none.
func (g *gate) permissions() (out []permission) {
	for _, allow := range g.Allow {
		for _, action := range allow.Actions {
			if action == "*" {
				action = "iam:*"
			}
			for _, resource := range allow.Resources {
				if resource != "*" {
					resource = example(resource)
				}
				if !strings.Contains(resource, "${") {
					out = append(out, permission{example(action), resource})
				}
			}
		}
	}
	return out
}

// whatever is what a managed policy may allow besides.
var whatever = []permission{{"s3:GetObject", "arn:aws:s3:::stranger/key"}, {"iam:CreateUser", "*"}}

// firm are the role's policies without the refusals that somebody may step around: those that test more than places.
func (g *gate) firm() (out []*policy.Policy) {
	places := []string{"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:viaawsservice"}
	for _, p := range g.allows {
		d := policy.Document{Statements: slices.DeleteFunc(slices.Clone(p.Document.Statements), func(s policy.Statement) bool {
			return s.Effect == policy.Deny && slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return !slices.Contains(places, strings.ToLower(c.Key)) })
		})}
		if firm, err := policy.Compile(p.Kind, p.Name, d); err == nil {
			out = append(out, firm)
		}
	}
	return out
}
