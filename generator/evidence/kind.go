package evidence

import (
	"slices"
	"strings"
)

// A kind is what a kind of resource is made of. The rules are:
//
//   - says has all arguments and blocks that claims know: what is said beside them may mean anything. The names of
//     arguments stand by the path of their block: "" is the resource itself, "origin" a block in it.
//   - What is always said the same is fixed, by the path of the argument, and compared here: no claim need do it.
//   - What decides nothing is free, with the reason. All else has to be read by a claim (see Resource.Unread).
//   - one has the arguments that no two resources of a kind have in common in one place.
//   - What does something only where another resource refers to it is used.
//   - derived are attributes that follow from arguments, so that both ends of a reference meet.
//
// Whether a kind opens ways, families tell.
type kind struct {
	says    says
	fixed   fixed
	free    free
	one     []string
	used    bool
	derived derived
}

type (
	says    map[string][]string
	fixed   map[string]string
	free    map[string]string
	derived map[string]func(*derivation) string
)

// words are names with spaces between them.
func words(s string) []string { return strings.Fields(s) }

// Why arguments are free.
const (
	prose  = "it is for readers"
	within = "it is a name inside of what has been found by another one"
	order  = "it is an order of making, which claims ask for where it matters"
)

// everywhere is what is free in each kind of resource, and may be said there.
var everywhere = free{"depends_on": order, "description": prose, "tags": prose + ": conditions that test tags are refused"}

