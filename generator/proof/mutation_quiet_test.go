package proof_test

import (
	"slices"
	"testing"

	"github.com/postern-dev/postern/generator/proof"
)

const (
	behaviour   = `(  default_cache_behavior \{\n)`
	theOrigin   = `(  origin \{\n)`
	integration = `(x-amazon-apigateway-integration = \{\n)`
	theGet      = `(        get = \{\n)`
	tidyRule    = `(    id     = "tidy"\n)`
	copyRule    = `(\n  rule \{\n)`
)

// quietEdits break something that nobody hears of.
var quietEdits = slices.Concat(quietServing, quietProxy, quietBuilds, quietOrder, quietSettings)

// quietServing are of distributions.
var quietServing = []edit{
	{"a folder of the origin", frontFile, theOrigin, "$1    origin_path = \"/x\"\n", by(proof.Readable)},
	{"a header for the origin", frontFile, theOrigin, "$1    custom_header {\n      name = \"x\"\n      value = \"x\"\n    }\n", by(proof.Readable)},
	{"viewers with signed addresses", frontFile, behaviour, "$1    trusted_signers = [\"self\"]\n", by(proof.Readable)},
	{"viewers with signed cookies", frontFile, behaviour, "$1    trusted_key_groups = [\"x\"]\n", by(proof.Readable)},
	{"more for the origin", frontFile, behaviour, "$1    origin_request_policy_id = \"x\"\n", by(proof.Readable)},
	{"a cache by the hour", frontFile, behaviour, "$1    default_ttl = 3600\n", by(proof.Readable)},
	{"a cache of the first kind", frontFile, behaviour, "$1    forwarded_values {\n      query_string = true\n    }\n", by(proof.Readable)},
	{"an error as a page", frontFile, behaviour, "  custom_error_response {\n    error_code = 403\n    response_code = 200\n    response_page_path = \"/index.html\"\n  }\n\n$1", by(proof.Readable)},
	{"viewers of some countries", frontFile, `(restriction_type =) "none"`, "$1 \"whitelist\"\n      locations = [\"DE\"]", by(proof.Served)},
	{"a distribution for staging", frontFile, `(resource "aws_cloudfront_distribution" "\w+" \{\n)`, "$1  staging = true\n", by(proof.Readable)},
	{"a firewall", frontFile, `(resource "aws_cloudfront_distribution" "\w+" \{\n)`, "$1  web_acl_id = \"x\"\n", by(proof.Readable)},
	{"viewers who do not ask first", frontFile, `(allowed_methods = \[\n +"GET",\n) +"HEAD",\n`, "$1", by(proof.Served)},
	{"answers that are not kept", frontFile, `(cached_methods = \[\n +"GET",\n) +"HEAD",\n`, "$1", by(proof.Served)},
	{"logs of cookies", frontFile, `(include_cookies =) false`, "$1 true", by(proof.Served)},
	{"logs in a folder", frontFile, `(  logging_config \{\n)`, "$1    prefix = \"x\"\n", by(proof.Readable)},
	{"answers that are not compressed", frontFile, `(    compress               =) true`, "$1 false", by(proof.Served)},
	{"viewers of one kind of address", frontFile, `(is_ipv6_enabled     =) true`, "$1 false", by(proof.Served)},
	{"a control of another kind", frontFile, `(resource "aws_cloudfront_origin_access_control" "\w+" \{\n)`, "$1  region = \"x\"\n", by(proof.Readable)},
}

