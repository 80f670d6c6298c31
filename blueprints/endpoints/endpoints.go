// Package endpoints makes the VPC endpoints that the work in a network needs, each with a policy that admits that
// work alone, and the security groups between runners and endpoints.
package endpoints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes endpoints and security groups.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "endpoints" }

// policyLimit is how many characters an endpoint policy may have, white space included; jsonencode adds none.
// Source: AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies", considerations.
const policyLimit = 20480

// Emit writes endpoints_NAME.tf for each network with endpoints, and runner_NAME.tf for each runner's security group.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	named := named(t)
	for _, n := range t.Networks {
		stack := n.Stack(topology.NetworkLayer)
		if len(n.Endpoints) > 0 {
			var blocks []*tf.Block
			if len(interfaces(n)) > 0 {
				blocks = group(n)
			}
			for _, e := range n.Endpoints {
				document := admit(e)
				if size := document.Size(); size > policyLimit {
					diags = append(diags, tooLong(e, size))
				}
				blocks = append(blocks, endpoint(e, document))
			}
			files = append(files, tf.File{Path: stack + "/endpoints_" + n.Name + ".tf", Blocks: blocks})
		}
		if named[n] {
			files = append(files, tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{tf.Output(n.Name+"_s3_endpoint_id",
				"The S3 endpoint of network."+n.Name+", by which buckets know who comes from there.", tf.Text(policy.Address("aws_vpc_endpoint", n.Name+"_s3", "id")))}})
		}
		for _, r := range n.Runners {
			files = append(files, tf.File{Path: stack + "/runner_" + r.Name + ".tf", Blocks: runnerGroup(r)},
				tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{tf.Output(r.Name+"_security_group_id",
					"The security group of runner."+r.Name+".", tf.Text(policy.Address("aws_security_group", r.Name, "id")))}})
		}
	}
	return files, diags
}

// named are the networks whose S3 endpoint a bucket's policy names.
func named(t *topology.Topology) map[*topology.Network]bool {
	named := map[*topology.Network]bool{}
	for _, b := range t.Buckets {
		if b.Existing {
			continue
		}
		for _, g := range slices.Concat(b.Readers, b.Writers) {
			for _, d := range g.From {
				if d.Endpoint != nil {
					named[d.Endpoint] = true
				}
			}
		}
	}
	return named
}

func tooLong(e *topology.Endpoint, size int) *hcl.Diagnostic {
	at := e.Work[len(e.Work)-1].Runner.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Endpoint policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The policy of network.%s's endpoint for %s has %d characters, and AWS takes %d. Write fewer runners into the network, or fewer resources for them: a second network has endpoints of its own.",
			e.Network.Name, e.Service, size, policyLimit),
	}
}

// interfaces are the network's endpoints that are network interfaces, and so in the endpoint group.
func interfaces(n *topology.Network) []*topology.Endpoint {
	return slices.DeleteFunc(slices.Clone(n.Endpoints), func(e *topology.Endpoint) bool { return e.Service.IsGateway() })
}

func label(e *topology.Endpoint) string { return e.Network.Name + "_" + e.Service.Label() }

// endpoint is one endpoint, with everybody's reason for it above.
func endpoint(e *topology.Endpoint, document policy.Document) *tf.Block {
	n := e.Network
	items := []tf.Item{tf.Attr("vpc_id", tf.Text(n.VPCID()))}
	if e.Service.IsGateway() {
		items = append(items, tf.Attr("vpc_endpoint_type", tf.String("Gateway")))
	} else {
		items = append(items, tf.Attr("vpc_endpoint_type", tf.String("Interface")))
	}
	items = append(items, tf.Attr("service_name", tf.String(n.Account.Partition.EndpointName(n.Region, e.Service))))
	if e.Service.IsGateway() {
		items = append(items, tf.Attr("route_table_ids", tf.Texts(n.RouteTableIDs())))
	} else {
		items = append(items, tf.Attr("private_dns_enabled", tf.Bool(true)),
			tf.Attr("subnet_ids", tf.Texts(n.SubnetIDs())),
			tf.Attr("security_group_ids", tf.Texts([]policy.Text{policy.Address("aws_security_group", n.Name+"_endpoints", "id")})))
	}
	items = append(items, tf.Gap())
	if e.Service.TakesPolicy() {
		items = append(items, tf.Attr("policy", tf.JSON(document)))
	} else {
		items = append(items, tf.Because("AWS documents no policy for this endpoint: the roles alone decide what goes through it."))
	}
	items = append(items, tf.Gap(), tf.Attr("tags", tf.Object(tf.Key("Name", tf.String(n.VPC+"-"+string(e.Service))))))
	return tf.Resource("aws_vpc_endpoint", label(e), items...).Because(reasons(e))
}

// reasons are why the endpoint is there, a line for each runner.
func reasons(e *topology.Endpoint) string {
	var lines []string
	for _, r := range e.Network.Runners {
		var does []string
		for _, a := range e.Work {
			if a.Runner == r {
				does = append(does, a.Does()...)
			}
		}
		if len(does) > 0 {
			lines = append(lines, "runner."+r.Name+" "+sentence(does)+".")
		}
	}
	return strings.Join(lines, "\n")
}

// sentence joins what a runner does: "a", "a and b", "a, b and c".
func sentence(does []string) string {
	if len(does) == 1 {
		return does[0]
	}
	return strings.Join(does[:len(does)-1], ", ") + " and " + does[len(does)-1]
}
