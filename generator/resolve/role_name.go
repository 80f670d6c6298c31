package resolve

import (
	"cmp"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Names of things in AWS. The rules are:
//   - What lives beside other people's things in an account starts with the prefix.
//   - Then comes the kind, unless the service holds one kind only, then the block's label.
//   - Labels in Terraform are the block's label, then "_" and what it is. A block's label has no underscore, so two
//     blocks never meet.

// The security group of a runner has the name of its role.

// project is the name of a runner's CodeBuild project.
func project(prefix, runner string) string { return prefix + "-" + runner }

// role is the name of the role that a runner's builds act as.
func role(prefix, runner string) string { return prefix + "-runner-" + runner }

// flowLogRole is the name of the role that writes the flow logs of a region's networks.
func flowLogRole(prefix, region string) string { return prefix + "-flow-logs-" + region }

// proxyRole is the name of the role as which API Gateway reads a package index.
func proxyRole(prefix, index string) string { return prefix + "-index-" + index }

// distinctRoles reports two roles of one name in an account, where IAM compares names without case.
// Source: IAM API Reference, CreateRole, RoleName.
func (r roleResolver) distinctRoles(s *spec.Spec) {
	type key struct {
		account *topology.Account
		name    string
	}
	taken := map[key]string{}
	take := func(a *topology.Account, name, by string) { taken[key{a, strings.ToLower(name)}] = by }
	for _, a := range r.topology.Accounts {
		if a.DeployRole != "" {
			take(a, a.DeployRole[strings.LastIndex(a.DeployRole, "/")+1:], "the role with which Terraform works on account."+a.Name)
		}
	}
	for _, n := range r.topology.Networks {
		if n.FlowLogs {
			take(n.Account, flowLogRole(r.topology.Prefix, n.Region), "the role for the flow log of network."+n.Name)
		}
	}
	for _, runner := range r.topology.CodeBuilds() {
		take(runner.Network.Account, runner.Role, "the role of runner."+runner.Name)
	}
	for _, rep := range r.topology.Replications {
		take(rep.Source.Account, rep.Role, "the role of replication."+rep.Name)
	}
	for _, i := range r.topology.PackageIndexes {
		if i.Proxy != nil {
			take(i.Bucket.Account, i.Proxy.Role, "the role of package_index."+i.Name)
		}
	}
	for _, b := range s.Roles {
		role := find[*topology.Role](r, b.Name)
		if role == nil {
			continue
		}
		if by := taken[key{role.Account, strings.ToLower(role.Role)}]; by != "" {
			r.wrong(cmp.Or(b.Role.Range, b.Header.Range), "Role name taken", "In account.%s %s is called %q already; case makes no difference to IAM. Write another name = \"…\" in role.%s.", role.Account.Name, by, role.Role, b.Name)
			continue
		}
		take(role.Account, role.Role, "role."+role.Name)
	}
}
