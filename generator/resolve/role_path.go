package resolve

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// outOfReach reports what a role allows and its sessions cannot ask for anywhere: with a guard they work where the role's runners
// are, and these are in networks without a way out and without an endpoint for it. The rules are:
//
//   - A VPC that exists may have endpoints that the spec does not have.
//   - Of actions whose endpoint is not known, nothing is said.
//   - KMS is asked by the services that keep what is encrypted, and whatever CloudFormation makes, it asks for itself.
func (r roleResolver) outOfReach(s *spec.Role) {
	role := find[*topology.Role](r, s.Name)
	if role == nil || !role.Guard || len(role.Runners) == 0 || len(role.Runners) != len(s.Runners.V) {
		return
	}
	for _, runner := range role.Runners {
		if n := runner.Network; n == nil || n.NAT || n.Existing != nil || r.vpcs[n.Name].Flawed {
			return
		}
	}
	reached, some := map[string]bool{}, false
	each(s.Allow, func(allow *spec.Allow) {
		for _, v := range allow.Actions.V {
			if prefix := prefixOf(v.V); r.reached(role, v.V) {
				reached[prefix], some = true, true
			}
		}
	})
	if reached["cloudformation"] {
		return
	}
	each(s.Allow, func(allow *spec.Allow) {
		for _, v := range allow.Actions.V {
			prefix, services := prefixOf(v.V), r.endpointsFor(role, v.V)
			if len(services) == 0 || reached[prefix] || prefix == "kms" && some {
				continue
			}
			reached[prefix] = true // one report is enough
			runner := role.Runners[0]
			r.missing(r.blocks[runner.Name].Header, v.Range, "Action out of reach",
				"With guard = \"session\" sessions of role.%s work where its runners are alone, and network.%s has neither a way out nor an endpoint for %s that they may use: %s could be asked for nowhere. Write uses = [%q] in %s, or set egress = \"nat\" in the network.",
				role.Name, runner.Network.Name, services[0], v.V, services[0], sayingUses(runner))
		}
	})
}

// sayingUses is where a runner says what endpoints it uses.
func sayingUses(r *topology.Runner) string {
	if r.Build != nil {
		return "the codebuild block of runner." + r.Name
	}
	return "runner." + r.Name
}

// prefixOf is the prefix of an action: that of its service.
func prefixOf(action string) string {
	prefix, _, _ := strings.Cut(action, ":")
	return prefix
}

// endpointsFor are the services that take an action and have endpoints where the role is.
func (r roleResolver) endpointsFor(role *topology.Role, action string) []aws.Service {
	return slices.DeleteFunc(aws.ServicesOf(prefixOf(action)), func(s aws.Service) bool { return !role.Account.Partition.HasEndpoint(s) })
}

// reached tells whether a session of the role may ask for an action through an endpoint, where any of its runners is.
func (r roleResolver) reached(role *topology.Role, action string) bool {
	services := r.endpointsFor(role, action)
	return slices.ContainsFunc(role.Runners, func(runner *topology.Runner) bool {
		return slices.ContainsFunc(runner.Work, func(a *topology.Access) bool {
			through := slices.ContainsFunc(a.Through, func(s aws.Service) bool { return slices.Contains(services, s) })
			return through && slices.Contains(a.Roles, role.ARN()) && (a.Unknown || slices.Contains(a.Actions, action))
		})
	})
}
