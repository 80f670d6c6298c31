package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// travels is how requests of a guarded role's sessions travel, by the action: sessions work where its runners are alone.
func (g *gate) travels(allows []string) map[string]string {
	if !g.Guard {
		return nil
	}
	ways := map[string]string{}
	for _, allow := range allows {
		action, _, _ := strings.Cut(allow, " on ")
		var all []string
		for _, r := range g.Runners {
			if way := g.way(r, action); way != "" && !slices.Contains(all, way) {
				all = append(all, way)
			}
		}
		ways[action] = strings.Join(all, ", or ")
	}
	return ways
}

// way is how requests of the role's sessions travel from where a runner is, "" if that is not known.
func (g *gate) way(r *topology.Runner, action string) string {
	if r.Network == nil {
		return "over the internet from runner." + r.Name
	}
	home := g.home(r.Network)
	prefix, _, _ := strings.Cut(action, ":")
	for _, s := range aws.ServicesOf(prefix) {
		if home.endpoint(s) != nil && slices.ContainsFunc(r.Network.Endpoints, func(e *topology.Endpoint) bool { return e.Service == s && g.asks(e) }) {
			return "through the endpoint " + string(s) + " of network." + r.Network.Name
		}
	}
	if r.Network.NAT {
		return "over the internet from network." + r.Network.Name
	}
	return ""
}

// asks tells whether an endpoint is for sessions of the role, too.
func (g *gate) asks(e *topology.Endpoint) bool {
	return slices.ContainsFunc(e.Work, func(a *topology.Access) bool { return a.As == g.Role || a.Unknown && slices.Contains(a.Roles, g.ARN()) })
}
