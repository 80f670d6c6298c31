package roles

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// guard repeats the role's places as refusals, so that a stolen session is worthless elsewhere. It fails closed: a
// negated operator holds for a request that lacks its key. The rules are:
//   - Outside of all places everything is refused. A session in a network goes that network's ways, through any of its
//     endpoints or, for services without one, through NAT: both are its place.
//   - Inside a VPC everything is refused outside the runners' ranges.
//   - What an AWS service asks on the session's behalf comes from the service's own addresses, and says so in
//     aws:ViaAWSService. A request without that key is the session's own.
//
// Source: IAM User Guide, "AWS global condition context keys", and the data perimeter policies in
// aws-samples/data-perimeter-policy-examples.
func (r role) guard() []policy.Statement {
	p := r.places()
	var outside []policy.Condition
	if len(p.public) > 0 {
		outside = append(outside, policy.Condition{Operator: "NotIpAddress", Key: "aws:SourceIp", Values: p.public})
	}
	if len(p.networks) > 0 {
		var vpcs []policy.Text
		for _, n := range p.networks {
			vpcs = append(vpcs, n.VPCIDFrom(r.place))
		}
		outside = append(outside, policy.Condition{Operator: "StringNotEquals", Key: "aws:SourceVpc", Values: vpcs})
	}
	statements := []policy.Statement{refuse("OutsideItsPlaces",
		"A session is worthless outside the places of its runners. Who lacks a key is outside, too; let through is what AWS\n"+
			"services ask on the session's behalf.", outside)}
	sids := unique{}
	for _, n := range p.networks {
		statements = append(statements, refuse(sids.name("OutsideItsRangesIn"+camel(n.Name)),
			"In network."+n.Name+" the ranges of its runners are their place, and not the whole VPC.", []policy.Condition{
				{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{n.VPCIDFrom(r.place)}},
				{Operator: "NotIpAddress", Key: "aws:VpcSourceIp", Values: texts(p.ranges[n])},
			}))
	}
	return statements
}

func refuse(sid, reason string, when []policy.Condition) policy.Statement {
	return policy.Statement{
		Reason: reason, Sid: sid, Effect: policy.Deny, Actions: []string{"*"}, Resources: policy.Literals("*"),
		Conditions: append(when, policy.When("BoolIfExists", "aws:ViaAWSService", "false")),
	}
}

// A places is where the sessions of a role may be used.
type places struct {
	public   []policy.Text
	networks []*topology.Network
	ranges   map[*topology.Network][]netip.Prefix
}

func (r role) places() places {
	p := places{ranges: map[*topology.Network][]netip.Prefix{}}
	var public []netip.Prefix
	for _, runner := range r.Runners {
		n := runner.Network
		if n == nil {
			public = append(public, runner.Addresses...)
			continue
		}
		p.ranges[n] = append(p.ranges[n], runner.Inside()...)
		if !slices.Contains(p.networks, n) {
			p.networks = append(p.networks, n)
			if n.NAT && n.Existing != nil {
				public = append(public, n.Existing.NATAddresses...)
			}
		}
	}
	slices.SortFunc(p.networks, func(a, b *topology.Network) int { return cmp.Compare(a.Name, b.Name) })
	p.public = texts(union(public))
	for _, n := range p.networks {
		p.ranges[n] = union(p.ranges[n])
		if n.NAT && n.Existing == nil {
			p.public = append(p.public, n.NATAddressesFrom(r.place)...)
		}
	}
	return p
}

// union is ranges sorted, without those that lie in another.
func union(ranges []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range slices.SortedFunc(slices.Values(ranges), netip.Prefix.Compare) {
		if len(out) == 0 || !out[len(out)-1].Overlaps(p) { // of two ranges that overlap, the first one holds the other
			out = append(out, p)
		}
	}
	return out
}

// guardComment says what the guard covers, above the role.
func (r role) guardComment() string {
	if r.Guard {
		return `guard = "session": its sessions are tied to its place, too, by the policy below.`
	}
	return `guard = "assume": the place is tested when the role is assumed. A session, once issued, works anywhere until it ends.`
}
