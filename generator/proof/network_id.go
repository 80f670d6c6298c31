package proof

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// parts are the arguments by which a resource becomes a part of a network.
var parts = map[string]string{
	"aws_default_security_group":          "vpc_id",
	"aws_internet_gateway":                "vpc_id",
	"aws_nat_gateway":                     "subnet_id",
	"aws_route":                           "route_table_id",
	"aws_route_table_association":         "subnet_id",
	"aws_vpc_endpoint":                    "vpc_id",
	"aws_vpc_security_group_egress_rule":  "security_group_id",
	"aws_vpc_security_group_ingress_rule": "security_group_id",
}

// byID checks that nothing that somebody adds becomes a part of a network by an id that is written out. Where postern makes networks,
// their ids are known only after apply, so nobody could tell whose it is. Of what postern wrote, heeded sees to it.
func (p *prover) byID() {
	makes, known := map[topology.Place]bool{}, map[string]bool{}
	for _, n := range p.topology.Networks {
		makes[n.Place] = makes[n.Place] || n.Existing == nil
		if n.Existing != nil {
			for _, id := range slices.Concat([]string{n.Existing.ID}, n.Existing.SubnetIDs, n.Existing.RouteTableIDs) {
				known[id] = true
			}
		}
	}
	s := subject{p, hcl.Range{}}
	for _, kind := range slices.Sorted(maps.Keys(parts)) {
		for _, r := range p.Of(kind) {
			if place, in := p.places[r.Stack.Path]; !in || r.IsOurs() || !makes[place] {
				continue
			}
			id := r.Text(parts[kind])
			s.holds(id != evidence.Shown(id) || id == "" || known[id], Readable, r.At(parts[kind]),
				"%s is for %s by its id, and whether that is a part of a network of the spec is not written in this tree.", r.Address(), id)
		}
	}
}
