package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// A roleResolver resolves roles: what they are, what tokens say (claims.go), and whom they admit (reach.go).
type roleResolver struct{ *resolver }

// role resolves what a role is. Who comes in is known only with the runners, which need to know their roles.
func (r roleResolver) role(s *spec.Role) {
	a := find[*topology.Account](r, s.Account.V.Name)
	if a == nil {
		return
	}
	role := &topology.Role{
		Name: s.Name, Role: r.roleName(s), Range: s.Header.Range, Account: a, MaxSession: r.session(s),
		Guard: r.choice("\"guard\" of role."+s.Name, s.Guard, spec.Guards...) == "session",
	}
	for _, allow := range s.Allow {
		role.Allow = append(role.Allow, r.permission(role, allow))
	}
	for _, v := range s.Managed.V {
		if r.managed(role, v, "managed_policies") {
			role.Managed = append(role.Managed, v.V)
		}
	}
	role.Managed = topology.Unique(role.Managed)
	if s.Boundary.IsSet() && r.managed(role, s.Boundary, "permissions_boundary") {
		role.Boundary = s.Boundary.V
	}
	r.worthwhile(s, role)
	add(r, s.Name, role)
	r.rolesByARN[role.ARN()] = role
	r.topology.Roles = append(r.topology.Roles, role)
	seen := map[string]bool{}
	for _, ref := range s.Runners.V {
		if !seen[ref.V.Name] {
			seen[ref.V.Name] = true
			r.rolesOf[ref.V.Name] = append(r.rolesOf[ref.V.Name], role)
		}
	}
}

// roleNamePattern is what IAM takes. Source: IAM API Reference, CreateRole, RoleName.
var roleNamePattern = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

func (r roleResolver) roleName(s *spec.Role) string {
	name := s.Role.Or(r.topology.Prefix + "-" + s.Name)
	if s.Role.IsSet() && !roleNamePattern.MatchString(name) {
		r.wrong(s.Role.Range, "Role name that IAM refuses", "%q cannot be the name of a role. Write 1 to 64 letters, digits and +=,.@_-, without a path before it.", name)
	}
	return name
}

// longestSession is how many seconds a session lasts at most. Source: IAM API Reference, CreateRole, MaxSessionDuration.
const longestSession = 43200

// session is how long the role's sessions may last.
func (r roleResolver) session(s *spec.Role) int {
	seconds := s.MaxSession.V
	if seconds < 3600 || seconds > longestSession {
		r.wrong(s.MaxSession.Range, "Session length out of range", "IAM takes a longest session of 3600 to %d seconds, and role.%s has %d. Write a number of seconds between them; a job may ask for less.", longestSession, s.Name, seconds)
	}
	return seconds
}

var (
	// actionPattern is an action or several. Source: IAM User Guide, "IAM JSON policy elements: Action".
	actionPattern = regexp.MustCompile(`^([a-z0-9-]+:[A-Za-z0-9*?]+|\*)$`)
	// servicePattern is the prefix of a service's actions.
	servicePattern = regexp.MustCompile(`^[a-z0-9-]+$`)
	// resourcePattern is an ARN, with wildcards. Source: IAM User Guide, "IAM JSON policy elements: Resource".
	resourcePattern = regexp.MustCompile(`^arn:([a-z-]+|\*):[a-z0-9*?-]+:[a-z0-9*?-]*:([0-9*?]*|aws):[^\s"\\]+$`)
)

