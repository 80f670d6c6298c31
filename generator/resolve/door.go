package resolve

import (
	"cmp"
	"maps"
	"slices"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// Doors. The rules are:
//   - A request to STS comes over the internet, from addresses that AWS sees as aws:SourceIp, or through an endpoint of
//     ours, from addresses that it sees as aws:VpcSourceIp, with the VPC as aws:SourceVpc. Never both.
//   - Private DNS takes all regional requests in a VPC to its endpoint. So it is one or the other for a whole network,
//     unless the network is in transition: then either may be, and there is a door for each.
//   - Private ranges repeat, so there is a door for each network: ranges of one VPC are never tested with another's.
//   - Tokens look alike, so all who come over the internet with tokens share one door. An IAM principal shares a door
//     with those alone who come from exactly the same place.

// throughSTS tells whether regional requests to STS from the network go through an endpoint: in a sealed one, which a
// role gives the endpoint, and where a runner names it.
func throughSTS(n *topology.Network) bool { return !n.NAT || namedIn(n)[aws.STS] }

// A doorResolver resolves the ways into roles.
type doorResolver struct{ *resolver }

// ways are the doors that a runner alone would need, the public one first.
func (r doorResolver) ways(runner *topology.Runner) []*topology.Door {
	if ways, ok := r.doors[runner]; ok {
		return ways
	}
	var ways []*topology.Door
	n := runner.Network
	if n == nil {
		ways = append(ways, &topology.Door{Addresses: runner.Addresses})
	}
	if n != nil && (!r.throughSTS(n) || n.Transition) {
		ways = append(ways, n.Out())
	}
	if n != nil && (r.throughSTS(n) || n.Transition) {
		ways = append(ways, &topology.Door{Endpoint: n, Addresses: runner.Inside()})
	}
	r.doors[runner] = ways
	return ways
}

// throughSTS is the network's, worked out once.
func (r *resolver) throughSTS(n *topology.Network) bool {
	through, known := r.sts[n]
	if !known {
		through = throughSTS(n)
		r.sts[n] = through
	}
	return through
}

// enter makes the role's doors for its runners, which are sorted.
func (r doorResolver) enter(role *topology.Role, runners []*topology.Runner) {
	tokens := map[*topology.Network]*topology.Door{}
	var signed []*topology.Door
	for _, runner := range runners {
		for _, way := range r.ways(runner) {
			if runner.Issuer == nil {
				signed = sign(signed, runner, way)
				continue
			}
			if tokens[way.Endpoint] == nil {
				tokens[way.Endpoint] = &topology.Door{Issuer: runner.Issuer, Endpoint: way.Endpoint}
			}
			tokens[way.Endpoint].Admit(runner, way)
		}
	}
	role.Doors = append(slices.Collect(maps.Values(tokens)), signed...)
	for _, d := range role.Doors {
		d.Addresses, d.Principals = topology.Aggregated(d.Addresses), topology.Unique(d.Principals)
		slices.SortFunc(d.NATs, topology.ByNetwork)
	}
	slices.SortStableFunc(role.Doors, compareDoors)
}

// sign lets a principal in: through the door for its very place, or one of its own.
func sign(doors []*topology.Door, r *topology.Runner, way *topology.Door) []*topology.Door {
	i := slices.IndexFunc(doors, func(d *topology.Door) bool {
		return d.Endpoint == way.Endpoint && slices.Equal(d.Addresses, way.Addresses) && slices.Equal(d.NATs, way.NATs)
	})
	if i < 0 {
		i = len(doors)
		doors = append(doors, &topology.Door{Endpoint: way.Endpoint, Addresses: slices.Clone(way.Addresses), NATs: slices.Clone(way.NATs)})
	}
	doors[i].Runners = append(doors[i].Runners, r)
	doors[i].Principals = append(doors[i].Principals, r.Identity())
	return doors
}

// compareDoors puts doors for tokens first, then those of the internet, then by network.
func compareDoors(a, b *topology.Door) int {
	order := func(d *topology.Door) (tokens int, network string) {
		if d.Issuer == nil {
			tokens = 1
		}
		if d.Endpoint != nil {
			network = d.Endpoint.Name
		}
		return tokens, network
	}
	aTokens, aNetwork := order(a)
	bTokens, bNetwork := order(b)
	return cmp.Or(cmp.Compare(aTokens, bTokens), cmp.Compare(aNetwork, bNetwork))
}
