package resolve

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Machines are runners that somebody else operates: in a network of ours, elsewhere, or at a vendor's.

// misplaced reports arguments of a runner that its kind has no use for.
func (r runnerResolver) misplaced(whose string, arguments []written, advice string) {
	for _, a := range arguments {
		if a.at.Filename != "" {
			r.wrong(a.at, "Argument of another runner", "%s. %s", strings.ReplaceAll(whose, "ARGUMENT", a.name), strings.ReplaceAll(advice, "ARGUMENT", a.name))
		}
	}
}

// identity resolves how a runner shows who it is: one way, and no two.
func (r runnerResolver) identity(s *spec.Runner, runner *topology.Runner) {
	if s.CodeBuild != nil {
		r.misplaced("runner."+s.Name+" is a CodeBuild project, whose builds act as a role of its own, so it needs no ARGUMENT",
			[]written{{"issuer", s.Issuer.Range}, {"principal", s.Principal.Range}}, "Remove ARGUMENT.")
		return
	}
	runner.Issuer = find[*topology.Issuer](r, s.Issuer.V.Name)
	switch {
	case s.Issuer.IsSet() && s.Principal.IsSet():
		r.wrong(s.Principal.Range, "Runner of two identities", "runner.%s shows tokens of %s, and roles admit a runner by one or the other. Remove principal or issuer, or write a runner for each.", s.Name, s.Issuer.V)
	case s.Principal.IsSet():
		runner.Principal = r.principal(s)
	case s.Issuer.IsSet() || r.purposes[s.Name].anonymous():
	case runner.Network != nil:
		r.missing(s.Header, s.Header.Range, "Runner of no kind",
			"runner.%s says nothing of what runs. Write a codebuild block in it, with what the build reads, builds and pushes; or for a machine of somebody's own how it shows who it is: issuer = issuer.NAME, or principal with the ARN of the IAM role that it has.", s.Name)
	default:
		r.missing(s.Header, s.Header.Range, "Runner without identity", "Nothing says how runner.%s shows who it is, so %s.", s.Name, r.purposes[s.Name].refused())
	}
}

