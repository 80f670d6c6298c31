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
			if runner.Issuer != nil {
				d := tokens[way.Endpoint]
				if d == nil {
					d = &Door{Issuer: runner.Issuer, Endpoint: way.Endpoint}
					tokens[way.Endpoint] = d
				}
				d.admit(runner, way)
				continue
			}
			i := slices.IndexFunc(signed, way.samePlace)
			if i < 0 {
				i = len(signed)
				signed = append(signed, &Door{Endpoint: way.Endpoint})
			}
			signed[i].admit(runner, way)
			signed[i].Principals = append(signed[i].Principals, runner.Identity())
		}
	}
	role.Doors = append(slices.SortedFunc(maps.Values(tokens), compareDoors), signed...)
	for _, d := range role.Doors {
		d.Addresses = aggregated(d.Addresses)
		d.Principals = unique(d.Principals)
	}
	slices.SortStableFunc(role.Doors, compareDoors)
}

func (d *Door) admit(r *Runner, way *Door) {
	d.Runners = append(d.Runners, r)
	d.Addresses = append(d.Addresses, way.Addresses...)
	for _, n := range way.NATs {
		if !slices.Contains(d.NATs, n) {
			d.NATs = append(d.NATs, n)
		}
	}
	slices.SortFunc(d.NATs, func(a, b *Network) int { return cmp.Compare(a.Name, b.Name) })
}

func (d *Door) samePlace(other *Door) bool {
	return d.Endpoint == other.Endpoint && slices.Equal(d.Addresses, other.Addresses) && slices.Equal(d.NATs, other.NATs)
}

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
	var out Whereabouts
	inside := map[*Network][]netip.Prefix{}
	door := &Door{}
	for _, runner := range r.Runners {
		n := runner.Network
		if n == nil {
			door.Addresses = append(door.Addresses, runner.Addresses...)
			continue
		}
		inside[n] = append(inside[n], runner.Inside()...)
		if n.NAT {
			way := n.out()
			door.Addresses = append(door.Addresses, way.Addresses...)
			if len(way.NATs) > 0 && !slices.Contains(door.NATs, n) {
				door.NATs = append(door.NATs, n)
			}
		}
	}
	out.Addresses, out.NATs = aggregated(door.Addresses), door.NATs
	for n, ranges := range inside {
		out.Networks = append(out.Networks, Inside{n, aggregated(ranges)})
	}
	byName := func(a, b *Network) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(out.NATs, byName)
	slices.SortFunc(out.Networks, func(a, b Inside) int { return byName(a.Network, b.Network) })
	return out
}
