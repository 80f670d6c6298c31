// Package buckets makes the S3 buckets of replications, distributions and package indexes, and says who may use them.
package buckets

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes buckets.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "buckets" }

// Emit writes each bucket into the file of the block that it belongs to. One that exists already is left alone: a policy
// here would replace its owner's.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	var diags hcl.Diagnostics
	for _, of := range t.Buckets {
		if of.Existing {
			continue
		}
		b := bucket{of, block(of)}
		p := b.policy()
		if size := p.Size(); size > policyLimit {
			diags = append(diags, b.tooLong(size))
		}
		files = append(files, tf.File{Path: path(of), Blocks: append(b.base(), b.attach(p))})
	}
	for _, d := range t.Distributions {
		if d.LogBucket != "" {
			logs := logBucket(d)
			b := bucket{logs, block(logs)}
			files = append(files, tf.File{Path: path(logs), Blocks: append(b.base(), b.attach(policy.Document{Statements: []policy.Statement{b.tlsOnly()}}))})
		}
	}
	return files, diags
}

// path is the file of the block that the bucket belongs to: "replication_web.tf".
func path(b *topology.Bucket) string {
	return b.Stack(topology.StorageLayer) + "/" + strings.Replace(b.What, ".", "_", 1) + ".tf"
}

// logBucket is where a distribution's access logs go, beside its origin.
func logBucket(d *topology.Distribution) *topology.Bucket {
	return &topology.Bucket{
		Label: d.Name + "_logs", What: "distribution." + d.Name, Range: d.Range, Place: d.Origin.Place,
		Bucket: d.LogBucket, NoncurrentDays: 30,
	}
}

// A bucket is one bucket on its way to Terraform, and its resource.
type bucket struct {
	*topology.Bucket
	resource *tf.Block
}

// logs tells whether it is the bucket of a distribution's access logs, which are of no block of buckets.
func (b bucket) logs() bool { return strings.HasPrefix(b.What, "distribution.") }

func (b bucket) of() tf.Item { return tf.Attr("bucket", tf.Text(b.resource.Ref("bucket"))) }

// block is the bucket itself, with what scanners ask of it and why it is not there.
func block(b *topology.Bucket) *tf.Block {
	items := []tf.Item{tf.Attr("bucket", tf.String(b.Bucket)), tf.Gap()}
	for _, skip := range skips(b) {
		items = append(items, tf.Because("checkov:skip="+skip))
	}
	return tf.Resource("aws_s3_bucket", b.Label, items...).Because(purpose(b))
}

// purpose says what the bucket is for.
func purpose(b *topology.Bucket) string {
	switch {
	case b.SourceOf != nil:
		return b.What + ": publishers write here, and S3 copies what they write. The rule and its role are in the delivery stack."
	case b.ReplicaOf != nil:
		return b.What + ": S3 writes here what is written in account." + b.ReplicaOf.Source.Account.Name + ", in one role. What arrives belongs to account." + b.Account.Name + "."
	case strings.HasPrefix(b.What, "distribution."):
		return b.What + ": CloudFront leaves its access logs here."
	}
	return b.What + ": pip reads here, without signing in, so each reader is known by its path alone."
}

func skips(b *topology.Bucket) []string {
	var out []string
	logs := strings.HasPrefix(b.What, "distribution.")
	switch {
	case logs:
		out = append(out, "CKV_AWS_18:these are the logs", "CKV_AWS_144:logs stay where they are")
	case b.SourceOf != nil:
		out = append(out, "CKV_AWS_18:who writes is in CloudTrail's data events", "CKV_AWS_144:the rule is in the delivery stack")
	case b.ReplicaOf != nil:
		out = append(out, "CKV_AWS_18:who reads is in CloudTrail's data events", "CKV_AWS_144:this is the copy")
	default:
		out = append(out, "CKV_AWS_18:who reads is in CloudTrail's data events", "CKV_AWS_144:what is lost can be published again")
	}
	switch {
	case logs:
		out = append(out, "CKV_AWS_145:CloudFront delivers logs into buckets with keys of S3's own")
	case b.Encrypted:
	case b.IsIndex():
		out = append(out, "CKV_AWS_145:requests that nobody signs cannot use a key")
	default:
		out = append(out, "CKV_AWS_145:the spec asks for keys of S3's own")
	}
	return append(out, "CKV2_AWS_62:nothing waits for its events")
}

