package spec

import "github.com/zclconf/go-cty/cty"

// A Network is a network block: a VPC to be made (CIDR, Zones, Egress, FlowLogs) or an existing one
// (VPCID, SubnetIDs, RouteTableIDs, Egress).
type Network struct {
	Header
	Account       Ref
	Region        Value[string]
	CIDR          Value[string]
	Zones         List[string]
	Egress        Value[string] // one of Egresses
	FlowLogs      Value[bool]
	VPCID         Value[string]
	SubnetIDs     List[string]
	RouteTableIDs List[string]
	NATAddresses  List[string] // of an existing VPC with NAT: what its requests come from
	Transition    Value[bool]  // roles admit its runners through the STS endpoint and from its NAT addresses
}

// Egresses are the ways out of a network.
var Egresses = []string{"none", "nat"}

func (n *Network) declare() *Kind {
	return &Kind{
		Word: "network", Noun: "a network",
		About: "A VPC: a new one, of `cidr` and `zones`, or one that exists already.",
		Parameters: []Parameter{
			inAccount(&n.Account, "account.tooling"),
			inRegion(&n.Region),
			{Name: "cidr", Type: text(&n.CIDR), Example: `"10.20.0.0/20"`, Meaning: "range of a new VPC, `/16` to `/27`"},
			{Name: "zones", Type: texts(&n.Zones), Example: `["a", "b"]`, Meaning: "letters of availability zones of a new VPC"},
			{Name: "egress", Type: choice(&n.Egress, Egresses), Example: `"nat"`, Meaning: "no way out, or a NAT gateway in each zone"},
			{Name: "flow_logs", Type: boolean(&n.FlowLogs, true), Example: "false", Meaning: "of a new VPC: what connects to what, kept in CloudWatch Logs"},
			{Name: "vpc_id", Type: text(&n.VPCID), Example: `"vpc-0a1b2c3d4e5f60718"`, Meaning: "an existing VPC, in place of `cidr`, `zones` and `flow_logs`"},
			{Name: "subnet_ids", Type: texts(&n.SubnetIDs), Example: `["subnet-0a1b2c3d4e5f60718"]`, Meaning: "of an existing VPC: the private subnets to work in"},
			{Name: "route_table_ids", Type: texts(&n.RouteTableIDs), Example: `["rtb-0a1b2c3d4e5f60718"]`, Meaning: "of an existing VPC: the route tables of those subnets"},
			{Name: "nat_addresses", Type: texts(&n.NATAddresses), Example: `["203.0.113.10"]`, Meaning: "of an existing VPC with `egress = \"nat\"`: the public addresses of its NAT gateways"},
			{Name: "transition", Type: boolean(&n.Transition, false), Example: "true", Meaning: "roles admit runners from the NAT addresses *and* through the STS endpoint; needs `egress = \"nat\"`"},
		},
		Attributes: []Attribute{
			{Name: "cidr", read: func(e *evaluator, b *block) cty.Value { return e.text(b, "cidr") }},
			{Name: "name", read: label},
			{Name: "region", read: (*evaluator).region},
		},
	}
}