// quietProxy are of APIs.
var quietProxy = []edit{
	{"files as text", indexFile, `    x-amazon-apigateway-binary-media-types = .*\n`, "", by(proof.Proxied)},
	{"some files as text", indexFile, `\["\*/\*"\]`, `["application/zip"]`, by(proof.Proxied)},
	{"a body that is not deployed", indexFile, `(    body   =) \S+`, `$1 "x"`, by(proof.Proxied)},
	{"a policy that is not deployed", indexFile, `(    policy =) aws_api_gateway_rest_api_policy\S+`, `$1 "x"`, by(proof.Proxied)},
	{"a deployment that is in use", indexFile, `create_before_destroy = true`, `create_before_destroy = false`, by(proof.Proxied)},
	{"a deployment with a stage of its own", indexFile, `(resource "aws_api_gateway_deployment" "\w+" \{\n)`, "$1  stage_name = \"x\"\n", by(proof.Readable)},
	{"answers of no status", indexFile, ` +"404" = \{\n +statusCode = "404"\n +\}\n`, "", by(proof.Proxied)},
	{"refusals as answers", indexFile, `(default = \{\n +statusCode =) "502"`, `$1 "200"`, by(proof.Proxied)},
	{"answers of no type", indexFile, ` +responseParameters = \{\n.*\n +\}\n`, "", by(proof.Proxied)},
	{"answers that are made up", indexFile, `(statusCode = "200"\n)`, "$1                responseTemplates = {\n                  \"text/html\" = \"x\"\n                }\n", by(proof.Proxied)},
	{"an address that does not work", indexFile, `(resource "aws_api_gateway_rest_api" "\w+" \{\n)`, "$1  disable_execute_api_endpoint = true\n", by(proof.Readable)},
	{"files that are small", indexFile, `(resource "aws_api_gateway_rest_api" "\w+" \{\n)`, "$1  minimum_compression_size = 0\n", by(proof.Readable)},
	{"readers with a key", indexFile, theGet, "$1          security = [{ api_key = [] }]\n", by(proof.Proxied)},
	{"S3 by a link", indexFile, integration, "$1            connectionType = \"VPC_LINK\"\n            connectionId = \"x\"\n", by(proof.Proxied)},
	{"S3 in a moment", indexFile, integration, "$1            timeoutInMillis = 50\n", by(proof.Proxied)},
	{"answers that are kept", indexFile, integration, "$1            cacheKeyParameters = []\n", by(proof.Proxied)},
	{"a project that need not be", indexFile, `required = true`, `required = false`, by(proof.Proxied)},
	{"a project in the query", indexFile, `(in       =) "path"`, `$1 "query"`, by(proof.Proxied)},
	{"one more parameter", indexFile, `(requestParameters = \{\n)`, "$1              \"integration.request.header.X\" = \"'x'\"\n", by(proof.Proxied)},
	{"a stage that keeps answers", indexFile, `(resource "aws_api_gateway_stage" "\w+" \{\n)`, "$1  cache_cluster_enabled = true\n  cache_cluster_size = \"0.5\"\n", by(proof.Readable)},
	{"a stage with a certificate", indexFile, `(resource "aws_api_gateway_stage" "\w+" \{\n)`, "$1  client_certificate_id = \"x\"\n", by(proof.Readable)},
	{"another address", `storage/outputs\.tf`, `(aws_api_gateway_stage\.\w+\.invoke_url\})/simple/`, `$1/`, by(proof.Present)},
	{"no address", `storage/outputs\.tf`, `(?s)output "\w+_proxy_url" \{.*?\n\}`, "", by(proof.Present)},
}

// quietBuilds are of builds, and of what they and networks leave behind.
var quietBuilds = []edit{
	{"builds of a minute", `delivery/runner_\w+\.tf`, `(build_timeout  =) \d+`, `$1 1`, by(proof.Present)},
	{"builds on a large machine", `delivery/runner_\w+\.tf`, `(compute_type                =) "\w+"`, `$1 "BUILD_GENERAL1_2XLARGE"`, by(proof.Present)},
	{"builds on another machine", `delivery/runner_\w+\.tf`, `"LINUX_CONTAINER"`, `"ARM_CONTAINER"`, by(proof.Present)},
	{"an image of no credentials", `delivery/runner_\w+\.tf`, ` +image_pull_credentials_type = .*\n`, "", by(proof.Permitted)},
	{"logs of a day", `delivery/runner_\w+\.tf`, `(retention_in_days =) 365`, `$1 1`, by(proof.Present)},
	{"flow logs of a day", `network/\w+\.tf`, `(retention_in_days =) 365`, `$1 1`, by(proof.Observed)},
}

