package proof

import (
	"encoding/json"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A booth is the proxy of a package index as the tree has it: an API that reads the bucket as a role of its own.
type booth struct {
	subject
	*topology.PackageIndex
	bucket *vault
	api    *evidence.Resource
	role   *evidence.Resource
}

// packageIndex checks the proxy of an index, if it has one. Who gets in at its bucket, the bucket's own claims check.
func (p *prover) packageIndex(i *topology.PackageIndex) {
	if i.Proxy == nil {
		return
	}
	b, apis := p.booth(i), p.proxiesOf(i)
	stack := Place{File: i.Bucket.Stack(topology.StorageLayer)}
	if !b.holds(b.api != nil, Present, stack, "There is no API %s for the proxy of package_index.%s.", i.Proxy.API, i.Name) {
		return
	}
	b.holds(len(apis) == 1, Proxied, b.api.At("name"), "There are %d APIs %s for the proxy of package_index.%s, in place of one.", len(apis), i.Proxy.API, i.Name)
	if b.holds(b.role != nil, Present, stack, "There is no role %s for the proxy of package_index.%s.", i.Proxy.Role, i.Name) {
		b.acts()
		b.lent()
		b.asks()
		b.serves()
		b.admits()
	}
}

// booth is the proxy of an index in the tree.
func (p *prover) booth(i *topology.PackageIndex) *booth {
	b := &booth{subject: subject{p, i.Range}, PackageIndex: i, bucket: p.vault(i.Bucket)}
	if apis := p.proxiesOf(i); len(apis) > 0 {
		b.api = apis[0]
	}
	b.role = p.Known("aws_iam_role", "arn", b.bucket.proxyRole())
	return b
}

// proxiesOf are the APIs in the tree that are called like the proxy of an index, in its stack.
func (p *prover) proxiesOf(i *topology.PackageIndex) []*evidence.Resource {
	return slices.DeleteFunc(slices.Clone(p.Where("aws_api_gateway_rest_api", "name", i.Proxy.API)), func(r *evidence.Resource) bool {
		return r.Stack.Path != i.Bucket.Stack(topology.StorageLayer)
	})
}

// unaskedAPIs checks that there are no APIs but the proxies of the spec: any other may ask S3 as a proxy does, and answer
// everybody.
func (p *prover) unaskedAPIs() {
	s, asked := subject{prover: p}, map[*evidence.Resource]bool{}
	for _, i := range p.topology.PackageIndexes {
		if i.Proxy != nil {
			for _, r := range p.proxiesOf(i) {
				asked[r] = true
			}
		}
	}
	for _, r := range p.Of("aws_api_gateway_rest_api") {
		s.holds(asked[r], Proxied, r.At("name"), "The API %s is the proxy of no package index of the spec.", evidence.Shown(r.Text("name")))
	}
	for _, kind := range []string{"aws_api_gateway_deployment", "aws_api_gateway_rest_api_policy", "aws_api_gateway_stage"} {
		for _, r := range p.Of(kind) {
			api := p.Known("aws_api_gateway_rest_api", "id", r.Text("rest_api_id"))
			s.holds(api != nil, Proxied, r.At("rest_api_id"), "%s is of an API that is not in the tree.", r.Address())
		}
	}
}

// lent checks that nothing but the API speaks of its role: API Gateway may act as it for whatever API it is given to.
func (b *booth) lent() {
	for _, stack := range b.Stacks {
		if stack.Site.Account != b.bucket.Account.ID {
			continue
		}
		for _, r := range stack.Resources {
			if r == b.role || r == b.api || r.Kind() == "aws_iam_role_policy" || r.Kind() == "aws_iam_role_policy_attachment" {
				continue // whose claims are about the role
			}
			b.holds(!r.Mentions(b.role, "role/"+b.role.Text("name")), Proxied, r.Start(), "%s speaks of the role of package_index.%s's proxy, which is its API's alone.", r.Address(), b.Name)
		}
	}
}

// proxyRole is the ARN of the role as which a proxy reads the bucket, "" if it has none.
func (v *vault) proxyRole() string {
	for _, i := range v.topology.PackageIndexes {
		if i.Bucket == v.Bucket && i.Proxy != nil {
			return v.Account.Partition.ARN("iam", "", v.Account.ID, "role/"+i.Proxy.Role)
		}
	}
	return ""
}

// acts checks that API Gateway acts as the role, nobody else, and that the role reads the bucket and does nothing else.
func (b *booth) acts() {
	for _, s := range b.assumed(b.role, Proxied, "package_index."+b.Name+"'s proxy", "apigateway.amazonaws.com") {
		b.open("API Gateway, for APIs of whoever may pass it (`iam:PassRole`)", "role `%s`", b.role.Computed("arn")).of("", s.by)
	}
	b.nothingInside(b.role)
	b.attached(b.role, nil)
	b.holds(!b.role.Has("permissions_boundary"), Readable, b.role.At("permissions_boundary"), "The role has a permissions_boundary, which is not in this tree.")
	allows, written := b.inline(b.role)
	if !b.holds(len(allows) > 0, Proxied, b.role.At("name"), "The role of package_index.%s's proxy has no policy.", b.Name) {
		return
	}
	at := written[0].At("policy")
	q := question{
		decide: allows, within: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", b.bucket.proxyRole())}, where: at, at: func(policy.Hit) Place { return at },
	}
	for action, on := range map[string]string{"s3:GetObject": b.bucket.Objects(), "s3:ListBucket": b.bucket.ARN()} {
		s := b.bucket.allow(signing(b.bucket.proxyRole()), []string{action}, nil, on)
		q.wants = append(q.wants, want{what: "The proxy of package_index." + b.Name + " reads " + b.bucket.Bucket.Bucket, Statement: s})
	}
	for _, p := range allows {
		b.spelled(p, q.at, q.statements())
	}
	if r, told := b.ask(q); told {
		r.nothingLess(Proxied)
		r.nothingMore(Limited, r.universe.All(), "In the role of package_index."+b.Name+"'s proxy ")
	}
}

// asks checks what the API asks S3 for, word for word: the page of a project, and its files, and nothing else; and what it
// answers with: S3's answer as it is, and of a refusal of S3's no more than that.
// Source: Amazon API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
func (b *booth) asks() {
	at := b.api.At("body")
	var body struct {
		OpenAPI string                    `json:"openapi"`
		Info    map[string]any            `json:"info"`
		Binary  []string                  `json:"x-amazon-apigateway-binary-media-types"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	d := json.NewDecoder(strings.NewReader(b.api.Text("body")))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); !b.holds(err == nil, Readable, at, "What the API of package_index.%s does is not understood: %v.", b.Name, err) {
		return
	}
	b.holds(body.OpenAPI == "3.0.1", Proxied, at, "The API of package_index.%s is written in OpenAPI %q, and not in 3.0.1.", b.Name, body.OpenAPI)
	b.holds(slices.Equal(body.Binary, []string{"*/*"}), Proxied, at, "The API of package_index.%s takes %s for files, and not everything: others are changed on the way.", b.Name, strings.Join(body.Binary, ", "))
	want := map[string]any{"/simple/{project}": b.operation("/", "project"), "/simple/{project}/{file}": b.operation("", "project", "file")}
	for _, path := range slices.Sorted(maps.Keys(body.Paths)) {
		b.holds(want[path] != nil, Proxied, at, "The API of package_index.%s answers for %s, and an index has no such path.", b.Name, path)
		for _, method := range slices.Sorted(maps.Keys(body.Paths[path])) {
			b.holds(method == "get", Proxied, at, "The API of package_index.%s does more than read: it takes %s of %s.", b.Name, method, path)
			where := difference(body.Paths[path][method], want[path])
			b.holds(where == nil, Proxied, at, "The API of package_index.%s does something else than to ask S3 for %s and to pass its answer on: see %s of %s.", b.Name, path, strings.Join(where, " "), method)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		b.holds(body.Paths[path]["get"] != nil, Proxied, at, "The API of package_index.%s does not answer for %s.", b.Name, path)
	}
}

// operation is how the API reads the object whose key is simple/ and the parameters of the path, in the words of OpenAPI.
func (b *booth) operation(end string, parameters ...string) map[string]any {
	key, passed, declared := "simple", map[string]any{}, []any{}
	for _, p := range parameters {
		key += "/{" + p + "}"
		passed["integration.request.path."+p] = "method.request.path." + p
		declared = append(declared, map[string]any{"name": p, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	const contentType = "Content-Type"
	uri := strings.Join([]string{"arn", b.bucket.Account.Partition.Name, "apigateway", b.bucket.Region, "s3", "path/" + b.bucket.Bucket.Bucket + "/" + key + end}, ":")
	return map[string]any{
		"parameters": declared,
		"responses": map[string]any{
			"200": map[string]any{"description": "the object", "headers": map[string]any{contentType: map[string]any{"schema": map[string]any{"type": "string"}}}},
			"404": map[string]any{"description": "no such object"},
			"502": map[string]any{"description": "S3 refuses or fails"},
		},
		"x-amazon-apigateway-integration": map[string]any{
			"type": "aws", "httpMethod": "GET", "uri": uri, "credentials": b.bucket.proxyRole(), "requestParameters": passed,
			"responses": map[string]any{
				"200":     map[string]any{"statusCode": "200", "responseParameters": map[string]any{"method.response.header." + contentType: "integration.response.header." + contentType}},
				"404":     map[string]any{"statusCode": "404"},
				"default": map[string]any{"statusCode": "502"},
			},
		},
	}
}

// difference is where two values of JSON differ first, as the names that lead there; nil if they do not.
func difference(a, b any) []string {
	left, isObject := a.(map[string]any)
	right, too := b.(map[string]any)
	if !isObject || !too {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return []string{}
	}
	for _, name := range slices.Sorted(maps.Keys(maps.Collect(both(left, right)))) {
		if inner := difference(left[name], right[name]); inner != nil {
			return append([]string{name}, inner...)
		}
	}
	return nil
}

// both are the members of two objects.
func both(a, b map[string]any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, object := range []map[string]any{a, b} {
			for name, value := range object {
				if !yield(name, value) {
					return
				}
			}
		}
	}
}

// serves checks that the API is deployed as it is, each time that it changes, and seen in its region.
func (b *booth) serves() {
	b.plain(b.api)
	types := ""
	if e := b.api.Nested("endpoint_configuration"); e != nil {
		types = strings.Join(e.Texts("types"), ", ")
	}
	b.holds(types == "REGIONAL", Proxied, b.api.At("name"), "The API of package_index.%s is %q, and not REGIONAL.", b.Name, types)
	deployments, stages := b.Where("aws_api_gateway_deployment", "rest_api_id", b.api.ID()), b.Where("aws_api_gateway_stage", "rest_api_id", b.api.ID())
	if !b.holds(len(deployments) == 1 && len(stages) == 1, Proxied, b.api.At("name"), "The API of package_index.%s has %d deployments and %d stages, in place of one each.", b.Name, len(deployments), len(stages)) {
		return
	}
	deployment, stage := deployments[0], stages[0]
	b.plain(deployment)
	b.plain(stage)
	b.holds(stage.Text("deployment_id") == deployment.ID(), Proxied, stage.At("deployment_id"), "The stage of package_index.%s's API serves another deployment.", b.Name)
	b.holds(deployment.Setting("lifecycle", "create_before_destroy") == "true", Proxied, deployment.At("rest_api_id"), "The deployment of package_index.%s's API is in use while Terraform replaces it: create_before_destroy is not set.", b.Name)
	triggers := deployment.Get("triggers")
	now := map[string]string{"body": b.api.Text("body")}
	for _, rules := range b.Where("aws_api_gateway_rest_api_policy", "rest_api_id", b.api.ID()) {
		b.policyOf(policy.Resource, rules, "policy") // one that cannot be read is what is wrong
		now["policy"] = rules.Text("policy")
	}
	for _, name := range []string{"body", "policy"} {
		v, err := evidence.Within(triggers, name)
		b.holds(err == nil && evidence.AsText(v) == now[name], Proxied, deployment.At("triggers"), "A change of the %s of package_index.%s's API is not deployed.", name, b.Name)
	}
	b.told(stage)
}

// told checks the address that readers are told.
func (b *booth) told(stage *evidence.Resource) {
	output := stage.Stack.Output(b.Name + "_proxy_url")
	if !b.holds(output != nil, Present, stage.At("stage_name"), "Nothing tells readers of package_index.%s the address of its proxy.", b.Name) {
		return
	}
	v, err := output.Value()
	b.holds(err == nil && evidence.AsText(v) == stage.Computed("invoke_url")+"/simple/", Present, output.Place, "The output names another address than that of package_index.%s's proxy.", b.Name)
}

// admits checks who gets in at the API: readers from their addresses, and nobody from elsewhere.
func (b *booth) admits() {
	rules := b.Where("aws_api_gateway_rest_api_policy", "rest_api_id", b.api.ID())
	if !b.holds(len(rules) == 1 && !b.api.Has("policy"), Private, b.api.At("name"), "The API of package_index.%s has %d policies in place of one, and without one everybody gets in.", b.Name, len(rules)) {
		return
	}
	// Since 6.48 the provider takes a policy away with each change of the body, unless the API keeps what the body does not
	// speak of. Source: hashicorp/terraform-provider-aws, issues 49672 and 49823.
	mode := b.api.Text("put_rest_api_mode")
	b.holds(mode == "merge", Private, b.api.At("put_rest_api_mode"), "A change of the body takes the policy of package_index.%s's API away, and lets everybody in: put_rest_api_mode is %q, and not \"merge\".", b.Name, mode)
	b.plain(rules[0])
	d := b.desk()
	if d == nil {
		return
	}
	d.ruled(b)
}

// A desk is where readers get in at an API: its policy, as that of a bucket.
type desk struct {
	*vault
	execution string // the ARN of the API, as its policy has it
}

// desk is nil if the API has not exactly one policy that is one.
func (b *booth) desk() *desk {
	if b.api == nil {
		return nil
	}
	rules := b.Where("aws_api_gateway_rest_api_policy", "rest_api_id", b.api.ID())
	if len(rules) != 1 {
		return nil
	}
	admits := b.policyOf(policy.Resource, rules[0], "policy")
	if admits == nil {
		return nil
	}
	of := &topology.Bucket{Place: b.bucket.Place, Readers: b.Proxy.Readers}
	return &desk{&vault{subject: b.subject, Bucket: of, admits: admits, rules: rules[0], refused: map[any]bool{}, grounds: map[any][]Ground{}}, b.api.Computed("execution_arn")}
}

// ruled checks who gets in at the API, signed in or not: readers from their addresses, and nobody from elsewhere.
func (d *desk) ruled(b *booth) {
	for i, s := range d.admits.Document.Statements {
		h, at := policy.Hit{Policy: d.admits, Index: i}, d.said(policy.Hit{Policy: d.admits, Index: i})
		b.holds(len(s.Resources)+len(s.NotResources) > 0, Understood, at, "%s says nothing of its resource, and API Gateway asks for one.", h)
	}
	q := question{decide: []*policy.Policy{d.admits}, where: d.at(), at: d.said}
	for _, g := range d.Readers {
		for _, c := range d.crossings(d.entries(g)) {
			q.wants = append(q.wants, want{of: turnOf(g, c.endpoint), what: caller(g) + " installs from package_index." + b.Name, Statement: policy.Statement{
				Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"execute-api:Invoke"}, Resources: []policy.Text{evidence.Text(d.execution + "/*")}, Conditions: c.conditions,
			}})
		}
	}
	d.spelled(d.admits, d.said, q.statements())
	r, told := d.ask(q)
	if !told {
		return
	}
	d.settle(r, r.nothingLess(Installed))
	r.nothingMore(Private, r.universe.All(), "At the proxy of package_index."+b.Name+" ")
	for _, g := range d.Readers {
		for _, e := range d.entries(g) {
			b.open(caller(g)+" from "+e.way, "API `%s`, the proxy of package_index.%s", b.Proxy.API, b.Name).of(b.Address(), d.grounds[turnOf(g, e.endpoint)])
		}
	}
}
