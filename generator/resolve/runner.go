package resolve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// defaultImages are what builds run in unless the spec says otherwise.
// Source: AWS CodeBuild User Guide, "Docker images provided by CodeBuild".
var defaultImages = map[string]string{
	"LINUX_CONTAINER":     "aws/codebuild/amazonlinux-x86_64-standard:5.0",
	"ARM_CONTAINER":       "aws/codebuild/amazonlinux-aarch64-standard:3.0",
	"LINUX_GPU_CONTAINER": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
}

// A runnerResolver resolves runners, CodeBuild projects (runner.go) and others (machine.go).
type runnerResolver struct{ *resolver }

func (r runnerResolver) runner(s *spec.Runner) {
	r.blocks[s.Name] = s
	n := find[*topology.Network](r, s.Network.V.Name)
	switch {
	case s.Network.IsSet() && n == nil, s.CodeBuild != nil && n == nil:
		return // reported where the network is
	case n == nil && !s.Addresses.IsSet() && s.Hosted == nil:
		r.missing(s.Header, s.Header.Range, "Runner of no kind",
			"runner.%s says nothing of what runs or where. Write a codebuild block in it, with what the build reads, builds and pushes; or the network that somebody's own machine is in; or the addresses of one elsewhere.", s.Name)
		return
	case !r.ownAccount(s, n):
		return
	}
	if s.Addresses.IsSet() && len(s.Addresses.V) == 0 {
		r.missing(s.Header, s.Addresses.Range, "Empty list of addresses",
			"The list of addresses of runner.%s is empty, so no role could admit it from anywhere. Write those that it comes from, or correct the condition that leaves out all of them.", s.Name)
	}
	runner := &topology.Runner{Name: s.Name, Network: n, Range: s.Header.Range, Roles: r.rolesOf[s.Name]}
	if n != nil {
		runner.Group = role(r.topology.Prefix, s.Name)
		runner.Addresses = r.ranges(s.Addresses, r.inside(n, s.Name))
		n.Runners = append(n.Runners, runner)
	} else {
		runner.Addresses = r.ranges(s.Addresses, r.public("runner."+s.Name, "Write those, or give the runner the network of the spec that it is in."))
	}
	r.identity(s, runner)
	if s.CodeBuild != nil {
		r.codeBuild(s, runner)
	} else {
		r.machine(s, runner)
	}
	add(r, s.Name, runner)
	r.topology.Runners = append(r.topology.Runners, runner)
}

// ownAccount reports an account that is not the network's.
func (r runnerResolver) ownAccount(s *spec.Runner, n *topology.Network) bool {
	a := find[*topology.Account](r, s.Account.V.Name)
	switch {
	case n == nil && s.Account.IsSet():
		r.wrong(s.Account.Range, "Account of runner elsewhere", "runner.%s is in no network of the spec, so it belongs to none of its accounts. Remove account, or write the network that the runner is in.", s.Name)
	case n == nil || a == nil || a == n.Account:
		return true
	default:
		r.wrong(s.Account.Range, "Network of another account",
			"A runner is in the account of its VPC: runner.%s is in account.%s, and network.%s in account.%s. Remove account, or give the runner a network in account.%s.",
			s.Name, a.Name, n.Name, n.Account.Name, a.Name)
	}
	return false
}

// codeBuild resolves a runner that is a CodeBuild project.
func (r runnerResolver) codeBuild(s *spec.Runner, runner *topology.Runner) {
	runner.Project, runner.Role, runner.Build = project(r.topology.Prefix, s.Name), runner.Group, &topology.Build{}
	r.builderAddresses(s, runner.Network)
	if s.Hosted != nil {
		r.wrong(s.Hosted.Header.Range, "Hosted runner in a network", "A CodeBuild project is AWS's to run, in a network of yours, and needs no hosted block. Remove it from runner.%s.", s.Name)
	}
	r.misplaced("What builds of a CodeBuild project use is in its codebuild block", []written{{"uses", s.Uses.Range}}, "Move ARGUMENT there.")
	b := &build{resolver: r.resolver, runner: runner, spec: s.CodeBuild}
	for _, resolve := range buildSteps {
		resolve(b)
	}
}

// A build resolves one codebuild block.
type build struct {
	*resolver
	runner  *topology.Runner
	spec    *spec.CodeBuild
	assumed []string // ARNs of the roles that the work assumes, sorted
}

func (b *build) place() topology.Place { return b.runner.Network.Place }