// quietOrder are of what has to be there first.
var quietOrder = []edit{
	{"a policy beside the access block", bucketFile, `  depends_on = \[aws_s3_bucket_public_access_block\.\w+\]\n`, "", by(proof.Locked)},
	{"a policy behind another", bucketFile, `(  depends_on = )\[aws_s3_bucket_public_access_block\.\w+\]\n`, "$1[aws_kms_key.storage]\n", by(proof.Locked)},
	{"a lifecycle before the versions", bucketFile, `  depends_on = \[aws_s3_bucket_versioning\.\w+\]\n`, "", by(proof.Tidied)},
	{"rules before the role may do anything", copyingFile, `  depends_on = \[aws_iam_role_policy\.\w+\]\n`, "", by(proof.Copied)},
	{"logs before the bucket takes ACLs", frontFile, `  depends_on = \[aws_s3_bucket_ownership_controls\.\w+\]\n`, "", by(proof.Served)},
	{"a project before the role may enter", `delivery/runner_\w+\.tf`, `  depends_on = \[aws_iam_role_policy\.\w+\]\n`, "", by(proof.Permitted)},
}

// regional has a resource in another region than its provider.
func regional(kind, file string) edit {
	return edit{kind + " of another region", file, `(resource "` + kind + `" "\w+" \{\n)`, "$1  region = \"xx-east-1\"\n", by(proof.Readable)}
}