// kinds are the kinds of resources that postern writes, and one that opens nothing.
var kinds = map[string]kind{
	"aws_api_gateway_deployment": {says: says{"": words("rest_api_id triggers"), "lifecycle": words("create_before_destroy")}},
	"aws_api_gateway_rest_api": {
		says: says{"": words("name body put_rest_api_mode"), "endpoint_configuration": words("types")},
		derived: derived{"execution_arn": func(d *derivation) string {
			return d.Site.ARN("execute-api", d.own("id"))
		}},
	},
	"aws_api_gateway_rest_api_policy": {says: says{"": words("rest_api_id policy")}},
	"aws_api_gateway_stage":           {says: says{"": words("rest_api_id deployment_id stage_name")}, fixed: fixed{"stage_name": "index"}},
	"aws_cloudfront_distribution": {
		says: says{
			"":                             words("enabled comment aliases default_root_object http_version is_ipv6_enabled"),
			"origin":                       words("origin_id domain_name origin_access_control_id"),
			"origin.s3_origin_config":      words("origin_access_identity"),
			"default_cache_behavior":       words("target_origin_id allowed_methods cached_methods viewer_protocol_policy compress cache_policy_id response_headers_policy_id"),
			"viewer_certificate":           words("acm_certificate_arn cloudfront_default_certificate minimum_protocol_version ssl_support_method"),
			"restrictions":                 nil,
			"restrictions.geo_restriction": words("restriction_type"),
			"logging_config":               words("bucket include_cookies"),
		},
		free: free{"comment": prose},
	},
	"aws_cloudfront_origin_access_control": {says: says{"": words("name origin_access_control_origin_type signing_behavior signing_protocol")}, free: free{"name": within}},
	"aws_cloudwatch_log_group": {
		says:    says{"": words("name retention_in_days kms_key_id")},
		derived: derived{"arn": func(d *derivation) string { return d.Site.ARN("logs", "log-group:"+d.text("name")) }},
	},
	"aws_cloudwatch_metric_alarm": {}, // those of somebody's own open nothing
	"aws_codebuild_project": {
		says: says{
			"":                                 words("name service_role build_timeout encryption_key"),
			"source":                           words("type location git_clone_depth buildspec"),
			"artifacts":                        words("type"),
			"environment":                      words("type compute_type image image_pull_credentials_type privileged_mode"),
			"environment.environment_variable": words("name type value"),
			"vpc_config":                       words("vpc_id subnets security_group_ids"),
			"logs_config":                      nil,
			"logs_config.cloudwatch_logs":      words("group_name"),
		},
		free: free{"source.git_clone_depth": "how much of the history is there to see decides nothing"},
		derived: derived{
			"arn": func(d *derivation) string { return d.Site.ARN("codebuild", "project/"+d.text("name")) },
			"id":  func(d *derivation) string { return d.Site.ARN("codebuild", "project/"+d.text("name")) },
		},
	},
	"aws_codecommit_repository": {
		says:    says{"": words("repository_name kms_key_id")},
		derived: derived{"arn": func(d *derivation) string { return d.Site.ARN("codecommit", d.text("repository_name")) }},
	},
	"aws_default_security_group": {says: says{"": words("vpc_id")}},
	"aws_ecr_lifecycle_policy":   {says: says{"": words("repository policy")}},
	"aws_ecr_repository": {
		says: says{
			"":                             words("name image_tag_mutability"),
			"encryption_configuration":     words("encryption_type kms_key"),
			"image_scanning_configuration": words("scan_on_push"),
		},
		fixed:   fixed{"image_tag_mutability": "IMMUTABLE", "image_scanning_configuration.scan_on_push": "true"},
		derived: derived{"arn": func(d *derivation) string { return d.Site.ARN("ecr", "repository/"+d.text("name")) }},
	},
	"aws_ecr_repository_policy": {says: says{"": words("repository policy")}, one: words("repository")},
	"aws_eip":                   {says: says{"": words("domain")}, fixed: fixed{"domain": "vpc"}, used: true},
	"aws_flow_log":              {says: says{"": words("vpc_id traffic_type iam_role_arn log_destination")}},
	"aws_iam_openid_connect_provider": {
		says:    says{"": words("url client_id_list")},
		derived: derived{"arn": provider, "id": provider},
	},
	"aws_iam_role": {
		says: says{"": words("name path assume_role_policy max_session_duration permissions_boundary")},
		derived: derived{
			"id": func(d *derivation) string { return d.text("name") },
			"arn": func(d *derivation) string {
				return d.Site.Global("iam", "role"+"/"+strings.TrimPrefix(d.text("path"), "/")+d.text("name"))
			},
		},
	},
	"aws_iam_role_policy":            {says: says{"": words("name role policy")}, free: free{"name": within}, one: words("role")},
	"aws_iam_role_policy_attachment": {says: says{"": words("role policy_arn")}, one: words("role policy_arn")},
	"aws_internet_gateway":           {says: says{"": words("vpc_id")}},
	"aws_kms_alias":                  {says: says{"": words("name target_key_id")}},
	"aws_kms_key": {
		says: says{"": words("enable_key_rotation deletion_window_in_days is_enabled policy")},
		derived: derived{
			"arn":    func(d *derivation) string { return d.Site.ARN("kms", "key/"+d.own("key_id")) },
			"id":     func(d *derivation) string { return d.own("key_id") },
			"key_id": func(d *derivation) string { return d.own("key_id") },
		},
	},
	"aws_kms_key_policy":          {says: says{"": words("key_id policy")}},
	"aws_nat_gateway":             {says: says{"": words("allocation_id subnet_id")}},
	"aws_route":                   {says: says{"": words("route_table_id destination_cidr_block gateway_id nat_gateway_id")}},
	"aws_route_table":             {says: says{"": words("vpc_id")}, used: true},
	"aws_route_table_association": {says: says{"": words("subnet_id route_table_id")}},
	"aws_s3_bucket": {
		says: says{"": words("bucket")},
		one:  words("bucket"),
		derived: derived{
			"id":  func(d *derivation) string { return d.text("bucket") },
			"arn": func(d *derivation) string { return d.Site.Partition.ARN("s3", "", "", d.text("bucket")) },
			"bucket_regional_domain_name": func(d *derivation) string {
				return d.text("bucket") + ".s3." + d.Site.Region + "." + d.Site.Partition.DNSSuffix
			},
			"bucket_domain_name": func(d *derivation) string { return d.text("bucket") + ".s3." + d.Site.Partition.DNSSuffix },
		},
	},
	"aws_s3_bucket_lifecycle_configuration": {says: says{
		"":                                       words("bucket"),
		"rule":                                   words("id status"),
		"rule.filter":                            nil,
		"rule.abort_incomplete_multipart_upload": words("days_after_initiation"),
		"rule.noncurrent_version_expiration":     words("noncurrent_days"),
		"rule.expiration":                        words("days expired_object_delete_marker"),
	}, free: free{"rule.id": within}},
	"aws_s3_bucket_ownership_controls":  {says: says{"": words("bucket"), "rule": words("object_ownership")}},
	"aws_s3_bucket_policy":              {says: says{"": words("bucket policy")}},
	"aws_s3_bucket_public_access_block": {says: says{"": words("bucket block_public_acls block_public_policy ignore_public_acls restrict_public_buckets")}},
	"aws_s3_bucket_replication_configuration": {says: says{
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
	}},
	"aws_s3_bucket_server_side_encryption_configuration": {says: says{
		"":     words("bucket"),
		"rule": words("bucket_key_enabled"),
		"rule.apply_server_side_encryption_by_default": words("sse_algorithm kms_master_key_id"),
	}},
	"aws_s3_bucket_versioning": {says: says{"": words("bucket"), "versioning_configuration": words("status")}},
	"aws_security_group":       {says: says{"": words("name vpc_id")}, free: free{"name": within}},
	"aws_subnet":               {says: says{"": words("vpc_id cidr_block availability_zone")}, one: words("vpc_id cidr_block")},
	"aws_vpc":                  {says: says{"": words("cidr_block enable_dns_support enable_dns_hostnames")}, fixed: fixed{"enable_dns_hostnames": "true", "enable_dns_support": "true"}},
	"aws_vpc_endpoint": {
		says: says{"": words("vpc_id service_name vpc_endpoint_type private_dns_enabled subnet_ids security_group_ids route_table_ids policy")},
	},
	"aws_vpc_security_group_egress_rule": {
		says: says{"": words("security_group_id ip_protocol from_port to_port cidr_ipv4 prefix_list_id referenced_security_group_id")},
		one:  words("security_group_id cidr_ipv4 prefix_list_id referenced_security_group_id"),
	},
	"aws_vpc_security_group_ingress_rule": {
		says: says{"": words("security_group_id ip_protocol from_port to_port referenced_security_group_id")},
		one:  words("security_group_id referenced_security_group_id"),
	},
}

