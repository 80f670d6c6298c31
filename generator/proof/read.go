package proof

import (
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A Place is a line of an emitted file.
type Place struct {
	File string // inside the tree, slash-separated
	Line int
}

func placeOf(r hcl.Range) Place { return Place{r.Filename, r.Start.Line} }

// emitted is the Terraform of a tree, read back.
// Several goroutines may ask it.
type emitted struct {
	stacks   map[string]*stack
	kinds    map[string][]*resource                  // by their type
	found    memo[[2]string, map[string][]*resource] // see where
	readings sync.Map                                // by argument, see argument
	problems sync.Map                                // a set of problem
	missing  atomic.Bool                             // a stack was asked for that is not here
}

// A memo works each of its values out once, whoever asks for it first.
type memo[K comparable, V any] struct {
	mu   sync.Mutex
	done map[K]func() V
}

func (m *memo[K, V]) get(key K, work func() V) V {
	m.mu.Lock()
	value := m.done[key]
	if value == nil {
		if m.done == nil {
			m.done = map[K]func() V{}
		}
		value = sync.OnceValue(work)
		m.done[key] = value
	}
	m.mu.Unlock()
	return value()
}

// A problem is something that cannot be read.
type problem struct {
	at  Place
	why string
}

func (m *memo[K, V]) all() []V {
	var out []V
	for _, value := range m.done {
		out = append(out, value())
	}
	return out
}

// A stack is one Terraform root module.
type stack struct {
	*emitted
	path      string
	place     topology.Place // zero: the spec has no such stack
	providers []*hclsyntax.Block
	required  []*hclsyntax.Body // which providers it has
	backend   *hclsyntax.Body   // where the stack keeps its state in S3; nil: in its own folder
	resources map[string]*resource
	keys      []*resource
	states    map[string]*hclsyntax.Block // data sources that read other stacks
	data      []*hclsyntax.Block          // other data sources, but for those by which AWS is asked
	outputs   map[string]*hclsyntax.Attribute
}

// A resource is one resource block.
type resource struct {
	*hclsyntax.Block
	stack *stack
}

// kind is the type of the resource: "aws_vpc".
func (r *resource) kind() string { return r.Labels[0] }

// at is where an argument of the resource is, or else where the resource begins.
func (r *resource) at(argument string) Place {
	if a := r.Body.Attributes[argument]; a != nil {
		return placeOf(a.NameRange)
	}
	return placeOf(r.TypeRange)
}

// Stacks are the folders whose files the proof of a tree reads.
func Stacks(t *topology.Topology) []string {
	var out []string
	for _, p := range t.Places() {
		for _, l := range topology.Layers {
			out = append(out, p.Stack(l))
		}
	}
	return out
}

// read parses files of Terraform. What it cannot read is among the problems.
func read(t *topology.Topology, files []tree.File) *emitted {
	e := &emitted{stacks: map[string]*stack{}, kinds: map[string][]*resource{}}
	bodies := make([]*hclsyntax.Body, len(files))
	sideBySide(len(files), func(i int) {
		body, diags := parse(files[i])
		for _, d := range diags {
			e.problem(*d.Subject, d.Summary+": "+d.Detail)
		}
		bodies[i] = body
	})
	places := map[string]topology.Place{}
	for _, p := range t.Places() {
		for _, l := range topology.Layers {
			places[p.Stack(l)] = p
		}
	}
	for i, f := range files {
		e.stack(path.Dir(f.Path), places).add(bodies[i])
	}
	return e
}

// isRead tells whether the proof reads a file.
func isRead(f tree.File) bool { return path.Ext(f.Path) == ".tf" && !IsOverride(f.Path) }

// IsOverride tells whether Terraform merges a file into others, by its name. Source: Terraform language, "Override Files".
func IsOverride(file string) bool {
	name := strings.TrimSuffix(path.Base(file), ".tf")
	return name == "override" || strings.HasSuffix(name, "_override")
}

func (e *emitted) problem(at hcl.Range, why string) {
	e.problems.Store(problem{placeOf(at), why}, nil)
}

func (e *emitted) stack(dir string, places map[string]topology.Place) *stack {
	s := e.stacks[dir]
	if s == nil {
		s = &stack{emitted: e, path: dir, place: places[dir],
			resources: map[string]*resource{}, states: map[string]*hclsyntax.Block{}, outputs: map[string]*hclsyntax.Attribute{}}
		e.stacks[dir] = s
	}
	return s
}

// other is a stack that another one reads, nil if it is not here.
func (e *emitted) other(dir string) *stack {
	s := e.stacks[dir]
	if s == nil {
		e.missing.Store(true)
	}
	return s
}

func (s *stack) add(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case b.Type == "resource" && len(b.Labels) == 2:
			s.addResource(&resource{Block: b, stack: s})
		case b.Type == "data" && len(b.Labels) == 2 && b.Labels[0] == "terraform_remote_state":
			s.states[b.Labels[1]] = b
		case b.Type == "data" && len(b.Labels) == 2:
			s.addData(b)
		case b.Type == "output" && len(b.Labels) == 1 && b.Body.Attributes["value"] != nil:
			s.outputs[b.Labels[0]] = b.Body.Attributes["value"]
		case b.Type == "terraform":
			if backend := nested(b.Body, "backend"); backend != nil {
				s.backend = backend
			}
			if required := nested(b.Body, "required_providers"); required != nil {
				s.required = append(s.required, required)
			}
		case b.Type == "provider":
			s.providers = append(s.providers, b)
		case b.Type == "module":
			s.problem(b.TypeRange, "What a module makes is in other files.")
		case !slices.Contains([]string{"import", "locals", "moved", "output", "removed", "variable"}, b.Type):
			s.problem(b.TypeRange, strings.Join(append([]string{b.Type}, b.Labels...), " ")+" is a block whose meaning is not understood.")
		}
	}
}

