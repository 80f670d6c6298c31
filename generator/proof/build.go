package proof

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// service is CodeBuild as a principal.
const service = "codebuild.amazonaws.com"

// build checks all claims about a CodeBuild project.
func (w *worker) build() {
	p, r := w.prover, w.Runner
	w.project = p.Known("aws_codebuild_project", "arn", r.ProjectARN())
	if !w.holds(w.project != nil, Present, Place{File: r.Network.Stack(topology.DeliveryLayer)}, "There is no CodeBuild project %s for runner.%s.", r.Project, r.Name) {
		return
	}
	arn := w.project.Text("service_role")
	w.role = p.Known("aws_iam_role", "arn", arn)
	if !w.holds(w.role != nil, Present, w.project.At("service_role"), "The project uses the role %s, and no role of the tree is it.", evidence.Shown(arn)) {
		return
	}
	w.holds(arn == r.RoleARN(), Present, w.role.At("name"), "Whoever admits runner.%s knows it as %s, and its role is %s.", r.Name, r.RoleARN(), evidence.Shown(arn))
	w.trust()
	w.permissions()
	w.place()
	w.paths()
	w.permitted()
	w.keepsLog()
	w.builds()
}

// builds checks that the project builds what the spec says, in the image and with the rights that it says, and that nobody
// else gets to see it.
func (w *worker) builds() {
	w.plain(w.project)
	waits := slices.ContainsFunc(w.written, w.project.WaitsFor)
	w.holds(waits, Permitted, w.project.At("service_role"), "The project of runner.%s does not wait for the policy of its role, and CodeBuild checks when it is made that the role may enter the network.", w.Name)
	w.starts()
	kind := w.project.Setting("artifacts", "type")
	w.holds(kind == "NO_ARTIFACTS", Limited, w.project.At("artifacts"), "Builds of runner.%s leave artifacts, %q, and the spec has none.", w.Name, kind)
	b := w.project.Nested("environment")
	if !w.holds(b != nil, Present, w.project.At("source"), "The project of runner.%s has no environment.", w.Name) {
		return
	}
	at := b.Start()
	image, puller := b.Text("image"), b.Text("image_pull_credentials_type")
	w.holds(image == w.Build.Image, Present, at, "Builds of runner.%s run in %s, and not in %s.", w.Name, evidence.Shown(image), w.Build.Image)
	w.holds(puller == cond(w.Build.FromECR, "SERVICE_ROLE", "CODEBUILD"), Permitted, at, "The image of runner.%s is pulled with the wrong credentials, %q.", w.Name, puller)
	for _, want := range [][2]string{{"type", w.Build.Type}, {"compute_type", w.Build.Compute}} {
		is := b.Text(want[0])
		w.holds(is == want[1], Present, at, "Builds of runner.%s have the %s %q, and not %q.", w.Name, want[0], is, want[1])
	}
	timeout := w.project.Text("build_timeout")
	w.holds(timeout == strconv.Itoa(w.Build.Timeout), Present, w.project.At("build_timeout"), "Builds of runner.%s may take %s minutes, and not %d.", w.Name, timeout, w.Build.Timeout)
	privileged := b.Text("privileged_mode") == "true"
	w.holds(privileged || !w.Build.Docker, Permitted, at, "Builds of runner.%s run docker, which privileged_mode does not let them.", w.Name)
	w.holds(!privileged || w.Build.Docker, Limited, at, "Builds of runner.%s run no docker, and are privileged.", w.Name)
	w.variables(b)
}

// starts checks what the project builds from, and what it does with it.
func (w *worker) starts() {
	want, where := "NO_SOURCE", ""
	switch {
	case w.Build.Repository != nil:
		want, where = "CODECOMMIT", w.Build.Repository.CloneURL()
	case w.Build.Object != "":
		want, where = "S3", w.Build.ObjectPath()
	}
	b := w.project.Nested("source")
	if !w.holds(b != nil, Present, w.project.At("source"), "The project of runner.%s has no source.", w.Name) {
		return
	}
	at := b.Start()
	kind, location := b.Text("type"), b.Text("location")
	w.holds(kind == want && location == where, Present, at, "runner.%s builds from %s %s, and its project from %s %s.", w.Name, want, where, kind, evidence.Shown(location))
	w.holds(b.Text("buildspec") == w.Build.Buildspec, Present, at, "The project of runner.%s has another buildspec than the spec.", w.Name)
}