// provider is the ARN of an OIDC provider.
func provider(d *derivation) string {
	host := strings.TrimSuffix(strings.TrimPrefix(d.text("url"), "https://"), "/")
	return d.Site.Global("iam", "oidc-provider/"+host)
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

// Matters tells whether resources of a kind can open or close a way. Those that a spec brings along do.
func (t *Tree) Matters(kind string) bool {
	_, brought := t.more[kind]
	return brought || kind == "aws_route" || slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(kind, f) })
}

// A Kind is a kind of resource that only some specs ask for, so that those who make claims about it bring it along.
type Kind struct {
	Type string
	Says []string                                          // its arguments, by the path of each
	One  string                                            // the argument that no two have in common in one place
	ARN  func(s Site, argument func(string) string) string // which follows from them; nil: it has none
}

// made is the table of some kinds. The one of all trees is kinds.
func made(more []Kind) map[string]kind {
	out := map[string]kind{}
	for _, m := range more {
		k := kind{says: says{"": nil}, one: []string{m.One}}
		for _, path := range m.Says {
			steps := strings.Split(path, ".")
			last := len(steps) - 1
			block := strings.Join(steps[:last], ".")
			k.says[block] = append(k.says[block], steps[last])
		}
		if m.ARN != nil {
			k.derived = derived{"arn": func(d *derivation) string { return m.ARN(d.Site, d.text) }}
		}
		out[m.Type] = k
	}
	return out
}

// kind is what a kind of resource is made of, and whether that is known.
func (t *Tree) kind(name string) (kind, bool) {
	k, known := kinds[name]
	if !known {
		k, known = t.more[name]
	}
	return k, known
}

// IsKnown tells whether it is known what a kind of resource is made of.
func (t *Tree) IsKnown(kind string) bool {
	_, known := t.kind(kind)
	return known
}

// made is what the resource is made of.
func (r *Resource) made() kind {
	k, _ := r.Stack.tree.kind(r.Kind())
	return k
}
