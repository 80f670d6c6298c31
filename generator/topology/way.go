package topology

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
)

// Inside are the addresses that a runner in a network may have there; none if they are not known.
func (r *Runner) Inside() []netip.Prefix {
	if len(r.Addresses) > 0 {
		return r.Addresses
	}
	return r.Network.Private()
}

// Out is the door for requests that leave the network through its NAT gateways.
func (n *Network) Out() *Door {
	if n.Existing != nil {
		return &Door{Addresses: n.Existing.NATAddresses}
	}
	return &Door{NATs: []*Network{n}}
}

// Admit lets a token runner in, from where it comes.
func (d *Door) Admit(r *Runner, way *Door) {
	d.Runners = append(d.Runners, r)
	d.Addresses = append(d.Addresses, way.Addresses...)
	for _, n := range way.NATs {
		if !slices.Contains(d.NATs, n) {
			d.NATs = append(d.NATs, n)
		}
	}
}

// ByNetwork sorts networks by name.
func ByNetwork(a, b *Network) int { return cmp.Compare(a.Name, b.Name) }

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
			public.Admit(runner, &Door{Addresses: runner.Addresses})
			continue
		case n.NAT:
			public.Admit(runner, n.Out())
		}
		inside[n] = append(inside[n], runner.Inside()...)
	}
	out := Whereabouts{Addresses: Aggregated(public.Addresses), NATs: public.NATs}
	slices.SortFunc(out.NATs, ByNetwork)
	for _, n := range slices.SortedFunc(maps.Keys(inside), ByNetwork) {
		out.Networks = append(out.Networks, Inside{n, Aggregated(inside[n])})
	}
	return out
}