func (r roleResolver) permission(role *topology.Role, s *spec.Allow) topology.Permission {
	var out topology.Permission
	what := func(list spec.List[string], name, example string) {
		if len(list.V) == 0 && list.IsSet() {
			r.missing(s.Header, list.Range, "Allow block that allows nothing", "Without %s an allow block of role.%s says nothing. Write %s = [%q], or remove the block.", name, role.Name, name, example)
		}
	}
	resource := role.Account.Partition.ARN("ecs", role.Account.Region, role.Account.ID, "service/app/*")
	what(s.Actions, "actions", "ecs:UpdateService")
	what(s.Resources, "resources", resource)
	for _, v := range s.Actions.V {
		if !actionPattern.MatchString(v.V) {
			r.wrong(v.Range, "Unknown form of action", "%q is not an action of AWS: a service, a colon and what is done, as in \"ecs:UpdateService\". %s", v.V, actionAdvice(v.V))
		}
		out.Actions = append(out.Actions, v.V)
	}
	for _, v := range s.Resources.V {
		switch {
		case v.V == "*":
		case !resourcePattern.MatchString(v.V):
			r.wrong(v.Range, "Unknown form of resource", "%q is not the ARN of a resource. Write one such as %q, or \"*\" for actions that have none.", v.V, resource)
		default:
			r.ownPartition(role, v)
		}
		out.Resources = append(out.Resources, v.V)
	}
	out.Actions, out.Resources = topology.Unique(out.Actions), topology.Unique(out.Resources)
	return out
}

func actionAdvice(s string) string {
	if servicePattern.MatchString(s) {
		return fmt.Sprintf("Write %q for all actions of the service, or those that are needed.", s+":*")
	}
	return "Write each action so."
}

// ownPartition reports an ARN of another partition than the role's.
func (r roleResolver) ownPartition(role *topology.Role, v spec.Value[string]) bool {
	p := role.Account.Partition.Name
	if strings.HasPrefix(v.V, "arn:"+p+":") || strings.HasPrefix(v.V, "arn:*:") {
		return true
	}
	r.wrong(v.Range, "ARN of another partition", "role.%s is in the partition %s, and %q is not an ARN of it. Write an ARN that begins with \"arn:%s:\".", role.Name, p, v.V, p)
	return false
}

