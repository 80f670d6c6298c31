package proof

import (
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A home is a network as the tree has it.
type home struct {
	subject
	*topology.Network
	vpc       string             // its id, "" if it was not found
	own       *evidence.Resource // nil: the VPC exists already
	at        Place
	endpoints map[string][]*evidence.Resource // by service name
}

// home is the network in the tree, found by its range, or by its id if it exists already.
func (p *prover) home(n *topology.Network) *home {
	h := *p.homes.get(n, func() *home { return p.find(n) })
	h.subject = p.about(n)
	return &h
}

func (p *prover) find(n *topology.Network) *home {
	h := &home{Network: n, at: Place{File: n.Stack(topology.NetworkLayer)}, endpoints: map[string][]*evidence.Resource{}}
	if n.Existing != nil {
		h.vpc = n.Existing.ID
	} else {
		for _, r := range p.Where("aws_vpc", "cidr_block", n.CIDR.String()) {
			if r.Stack.Path == n.Stack(topology.NetworkLayer) {
				h.vpc, h.own, h.at = r.ID(), r, r.At("cidr_block")
			}
		}
	}
	if h.vpc != "" {
		for _, e := range p.Where("aws_vpc_endpoint", "vpc_id", h.vpc) {
			h.endpoints[e.Text("service_name")] = append(h.endpoints[e.Text("service_name")], e)
		}
	}
	return h
}

// endpoint is the network's endpoint for a service, nil if it has none.
func (h *home) endpoint(s aws.Service) *evidence.Resource {
	if found := h.endpoints[endpointName(h.Network, s)]; len(found) > 0 {
		return found[0]
	}
	return nil
}

// network checks all claims about one network.
func (p *prover) network(n *topology.Network) {
	h := p.home(n)
	if !h.holds(h.vpc != "", Present, h.at, "There is no VPC of %s for network.%s.", n.CIDR, n.Name) {
		return
	}
	if h.own != nil {
		h.defaultGroup()
		h.zoned()
		h.holds(h.own.Text("enable_dns_support") != "false", Connected, h.own.At("enable_dns_support"), "Nothing in network.%s can look a name up.", n.Name)
		h.holds(len(n.Endpoints) == 0 || h.own.Text("enable_dns_hostnames") == "true", Connected, h.own.At("enable_dns_hostnames"),
			"The private DNS names of endpoints in network.%s need enable_dns_hostnames.", n.Name)
	}
	failed := len(p.report.Failures)
	if !n.NAT {
		h.sealed()
	}
	h.waysOut(!n.NAT && len(p.report.Failures) == failed)
	if n.FlowLogs {
		h.observed()
	}
	h.onlyEndpoints()
	h.told()
	for _, e := range n.Endpoints {
		if found := h.endpoint(e.Service); found != nil {
			h.closed(e, found)
			h.endpointGroups(found)
		}
	}
}

// told checks that the stack tells others the right things of the network: who knows them from its outputs admits them.
func (h *home) told() {
	if h.own == nil {
		return
	}
	check := func(output string, want map[string]string) {
		a := h.own.Stack.Output(h.Name + output)
		if a == nil {
			return // whoever reads it reports it
		}
		v, err := a.Value()
		h.holds(err == nil && sameValues(v, want), Present, a.Place, "The output %s is not that of network.%s.", h.Name+output, h.Name)
	}
	check("_vpc_id", map[string]string{"": h.vpc})
	addresses := map[string]string{}
	for _, g := range h.gateways() {
		addresses[g.zone] = g.address
	}
	check("_nat_addresses", addresses)
}

// sameValues tells whether a value is an object of these texts, or is the text without a name.
func sameValues(v cty.Value, want map[string]string) bool {
	if !v.Type().IsObjectType() {
		return evidence.AsText(v) == want[""]
	}
	if v.LengthInt() != len(want) {
		return false
	}
	for name, element := range v.AsValueMap() {
		if evidence.AsText(element) != want[name] {
			return false
		}
	}
	return true
}

// zoned checks that each subnet is in the zone that it is for.
func (h *home) zoned() {
	for _, subnet := range h.Where("aws_subnet", "vpc_id", h.vpc) {
		for _, z := range h.Zones {
			if cidr := subnet.Text("cidr_block"); cidr == z.Private.String() || h.NAT && cidr == z.Public.String() {
				is := subnet.Text("availability_zone")
				h.holds(is == z.Name, Present, subnet.At("availability_zone"), "The subnet %s of network.%s is for the zone %s, and is in %q.", cidr, h.Name, z.Name, is)
			}
		}
	}
}

// defaultGroup checks that the VPC's default security group has no rules.
func (h *home) defaultGroup() {
	groups := h.Where("aws_default_security_group", "vpc_id", h.vpc)
	if !h.holds(len(groups) == 1, Fenced, h.at, "Nothing takes the rules of the default security group of network.%s away.", h.Name) {
		return
	}
	h.noInlineRules(groups[0])
	h.holds(len(h.rules("egress", groups[0].ID()))+len(h.rules("ingress", groups[0].ID())) == 0, Fenced, groups[0].At("vpc_id"),
		"The default security group of network.%s has a rule, and so has whatever is put into it by mistake.", h.Name)
}

// rules are those of a security group in one direction.
func (p *prover) rules(direction, group string) []*evidence.Resource {
	return p.Where("aws_vpc_security_group_"+direction+"_rule", "security_group_id", group)
}

// noInlineRules checks that a group has no rules beside those that are resources of their own.
func (s subject) noInlineRules(group *evidence.Resource) {
	for _, b := range group.All() {
		s.holds(b.Type != "ingress" && b.Type != "egress", Fenced, b.Start(), "The security group %s has a rule inside.", group.Name())
	}
	for _, argument := range []string{"ingress", "egress"} {
		s.holds(!group.Has(argument), Fenced, group.At(argument), "The security group %s has a rule inside.", group.Name())
	}
}

// sealed checks that nothing leads out of the VPC.
func (h *home) sealed() {
	for _, r := range h.Where("aws_internet_gateway", "vpc_id", h.vpc) {
		h.holds(false, Sealed, r.At("vpc_id"), "network.%s has no way out, and an internet gateway is attached to it.", h.Name)
	}
	for _, subnet := range h.Where("aws_subnet", "vpc_id", h.vpc) {
		for _, nat := range h.Where("aws_nat_gateway", "subnet_id", subnet.ID()) {
			h.holds(false, Sealed, nat.At("subnet_id"), "network.%s has no way out, and a NAT gateway is in it.", h.Name)
		}
	}
	tables := slices.Clone(h.existingTables())
	for _, table := range h.Where("aws_route_table", "vpc_id", h.vpc) {
		tables = append(tables, table.ID())
		for _, argument := range []string{"route", "propagating_vgws"} {
			h.holds(!table.Has(argument) && table.Nested(argument) == nil, Sealed, table.At(argument), "network.%s has no way out, and its route table %s has %s.", h.Name, table.Name(), argument)
		}
	}
	for _, table := range tables {
		for _, route := range h.Where("aws_route", "route_table_id", table) {
			h.holds(false, Sealed, route.At("route_table_id"), "network.%s has no way out, and this is a route out of it.", h.Name)
		}
	}
	h.report.Claims += 1 + len(tables) // that nothing of all this is there
}

func (h *home) existingTables() []string {
	if h.Existing == nil {
		return nil
	}
	return h.Existing.RouteTableIDs
}

// observed checks that the VPC's flow log is kept, encrypted where the spec says so.
func (h *home) observed() {
	logs := h.Where("aws_flow_log", "vpc_id", h.vpc)
	if !h.holds(len(logs) == 1, Observed, h.at, "network.%s keeps flow logs, and has %d of them in place of one.", h.Name, len(logs)) {
		return
	}
	log := logs[0]
	h.holds(log.Text("traffic_type") == "ALL", Observed, log.At("traffic_type"), "The flow log of network.%s leaves traffic out.", h.Name)
	group := h.Known("aws_cloudwatch_log_group", "arn", log.Text("log_destination"))
	if h.holds(group != nil && group.Computed("arn") == h.FlowLogGroupARN(), Observed, log.At("log_destination"), "The flow log of network.%s does not go to %s.", h.Name, h.FlowLogGroup()) && h.topology.Encrypted {
		h.encryptedLog(group, h.keyIn(h.Place, topology.NetworkLayer), h.Place)
	}
	if group != nil {
		days := group.Text("retention_in_days")
		h.holds(days == logDays, Observed, group.At("retention_in_days"), "The flow log of network.%s stays %q days, and not %s.", h.Name, days, logDays)
	}
	role := h.Known("aws_iam_role", "arn", log.Text("iam_role_arn"))
	if !h.holds(role != nil, Observed, log.At("iam_role_arn"), "The role that writes the flow log of network.%s is not in the tree.", h.Name) {
		return
	}
	h.writesLog(role)
}

// writesLog checks that flow logs get in by a role, and nobody else.
func (h *home) writesLog(role *evidence.Resource) {
	trust := h.policyOf(policy.Trust, role, "assume_role_policy")
	if !h.holds(trust != nil, Observed, role.At("assume_role_policy"), "The role says nothing of who may assume it.") {
		return
	}
	ask := func(service, account, source string) policy.Decision {
		var known policy.Context
		known = known.With("aws:SourceAccount", policy.Literal(account)).
			With("aws:SourceArn", policy.Literal(h.Account.Partition.ARN("ec2", h.Region, source, "vpc-flow-log/fl-1")))
		return policy.Evaluate(policy.Request{Caller: policy.AsService(service), Action: "sts:AssumeRole", Resource: evidence.Text(role.Computed("arn")), Context: known}, trust)
	}
	const flowLogs = "vpc-flow-logs.amazonaws.com"
	at := role.At("assume_role_policy")
	d := ask(flowLogs, h.Account.ID, h.Account.ID)
	if h.holds(d.Allowed(), Observed, at, "The flow log of network.%s cannot be written with the role: %s.", h.Name, d) {
		h.open("VPC Flow Logs, for this account", "role `%s`", role.Computed("arn"))
	}
	for _, accounts := range [][2]string{{stranger, stranger}, {stranger, h.Account.ID}, {h.Account.ID, stranger}} {
		d = ask(flowLogs, accounts[0], accounts[1])
		h.holds(!d.Allowed(), Trusted, at, "The flow logs of another account can be written with the role: %s.", d)
	}
	d = ask("ec2.amazonaws.com", h.Account.ID, h.Account.ID)
	h.holds(!d.Allowed(), Trusted, at, "Another service can assume the role: %s.", d)
	allows, _ := h.inline(role)
	h.nothingInside(role)
	h.attached(role, nil)
	writer := policy.AsSession(evidence.Text(role.Computed("arn")), "flow")
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		d = policy.Evaluate(policy.Request{Caller: writer, Action: action, Resource: policy.Literal(h.FlowLogGroupARN() + ":stream")}, allows...)
		h.holds(d.Allowed(), Observed, role.At("name"), "The flow log of network.%s needs %s: %s.", h.Name, action, d)
		d = policy.Evaluate(policy.Request{Caller: writer, Action: action, Resource: policy.Literal(h.Place.ARN("logs", "log-group:stranger:stream"))}, allows...)
		h.holds(!d.Allowed(), Limited, role.At("name"), "The role of flow logs may %s on other groups: %s.", action, d)
	}
}

