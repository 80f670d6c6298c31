package topology

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
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

// reaches tells whether the role's runner comes to STS from a place that a policy can name, and reports it if not.
func (r *resolver) reaches(role *Role, runner *Runner, at hcl.Range) bool {
	switch n := runner.Network; {
	case n == nil && runner.Hosted != nil && runner.PathIn(aws.STS, role.Account.Region) == Foreign:
		r.wrong(at, "Runner behind foreign endpoint",
			"In %s machines of %s reach STS through an endpoint of the vendor's, so AWS sees neither an address nor a VPC of yours, and no condition could tell runner.%s from the vendor's other customers. Write a runner of your own, or a hosted one in other regions.",
			role.Account.Region, runner.Hosted.Vendor, runner.Name)
	case n == nil && len(runner.Addresses) == 0 && runner.Hosted != nil:
		r.wrong(at, "Hosted runner without addresses",
			"runner.%s is one of %s's machines and has no addresses: what comes from anywhere at a vendor's comes from its other customers too. Add the addresses of machines that have fixed ones, which vendors offer for their larger sizes, or write a runner of your own.",
			runner.Name, runner.Hosted.Vendor)
	case n == nil && len(runner.Addresses) == 0:
		r.missing(r.blocks[runner.Name].Header, at, "Runner without a place",
			"role.%s could not say from where runner.%s comes. Add addresses to the runner, the public ones from which it reaches the internet, or the network that it is in.", role.Name, runner.Name)
	case n != nil && n.Account.Partition != role.Account.Partition:
		r.wrong(at, "Runner in another partition",
			"runner.%s is in the partition %s, where network.%s is, and role.%s in %s; no request reaches across. Write a runner of that partition.",
			runner.Name, n.Account.Partition.Name, n.Name, role.Name, role.Account.Partition.Name)
	case runner.Principal != "" && !strings.HasPrefix(runner.Principal, "arn:"+role.Account.Partition.Name+":"):
		r.wrong(at, "Runner in another partition",
			"runner.%s is %q, and role.%s in the partition %s; no request reaches across. Write a principal of that partition.", runner.Name, runner.Principal, role.Name, role.Account.Partition.Name)
	default:
		r.fenced(role, runner, at)
		return r.known(role, runner, at)
	}
	return false
}

// fenced warns of what a guard shuts out: requests that reach AWS through a vendor's endpoints show no address of ours.
func (r *resolver) fenced(role *Role, runner *Runner, at hcl.Range) {
	h := runner.Hosted
	if !role.Guard || h == nil || len(h.Regions) == 0 || len(h.Endpoints) == 0 {
		return
	}
	r.warn(at, "Guard against foreign endpoints",
		"In %s requests of runner.%s to %s go through endpoints of %s's and show no address of its own, so guard = \"session\" denies them to role.%s. Remove guard if the role needs those services there, or write a runner of your own.",
		strings.Join(h.Regions, " and "), runner.Name, joined(h.Endpoints, " and "), h.Vendor, role.Name)
}

