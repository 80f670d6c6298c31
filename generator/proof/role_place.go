package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A spot is where a request comes from, as AWS sees it: an address on the internet, or one behind an endpoint of a VPC.
// An address or a VPC that is known only after apply is its symbol.
type spot struct {
	where   string // for the reader of a failure
	public  string // aws:SourceIp
	private string // aws:VpcSourceIp
	vpc     string // aws:SourceVpc
	address netip.Addr
	seen    policy.Context
}

// nowhere is where a request comes from that carries no address at all.
var nowhere = spot{where: "without an address"}

func onInternet(address string, where string) spot {
	s := spot{where: where, public: evidence.Shown(address)}
	s.address, _ = netip.ParseAddr(address)
	s.seen = s.seen.With("aws:SourceIp", evidence.Text(address))
	return s
}

// behind is an address in a VPC, behind an endpoint of it. Either may be "", for a request that lacks the key.
func behind(address, vpc, endpoint, where string) spot {
	s := spot{where: where, private: evidence.Shown(address), vpc: evidence.Shown(vpc)}
	s.address, _ = netip.ParseAddr(address)
	for key, value := range map[string]string{"aws:VpcSourceIp": address, "aws:SourceVpc": vpc, "aws:SourceVpce": endpoint} {
		if value != "" {
			s.seen = s.seen.With(key, evidence.Text(value))
		}
	}
	return s
}

// Somebody else's network, and addresses on the internet that the spec may have, but not all of them.
const (
	strangerVPC      = "vpc-0stranger"
	strangerEndpoint = "vpce-0stranger"
	aPrivateAddress  = "10.255.255.254"
)

var strangerAddresses = []string{"192.0.2.222", "203.0.113.222", "100.63.255.254", "2001:db8:ffff::1"}

// ends are the first and the last address of a range.
func ends(p netip.Prefix) []netip.Addr {
	first := p.Masked().Addr()
	bytes := first.AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	if last == first {
		return []netip.Addr{first}
	}
	return []netip.Addr{first, last}
}

// neighbours are the addresses next to a range: one below, one above.
func neighbours(p netip.Prefix) (out []netip.Addr) {
	all := ends(p)
	for _, a := range []netip.Addr{all[0].Prev(), all[len(all)-1].Next()} {
		if a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// A door is one way into a role, as the spec has it, in the names that the tree has for its places.
type door struct {
	*topology.Door
	home    *home // of Endpoint; nil: none
	reaches []reach
}

// A reach is a part of a door: one range of addresses, or one NAT gateway.
type reach struct {
	addresses string             // "" if it is known only after apply
	place     string             // what has them
	runners   []*topology.Runner // who comes from here
	spots     []spot             // its ends, and what lies beside limits inside of it
}

// door is a door of the spec. Its spots are one for each part of its ranges that policies with these limits tell apart.
func (p *prover) door(d *topology.Door, limits [][]netip.Addr) *door {
	out, place := &door{Door: d}, "the internet"
	if d.Endpoint != nil {
		out.home, place = p.home(d.Endpoint), "network."+d.Endpoint.Name+", through its STS endpoint"
	}
	for _, addresses := range d.Addresses {
		r := reach{addresses: addresses.String(), place: place, runners: comingFrom(d, addresses)}
		for _, a := range points(addresses, limits) {
			r.spots = append(r.spots, out.at(a.String()))
		}
		out.reaches = append(out.reaches, r)
	}
	for _, n := range d.NATs {
		runners := slices.DeleteFunc(slices.Clone(d.Runners), func(r *topology.Runner) bool { return r.Network != n })
		for _, nat := range p.home(n).gateways() {
			out.reaches = append(out.reaches, reach{"", nat.name, runners, []spot{onInternet(nat.address, "from the "+nat.name)}})
		}
	}
	return out
}

// at is an address at the door, or next to it.
func (d *door) at(address string) spot {
	if d.home == nil {
		return onInternet(address, "from "+address)
	}
	return d.home.inside(address)
}

// inside is an address in the network, behind its STS endpoint.
func (h *home) inside(address string) spot {
	endpoint := ""
	if e := h.endpoint(aws.STS); e != nil {
		endpoint = e.ID()
	}
	return behind(address, h.vpc, endpoint, "from "+address+" in network."+h.Name)
}

// comingFrom are the door's runners that have addresses in a range.
func comingFrom(d *topology.Door, addresses netip.Prefix) []*topology.Runner {
	return slices.DeleteFunc(slices.Clone(d.Runners), func(r *topology.Runner) bool {
		own := r.Addresses
		switch {
		case d.Endpoint != nil:
			own = r.Inside()
		case r.Network != nil && r.Network.Existing != nil:
			own = r.Network.Existing.NATAddresses
		case r.Network != nil:
			own = nil
		}
		return !slices.ContainsFunc(own, addresses.Overlaps)
	})
}

// admits tells whether the door is open to a spot.
func (d *door) admits(s spot) bool {
	if d.home != nil {
		return s.private != "" && s.vpc == evidence.Shown(d.home.vpc) && holdsAddress(d.Addresses, s.address)
	}
	if s.public == "" {
		return false
	}
	return holdsAddress(d.Addresses, s.address) || slices.ContainsFunc(d.reaches, func(r reach) bool { return r.spots[0].public == s.public })
}

func holdsAddress(ranges []netip.Prefix, a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) })
}