// onlyEndpoints checks that the VPC has the endpoints that the work needs, one each, and no other.
func (h *home) onlyEndpoints() {
	wanted := map[string]bool{}
	for _, e := range h.Endpoints {
		wanted[endpointName(h.Network, e.Service)] = true
	}
	for name, found := range h.endpoints {
		for i, e := range found {
			h.holds(wanted[name], Connected, e.At("service_name"), "No work in network.%s goes through the endpoint %s, and it takes requests from where they should go.", h.Name, name)
			h.holds(i == 0, Connected, e.At("service_name"), "network.%s has a second endpoint %s, and private DNS can point to one alone.", h.Name, name)
		}
	}
	for _, e := range h.Endpoints {
		name := endpointName(h.Network, e.Service)
		h.holds(len(h.endpoints[name]) > 0, Connected, h.at, "%s, and network.%s has no endpoint %s.", e.Work[0].Reason(), h.Name, name)
	}
}

// closed checks that an endpoint's policy admits those who work through it, for their work, and nobody else.
func (h *home) closed(e *topology.Endpoint, r *evidence.Resource) {
	at := r.At("policy")
	if !e.Service.TakesPolicy() {
		h.open("everyone in it, as the endpoint takes no policy", "network.%s, endpoint %s", h.Name, e.Service)
		return
	}
	p := h.policyOf(policy.Endpoint, r, "policy")
	if !h.holds(p != nil, Closed, at, "The endpoint for %s has no policy, so it admits everyone to everything.", e.Service) {
		return
	}
	h.holds(slices.ContainsFunc(p.Document.Statements, func(s policy.Statement) bool { return s.Effect == policy.Allow }), Connected, at,
		"The policy of the endpoint for %s replaces the default one, which allows everything, and no statement of it allows anything.", e.Service)
	for _, who := range h.passing(e, p) {
		h.open(who, "network.%s, endpoint %s", h.Name, e.Service)
	}
	asked := map[[2]string]bool{}
	for _, a := range e.Work {
		note(asked, a.Actions, policy.Literals(a.Resources...))
	}
	h.limited(p, asked, at)
	strangers := h.strangers()
	for _, a := range e.Work {
		switch {
		case a.Presigned:
		case a.Federated:
			h.keepsTokensOut(e, a, p, at)
		default:
			h.keepsOut(e, a, p, at, strangers)
		}
	}
}

