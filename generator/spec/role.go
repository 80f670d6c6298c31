package spec

import (
	"slices"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// A Role is a role block: a role that runners assume.
type Role struct {
	Header
	Account    Ref
	Role       Value[string] // argument name; the prefix and the block's label otherwise
	Runners    List[Target]
	Claims     map[string]List[string] // what tokens say, by argument: "repositories", "environments", …; those that are written
	Allow      []*Allow
	Managed    List[string]  // argument managed_policies: ARNs
	Boundary   Value[string] // argument permissions_boundary: an ARN
	MaxSession Value[int]    // seconds
	Guard      Value[string] // one of Guards
	Publish    List[Target]  // replications whose source its sessions write into
}

// An Allow is an allow block of a role.
type Allow struct {
	Header
	Actions   List[string]
	Resources List[string]
}

// Guards are when a role asks where somebody is: when it is assumed, or in each request of its sessions too.
var Guards = []string{"assume", "session"}

const (
	noDenials    = "A role may do what its allow blocks say and nothing else, without conditions, so there is nothing to deny. Remove it."
	noConditions = "Who may assume a role follows from its runners, and from what the tokens of their issuer say. Remove it."
)

func (r *Role) declare() *Kind {
	return &Kind{
		Word: "role", Noun: "a role",
		About: "A role that runners assume.",
		After: "`branches`, `tags` and `subjects` may have the wildcards `*` and `?`; nothing else may. What a token says and IAM cannot see\n" +
			"(the branch of a Bitbucket step, the environment of a GitLab job) is refused, with what to do instead.",
		Parameters: slices.Concat([]Parameter{
			inAccount(&r.Account, "account.prod"),
			{Name: "name", Type: text(&r.Role), Otherwise: "prefix and label", Example: `"deploy"`, Meaning: "the role's own name"},
			{Name: "runners", Type: references(&r.Runners, "runner"), Required: true, Example: "[runner.deployer]", Meaning: "who may assume it; those with tokens have one issuer"},
		}, r.claims(), []Parameter{
			{Name: "managed_policies", Type: texts(&r.Managed).of("ARN"), Otherwise: "`[]`", Example: `["arn:aws:iam::aws:policy/ReadOnlyAccess"]`, Meaning: "policies that it has besides, of its account or of AWS"},
			{Name: "permissions_boundary", Type: text(&r.Boundary).of("ARN"), Otherwise: "none", Example: `"arn:aws:iam::222222222222:policy/boundary"`, Meaning: "the policy beyond which it may do nothing"},
			{Name: "max_session", Type: number(&r.MaxSession, 3600), Example: "3600", Meaning: "seconds, up to 43,200"},
			{Name: "guard", Type: choice(&r.Guard, Guards), Example: `"session"`, Meaning: "where the place is asked for: when the role is assumed, or in each request of its sessions too"},
			{Name: "publish", Type: references(&r.Publish, "replication"), Otherwise: "`[]`", Example: "[replication.web]", Meaning: "into whose sources its sessions write"},
		}),
		Inner: []*Kind{several(&r.Allow, (*Allow).declare)},
		Attributes: []Attribute{
			{Name: "arn", read: (*evaluator).roleARN},
			{Name: "name", read: (*evaluator).roleName},
		},
		Hints: map[string]string{
			"assume_role_policy":   noConditions,
			"addresses":            `Where a role is assumed from follows from its runners. Write "addresses" in a runner block.`,
			"condition":            noConditions,
			"conditions":           noConditions,
			"deny":                 noDenials,
			"issuer":               `Whose tokens a role admits follows from its runners. Write "issuer" in a runner block.`,
			"max_session_duration": `A role has no argument "max_session_duration". Rename it to "max_session".`,
			"policy_arns":          `A role has no argument "policy_arns". Rename it to "managed_policies".`,
			"repository":           `A role has no argument "repository". Rename it to "repositories", and write a list.`,
			"sub":                  `The "sub" of tokens follows from what the issuer calls it, such as "repositories"; only an issuer without a form takes "subjects". Write one of these.`,
		},
	}
}

// claims are what a role says of the tokens that it admits. Which of them an issuer knows is for package topology.
func (r *Role) claims() []Parameter {
	return []Parameter{
		claim(&r.Claims, "repositories", `["acme/app"]`),
		claim(&r.Claims, "environments", `["production"]`),
		claim(&r.Claims, "branches", `["main"]`),
		claim(&r.Claims, "tags", `["v*"]`),
		claim(&r.Claims, "projects", `["acme/app"]`),
		claim(&r.Claims, "jobs", `["folder/deploy"]`),
		claim(&r.Claims, "pipelines", `["deploy"]`),
		claim(&r.Claims, "subjects", `["team:platform:*"]`),
	}
}

func (a *Allow) declare() *Kind {
	return &Kind{
		Word: "allow", Noun: "an allow block", Meaning: "what it may do; who reads a bucket that the spec makes may have S3 decrypt it",
		Parameters: []Parameter{
			{Name: "actions", Type: texts(&a.Actions), Required: true, Example: `["ecs:UpdateService"]`, Meaning: "as IAM writes them"},
			{Name: "resources", Type: texts(&a.Resources).of("ARN"), Required: true, Example: `["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]`, Meaning: "on what"},
		},
		Hints: map[string]string{"condition": noDenials, "effect": noDenials},
	}
}

// roleName follows, like the ARN, from the account and the prefix alone, so that its runners may refer to the role.
func (e *evaluator) roleName(b *block) cty.Value {
	if name := e.text(b, "name"); !name.IsKnown() || !name.IsNull() {
		return name
	}
	return combine(func(s ...string) string { return s[0] + "-" + b.Name }, e.prefix())
}

func (e *evaluator) roleARN(b *block) cty.Value {
	account, region := e.home(b)
	return combine(func(s ...string) string {
		return aws.PartitionOf(s[1]).ARN("iam", "", s[0], "role/"+s[2])
	}, account, region, e.roleName(b))
}