// A gateway is a NAT gateway's public address.
type gateway struct{ zone, name, address string }

// gateways are the network's NAT gateways.
func (h *home) gateways() []gateway { return h.nats.get(h.Network, h.findGateways) }

// findGateways are the NAT gateways to which the routes of the network's private subnets lead.
func (h *home) findGateways() (out []gateway) {
	for _, z := range h.Zones {
		for _, subnet := range h.Where("aws_subnet", "vpc_id", h.vpc) {
			if subnet.Text("cidr_block") != z.Private.String() {
				continue
			}
			if address := h.gatewayOf(subnet); address != "" {
				out = append(out, gateway{z.Letter, "NAT gateway of network." + h.Name + " in zone " + z.Letter, address})
			}
		}
	}
	return out
}

// gatewayOf is the public address from which requests of a subnet come, "" if its routes do not lead to one.
func (h *home) gatewayOf(subnet *evidence.Resource) string {
	route := h.defaultRoute(h.tableOf(subnet.ID()))
	if route == nil {
		return ""
	}
	nat := h.Known("aws_nat_gateway", "id", route.Text("nat_gateway_id"))
	if nat == nil {
		return ""
	}
	if address := h.Known("aws_eip", "id", nat.Text("allocation_id")); address != nil {
		return address.Computed("public_ip")
	}
	return ""
}

// around are the spots next to the doors of a role, and others that are easily taken for them.
func (g *gate) around() (out []spot) {
	for _, d := range g.doors {
		for _, addresses := range d.Addresses {
			for _, a := range neighbours(addresses) {
				out = append(out, d.at(a.String()))
			}
			if d.home == nil {
				continue
			}
			a := ends(addresses)[0].String()
			out = append(out,
				behind(a, strangerVPC, strangerEndpoint, "from "+a+" in another VPC"),
				behind(a, "", "", "from "+a+" without a VPC"),
				behind("", d.home.vpc, "", "from network."+d.home.Name+" without an address"))
		}
	}
	for _, a := range strangerAddresses {
		out = append(out, onInternet(a, "from "+a))
	}
	return append(out, nowhere, behind(aPrivateAddress, strangerVPC, strangerEndpoint, "from "+aPrivateAddress+" in another VPC"))
}

// A crowd is where the runners of the spec come from, each spot once.
type crowd []passer

// A passer is a spot and the runners who come from it.
type passer struct {
	spot
	runners []*topology.Runner
}

func (p passer) names() string {
	var names []string
	for _, r := range p.runners {
		names = append(names, "runner."+r.Name)
	}
	return strings.Join(names, ", ")
}

// crowd are all runners, where their requests may come from, whatever ways the spec takes them to go.
func (p *prover) crowd() crowd {
	return p.crowds.get(p.topology, func() crowd {
		var out crowd
		at := map[[3]string]int{}
		for _, r := range p.topology.Runners {
			for _, s := range p.standing(r) {
				key := [3]string{s.public, s.private, s.vpc}
				i, known := at[key]
				if !known {
					i = len(out)
					at[key] = i
					out = append(out, passer{spot: s})
				}
				out[i].runners = append(out[i].runners, r)
			}
		}
		return out
	})
}

// standing are the spots of one runner.
func (p *prover) standing(r *topology.Runner) (out []spot) {
	outside := r.Addresses
	if n := r.Network; n != nil {
		h := p.home(n)
		inside := r.Inside()
		if len(inside) == 0 { // of an existing VPC
			out = append(out, h.inside(aPrivateAddress))
		}
		for _, addresses := range inside {
			for _, a := range ends(addresses) {
				out = append(out, h.inside(a.String()))
			}
		}
		outside = nil
		if n.Existing != nil {
			outside = n.Existing.NATAddresses
		}
		for _, nat := range h.gateways() {
			out = append(out, onInternet(nat.address, "from the "+nat.name))
		}
	}
	for _, addresses := range outside {
		for _, a := range ends(addresses) {
			out = append(out, onInternet(a.String(), "from "+a.String()))
		}
	}
	return out
}