// keepsTokensOut checks that tokens get through an endpoint for those roles alone that runners of the network assume with
// them. Who shows a token has no identity yet, so the policy cannot tell runners apart: the role's trust policy does.
func (h *home) keepsTokensOut(e *topology.Endpoint, a *topology.Access, p *policy.Policy, at Place) {
	ask := func(action, role string) {
		if slices.ContainsFunc(e.Work, func(other *topology.Access) bool {
			return other.Federated && slices.Contains(other.Actions, action) && slices.Contains(other.Resources, role)
		}) {
			return
		}
		r := policy.Request{Caller: policy.AsFederated(policy.Literal("somebody's provider")), Action: action, Resource: policy.Literal(role)}
		r.Context = r.Context.With("aws:SourceVpc", evidence.Text(h.vpc)).With("aws:VpcSourceIp", policy.Literal("10.0.0.1"))
		d := policy.Evaluate(r, p, anyTrust)
		h.holds(!d.Allowed(), Closed, at, "Somebody with a token may %s on %s through the endpoint for %s: %s.", action, role, e.Service, d)
	}
	for _, role := range a.Resources {
		ask("sts:AssumeRoleWithWebIdentity", role+"-2")
		ask("sts:AssumeRoleWithSAML", role)
		ask("sts:TagSession", role)
	}
	partition := h.Account.Partition
	ask("sts:AssumeRoleWithWebIdentity", partition.ARN("iam", "", h.Account.ID, "role/stranger"))
	ask("sts:AssumeRoleWithWebIdentity", partition.ARN("iam", "", stranger, "role/stranger"))
}

