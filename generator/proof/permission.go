package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A worker is a runner as the tree has it.
type worker struct {
	subject
	*topology.Runner
	project *evidence.Resource   // nil: it is no CodeBuild project
	role    *evidence.Resource   // the project's
	allows  []*policy.Policy     // the role's
	written []*evidence.Resource // where they are
	home    *home                // the network's
	seat    Place                // where it is put into its network
	refused map[*topology.Access]bool
	subnets []string
	groups  []string
}

// runner checks all claims about one runner. One that is elsewhere has nothing in the tree.
func (p *prover) runner(r *topology.Runner) {
	w := &worker{subject: subject{p, r.Range}, Runner: r, refused: map[*topology.Access]bool{}}
	if r.Network != nil {
		w.home = p.home(r.Network)
	}
	switch {
	case r.Build != nil:
		w.build()
	case r.Network != nil:
		w.machines()
	}
	w.note()
}

// stranger is an account that stands for all that the spec does not have.
const stranger = "998877665544"

// permissions collects what the role may do.
func (w *worker) permissions() {
	w.holds(!w.role.Has("permissions_boundary"), Readable, w.role.At("permissions_boundary"), "The role has a permissions_boundary, which is not in this tree.")
	w.nothingInside(w.role)
	w.attached(w.role, nil)
	w.allows, w.written = w.inline(w.role)
	w.holds(len(w.allows) > 0, Permitted, w.role.At("name"), "The role of runner.%s has no policy.", w.Name)
}

// permissionsAt is where the role's permissions are, or the role if it has none. Those of a runner without a project are
// not in the tree.
func (w *worker) permissionsAt() Place {
	switch {
	case len(w.written) > 0:
		return w.written[0].At("policy")
	case w.role != nil:
		return w.role.At("name")
	}
	return w.seat
}

// permitted checks that the role allows the work, and nothing beyond it, and that whom its resources belong to let it through.
func (w *worker) permitted() {
	wants := w.entering()
	var works []*topology.Access
	for _, a := range w.Work {
		if a.Presigned || a.Free || a.Unknown || a.Federated {
			continue
		}
		works = append(works, a)
		wants = append(wants, want{
			what:      "runner." + w.Name + " " + strings.Join(a.Does(), ", "),
			Statement: policy.Statement{Actions: a.Actions, Resources: w.resourcesOf(a), Conditions: a.Conditions},
		})
	}
	others := len(wants) - len(works)
	let := w.exactly(w.role.Computed("arn"), w.allows, wants, w.permissionsAt(), w.statementOf)
	for i, a := range works {
		w.refused[a] = w.refused[a] || !let[others+i] || !w.granted(a, wants[others+i])
	}
}

// statementOf is where a statement of the role's policies is.
func (w *worker) statementOf(h policy.Hit) Place {
	for i, p := range w.allows {
		if p == h.Policy {
			return w.written[i].Statement("policy", h.Index)
		}
	}
	return w.permissionsAt()
}

// granted checks that whom the resources of an access belong to, where they are in the tree, let it through together with the role.
func (w *worker) granted(a *topology.Access, asked want) bool {
	ok := true
	for _, resource := range asked.Resources {
		owner, where, at := w.ownerOf(a, resource)
		if len(owner) == 0 {
			continue
		}
		asked.Resources = []policy.Text{resource}
		if v := w.vaultOf(resource.String()); v != nil {
			asked.Conditions = append(slices.Clip(a.Conditions), policy.When("StringEquals", "aws:ResourceAccount", v.Account.ID), secure)
		} else if m, it := w.thingOf(resource.String()); it != nil && len(m.Gate) > 0 {
			asked.Conditions = append(slices.Clip(a.Conditions), policy.When("StringEquals", "aws:ResourceAccount", m.Account.ID), secure)
		}
		r, told := w.ask(question{
			decide: append(slices.Clone(w.allows), owner...), wants: []want{asked}, where: where, at: at,
			within: []policy.Condition{{Operator: "ArnEquals", Key: "aws:PrincipalArn", Values: []policy.Text{evidence.Text(w.role.Computed("arn"))}}},
		})
		ok = told && r.nothingLess(Permitted)[0] && ok
	}
	return ok
}

// endpointFor is the endpoint through which an access asks a service, nil if the request leaves the network.
func (w *worker) endpointFor(a *topology.Access, s aws.Service) *evidence.Resource {
	if a.Region != "" {
		return nil // an endpoint leads to its own region alone
	}
	return w.home.endpoint(s)
}

func lacks(d policy.Decision, k policy.Kind) bool {
	for _, h := range d.By {
		if d.Outcome == policy.ExplicitlyDenied && h.Policy.Kind == k {
			return true
		}
	}
	for _, lacking := range d.Lacking() {
		if lacking == k {
			return true
		}
	}
	return false
}

// ownerOf are the policies of whom a resource of an access belongs to, and where they are; none if they are outside the tree, and so taken
// to allow.
func (w *worker) ownerOf(a *topology.Access, resource policy.Text) (decide []*policy.Policy, where Place, at func(policy.Hit) Place) {
	from := func(of *evidence.Resource, p *policy.Policy) {
		if p != nil {
			decide, where = append(decide, p), of.At("policy")
			at = func(h policy.Hit) Place {
				return cond(h.Policy == p, of.Statement("policy", h.Index), w.statementOf(h))
			}
		}
	}
	if a.KeyOf != nil {
		return nil, Place{}, nil // whose account's policies decide about it: see lock
	}
	arn := strings.TrimSuffix(resource.String(), "/*")
	if m, it := w.thingOf(arn); it != nil && m.Policy != "" {
		for _, r := range w.rulesOf(m, it) {
			from(r, w.policyOf(policy.Resource, r, "policy"))
		}
	} else if v := w.vaultOf(arn); v != nil && v.admits != nil { // one without a policy is reported there
		from(v.rules, v.admits)
	}
	return decide, where, at
}

// thingOf is the thing that an ARN is of, and where it is in the tree; nil if it is not there.
func (p *prover) thingOf(arn string) (topology.Made, *evidence.Resource) {
	if t := p.things[arn]; t != nil {
		m := t.Made()
		return m, p.Known(m.Kind, "arn", arn)
	}
	return topology.Made{}, nil
}

// vaultOf is the bucket of the tree that an ARN is about, nil if there is none, or the runner publishes there: then the
// bucket's own claims try it, from each of its places.
func (w *worker) vaultOf(arn string) *vault {
	for _, b := range w.topology.Buckets {
		if !b.Existing && (arn == b.ARN() || strings.HasPrefix(arn, b.ARN()+"/")) {
			if slices.ContainsFunc(b.Writers, func(g *topology.Grant) bool { return g.Runner == w.Runner }) {
				return nil
			}
			return w.vault(b)
		}
	}
	return nil
}

// accountIn is the account in an ARN.
func accountIn(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// others are the policies of resources outside the tree: they leave it to the own policies of an account, which is named by
// its root.
func (f *findings) others(root string) []*policy.Policy {
	return slices.Clone(f.outside.get(root, func() (out []*policy.Policy) {
		for _, k := range []policy.Kind{policy.Resource, policy.Trust, policy.Key} {
			out = append(out, anything(k, policy.Accounts(root)))
		}
		return out
	}))
}

// describe are the actions by which CodeBuild looks a network up.
var describe = []string{"ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}

// endpointName is the name of a service's endpoint in the network.
func endpointName(n *topology.Network, s aws.Service) string {
	return n.Account.Partition.EndpointName(n.Region, s)
}
