package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// Access is what the proof has found open: who gets into which role, what runners reach, and which doors there are. Each row
// is a request that was evaluated and allowed, or something that was read from the Terraform, and is there for that reason
// alone. Every list is sorted.
type Access struct {
	Roles   []RoleAccess   `json:",omitempty"`
	Buckets []BucketAccess `json:",omitempty"`
	Runners []RunnerAccess `json:",omitempty"`
	Doors   []Opening      `json:",omitempty"`
}

// RoleAccess is who gets into a role, and what for.
type RoleAccess struct {
	Role       string // the block's label
	ARN        string
	MaxSession int  // seconds
	Guard      bool // sessions are worthless elsewhere
	Ways       []Way
	Issuer     string   `json:",omitempty"` // whose tokens it takes, by label
	Audiences  []string `json:",omitempty"`
	Subjects   []string `json:",omitempty"` // with wildcards
	Refused    []string `json:",omitempty"` // whose tokens it does not take from the right place either
	Beside     []string `json:",omitempty"` // runners that are not its own, from where a stolen token would work
	Allows     []string `json:",omitempty"` // "ecs:UpdateService on arn:…"
	// Through is how requests of its sessions travel, by the action, as far as that is known. Of a role without a guard nothing is
	// said: its sessions work anywhere.
	Through  map[string]string `json:",omitempty"`
	Managed  []string          `json:",omitempty"`
	Boundary string            `json:",omitempty"`
}

// A Way is one range of addresses from which some get into a role.
type Way struct {
	Address string   `json:",omitempty"` // a range; empty if it is known only after apply
	Place   string   // "the internet", "network.ci, through its STS endpoint"
	Runners []string // by label; none: anybody with a token
	As      []string `json:",omitempty"` // their ARNs; none: they show tokens
	By      []Ground // the statements of the trust policy that let them in
}

// RunnerAccess is what a runner reaches.
type RunnerAccess struct {
	Runner  string // the block's label
	Is      string // "CodeBuild project x in network.ci"
	As      string // ARN, or issuer
	Reaches []Reached
}

// A Reached is one thing that a runner's work does, and how its requests travel.
type Reached struct {
	Does    string // "pushes image.app"
	Through []string
}

func (r Reached) same(other Reached) bool {
	return r.Does == other.Does && slices.Equal(r.Through, other.Through)
}

// An Opening is a door that is there, and to whom it is open.
type Opening struct {
	Door string
	To   string
	Of   string   `json:",omitempty"` // the address of what has the door: "network.ci.sts"; empty: nothing of the spec
	Does []string `json:",omitempty"` // what they come for, a deed each, if the spec says so; see Explained
	By   []Ground `json:",omitempty"` // the statements that let them through; see Explained
}

// A Ground is a statement of a policy.
type Ground struct {
	Statement string // its Sid, or which one it is
	At        Place
}

func groundOf(h policy.Hit, at Place) Ground {
	return Ground{cmp.Or(h.Statement().Sid, fmt.Sprintf("statement %d", h.Index+1)), at}
}

// add takes in what another part of the proof has found.
func (a *Access) add(b Access) {
	a.Roles = append(a.Roles, b.Roles...)
	a.Buckets = append(a.Buckets, b.Buckets...)
	a.Runners = append(a.Runners, b.Runners...)
	a.Doors = append(a.Doors, b.Doors...)
}

func (a *Access) sort() {
	slices.SortFunc(a.Roles, func(a, b RoleAccess) int { return strings.Compare(a.Role, b.Role) })
	slices.SortFunc(a.Buckets, func(a, b BucketAccess) int { return strings.Compare(a.Bucket, b.Bucket) })
	slices.SortFunc(a.Runners, func(a, b RunnerAccess) int { return strings.Compare(a.Runner, b.Runner) })
	slices.SortStableFunc(a.Doors, func(a, b Opening) int { return cmp.Or(strings.Compare(a.Door, b.Door), strings.Compare(a.To, b.To)) })
	a.Doors = slices.CompactFunc(a.Doors, func(a, b Opening) bool {
		return a.Door == b.Door && a.To == b.To && a.Of == b.Of && slices.Equal(a.Does, b.Does) && slices.Equal(a.By, b.By)
	})
}

