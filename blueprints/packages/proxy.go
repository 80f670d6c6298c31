package packages

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// The proxy is an API with two paths, of a project's page and of a file, that asks S3 for the object as a role of its own.
// The rules are:
//   - Who may call is said by addresses alone, in the API's resource policy: without a match nobody may.
//   - The bucket sees the role, and no reader: so the bucket's policy has no statement for these readers.
//   - S3's answer is passed on as it is, bytes for bytes.
//
// Sources: Amazon API Gateway Developer Guide, "Create a REST API as an Amazon S3 proxy", "API Gateway resource policy
// examples" and "Return binary media from a Lambda proxy integration" for the types; hashicorp/terraform-provider-aws#49672
// for what becomes of a policy when the API is overwritten.
func (i index) proxy() (blocks []*tf.Block, url policy.Text) {
	role, permissions := i.role()
	api := tf.Resource("aws_api_gateway_rest_api", i.Name,
		tf.Attr("name", tf.String(i.Proxy.API)),
		tf.Attr("description", tf.String("package_index."+i.Name+", for readers by public addresses")),
		tf.Nest("endpoint_configuration", tf.Attr("types", tf.Strings([]string{"REGIONAL"}))),
		tf.Attr("body", tf.Encode(i.definition(role))),
		tf.Gap(),
		tf.Because("A change of the body leaves the policy below as it is. With some versions of the provider,\noverwriting the API takes it away and lets everybody in."),
		tf.Attr("put_rest_api_mode", tf.String("merge")),
		tf.Gap(),
		tf.Because("checkov:skip=CKV_AWS_237:another API would have another address either way")).
		Because("The proxy of package_index." + i.Name + ", for readers whose vendor keeps S3 behind endpoints of its own: through API Gateway\n" +
			"they are known by their addresses again. It hands out files of up to 10 MB, which is the most that an API answers.")
	admission := tf.Resource("aws_api_gateway_rest_api_policy", i.Name,
		tf.Attr("rest_api_id", tf.Text(api.Ref("id"))),
		tf.Gap(),
		tf.Because("checkov:skip=CKV_AWS_70:pip signs nothing, so readers are told by their addresses"),
		tf.Attr("policy", tf.JSON(i.admit(api))))
	deployment := tf.Resource("aws_api_gateway_deployment", i.Name,
		tf.Attr("rest_api_id", tf.Text(api.Ref("id"))),
		tf.Gap(),
		tf.Because("What is changed above counts once it is deployed."),
		tf.Attr("triggers", tf.Object(
			tf.Key("body", tf.Text(api.Ref("body"))),
			tf.Key("policy", tf.Text(admission.Ref("policy"))))),
		tf.Nest("lifecycle", tf.Attr("create_before_destroy", tf.Bool(true))))
	stage := i.stage(api, deployment)
	return []*tf.Block{role, permissions, api, admission, deployment, stage}, policy.Join(stage.Ref("invoke_url"), policy.Literal("/simple/"))
}

func (i index) stage(api, deployment *tf.Block) *tf.Block {
	items := []tf.Item{
		tf.Attr("rest_api_id", tf.Text(api.Ref("id"))),
		tf.Attr("deployment_id", tf.Text(deployment.Ref("id"))),
		tf.Attr("stage_name", tf.String("index")),
		tf.Gap(),
	}
	for _, skip := range []string{
		"CKV_AWS_73:there is nothing to trace but one request to S3",
		"CKV_AWS_76:logs of an API need a role for the whole account, which is not this stack's to set",
		"CKV2_AWS_4:logs of an API need a role for the whole account, which is not this stack's to set",
		"CKV_AWS_120:a cache by the hour costs more than the requests to S3",
		"CKV2_AWS_29:the resource policy admits known addresses alone",
		"CKV2_AWS_51:S3 asks for no certificate of the API's",
	} {
		items = append(items, tf.Because("checkov:skip="+skip))
	}
	return tf.Resource("aws_api_gateway_stage", i.Name, items...)
}

// role is as what the API reads. It lists, too, so that a project that is not there is a 404 and no 403, which would look
// like a mistake of the address.
func (i index) role() (role, permissions *tf.Block) {
	trust := policy.Document{Statements: []policy.Statement{{
		Reason: "Who may give this role to an API is who may pass it (iam:PassRole), which no other account can.",
		Effect: policy.Allow, Principal: policy.Service("apigateway.amazonaws.com"), Actions: []string{"sts:AssumeRole"},
	}}}
	reads := policy.Document{Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"s3:GetObject"}, Resources: policy.Literals(i.Bucket.Objects())},
		{
			Reason: "With it S3 says of what is not there that it is not: pip goes on after a 404.",
			Effect: policy.Allow, Actions: []string{"s3:ListBucket"}, Resources: policy.Literals(i.Bucket.ARN()),
		},
	}}
	label := i.Name + "_proxy"
	role = tf.Resource("aws_iam_role", label,
		tf.Attr("name", tf.String(i.Proxy.Role)),
		tf.Attr("description", tf.String("The proxy of package_index."+i.Name+" reads its bucket")),
		tf.Attr("assume_role_policy", tf.JSON(trust)))
	return role, tf.Resource("aws_iam_role_policy", label,
		tf.Attr("name", tf.String("read")),
		tf.Attr("role", tf.Text(role.Ref("id"))),
		tf.Attr("policy", tf.JSON(reads)))
}