var managedPattern = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+$`)

// managed checks the ARN of a managed policy: AWS's, or one of the role's account.
func (r roleResolver) managed(role *topology.Role, v spec.Value[string], argument string) bool {
	p := role.Account.Partition
	switch m := managedPattern.FindStringSubmatch(v.V); {
	case m == nil:
		r.wrong(v.Range, "Unknown form of ARN", "%q is not the ARN of a managed policy. Write one such as %q in %s.", v.V, p.ARN("iam", "", "aws", "policy/ReadOnlyAccess"), argument)
	case !r.ownPartition(role, v):
	case m[1] != "aws" && m[1] != role.Account.ID && isKnown(role.Account):
		r.wrong(v.Range, "Policy of another account", "A role takes managed policies of its own account and of AWS alone, and %q is of another account than account.%s. Write the ARN of one there, such as %q.",
			v.V, role.Account.Name, p.ARN("iam", "", role.Account.ID, v.V[strings.Index(v.V, ":policy/")+1:]))
	default:
		return true
	}
	return false
}

// mostManaged is how many managed policies a role takes after a quota increase.
// Source: IAM User Guide, "IAM and AWS STS quotas".
const mostManaged = 20

// worthwhile reports a role that could not have its policies.
func (r roleResolver) worthwhile(s *spec.Role, role *topology.Role) {
	if len(role.Managed) > mostManaged {
		r.wrong(s.Managed.Range, "Too many managed policies", "IAM takes %d managed policies on a role at most, and role.%s has %d. Write what they allow in fewer of them.", mostManaged, s.Name, len(role.Managed))
	}
}

// idle reports a role that has no policies.
func (r roleResolver) idle(s *spec.Role) {
	role := find[*topology.Role](r, s.Name)
	publishes := slices.ContainsFunc(r.spec.PackageIndexes, func(i *spec.PackageIndex) bool {
		return slices.ContainsFunc(i.Publishers.V, func(ref spec.Ref) bool { return ref.V == spec.Target{Kind: "role", Name: s.Name} })
	})
	if role != nil && len(s.Allow) == 0 && len(s.Managed.V) == 0 && len(s.Publish.V) == 0 && len(role.Work) == 0 && !publishes {
		r.doubt(s.Header, s.Header.Range, "Role without permissions", "Whoever assumes role.%s may do nothing. Add an allow block or managed_policies, unless other Terraform gives it policies.", s.Name)
	}
}

// admit resolves who comes into a role, from where and with what tokens.
func (r roleResolver) admit(s *spec.Role) {
	role := find[*topology.Role](r, s.Name)
	if role == nil {
		return
	}
	if len(s.Runners.V) == 0 {
		r.missing(s.Header, cmp.Or(s.Runners.Range, s.Header.Range), "Role without runners", "Nobody could assume role.%s. Write runners = [runner.NAME].", s.Name)
	}
	var reach []*topology.Runner
	unknown := len(s.Runners.V) == 0
	for _, ref := range s.Runners.V {
		runner := find[*topology.Runner](r, ref.V.Name)
		switch {
		case runner == nil:
			unknown = true
		case slices.Contains(role.Runners, runner):
		default:
			unknown = unknown || runner.Issuer == nil && runner.Identity() == "" // reported where the runner is
			role.Runners = append(role.Runners, runner)
			r.oneIssuer(role, runner, ref.Range)
			if r.reaches(role, runner, ref.Range) {
				reach = append(reach, runner)
			}
		}
	}
	r.chained(s, role)
	slices.SortFunc(role.Runners, byRunner)
	slices.SortFunc(reach, byRunner)
	doorResolver{r.resolver}.enter(role, reach)
	switch {
	case role.Issuer != nil:
		role.Subjects = r.subjects(s, role.Issuer)
		if !slices.Contains(role.Issuer.Accounts, role.Account) {
			role.Issuer.Accounts = append(role.Issuer.Accounts, role.Account)
		}
	case !unknown:
		r.withoutTokens(s)
	}
}

// longestChain is how many seconds a session lasts that a role began in another role.
// Source: IAM User Guide, "Roles terms and concepts", role chaining.
const longestChain = 3600

// chained warns of a longest session that nobody can have.
func (r roleResolver) chained(s *spec.Role, role *topology.Role) {
	others := slices.ContainsFunc(role.Runners, func(runner *topology.Runner) bool { return !strings.Contains(runner.Identity(), ":role/") })
	if len(role.Runners) > 0 && !others && role.MaxSession > longestChain && role.MaxSession <= longestSession {
		r.warn(s.MaxSession.Range, "Session longer than a chain", "The runners of role.%s are roles themselves, and AWS ends a session that a role begins in another role after an hour, whatever max_session says. Remove max_session.", s.Name)
	}
}

func byRunner(a, b *topology.Runner) int { return strings.Compare(a.Name, b.Name) }

// oneIssuer notes the issuer of the role's runners, and reports a second one: claims are in one issuer's words.
func (r roleResolver) oneIssuer(role *topology.Role, runner *topology.Runner, at hcl.Range) {
	switch {
	case runner.Issuer == nil || runner.Issuer == role.Issuer:
	case role.Issuer == nil:
		role.Issuer = runner.Issuer
	default:
		r.wrong(at, "Role of two issuers", "runner.%s shows tokens of issuer.%s, and other runners of role.%s those of issuer.%s, which say other things. Write a role for each.",
			runner.Name, runner.Issuer.Name, role.Name, role.Issuer.Name)
	}
}

// withoutTokens reports claims on a role whose runners show no tokens.
func (r roleResolver) withoutTokens(s *spec.Role) {
	for _, name := range slices.Sorted(maps.Keys(s.Claims)) {
		r.wrong(s.Claims[name].Range, "Claim without tokens", "No runner of role.%s shows tokens, which alone say something of %s: CodeBuild projects and IAM principals are admitted by their ARNs. Remove %s, or write runners with an issuer.", s.Name, name, name)
	}
}