// open notes a door, of which more can be said.
func (s subject) open(to string, door string, args ...any) *Opening {
	doors := append(s.report.Access.Doors, Opening{Door: fmt.Sprintf(door, args...), To: to})
	s.report.Access.Doors = doors
	return &doors[len(doors)-1]
}

// of says what of the spec has the door, and what lets through.
func (o *Opening) of(address string, by []Ground, does ...string) {
	o.Of, o.By, o.Does = address, by, does
}

// stranger notes a door that no block of the spec describes: somebody's own, as postern makes none.
func (s subject) stranger(r *evidence.Resource, to, door string) {
	if !r.IsOurs() {
		s.open(to, "%s, which is not in the spec", door)
		return
	}
	s.report.Claims++
	s.report.Failures = append(s.report.Failures, Failure{
		Claim: Heeded, Why: "The " + door + " is in no block of the spec.", Emitted: r.Start(), Unread: true,
	})
}

// row notes a part of a door that lets its runners in.
func (g *gate) row(d *door, r reach, by []policy.Hit) {
	if len(by) == 0 {
		return
	}
	w := Way{Address: r.addresses, Place: r.place, As: d.Principals}
	for _, runner := range r.runners {
		w.Runners = append(w.Runners, runner.Name)
	}
	for _, h := range by {
		if h.Policy == g.trust {
			w.By = append(w.By, groundOf(h, g.hitAt(h)))
		}
	}
	g.access.Ways = append(g.access.Ways, w)
}

// noted is the role as ACCESS.md has it.
func (g *gate) noted() RoleAccess {
	a := g.access
	a.Role, a.ARN, a.MaxSession, a.Guard, a.Managed, a.Boundary = g.Name, g.ARN(), g.MaxSession, g.Guard, g.Managed, g.Boundary
	slices.Sort(a.Beside)
	a.Beside = slices.Compact(a.Beside)
	for _, allow := range g.Allow {
		for _, action := range allow.Actions {
			for _, resource := range allow.Resources {
				a.Allows = append(a.Allows, action+" on "+resource)
			}
		}
	}
	for _, work := range g.Work {
		for _, action := range work.Actions {
			for _, resource := range g.resourcesOf(work) {
				a.Allows = append(a.Allows, action+" on "+resource.String())
			}
		}
	}
	a.Through = g.travels(a.Allows)
	if g.Issuer == nil {
		return a
	}
	a.Issuer, a.Audiences = g.Issuer.Name, g.Issuer.Audiences
	for _, s := range g.Subjects {
		a.Subjects = append(a.Subjects, s.Pattern)
		for _, other := range s.Others {
			if !slices.Contains(a.Refused, other.What) {
				a.Refused = append(a.Refused, other.What)
			}
		}
	}
	return a
}

// note adds the runner to what was found.
func (w *worker) note() {
	a := RunnerAccess{Runner: w.Name, Is: kindOf(w.Runner), As: w.Identity()}
	if w.Issuer != nil {
		a.As = "issuer." + w.Issuer.Name
	}
	for _, access := range w.Work {
		if w.refused[access] {
			continue
		}
		for _, does := range access.Does() {
			if r := (Reached{does, w.through(access)}); !slices.ContainsFunc(a.Reaches, r.same) {
				a.Reaches = append(a.Reaches, r)
			}
		}
	}
	w.report.Access.Runners = append(w.report.Access.Runners, a)
}

// through is how requests of an access travel.
func (w *worker) through(a *topology.Access) (out []string) {
	switch {
	case len(a.Through) == 0:
		return []string{"AWS, on its behalf"}
	case w.home == nil:
		return []string{"the internet"}
	}
	for _, s := range a.Through {
		way := "endpoint " + string(s)
		if w.endpointFor(a, s) == nil {
			way = "NAT"
		}
		if !slices.Contains(out, way) {
			out = append(out, way)
		}
	}
	return out
}

// kindOf says what a runner is.
func kindOf(r *topology.Runner) string {
	switch {
	case r.Build != nil:
		return "CodeBuild project `" + r.Project + "` in network." + r.Network.Name
	case r.Network != nil:
		return "machines in network." + r.Network.Name
	}
	var at []string
	for _, p := range r.Addresses {
		at = append(at, "`"+p.String()+"`")
	}
	what := "machines"
	if r.Hosted != nil {
		what = "machines of " + r.Hosted.Vendor
	}
	if len(at) == 0 {
		return what + " anywhere"
	}
	return what + " at " + strings.Join(at, ", ")
}

