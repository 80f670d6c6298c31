package proof

import (
	"slices"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// place checks that the project is in its network: the VPC, private subnets of it, and a group of its own.
func (w *worker) place() {
	h := w.home
	at := w.project.At("vpc_config")
	w.seat = at
	b := w.project.Nested("vpc_config")
	if !w.holds(b != nil, Existing, at, "The project of runner.%s is in no VPC.", w.Name) {
		return
	}
	at = b.Start()
	w.seat = at
	vpc := b.Text("vpc_id")
	w.holds(vpc == h.vpc, Existing, at, "The project of runner.%s is in the VPC %s, and not in that of network.%s.", w.Name, evidence.Shown(vpc), h.Name)
	w.subnets, w.groups = vpcConfig(w.project, "subnets"), vpcConfig(w.project, "security_group_ids")
	w.holds(len(w.subnets) > 0, Existing, at, "The project of runner.%s is in no subnet.", w.Name)
	for _, id := range w.subnets {
		w.holds(w.home.inNetwork(id), Existing, at, "The project of runner.%s is in the subnet %s, and not in a private one of network.%s.", w.Name, evidence.Shown(id), h.Name)
	}
	_, why := w.tables()
	w.holds(why == "", Connected, at, "The routes of runner.%s are not those of network.%s: %s.", w.Name, h.Name, why)
	w.holds(len(w.groups) > 0, Existing, at, "The project of runner.%s is in no security group.", w.Name)
	for _, id := range w.groups {
		w.group(id, at)
	}
	w.sealedBuild()
}

// inNetwork tells whether a subnet is a private one of the network.
func (h *home) inNetwork(id string) bool {
	if h.Existing != nil {
		return slices.Contains(h.Existing.SubnetIDs, id)
	}
	subnet := h.Known("aws_subnet", "id", id)
	if subnet == nil || subnet.Text("vpc_id") != h.vpc {
		return false
	}
	return slices.ContainsFunc(h.Zones, func(z topology.Zone) bool { return z.Private.String() == subnet.Text("cidr_block") })
}

// group checks that nothing gets into a security group of the runner, and out of it only what its work needs.
func (w *worker) group(id string, at Place) {
	alone := 0 // projects beside the runner's own
	if w.project != nil {
		alone = 1
	}
	w.holds(w.usersOf(id) == alone, Separate, at, "Others than runner.%s are in the security group %s, so each reaches what the others may.", w.Name, evidence.Shown(id))
	group := w.Known("aws_security_group", "id", id)
	if !w.holds(group != nil, Fenced, at, "runner.%s is in the group %s, which is none of the tree's.", w.Name, evidence.Shown(id)) {
		return
	}
	w.holds(group.Text("vpc_id") == w.home.vpc, Existing, group.At("vpc_id"), "The security group of runner.%s is in another VPC than network.%s.", w.Name, w.Network.Name)
	w.noInlineRules(group)
	for _, rule := range w.rules("ingress", id) {
		w.holds(false, Fenced, rule.At("security_group_id"), "Somebody may open a connection to runner.%s.", w.Name)
	}
	for _, rule := range w.rules("egress", id) {
		w.holds(w.needs(rule), Fenced, rule.At("security_group_id"), "runner.%s may open connections that its work does not need.", w.Name)
		w.holds(onlyHTTPS(rule), Fenced, rule.At("from_port"), "runner.%s may open connections to other ports than 443.", w.Name)
	}
}

// usersOf is how many projects are in a security group.
func (p *prover) usersOf(group string) int {
	return len(p.Where("aws_codebuild_project", "vpc_config.security_group_ids", group))
}

// needs tells whether the runner's work needs what a rule lets out.
func (w *worker) needs(rule *evidence.Resource) bool {
	switch {
	case w.Network.NAT:
		return onlyPeer(rule, "cidr_ipv4")
	case onlyPeer(rule, "referenced_security_group_id"):
		peer := rule.Text("referenced_security_group_id")
		return slices.ContainsFunc(w.Network.Endpoints, func(e *topology.Endpoint) bool {
			found := w.home.endpoint(e.Service)
			return worksThrough(w.Runner, e) && found != nil && slices.Contains(found.Texts("security_group_ids"), peer)
		})
	case onlyPeer(rule, "prefix_list_id"):
		return slices.ContainsFunc(w.Network.Endpoints, func(e *topology.Endpoint) bool {
			found := w.home.endpoint(e.Service)
			return worksThrough(w.Runner, e) && found != nil && rule.Text("prefix_list_id") == found.Computed("prefix_list_id")
		})
	}
	return false
}

func worksThrough(r *topology.Runner, e *topology.Endpoint) bool {
	return slices.ContainsFunc(e.Work, func(a *topology.Access) bool { return a.Runner == r })
}

// sealedBuild checks that a build in a sealed network asks STS of its region, and not the global one, which is out of reach.
func (w *worker) sealedBuild() {
	environment := w.project.Nested("environment")
	if w.Network.NAT || environment == nil {
		return
	}
	regional := false
	for _, b := range environment.Blocks("environment_variable") {
		if b.Text("name") == "AWS_STS_REGIONAL_ENDPOINTS" {
			regional = b.Text("value") == "regional"
		}
	}
	w.holds(regional, Regional, w.project.At("environment"), "Builds of runner.%s may ask the global STS endpoint, and network.%s leads to its region alone: AWS_STS_REGIONAL_ENDPOINTS is not \"regional\".", w.Name, w.Network.Name)
}

// paths checks that each service that the work calls is reached: the first missing link of each is a failure.
func (w *worker) paths() {
	if w.Network.NAT {
		at, why := w.pathOut()
		w.holds(why == "", Connected, at, "network.%s has a way out, and runner.%s cannot take it: %s.", w.Network.Name, w.Name, why)
	}
	missing := map[[2]string]string{}
	for _, a := range w.Work {
		for _, s := range a.Through {
			where := [2]string{string(s), a.Region}
			why, known := missing[where]
			if !known {
				var at Place
				at, why = w.path(s, w.endpointFor(a, s))
				missing[where] = why
				w.holds(why == "", Connected, at, "runner.%s %s through %s, but %s.", w.Name, a.Deeds[0].Does, s, why)
			}
			w.refused[a] = w.refused[a] || why != ""
		}
	}
}

// path is the first missing link on the way to a service, through an endpoint if there is one for it.
func (w *worker) path(s aws.Service, e *evidence.Resource) (Place, string) {
	switch {
	case e == nil && w.Network.NAT:
		return w.pathOut()
	case e == nil:
		return w.home.at, "the VPC has neither an endpoint for it nor a way out"
	case s.IsGateway():
		return w.pathByRoute(e)
	}
	return w.pathByInterface(e)
}

func (w *worker) pathByInterface(e *evidence.Resource) (Place, string) {
	groups := e.Texts("security_group_ids")
	switch {
	case e.Text("vpc_endpoint_type") != "Interface":
		return e.At("vpc_endpoint_type"), "its endpoint is no interface"
	case e.Text("private_dns_enabled") != "true":
		return e.At("private_dns_enabled"), "its endpoint has no private DNS, so its name leads to a public address"
	case len(e.Texts("subnet_ids")) == 0:
		return e.At("subnet_ids"), "its endpoint is in no subnet"
	case slices.ContainsFunc(e.Texts("subnet_ids"), func(id string) bool { return !w.home.inNetwork(id) }):
		return e.At("subnet_ids"), "its endpoint is in subnets of another network"
	case !slices.ContainsFunc(groups, w.admitted):
		return e.At("security_group_ids"), "the security group of its endpoint does not admit the runner"
	case !w.anyGroup("egress", func(rule *evidence.Resource) bool {
		return slices.Contains(groups, rule.Text("referenced_security_group_id")) || rule.Text("cidr_ipv4") == everywhere
	}):
		return w.seat, "the runner's security group lets nothing out to the group of its endpoint"
	}
	return Place{}, ""
}

const everywhere = "0.0.0.0/0"

// admitted tells whether a security group has a rule that admits the runner.
func (w *worker) admitted(endpointGroup string) bool {
	return slices.ContainsFunc(w.rules("ingress", endpointGroup), func(rule *evidence.Resource) bool {
		return onlyHTTPS(rule) && slices.Contains(w.groups, rule.Text("referenced_security_group_id"))
	})
}

// anyGroup tells whether a group of the runner has a rule like this.
func (w *worker) anyGroup(direction string, is func(*evidence.Resource) bool) bool {
	return slices.ContainsFunc(w.groups, func(id string) bool {
		return slices.ContainsFunc(w.rules(direction, id), func(rule *evidence.Resource) bool { return onlyHTTPS(rule) && is(rule) })
	})
}

func (w *worker) pathByRoute(e *evidence.Resource) (Place, string) {
	if e.Text("vpc_endpoint_type") != "Gateway" {
		return e.At("vpc_endpoint_type"), "its endpoint is no gateway"
	}
	tables, why := w.tables()
	if why != "" {
		return w.home.at, why
	}
	for _, table := range tables {
		if !slices.Contains(e.Texts("route_table_ids"), table) {
			return e.At("route_table_ids"), "its endpoint is not in the route table " + evidence.Shown(table)
		}
	}
	if !w.anyGroup("egress", func(rule *evidence.Resource) bool {
		return rule.Text("prefix_list_id") == e.Computed("prefix_list_id") || rule.Text("cidr_ipv4") == everywhere
	}) {
		return w.seat, "the runner's security group lets nothing out to its addresses"
	}
	return Place{}, ""
}

// tables are the route tables of the runner's subnets.
func (w *worker) tables() (ids []string, why string) {
	if w.Network.Existing != nil {
		return w.Network.Existing.RouteTableIDs, ""
	}
	for _, subnet := range w.subnets {
		table := w.home.tableOf(subnet)
		if table == "" {
			return nil, "the subnet " + evidence.Shown(subnet) + " has not exactly one route table of this VPC"
		}
		ids = append(ids, table)
	}
	return ids, ""
}

// tableOf is the route table of a subnet, "" if it has not exactly one, in the same VPC.
func (h *home) tableOf(subnet string) string {
	found := h.Where("aws_route_table_association", "subnet_id", subnet)
	if len(found) != 1 {
		return ""
	}
	id := found[0].Text("route_table_id")
	if table := h.Known("aws_route_table", "id", id); table == nil || table.Text("vpc_id") != h.vpc {
		return ""
	}
	return id
}

// pathOut is the first missing link on the way to the internet: a NAT gateway for each subnet, and an internet gateway for it.
func (w *worker) pathOut() (Place, string) {
	if !w.anyGroup("egress", func(rule *evidence.Resource) bool { return rule.Text("cidr_ipv4") == everywhere }) {
		return w.seat, "the runner's security group lets nothing out to the internet"
	}
	if w.Network.Existing != nil {
		return Place{}, "" // its routes are somebody else's
	}
	tables, why := w.tables()
	if why != "" {
		return w.home.at, why
	}
	for _, table := range tables {
		route := w.home.defaultRoute(table)
		if route == nil {
			return w.home.at, "the route table " + evidence.Shown(table) + " has no way out"
		}
		nat := w.Known("aws_nat_gateway", "id", route.Text("nat_gateway_id"))
		if nat == nil || nat.Text("connectivity_type") == "private" {
			return route.At("nat_gateway_id"), "this route does not lead to a NAT gateway with a public address"
		}
		subnet := w.Known("aws_subnet", "id", nat.Text("subnet_id"))
		if subnet == nil || subnet.Text("vpc_id") != w.home.vpc {
			return nat.At("subnet_id"), "the NAT gateway is in no subnet of this VPC"
		}
		public := w.home.defaultRoute(w.home.tableOf(nat.Text("subnet_id")))
		if public == nil {
			return nat.At("subnet_id"), "the NAT gateway is in a subnet without a way out"
		}
		gateway := w.Known("aws_internet_gateway", "id", public.Text("gateway_id"))
		if gateway == nil || gateway.Text("vpc_id") != w.home.vpc {
			return public.At("gateway_id"), "this route does not lead to the internet gateway of the VPC"
		}
	}
	return Place{}, ""
}

// defaultRoute is the route to everywhere in a table, nil if there is none.
func (h *home) defaultRoute(table string) *evidence.Resource {
	for _, route := range h.Where("aws_route", "route_table_id", table) {
		if route.Text("destination_cidr_block") == everywhere && table != "" {
			return route
		}
	}
	return nil
}
