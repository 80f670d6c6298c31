package proof

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A booth is the proxy of a package index as the tree has it: an API that reads the bucket as a role of its own.
type booth struct {
	subject
	*topology.PackageIndex
	bucket *vault
	api    *resource
	role   *resource
}

// packageIndex checks the proxy of an index, if it has one. Who gets in at its bucket, the bucket's own claims check.
func (p *prover) packageIndex(i *topology.PackageIndex) {
	if i.Proxy == nil {
		return
	}
	b := &booth{subject: subject{p, i.Range}, PackageIndex: i, bucket: p.vault(i.Bucket)}
	stack := Place{File: i.Bucket.Stack(topology.StorageLayer)}
	for _, r := range p.where("aws_api_gateway_rest_api", "name", i.Proxy.API) {
		if r.stack.path == stack.File {
			b.api = r
		}
	}
	b.role = p.known("aws_iam_role", "arn", b.bucket.proxyRole())
	if b.holds(b.api != nil, Present, stack, "There is no API %s for the proxy of package_index.%s.", i.Proxy.API, i.Name) &&
		b.holds(b.role != nil, Present, stack, "There is no role %s for the proxy of package_index.%s.", i.Proxy.Role, i.Name) {
		b.acts()
		b.asks()
		b.serves()
		b.admits()
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
	at := b.role.at("assume_role_policy")
	trust := b.policyOf(policy.Trust, b.role, "assume_role_policy")
	if !b.holds(trust != nil, Proxied, at, "The role says nothing of who may assume it.") {
		return
	}
	const gateway = "apigateway.amazonaws.com"
	ask := func(c policy.Caller) policy.Decision {
		return policy.Evaluate(policy.Request{Caller: c, Action: byCaller, Resource: text(b.role.computed("arn"))}, trust, anyIdentity)
	}
	d := ask(policy.AsService(gateway))
	b.holds(d.Allowed(), Proxied, at, "API Gateway cannot act as the role of package_index.%s: %s.", b.Name, d)
	for _, g := range b.bucket.strangers() {
		d = ask(g.caller)
		b.holds(!d.Allowed(), Trusted, at, "%s can act as the role of package_index.%s's proxy: %s.", g.who, b.Name, d)
	}
	for _, s := range servicesIn(trust) {
		b.holds(s == gateway, Trusted, at, "%s can act as the role of package_index.%s's proxy.", s, b.Name)
	}
	b.nothingInside(b.role)
	b.attached(b.role, nil)
	b.holds(b.role.Body.Attributes["permissions_boundary"] == nil, Readable, b.role.at("permissions_boundary"), "The role has a permissions_boundary, which is not in this tree.")
	asked := map[[2]string]bool{}
	bucket := b.PackageIndex.Bucket
	note(asked, []string{"s3:GetObject"}, policy.Literals(bucket.Objects()))
	note(asked, []string{"s3:ListBucket"}, policy.Literals(bucket.ARN()))
	allows, written := b.inline(b.role)
	for i, p := range allows {
		b.limited(p, asked, written[i].at("policy"))
	}
	for _, want := range [][2]string{{"s3:GetObject", b.bucket.object()}, {"s3:ListBucket", bucket.ARN()}} {
		d = b.bucket.asks(signedAs("the proxy", b.bucket.proxyRole()), want[0], want[1], allows...)
		b.holds(d.Allowed(), Proxied, b.role.at("name"), "The proxy of package_index.%s may not %s: %s.", b.Name, want[0], d)
	}
}

// A definition is an API in the words of OpenAPI, as far as it is known here.
type definition struct {
	Paths map[string]map[string]operation `json:"paths"`
}

type operation struct {
	Integration struct {
		Type        string            `json:"type"`
		Method      string            `json:"httpMethod"`
		URI         string            `json:"uri"`
		Credentials string            `json:"credentials"`
		Passed      map[string]string `json:"requestParameters"`
	} `json:"x-amazon-apigateway-integration"`
}

// asks checks what the API asks S3 for: the page of a project, and its files, and nothing else.
// Source: Amazon API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
func (b *booth) asks() {
	at := b.api.at("body")
	var d definition
	var parts map[string]json.RawMessage
	body := []byte(b.api.text("body"))
	readable := json.Unmarshal(body, &d) == nil && json.Unmarshal(body, &parts) == nil
	if !b.holds(readable, Readable, at, "What the API of package_index.%s does is not written down.", b.Name) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		b.holds(slices.Contains([]string{"openapi", "info", "paths", "x-amazon-apigateway-binary-media-types"}, name), Readable, at, "The API of package_index.%s has %s, which is not understood there.", b.Name, name)
	}
	s3 := strings.Join([]string{"arn", b.bucket.Account.Partition.Name, "apigateway", b.bucket.Region, "s3", "path/" + b.bucket.Bucket.Bucket}, ":")
	want := map[string]string{"/simple/{project}": s3 + "/simple/{project}/", "/simple/{project}/{file}": s3 + "/simple/{project}/{file}"}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		b.holds(want[path] != "", Proxied, at, "The API of package_index.%s answers for %s, and an index has no such path.", b.Name, path)
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			i := d.Paths[path][method].Integration
			b.holds(method == "get" && i.Method == "GET" && i.Type == "aws", Proxied, at, "The API of package_index.%s does more than read: %s %s is %s %s.", b.Name, method, path, i.Type, i.Method)
			b.holds(i.URI == want[path], Proxied, at, "The API of package_index.%s asks %s for %s, and not %s.", b.Name, shown(i.URI), path, want[path])
			b.holds(i.Credentials == b.bucket.proxyRole(), Proxied, at, "The API of package_index.%s asks S3 as %q, and not in its role.", b.Name, shown(i.Credentials))
			for _, name := range []string{"project", "file"} {
				passed := i.Passed["integration.request.path."+name] == "method.request.path."+name
				b.holds(passed || !strings.Contains(i.URI, "{"+name+"}"), Proxied, at, "The API of package_index.%s does not tell S3 which %s is asked for.", b.Name, name)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		_, is := d.Paths[path]["get"]
		b.holds(is, Proxied, at, "The API of package_index.%s does not answer for %s.", b.Name, path)
	}
}