// base is the bucket and what every bucket has.
func (b bucket) base() []*tf.Block {
	blocked := tf.Bool(true)
	return []*tf.Block{
		b.resource,
		b.ownership(),
		tf.Resource("aws_s3_bucket_public_access_block", b.Label,
			b.of(),
			tf.Gap(),
			tf.Attr("block_public_acls", blocked),
			tf.Attr("block_public_policy", blocked),
			tf.Attr("ignore_public_acls", blocked),
			tf.Attr("restrict_public_buckets", blocked)),
		b.versioning(),
		b.encryption(),
		b.lifecycle(),
	}
}

// ownership turns ACLs off, but for logs. Sources: Amazon S3 User Guide, "Controlling ownership of objects and disabling
// ACLs for your bucket"; Amazon CloudFront Developer Guide, "Configure standard logging (legacy)".
func (b bucket) ownership() *tf.Block {
	rule, why := "BucketOwnerEnforced", "There are no ACLs: the account owns what anybody writes, and policies alone decide."
	var skip []tf.Item
	if b.logs() {
		rule, why = "BucketOwnerPreferred", "CloudFront hands its logs over by an ACL, so ACLs are on."
		skip = []tf.Item{tf.Gap(), tf.Because("checkov:skip=CKV2_AWS_65:CloudFront cannot write without an ACL")}
	}
	items := append([]tf.Item{b.of(), tf.Nest("rule", tf.Attr("object_ownership", tf.String(rule)))}, skip...)
	return tf.Resource("aws_s3_bucket_ownership_controls", b.Label, items...).Because(why)
}

func (b bucket) versioning() *tf.Block {
	why := "What is overwritten or deleted by mistake can be had back."
	if b.SourceOf != nil || b.ReplicaOf != nil {
		why = "S3 replicates between buckets with versioning only."
	}
	return tf.Resource("aws_s3_bucket_versioning", b.Label,
		b.of(),
		tf.Nest("versioning_configuration", tf.Attr("status", tf.String("Enabled")))).Because(why)
}

// encryption is what objects get that come without any. Source: Amazon S3 User Guide, "Reducing the cost of SSE-KMS with
// Amazon S3 Bucket Keys", also for the encryption context.
func (b bucket) encryption() *tf.Block {
	rule := []tf.Item{tf.Nest("apply_server_side_encryption_by_default", tf.Attr("sse_algorithm", tf.String("AES256")))}
	if b.Encrypted {
		rule = []tf.Item{
			tf.Because("S3 makes one data key serve many objects, and asks KMS less. The encryption context is the bucket then, and no object."),
			tf.Attr("bucket_key_enabled", tf.Bool(true)),
			tf.Nest("apply_server_side_encryption_by_default",
				tf.Attr("sse_algorithm", tf.String("aws:kms")),
				tf.Attr("kms_master_key_id", tf.Text(policy.Address("aws_kms_key", string(topology.StorageLayer), "arn")))),
		}
	}
	return tf.Resource("aws_s3_bucket_server_side_encryption_configuration", b.Label, b.of(), tf.Nest("rule", rule...))
}

const logDays = 365 // as long as log groups keep theirs

// lifecycle takes away what nobody can see any more: it is no request, so no policy stops it.
func (b bucket) lifecycle() *tf.Block {
	tidy := []tf.Item{
		tf.Attr("id", tf.String("tidy")),
		tf.Attr("status", tf.String("Enabled")),
		tf.Nest("filter"),
		tf.Nest("abort_incomplete_multipart_upload", tf.Attr("days_after_initiation", tf.Int(7))),
		tf.Nest("noncurrent_version_expiration", tf.Attr("noncurrent_days", tf.Int(b.NoncurrentDays))),
	}
	if b.logs() {
		tidy = append(tidy, tf.Nest("expiration", tf.Attr("days", tf.Int(logDays))))
	} else {
		tidy = append(tidy, tf.Nest("expiration",
			tf.Because("A delete marker goes once there is no version behind it."),
			tf.Attr("expired_object_delete_marker", tf.Bool(true))))
	}
	return tf.Resource("aws_s3_bucket_lifecycle_configuration", b.Label,
		b.of(),
		tf.Nest("rule", tidy...),
		tf.Gap(),
		tf.Because("S3 takes the rule about old versions of a bucket that has them."),
		tf.Attr("depends_on", tf.List(tf.Text(policy.Address("aws_s3_bucket_versioning", b.Label)))))
}
