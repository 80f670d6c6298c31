package golden

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

const (
	oldest = "testdata/schema/aws-5.100.json.gz" // of the releases that the generated version constraint admits
	newest = "testdata/schema/aws-6.66.json.gz"
)

func TestTreesFollowTheSchemas(t *testing.T) {
	for _, file := range []string{oldest, newest} {
		aws := readSchema(t, file)
		for _, tree := range trees(t) {
			t.Run(tree.Example+" "+file, func(t *testing.T) {
				found := stacks(t, tree.Dir)
				for _, path := range slices.Sorted(maps.Keys(found)) {
					assert.Empty(t, check(aws, found, path))
				}
			})
		}
	}
}

// The parts of `terraform providers schema -json` that the check reads.
type (
	providerSchema struct {
		Provider    schema
		Resources   map[string]schema `json:"resource_schemas"`
		DataSources map[string]schema `json:"data_source_schemas"`
	}
	schema      struct{ Block *blockSchema }
	blockSchema struct {
		Attributes map[string]attributeSchema
		Blocks     map[string]nestedSchema `json:"block_types"`
		Deprecated bool
	}
	attributeSchema struct {
		Type                                     json.RawMessage
		Required, Optional, Computed, Deprecated bool
	}
	nestedSchema struct {
		Mode  string `json:"nesting_mode"`
		Block *blockSchema
		Min   int `json:"min_items"`
		Max   int `json:"max_items"`
	}
)

func readSchema(t *testing.T, file string) *providerSchema {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	text, err := gzip.NewReader(f)
	require.NoError(t, err)
	var doc struct {
		Providers map[string]*providerSchema `json:"provider_schemas"`
	}
	require.NoError(t, json.NewDecoder(text).Decode(&doc))
	return doc.Providers["registry.terraform.io/hashicorp/aws"]
}

// ty is the type that expressions see: blocks are objects, or lists and sets of objects.
func (b *blockSchema) ty() cty.Type {
	attrs := map[string]cty.Type{}
	for name, a := range b.Attributes {
		attrs[name] = a.ty()
	}
	for name, n := range b.Blocks {
		switch n.Mode {
		case "list":
			attrs[name] = cty.List(n.Block.ty())
		case "set":
			attrs[name] = cty.Set(n.Block.ty())
		default:
			attrs[name] = n.Block.ty()
		}
	}
	return cty.Object(attrs)
}

func (a attributeSchema) ty() cty.Type {
	ty, err := ctyjson.UnmarshalType(a.Type)
	if err != nil {
		panic(err) // the schema files are ours
	}
	return ty
}

// nested returns the schema of a nested block, nil for an unknown one. Some old arguments, lists and sets of
// objects such as route of aws_route_table, may be written as blocks too.
func (b *blockSchema) nested(name string) *blockSchema {
	if n, ok := b.Blocks[name]; ok {
		return n.Block
	}
	a, ok := b.Attributes[name]
	if !ok || !a.ty().IsCollectionType() || !a.ty().ElementType().IsObjectType() {
		return nil
	}
	out := &blockSchema{Attributes: map[string]attributeSchema{}}
	for key, ty := range a.ty().ElementType().AttributeTypes() {
		raw, err := ctyjson.MarshalType(ty)
		if err != nil {
			panic(err) // it was read from JSON
		}
		out.Attributes[key] = attributeSchema{Type: raw, Optional: true}
	}
	return out
}

// A checker collects what a provider would say of one stack, as far as its schema knows.
type checker struct {
	aws      *providerSchema
	tree     map[string]*stack
	stack    *stack
	problems []string
}

// check returns everything in one stack of a tree that the schema does not allow.
func check(aws *providerSchema, tree map[string]*stack, path string) []string {
	c := &checker{aws: aws, tree: tree, stack: tree[path]}
	seen := map[string]bool{}
	for _, b := range c.stack.Blocks {
		if address := addressOf(b); b.Type != "terraform" && b.Type != "locals" && b.Type != "provider" {
			if seen[address] {
				c.report(b.TypeRange, "second %s", address)
			}
			seen[address] = true
		}
		c.block(b)
	}
	return c.problems
}

func (c *checker) report(at hcl.Range, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("%s:%d: %s", at.Filename, at.Start.Line, fmt.Sprintf(format, args...)))
}