// waysOut notes how requests leave the network.
func (h *home) waysOut(sealed bool) {
	switch {
	case sealed:
		h.open("nothing: there is no way out", "network.%s to the internet", h.Name)
	case h.Existing != nil && h.NAT:
		h.open("everything in it, as its owner routes it", "network.%s to the internet", h.Name)
	}
	for _, g := range h.gateways() {
		h.open("everything in it, through the "+g.name, "network.%s to the internet", h.Name)
	}
}

// unasked notes the roles and providers that no block of the spec describes. Who lets tokens of the spec's issuers into such
// a role has made a door that the spec does not have.
func (p *prover) unasked() {
	s, ours := subject{prover: p}, p.ownRoles()
	for _, r := range p.Of("aws_iam_role") {
		if trust := s.policyOf(policy.Trust, r, "assume_role_policy"); trust != nil && !ours[r.Computed("arn")] {
			s.unaskedRole(r, trust)
		}
	}
	asked := map[string]bool{}
	for _, i := range p.topology.Issuers {
		for _, a := range i.Accounts {
			asked[i.ProviderARN(a)] = true
		}
	}
	for _, r := range p.Of("aws_iam_openid_connect_provider") {
		if arn := r.Computed("arn"); !asked[arn] {
			s.stranger(r, "nobody but by roles that name it", "OIDC provider `"+evidence.Shown(arn)+"`")
		}
	}
	s.unknown()
}

// unknown notes what no claim knows. What of it could open a way of the spec's is a problem already.
func (s subject) unknown() {
	for _, kind := range s.Kinds() {
		if s.Matters(kind) || s.IsKnown(kind) {
			continue
		}
		for _, r := range s.Of(kind) {
			s.open("whom its own arguments let in", "resource `%s`, which is not in the spec", r.Address())
		}
	}
	for _, stack := range s.Stacks {
		for _, b := range stack.Data {
			s.open("what its own arguments say", "data source `%s`, which is not in the spec", strings.Join(b.Labels, "."))
		}
	}
}

func (s subject) unaskedRole(r *evidence.Resource, trust *policy.Policy) {
	for i, statement := range trust.Document.Statements {
		if statement.Effect != policy.Allow {
			continue
		}
		for _, p := range statement.Principal.Kinds() {
			to := "whom its conditions let in of everyone"
			if len(p.IDs) > 0 {
				to = "whom its conditions let in of `" + join(p.IDs) + "`"
			}
			s.stranger(r, to, "role `"+evidence.Shown(r.Computed("arn"))+"`")
			for _, issuer := range s.topology.Issuers {
				tokens := p.Kind == "*" || p.Kind == "Federated" && slices.ContainsFunc(p.IDs, func(id policy.Text) bool {
					return id.String() == "*" || strings.HasSuffix(id.String(), ":oidc-provider/"+issuer.Host())
				})
				s.holds(!tokens, Trusted, r.Statement("assume_role_policy", i), "The role %s is in no block of the spec, and lets in whoever has a token of issuer.%s.", evidence.Shown(r.Text("name")), issuer.Name)
			}
		}
	}
}

func join(texts []policy.Text) string {
	var out []string
	for _, t := range texts {
		out = append(out, t.String())
	}
	return strings.Join(out, "`, `")
}

// ownRoles are the ARNs of the roles that the spec asks for, and of those that write flow logs.
func (p *prover) ownRoles() map[string]bool {
	ours := map[string]bool{}
	for _, r := range p.topology.Roles {
		ours[r.ARN()] = true
	}
	for _, r := range p.topology.CodeBuilds() {
		ours[r.RoleARN()] = true
	}
	for _, r := range p.topology.Replications {
		ours[r.RoleARN()] = true
	}
	for _, i := range p.topology.PackageIndexes {
		if i.Proxy != nil {
			ours[i.Bucket.Account.Partition.ARN("iam", "", i.Bucket.Account.ID, "role/"+i.Proxy.Role)] = true
		}
	}
	for _, log := range p.Of("aws_flow_log") {
		ours[log.Text("iam_role_arn")] = true
	}
	return ours
}
