package proof_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

const (
	// What a Deny is about, in a bucket's policy: "…/*" of those about its objects.
	nobodysObjects  = `("NobodyElseWrites"(?:.*\n)+?        )Resource( += )"([^"]+)/\*"`
	notElsewhere    = `(# [^\n]* not from elsewhere\.(?:.*\n)+?        )Resource( += )"([^"]+)/\*"`
	objectsUnderTLS = `("TLSOnly"(?:.*\n)+?        Resource = \[\n.*\n.*)/\*"`
	underTLS        = `("TLSOnly"(?:.*\n)+?        )Resource = \[\n +"([^"]+)",\n.*\n        \]`

	someAPI    = `(?s)\A.*resource "aws_api_gateway_rest_api" "(\w+)".*\z`
	logsMayUse = `(Sid    = "Logs"(?:.*\n)+?        Action = )\[(?:.*\n)+?        \]`
	aProject   = `(resource "aws_codebuild_project" "\w+" \{)`
)

// more is a resource of a kind more at the end of a file.
func more(kind string) edit {
	return edit{kind, keyFile, `(?s)\z`, "\nresource \"" + kind + "\" \"x\" {\n}\n", by(proof.Readable)}
}

// doorEdits open a door beside those that are there.
var doorEdits = slices.Concat(apiEdits, refusalEdits, keyDoorEdits, kindEdits)

// apiEdits are of what stands beside a proxy, or in its place.
var apiEdits = []edit{
	{"the API once more", indexFile, `(?s)(resource "aws_api_gateway_rest_api" ")(\w+)(" \{.*?\n\}\n)`, "$1$2$3\n$1${2}_2$3", by(proof.Proxied)},
	{"a second API", indexFile, someAPI, "$0\nresource \"aws_api_gateway_rest_api\" \"x\" {\n  name = \"x\"\n  body = aws_api_gateway_rest_api.$1.body\n}\n\n" +
		"resource \"aws_api_gateway_deployment\" \"x\" {\n  rest_api_id = aws_api_gateway_rest_api.x.id\n}\n\n" +
		"resource \"aws_api_gateway_stage\" \"x\" {\n  rest_api_id = aws_api_gateway_rest_api.x.id\n  deployment_id = aws_api_gateway_deployment.x.id\n  stage_name = \"x\"\n}\n", by(proof.Proxied)},
	{"an API where there is no proxy", sideFile, `(?s)\z`, "\nresource \"aws_api_gateway_rest_api\" \"x\" {\n  name = \"x\"\n}\n", by(proof.Proxied)},
	{"the proxy's role lent", indexFile, `(?s)\A.*resource "aws_iam_role" "(\w+)".*\z`, "$0\nresource \"aws_lambda_function\" \"x\" {\n  role = aws_iam_role.$1.arn\n}\n", by(proof.Proxied)},
	{"the proxy's role lent by its name", indexFile, `(?s)\A.*resource "aws_iam_role" "\w+" \{\n  name        = "([^"]+)".*\z`, "$0\nresource \"aws_lambda_function\" \"x\" {\n  role = \"arn:aws:iam::111111111111:role/$1\"\n}\n", by(proof.Proxied)},
	{"proxy whose policy goes with a change", indexFile, `  put_rest_api_mode = "merge"\n`, "", by(proof.Private)},
	{"proxy that is overwritten", indexFile, `(put_rest_api_mode =) "merge"`, `$1 "overwrite"`, by(proof.Private)},
	{"readers who write, at the endpoint", endpoints, `(Action    =) "s3:GetObject"(\n        Resource +=)`, `$1 ["s3:GetObject", "s3:PutObject"]$2`, by(proof.Closed, proof.Limited)},
	{"readers who delete, at the endpoint", endpoints, `(Action    =) "s3:GetObject"(\n        Resource +=)`, `$1 ["s3:DeleteObject", "s3:GetObject"]$2`, by(proof.Closed, proof.Limited)},
}

// refusalEdits are of what the Denies of a bucket's policy speak of.
var refusalEdits = []edit{
	{"others write beside folders", bucketFile, nobodysObjects, `${1}Resource$2"$3/*/*"`, by(proof.Locked)},
	{"others write into a folder", bucketFile, nobodysObjects, `${1}NotResource$2"$3/tmp/*"`, by(proof.Locked)},
	{"others write with some actions", bucketFile, `("NobodyElseWrites"(?:.*\n)+?        )Action = \[\n(?:.*\n)+?        \]`, `${1}NotAction = "s3:Get*"`, by(proof.Locked, proof.Governed)},
	{"publishers from anywhere beside folders", bucketFile, notElsewhere, `${1}Resource$2"$3/*/*"`, by(proof.Locked)},
	{"publishers from anywhere into a folder", bucketFile, notElsewhere, `${1}NotResource$2"$3/tmp/*"`, by(proof.Locked)},
	{"TLS in folders", bucketFile, objectsUnderTLS, `$1/*/*"`, by(proof.Secured)},
	{"TLS but for one role", bucketFile, `("TLSOnly"(?:.*\n)+?        Condition = \{\n)`, "$1          ArnNotEquals = {\n            \"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:role/somebody\"\n          }\n", by(proof.Secured)},
	{"TLS but for a folder", bucketFile, underTLS, `${1}NotResource = "$2/tmp/*"`, by(proof.Secured)},
}

