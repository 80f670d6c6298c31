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
	arguments []parameter
	blocks    []string // types of the blocks inside
	exposed   []string // what references can read
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
	"runner": {
		noun:      "a runner",
		labelled:  true,
		arguments: []parameter{{name: "account", example: "account.tooling"}, {name: "network", example: "network.ci"}},
		blocks:    []string{"codebuild"},
		exposed:   []string{"name"},
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
	},
}

var (
	// kinds are the types of blocks that can be referred to, in the order in which they are worked out.
	kinds = []string{"account", "network", "repository", "image", "runner"}
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
