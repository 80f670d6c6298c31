package proof

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

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
	from      []policy.Condition // what AWS sees of that
}

// door is a door of the spec.
func (p *prover) door(d *topology.Door) *door {
	out, place := &door{Door: d}, "the internet"
	if d.Endpoint != nil {
		out.home, place = p.home(d.Endpoint), "network."+d.Endpoint.Name+", through its STS endpoint"
	}
	for _, addresses := range d.Addresses {
		r := reach{addresses: addresses.String(), place: place, runners: comingFrom(d, addresses), from: outside(policy.Literal(addresses.String()))}
		if out.home != nil {
			r.from = out.home.within(addresses)
		}
		out.reaches = append(out.reaches, r)
	}
	for _, n := range d.NATs {
		runners := slices.DeleteFunc(slices.Clone(d.Runners), func(r *topology.Runner) bool { return r.Network != n })
		for _, nat := range p.home(n).gateways() {
			out.reaches = append(out.reaches, reach{"", nat.name, runners, outside(evidence.Text(nat.address))})
		}
	}
	return out
}

// outside is what AWS sees of requests from addresses on the internet.
func outside(addresses ...policy.Text) []policy.Condition {
	return []policy.Condition{{Operator: "IpAddress", Key: "aws:SourceIp", Values: addresses}}
}

// within is what AWS sees of requests from addresses in the network, behind an endpoint; from any of them if none are given.
func (h *home) within(addresses ...netip.Prefix) []policy.Condition {
	out := []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{evidence.Text(h.vpc)}}}
	if len(addresses) > 0 {
		out = append(out, policy.When("IpAddress", "aws:VpcSourceIp", rangesOf(addresses)...))
	}
	return out
}

func rangesOf(ranges []netip.Prefix) (out []string) {
	for _, p := range ranges {
		out = append(out, p.String())
	}
	return out
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

// standing is what AWS sees of requests of a runner, whatever way the spec takes them to go, as far as they might come in
// where tokens of the role's runners do: behind endpoints, and on the internet.
func (g *gate) standing(r *topology.Runner) (out [][]policy.Condition) {
	for _, d := range g.doors {
		switch {
		case d.Issuer == nil:
		case d.home != nil && d.Endpoint == r.Network:
			if inside := r.Inside(); len(inside) == 0 || overlap(inside, d.Addresses) {
				out = append(out, d.home.within(inside...))
			}
		case d.home == nil:
			var all []policy.Text
			if known := knownOutside(r); overlap(known, d.Addresses) {
				all = policy.Literals(rangesOf(known)...)
			}
			if slices.Contains(d.NATs, r.Network) {
				for _, nat := range g.home(r.Network).gateways() {
					all = append(all, evidence.Text(nat.address))
				}
			}
			if len(all) > 0 {
				out = append(out, outside(all...))
			}
		}
	}
	return out
}

// knownOutside are the addresses on the internet from which a runner's requests come, but for those of NAT gateways of the tree.
func knownOutside(r *topology.Runner) []netip.Prefix {
	switch {
	case r.Network == nil:
		return r.Addresses
	case r.Network.Existing != nil:
		return r.Network.Existing.NATAddresses
	}
	return nil
}

func overlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool { return slices.ContainsFunc(b, p.Overlaps) })
}

// place says where a request comes from.
func (g *gate) place(r policy.Request) string {
	public, private, vpc := valueOf(r, "aws:SourceIp"), valueOf(r, "aws:VpcSourceIp"), valueOf(r, "aws:SourceVpc")
	switch {
	case vpc == "" && private != "":
		return "from " + private + " without a VPC"
	case vpc == "" && public == "":
		return "without an address"
	case vpc == "":
		return "from " + g.named(public)
	case private == "":
		private = "anywhere"
	}
	for _, n := range g.networks() {
		if evidence.Shown(n.vpc) == vpc {
			return "from " + private + " in network." + n.Name
		}
	}
	return "from " + private + " in another VPC"
}

// valueOf is the value of a key that a request has, "" for none.
func valueOf(r policy.Request, key string) string {
	if values := r.Context.Values(strings.ToLower(key)); len(values) > 0 {
		return policy.Decoded(values[0]).String()
	}
	return ""
}

// named is an address, or the NAT gateway that has it.
func (g *gate) named(address string) string {
	for _, h := range g.networks() {
		for _, nat := range h.gateways() {
			if evidence.Shown(nat.address) == address {
				return "the " + nat.name
			}
		}
	}
	return address
}

// networks are those of the role's runners.
func (g *gate) networks() (out []*home) {
	for _, r := range g.Runners {
		if r.Network != nil {
			out = append(out, g.home(r.Network))
		}
	}
	return out
}

// caller says who makes a request for the role.
func (g *gate) caller(r policy.Request) string {
	if r.Caller.IsFederated() {
		return g.bearing(r)
	}
	arn := r.Caller.ARN().String()
	for _, runner := range g.topology.Runners {
		if runner.Identity() == arn && arn != "" {
			return "runner." + runner.Name
		}
	}
	return r.Caller.String()
}

// bearing says what token somebody shows.
func (g *gate) bearing(r policy.Request) string {
	i := g.Issuer
	if provider := r.Caller.ARN().String(); i == nil || provider != i.ProviderARN(g.Account) {
		return "a token of " + provider
	}
	audience, subject := valueOf(r, i.Host()+":aud"), valueOf(r, i.Host()+":sub")
	known := slices.ContainsFunc(g.Subjects, func(s topology.Subject) bool { return like(s.Pattern, subject) })
	switch {
	case audience == "" && subject == "":
		return "a token that says nothing"
	case audience == "":
		return "a token without an audience"
	case subject == "":
		return "a token without a subject"
	case !slices.Contains(i.Audiences, audience):
		return "a token for another audience (" + audience + ")"
	case !known:
		return "a token of another subject (" + subject + ")"
	}
	return "a stolen token"
}

// like tells whether a text is like a pattern in which * is any text and ? any character.
func like(pattern, s string) bool {
	head, rest, found := strings.Cut(pattern, "*")
	if len(s) < len(head) || !sameBut(head, s[:len(head)]) {
		return false
	}
	s = s[len(head):]
	if !found {
		return s == ""
	}
	for i := range len(s) + 1 {
		if like(rest, s[i:]) {
			return true
		}
	}
	return false
}

func sameBut(pattern, s string) bool {
	for i := range len(pattern) {
		if pattern[i] != '?' && pattern[i] != s[i] {
			return false
		}
	}
	return true
}