// block checks one block of the top level.
func (c *checker) block(b *hclsyntax.Block) {
	switch b.Type {
	case "terraform", "variable":
		return // Terraform's own, without references
	case "locals", "output", "check", "moved", "import", "removed":
	case "provider":
		c.body(addressOf(b), b.Body, c.aws.Provider.Block)
	case "resource", "data":
		if s := c.schemaOf(b); s != nil {
			c.body(addressOf(b), withoutMeta(b.Body), s)
		} else if b.Labels[0] != "terraform_remote_state" {
			c.report(b.TypeRange, "unknown type %s", b.Labels[0])
		}
	default:
		c.report(b.TypeRange, "unknown block %s", b.Type)
	}
	for _, r := range traversals(b.Body) {
		c.reference(r)
	}
}

func (c *checker) schemaOf(b *hclsyntax.Block) *blockSchema {
	if b.Type == "data" {
		return c.aws.DataSources[b.Labels[0]].Block
	}
	return c.aws.Resources[b.Labels[0]].Block
}

// withoutMeta leaves out what Terraform itself reads in a resource or data source.
func withoutMeta(body *hclsyntax.Body) *hclsyntax.Body {
	out := *body
	out.Attributes = maps.Clone(body.Attributes)
	for _, name := range []string{"count", "for_each", "depends_on", "provider"} {
		delete(out.Attributes, name)
	}
	out.Blocks = slices.DeleteFunc(slices.Clone(body.Blocks), func(b *hclsyntax.Block) bool { return b.Type == "lifecycle" })
	return &out
}

// body checks arguments and nested blocks; where names the body for the reader.
func (c *checker) body(where string, body *hclsyntax.Body, s *blockSchema) {
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		if where == "provider.aws" && name == "alias" {
			continue
		}
		c.argument(where, body.Attributes[name], s)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
		if s.Attributes[name].Required && body.Attributes[name] == nil {
			c.report(body.SrcRange, "missing argument %s in %s", name, where)
		}
	}
	count := map[string]int{}
	for _, b := range body.Blocks {
		count[b.Type]++
		nested := s.nested(b.Type)
		if nested == nil {
			c.report(b.TypeRange, "unknown block %s in %s", b.Type, where)
			continue
		}
		if nested.Deprecated {
			c.report(b.TypeRange, "deprecated block %s in %s", b.Type, where)
		}
		c.body(where+"."+b.Type, b.Body, nested)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Blocks)) {
		c.count(body.SrcRange, where+"."+name, count[name], s.Blocks[name])
	}
}

func (c *checker) argument(where string, a *hclsyntax.Attribute, s *blockSchema) {
	known, ok := s.Attributes[a.Name]
	switch {
	case !ok:
		c.report(a.NameRange, "unknown argument %s in %s", a.Name, where)
		return
	case !known.Optional && !known.Required:
		c.report(a.NameRange, "read-only argument %s in %s", a.Name, where)
	case known.Deprecated:
		c.report(a.NameRange, "deprecated argument %s in %s", a.Name, where)
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return // its value depends on something: Terraform's to check
	}
	if _, err := convert.Convert(v, known.ty()); err != nil {
		c.report(a.NameRange, "wrong type of %s in %s: %s", a.Name, where, err)
	}
}

func (c *checker) count(at hcl.Range, where string, n int, s nestedSchema) {
	highest := s.Max
	if s.Mode == "single" {
		highest = 1
	}
	if n < s.Min {
		c.report(at, "%d blocks %s, at least %d", n, where, s.Min)
	}
	if highest > 0 && n > highest {
		c.report(at, "%d blocks %s, at most %d", n, where, highest)
	}
}

// reference checks that what an expression names is in this module, or in the state it reads.
func (c *checker) reference(r hcl.Traversal) {
	switch r.RootName() {
	case "path", "terraform", "self", "each", "count":
		return
	case "var":
		c.exists(r, "variable", c.stack.find("variable."+stepName(r, 1)) != nil)
		return
	case "local":
		c.exists(r, "local", c.definesLocal(stepName(r, 1)))
		return
	}
	address := referent(r)
	b := c.stack.find(address)
	if c.exists(r, "resource", b != nil); b == nil {
		return
	}
	rest := r[len(b.Labels):]
	if b.Type == "data" {
		rest = r[1+len(b.Labels):]
	}
	if b.Labels[0] == "terraform_remote_state" {
		c.output(b, r, rest)
	} else if s := c.schemaOf(b); s != nil {
		c.attribute(address, s, rest)
	}
}

