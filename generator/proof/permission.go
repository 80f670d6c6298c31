package proof

import (
	"maps"
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

// caller is who signs the runner's own requests; anonymous for one that has tokens alone.
func (w *worker) caller() policy.Caller {
	switch {
	case w.role != nil:
		return policy.AsSession(evidence.Text(w.role.Computed("arn")), "build")
	case w.Principal != "":
		return signer(w.Principal)
	}
	return policy.Caller{}
}

// signer calls as an IAM role or user.
func signer(arn string) policy.Caller {
	if strings.Contains(arn, ":user/") {
		return policy.AsUser(arn)
	}
	return policy.AsSession(policy.Literal(arn), "s")
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

// own are the policies of the runner itself. Those of an IAM principal that exists are somebody else's, and taken to allow.
func (w *worker) own() []*policy.Policy {
	if w.project == nil {
		return []*policy.Policy{anyIdentity}
	}
	return w.allows
}

// works checks that all its work gets through, on a path that is there.
func (w *worker) works() {
	w.paths()
	for _, a := range w.Work {
		failed := len(w.report.Failures)
		w.asks(a)
		w.refused[a] = w.refused[a] || len(w.report.Failures) > failed
	}
}

// asks checks that one access gets through: the role, the endpoints on the way and who owns the resource allow it.
func (w *worker) asks(a *topology.Access) {
	ways := []*evidence.Resource{nil} // AWS asks on the runner's behalf, or the request goes out through NAT
	if len(a.Through) > 0 {
		ways = nil
		for _, s := range a.Through {
			ways = append(ways, w.endpointFor(a, s))
		}
	}
	for _, endpoint := range ways {
		for _, action := range a.Actions {
			for _, resource := range w.resources(a) {
				w.ask(a, policy.Request{Action: example(action), Resource: resource}, endpoint)
			}
		}
	}
}

// endpointFor is the endpoint through which an access asks a service, nil if the request leaves the network.
func (w *worker) endpointFor(a *topology.Access, s aws.Service) *evidence.Resource {
	if a.Region != "" {
		return nil // an endpoint leads to its own region alone
	}
	return w.home.endpoint(s)
}

// resources are examples of what the access asks for.
func (w *worker) resources(a *topology.Access) []policy.Text {
	if a.KeyOf != nil {
		return []policy.Text{evidence.Text(w.keyARN(*a.KeyOf))}
	}
	var out []policy.Text
	for _, r := range a.Resources {
		if r != "*" {
			r = example(r)
		}
		out = append(out, policy.Literal(r))
	}
	return out
}

// example is something that a pattern of ours matches.
func example(pattern string) string { return examples.Replace(pattern) }

var examples = strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$", "*", "Some/Example-1", "?", "x")

func (w *worker) ask(a *topology.Access, r policy.Request, endpoint *evidence.Resource) {
	parties := w.owner(a, r)
	r.Caller, r.Context = w.caller(), w.seen(endpoint)
	at := w.permissionsAt()
	if endpoint != nil {
		if p := w.policyOf(policy.Endpoint, endpoint, "policy"); p != nil {
			parties = append(parties, p)
		}
	}
	for _, c := range a.Conditions {
		r.Context = r.Context.With(c.Key, evidence.Text(example(c.Values[0].String())))
	}
	switch {
	case a.Presigned: // signed by AWS, in nobody's name that we know
		r.Caller = policy.Caller{}
	case a.Federated: // the role's trust policy is a matter of its own: see gate
		r.Caller, parties = policy.AsFederated(policy.Literal("somebody's provider")), append(parties, anyTrust)
	case a.Unknown:
		r.Owner = accountIn(w.root())
		parties = append(parties, anyIdentity)
	default:
		parties = append(parties, w.own()...)
	}
	signed := w.Identity() != "" && a.As == nil || a.Presigned || a.Federated
	if signed && (endpoint != nil || !a.Presigned && !a.Federated) {
		d := policy.Evaluate(r, parties...)
		if endpoint != nil && (a.Presigned || a.Federated || a.Unknown || lacks(d, policy.Endpoint)) {
			at = endpoint.At("policy")
		}
		w.holds(d.Allowed(), Permitted, at, "runner.%s %s, and may not %s on %s: %s.", w.Name, strings.Join(a.Does, ", "), r.Action, r.Resource, d)
		if d.Allowed() && w.project != nil { // whose own policies are in the tree
			w.onlyVia(a, r, at, parties)
		}
	}
	w.asRoles(a, r, endpoint, parties)
}

// asRoles checks that sessions of the roles that the work assumes get through an endpoint, too.
func (w *worker) asRoles(a *topology.Access, r policy.Request, endpoint *evidence.Resource, parties []*policy.Policy) {
	for _, role := range a.Roles {
		r.Caller, r.Owner = policy.AsSession(policy.Literal(role), "deploy"), accountIn(role)
		if endpoint != nil {
			d := policy.Evaluate(r, append(parties, anyIdentity)...)
			w.holds(d.Allowed(), Permitted, endpoint.At("policy"), "runner.%s %s with the role %s, which may not %s: %s.", w.Name, strings.Join(a.Does, ", "), role, r.Action, d)
		}
	}
}

// onlyVia checks that conditions of the access are there: without what they ask for, the request is denied.
func (w *worker) onlyVia(a *topology.Access, r policy.Request, at Place, parties []*policy.Policy) {
	for _, c := range a.Conditions {
		for _, other := range [][]policy.Text{nil, policy.Literals("stranger.example.com")} {
			r.Context = r.Context.With(c.Key, other...)
			d := policy.Evaluate(r, parties...)
			w.holds(!d.Allowed(), Limited, at, "runner.%s may %s on %s without %s being %s: %s.", w.Name, r.Action, r.Resource, c.Key, c.Values[0], d)
		}
	}
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

// owner are the policies of whom the resource belongs to. Those outside the tree are taken to allow.
func (w *worker) owner(a *topology.Access, r policy.Request) []*policy.Policy {
	if a.KeyOf != nil && a.KeyOf.Account.ID == accountIn(w.root()) { // of others it depends on the bucket: see vault
		if p := w.keyPolicy(*a.KeyOf); p != nil {
			return []*policy.Policy{p}
		}
		return nil
	}
	arn, _ := r.Resource.Literal()
	if repository := w.Known("aws_ecr_repository", "arn", arn); repository != nil {
		var admits []*policy.Policy
		for _, r := range w.policiesOf(repository) {
			if p := w.policyOf(policy.Resource, r, "policy"); p != nil {
				admits = append(admits, p)
			}
		}
		return admits
	}
	if a.Presigned {
		return []*policy.Policy{anyResource}
	}
	if v := w.vaultOf(arn); v != nil && v.admits != nil { // one without a policy is reported there
		return []*policy.Policy{v.admits}
	}
	return w.others(w.root())
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

// root is the account that the runner's requests are signed in, as the ARN of its root.
func (w *worker) root() string {
	if w.Principal != "" {
		return w.Network.Account.Partition.ARN("iam", "", accountIn(w.Principal), "root")
	}
	return w.Network.Account.Root()
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
func (p *prover) others(root string) []*policy.Policy {
	return slices.Clone(p.outside.get(root, func() (out []*policy.Policy) {
		for _, k := range []policy.Kind{policy.Resource, policy.Trust, policy.Key} {
			out = append(out, anything(k, policy.Accounts(root)))
		}
		return out
	}))
}

// policiesOf are the policies of an ECR repository.
func (p *prover) policiesOf(repository *evidence.Resource) []*evidence.Resource {
	return slices.DeleteFunc(slices.Clone(p.Where("aws_ecr_repository_policy", "repository", repository.Text("name"))), func(r *evidence.Resource) bool {
		return r.Stack != repository.Stack
	})
}

// seen is what AWS sees of where a request comes from.
func (w *worker) seen(endpoint *evidence.Resource) policy.Context {
	var c policy.Context
	c = c.With("aws:SecureTransport", policy.Literal("true"))
	switch {
	case endpoint != nil:
		return c.With("aws:SourceVpc", evidence.Text(w.home.vpc)).With("aws:SourceVpce", evidence.Text(endpoint.ID())).With("aws:VpcSourceIp", policy.Literal("10.0.0.1"))
	case w.Network.NAT:
		return c.With("aws:SourceIp", policy.Literal("192.0.2.1"))
	}
	return c
}

// describe are the actions by which CodeBuild looks a network up.
var describe = []string{"ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}

// noMore checks that the role has no statement beyond the work: each action on each resource is asked for by some access.
func (w *worker) noMore() {
	asked := map[[2]string]bool{}
	for _, a := range w.Work {
		if a.Presigned || a.Free || a.Unknown {
			continue
		}
		resources := policy.Literals(a.Resources...)
		if a.KeyOf != nil {
			resources = []policy.Text{evidence.Text(w.keyARN(*a.KeyOf))}
		}
		note(asked, a.Actions, resources)
	}
	place := w.Network.Place
	for _, action := range describe {
		asked[[2]string{action, "*"}] = true
	}
	interfaces := []policy.Text{policy.Literal(place.ARN("ec2", "network-interface/*"))}
	note(asked, []string{"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:CreateNetworkInterfacePermission"}, interfaces)
	for _, s := range w.subnets {
		asked[[2]string{"ec2:CreateNetworkInterface", evidence.Shown(place.ARN("ec2", "subnet/"+s))}] = true
	}
	for _, g := range w.groups {
		asked[[2]string{"ec2:CreateNetworkInterface", evidence.Shown(place.ARN("ec2", "security-group/"+g))}] = true
	}
	for i, p := range w.allows {
		w.limited(p, asked, w.written[i].At("policy"))
	}
}

func note(asked map[[2]string]bool, actions []string, resources []policy.Text) {
	for _, action := range actions {
		for _, r := range resources {
			asked[[2]string{action, r.String()}] = true
		}
	}
}

// carried are the keys of requests in roles of the tree, as claims try them.
var carried = []string{
	"aws:principalarn", "aws:securetransport", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:viaawsservice", "aws:vpcsourceip",
	"ec2:authorizedservice", "ec2:subnet", "kms:encryptioncontext:aws:s3:arn", "kms:viaservice",
}

// limited checks that a policy allows nothing but what is asked for, word for word, and refuses no part of it. One inside a
// role tests nothing but what requests carry: whom else it refuses cannot be told.
func (s subject) limited(p *policy.Policy, asked map[[2]string]bool, at Place) {
	for i, statement := range p.Document.Statements {
		hit := policy.Hit{Policy: p, Index: i}
		for _, c := range statement.Conditions {
			known := p.Kind != policy.Identity || slices.Contains(carried, strings.ToLower(c.Key))
			s.holds(known, Permitted, at, "%s tests %s, and the spec says nothing of it: what it lets the work do cannot be told.", hit, c.Key)
		}
		if statement.Effect != policy.Allow {
			s.whole(statement, hit, asked, at)
			continue
		}
		s.holds(len(statement.NotActions)+len(statement.NotResources) == 0, Limited, at, "%s allows all but some, and so what nobody asks for.", hit)
		for _, action := range statement.Actions {
			for _, r := range statement.Resources {
				s.holds(asked[[2]string{action, r.String()}], Limited, at, "%s allows %s on %s, and no work asks for that.", hit, action, r)
			}
		}
	}
}

// whole checks that a Deny is about all of what is asked for, of which one example is tried, or about nothing of it.
func (s subject) whole(deny policy.Statement, hit policy.Hit, asked map[[2]string]bool, at Place) {
	if hit.Policy.Kind == policy.Resource {
		return // of buckets and APIs: see vault.refuses and booth.shut
	}
	for _, work := range slices.SortedFunc(maps.Keys(asked), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		action, resource := work[0], work[1]
		beginning, pattern := strings.CutSuffix(resource, "*")
		if !pattern || beginning == "" {
			continue
		}
		for _, r := range slices.Concat(deny.Resources, deny.NotResources) {
			part := r.String() != resource && strings.HasPrefix(r.String(), beginning)
			s.holds(!part || !speaksOf(deny, action), Permitted, at, "%s refuses a part of %s, on all of which the work is to %s.", hit, resource, action)
		}
	}
}

// speaksOf tells whether a statement is about an action.
func speaksOf(s policy.Statement, action string) bool {
	action = strings.ToLower(example(action))
	matches := func(pattern string) bool { return like(strings.ToLower(pattern), action) }
	return slices.ContainsFunc(s.Actions, matches) || len(s.NotActions) > 0 && !slices.ContainsFunc(s.NotActions, matches)
}

// endpointName is the name of a service's endpoint in the network.
func endpointName(n *topology.Network, s aws.Service) string {
	return n.Account.Partition.EndpointName(n.Region, s)
}