func (b *build) machine() {
	s, out := b.spec, b.runner.Build
	out.Docker = s.Docker.V
	out.Buildspec = s.Buildspec.V
	out.Type = b.choice("\"type\" of runner."+b.runner.Name, s.Type, spec.EnvironmentTypes...)
	out.Image = s.Image.Or(defaultImages[out.Type])
	out.Compute = s.Compute.V
	switch {
	case slices.Contains(spec.ComputeTypes, out.Compute):
	case strings.HasPrefix(out.Compute, "BUILD_LAMBDA"):
		b.wrong(s.Compute.Range, "Lambda compute in a VPC",
			"CodeBuild cannot put a build on Lambda compute into a VPC, and runner.%s works in network.%s. Write %s.", b.runner.Name, b.runner.Network.Name, oneOf(spec.ComputeTypes))
	default:
		b.wrong(s.Compute.Range, "Unknown compute type", "CodeBuild has no compute type %q. Write %s.", out.Compute, oneOf(spec.ComputeTypes))
	}
	out.Timeout = s.Timeout.V
	if out.Timeout < 5 || out.Timeout > 2160 { // Source: AWS CodeBuild API Reference, timeoutInMinutes
		b.wrong(s.Timeout.Range, "Timeout out of range", "CodeBuild takes a timeout of 5 to 2160 minutes, and runner.%s has %d. Write a number of minutes between them.", b.runner.Name, out.Timeout)
	}
	b.ownImage()
}

// ownImage finds the image block that the build's environment comes from. AWS pulls it, not the build.
func (b *build) ownImage() {
	if !b.spec.Image.IsSet() {
		return
	}
	name, tag, _ := strings.Cut(b.runner.Build.Image, ":")
	name, digest, _ := strings.Cut(name, "@")
	for _, i := range topology.Of[*topology.Image](b.topology) {
		if name != i.URL() {
			continue
		}
		if tag == "" && digest == "" {
			b.wrong(b.spec.Image.Range, "Image without a tag",
				"The tags of image.%s never move, so \"latest\", which CodeBuild takes without a tag, would stay the first image for good. Write \"${image.%s.url}:TAG\".", i.Name, i.Name)
		}
		b.runner.Build.FromECR = true
		if b.samePartition(i, b.spec.Image.Range) {
			b.environment(i)
		}
		return
	}
	if m := registryURL.FindStringSubmatch(name); m != nil {
		b.runner.Build.FromECR = true
		b.foreignEnvironment(name, m[1], m[2], m[3])
	}
	if name == "" || strings.ContainsAny(b.runner.Build.Image, " \t\r\n\"") {
		b.wrong(b.spec.Image.Range, "Unknown form of image", "%q is not the name of a container image. Write %q, or \"${image.NAME.url}:TAG\".",
			b.runner.Build.Image, defaultImages["LINUX_CONTAINER"])
	}
}