// A visitor is somebody at an endpoint.
type visitor struct {
	who    string
	arn    string
	caller policy.Caller
}

// strangers are callers that no endpoint of the network has to admit, and then the runners of the network.
func (h *home) strangers() []visitor {
	arn := func(account string) string { return h.Account.Partition.ARN("iam", "", account, "role/stranger") }
	role := func(who, arn string) visitor {
		return visitor{who, arn, policy.AsSession(policy.Literal(arn), "s")}
	}
	out := []visitor{
		role("A role of the same account that is no runner", arn(h.Account.ID)), role("A role of another account", arn(stranger)),
		{who: "Anyone"}, {who: "The account itself", caller: policy.AsRoot(h.Account.Root())},
	}
	seen := map[string]bool{h.Account.ID: true}
	for _, r := range h.Runners {
		if id := r.Identity(); id != "" {
			out = append(out, visitor{"runner." + r.Name, id, signer(id)})
		}
		for _, assumed := range r.Roles {
			if id := assumed.Account.ID; !seen[id] {
				seen[id] = true
				out = append(out, role("A role of account."+assumed.Account.Name+" that no runner assumes", arn(id)))
			}
		}
	}
	return out
}

// keepsOut checks that nobody but those who ask for the same gets through with what one access asks for.
func (h *home) keepsOut(e *topology.Endpoint, a *topology.Access, p *policy.Policy, at Place, strangers []visitor) {
	var known policy.Context
	known = known.With("aws:SourceVpc", evidence.Text(h.vpc)).With("aws:VpcSourceIp", policy.Literal("10.0.0.1"))
	ask := func(c policy.Caller, owner, action, resource string) policy.Decision {
		r := policy.Request{Caller: c, Action: action, Resource: policy.Literal(resource), Owner: owner, Context: known}
		return policy.Evaluate(r, p, anyIdentity, anyResource, anyTrust, anyKey)
	}
	for _, action := range distinctActions(e, p, examplesOf(a.Actions)) {
		for _, resource := range examplesOf(a.Resources) {
			for _, v := range strangers {
				if slices.ContainsFunc(e.Work, func(other *topology.Access) bool { return mayPass(other, v, action, resource) }) {
					continue
				}
				for _, owner := range owners(a) {
					d := ask(v.caller, owner, action, resource)
					h.holds(!d.Allowed(), Closed, at, "%s may %s on %s through the endpoint for %s: %s.", v.who, action, resource, e.Service, d)
				}
			}
			if arn := a.Runner.Identity(); a.Unknown && arn != "" {
				d := ask(signer(arn), stranger, action, resource)
				h.holds(!d.Allowed(), Closed, at, "runner.%s reaches another account through the endpoint for %s: %s.", a.Runner.Name, e.Service, d)
			}
		}
	}
}