// variables checks that builds find the variables of the spec, and no others: what they mean, the buildspec decides.
func (w *worker) variables(environment *evidence.Block) {
	found := map[string][2]string{}
	for _, v := range environment.Blocks("environment_variable") {
		name := v.Text("name")
		_, twice := found[name]
		w.holds(!twice, Present, v.Start(), "The project of runner.%s has the variable %s twice.", w.Name, name)
		found[name] = [2]string{cmp.Or(v.Text("type"), "PLAINTEXT"), v.Text("value")}
	}
	at := environment.Start()
	for _, v := range w.Build.Environment {
		is, there := found[v.Name]
		delete(found, v.Name)
		w.holds(there && is == [2]string{v.Type, v.Value}, Present, at, "The variable %s of runner.%s is %q in its project, and not %q.", v.Name, w.Name, evidence.Shown(is[1]), v.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		w.holds(false, Present, at, "The project of runner.%s has the variable %s, which is not in the spec.", w.Name, name)
	}
}

// trust checks that the role admits CodeBuild for this project alone.
func (w *worker) trust() {
	trust := w.policyOf(policy.Trust, w.role, "assume_role_policy")
	at := w.role.At("assume_role_policy")
	if !w.holds(trust != nil, Admitted, at, "The role says nothing of who may assume it.") {
		return
	}
	by, let := w.admitsService(w.role, trust, Admitted, want{
		what: "CodeBuild assumes the role for the project " + w.Project,
		Statement: policy.Statement{Principal: policy.Service(service), Conditions: []policy.Condition{
			policy.When("StringEquals", "aws:SourceAccount", w.Network.Account.ID), policy.When("ArnEquals", "aws:SourceArn", w.ProjectARN()),
		}},
	})
	if let {
		w.open("CodeBuild, for the project `"+w.Project+"` alone", "role `%s`", w.role.Computed("arn")).of(w.Address(), by)
	}
}

// admitsService checks that a role admits a service for what it does, and nobody else. It tells by which statements it does.
func (s subject) admitsService(role *evidence.Resource, trust *policy.Policy, c Claim, w want) (by []Ground, let bool) {
	w.Effect, w.Actions, w.Resources = policy.Allow, []string{byCaller}, policy.Literals("*")
	q := question{
		decide: []*policy.Policy{trust}, wants: []want{w}, on: []policy.Text{evidence.Text(role.Computed("arn"))},
		where: role.At("assume_role_policy"), at: func(h policy.Hit) Place { return role.Statement("assume_role_policy", h.Index) },
	}
	let = s.decided(q, c, func(r *ruling) {
		r.nothingMore(Trusted, r.universe.All(), "")
		r.namesNobodyElse(Trusted)
	})[0]
	return s.grounds(q)(0), let
}

// entering is what CodeBuild asks with the role to put builds into the network, and nowhere else.
func (w *worker) entering() []want {
	place := w.Network.Place
	interfaces := policy.Literals(place.ARN("ec2", "network-interface/*"))
	var subnets, into []policy.Text
	for _, s := range w.subnets {
		subnets = append(subnets, evidence.Text(place.ARN("ec2", "subnet/"+s)))
	}
	for _, g := range w.groups {
		into = append(into, evidence.Text(place.ARN("ec2", "security-group/"+g)))
	}
	asks := func(actions []string, resources []policy.Text, when ...policy.Condition) want {
		return want{what: "CodeBuild puts builds of runner." + w.Name + " into the network", Statement: policy.Statement{Actions: actions, Resources: resources, Conditions: when}}
	}
	return []want{
		asks(describe, policy.Literals("*")),
		asks([]string{"ec2:CreateNetworkInterface"}, slices.Concat(interfaces, subnets, into)),
		asks([]string{"ec2:DeleteNetworkInterface"}, interfaces),
		asks([]string{"ec2:CreateNetworkInterfacePermission"}, interfaces, policy.When("StringEquals", "ec2:AuthorizedService", service),
			policy.Condition{Operator: "ArnEquals", Key: "ec2:Subnet", Values: subnets}),
	}
}
