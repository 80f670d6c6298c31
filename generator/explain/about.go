package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/topology"
)

func (e *explainer) account(a *topology.Account) *Explanation {
	x := &Explanation{Address: "account." + a.Name, What: fmt.Sprintf("the AWS account %s, at home in %s", a.ID, a.Region)}
	var inside []string
	for _, n := range e.Topology.Networks {
		inside = appendIf(inside, n.Account == a, "network."+n.Name)
	}
	for _, t := range e.Topology.Things {
		inside = appendIf(inside, t.Made().Account == a, t.Address())
	}
	for _, r := range e.Topology.Runners {
		inside = appendIf(inside, r.Network != nil && r.Network.Account == a, "runner."+r.Name)
	}
	for _, r := range e.Topology.Roles {
		inside = appendIf(inside, r.Account == a, "role."+r.Name)
	}
	for _, b := range e.Topology.Buckets {
		inside = appendIf(inside, b.Account == a, b.What+": "+b.Bucket)
	}
	x.add("In it", facts(inside...))
	return e.places(x, none, x.Address)
}

func (e *explainer) network(n *topology.Network) *Explanation {
	x := &Explanation{Address: "network." + n.Name, What: fmt.Sprintf("%s in %s of account.%s, %s", vpc(n), n.Region, n.Account.Name, wayOut(n))}
	var runners, endpoints []Fact
	for _, r := range n.Runners {
		runners = append(runners, Fact{Text: "runner." + r.Name + ", " + machine(r)})
	}
	for _, p := range n.Endpoints {
		endpoints = append(endpoints, Fact{Text: endpointAddress(p) + ", for " + strings.Join(users(p), ", ")})
	}
	x.add("Who works in it", runners)
	x.add("Its endpoints", endpoints)
	return e.places(x, func(b block) bool {
		return strings.HasSuffix(b.at.File, "/network_"+n.Name+".tf") || strings.HasSuffix(b.at.File, "/endpoints_"+n.Name+".tf")
	}, x.Address)
}

func vpc(n *topology.Network) string {
	if n.Existing != nil {
		return "the existing VPC " + n.Existing.ID
	}
	letters := make([]string, len(n.Zones))
	for i, z := range n.Zones {
		letters[i] = z.Letter
	}
	return fmt.Sprintf("a VPC of %s, zones %s,", n.CIDR, strings.Join(letters, " and "))
}

func wayOut(n *topology.Network) string {
	if n.NAT {
		return "whose way out is NAT"
	}
	return "with no way out"
}