// keyDoorEdits are of keys.
var keyDoorEdits = []edit{
	{"key of buckets that begin alike", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" = \[\n\s+"arn:aws:s3:::\w+-)[^"]+"`, `$1$2*"`, by(proof.Confined)},
	{"key of one more bucket", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" = \[\n)`, "$1$2              \"arn:aws:s3:::somebody-elses\",\n", by(proof.Confined)},
	{"key for one more role", keyFile, keyOf + `("aws:PrincipalArn" =) ("[^"]+")`, `$1$2 [$3, "arn:aws:iam::111111111111:role/somebody"]`, by(proof.Confined)},
	{"key for one more distribution", keyFile, keyServing + `("AWS:SourceArn" =) (\S+)`, `$1$2 [$3, "arn:aws:cloudfront::222222222222:distribution/E1"]`, by(proof.Confined)},
	{"key for a distribution of another account", keyFile, keyServing + `("AWS:SourceArn" =) (\S+)`, `$1$2 [$3, "arn:aws:cloudfront::998877665544:distribution/E1"]`, by(proof.Confined)},
	{"key for logs of nobody", keyFile, `(    Statement = \[\n)`, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          Service = \"logs.eu-west-1.amazonaws.com\"\n        }\n        Action = \"kms:*\"\n        Resource = \"*\"\n      },\n", by(proof.Confined)},
	{"key for logs in every way", `(?:network|storage)/key\.tf`, logsMayUse, `$1"kms:*"`, by(proof.Limited, proof.Confined)},
	{"key for logs of every account", `(?:network|storage)/key\.tf`, `ArnEquals( = \{\n +"kms:EncryptionContext:aws:logs:arn" = (?:\[\n +)?"arn:aws:logs:)[\w-]+:\d+:`, `ArnLike$1*:*:`, by(proof.Limited, proof.Confined)},
	{"key for one more log group", `(?:network|storage)/key\.tf`, `("kms:EncryptionContext:aws:logs:arn" =) ("[^"]+")`, `$1 [$2, "arn:aws:logs:eu-west-1:111111111111:log-group:x"]`, by(proof.Limited, proof.Confined)},
}

// kindEdits add what no claim knows.
var kindEdits = slices.Concat([]edit{
	more("aws_apigatewayv2_api"), more("aws_lambda_function_url"), more("aws_iam_user_policy"), more("aws_iam_user_policy_attachment"), more("aws_iam_group_policy"),
	more("aws_s3_account_public_access_block"), more("aws_s3_object"), more("aws_s3_directory_bucket"), more("aws_s3tables_table_bucket"), more("aws_rolesanywhere_profile"),
	more("aws_transfer_server"), more("aws_datasync_task"), more("aws_cloudformation_stack"), more("aws_cloudcontrolapi_resource"), more("awscc_s3_bucket_policy"),
	more("aws_cloudwatch_log_subscription_filter"), more("aws_ram_resource_share"), more("aws_ec2_instance_connect_endpoint"),
}, []edit{
	{"policy of a role of nobody", keyFile, `(?s)\z`, "\nresource \"aws_iam_role_policy\" \"x\" {\n  role = \"admin\"\n  policy = \"{}\"\n}\n", by(proof.Readable)},
	{"a program in a resource", keyFile, `(resource "aws_kms_key" "\w+" \{)`, "$1\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }", by(proof.Readable)},
	{"a program in a resource of no kind", keyFile, `(?s)\z`, "\nresource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n", by(proof.Readable)},
	{"a program as data", keyFile, `(?s)\z`, "\ndata \"external\" \"x\" {\n  program = [\"true\"]\n}\n", by(proof.Readable)},
	{"a program as an action", keyFile, `(?s)\z`, "\naction \"aws_lambda_invoke\" \"x\" {\n}\n", by(proof.Readable)},
	{"a resource without a name", keyFile, `(?s)\z`, "\nresource \"aws_s3_object\" {\n}\n", by(proof.Readable)},
	{"a distribution of the spec's bucket more", frontFile, `(?s)(resource "aws_cloudfront_distribution" ")(\w+)(" \{.*?\n\}\n)`, "$1$2$3\n$1${2}_2$3", by(proof.Present)},
	{"a distribution that reads as another's identity", frontFile, `(?s)\A.*(origin_access_identity = \S+).*\z`, "$0\nresource \"aws_cloudfront_distribution\" \"x\" {\n  origin {\n    domain_name = \"x\"\n    s3_origin_config {\n      $1\n    }\n  }\n}\n", by(proof.Private)},
})

// buildDoorEdits are of CodeBuild projects, in whose role a build works.
var buildDoorEdits = []edit{
	{"builds for everybody to see", delivery, aProject, "$1\n  project_visibility = \"PUBLIC_READ\"", by(proof.Readable)},
	{"builds with a badge", delivery, aProject, "$1\n  badge_enabled = true", by(proof.Readable)},
	{"logs in a bucket, too", delivery, `(  logs_config \{\n)`, "$1    s3_logs {\n      status = \"ENABLED\"\n      location = \"x/logs\"\n    }\n", by(proof.Readable)},
	{"artifacts elsewhere", delivery, `(  artifacts \{\n    type =) "NO_ARTIFACTS"`, "$1 \"S3\"\n    location = \"somebody-elses\"", by(proof.Limited)},
	{"a second place of artifacts", delivery, aProject, "$1\n  secondary_artifacts {\n    type = \"S3\"\n  }", by(proof.Readable)},
	{"a second source", delivery, aProject, "$1\n  secondary_sources {\n    type = \"GITHUB\"\n  }", by(proof.Readable)},
	{"another buildspec", delivery, `(  source \{\n)((?:    [^b].*\n)*  \})`, "$1    buildspec = \"version: 0.2\"\n$2", by(proof.Present)},
	{"no buildspec", delivery, `    buildspec += (?:<<-?EOT\n(?:.*\n)*?\s*EOT\n|.*\n)`, "", by(proof.Present)},
	{"another value of a variable", delivery, `(environment_variable \{\n      name  = "[^"]+"\n      value =) "[^"]*"`, `$1 "x"`, by(proof.Present, proof.Regional)},
	{"one more variable", delivery, `(\n    environment_variable \{)`, "\n    environment_variable {\n      name  = \"X\"\n      value = \"x\"\n    }\n$1", by(proof.Present)},
	{"one variable less", delivery, `(?s)\n    environment_variable \{\n.*?\n    \}\n`, "\n", by(proof.Present)},
	{"a file system", delivery, aProject, "$1\n  file_system_locations {\n    type = \"EFS\"\n  }", by(proof.Readable)},
}

// TestKindsThatNobodyKnows: what no claim knows, and opens nothing of the spec's, is on the page.
func TestKindsThatNobodyKnows(t *testing.T) {
	s := example(t, "sealed-build")
	own := tree.File{Path: "tooling/ap-northeast-1/delivery/own.tf", Data: []byte(`
resource "aws_scheduler_schedule" "nightly" {
  name = "nightly"
}

resource "aws_cloudwatch_log_group" "own" {
  name = "own"
}

data "http" "own" {
  url = "https://example.com"
}

data "aws_caller_identity" "own" {}
`)}
	report := proof.Prove(s.topology, append(slices.Clone(s.files), own))
	assert.Empty(t, report.Failures, reasons(report))
	page := string(report.Access.Markdown(""))
	assert.Contains(t, page, "| resource `aws_scheduler_schedule.nightly`, which is not in the spec | whom its own arguments let in |\n")
	assert.Contains(t, page, "| data source `http.own`, which is not in the spec | what its own arguments say |\n")
	assert.NotContains(t, page, "log_group.own")
	assert.NotContains(t, page, "aws_caller_identity")
}

// TestPolicyOfABucketThatExists: one that somebody writes for it is on the page.
func TestPolicyOfABucketThatExists(t *testing.T) {
	s := fromSpec(t, published)
	own := tree.File{Path: "ci/eu-west-1/storage/own.tf", Data: []byte("resource \"aws_s3_bucket_policy\" \"own\" {\n  bucket = \"acme-old\"\n  policy = \"{}\"\n}\n")}
	report := proof.Prove(s.topology, append(slices.Clone(s.files), own))
	assert.Contains(t, string(report.Access.Markdown("")), "| bucket `acme-old`, which exists already | whom its policy in this tree lets in |\n")
}

func TestCarelessEditsThatOpenDoorsAreNoticed(t *testing.T) {
	tried, noticed := score(t, doorEdits, publishedSamples(t))
	tried2, noticed2 := score(t, buildDoorEdits, samples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed+noticed2, tried+tried2, len(doorEdits)+len(buildDoorEdits))
}