// distinctActions is one of all actions that each statement of an endpoint's policy, and each work through it, speaks of alike.
func distinctActions(e *topology.Endpoint, p *policy.Policy, actions []string) (out []string) {
	if len(actions) == 1 {
		return actions
	}
	seen := map[string]bool{}
	for _, action := range actions {
		by := fmt.Sprint(p.Naming(action))
		for i, work := range e.Work {
			if covers(work.Actions, action) {
				by += fmt.Sprint(" ", i)
			}
		}
		if !seen[by] {
			seen[by] = true
			out = append(out, action)
		}
	}
	return out
}

// examplesOf are examples of what patterns of ours match; "*" stands for itself.
func examplesOf(patterns []string) []string {
	out := slices.Clone(patterns)
	for i, p := range out {
		if p != "*" {
			out[i] = example(p)
		}
	}
	return out
}

// owners are the accounts whose things an access may ask for, "" for that of the resource or of the caller.
func owners(a *topology.Access) []string {
	out := []string{""}
	if !a.Unknown {
		return out
	}
	for _, arn := range append([]string{a.Runner.Identity()}, a.Roles...) {
		if account := accountIn(arn); !slices.Contains(out, account) {
			out = append(out, account)
		}
	}
	return out
}

// mayPass tells whether an access lets a visitor ask the same.
func mayPass(a *topology.Access, v visitor, action, resource string) bool {
	asks := v.arn != "" && (v.arn == a.Runner.Identity() && a.As == nil || slices.Contains(a.Roles, v.arn))
	return (asks || a.Presigned) && covers(a.Actions, action) && covers(a.Resources, resource)
}