// quietSettings are of buckets, rules, keys and providers.
var quietSettings = []edit{
	regional("aws_s3_bucket", bucketFile), regional("aws_s3_bucket_policy", bucketFile), regional("aws_s3_bucket_versioning", bucketFile), regional("aws_s3_bucket_public_access_block", bucketFile),
	regional("aws_s3_bucket_replication_configuration", copyingFile), regional("aws_kms_key", keyFile), regional("aws_vpc_endpoint", endpoints), regional("aws_cloudwatch_log_group", `delivery/runner_\w+\.tf`),
	regional("aws_codebuild_project", `delivery/runner_\w+\.tf`), regional("aws_api_gateway_rest_api", indexFile), regional("aws_kms_alias", keyFile),
	{"another role of Terraform's", `providers\.tf`, `(allowed_account_ids = .*\n)`, "$1\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/somebody\"\n  }\n", by(proof.Placed)},
	{"the role of Terraform's gone", `providers\.tf`, `(?s)\n  assume_role \{\n.*?\n  \}\n`, "\n", by(proof.Placed)},
	{"AWS elsewhere", `providers\.tf`, `(allowed_account_ids = .*\n)`, "$1\n  endpoints {\n    s3 = \"https://s3.example.com\"\n  }\n", by(proof.Placed)},
	{"another provider", `terraform\.tf`, `"hashicorp/aws"`, `"somebody/aws"`, by(proof.Placed)},
	{"a provider of another name", `providers\.tf`, `provider "aws"`, `provider "other"`, by(proof.Placed)},
	{"one more provider", `terraform\.tf`, `(required_providers \{\n)`, "$1    x = {\n      source = \"somebody/x\"\n    }\n", by(proof.Placed)},
	{"a state in somebody's cloud", `terraform\.tf`, `(terraform \{\n)`, "$1  cloud {\n    organization = \"x\"\n  }\n", by(proof.Placed)},
	{"a workspace of another stack", `remote_state\.tf`, `(backend = "\w+"\n)`, "$1  workspace = \"x\"\n", by(proof.Placed)},
	{"defaults for another stack", `remote_state\.tf`, `(backend = "\w+"\n)`, "$1  defaults = {\n    key_arn = \"x\"\n  }\n", by(proof.Placed)},
	{"another file of another stack", `remote_state\.tf`, `/terraform\.tfstate"`, `/other.tfstate"`, by(proof.Placed)},
	{"a state by one more argument", `remote_state\.tf`, `(  config = \{\n)`, "$1    workspace_dir = \"x\"\n", by(proof.Placed)},
	{"old versions that stay", bucketFile, `(noncurrent_days = \d+\n)`, "$1      newer_noncurrent_versions = 5\n", by(proof.Tidied, proof.Readable)},
	{"parts of uploads for a year", bucketFile, `(days_after_initiation =) 7`, `$1 365`, by(proof.Tidied)},
	{"parts of uploads for a day", bucketFile, `(days_after_initiation =) 7`, `$1 1`, by(proof.Tidied)},
	{"delete markers that stay", bucketFile, `(expired_object_delete_marker =) true`, `$1 false`, by(proof.Tidied)},
	{"logs for ever", frontFile, `(    expiration \{\n      )days = 365`, `${1}expired_object_delete_marker = true`, by(proof.Tidied)},
	{"logs for a day", frontFile, `(    expiration \{\n      days =) 365`, `$1 1`, by(proof.Tidied)},
	{"a second rule of the lifecycle", bucketFile, `(\n  rule \{\n)(    id     = "tidy"\n)`, "\n  rule {\n    id = \"x\"\n    status = \"Enabled\"\n    filter {}\n    expiration {\n      expired_object_delete_marker = true\n    }\n  }\n$1$2", by(proof.Tidied)},
	{"versions that nobody deletes", bucketFile, `(  versioning_configuration \{\n)`, "$1    mfa_delete = \"Enabled\"\n", by(proof.Readable)},
	{"a bucket of somebody", bucketFile, `("aws_s3_bucket_policy" "\w+" \{\n)`, "$1  expected_bucket_owner = \"111111111111\"\n", by(proof.Readable)},
	{"two rules of one name", copyingFile, `(    id       =) "\S+"((?:.*\n)+?.*    id       =) "\S+"`, `$1 "x"$2 "x"`, by(proof.Copied)},
	{"a rule of no name", copyingFile, `    id       = "\S+"\n`, "", by(proof.Copied)},
	{"a rule of no priority", copyingFile, `    priority = 1\n`, "", by(proof.Copied)},
	{"changes of replicas copied back", copyingFile, `(    source_selection_criteria \{\n)`, "$1      replica_modifications {\n        status = \"Enabled\"\n      }\n", by(proof.Readable)},
	{"rules with a token", copyingFile, `("aws_s3_bucket_replication_configuration" "\w+" \{\n)`, "$1  token = \"x\"\n", by(proof.Readable)},
	{"key that stays the same", keyFile, `(enable_key_rotation     =) true`, `$1 false`, by(proof.Encrypted)},
	{"key of no rotation", keyFile, `  enable_key_rotation     = true\n`, "", by(proof.Encrypted)},
	{"key that is rotated by the century", keyFile, `(enable_key_rotation     = true\n)`, "$1  rotation_period_in_days = 2560\n", by(proof.Readable)},
	{"key that is gone in a week", keyFile, `(deletion_window_in_days =) 30`, `$1 7`, by(proof.Encrypted)},
	{"key of every region", keyFile, `(resource "aws_kms_key" "\w+" \{\n)`, "$1  multi_region = true\n", by(proof.Readable)},
	{"key of another kind", keyFile, `(resource "aws_kms_key" "\w+" \{\n)`, "$1  customer_master_key_spec = \"RSA_2048\"\n", by(proof.Readable)},
	{"key that signs", keyFile, `(resource "aws_kms_key" "\w+" \{\n)`, "$1  key_usage = \"SIGN_VERIFY\"\n", by(proof.Readable)},
}

func TestCarelessEditsThatNobodyHearsOfAreNoticed(t *testing.T) {
	tried, noticed := score(t, quietEdits, publishedSamples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed, tried, len(quietEdits))
}