// serves checks that the API is deployed as it is, and seen in its region.
func (b *booth) serves() {
	types := ""
	if e := nested(b.api.Body, "endpoint_configuration"); e != nil {
		types = strings.Join(asTexts(b.api.stack.read(e, "types")), ", ")
	}
	b.holds(types == "REGIONAL", Proxied, b.api.at("name"), "The API of package_index.%s is %q, and not REGIONAL.", b.Name, types)
	deployments, stages := b.where("aws_api_gateway_deployment", "rest_api_id", b.api.id()), b.where("aws_api_gateway_stage", "rest_api_id", b.api.id())
	if !b.holds(len(deployments) == 1 && len(stages) == 1, Proxied, b.api.at("name"), "The API of package_index.%s has %d deployments and %d stages, in place of one each.", b.Name, len(deployments), len(stages)) {
		return
	}
	b.holds(stages[0].text("deployment_id") == deployments[0].id(), Proxied, stages[0].at("deployment_id"), "The stage of package_index.%s's API serves another deployment.", b.Name)
	triggers := deployments[0].get("triggers")
	for _, name := range []string{"body", "policy"} {
		_, err := within(triggers, []string{name})
		b.holds(err == nil, Proxied, deployments[0].at("triggers"), "A change of the %s of package_index.%s's API is not deployed.", name, b.Name)
	}
}

// admits checks who gets in at the API: readers from their addresses, and nobody from elsewhere.
func (b *booth) admits() {
	rules := b.where("aws_api_gateway_rest_api_policy", "rest_api_id", b.api.id())
	if !b.holds(len(rules) == 1 && b.api.Body.Attributes["policy"] == nil, Private, b.api.at("name"), "The API of package_index.%s has %d policies in place of one, and without one everybody gets in.", b.Name, len(rules)) {
		return
	}
	admits, at := b.policyOf(policy.Resource, rules[0], "policy"), rules[0].at("policy")
	if admits == nil {
		return
	}
	execution := b.api.computed("execution_arn")
	asked := map[[2]string]bool{}
	note(asked, []string{"execute-api:Invoke"}, []policy.Text{text(execution + "/*")})
	b.limited(admits, asked, at)
	ask := func(g guest) policy.Decision {
		r := policy.Request{Caller: g.caller, Action: "execute-api:Invoke", Resource: text(execution + "/index/GET/simple/project/"), Owner: b.bucket.Account.ID, Context: g.from.seen}
		return policy.Evaluate(r, admits, anyIdentity)
	}
	desk := &vault{subject: b.subject, Bucket: &topology.Bucket{Place: b.bucket.Place, Readers: b.Proxy.Readers}, admits: admits, rules: rules[0]}
	for _, g := range b.Proxy.Readers {
		for _, e := range desk.entries(g) {
			ok := true
			for _, s := range e.spots {
				d := ask(guest{from: s})
				ok = b.holds(d.Allowed(), Installed, at, "runner.%s installs from package_index.%s, and may not ask its proxy %s: %s.", g.Runner.Name, b.Name, s.where, d) && ok
			}
			if ok {
				b.open("runner."+g.Runner.Name+" from "+e.way, "API `%s`, the proxy of package_index.%s", b.Proxy.API, b.Name)
			}
		}
	}
	b.shut(desk, ask)
}

// shut checks that nobody gets in at the API from elsewhere, signed in or not.
func (b *booth) shut(desk *vault, ask func(guest) policy.Decision) {
	callers := []guest{{who: "anyone"}, signedAs("a role of another account", b.bucket.Account.Partition.ARN("iam", "", stranger, "role/stranger"))}
	named := desk.named()
	var open []string
	for _, s := range append(append(desk.around(), named.spots...), guest{from: nowhere}) {
		for _, c := range callers {
			g := c.at(s.from, s.via)
			if !desk.mayRead(g, "s3:GetObject") && ask(g).Allowed() && !slices.Contains(open, g.String()) {
				open = append(open, g.String())
			}
		}
	}
	b.holds(len(open) == 0, Private, desk.at(), "These get in at the proxy of package_index.%s, and should not: %s.", b.Name, who(open))
	for i, s := range desk.admits.Document.Statements {
		for _, c := range s.Conditions {
			known := slices.Contains([]string{"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"}, strings.ToLower(c.Key))
			b.holds(known, Private, desk.rules.statement("policy", i), "%s tests %s: whom it admits cannot be told.", policy.Hit{Policy: desk.admits, Index: i}, c.Key)
		}
	}
}
