//go:build engines

package golden

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// What moto 5.2.1 cannot do with hashicorp/aws 5.100.0, found by applying each case on its own. Anything else
// that fails to apply, or that a second plan would change, fails the test.

// unsupported resources cannot be created; they are planned only. When narrows an entry down.
var unsupported = []struct {
	Type string
	When func(*hclsyntax.Block) bool
	Why  string
}{
	{"aws_codebuild_fleet", nil, "CreateFleet is not implemented"},
	{"aws_codebuild_project", hasNoLocation, "CreateProject refuses a source without a location"},
	{"aws_codebuild_report_group", nil, "CreateReportGroup is not implemented"},
	{"aws_codebuild_source_credential", nil, "ImportSourceCredentials is not implemented"},
	{"aws_codebuild_webhook", nil, "CreateWebhook is not implemented"},
	{"aws_codecommit_approval_rule_template", nil, "CreateApprovalRuleTemplate is not implemented"},
	{"aws_ecr_pull_through_cache_rule", nil, "CreatePullThroughCacheRule is not implemented"},
	{"aws_ecr_repository_creation_template", nil, "CreateRepositoryCreationTemplate is not implemented"},
	{"aws_vpc_block_public_access_exclusion", nil, "CreateVpcBlockPublicAccessExclusion is not implemented"},
	{"aws_vpc_block_public_access_options", nil, "ModifyVpcBlockPublicAccessOptions is not implemented"},
}

func hasNoLocation(project *hclsyntax.Block) bool {
	return slices.ContainsFunc(project.Body.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == "source" && slices.Contains([]string{"NO_SOURCE", "CODEPIPELINE"}, literal(b.Body, "type"))
	})
}

// A gap is an argument that the emulator does not give back, so that a second plan sets it again.
type gap struct {
	Type, Argument string
	Beside         string // only lost together with this argument
}

var gaps = []gap{
	{Type: "aws_codebuild_project", Argument: "encryption_key"}, // always alias/aws/s3
	{Type: "aws_codecommit_repository", Argument: "kms_key_id"},
	{"aws_vpc_security_group_egress_rule", "description", "prefix_list_id"},
	{"aws_vpc_security_group_egress_rule", "description", "referenced_security_group_id"},
	{"aws_vpc_security_group_ingress_rule", "description", "prefix_list_id"},
	{"aws_vpc_security_group_ingress_rule", "description", "referenced_security_group_id"},
}

// isIn tells whether a resource is written so that the gap shows.
func (g gap) isIn(resource *hclsyntax.Block) bool {
	args := resource.Body.Attributes
	return resource.Labels[0] == g.Type && args[g.Argument] != nil && (g.Beside == "" || args[g.Beside] != nil)
}

func (g gap) String() string {
	if g.Beside == "" {
		return g.Type + "." + g.Argument
	}
	return g.Type + "." + g.Argument + " beside " + g.Beside
}
