package resolve

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// A networkResolver resolves networks.
type networkResolver struct{ *resolver }

func (r networkResolver) network(s *spec.Network) {
	r.vpcs[s.Name] = s
	place, ok := r.place("network."+s.Name, s.Account, s.Region)
	n := &topology.Network{
		Range: s.Header.Range,
		Name:  s.Name, VPC: r.topology.Prefix + "-" + s.Name, EndpointGroup: r.topology.Prefix + "-endpoints-" + s.Name, Place: place,
		NAT: r.choice("\"egress\" of network."+s.Name, s.Egress, spec.Egresses...) == "nat", FlowLogs: s.FlowLogs.V,
	}
	if s.VPCID.IsSet() {
		n.Existing = r.existingVPC(s)
		n.FlowLogs = false
	} else {
		r.newVPC(s, n)
	}
	r.wayOut(s, n)
	if ok {
		add(r, s.Name, n)
		r.topology.Networks = append(r.topology.Networks, n)
	}
}

// wayOut resolves what is only of networks with NAT gateways.
func (r networkResolver) wayOut(s *spec.Network, n *topology.Network) {
	n.Transition = s.Transition.V
	if s.Transition.V && !n.NAT {
		r.missing(s.Header, s.Transition.Range, "Transition without a way out",
			"In a transition requests to STS leave through NAT gateways until the endpoint takes them, and network.%s has no way out. Remove transition, or write egress = \"nat\".", s.Name)
	}
	switch at := s.NATAddresses.Range; {
	case !s.NATAddresses.IsSet():
	case n.Existing == nil:
		r.wrong(at, "Argument of an existing VPC", "network.%s makes its own NAT gateways, and roles read their addresses from its stack. Remove nat_addresses, or write the vpc_id of a VPC that exists.", s.Name)
	case !n.NAT:
		r.missing(s.Header, at, "NAT addresses without NAT", "network.%s has no way out that could have addresses. Remove nat_addresses, or write egress = \"nat\".", s.Name)
	default:
		n.Existing.NATAddresses = r.ranges(s.NATAddresses, r.public("network."+s.Name, "Write the public addresses of its NAT gateways."))
	}
}

var (
	vpcPattern        = regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	subnetPattern     = regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)
	routeTablePattern = regexp.MustCompile(`^rtb-([0-9a-f]{8}|[0-9a-f]{17})$`)
)

