package proof

import (
	"slices"
	"strings"

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
		h.encryptedLog(group, h.keyIn(h.Place, topology.NetworkLayer))
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
	by, let := h.admitsService(role, trust, Observed, want{
		what: "The flow log of network." + h.Name + " is written with the role",
		Statement: policy.Statement{Principal: policy.Service("vpc-flow-logs.amazonaws.com"), Conditions: []policy.Condition{
			policy.When("StringEquals", "aws:SourceAccount", h.Account.ID),
			policy.When("ArnLike", "aws:SourceArn", h.Account.Partition.ARN("ec2", h.Region, h.Account.ID, "vpc-flow-log/*")),
		}},
	})
	if let {
		h.open("VPC Flow Logs, for this account", "role `%s`", role.Computed("arn")).of("", by)
	}
	allows, written := h.inline(role)
	h.nothingInside(role)
	h.attached(role, nil)
	h.exactly(role.Computed("arn"), allows, h.logging(), role.At("name"), func(hit policy.Hit) Place {
		for i, p := range allows {
			if p == hit.Policy {
				return written[i].Statement("policy", hit.Index)
			}
		}
		return role.At("name")
	})
}

// logging is what the role asks that writes all flow logs of the network's place.
// Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
func (h *home) logging() []want {
	var groups []string
	for _, n := range h.topology.Networks {
		if n.Place == h.Place && n.FlowLogs {
			groups = append(groups, n.FlowLogGroupARN(), n.FlowLogGroupARN()+":*")
		}
	}
	asks := func(resources []string, actions ...string) want {
		return want{what: "The flow log of network." + h.Name + " is written", Statement: policy.Statement{Actions: actions, Resources: policy.Literals(resources...)}}
	}
	return []want{
		asks(groups, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
		asks([]string{h.Place.ARN("logs", "log-group:*")}, "logs:DescribeLogGroups"),
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
		h.open("everyone in it, as the endpoint takes no policy", "network.%s, endpoint %s", h.Name, e.Service).of(e.Address(), nil)
		return
	}
	p := h.policyOf(policy.Endpoint, r, "policy")
	if !h.holds(p != nil, Closed, at, "The endpoint for %s has no policy, so it admits everyone to everything.", e.Service) {
		return
	}
	h.holds(slices.ContainsFunc(p.Document.Statements, func(s policy.Statement) bool { return s.Effect == policy.Allow }), Connected, at,
		"The policy of the endpoint for %s replaces the default one, which allows everything, and no statement of it allows anything.", e.Service)
	q := question{decide: []*policy.Policy{p}, wants: h.wanted(e), where: at, at: func(hit policy.Hit) Place {
		return cond(hit.Policy == p, r.Statement("policy", hit.Index), at)
	}}
	if testsAny(p, "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourceip") { // which come with every request through it
		q.within = h.arriving(e)
	}
	by := h.grounds(q)
	let := h.decided(q, Permitted, func(r *ruling) {
		callers, way := r.universe.Of(r.wanted).Possible().Callers(), "Through the endpoint for "+string(e.Service)+" of network."+h.Name+" "
		r.nothingMore(Limited, callers, way)
		r.nothingMore(Closed, callers.Not(), way)
	})
	for i, w := range q.wants {
		if let[i] {
			h.open(w.who, "network.%s, endpoint %s", h.Name, e.Service).of(e.Address(), by(i), w.does...)
		}
	}
}

// wanted is what work asks through an endpoint.
func (h *home) wanted(e *topology.Endpoint) (out []want) {
	for _, a := range e.Work {
		for _, w := range h.asking(a) {
			w.Effect, w.Actions, w.Resources = policy.Allow, a.Actions, policy.Literals(a.Resources...)
			w.what = strings.ReplaceAll(a.Reason(), "\n", ", ") + " through the endpoint for " + string(e.Service)
			if h.explains {
				w.does = strings.Split(a.Reason(), "\n")
			}
			out = append(out, w)
		}
	}
	return out
}

// arriving is what AWS sees of where all requests come from that an endpoint takes.
func (h *home) arriving(e *topology.Endpoint) []policy.Condition {
	out := []policy.Condition{
		{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{evidence.Text(h.vpc)}},
		{Operator: "StringEquals", Key: "aws:SourceVpce", Values: []policy.Text{evidence.Text(h.endpoint(e.Service).ID())}},
	}
	if h.CIDR.IsValid() {
		return append(out, policy.When("IpAddress", "aws:VpcSourceIp", h.CIDR.String()))
	}
	return append(out, policy.When("Null", "aws:VpcSourceIp", "false"))
}

// testsAny tells whether a policy tests one of some keys, in lower case.
func testsAny(p *policy.Policy, keys ...string) bool {
	return slices.ContainsFunc(p.Document.Statements, func(s policy.Statement) bool {
		return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return slices.Contains(keys, strings.ToLower(c.Key)) })
	})
}

// asking are those who ask for an access, each as a page names them.
func (h *home) asking(a *topology.Access) (out []want) {
	everyone := func(who string, p policy.Principal) {
		out = append(out, want{who: who, Statement: policy.Statement{Principal: p}})
	}
	switch {
	case a.Anonymous:
		for _, resource := range a.Resources {
			everyone("whoever is in the network, without signing in: "+code(a.Actions[0])+" on "+code(resource), policy.Anyone)
		}
		return out
	case a.Presigned:
		everyone("whoever has an address that AWS signed", policy.Anyone)
		return out
	case a.Federated:
		everyone("tokens, to assume roles of runner."+a.Runner.Name, policy.Anyone)
		return out
	}
	if arn := a.Runner.Identity(); arn != "" && a.As == nil {
		everyone("runner."+a.Runner.Name, signing(arn))
	}
	for _, arn := range a.Roles {
		who := "`" + arn + "`"
		for _, r := range a.Runner.Roles {
			if r.ARN() == arn {
				who = "role." + r.Name
			}
		}
		everyone(who, signing(arn))
	}
	if a.Unknown {
		for i := range out {
			out[i].Conditions = append(out[i].Conditions, policy.When("StringEquals", "aws:ResourceAccount", owners(a)...))
		}
	}
	return out
}

// signing is whoever signs as a role or user.
func signing(arn string) policy.Principal {
	return policy.Principal{Kind: "AWS", IDs: []policy.Text{evidence.Text(arn)}}
}

// owners are the accounts whose things an access of which the spec does not say what it asks for may ask for.
func owners(a *topology.Access) (out []string) {
	for _, arn := range append([]string{a.Runner.Identity()}, a.Roles...) {
		if account := accountIn(arn); account != "" && !slices.Contains(out, account) {
			out = append(out, account)
		}
	}
	return out
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