func (c *checker) exists(r hcl.Traversal, kind string, ok bool) {
	if !ok {
		c.report(r.SourceRange(), "reference to a missing %s: %s", kind, nameOf(r))
	}
}

func (c *checker) definesLocal(name string) bool {
	return slices.ContainsFunc(c.stack.blocks("locals"), func(b *hclsyntax.Block) bool { return b.Body.Attributes[name] != nil })
}

// attribute checks the steps after a resource's address. Indexes of count and for_each come first.
func (c *checker) attribute(address string, s *blockSchema, steps hcl.Traversal) {
	if len(steps) > 0 {
		if _, ok := steps[0].(hcl.TraverseIndex); ok {
			steps = steps[1:]
		}
	}
	if len(steps) > 0 && s.Attributes[stepName(steps, 0)].Deprecated {
		c.report(steps.SourceRange(), "reference to a deprecated attribute: %s.%s", address, stepName(steps, 0))
	}
	v := cty.UnknownVal(s.ty())
	if _, diags := steps.TraverseRel(v); diags.HasErrors() {
		c.report(steps.SourceRange(), "reference to a missing attribute: %s%s", address, nameOf(steps))
	}
}

// output checks a value read from another stack's state.
func (c *checker) output(b *hclsyntax.Block, r, steps hcl.Traversal) {
	path := c.stack.reads(b)
	other := c.tree[path]
	switch {
	case other == nil:
		c.report(b.TypeRange, "%s reads %q, which is no stack", addressOf(b), path)
	case other.layer() >= c.stack.layer():
		c.report(b.TypeRange, "%s reads %s, which is not of an earlier layer", addressOf(b), path)
	case stepName(steps, 0) != "outputs" || other.find("output."+stepName(steps, 1)) == nil:
		c.report(r.SourceRange(), "reference to a missing output: %s", nameOf(r))
	}
}

