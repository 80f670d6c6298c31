// Package network makes VPCs: subnets, routes, flow logs, and a default security group that lets nothing through.
package network

import (
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes VPCs.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "network" }

// Emit writes network_NAME.tf for each network that is not an existing VPC.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	logged := map[topology.Place]bool{}
	for _, n := range t.Networks {
		if n.Existing != nil {
			continue
		}
		v := vpc{t, n}
		blocks := append(v.base(), v.subnets()...)
		if n.FlowLogs {
			blocks = append(blocks, v.flowLog()...)
			if !logged[n.Place] {
				logged[n.Place] = true
				files = append(files, flowLogRole(t, n.Place))
			}
		}
		stack := n.Stack(topology.NetworkLayer)
		files = append(files, tf.File{Path: stack + "/network_" + n.Name + ".tf", Blocks: blocks},
			tf.File{Path: stack + "/outputs.tf", Blocks: v.outputs()})
	}
	return files, nil
}

// A vpc is one network on its way to Terraform.
type vpc struct {
	*topology.Topology
	*topology.Network
}

// label is the Terraform name of a thing of the network's; without a suffix it is the one thing of its type.
func (v vpc) label(suffix string) string {
	if suffix == "" {
		return v.Network.Name
	}
	return v.Network.Name + "_" + suffix
}

func (v vpc) name(suffix string) tf.Item {
	if suffix != "" {
		suffix = "-" + strings.ReplaceAll(suffix, "_", "-")
	}
	return tf.Attr("tags", tf.Object(tf.Key("Name", tf.String(v.VPC+suffix))))
}

func (v vpc) base() []*tf.Block {
	why := "network." + v.Network.Name + ": nothing in it has a way out to the internet."
	if v.NAT {
		why = "network." + v.Network.Name + ": the way out leads through NAT gateways, whose addresses are among the outputs."
	}
	return []*tf.Block{
		tf.Resource("aws_vpc", v.label(""),
			tf.Attr("cidr_block", tf.String(v.CIDR.String())),
			tf.Gap(),
			tf.Because("Both are needed for the private DNS names of endpoints."),
			tf.Attr("enable_dns_hostnames", tf.Bool(true)),
			tf.Attr("enable_dns_support", tf.Bool(true)),
			tf.Gap(),
			v.name("")).Because(why),
		tf.Resource("aws_default_security_group", v.label(""),
			tf.Attr("vpc_id", tf.Text(v.VPCID())),
			tf.Gap(),
			v.name("default")).Because("Without rules: what is put into the default group by mistake reaches nothing."),
	}
}

// subnets are the private subnets and their routes and, with NAT, the public ones.
func (v vpc) subnets() []*tf.Block {
	var blocks []*tf.Block
	for _, z := range v.Zones {
		blocks = append(blocks, v.subnet(z.Letter, z.Name, z.Private))
	}
	if v.NAT {
		blocks = append(blocks, v.publicSide()...)
		for _, z := range v.Zones {
			blocks = append(blocks, v.nat(z)...)
		}
		return blocks
	}
	table := tf.Resource("aws_route_table", v.label(""),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Gap(),
		v.name("private")).Because("No route but the VPC's own, and those of gateway endpoints.")
	blocks = append(blocks, table)
	for _, z := range v.Zones {
		blocks = append(blocks, v.association(z.Letter, table))
	}
	return blocks
}

// subnet is a subnet; suffix is what its Terraform name adds to the network's.
func (v vpc) subnet(suffix, zone string, cidr netip.Prefix) *tf.Block {
	return tf.Resource("aws_subnet", v.label(suffix),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Attr("availability_zone", tf.String(zone)),
		tf.Attr("cidr_block", tf.String(cidr.String())),
		tf.Gap(),
		v.name(suffix))
}

func (v vpc) association(suffix string, table *tf.Block) *tf.Block {
	return tf.Resource("aws_route_table_association", v.label(suffix),
		tf.Attr("subnet_id", tf.Text(policy.Address("aws_subnet", v.label(suffix), "id"))),
		tf.Attr("route_table_id", tf.Text(table.Ref("id"))))
}

// publicSide is what the NAT gateways of all zones share: the internet gateway and the route to it.
func (v vpc) publicSide() []*tf.Block {
	gateway := tf.Resource("aws_internet_gateway", v.label(""),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Gap(),
		v.name(""))
	table := tf.Resource("aws_route_table", v.label("public"),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Gap(),
		v.name("public"))
	route := tf.Resource("aws_route", v.label("public"),
		tf.Attr("route_table_id", tf.Text(table.Ref("id"))),
		tf.Attr("destination_cidr_block", tf.String("0.0.0.0/0")),
		tf.Attr("gateway_id", tf.Text(gateway.Ref("id"))))
	return []*tf.Block{gateway, table, route}
}

// nat is one zone's NAT gateway, in a public subnet of its own, and the private route to it.
func (v vpc) nat(z topology.Zone) []*tf.Block {
	public := "public_" + z.Letter
	subnet := v.subnet(public, z.Name, z.Public)
	association := tf.Resource("aws_route_table_association", v.label(public),
		tf.Attr("subnet_id", tf.Text(subnet.Ref("id"))),
		tf.Attr("route_table_id", tf.Text(policy.Address("aws_route_table", v.label("public"), "id"))))
	address := tf.Resource("aws_eip", v.label(z.Letter),
		tf.Attr("domain", tf.String("vpc")),
		tf.Gap(),
		v.name("nat-"+z.Letter)).Because("The address that others see of requests from zone " + z.Letter + ".")
	gateway := tf.Resource("aws_nat_gateway", v.label(z.Letter),
		tf.Attr("subnet_id", tf.Text(subnet.Ref("id"))),
		tf.Attr("allocation_id", tf.Text(address.Ref("id"))),
		tf.Gap(),
		v.name(z.Letter),
		tf.Gap(),
		tf.Because("Without the internet gateway the NAT gateway would not start."),
		tf.Attr("depends_on", tf.List(tf.Text(policy.Address("aws_internet_gateway", v.label(""))))))
	table := tf.Resource("aws_route_table", v.label(z.Letter),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Gap(),
		v.name("private-"+z.Letter))
	route := tf.Resource("aws_route", v.label(z.Letter),
		tf.Attr("route_table_id", tf.Text(table.Ref("id"))),
		tf.Attr("destination_cidr_block", tf.String("0.0.0.0/0")),
		tf.Attr("nat_gateway_id", tf.Text(gateway.Ref("id"))))
	return []*tf.Block{subnet, association, address, gateway, table, route, v.association(z.Letter, table)}
}

func (v vpc) outputs() []*tf.Block {
	var subnets, addresses []tf.Field
	for _, z := range v.Zones {
		subnets = append(subnets, tf.Key(z.Letter, tf.Text(policy.Address("aws_subnet", v.label(z.Letter), "id"))))
		addresses = append(addresses, tf.Key(z.Letter, tf.Text(policy.Address("aws_eip", v.label(z.Letter), "public_ip"))))
	}
	blocks := []*tf.Block{
		tf.Output(v.label("vpc_id"), "The VPC of network."+v.Network.Name+".", tf.Text(v.VPCID())),
		tf.Output(v.label("private_subnet_ids"), "The private subnets of network."+v.Network.Name+", by zone.", tf.Object(subnets...)),
	}
	if v.NAT {
		blocks = append(blocks, tf.Output(v.label("nat_addresses"), "The addresses that requests from network."+v.Network.Name+" come from, by zone.", tf.Object(addresses...)))
	}
	return blocks
}
