package evidence

import (
	"slices"
	"strings"
)

// A grammar is what may be said in a resource of the spec, by the path of the block: "" of the resource itself, "origin"
// of a block in it. What is said beside it may mean anything: an argument that Terraform knows and no claim does would
// be passed over.
type grammar map[string][]string

// Strange is something in a resource that no claim knows, or nobody asked for.
type Strange struct {
	At   Place
	What string // "ingress in route"
}

// Strange is what is said in the resource that no claim knows. It is nothing for a kind that is not in the table.
func (r *Resource) Strange() []Strange {
	g, is := grammars[r.Kind()]
	if !is {
		return nil
	}
	return g.strange(nil, "", r.Block)
}

func (g grammar) strange(out []Strange, path string, b *Block) []Strange {
	within := ""
	if path != "" {
		within = " in " + path
	}
	for i := range b.arguments {
		if name := b.arguments[i].Name; !slices.Contains(g[path], name) && (path != "" || name != "depends_on") {
			out = append(out, Strange{placeOf(b.arguments[i].NameRange), name + within})
		}
	}
	for _, inner := range b.blocks {
		at := strings.TrimPrefix(path+"."+inner.Type, ".")
		if _, is := g[at]; is {
			out = g.strange(out, at, inner)
		} else if at != "lifecycle" {
			out = append(out, Strange{inner.Start(), inner.Type + within})
		}
	}
	return out
}

// words are names with spaces between them.
func words(s string) []string { return strings.Fields(s) }

// grammars are those of the kinds of resources that claims are about.
var grammars = map[string]grammar{
	"aws_api_gateway_deployment":      {"": words("rest_api_id triggers description")},
	"aws_api_gateway_rest_api":        {"": words("name description body put_rest_api_mode tags"), "endpoint_configuration": words("types")},
	"aws_api_gateway_rest_api_policy": {"": words("rest_api_id policy")},
	"aws_api_gateway_stage":           {"": words("rest_api_id deployment_id stage_name description tags")},
	"aws_cloudfront_distribution": {
		"":                             words("enabled comment aliases default_root_object http_version is_ipv6_enabled tags"),
		"origin":                       words("origin_id domain_name origin_access_control_id"),
		"origin.s3_origin_config":      words("origin_access_identity"),
		"default_cache_behavior":       words("target_origin_id allowed_methods cached_methods viewer_protocol_policy compress cache_policy_id response_headers_policy_id"),
		"viewer_certificate":           words("acm_certificate_arn cloudfront_default_certificate minimum_protocol_version ssl_support_method"),
		"restrictions":                 nil,
		"restrictions.geo_restriction": words("restriction_type"),
		"logging_config":               words("bucket include_cookies"),
	},
	"aws_cloudfront_origin_access_control": {"": words("name description origin_access_control_origin_type signing_behavior signing_protocol")},
	"aws_codebuild_project": {
		"":                                 words("name description service_role build_timeout encryption_key concurrent_build_limit queued_timeout tags"),
		"source":                           words("type location git_clone_depth buildspec"),
		"artifacts":                        words("type"),
		"environment":                      words("type compute_type image image_pull_credentials_type privileged_mode"),
		"environment.environment_variable": words("name type value"),
		"vpc_config":                       words("vpc_id subnets security_group_ids"),
		"logs_config":                      nil,
		"logs_config.cloudwatch_logs":      words("group_name"),
	},
	"aws_cloudwatch_log_group": {"": words("name retention_in_days kms_key_id tags")},
	"aws_iam_role":             {"": words("name description path assume_role_policy max_session_duration permissions_boundary tags")},
	"aws_iam_role_policy":      {"": words("name name_prefix role policy")},
	"aws_kms_key":              {"": words("description enable_key_rotation deletion_window_in_days is_enabled policy tags")},
	"aws_kms_key_policy":       {"": words("key_id policy")},
	"aws_s3_bucket_lifecycle_configuration": {
		"":                                       words("bucket"),
		"rule":                                   words("id status"),
		"rule.filter":                            nil,
		"rule.abort_incomplete_multipart_upload": words("days_after_initiation"),
		"rule.noncurrent_version_expiration":     words("noncurrent_days"),
		"rule.expiration":                        words("days expired_object_delete_marker"),
	},
	"aws_s3_bucket_ownership_controls":  {"": words("bucket"), "rule": words("object_ownership")},
	"aws_s3_bucket_policy":              {"": words("bucket policy")},
	"aws_s3_bucket_public_access_block": {"": words("bucket block_public_acls block_public_policy ignore_public_acls restrict_public_buckets")},
	"aws_s3_bucket_replication_configuration": {
		"":                               words("bucket role"),
		"rule":                           words("id priority status prefix"),
		"rule.filter":                    words("prefix"),
		"rule.filter.tag":                words("key value"),
		"rule.filter.and":                words("prefix tags"),
		"rule.delete_marker_replication": words("status"),
		"rule.source_selection_criteria": nil,
		"rule.source_selection_criteria.sse_kms_encrypted_objects": words("status"),
		"rule.destination": words("bucket account storage_class"),
		"rule.destination.access_control_translation": words("owner"),
		"rule.destination.encryption_configuration":   words("replica_kms_key_id"),
		"rule.destination.replication_time":           words("status"),
		"rule.destination.replication_time.time":      words("minutes"),
		"rule.destination.metrics":                    words("status"),
		"rule.destination.metrics.event_threshold":    words("minutes"),
	},
	"aws_s3_bucket_server_side_encryption_configuration": {
		"":     words("bucket"),
		"rule": words("bucket_key_enabled"),
		"rule.apply_server_side_encryption_by_default": words("sse_algorithm kms_master_key_id"),
	},
	"aws_s3_bucket_versioning": {"": words("bucket"), "versioning_configuration": words("status")},
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

// Matters tells whether resources of a kind can open or close a way.
func Matters(kind string) bool {
	return kind == "aws_route" || slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(kind, f) })
}

// Harmless are the kinds of resources that open nothing, beside those that matter.
var Harmless = []string{"aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm", "aws_eip"}
