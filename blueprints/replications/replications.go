// Package replications makes the rules by which S3 copies a bucket into others, the role that it does so in, and a page
// that says what is copied and what is not.
package replications

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes replications.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "replications" }

// Emit writes replication_NAME.tf into the delivery stack of each source, and a page into each stack with one. The
// buckets are made before, in the storage stacks: S3 refuses a rule to a bucket that is not there or has no versioning.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	byPlace := map[topology.Place][]replication{}
	for _, of := range t.Replications {
		r := replication{of}
		permissions := r.permissions()
		if size := permissions.Size(); size > policyLimit {
			diags = append(diags, r.tooLong(size))
		}
		role := r.role()
		label := role.Labels()[2]
		files = append(files, tf.File{Path: r.stack() + "/replication_" + r.Name + ".tf", Blocks: []*tf.Block{
			role,
			tf.Resource("aws_iam_role_policy", label,
				tf.Attr("name", tf.String("replication")),
				tf.Attr("role", tf.Text(role.Ref("id"))),
				tf.Attr("policy", tf.JSON(permissions))),
			r.configuration(role),
		}})
		byPlace[r.Source.Place] = append(byPlace[r.Source.Place], r)
	}
	for _, p := range t.Places() {
		if of := byPlace[p]; len(of) > 0 {
			files = append(files, tf.File{Path: p.Stack(topology.DeliveryLayer) + "/README.md", Page: placePage(p, of)})
		}
	}
	return files, diags
}

// A replication is one replication on its way to Terraform.
type replication struct{ *topology.Replication }

func (r replication) stack() string { return r.Source.Stack(topology.DeliveryLayer) }

// policyLimit is how many characters all inline policies of a role may have together, without white space.
// Source: IAM User Guide, "IAM and AWS STS quotas".
const policyLimit = 10240

func (r replication) tooLong(size int) *hcl.Diagnostic {
	at := r.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Role policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The role of replication.%s names its %d destinations in %d characters, and IAM takes %d in the inline policies of a role. Write fewer to blocks.",
			r.Name, len(r.Destinations), size, policyLimit),
	}
}

// role is what S3 acts as. Source: Amazon S3 User Guide, "Setting up permissions for live replication", and "Configuring
// an IAM role for S3 Batch Replication". That S3 sends no aws:SourceArn there is believed.
func (r replication) role() *tf.Block {
	trust := policy.Document{Statements: []policy.Statement{{
		Reason: "There is no condition on aws:SourceAccount or aws:SourceArn: AWS does not say that S3 sends them here, and if it\n" +
			"does not, replication would stop without a word. Who may hand this role to S3 is who may pass it (iam:PassRole).",
		Effect: policy.Allow, Principal: policy.Service("s3.amazonaws.com"), Actions: []string{"sts:AssumeRole"},
	}}}
	if r.ExistingObjects {
		trust.Statements = append(trust.Statements, policy.Statement{
			Reason: "existing_objects: S3 Batch Replication copies what was there before the rule, in this role as well.",
			Effect: policy.Allow, Principal: policy.Service("batchoperations.s3.amazonaws.com"), Actions: []string{"sts:AssumeRole"},
		})
	}
	return tf.Resource("aws_iam_role", r.Name+"_replication",
		tf.Attr("name", tf.String(r.Role)),
		tf.Attr("description", tf.String("S3 copies objects of replication."+r.Name)),
		tf.Gap(),
		tf.Attr("assume_role_policy", tf.JSON(trust))).
		Because("S3 acts as this role. The policies of the destinations name it, and were there before it.")
}
