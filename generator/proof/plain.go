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

// words are names with spaces between them.
func words(s string) []string { return strings.Fields(s) }

// grammars are those of the kinds of resources that claims are about.
var grammars = map[string]grammar{
	"aws_api_gateway_deployment":      {"": words("rest_api_id triggers description")},
	"aws_api_gateway_rest_api":        {"": words("name description body put_rest_api_mode tags"), "endpoint_configuration": words("types")},
	"aws_api_gateway_rest_api_policy": {"": words("rest_api_id policy")},
	"aws_api_gateway_stage":           {"": words("rest_api_id deployment_id stage_name description tags")},
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
}
