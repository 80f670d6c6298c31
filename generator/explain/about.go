package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

func (e *explainer) account(a *topology.Account) *Explanation {
	x := &Explanation{Address: a.Address(), What: fmt.Sprintf("the AWS account %s, at home in %s", a.ID, a.Region)}
	var inside []Fact
	for _, b := range e.Topology.Blocks() {
		for _, p := range b.Parts(e.Topology) {
			if p.Account == a && p.Bucket == "" {
				inside = appendNew(inside, Fact{Text: b.Address()})
			}
		}
	}
	for _, b := range e.Topology.Buckets {
		if b.Account == a {
			inside = append(inside, Fact{Text: b.What + ": " + b.Bucket})
		}
	}
	x.add("In it", inside)
	return e.places(x, nil, a)
}

func (e *explainer) network(n *topology.Network) *Explanation {
	x := &Explanation{Address: n.Address(), What: fmt.Sprintf("%s in %s of account.%s, %s", vpc(n), n.Region, n.Account.Name, wayOut(n))}
	var runners, endpoints []Fact
	for _, r := range n.Runners {
		runners = append(runners, Fact{Text: r.Address() + ", " + machine(r)})
	}
	for _, p := range n.Endpoints {
		endpoints = append(endpoints, Fact{Text: p.Address() + ", for " + addresses(users(p))})
	}
	x.add("Who works in it", runners)
	x.add("Its endpoints", endpoints)
	return e.places(x, e.in(fileOf(x.Address), endpointsOf(n)), n)
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
func users(p *topology.Endpoint) (out []topology.Block) {
	for _, a := range p.Work {
		if !slices.Contains(out, topology.Block(a.Runner)) {
			out = append(out, a.Runner)
		}
	}
	return out
}

func addresses(blocks []topology.Block) string {
	out := make([]string, len(blocks))
	for i, b := range blocks {
		out[i] = b.Address()
	}
	return strings.Join(out, ", ")
}

func (e *explainer) endpoint(p *topology.Endpoint) *Explanation {
	kind := "an interface in its private subnets"
	if p.Service.IsGateway() {
		kind = "a gateway in its route tables"
	}
	x := &Explanation{Address: p.Address(), What: fmt.Sprintf("the endpoint of network.%s for %s, %s", p.Network.Name, p.Service, kind)}
	var needed []Fact
	for _, a := range p.Work {
		for _, d := range a.Deeds {
			needed = append(needed, Fact{a.Runner.Address() + " " + d.Does, headerOf(a.Runner)})
		}
	}
	x.add("Who needs it", needed)
	x.add("Who gets through", e.passing(x.Address))
	x.add("By which statement", e.reasons(x.Address))
	output := slices.DeleteFunc(e.in(endpointsOf(p.Network)), func(r *evidence.Resource) bool {
		group := !p.Service.IsGateway() && r.Kind() == "aws_security_group"
		return !group && !isEndpoint(r, p)
	})
	return e.places(x, output, append(users(p), p.Network)...)
}

// thing explains one that stands by itself.
func (e *explainer) thing(t topology.Thing) *Explanation {
	m := t.Made()
	x := &Explanation{Address: t.Address(), What: fmt.Sprintf("the %s %s in %s of account.%s", m.What, m.Called, m.Region, m.Account.Name)}
	x.add("Who needs it", e.needs(t))
	x.add("Who else gets in, and by which statement", e.admitted(x.Address))
	return e.places(x, e.in(fileOf(x.Address)), t)
}

func (e *explainer) issuer(i *topology.Issuer) *Explanation {
	x := &Explanation{Address: i.Address(), What: "signs tokens as " + i.URL + ", for " + strings.Join(i.Audiences, ", ")}
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
			runners = append(runners, Fact{r.Address() + ", " + machine(r), headerOf(r)})
		}
	}
	for _, r := range e.Topology.Roles {
		if r.Issuer == i {
			roles = append(roles, Fact{r.Address(), headerOf(r)})
		}
	}
	x.add("Who shows its tokens", runners)
	x.add("Which roles believe them", roles)
	return e.places(x, e.in(fileOf(x.Address)), i)
}

func (e *explainer) runner(r *topology.Runner) *Explanation {
	x := &Explanation{Address: r.Address(), What: machine(r) + identity(r)}
	var work, roles []Fact
	for _, a := range r.Work {
		work = appendNew(work, Fact{Text: strings.Join(a.Does(), ", ") + way(a)})
	}
	for _, role := range r.Roles {
		roles = append(roles, Fact{role.Address(), headerOf(role)})
	}
	x.add("What it does", work)
	x.add("Which roles it may assume", roles)
	x.add("Who acts as it, and by which statement", e.admitted(x.Address))
	return e.places(x, e.in(fileOf(x.Address)), r)
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
	var ways []string
	for _, s := range a.Through {
		if w := wayTo(s, a); !slices.Contains(ways, w) {
			ways = append(ways, w)
		}
	}
	return ", through " + strings.Join(ways, " and ")
}

// wayTo is how its requests to one service travel.
func wayTo(s aws.Service, a *topology.Access) string {
	r := a.Runner
	path := r.Path(s)
	if a.Region != "" {
		path = r.PathIn(s, a.Region)
	}
	switch path {
	case topology.ThroughEndpoint:
		return r.Network.Address() + "." + string(s)
	case topology.Foreign:
		return "an endpoint of " + r.Hosted.Vendor + "'s"
	}
	return "the internet"
}

func (e *explainer) role(r *topology.Role) *Explanation {
	x := &Explanation{Address: r.Address(), What: fmt.Sprintf("the IAM role %s of account.%s, for sessions of up to %d seconds", r.Role, r.Account.Name, r.MaxSession)}
	var runners []Fact
	for _, runner := range r.Runners {
		runners = append(runners, Fact{runner.Address() + ", " + machine(runner), headerOf(runner)})
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
	return e.places(x, e.in(fileOf(x.Address)), r)
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