// covers tells whether one of some patterns of ours is what an example was made from, or wider.
func covers(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return p == s || p == "*" || example(p) == s || len(p) > 1 && p[len(p)-1] == '*' && len(s) >= len(p) && s[:len(p)-1] == p[:len(p)-1]
	})
}

// endpointGroups checks that the groups of an endpoint admit the network's runners alone, on port 443.
func (h *home) endpointGroups(e *evidence.Resource) {
	admitted := map[string]bool{}
	for _, r := range h.Runners {
		for _, g := range h.groupsOf(r) {
			admitted[g] = admitted[g] || uses(r, false)
		}
	}
	for _, id := range e.Texts("security_group_ids") {
		group := h.Known("aws_security_group", "id", id)
		if !h.holds(group != nil, Fenced, e.At("security_group_ids"), "The endpoint is in the group %s, which is none of the tree's.", evidence.Shown(id)) {
			continue
		}
		h.holds(group.Text("vpc_id") == h.vpc, Connected, group.At("vpc_id"), "The endpoint is in network.%s, and its security group in another VPC.", h.Name)
		h.noInlineRules(group)
		for _, rule := range h.rules("ingress", id) {
			peer := rule.Text("referenced_security_group_id")
			h.holds(onlyPeer(rule, "referenced_security_group_id") && admitted[peer], Fenced, rule.At("referenced_security_group_id"), "The endpoints of network.%s admit others than its runners.", h.Name)
			h.holds(onlyHTTPS(rule), Fenced, rule.At("from_port"), "The endpoints of network.%s admit others than HTTPS.", h.Name)
		}
		for _, rule := range h.rules("egress", id) {
			h.holds(false, Fenced, rule.At("security_group_id"), "The endpoints of network.%s open no connections.", h.Name)
		}
	}
}

// groupsOf are the security groups that a runner of the network is in.
func (h *home) groupsOf(r *topology.Runner) []string {
	if r.Build == nil {
		if group := h.groupOf(r); group != nil {
			return []string{group.ID()}
		}
		return nil
	}
	if project := h.Known("aws_codebuild_project", "arn", r.ProjectARN()); project != nil {
		return vpcConfig(project, "security_group_ids")
	}
	return nil
}

// uses tells whether work of the runner goes through a gateway, or an interface endpoint, of its network.
func uses(r *topology.Runner, gateway bool) bool {
	return slices.ContainsFunc(r.Network.Endpoints, func(e *topology.Endpoint) bool {
		return e.Service.IsGateway() == gateway && slices.ContainsFunc(e.Work, func(a *topology.Access) bool { return a.Runner == r })
	})
}

// vpcConfig is a list in a project's vpc_config.
func vpcConfig(project *evidence.Resource, argument string) []string {
	if b := project.Nested("vpc_config"); b != nil {
		return b.Texts(argument)
	}
	return nil
}

// peers are the ways to say who is at the other end of a rule.
var peers = []string{"cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"}

// onlyPeer tells whether a rule names its other end in this way alone.
func onlyPeer(rule *evidence.Resource, argument string) bool {
	for _, p := range peers {
		if (rule.Has(p)) != (p == argument) {
			return false
		}
	}
	return true
}

// onlyHTTPS tells whether a rule admits port 443 and no other.
func onlyHTTPS(rule *evidence.Resource) bool {
	return rule.Text("ip_protocol") == "tcp" && rule.Text("from_port") == "443" && rule.Text("to_port") == "443"
}