// admit is the API's resource policy. Without an API it is as long as it will be, and no more.
func (i index) admit(api *tf.Block) policy.Document {
	resource := policy.Literal("execute-api:/*")
	if api != nil {
		resource = policy.Join(api.Ref("execution_arn"), policy.Literal("/*"))
	}
	var who []string
	var ranges []netip.Prefix
	var nats []*topology.Network
	for _, g := range i.Proxy.Readers {
		who = append(who, "runner."+g.Runner.Name)
		for _, d := range g.From {
			ranges = append(ranges, d.Addresses...)
			for _, n := range d.NATs {
				if !slices.Contains(nats, n) {
					nats = append(nats, n)
				}
			}
		}
	}
	var addresses []policy.Text
	for _, p := range slices.Compact(slices.SortedFunc(slices.Values(ranges), netip.Prefix.Compare)) {
		addresses = append(addresses, policy.Literal(p.String()))
	}
	for _, n := range nats {
		addresses = append(addresses, n.NATAddressesFrom(i.Bucket.Place)...)
	}
	return policy.Document{Statements: []policy.Statement{{
		Reason: sentence(who) + ". Nobody signs in, and from anywhere else nobody gets in.",
		Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"execute-api:Invoke"}, Resources: []policy.Text{resource},
		Conditions: []policy.Condition{{Operator: "IpAddress", Key: "aws:SourceIp", Values: addresses}},
	}}}
}

// definition is the API in the words of OpenAPI. Source: Amazon API Gateway Developer Guide, "OpenAPI extensions for API
// Gateway". The slash behind a project is in S3's path here, because API Gateway may take it off the request's (believed).
func (i index) definition(role *tf.Block) tf.Value {
	return tf.Object(
		tf.Key("openapi", tf.String("3.0.1")),
		tf.Key("info", tf.Object(tf.Key("title", tf.String(i.Proxy.API)), tf.Key("version", tf.String("1")))),
		tf.Key("x-amazon-apigateway-binary-media-types", tf.Strings([]string{"*/*"})),
		tf.Key("paths", tf.Object(
			tf.Key("/simple/{project}", tf.Object(tf.Key("get", i.operation(role, "/", "project")))),
			tf.Key("/simple/{project}/{file}", tf.Object(tf.Key("get", i.operation(role, "", "project", "file")))))))
}

// operation reads the object whose key is simple/ and the path's parameters.
func (i index) operation(role *tf.Block, end string, parameters ...string) tf.Value {
	var declared []tf.Value
	var passed []tf.Field
	key := "simple"
	for _, p := range parameters {
		key += "/{" + p + "}"
		declared = append(declared, tf.Object(
			tf.Key("name", tf.String(p)), tf.Key("in", tf.String("path")), tf.Key("required", tf.Bool(true)),
			tf.Key("schema", tf.Object(tf.Key("type", tf.String("string"))))))
		passed = append(passed, tf.Key("integration.request.path."+p, tf.String("method.request.path."+p)))
	}
	b := i.Bucket
	uri := strings.Join([]string{"arn", b.Account.Partition.Name, "apigateway", b.Region, "s3", "path/" + b.Bucket + "/" + key + end}, ":")
	return tf.Object(
		tf.Key("parameters", tf.List(declared...)),
		tf.Key("responses", tf.Object(
			tf.Key("200", tf.Object(
				tf.Key("description", tf.String("the object")),
				tf.Key("headers", tf.Object(tf.Key("Content-Type", tf.Object(tf.Key("schema", tf.Object(tf.Key("type", tf.String("string")))))))))),
			tf.Key("404", tf.Object(tf.Key("description", tf.String("no such object")))),
			tf.Key("502", tf.Object(tf.Key("description", tf.String("S3 refuses or fails")))))),
		tf.Key("x-amazon-apigateway-integration", tf.Object(
			tf.Key("type", tf.String("aws")),
			tf.Key("httpMethod", tf.String("GET")),
			tf.Key("uri", tf.String(uri)),
			tf.Key("credentials", tf.Text(role.Ref("arn"))),
			tf.Key("requestParameters", tf.Object(passed...)),
			tf.Key("responses", tf.Object(
				tf.Key("200", tf.Object(
					tf.Key("statusCode", tf.String("200")),
					tf.Key("responseParameters", tf.Object(
						tf.Key("method.response.header.Content-Type", tf.String("integration.response.header.Content-Type")))))),
				tf.Key("404", tf.Object(tf.Key("statusCode", tf.String("404")))),
				tf.Key("default", tf.Object(tf.Key("statusCode", tf.String("502")))))))))
}

// sentence joins names: "a", "a and b", "a, b and c".
func sentence(names []string) string {
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
