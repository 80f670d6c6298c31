package spec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
)

// A kind is what is known about one type of block.
type kind struct {
	noun      string // "a network"
	labelled  bool
	repeated  bool // a block may hold several of it
	arguments []parameter
	blocks    []string          // types of the blocks inside
	exclusive bool              // at most one of them
	exposed   []string          // what references can read
	hints     map[string]string // what to do about arguments and blocks that people bring from elsewhere
}

// A parameter is an argument that a block takes.
type parameter struct {
	name     string
	example  string // its value, as one would write it
	required bool
}

// grammar is the language: all types of blocks but locals, which takes any argument.
var grammar = map[string]*kind{
	"postern": {
		noun: "a postern block",
		arguments: []parameter{
			{name: "prefix", example: `"acme"`},
			{name: "output", example: `"live"`},
			{name: "encryption", example: `"kms"`},
			{name: "tags", example: `{ owner = "platform" }`},
		},
		blocks: []string{"state"},
	},
	"state": {
		noun: "a state block",
		arguments: []parameter{
			{name: "bucket", example: `"acme-terraform-state"`, required: true},
			{name: "region", example: `"eu-west-1"`, required: true},
		},
	},
	"account": {
		noun:     "an account",
		labelled: true,
		arguments: []parameter{
			{name: "id", example: `"111111111111"`, required: true},
			{name: "region", example: `"eu-west-1"`, required: true},
			{name: "deploy_role", example: `"deploy"`},
		},
		exposed: []string{"dns_suffix", "id", "name", "partition", "region"},
	},
	"network": {
		noun:     "a network",
		labelled: true,
		arguments: []parameter{
			{name: "account", example: "account.tooling", required: true},
			{name: "region", example: `"eu-west-1"`},
			{name: "cidr", example: `"10.20.0.0/20"`},
			{name: "zones", example: `["a", "b"]`},
			{name: "egress", example: `"nat"`},
			{name: "flow_logs", example: "false"},
			{name: "vpc_id", example: `"vpc-0a1b2c3d4e5f60718"`},
			{name: "subnet_ids", example: `["subnet-0a1b2c3d4e5f60718"]`},
			{name: "route_table_ids", example: `["rtb-0a1b2c3d4e5f60718"]`},
			{name: "nat_addresses", example: `["203.0.113.10"]`},
			{name: "transition", example: "true"},
		},
		exposed: []string{"cidr", "name", "region"},
	},
	"repository": {
		noun:     "a repository",
		labelled: true,
		arguments: []parameter{
			{name: "account", example: "account.tooling", required: true},
			{name: "region", example: `"eu-west-1"`},
			{name: "name", example: `"app"`},
			{name: "description", example: `"The shop"`},
		},
		exposed: []string{"arn", "clone_url_http", "name", "region"},
	},
	"image": {
		noun:     "an image",
		labelled: true,
		arguments: []parameter{
			{name: "account", example: "account.tooling", required: true},
			{name: "region", example: `"eu-west-1"`},
			{name: "name", example: `"team/app"`},
			{name: "keep", example: "50"},
			{name: "readers", example: "[account.prod]"},
		},
		exposed: []string{"arn", "name", "region", "url"},
	},
	"issuer": {
		noun:     "an issuer",
		labelled: true,
		arguments: []parameter{
			{name: "url", example: `"https://id.example.com"`},
			{name: "audiences", example: `["sts.amazonaws.com"]`},
			{name: "existing", example: "[account.prod]"},
		},
		blocks:    []string{"bitbucket", "github", "gitlab", "jenkins", "buildkite", "circleci"},
		exclusive: true,
		exposed:   []string{"name", "url"},
		hints: map[string]string{
			"client_id_list":  `The client IDs of a provider are the audiences of its tokens here. Rename "client_id_list" to "audiences".`,
			"thumbprint":      noThumbprint,
			"thumbprints":     noThumbprint,
			"thumbprint_list": noThumbprint,
		},
	},
	"bitbucket": {
		noun: "a bitbucket block",
		arguments: []parameter{
			{name: "workspace", example: `"acme"`, required: true},
			{name: "workspace_uuid", example: `"3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"`, required: true},
		},
	},
	"github": {
		noun:      "a github block",
		arguments: []parameter{{name: "url", example: `"https://github.example.com/_services/token"`}},
	},
	"gitlab": {
		noun:      "a gitlab block",
		arguments: []parameter{{name: "url", example: `"https://gitlab.example.com"`}},
	},
	"jenkins": {
		noun:      "a jenkins block",
		arguments: []parameter{{name: "url", example: `"https://ci.example.com"`, required: true}},
	},
	"buildkite": {
		noun:      "a buildkite block",
		arguments: []parameter{{name: "organization", example: `"acme"`, required: true}},
	},
	"circleci": {
		noun:      "a circleci block",
		arguments: []parameter{{name: "organization_id", example: `"7c1e4d2a-5b90-4f3e-8a6d-1f2e3d4c5b6a"`, required: true}},
		hints:     map[string]string{"organization": `CircleCI's tokens name an organization by its ID. Rename "organization" to "organization_id".`},
	},
	"runner": {
		noun:     "a runner",
		labelled: true,
		arguments: []parameter{
			{name: "account", example: "account.tooling"},
			{name: "network", example: "network.ci"},
			{name: "addresses", example: `["198.51.100.7/32"]`},
			{name: "issuer", example: "issuer.bitbucket"},
			{name: "principal", example: `"arn:aws:iam::111111111111:role/jenkins"`},
			{name: "uses", example: `["sts"]`},
			{name: "publish", example: "[replication.web]"},
		},
		blocks:  []string{"codebuild", "hosted"},
		exposed: []string{"name"},
	},
	"hosted": {
		noun: "a hosted block",
		arguments: []parameter{
			{name: "vendor", example: `"atlassian"`, required: true},
			{name: "regions", example: `["us-east-1"]`, required: true},
			{name: "endpoints", example: `["s3", "dynamodb"]`},
		},
	},
	"role": {
		noun:     "a role",
		labelled: true,
		arguments: slices.Concat([]parameter{
			{name: "account", example: "account.prod", required: true},
			{name: "name", example: `"deploy"`},
			{name: "runners", example: "[runner.deployer]", required: true},
		}, claims, []parameter{
			{name: "managed_policies", example: `["arn:aws:iam::aws:policy/ReadOnlyAccess"]`},
			{name: "permissions_boundary", example: `"arn:aws:iam::222222222222:policy/boundary"`},
			{name: "max_session", example: "3600"},
			{name: "guard", example: `"session"`},
			{name: "publish", example: "[replication.web]"},
		}),
		blocks:  []string{"allow"},
		exposed: []string{"arn", "name"},
		hints: map[string]string{
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
	},
	"allow": {
		noun:     "an allow block",
		repeated: true,
		arguments: []parameter{
			{name: "actions", example: `["ecs:UpdateService"]`, required: true},
			{name: "resources", example: `["arn:aws:ecs:eu-west-1:222222222222:service/app/*"]`, required: true},
		},
		hints: map[string]string{"condition": noDenials, "effect": noDenials},
	},
	"codebuild": {
		noun: "a codebuild block",
		arguments: []parameter{
			{name: "image", example: `"${image.tools.url}:1"`},
			{name: "compute", example: `"BUILD_GENERAL1_MEDIUM"`},
			{name: "type", example: `"ARM_CONTAINER"`},
			{name: "docker", example: "true"},
			{name: "source", example: "repository.app"},
			{name: "buildspec", example: `file("buildspec.yml")`},
			{name: "timeout", example: "60"},
			{name: "environment", example: `{ STAGE = "test" }`},
			{name: "secrets", example: `{ TOKEN = "ci/token" }`},
			{name: "parameters", example: `{ VERSION = "/ci/version" }`},
			{name: "push", example: "[image.app]"},
			{name: "pull", example: "[image.base]"},
			{name: "read", example: `["arn:aws:s3:::acme-inputs"]`},
			{name: "write", example: `["arn:aws:s3:::acme-results"]`},
			{name: "keys", example: `["arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d"]`},
			{name: "assume", example: `["arn:aws:iam::222222222222:role/deploy"]`},
			{name: "uses", example: `["ssm"]`},
		},
		hints: map[string]string{"publish": `Publishing is for every kind of runner. Write "publish" in the runner block, outside of the codebuild block.`},
	},
	"replication":   replicationKind,
	"from":          sideKind("a from block", false),
	"to":            sideKind("a to block", true, parameter{name: "storage_class", example: `"STANDARD_IA"`}),
	"distribution":  distributionKind,
	"package_index": packageIndexKind,
}

// claims are the arguments of a role that say what tokens it admits. Which of them an issuer knows is for package topology.
var claims = []parameter{
	{name: "repositories", example: `["acme/app"]`},
	{name: "environments", example: `["production"]`},
	{name: "branches", example: `["main"]`},
	{name: "tags", example: `["v*"]`},
	{name: "projects", example: `["acme/app"]`},
	{name: "jobs", example: `["folder/deploy"]`},
	{name: "pipelines", example: `["deploy"]`},
	{name: "subjects", example: `["team:platform:*"]`},
}

const (
	// Source: IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider".
	noThumbprint = "AWS checks the certificate of an issuer against its own list of authorities, so there is no thumbprint to look after. Remove it."
	noDenials    = "A role may do what its allow blocks say and nothing else, without conditions, so there is nothing to deny. Remove it."
	noConditions = "Who may assume a role follows from its runners, and from what the tokens of their issuer say. Remove it."
)

var (
	// kinds are the types of blocks that can be referred to, in the order in which they are worked out.
	kinds = []string{"account", "network", "repository", "image", "issuer", "runner", "role", "replication", "distribution", "package_index"}
	// roots are the names that references start with.
	roots = append([]string{"local"}, kinds...)
	// outermost are the types of blocks that stand in no other block.
	outermost = append([]string{"postern", "locals"}, kinds...)
)

func (k *kind) parameter(name string) *parameter {
	i := slices.IndexFunc(k.arguments, func(p parameter) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return &k.arguments[i]
}

// inner is the type of a block inside that takes an argument, or empty.
func (k *kind) inner(argument string) string {
	i := slices.IndexFunc(k.blocks, func(name string) bool { return grammar[name].parameter(argument) != nil })
	if i < 0 {
		return ""
	}
	return k.blocks[i]
}

// outer is what blocks of the kind stand in, or nil.
func (k *kind) outer() *kind {
	for _, outer := range grammar {
		if slices.ContainsFunc(outer.blocks, func(name string) bool { return grammar[name] == k }) {
			return outer
		}
	}
	return nil
}

func (k *kind) argumentNames() []string {
	var names []string
	for _, p := range k.arguments {
		names = append(names, p.name)
	}
	return names
}

// schemas are the same for HCL's JSON form, which cannot tell a block from an argument by itself.
var schemas = jsonSchemas()

func jsonSchemas() map[string]*hcl.BodySchema {
	all := map[string]*hcl.BodySchema{}
	for name, k := range grammar {
		schema := &hcl.BodySchema{}
		for _, p := range k.arguments {
			schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: p.name})
		}
		for _, b := range k.blocks {
			schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: b})
		}
		all[name] = schema
	}
	file := &hcl.BodySchema{}
	for _, name := range outermost {
		header := hcl.BlockHeaderSchema{Type: name}
		if k := grammar[name]; k != nil && k.labelled {
			header.LabelNames = []string{"name"}
		}
		file.Blocks = append(file.Blocks, header)
	}
	all[""] = file
	return all
}

// nearest is the name that somebody may have meant, or empty.
func nearest(given string, names []string) string {
	best, at := "", 3
	for _, name := range names {
		if d := len(name) - len(given); d > 2 || d < -2 {
			continue
		}
		limit := min(at, 1+len(name)/3)
		if d := levenshtein.Distance(given, name, nil); d <= limit && d < at {
			best, at = name, d
		}
	}
	return best
}

// oneOf lists names: "a", "b" or "c".
func oneOf(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, strconv.Quote(name))
	}
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