func (r networkResolver) existingVPC(s *spec.Network) *topology.ExistingVPC {
	for _, a := range []written{{"cidr", s.CIDR.Range}, {"zones", s.Zones.Range}, {"flow_logs", s.FlowLogs.Range}} {
		if a.at.Filename != "" {
			r.wrong(a.at, "Argument of a new VPC",
				"network.%s uses an existing VPC, which postern does not change: %s is for a VPC that it makes. Remove %s, or remove vpc_id.", s.Name, a.name, a.name)
		}
	}
	if len(s.SubnetIDs.V) == 0 {
		r.missing(s.Header, cmp.Or(s.SubnetIDs.Range, s.VPCID.Range), "Existing VPC without subnets",
			"network.%s names a VPC, and not the subnets in it that builds and endpoints are put into. Write subnet_ids = [\"subnet-0123456789abcdef0\"].", s.Name)
	}
	ids := func(v spec.List[string], pattern *regexp.Regexp, what, example string) []string {
		var out []string
		for _, id := range v.V {
			if !pattern.MatchString(id.V) {
				r.wrong(id.Range, "Unknown form of ID", "%q does not look like the ID of a %s. Write an ID such as %q.", id.V, what, example)
			}
			out = append(out, id.V)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	if !vpcPattern.MatchString(s.VPCID.V) {
		r.wrong(s.VPCID.Range, "Unknown form of ID", "%q does not look like the ID of a VPC. Write an ID such as %q.", s.VPCID.V, "vpc-0123456789abcdef0")
	}
	return &topology.ExistingVPC{
		ID:            s.VPCID.V,
		SubnetIDs:     ids(s.SubnetIDs, subnetPattern, "subnet", "subnet-0123456789abcdef0"),
		RouteTableIDs: ids(s.RouteTableIDs, routeTablePattern, "route table", "rtb-0123456789abcdef0"),
	}
}

// A written is an argument's name and where the argument was written, if it was.
type written struct {
	name string
	at   hcl.Range
}

// routed reports an existing VPC whose S3 endpoint would be in no route table, so that nothing went through it.
func (r networkResolver) routed(s *spec.Network) {
	n := find[*topology.Network](r, s.Name)
	if n == nil || n.Existing == nil || len(n.Existing.RouteTableIDs) > 0 {
		return
	}
	for service, a := range usesOf(n) {
		if service == aws.S3 {
			r.missing(s.Header, cmp.Or(s.RouteTableIDs.Range, s.VPCID.Range), "Existing VPC without route tables",
				"runner.%s %s: that goes through a gateway endpoint for S3, which has to be in the route tables of the subnets. Write route_table_ids = [\"rtb-0123456789abcdef0\"].",
				a.Runner.Name, a.Deeds[0].Does)
			return
		}
	}
}

func (r networkResolver) newVPC(s *spec.Network, n *topology.Network) {
	existing := false
	for _, a := range []written{{"subnet_ids", s.SubnetIDs.Range}, {"route_table_ids", s.RouteTableIDs.Range}} {
		if a.at.Filename != "" {
			existing = true
			r.wrong(a.at, "Argument of an existing VPC",
				"network.%s makes its own VPC, and %s belongs to one that exists already. Add vpc_id, or remove %s.", s.Name, a.name, a.name)
		}
	}
	if !s.CIDR.IsSet() && existing {
		return
	}
	if !s.CIDR.IsSet() {
		r.missing(s.Header, s.Header.Range, "Network without a range",
			"network.%s is neither a new VPC nor an existing one. Write cidr = \"10.0.0.0/20\" and zones, or vpc_id with subnet_ids and route_table_ids.", s.Name)
		return
	}
	if !s.Zones.IsSet() || len(s.Zones.V) == 0 {
		r.missing(s.Header, cmp.Or(s.Zones.Range, s.Header.Range), "Network without zones",
			"Accounts differ in the availability zones they have, so network.%s cannot choose them. Write zones = [\"a\", \"b\"], with letters that its account has in its region.", s.Name)
	}
	n.CIDR = r.cidr(s.Name, s.CIDR)
	if n.Account != nil {
		r.zones(s, n)
	}
}

// Sizes of a VPC and of a subnet. Source: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks".
const (
	largestVPC     = 16
	smallestSubnet = 28
)

// dockerRange is what Docker's bridge has by default. Source: Amazon VPC User Guide, "VPC CIDR blocks", which advises
// against it; that builds of CodeBuild are hit is believed.
var dockerRange = netip.MustParsePrefix("172.17.0.0/16")

// cidr is the range that somebody wrote, or meant, if that can be told.
func (r networkResolver) cidr(network string, v spec.Value[string]) netip.Prefix {
	p, err := netip.ParsePrefix(v.V)
	switch {
	case err != nil || !p.Addr().Is4():
		r.wrong(v.Range, "Unknown form of range",
			"A VPC has a range of IPv4 addresses in CIDR notation, and %q is not one. Write a range such as \"10.0.0.0/20\".", v.V)
	case p != p.Masked():
		r.wrong(v.Range, "Range with host bits", "%s lies inside a range and does not begin it. Write %q.", v.V, p.Masked())
		return r.cidr(network, spec.Value[string]{V: p.Masked().String(), Range: v.Range})
	case p.Bits() < largestVPC || p.Bits() > smallestSubnet-1:
		r.wrong(v.Range, "Range of a wrong size",
			"AWS takes ranges from /16 to /28 for a VPC, and network.%s needs two halves of it, for private and public subnets. Write a range from /16 to /27.", network)
	case p.Overlaps(dockerRange):
		r.wrong(v.Range, "Range that Docker uses",
			"Inside a build, Docker takes %s for itself, so nothing there could reach the endpoints of network.%s. Write another private range, such as \"10.0.0.0/20\".", dockerRange, network)
	default:
		return p
	}
	return netip.Prefix{}
}

// Subnets. The rules are:
//   - The lower half of the range is for private subnets, the upper half for public ones, also while there are none.
//   - Each half is cut into eight, one piece a zone letter, so that adding or removing a zone or the way out never
//     moves another subnet. Ranges too small for eight subnets are cut into four, two or one.
const zoneLetters = "abcdefgh"

func (r networkResolver) zones(s *spec.Network, n *topology.Network) {
	pieces := len(zoneLetters)
	if n.CIDR.IsValid() {
		pieces = min(pieces, 1<<(smallestSubnet-n.CIDR.Bits()-1))
	}
	seen := map[string]bool{}
	for _, z := range s.Zones.V {
		letter := z.V
		if len(z.V) > 1 && z.V[:len(z.V)-1] == n.Region {
			letter = z.V[len(z.V)-1:]
		}
		i := -1
		if len(letter) == 1 {
			i = slices.Index([]byte(zoneLetters), letter[0])
		}
		switch {
		case i < 0:
			r.wrong(z.Range, "Unknown form of zone", "%q is not an availability zone of %s. Write its letter alone, such as \"a\".", z.V, n.Region)
		case i >= pieces:
			r.wrong(z.Range, "Range too small for zone",
				"Each zone letter has a place of its own in the range, and as no subnet is smaller than /28, %s has places up to zone %q. Write a range of /%d or larger for zone %q.",
				n.CIDR, zoneLetters[pieces-1:pieces], rangeFor(i), letter)
		case seen[letter]:
			r.wrong(z.Range, "Zone named twice", "network.%s has one private subnet in each zone. Remove the second %q.", n.Name, letter)
		default:
			seen[letter] = true
			zone := topology.Zone{Letter: letter, Name: n.Region + letter}
			if n.CIDR.IsValid() {
				zone.Private, zone.Public = piece(n.CIDR, pieces, i), piece(n.CIDR, pieces, pieces+i)
			}
			n.Zones = append(n.Zones, zone)
		}
	}
	slices.SortFunc(n.Zones, func(a, b topology.Zone) int { return cmp.Compare(a.Letter, b.Letter) })
}

// rangeFor is the size of the smallest range that has room for the i-th zone letter.
func rangeFor(i int) int { return smallestSubnet - 1 - bits.Len(uint(i)) }

// piece is the i-th of 2*half equal pieces of a range.
func piece(p netip.Prefix, half, i int) netip.Prefix {
	size := p.Bits() + bits.Len(uint(half))
	first := p.Addr().As4()
	n := binary.BigEndian.Uint32(first[:]) + uint32(i)<<(32-size)
	binary.BigEndian.PutUint32(first[:], n)
	return netip.PrefixFrom(netip.AddrFrom4(first), size)
}

// apart reports networks of one account and region whose ranges overlap: they could never be connected, and a
// condition on a private address could not tell them apart. Nor can two networks be one VPC, which takes one endpoint
// with private DNS for a service.
func (r networkResolver) apart(blocks []*spec.Network) {
	type vpc struct {
		place topology.Place
		id    string
	}
	at := map[string]*spec.Network{}
	first := map[vpc]*topology.Network{}
	for _, b := range blocks {
		at[b.Name] = b
		n := find[*topology.Network](r, b.Name)
		if n == nil || n.Existing == nil {
			continue
		}
		if other := first[vpc{n.Place, n.Existing.ID}]; other != nil {
			r.wrong(b.VPCID.Range, "VPC described twice",
				"network.%s and network.%s are the same VPC, which takes only one endpoint for each service. Write the runners of both into one network.", other.Name, n.Name)
			continue
		}
		first[vpc{n.Place, n.Existing.ID}] = n
	}
	byPlace := map[topology.Place][]*topology.Network{}
	for _, n := range r.topology.Networks {
		if n.Existing == nil && n.CIDR.IsValid() {
			byPlace[n.Place] = append(byPlace[n.Place], n)
		}
	}
	for _, n := range r.topology.Networks {
		for _, other := range byPlace[n.Place] {
			if n.Existing == nil && other.Name < n.Name && n.CIDR.Overlaps(other.CIDR) {
				b := at[other.Name].CIDR.Range
				r.wrong(at[n.Name].CIDR.Range, "Overlapping ranges",
					"network.%s has %s and network.%s (%s line %d) has %s, in the same account and region: nothing could tell their addresses apart. Write ranges that share no address.",
					n.Name, n.CIDR, other.Name, b.Filename, b.Start.Line, other.CIDR)
			}
		}
	}
}

// missingService explains why a network cannot have the endpoint of a service; empty when it can.
func missingService(n *topology.Network, s aws.Service) string {
	if n.Account.Partition.HasEndpoint(s) {
		return ""
	}
	return fmt.Sprintf("the partition %s, where network.%s is, has no endpoint for %q", n.Account.Partition.Name, n.Name, s)
}
