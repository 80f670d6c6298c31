// Package images makes ECR repositories.
package images

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes ECR repositories.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "images" }

// Emit writes image_NAME.tf for each image.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	for _, i := range topology.Of[*topology.Image](t) {
		repository := repository(t, i)
		blocks := []*tf.Block{repository, lifecycle(i, repository)}
		if d := admit(i); len(d.Statements) > 0 {
			blocks = append(blocks, tf.Resource("aws_ecr_repository_policy", i.Name,
				tf.Attr("repository", tf.Text(repository.Ref("name"))),
				tf.Attr("policy", tf.JSON(d))))
		}
		stack := i.Stack(topology.StorageLayer)
		files = append(files, tf.File{Path: stack + "/image_" + i.Name + ".tf", Blocks: blocks},
			tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(i.Name+"_repository_url", "Where docker pushes and pulls image."+i.Name+".", tf.Text(repository.Ref("repository_url")))}})
	}
	return files, nil
}

func repository(t *topology.Topology, i *topology.Image) *tf.Block {
	encryption := tf.Nest("encryption_configuration", tf.Attr("encryption_type", tf.String("AES256")))
	if t.Encrypted {
		encryption = tf.Nest("encryption_configuration",
			tf.Attr("encryption_type", tf.String("KMS")),
			tf.Attr("kms_key", tf.Text(policy.Address("aws_kms_key", string(topology.StorageLayer), "arn"))))
	}
	return tf.Resource("aws_ecr_repository", i.Name,
		tf.Attr("name", tf.String(i.Repo)),
		tf.Gap(),
		tf.Because("A tag that was deployed always means the image that was deployed."),
		tf.Attr("image_tag_mutability", tf.String("IMMUTABLE")),
		tf.Nest("image_scanning_configuration", tf.Attr("scan_on_push", tf.Bool(true))),
		encryption).Because("image." + i.Name)
}

// lifecycle keeps the newest images, and untagged ones for a week.
// Source: Amazon ECR User Guide, "Lifecycle policy properties".
func lifecycle(i *topology.Image, repository *tf.Block) *tf.Block {
	rule := func(priority int, description string, selection ...tf.Field) tf.Value {
		return tf.Object(
			tf.Key("rulePriority", tf.Int(priority)),
			tf.Key("description", tf.String(description)),
			tf.Key("selection", tf.Object(selection...)),
			tf.Key("action", tf.Object(tf.Key("type", tf.String("expire")))))
	}
	return tf.Resource("aws_ecr_lifecycle_policy", i.Name,
		tf.Attr("repository", tf.Text(repository.Ref("name"))),
		tf.Attr("policy", tf.Encode(tf.Object(tf.Key("rules", tf.List(
			rule(1, "Untagged images go after a week",
				tf.Key("tagStatus", tf.String("untagged")),
				tf.Key("countType", tf.String("sinceImagePushed")),
				tf.Key("countUnit", tf.String("days")),
				tf.Key("countNumber", tf.Int(7))),
			rule(2, "The newest images stay",
				tf.Key("tagStatus", tf.String("any")),
				tf.Key("countType", tf.String("imageCountMoreThan")),
				tf.Key("countNumber", tf.Int(i.Keep)))))))))
}

// admit lets other accounts in: whole ones that read, and the roles of runners there. Roles are named through their
// account and aws:PrincipalArn, because they may not exist yet and ECR refuses a principal that does not.
func admit(i *topology.Image) policy.Document {
	var d policy.Document
	for _, a := range i.Readers {
		d.Statements = append(d.Statements, policy.Statement{
			Reason: "account." + a.Name + " reads; its own IAM policies say who.",
			Effect: policy.Allow, Principal: policy.Accounts(a.Root()), Actions: topology.PullActions,
		})
	}
	runner := func(r *topology.Runner, does string, actions []string) {
		d.Statements = append(d.Statements, policy.Statement{
			Reason: "runner." + r.Name + " " + does + ", and no one else of account." + r.Network.Account.Name + ".",
			Effect: policy.Allow, Principal: policy.Accounts(r.Network.Account.Root()), Actions: actions,
			Conditions: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", r.RoleARN())},
		})
	}
	for _, r := range i.Pullers {
		runner(r, "pulls", topology.PullActions)
	}
	for _, r := range i.Pushers {
		runner(r, "pushes", topology.PushActions)
	}
	return d
}