// addData notes a data source that asks others than AWS. What a program answers, or does, is not written here.
func (s *stack) addData(b *hclsyntax.Block) {
	switch {
	case b.Labels[0] == "external" || b.Labels[0] == "aws_lambda_invocation":
		s.problem(b.TypeRange, "data."+strings.Join(b.Labels, ".")+" runs a program, and what that does is not written here.")
	case !strings.HasPrefix(b.Labels[0], "aws_"):
		s.data = append(s.data, b)
	}
}

func (s *stack) addResource(r *resource) {
	address := strings.Join(r.Labels, ".")
	if s.resources[address] != nil {
		s.problem(r.TypeRange, address+" is there twice.")
		return
	}
	s.resources[address] = r
	s.kinds[r.kind()] = append(s.kinds[r.kind()], r)
	if r.kind() == "aws_kms_key" {
		s.keys = append(s.keys, r)
	}
	for _, meta := range []string{"count", "for_each", "provider", "region"} {
		if a := r.Body.Attributes[meta]; a != nil && matters(r.kind()) {
			s.problem(a.NameRange, address+" has "+meta+", so whether, where or how often it is made is not written here.")
		}
	}
	if matters(r.kind()) && !slices.Contains(understood, r.kind()) {
		s.problem(r.TypeRange, r.kind()+" can open or close a way, and what it does here is not understood.")
	}
	for _, b := range r.Body.Blocks {
		if b.Type == "dynamic" && matters(r.kind()) {
			s.problem(b.TypeRange, address+" has blocks that are not written out.")
		}
		if b.Type == "provisioner" {
			s.problem(b.TypeRange, address+" runs a program, and what that does is not written here.")
		}
		if ignored := b.Body.Attributes["ignore_changes"]; b.Type == "lifecycle" && ignored != nil && matters(r.kind()) {
			s.problem(ignored.NameRange, address+" has ignore_changes, so Terraform may leave it other than it is written here.")
		}
	}
}

// understood are the kinds of resources whose meaning the claims know, of those that matter.
var understood = []string{
	"aws_api_gateway_deployment", "aws_api_gateway_rest_api", "aws_api_gateway_rest_api_policy", "aws_api_gateway_stage",
	"aws_cloudfront_distribution", "aws_cloudfront_origin_access_control",
	"aws_codebuild_project", "aws_codecommit_repository", "aws_default_security_group", "aws_ecr_lifecycle_policy", "aws_ecr_repository",
	"aws_ecr_repository_policy", "aws_flow_log", "aws_iam_openid_connect_provider", "aws_iam_role", "aws_iam_role_policy",
	"aws_iam_role_policy_attachment", "aws_internet_gateway", "aws_kms_alias",
	"aws_kms_key", "aws_kms_key_policy", "aws_nat_gateway", "aws_route", "aws_route_table", "aws_route_table_association",
	"aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy",
	"aws_s3_bucket_public_access_block", "aws_s3_bucket_replication_configuration", "aws_s3_bucket_server_side_encryption_configuration",
	"aws_s3_bucket_versioning", "aws_security_group",
	"aws_subnet", "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
}

// families are the beginnings of all types that can open or close a way: networks, roles and other policies, keys,
// repositories, logs, buckets and what stands in front of them, and what makes any of these.
var families = []string{
	"aws_api_gateway_", "aws_apigatewayv2_", "aws_cloudcontrolapi_", "aws_cloudformation_", "aws_cloudfront_", "aws_cloudwatch_log_account", "aws_cloudwatch_log_data",
	"aws_cloudwatch_log_delivery", "aws_cloudwatch_log_destination", "aws_cloudwatch_log_resource", "aws_cloudwatch_log_subscription", "aws_codebuild_",
	"aws_codecommit_repo", "aws_customer_gateway", "aws_datasync_", "aws_default_", "aws_dx_", "aws_ec2_client_vpn", "aws_ec2_instance_connect", "aws_ec2_transit", "aws_ecr_",
	"aws_egress_", "aws_flow_log", "aws_iam_group_policy", "aws_iam_openid_", "aws_iam_policy_attachment", "aws_iam_role", "aws_iam_saml_", "aws_iam_user_policy", "aws_internet_",
	"aws_kms_", "aws_lambda_function_url", "aws_main_route", "aws_nat_", "aws_network_", "aws_networkfirewall_", "aws_networkmanager_", "aws_organizations_", "aws_ram_",
	"aws_rolesanywhere_", "aws_route_table", "aws_s3", "aws_security_group", "aws_ssoadmin_", "aws_subnet", "aws_transfer_", "aws_verifiedaccess_", "aws_vpc", "aws_vpn", "awscc_",
}

func matters(kind string) bool {
	return kind == "aws_route" || slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(kind, f) })
}

// harmless are the kinds of resources that open nothing, beside those that matter.
var harmless = []string{"aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm", "aws_eip"}