// users are the runners whose work goes through an endpoint.
func users(p *topology.Endpoint) (out []string) {
	for _, a := range p.Work {
		if name := "runner." + a.Runner.Name; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (e *explainer) endpoint(p *topology.Endpoint) *Explanation {
	kind := "an interface in its private subnets"
	if p.Service.IsGateway() {
		kind = "a gateway in its route tables"
	}
	x := &Explanation{Address: endpointAddress(p), What: fmt.Sprintf("the endpoint of network.%s for %s, %s", p.Network.Name, p.Service, kind)}
	var needed []Fact
	for _, a := range p.Work {
		for _, does := range a.Does {
			needed = append(needed, Fact{"runner." + a.Runner.Name + " " + does, e.headerOf("runner." + a.Runner.Name)})
		}
	}
	x.add("Who needs it", needed)
	x.add("Who gets through", e.passing(fmt.Sprintf("network.%s, endpoint %s", p.Network.Name, p.Service)))
	x.add("By which statement", reasons(e.policyOf(func(b block) bool { return isEndpoint(b, p) })))
	return e.places(x, func(b block) bool {
		return isEndpoint(b, p) || !p.Service.IsGateway() && b.address() == "aws_security_group."+p.Network.Name+"_endpoints"
	}, append(users(p), "network."+p.Network.Name)...)
}

// thing explains one that stands by itself.
func (e *explainer) thing(t topology.Thing) *Explanation {
	m := t.Made()
	x := &Explanation{Address: t.Address(), What: fmt.Sprintf("the %s %s in %s of account.%s", m.What, m.Called, m.Region, m.Account.Name)}
	x.add("Who needs it", e.workWith(x.Address))
	return e.places(x, inFile(x.Address), x.Address)
}

func (e *explainer) image(i *topology.Image) *Explanation {
	x := &Explanation{Address: "image." + i.Name, What: fmt.Sprintf("the ECR repository %s in %s of account.%s", i.Repo, i.Region, i.Account.Name)}
	x.add("Who needs it", e.workWith(x.Address))
	var readers []string
	for _, a := range i.Readers {
		readers = append(readers, "account."+a.Name)
	}
	x.add("Who else may pull it", facts(readers...))
	return e.places(x, inFile(x.Address), x.Address)
}

// workWith is what runners do with a repository, an image, a replication or a package index.
func (e *explainer) workWith(address string) (out []Fact) {
	for _, r := range e.Topology.Runners {
		for _, a := range r.Work {
			for _, does := range a.Does {
				f := Fact{"runner." + r.Name + " " + does, e.headerOf("runner." + r.Name)}
				if strings.HasSuffix(does, " "+address) && (len(out) == 0 || out[len(out)-1].Text != f.Text) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

func (e *explainer) issuer(i *topology.Issuer) *Explanation {
	x := &Explanation{Address: "issuer." + i.Name, What: "signs tokens as " + i.URL + ", for " + strings.Join(i.Audiences, ", ")}
	var providers []string
	for _, a := range i.Accounts {
		there := "made here"
		if slices.Contains(i.Existing, a) {
			there = "exists already"
		}
		providers = append(providers, fmt.Sprintf("account.%s: %s, %s", a.Name, i.ProviderARN(a), there))
	}
	x.add("Its providers", facts(providers...))
	var runners, roles []Fact
	for _, r := range e.Topology.Runners {
		if r.Issuer == i {
			runners = append(runners, Fact{"runner." + r.Name + ", " + machine(r), e.headerOf("runner." + r.Name)})
		}
	}
	for _, r := range e.Topology.Roles {
		if r.Issuer == i {
			roles = append(roles, Fact{"role." + r.Name, e.headerOf("role." + r.Name)})
		}
	}
	x.add("Who shows its tokens", runners)
	x.add("Which roles believe them", roles)
	return e.places(x, inFile(x.Address), x.Address)
}

func (e *explainer) runner(r *topology.Runner) *Explanation {
	x := &Explanation{Address: "runner." + r.Name, What: machine(r) + identity(r)}
	var work, roles []Fact
	for _, a := range r.Work {
		work = append(work, Fact{Text: strings.Join(a.Does, ", ") + way(a)})
	}
	for _, role := range r.Roles {
		roles = append(roles, Fact{"role." + role.Name, e.headerOf("role." + role.Name)})
	}
	x.add("What it does", work)
	x.add("Which roles it may assume", roles)
	if r.Build != nil {
		x.add("Who acts as it", e.passing("role `"+r.RoleARN()+"`"))
		x.add("By which statement", reasons(e.policyOf(roleOf(x.Address))))
	}
	return e.places(x, inFile(x.Address), x.Address)
}

// machine is what a runner is, in a few words.
func machine(r *topology.Runner) string {
	switch {
	case r.Build != nil:
		return "the CodeBuild project " + r.Project + " in network." + r.Network.Name
	case r.Network != nil:
		return "machines in network." + r.Network.Name
	case r.Hosted != nil:
		return "machines of " + r.Hosted.Vendor + " that come from " + ranges(r.Addresses)
	}
	return "machines that come from " + ranges(r.Addresses)
}

// identity is how a runner shows who it is.
func identity(r *topology.Runner) string {
	switch {
	case r.Build != nil:
		return ", which acts as " + r.RoleARN()
	case r.Issuer != nil:
		return ", with tokens of issuer." + r.Issuer.Name
	case r.Principal != "":
		return ", known as " + r.Principal
	}
	return ", which show nobody who they are"
}

func ranges(all []netip.Prefix) string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.String()
	}
	return strings.Join(out, ", ")
}

// way is how the requests of an access travel.
func way(a *topology.Access) string {
	if len(a.Through) == 0 {
		return ": AWS asks for it"
	}
	var endpoints []string
	public := false
	for _, s := range a.Through {
		switch a.Runner.Path(s) {
		case topology.ThroughEndpoint:
			endpoints = append(endpoints, "network."+a.Runner.Network.Name+"."+string(s))
		case topology.Public:
			public = true
		}
	}
	if public {
		endpoints = append(endpoints, "the internet")
	}
	return ", through " + strings.Join(endpoints, " and ")
}

func (e *explainer) role(r *topology.Role) *Explanation {
	x := &Explanation{Address: "role." + r.Name, What: fmt.Sprintf("the IAM role %s of account.%s, for sessions of up to %d seconds", r.Role, r.Account.Name, r.MaxSession)}
	var runners []Fact
	for _, runner := range r.Runners {
		runners = append(runners, Fact{"runner." + runner.Name + ", " + machine(runner), e.headerOf("runner." + runner.Name)})
	}
	x.add("Who needs it", runners)
	x.add("Who gets in, and by which statement", e.entries(r))
	x.add("Whose tokens are refused, among others", e.refused(r))
	var may []string
	for _, p := range r.Allow {
		may = append(may, strings.Join(p.Actions, ", ")+" on "+strings.Join(p.Resources, ", "))
	}
	for _, arn := range r.Managed {
		may = append(may, "what "+arn+" allows")
	}
	if r.Boundary != "" {
		may = append(may, "nothing beyond "+r.Boundary)
	}
	x.add("What it may do", facts(may...))
	x.add("What a stolen session is worth", facts(guard(r)))
	return e.places(x, inFile(x.Address), x.Address)
}

func guard(r *topology.Role) string {
	if r.Guard {
		return `nothing elsewhere: guard = "session" denies everything from any other place`
	}
	return `all of it, from anywhere, until it ends: guard = "session" would tie it to the place`
}

func appendIf(list []string, ok bool, s string) []string {
	if ok {
		return append(list, s)
	}
	return list
}

func none(block) bool { return false }

// inFile tells whether a block is in a file that is named for an address of the spec.
func inFile(address string) func(block) bool {
	file := "/" + strings.Replace(address, ".", "_", 1) + ".tf"
	return func(b block) bool { return strings.HasSuffix(b.at.File, file) }
}

// headerOf is where a block of the spec begins.
func (e *explainer) headerOf(address string) *Place {
	r, ok := e.headers[address]
	if !ok {
		return nil
	}
	return &Place{r.Filename, r.Start.Line}
}
