package topology

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/postern-dev/postern/generator/aws"
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
func (n *Network) throughSTS() bool { return !n.NAT || n.named()[aws.STS] }

// Inside are the addresses that a runner in a network may have there; none if they are not known.
func (r *Runner) Inside() []netip.Prefix {
	if len(r.Addresses) > 0 {
		return r.Addresses
	}
	return r.Network.Private()
}

// ways are the doors that a runner alone would need, the public one first.
func (r *resolver) ways(runner *Runner) []*Door {
	if ways, ok := r.doors[runner]; ok {
		return ways
	}
	var ways []*Door
	n := runner.Network
	if n == nil {
		ways = append(ways, &Door{Addresses: runner.Addresses})
	}
	if n != nil && (!r.throughSTS(n) || n.Transition) {
		ways = append(ways, n.out())
	}
	if n != nil && (r.throughSTS(n) || n.Transition) {
		ways = append(ways, &Door{Endpoint: n, Addresses: runner.Inside()})
	}
	r.doors[runner] = ways
	return ways
}

// out is the door for requests that leave the network through its NAT gateways.
func (n *Network) out() *Door {
	if n.Existing != nil {
		return &Door{Addresses: n.Existing.NATAddresses}
	}
	return &Door{NATs: []*Network{n}}
}

// throughSTS is the network's, worked out once.
func (r *resolver) throughSTS(n *Network) bool {
	through, known := r.sts[n]
	if !known {
		through = n.throughSTS()
		r.sts[n] = through
	}
	return through
}

// enter makes the role's doors for its runners, which are sorted.
func (r *resolver) enter(role *Role, runners []*Runner) {
	tokens := map[*Network]*Door{}
	var signed []*Door
	for _, runner := range runners {
		for _, way := range r.ways(runner) {
			if runner.Issuer == nil {
				signed = sign(signed, runner, way)
				continue
			}
			if tokens[way.Endpoint] == nil {
				tokens[way.Endpoint] = &Door{Issuer: runner.Issuer, Endpoint: way.Endpoint}
			}
			tokens[way.Endpoint].admit(runner, way)
		}
	}
	role.Doors = append(slices.Collect(maps.Values(tokens)), signed...)
	for _, d := range role.Doors {
		d.Addresses, d.Principals = aggregated(d.Addresses), unique(d.Principals)
		slices.SortFunc(d.NATs, byNetwork)
	}
	slices.SortStableFunc(role.Doors, compareDoors)
}

// admit lets a token runner in, from where it comes.
func (d *Door) admit(r *Runner, way *Door) {
	d.Runners = append(d.Runners, r)
	d.Addresses = append(d.Addresses, way.Addresses...)
	for _, n := range way.NATs {
		if !slices.Contains(d.NATs, n) {
			d.NATs = append(d.NATs, n)
		}
	}
}

// sign lets a principal in: through the door for its very place, or one of its own.
func sign(doors []*Door, r *Runner, way *Door) []*Door {
	i := slices.IndexFunc(doors, func(d *Door) bool {
		return d.Endpoint == way.Endpoint && slices.Equal(d.Addresses, way.Addresses) && slices.Equal(d.NATs, way.NATs)
	})
	if i < 0 {
		i = len(doors)
		doors = append(doors, &Door{Endpoint: way.Endpoint, Addresses: slices.Clone(way.Addresses), NATs: slices.Clone(way.NATs)})
	}
	doors[i].Runners = append(doors[i].Runners, r)
	doors[i].Principals = append(doors[i].Principals, r.Identity())
	return doors
}

func byNetwork(a, b *Network) int { return cmp.Compare(a.Name, b.Name) }

// compareDoors puts doors for tokens first, then those of the internet, then by network.
func compareDoors(a, b *Door) int {
	order := func(d *Door) (tokens int, network string) {
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

// An Inside is where in a network runners are.
type Inside struct {
	*Network
	Addresses []netip.Prefix // aggregated and sorted
}

// Whereabouts are where a role's runners are, and so where its sessions belong: in networks, and at public addresses:
// those of runners elsewhere and of NAT gateways, of new VPCs as networks. Requests of a runner in a network with NAT
// go through endpoints or leave by the gateways, each service its own way, so both are its whereabouts.
type Whereabouts struct {
	Addresses []netip.Prefix // public, aggregated and sorted
	NATs      []*Network     // sorted by name
	Networks  []Inside       // sorted by name
}

// Whereabouts of the role's runners.
func (r *Role) Whereabouts() Whereabouts {
	public, inside := &Door{}, map[*Network][]netip.Prefix{}
	for _, runner := range r.Runners {
		n := runner.Network
		switch {
		case n == nil:
			public.admit(runner, &Door{Addresses: runner.Addresses})
			continue
		case n.NAT:
			public.admit(runner, n.out())
		}
		inside[n] = append(inside[n], runner.Inside()...)
	}
	out := Whereabouts{Addresses: aggregated(public.Addresses), NATs: public.NATs}
	slices.SortFunc(out.NATs, byNetwork)
	for _, n := range slices.SortedFunc(maps.Keys(inside), byNetwork) {
		out.Networks = append(out.Networks, Inside{n, aggregated(inside[n])})
	}
	return out
}
