package proof

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A grammar is what may be said in a resource of the spec, by the path of the block: "" of the resource itself, "origin"
// of a block in it. What is said beside it may mean anything: an argument that Terraform knows and no claim does would
// be passed over.
type grammar map[string][]string

// plain checks that a resource says nothing that no claim knows. Claims tell what it says.
func (s subject) plain(r *resource) {
	if g, is := grammars[r.kind()]; is {
		s.plainBlock(r, g, "", r.Body)
	}
}

func (s subject) plainBlock(r *resource, g grammar, path string, b *hclsyntax.Body) {
	within := ""
	if path != "" {
		within = " in " + path
	}
	s.report.Claims++
	known := g[path]
	for name, a := range b.Attributes {
		if !slices.Contains(known, name) && (path != "" || name != "depends_on") {
			s.holds(false, Readable, placeOf(a.NameRange), "%s has %s%s, and what that means is not understood.", strings.Join(r.Labels, "."), name, within)
		}
	}
	for _, inner := range b.Blocks {
		at := strings.TrimPrefix(path+"."+inner.Type, ".")
		if _, is := g[at]; is {
			s.plainBlock(r, g, at, inner.Body)
		} else if at != "lifecycle" {
			s.holds(false, Readable, placeOf(inner.TypeRange), "%s has %s%s, and what that means is not understood.", strings.Join(r.Labels, "."), inner.Type, within)
		}
	}
}

// waitsFor tells whether Terraform makes a resource after another one of its stack, by its depends_on.
func (r *resource) waitsFor(other *resource) bool {
	a := r.Body.Attributes["depends_on"]
	if a == nil || other == nil || other.stack != r.stack {
		return false
	}
	list, _ := a.Expr.(*hclsyntax.TupleConsExpr)
	return list != nil && slices.ContainsFunc(list.Exprs, func(e hclsyntax.Expression) bool {
		reference, _ := e.(*hclsyntax.ScopeTraversalExpr)
		if reference == nil {
			return false
		}
		names, err := namesOf(reference.Traversal)
		return err == nil && slices.Equal(names, other.Labels)
	})
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
