package resolve

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// reaches tells whether the role's runner comes to STS from a place that a policy can name, and reports it if not.
func (r roleResolver) reaches(role *topology.Role, runner *topology.Runner, at hcl.Range) bool {
	switch n := runner.Network; {
	case n == nil && runner.Hosted != nil && runner.PathIn(aws.STS, role.Account.Region) == topology.Foreign:
		r.wrong(at, "Runner behind foreign endpoint",
			"In %s machines of %s reach STS through an endpoint of the vendor's, so AWS sees neither an address nor a VPC of yours, and no condition could tell runner.%s from the vendor's other customers. Write a runner of your own, or a hosted one in other regions.",
			role.Account.Region, runner.Hosted.Vendor, runner.Name)
	case n == nil && len(runner.Addresses) == 0 && r.blocks[runner.Name].Addresses.IsSet(): // reported where they are
	case n == nil && len(runner.Addresses) == 0 && runner.Hosted != nil:
		r.wrong(at, "Hosted runner without addresses",
			"runner.%s is one of %s's machines and has no addresses: what comes from anywhere at a vendor's comes from its other customers too. Add the addresses of machines that have fixed ones, which vendors offer for their larger sizes, or write a runner of your own.",
			runner.Name, runner.Hosted.Vendor)
	case n != nil && n.Account.Partition != role.Account.Partition:
		r.wrong(at, "Runner in another partition",
			"runner.%s is in the partition %s, where network.%s is, and role.%s in %s; no request reaches across. Write a runner of the partition %[5]s.",
			runner.Name, n.Account.Partition.Name, n.Name, role.Name, role.Account.Partition.Name)
	case runner.Principal != "" && !strings.HasPrefix(runner.Principal, "arn:"+role.Account.Partition.Name+":"):
		r.wrong(at, "Runner in another partition",
			"runner.%s is %q, and role.%s in the partition %s; no request reaches across. Write a runner of that partition.", runner.Name, runner.Principal, role.Name, role.Account.Partition.Name)
	default:
		r.fenced(role, runner, at)
		return r.known(role, runner, at)
	}
	return false
}

// fenced warns of what a guard shuts out: requests that reach AWS through a vendor's endpoints show no address of ours.
func (r roleResolver) fenced(role *topology.Role, runner *topology.Runner, at hcl.Range) {
	h := runner.Hosted
	if !role.Guard || h == nil || len(h.Regions) == 0 || len(h.Endpoints) == 0 {
		return
	}
	r.warn(at, "Guard against foreign endpoints",
		"In %s requests of runner.%s to %s go through endpoints of %s's and show no address of its own, so guard = \"session\" denies them to role.%s. Remove guard if the role needs those services there, or write a runner of your own.",
		strings.Join(h.Regions, " and "), runner.Name, joined(h.Endpoints, " and "), h.Vendor, role.Name)
}

// known reports a runner in an existing VPC of which the addresses that AWS would see are not known.
func (r roleResolver) known(role *topology.Role, runner *topology.Runner, at hcl.Range) bool {
	n := runner.Network
	if n == nil || n.Existing == nil || r.vpcs[n.Name].Flawed {
		return true
	}
	public := !r.throughSTS(n) || n.Transition
	private := r.throughSTS(n) || n.Transition
	if (public || role.Guard && n.NAT) && len(r.vpcs[n.Name].NATAddresses.V) == 0 {
		r.wrong(at, "NAT addresses unknown",
			"Requests of runner.%s leave network.%s through NAT gateways that the spec does not make, so it cannot know from what addresses role.%s admits them. Add nat_addresses = [\"203.0.113.10\"] to the network, with the public addresses of the gateways.",
			runner.Name, n.Name, role.Name)
		return false
	}
	if (private || role.Guard) && len(r.blocks[runner.Name].Addresses.V) == 0 {
		r.missing(r.blocks[runner.Name].Header, at, "Addresses in VPC unknown",
			"runner.%s is in a VPC that the spec does not make, so it cannot know from what addresses role.%s admits requests through the endpoint. Add addresses = [\"10.0.0.0/24\"] to the runner, with the ranges of the subnets that it is in.",
			runner.Name, role.Name)
		return false
	}
	return true
}