var principalPattern = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+$`)

// assumedRole is a session of a role.
var assumedRole = regexp.MustCompile(`^arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([\w+=,.@-]+)/`)

func (r runnerResolver) principal(s *spec.Runner) string {
	v := s.Principal
	if principalPattern.MatchString(v.V) {
		return v.V
	}
	if m := assumedRole.FindStringSubmatch(v.V); m != nil {
		r.wrong(v.Range, "Session in place of role", "%q is one session of a role. Write the role, with its path if it has one: \"arn:%s:iam::%s:role/%s\".", v.V, m[1], m[2], m[3])
		return ""
	}
	why := "is not the ARN of an IAM role or user"
	if strings.HasSuffix(v.V, ":root") {
		why = "is a whole account, with everybody in it"
	}
	r.wrong(v.Range, "Unknown form of principal", "%q %s. Write one such as \"arn:aws:iam::111111111111:role/jenkins\".", v.V, why)
	return ""
}

// machine resolves a runner that is no CodeBuild project.
func (r runnerResolver) machine(s *spec.Runner, runner *topology.Runner) {
	if s.Hosted != nil {
		r.hosted(s, runner)
	}
	if runner.Network == nil {
		r.misplaced("runner."+s.Name+" is in no network of the spec, which could have endpoints", []written{{"uses", s.Uses.Range}}, "Remove ARGUMENT, or write the network that the runner is in.")
	}
	var roles []string
	for _, role := range runner.Roles {
		roles = append(roles, role.ARN())
	}
	if roles = topology.Unique(roles); len(roles) > 0 {
		assumeRoles(runner, roles, r.rolesByARN)
	}
	if runner.Network == nil {
		return
	}
	r.cutOff(s, runner)
	for _, v := range s.Uses.V {
		if r.hasEndpoint(v, runner) && r.callable(s, runner, v) {
			useEndpoint(runner, aws.Service(v.V), roles)
		}
	}
}

// cutOff warns of a machine that could not fetch its jobs, which a vendor on the internet hands out.
func (r runnerResolver) cutOff(s *spec.Runner, runner *topology.Runner) {
	n := runner.Network
	if runner.Issuer == nil || n.NAT || n.Existing != nil || r.vpcs[n.Name].Flawed {
		return
	}
	for _, known := range knownIssuers {
		if known.host == vendorOf(runner.Issuer) {
			r.warn(s.Network.Range, "Runner cut off from jobs",
				"network.%s has no way out, and runner.%s fetches its jobs from %s, on the internet. Write egress = \"nat\" in the network, and uses = [\"sts\"] in the runner to keep its requests to STS inside, unless you give the network another way.",
				n.Name, s.Name, known.name)
		}
	}
}

// callable reports an endpoint whose policy would admit nobody.
func (r runnerResolver) callable(s *spec.Runner, runner *topology.Runner, v spec.Value[string]) bool {
	if len(runner.Roles) > 0 || r.flawedRoles() || s.Principal.IsSet() || !aws.Service(v.V).TakesPolicy() {
		return true
	}
	r.missing(s.Header, v.Range, "Endpoint for nobody", "Requests through the endpoint for %q are signed by a role, and runner.%s may assume none, so the endpoint's policy would admit nobody. Add runner.%s to the runners of a role, or remove %q.", v.V, s.Name, s.Name, v.V)
	return false
}

// hosted resolves what is known of a vendor's machines. That vendors reach S3 and DynamoDB through gateway endpoints,
// which cost nothing, is believed.
func (r runnerResolver) hosted(s *spec.Runner, runner *topology.Runner) {
	runner.Hosted = &topology.Hosted{Vendor: s.Hosted.Vendor.V}
	if runner.Network != nil {
		r.wrong(s.Hosted.Header.Range, "Hosted runner in a network", "A hosted runner is in its vendor's network, and runner.%s in network.%s. Remove network, or the hosted block if the machine is yours.", s.Name, runner.Network.Name)
	}
	for _, v := range s.Hosted.Regions.V {
		if r.region(v, "A hosted runner") {
			runner.Hosted.Regions = append(runner.Hosted.Regions, v.V)
		}
	}
	runner.Hosted.Regions = topology.Unique(runner.Hosted.Regions)
	known := append(aws.Services(), aws.DynamoDB)
	for _, v := range s.Hosted.Endpoints.V {
		if service := aws.Service(v.V); slices.Contains(known, service) {
			runner.Hosted.Endpoints = append(runner.Hosted.Endpoints, service)
		} else {
			r.wrong(v.Range, "Unknown endpoint service", "No VPC endpoint by the name %q is known to postern. Write %s.", v.V, oneOf(meant(v.V, known)))
		}
	}
	slices.Sort(runner.Hosted.Endpoints)
	runner.Hosted.Endpoints = slices.Compact(runner.Hosted.Endpoints)
}

// builderAddresses reports addresses of builds, which AWS chooses: any that are free in the private subnets.
func (r runnerResolver) builderAddresses(s *spec.Runner, n *topology.Network) {
	if s.Addresses.IsSet() && n.Existing == nil {
		r.wrong(s.Addresses.Range, "Addresses that AWS chooses", "CodeBuild gives a build any free address of network.%s's private subnets, so fewer than all of them would shut out some builds. Remove addresses.", n.Name)
	}
}

// hidden reports private addresses that AWS never sees: requests to STS leave through NAT gateways, and no role tests
// the place of sessions, which may go through other endpoints.
func (r runnerResolver) hidden(s *spec.Runner) {
	runner := find[*topology.Runner](r, s.Name)
	if runner == nil || runner.Network == nil || len(runner.Addresses) == 0 || len(runner.Roles) == 0 {
		return
	}
	n := runner.Network
	if r.throughSTS(n) || n.Transition || slices.ContainsFunc(runner.Roles, func(role *topology.Role) bool { return role.Guard }) {
		return
	}
	r.wrong(s.Addresses.Range, "Private range on public path",
		"Requests to STS leave network.%s through its NAT gateways, so AWS sees their addresses and never those of runner.%s behind them. Remove addresses, or write uses = [\"sts\"] for an endpoint that sees them.", n.Name, s.Name)
}