// registryURL is an ECR repository as docker knows it: account, region, name.
var registryURL = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.[a-z0-9.-]+/(.+)$`)

var objectPattern = regexp.MustCompile(`^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s*?]+$`)

func (b *build) source() {
	s := b.spec.Source
	if own := b.spec.Buildspec; objectPattern.MatchString(own.V) && b.partitionOf(own.V, own.Range) {
		b.readObject("its buildspec", own.V)
	}
	switch {
	case !s.IsSet():
		b.noSource()
	case s.V.Block != nil:
		if repo := find[*topology.Repository](b, s.V.Block.Name); repo != nil {
			b.codeCommit(repo, s.Range)
		}
	case !objectPattern.MatchString(s.V.ARN):
		b.wrong(s.Range, "Unknown form of source",
			"A build starts from a repository block or from an archive in S3; %q is neither. Write source = repository.NAME, or the ARN of an object, \"arn:%s:s3:::BUCKET/KEY.zip\".",
			s.V.ARN, b.place().Account.Partition.Name)
	default:
		if b.partitionOf(s.V.ARN, s.Range) {
			b.runner.Build.Object = s.V.ARN
		}
	}
}

// noSource reports a build without a source whose buildspec is not in the spec: one line is taken for a path.
func (b *build) noSource() {
	switch own := b.spec.Buildspec; {
	case own.V == "":
		b.missing(b.spec.Header, b.spec.Header.Range, "Build with nothing to do",
			"runner.%s has no source that could hold a buildspec.yml, and no buildspec of its own. Write source = repository.NAME, or buildspec = file(\"buildspec.yml\").", b.runner.Name)
	case !strings.ContainsAny(own.V, "\n{") && !objectPattern.MatchString(own.V):
		b.wrong(own.Range, "Buildspec without a source",
			"%q would be looked up in the source, and runner.%s has none. Write the buildspec itself, with file(\"buildspec.yml\"), or give the runner a source.", own.V, b.runner.Name)
	}
}

func (b *build) codeCommit(repo *topology.Repository, at hcl.Range) {
	n := b.runner.Network
	switch {
	case repo.Account != n.Account:
		b.wrong(at, "Repository of another account",
			"CodeBuild takes a CodeCommit source from its own account only: repository.%s is in account.%s and runner.%s in account.%s. "+
				"Give the runner a network in account.%s, or leave out source and clone in the build with a role of that account in assume and uses = [\"git-codecommit\"].",
			repo.Name, repo.Account.Name, b.runner.Name, n.Account.Name, repo.Account.Name)
	case repo.Region != n.Region && !n.NAT:
		b.wrong(at, "Source out of reach",
			"network.%s has no way out, and a VPC endpoint leads to its own region only: repository.%s is in %s, the network in %s. Write a repository or a network of the same region, or set egress = \"nat\" in the network.",
			n.Name, repo.Name, repo.Region, n.Region)
	default:
		b.runner.Build.Repository = repo
		b.clone(repo)
	}
}

// partitionOf reports an ARN of another partition than the runner's.
func (b *build) partitionOf(arn string, at hcl.Range) bool {
	p := b.place().Account.Partition.Name
	if strings.HasPrefix(arn, "arn:"+p+":") {
		return true
	}
	b.wrong(at, "ARN of another partition", "runner.%s works in the partition %s, and %q is not an ARN of it. Write an ARN that begins with \"arn:%s:\".", b.runner.Name, p, arn, p)
	return false
}

// images resolves push and pull, and the base image that a docker build in a sealed network needs.
func (b *build) images() {
	s := b.spec
	if s.Docker.V && !s.Pull.IsSet() && !b.runner.Network.NAT {
		b.missing(s.Header, s.Docker.Range, "Base image out of reach",
			"network.%s has no way out, so a Dockerfile that begins FROM python:3 waits for Docker Hub until it times out. "+
				"Write pull = [image.NAME] for a base image that you mirror into ECR, or pull = [] if every stage begins FROM scratch.", b.runner.Network.Name)
	}
	if (len(s.Push.V) > 0 || len(s.Pull.V) > 0) && !s.Docker.V {
		at := s.Push.Range
		if len(s.Push.V) == 0 {
			at = s.Pull.Range
		}
		b.doubt(s.Header, at, "Images without docker",
			"runner.%s pushes or pulls images, and its builds cannot run docker. Add docker = true, unless the build uses a tool that needs no daemon.", b.runner.Name)
	}
	for _, i := range b.reachable(s.Pull) {
		b.pull(i)
	}
	for _, i := range b.reachable(s.Push) {
		b.push(i)
	}
}

// samePartition reports an image of another partition than the runner's.
func (b *build) samePartition(i *topology.Image, at hcl.Range) bool {
	own := b.place().Account
	if i.Account.Partition == own.Partition {
		return true
	}
	b.wrong(at, "Image in another partition",
		"image.%s is in the partition %s and runner.%s in %s; no permission reaches across. Write an image of an account in %s.",
		i.Name, i.Account.Partition.Name, b.runner.Name, own.Partition.Name, own.Partition.Name)
	return false
}

// reachable are the images of push or pull that the network leads to, each once, sorted by name.
func (b *build) reachable(list spec.List[spec.Target]) []*topology.Image {
	n := b.runner.Network
	var out []*topology.Image
	for _, ref := range list.V {
		i := find[*topology.Image](b, ref.V.Name)
		switch {
		case i == nil || slices.Contains(out, i):
		case !b.samePartition(i, ref.Range):
		case i.Region != n.Region && !n.NAT:
			b.wrong(ref.Range, "Image out of reach",
				"network.%s has no way out, and a VPC endpoint leads to its own region only: image.%s is in %s, the network in %s. Write an image block with region = %q, or set egress = \"nat\" in the network.",
				n.Name, i.Name, i.Region, n.Region, n.Region)
		default:
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *topology.Image) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

var (
	bucketARN = regexp.MustCompile(`^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyARN    = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[\w-]+$`)
	roleARN   = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
)

// arns are the elements of a list that match a pattern, sorted, each once; the others are reported.
func (b *build) arns(list spec.List[string], pattern *regexp.Regexp, what, example string) []string {
	var out []string
	for _, v := range list.V {
		if !pattern.MatchString(v.V) {
			b.wrong(v.Range, "Unknown form of ARN", "%q is not the ARN of a %s. Write one such as %q.", v.V, what,
				strings.Replace(example, "arn:aws:", "arn:"+b.place().Account.Partition.Name+":", 1))
		} else if b.partitionOf(v.V, v.Range) {
			out = append(out, v.V)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *build) buckets() {
	const example = "arn:aws:s3:::acme-artifacts"
	if object := b.runner.Build.Object; object != "" {
		b.readObject("its source", object)
	}
	for _, bucket := range b.arns(b.spec.Read, bucketARN, "bucket", example) {
		b.read(bucket)
	}
	for _, bucket := range b.arns(b.spec.Write, bucketARN, "bucket", example) {
		b.write(bucket)
	}
	if keys := b.arns(b.spec.Keys, keyARN, "KMS key", "arn:aws:kms:"+b.place().Region+":"+b.place().Account.ID+":key/1234abcd-12ab-34cd-56ef-1234567890ab"); len(keys) > 0 {
		b.keys(keys)
	}
}

func (b *build) roles() {
	example := "arn:aws:iam::" + b.place().Account.ID + ":role/deploy"
	roles := b.arns(b.spec.Assume, roleARN, "role", example)
	for _, v := range b.spec.Assume.V {
		if own := b.rolesByARN[v.V]; own != nil && !slices.Contains(b.runner.Roles, own) {
			b.wrong(v.Range, "Role closed to its runner", "role.%s admits its runners alone, and runner.%s is none of them. Add runner.%s to runners of role.%s, which is all that is needed.", own.Name, b.runner.Name, b.runner.Name, own.Name)
		}
	}
	for _, own := range b.runner.Roles {
		roles = append(roles, own.ARN())
	}
	if roles = topology.Unique(roles); len(roles) > 0 {
		b.assume(roles)
	}
}

// uses are endpoints that the spec names itself.
func (b *build) uses() {
	for _, v := range b.spec.Uses.V {
		if s := aws.Service(v.V); b.hasEndpoint(v, b.runner) {
			b.use(s)
		}
	}
}

// hasEndpoint tells whether the runner's network can have the endpoint that the spec names.
func (r *resolver) hasEndpoint(v spec.Value[string], runner *topology.Runner) bool {
	s, n := aws.Service(v.V), runner.Network
	switch {
	case !s.IsKnown():
		r.wrong(v.Range, "Unknown endpoint service", "No VPC endpoint by the name %q is known to postern. Write %s.", v.V, oneOf(meant(v.V, aws.Services())))
	case missingService(n, s) != "":
		r.wrong(v.Range, "Endpoint missing in partition", "runner.%s uses %q, but %s. Remove it, or give the runner a network in another partition.", runner.Name, v.V, missingService(n, s))
	default:
		return true
	}
	return false
}

// meant are the services that somebody may have meant by a name: the end of a full service name, all that belong to
// the name, the nearest ones, or any.
func meant(name string, known []aws.Service) []aws.Service {
	like := func(is func(s string) bool) []aws.Service {
		return slices.DeleteFunc(slices.Clone(known), func(s aws.Service) bool { return !is(string(s)) })
	}
	if found := like(func(s string) bool { return strings.Contains(name, "amazonaws") && strings.HasSuffix(name, "."+s) }); len(found) > 0 {
		return found
	}
	if found := like(func(s string) bool { return strings.HasPrefix(s, name+".") }); len(found) > 0 {
		return found
	}
	if near := nearest(name, known); len(near) > 0 {
		return near
	}
	return known
}

// variablePattern is what a name of an environment variable can be in every shell.
var variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variables collects the build's environment: regional STS first of all, because the global endpoint hangs in a
// sealed network. Source: AWS SDKs and Tools Reference Guide, "AWS STS Regional endpoints".
func (b *build) variables() {
	region := b.place().Region
	all := []topology.Variable{
		{Name: "AWS_DEFAULT_REGION", Type: "PLAINTEXT", Value: region}, {Name: "AWS_REGION", Type: "PLAINTEXT", Value: region}, {Name: "AWS_STS_REGIONAL_ENDPOINTS", Type: "PLAINTEXT", Value: "regional"},
	}
	taken := map[string]string{}
	for _, v := range all {
		taken[v.Name] = "postern, for requests that stay in " + region
	}
	add := func(argument, kind string, pairs spec.Map) {
		for _, p := range pairs.V {
			switch by := taken[p.Key]; {
			case !variablePattern.MatchString(p.Key):
				b.wrong(p.Value.Range, "Unusable variable name", "No shell could read an environment variable named %q. Rename it to letters, digits and underscores, a digit not first.", p.Key)
			case strings.HasPrefix(p.Key, "CODEBUILD_"):
				b.wrong(p.Value.Range, "Variable name of CodeBuild's", "CodeBuild sets the variables that begin with CODEBUILD_ itself. Rename %s.", p.Key)
			case by != "":
				b.wrong(p.Value.Range, "Variable set twice", "%s is set already by %s. Remove it from %s, or rename it.", p.Key, by, argument)
			default:
				taken[p.Key] = argument
				all = append(all, topology.Variable{Name: p.Key, Type: kind, Value: p.Value.V})
			}
		}
	}
	add("environment", "PLAINTEXT", b.spec.Environment)
	add("secrets", "SECRETS_MANAGER", b.spec.Secrets)
	add("parameters", "PARAMETER_STORE", b.spec.Parameters)
	slices.SortFunc(all, func(a, b topology.Variable) int { return cmp.Compare(a.Name, b.Name) })
	b.runner.Build.Environment = all
}
