package topology

import (
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// Output is the value of another stack's output, as a stack in this place reads it.
func (p Place) Output(of Place, l Layer, steps ...string) policy.Text {
	return policy.Address(append([]string{"data", "terraform_remote_state", p.remoteName(of, l), "outputs"}, steps...)...)
}

// remoteName is what a stack in this place calls another stack: by its layer alone when they share the place.
func (p Place) remoteName(of Place, l Layer) string {
	if p == of {
		return string(l)
	}
	return of.Account.Name + "_" + of.Region + "_" + string(l)
}

// RemoteStack is the folder of the stack that remoteName names.
func (p Place) RemoteStack(name string) string {
	if parts := strings.Split(name, "_"); len(parts) == 3 {
		return strings.Join(parts, "/")
	}
	return p.Account.Name + "/" + p.Region + "/" + name
}

// The rest of this file is where things of a network are found: in its own stack, and from stacks of later layers.

// VPCID is the network's VPC, inside its stack.
func (n *Network) VPCID() policy.Text {
	if n.Existing != nil {
		return policy.Literal(n.Existing.ID)
	}
	return policy.Address("aws_vpc", n.Name, "id")
}

// SubnetIDs are the network's private subnets, inside its stack.
func (n *Network) SubnetIDs() []policy.Text {
	if n.Existing != nil {
		return policy.Literals(n.Existing.SubnetIDs...)
	}
	var out []policy.Text
	for _, z := range n.Zones {
		out = append(out, policy.Address("aws_subnet", n.Name+"_"+z.Letter, "id"))
	}
	return out
}

// RouteTableIDs are the route tables of the network's private subnets, inside its stack.
func (n *Network) RouteTableIDs() []policy.Text {
	switch {
	case n.Existing != nil:
		return policy.Literals(n.Existing.RouteTableIDs...)
	case !n.NAT:
		return []policy.Text{policy.Address("aws_route_table", n.Name, "id")}
	}
	var out []policy.Text
	for _, z := range n.Zones {
		out = append(out, policy.Address("aws_route_table", n.Name+"_"+z.Letter, "id"))
	}
	return out
}

// RemoteVPCID is the network's VPC, from a stack of its place.
func (n *Network) RemoteVPCID() policy.Text { return n.VPCIDFrom(n.Place) }

// VPCIDFrom is the network's VPC, from a stack of any place.
func (n *Network) VPCIDFrom(p Place) policy.Text {
	if n.Existing != nil {
		return policy.Literal(n.Existing.ID)
	}
	return p.Output(n.Place, NetworkLayer, n.Name+"_vpc_id")
}

// NATAddressesFrom are the public addresses of the network's NAT gateways, from a stack of any place.
func (n *Network) NATAddressesFrom(p Place) []policy.Text {
	var out []policy.Text
	if n.Existing != nil {
		for _, a := range n.Existing.NATAddresses {
			out = append(out, policy.Literal(a.String()))
		}
		return out
	}
	for _, z := range n.Zones {
		out = append(out, p.Output(n.Place, NetworkLayer, n.Name+"_nat_addresses", z.Letter))
	}
	return out
}

// RemoteSubnetIDs are the network's private subnets, from a stack of its place.
func (n *Network) RemoteSubnetIDs() []policy.Text {
	if n.Existing != nil {
		return policy.Literals(n.Existing.SubnetIDs...)
	}
	var out []policy.Text
	for _, z := range n.Zones {
		out = append(out, n.Output(n.Place, NetworkLayer, n.Name+"_private_subnet_ids", z.Letter))
	}
	return out
}

// RemoteSecurityGroupID is the runner's security group, from a stack of its place.
func (r *Runner) RemoteSecurityGroupID() policy.Text {
	return r.Network.Output(r.Network.Place, NetworkLayer, r.Name+"_security_group_id")
}

// RemoteKeyARN is the key of a place's storage stack, from a stack in this place.
func (p Place) RemoteKeyARN(of Place) policy.Text { return p.Output(of, StorageLayer, "key_arn") }

// S3EndpointIDFrom is the network's gateway endpoint for S3, from a stack of any place.
func (n *Network) S3EndpointIDFrom(p Place) policy.Text {
	return p.Output(n.Place, NetworkLayer, n.Name+"_s3_endpoint_id")
}

// KeyFrom is the ARN of the key that encrypts the bucket, from a stack in a place; false if S3's own keys do.
func (b *Bucket) KeyFrom(p Place) (policy.Text, bool) {
	switch {
	case b.KMSKey != "":
		return policy.Literal(b.KMSKey), true
	case b.Encrypted:
		return p.RemoteKeyARN(b.Place), true
	}
	return policy.Text{}, false
}
