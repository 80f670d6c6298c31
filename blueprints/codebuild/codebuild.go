// Package codebuild makes the CodeBuild projects of runners, and the roles that their builds act as.
package codebuild

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes CodeBuild projects.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "codebuild" }

// Emit writes runner_NAME.tf for each runner.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	for _, r := range t.CodeBuilds() {
		p := project{r, t.Encrypted}
		role, document := p.role(), p.permissions()
		if size := document.Size(); size > policyLimit {
			diags = append(diags, tooLong(r, size))
		}
		allow := tf.Resource("aws_iam_role_policy", r.Name,
			tf.Attr("name", tf.String("build")),
			tf.Attr("role", tf.Text(role.Ref("id"))),
			tf.Attr("policy", tf.JSON(document)))
		group := p.logGroup()
		build := p.build(role, group, allow)
		stack := r.Network.Stack(topology.DeliveryLayer)
		files = append(files, tf.File{Path: stack + "/runner_" + r.Name + ".tf", Blocks: []*tf.Block{build, group, role, allow}},
			tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(r.Name+"_project_name", "The CodeBuild project of runner."+r.Name+".", tf.Text(build.Ref("name"))),
				tf.Output(r.Name+"_role_arn", "The role that builds of runner."+r.Name+" act as.", tf.Text(role.Ref("arn"))),
			}})
	}
	return files, diags
}

func tooLong(r *topology.Runner, size int) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Role policy over the limit", Subject: &r.Range,
		Detail: fmt.Sprintf("The permissions of runner.%s have up to %d characters, and IAM takes %d in the inline policies of a role. Write fewer resources for the runner, or divide its work among several.", r.Name, size, policyLimit),
	}
}

// A project is one runner on its way to Terraform.
type project struct {
	*topology.Runner
	encrypted bool
}

// key is the storage key of the runner's place, or no value.
func (p project) key() tf.Value {
	if !p.encrypted {
		return nil
	}
	return tf.Text(p.Network.RemoteKeyARN(p.Network.Place))
}

// retentionDays of build logs: a year.
const retentionDays = 365

func (p project) logGroup() *tf.Block {
	return tf.Resource("aws_cloudwatch_log_group", p.Name,
		tf.Attr("name", tf.String(p.LogGroup())),
		tf.Attr("retention_in_days", tf.Int(retentionDays)),
		tf.Attr("kms_key_id", p.key()))
}

func (p project) build(role, group, allow *tf.Block) *tf.Block {
	return tf.Resource("aws_codebuild_project", p.Name,
		tf.Attr("name", tf.String(p.Project)),
		tf.Attr("description", tf.String("runner."+p.Name)),
		tf.Attr("service_role", tf.Text(role.Ref("arn"))),
		tf.Attr("build_timeout", tf.Int(p.Build.Timeout)),
		tf.Attr("encryption_key", p.key()),
		p.source(),
		tf.Nest("artifacts", tf.Attr("type", tf.String("NO_ARTIFACTS"))),
		p.environment(),
		tf.Nest("vpc_config",
			tf.Attr("vpc_id", tf.Text(p.Network.RemoteVPCID())),
			tf.Attr("subnets", tf.Texts(p.Network.RemoteSubnetIDs())),
			tf.Attr("security_group_ids", tf.Texts([]policy.Text{p.RemoteSecurityGroupID()}))),
		tf.Nest("logs_config", tf.Nest("cloudwatch_logs", tf.Attr("group_name", tf.Text(group.Ref("name"))))),
		tf.Gap(),
		tf.Because("CodeBuild checks that the role may enter the network when the project is made."),
		tf.Attr("depends_on", tf.List(tf.Text(allow.Address())))).Because("runner." + p.Name)
}

// source is where the build starts from. A Git source is cloned without its history.
func (p project) source() *tf.Block {
	var buildspec tf.Value
	if p.Build.Buildspec != "" {
		buildspec = tf.Lines(p.Build.Buildspec)
	}
	switch b := p.Build; {
	case b.Repository != nil:
		return tf.Nest("source",
			tf.Attr("type", tf.String("CODECOMMIT")),
			tf.Attr("location", tf.String(b.Repository.CloneURL())),
			tf.Attr("git_clone_depth", tf.Int(1)),
			tf.Attr("buildspec", buildspec))
	case b.Object != "":
		return tf.Nest("source",
			tf.Attr("type", tf.String("S3")),
			tf.Attr("location", tf.String(b.ObjectPath())),
			tf.Attr("buildspec", buildspec))
	}
	return tf.Nest("source", tf.Attr("type", tf.String("NO_SOURCE")), tf.Attr("buildspec", buildspec))
}

func (p project) environment() *tf.Block {
	b := p.Build
	puller := "CODEBUILD"
	if b.FromECR {
		puller = "SERVICE_ROLE"
	}
	items := []tf.Item{
		tf.Attr("type", tf.String(b.Type)),
		tf.Attr("compute_type", tf.String(b.Compute)),
		tf.Attr("image", tf.String(b.Image)),
		tf.Attr("image_pull_credentials_type", tf.String(puller)),
	}
	if b.Docker {
		items = append(items, tf.Gap(),
			tf.Because("docker = true: the Docker daemon does not start without it. A build has its machine to itself.\ncheckov:skip=CKV_AWS_316:builds images, which needs the Docker daemon"),
			tf.Attr("privileged_mode", tf.Bool(true)))
	}
	for _, v := range b.Environment {
		var kind tf.Value
		if v.Type != "PLAINTEXT" {
			kind = tf.String(v.Type)
		}
		variable := tf.Nest("environment_variable",
			tf.Attr("name", tf.String(v.Name)),
			tf.Attr("type", kind),
			tf.Attr("value", tf.String(v.Value)))
		if v.Name == "AWS_STS_REGIONAL_ENDPOINTS" {
			variable.Because("Some SDKs ask the global STS endpoint otherwise, which hangs in a network without a way out.")
		}
		items = append(items, variable)
	}
	return tf.Nest("environment", items...)
}
