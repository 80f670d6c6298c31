package endpoints

import (
	"slices"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// group is the security group of a network's interface endpoints: HTTPS from the runners that use one, and no more.
func group(n *topology.Network) []*tf.Block {
	name := n.Name + "_endpoints"
	g := securityGroup(n, name, n.EndpointGroup, "Endpoints of network."+n.Name)
	if n.Existing != nil {
		g.Because("The VPC exists already. The private DNS names of the endpoints below hold for everybody in it, and the groups and\n" +
			"policies here admit the runners of this spec alone: it should be a VPC that nobody else works in.")
	}
	blocks := []*tf.Block{g}
	for _, r := range n.Runners {
		if reaches(r, false) {
			blocks = append(blocks, rule("ingress", name+"_"+r.Name, g.Ref("id"), "HTTPS from runner."+r.Name,
				tf.Attr("referenced_security_group_id", tf.Text(policy.Address("aws_security_group", r.Name, "id")))))
		}
	}
	return blocks
}

// runnerGroup is the security group of a runner: no way in, and HTTPS out to what its work needs.
func runnerGroup(r *topology.Runner) []*tf.Block {
	n := r.Network
	what, why, member := "Builds of runner."+r.Name, "Nothing may open a connection to a build, so there is no ingress rule.", "the project in the delivery stack is in this group"
	if r.Build == nil {
		what = "Machines of runner." + r.Name
		why = "For the machines of runner." + r.Name + ", which its owner puts into this group. Nothing may open a connection to them, so\nthere is no ingress rule."
		member = "the runner's machines, which are not made here, are in this group"
	}
	g := securityGroup(n, r.Name, r.Group, what, tf.Gap(), tf.Because("checkov:skip=CKV2_AWS_5:"+member)).Because(why)
	blocks := []*tf.Block{g}
	out := func(suffix, description string, to tf.Item) {
		blocks = append(blocks, rule("egress", r.Name+"_"+suffix, g.Ref("id"), description, to))
	}
	if n.NAT {
		out("internet", "HTTPS to anywhere, through NAT", tf.Attr("cidr_ipv4", tf.String("0.0.0.0/0")))
		return blocks
	}
	if reaches(r, false) {
		out("endpoints", "HTTPS to the endpoints", tf.Attr("referenced_security_group_id", tf.Text(policy.Address("aws_security_group", n.Name+"_endpoints", "id"))))
	}
	if reaches(r, true) {
		out("s3", "HTTPS to S3, through its gateway endpoint", tf.Attr("prefix_list_id", tf.Text(policy.Address("aws_vpc_endpoint", n.Name+"_s3", "prefix_list_id"))))
	}
	return blocks
}

// reaches tells whether the runner's work goes through a gateway endpoint, or through an interface endpoint.
func reaches(r *topology.Runner, gateway bool) bool {
	return slices.ContainsFunc(r.Network.Endpoints, func(e *topology.Endpoint) bool {
		return e.Service.IsGateway() == gateway && slices.ContainsFunc(e.Work, func(a *topology.Access) bool { return a.Runner == r })
	})
}

func securityGroup(n *topology.Network, label, name, description string, more ...tf.Item) *tf.Block {
	items := []tf.Item{
		tf.Attr("name", tf.String(name)),
		tf.Attr("description", tf.String(description)),
		tf.Attr("vpc_id", tf.Text(n.VPCID())),
		tf.Gap(),
		tf.Attr("tags", tf.Object(tf.Key("Name", tf.String(name)))),
	}
	return tf.Resource("aws_security_group", label, append(items, more...)...)
}

// rule admits HTTPS in one direction; peer is the other end.
func rule(direction, label string, group policy.Text, description string, peer tf.Item) *tf.Block {
	return tf.Resource("aws_vpc_security_group_"+direction+"_rule", label,
		tf.Attr("security_group_id", tf.Text(group)),
		tf.Attr("description", tf.String(description)),
		peer,
		tf.Attr("ip_protocol", tf.String("tcp")),
		tf.Attr("from_port", tf.Int(443)),
		tf.Attr("to_port", tf.Int(443)))
}