// known reports a runner in an existing VPC of which the addresses that AWS would see are not known.
func (r *resolver) known(role *Role, runner *Runner, at hcl.Range) bool {
	n := runner.Network
	if n == nil || n.Existing == nil {
		return true
	}
	public := !r.throughSTS(n) || n.Transition
	private := r.throughSTS(n) || n.Transition
	if (public || role.Guard && n.NAT) && len(n.Existing.NATAddresses) == 0 {
		r.missing(r.vpcs[n.Name].Header, at, "NAT addresses unknown",
			"Requests of runner.%s leave network.%s through NAT gateways that the spec does not make, so it cannot know from what addresses role.%s admits them. Add nat_addresses = [\"203.0.113.10\"] to the network, with the public addresses of the gateways.",
			runner.Name, n.Name, role.Name)
		return false
	}
	if (private || role.Guard) && len(runner.Addresses) == 0 {
		r.missing(r.blocks[runner.Name].Header, at, "Addresses in VPC unknown",
			"runner.%s is in a VPC that the spec does not make, so it cannot know from what addresses role.%s admits requests through the endpoint. Add addresses = [\"10.0.0.0/24\"] to the runner, with the ranges of the subnets that it is in.",
			runner.Name, role.Name)
		return false
	}
	return true
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

// An alikeness is a runner whose requests come from where another's come, as far as a policy can tell.
type alikeness struct {
	*Runner
	how string
}

// A stand is where a runner's requests may come from, in a space of addresses that is the same for all in it.
type stand struct {
	netip.Prefix
	*Runner
	door bool // a door for the runner stands here; otherwise it could only come from here
}

// A space is the addresses in which runners that show the same tokens, or are one principal, may be taken for one another.
type space struct {
	issuer    *Issuer
	principal string
	network   *Network // nil: the internet
	nat       bool     // the gateways of the network, whatever the address behind them
}

// lookAlikes are, for each runner, the others that its doors cannot keep out.
func (r *resolver) lookAlikes() map[*Runner][]alikeness {
	spaces := map[space][]stand{}
	for _, runner := range r.topology.Runners {
		if runner.Issuer == nil && runner.Principal == "" {
			continue
		}
		for s, stand := range r.stands(runner) {
			spaces[s] = append(spaces[s], stand...)
		}
	}
	found := map[*Runner][]alikeness{}
	for s, stands := range spaces {
		slices.SortStableFunc(stands, func(a, b stand) int { return a.Prefix.Compare(b.Prefix) })
		var open []stand // ranges around the next one
		for _, next := range stands {
			for len(open) > 0 && !contains(open[len(open)-1].Prefix, next.Prefix) {
				open = open[:len(open)-1]
			}
			for _, around := range open {
				s.meet(found, around, next)
				s.meet(found, next, around)
			}
			open = append(open, next)
		}
	}
	for r, others := range found {
		slices.SortFunc(others, func(a, b alikeness) int { return cmp.Or(byRunner(a.Runner, b.Runner), cmp.Compare(a.how, b.how)) })
		found[r] = slices.Compact(others)
	}
	return found
}

func (s space) meet(found map[*Runner][]alikeness, admitted, other stand) {
	if admitted.Runner == other.Runner || !admitted.door {
		return
	}
	how := "has public addresses of"
	switch {
	case s.nat:
		how = "leaves network." + s.network.Name + " through the same NAT gateways as"
	case s.network != nil:
		how = "has addresses in network." + s.network.Name + " that may be those of"
	}
	found[admitted.Runner] = append(found[admitted.Runner], alikeness{other.Runner, how})
}

var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// stands are where a runner's requests to STS may come from: its doors, and the NAT gateways of its network, to which it
// comes by asking STS of another region, for which the endpoint does not answer.
func (r *resolver) stands(runner *Runner) map[space][]stand {
	out := map[space][]stand{}
	add := func(way *Door, door bool) {
		s := space{issuer: runner.Issuer, principal: runner.Principal, network: way.Endpoint}
		for _, a := range way.Addresses {
			out[s] = append(out[s], stand{a, runner, door})
		}
		for _, n := range way.NATs {
			s.network, s.nat = n, true
			out[s] = append(out[s], stand{everywhere, runner, door})
		}
	}
	ways := r.ways(runner)
	for _, way := range ways {
		add(way, true)
	}
	if n := runner.Network; n != nil && n.NAT && ways[0].Endpoint != nil {
		add(n.out(), false)
	}
	return out
}

// keepApart reports the runners that a role would admit besides its own.
func (r *resolver) keepApart(blocks []*spec.Role) {
	alike := r.lookAlikes()
	for _, s := range blocks {
		role := r.roles[s.Name]
		if role == nil {
			continue
		}
		listed := map[*Runner]bool{}
		for _, runner := range role.Runners {
			listed[runner] = true
		}
		reported := map[*Runner]bool{}
		for _, ref := range s.Runners.V {
			for _, other := range alike[r.runners[ref.V.Name]] {
				if listed[other.Runner] || reported[other.Runner] {
					continue
				}
				reported[other.Runner] = true
				r.wrong(ref.Range, "Runners that look alike",
					"runner.%s %s %s, and no policy could tell them apart: role.%s would admit it as well. List both in runners if that is meant, or give each of them addresses or a network of its own.",
					other.Name, other.how, ref.V, role.Name)
			}
		}
	}
}