// stepName returns the name of a step of a traversal, "" where it has none.
func stepName(r hcl.Traversal, i int) string {
	if i < len(r) {
		if attr, ok := r[i].(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}

func nameOf(r hcl.Traversal) (out string) {
	for _, step := range r {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			out += step.Name
		case hcl.TraverseAttr:
			out += "." + step.Name
		case hcl.TraverseIndex:
			out += "[…]"
		}
	}
	return out
}

func TestCheckNoticesMistakes(t *testing.T) {
	tests := []struct {
		source, problem string // no problem: the source is right
	}{
		{`resource "aws_vpc" "a" { cidr_block = "10.0.0.0/16" }`, ""},
		{`resource "aws_vpc" "a" {
			cidr_block = "10.0.0.0/16"
			depends_on = [aws_vpc.b]
			lifecycle { ignore_changes = [tags] }
		}
		resource "aws_vpc" "b" { provider = aws.other }`, ""},
		{`resource "aws_wpc" "a" {}`, "unknown type aws_wpc"},
		{`data "aws_wpc" "a" {}`, "unknown type aws_wpc"},
		{`resources "aws_vpc" "a" {}`, "unknown block resources"},
		{`resource "aws_vpc" "a" { cidr = "10.0.0.0/16" }`, "unknown argument cidr in aws_vpc.a"},
		{`resource "aws_vpc" "a" { arn = "x" }`, "read-only argument arn in aws_vpc.a"},
		{`resource "aws_vpc" "a" { enable_dns_support = "sometimes" }`, "wrong type of enable_dns_support in aws_vpc.a: a bool is required"},
		{`resource "aws_vpc" "a" {}` + "\n" + `resource "aws_vpc" "a" {}`, "second aws_vpc.a"},
		{`resource "aws_ecr_repository" "a" {}`, "missing argument name in aws_ecr_repository.a"},
		{`resource "aws_ecr_repository" "a" {
			name = "a"
			scanning {}
		}`, "unknown block scanning in aws_ecr_repository.a"},
		{`resource "aws_ecr_repository" "a" {
			name = "a"
			image_scanning_configuration {
				scan_on_push = true
				scan         = true
			}
		}`, "unknown argument scan in aws_ecr_repository.a.image_scanning_configuration"},
		{`resource "aws_eip" "a" { vpc = true }`, "argument vpc in aws_eip.a"},
		{`resource "aws_cloudwatch_event_rule" "a" { is_enabled = true }`, "deprecated argument is_enabled in aws_cloudwatch_event_rule.a"},
		{`resource "aws_s3_bucket" "a" {
			logging { target_bucket = "b" }
		}`, "deprecated block logging in aws_s3_bucket.a"},
		{`resource "aws_s3_bucket" "a" {}` + "\n" + `output "a" { value = aws_s3_bucket.a.website_domain }`, "reference to a deprecated attribute: aws_s3_bucket.a.website_domain"},
		{`resource "aws_codecommit_repository" "a" { repository_name = aws_vpc.b.id }`, "reference to a missing resource: aws_vpc.b.id"},
		{`output "a" { value = data.aws_region.b.id }`, "reference to a missing resource: data.aws_region.b.id"},
		{`output "a" { value = var.b }`, "reference to a missing variable: var.b"},
		{`output "a" { value = local.b }`, "reference to a missing local: local.b"},
		{`locals { b = 1 }` + "\n" + `output "a" { value = local.b }`, ""},
		{`resource "aws_vpc" "a" {}` + "\n" + `output "a" { value = aws_vpc.a.vpc_id }`, "reference to a missing attribute: aws_vpc.a.vpc_id"},
		{`resource "aws_vpc" "a" {}` + "\n" + `output "a" { value = "${jsonencode({ k = [aws_vpc.a.nothing] })}" }`, "reference to a missing attribute: aws_vpc.a.nothing"},
		{`resource "aws_vpc" "a" {}` + "\n" + `output "a" { value = [for v in [aws_vpc.a] : v.id] }`, ""},
		{`provider "aws" { allowed_accounts = ["1"] }`, "unknown argument allowed_accounts in provider.aws"},
		{`resource "aws_ecr_repository" "a" {
			name = "a"
			image_scanning_configuration { scan_on_push = true }
			image_scanning_configuration { scan_on_push = true }
		}`, "2 blocks aws_ecr_repository.a.image_scanning_configuration, at most 1"},
		{`resource "aws_codepipeline" "a" {
			name     = "a"
			role_arn = "a"
			artifact_store {
				location = "a"
				type     = "S3"
			}
		}`, "0 blocks aws_codepipeline.a.stage, at least 2"},
		{`resource "aws_route_table" "a" {
			vpc_id = "a"
			route {
				cidr_block = "0.0.0.0/0"
				gateway    = "a"
			}
		}`, "unknown argument gateway in aws_route_table.a.route"},
		{remote("../network") + `output "a" { value = data.terraform_remote_state.n.outputs.vpc_id }`, ""},
		{remote("../network") + `output "a" { value = data.terraform_remote_state.n.outputs.vpc }`, "reference to a missing output: data.terraform_remote_state.n.outputs.vpc"},
		{remote("../networks") + `output "a" { value = data.terraform_remote_state.n.outputs.vpc_id }`, `reads "tooling/eu-west-1/networks", which is no stack`},
		{remote("../delivery") + `output "a" { value = data.terraform_remote_state.n.outputs.a }`, "which is not of an earlier layer"},
	}
	for _, file := range []string{oldest, newest} {
		aws := readSchema(t, file)
		for _, test := range tests {
			problems := check(aws, sampleTree(t, test.source), "tooling/eu-west-1/delivery")
			if test.problem == "" {
				assert.Empty(t, problems, test.source)
				continue
			}
			if assert.Len(t, problems, 1, test.source) {
				assert.Contains(t, problems[0], test.problem)
			}
		}
	}
}

// remote is a data source that reads the state in another folder.
func remote(dir string) string {
	return fmt.Sprintf(`data "terraform_remote_state" "n" {
		backend = "local"
		config  = { path = "${path.module}/%s/terraform.tfstate" }
	}
	`, dir)
}

// sampleTree has a delivery stack of the given source beside a network that outputs vpc_id.
func sampleTree(t *testing.T, source string) map[string]*stack {
	t.Helper()
	out := map[string]*stack{}
	for path, text := range map[string]string{
		"tooling/eu-west-1/network":  `output "vpc_id" { value = 1 }`,
		"tooling/eu-west-1/delivery": source,
	} {
		f, diags := hclparse.NewParser().ParseHCL([]byte(text), "main.tf")
		require.False(t, diags.HasErrors(), diags.Error())
		out[path] = &stack{Path: path, Blocks: f.Body.(*hclsyntax.Body).Blocks}
	}
	return out
}
