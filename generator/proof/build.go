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
	w.works()
	w.entersNetwork()
	w.noMore()
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
	account, arn := w.Network.Account.ID, w.ProjectARN()
	ask := func(c policy.Caller, account, arn string) policy.Decision {
		var known policy.Context
		if account != "" {
			known = known.With("aws:SourceAccount", policy.Literal(account))
		}
		if arn != "" {
			known = known.With("aws:SourceArn", policy.Literal(arn))
		}
		return policy.Evaluate(policy.Request{Caller: c, Action: "sts:AssumeRole", Resource: evidence.Text(w.role.Computed("arn")), Context: known}, trust, anyIdentity)
	}
	build := policy.AsService(service)
	d := ask(build, account, arn)
	if w.holds(d.Allowed(), Admitted, at, "CodeBuild cannot assume the role for the project %s: %s.", w.Project, d) {
		w.open("CodeBuild, for the project `"+w.Project+"` alone", "role `%s`", w.role.Computed("arn"))
	}
	partition := w.Network.Account.Partition
	for _, s := range []struct {
		who          string
		caller       policy.Caller
		account, arn string
	}{
		{"CodeBuild for another project", build, account, arn + "-2"},
		{"CodeBuild for any project", build, account, w.Network.Place.ARN("codebuild", "project/stranger")},
		{"CodeBuild for another region's project", build, account, partition.ARN("codebuild", "xx-north-9", account, "project/"+w.Project)},
		{"CodeBuild for another account", build, stranger, partition.ARN("codebuild", w.Network.Region, stranger, "project/"+w.Project)},
		{"CodeBuild for another account that names this project", build, stranger, arn},
		{"CodeBuild without saying for whom", build, "", ""},
		{"CodeBuild without saying for which project", build, account, ""},
		{"CodeBuild without saying for which account", build, "", arn},
		{"another service", policy.AsService("ec2.amazonaws.com"), account, arn},
		{"a role of the same account", policy.AsSession(policy.Literal(partition.ARN("iam", "", account, "role/stranger")), "s"), account, arn},
		{"the account itself", policy.AsRoot(w.Network.Account.Root()), account, arn},
		{"a role of another account", policy.AsSession(policy.Literal(partition.ARN("iam", "", stranger, "role/stranger")), "s"), account, arn},
		{"anyone", policy.Caller{}, account, arn},
		{"an identity provider", policy.AsFederated(policy.Literal(partition.ARN("iam", "", account, "oidc-provider/ci.example.com"))), account, arn},
	} {
		d := ask(s.caller, s.account, s.arn)
		w.holds(!d.Allowed(), Trusted, at, "%s can assume the role: %s.", s.who, d)
	}
}

// entersNetwork checks that CodeBuild may put builds into the network with the role, and nowhere else.
func (w *worker) entersNetwork() {
	place := w.Network.Place
	ask := func(action, resource, authorized, subnet string) policy.Decision {
		r := policy.Request{Caller: w.caller(), Action: action, Resource: evidence.Text(resource), Owner: place.Account.ID}
		if authorized != "" {
			r.Context = r.Context.With("ec2:AuthorizedService", policy.Literal(authorized)).With("ec2:Subnet", evidence.Text(subnet))
		}
		return policy.Evaluate(r, w.allows...)
	}
	at := w.permissionsAt()
	may := func(action, resource, authorized, subnet string) {
		d := ask(action, resource, authorized, subnet)
		w.holds(d.Allowed(), Permitted, at, "CodeBuild puts builds of runner.%s into the network, and may not %s on %s: %s.", w.Name, action, evidence.Shown(resource), d)
	}
	mayNot := func(action, resource, authorized, subnet string) {
		d := ask(action, resource, authorized, subnet)
		w.holds(!d.Allowed(), Limited, at, "The role of runner.%s may %s on %s: %s.", w.Name, action, evidence.Shown(resource), d)
	}
	nic := place.ARN("ec2", "network-interface/eni-1")
	for _, action := range describe {
		may(action, "*", "", "")
	}
	may("ec2:CreateNetworkInterface", nic, "", "")
	may("ec2:DeleteNetworkInterface", nic, "", "")
	for _, s := range w.subnets {
		arn := place.ARN("ec2", "subnet/"+s)
		may("ec2:CreateNetworkInterface", arn, "", "")
		may("ec2:CreateNetworkInterfacePermission", nic, service, arn)
		mayNot("ec2:CreateNetworkInterfacePermission", nic, "ec2.amazonaws.com", arn)
	}
	for _, g := range w.groups {
		may("ec2:CreateNetworkInterface", place.ARN("ec2", "security-group/"+g), "", "")
	}
	mayNot("ec2:CreateNetworkInterface", place.ARN("ec2", "subnet/subnet-stranger"), "", "")
	mayNot("ec2:CreateNetworkInterface", place.ARN("ec2", "security-group/sg-stranger"), "", "")
	mayNot("ec2:CreateNetworkInterfacePermission", nic, service, place.ARN("ec2", "subnet/subnet-stranger"))
}
