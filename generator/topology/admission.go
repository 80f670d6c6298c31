package topology

import (
	"github.com/postern-dev/postern/generator/policy"
)

// What lets a replication in, in words that three policies share: the destination's bucket policy, its key policy, and
// what the page asks of the owner of a bucket that exists already.

// Admission is what the destination's bucket policy has to allow: the role, and nobody else of its account. It is named
// through the account's root and aws:PrincipalArn, because it is made two layers later and S3 refuses a principal that
// does not exist. Source: Amazon S3 User Guide, "Granting permissions when the source and destination buckets are owned by
// different AWS accounts", which has s3:List* for the bucket and s3:PutBucketVersioning too; that the narrower
// actions suffice is believed.
func (r *Replication) Admission(d *Destination) []policy.Statement {
	objects := []string{"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}
	why := "The role of replication." + r.Name + " alone writes replicas."
	if r.HandsOver(d) {
		objects = append([]string{"s3:ObjectOwnerOverrideToBucketOwner"}, objects...)
		why += " The override makes account." + d.Account.Name + " the owner of\nwhat arrives; the role's own policy has it, too."
	}
	statement := func(sid, why, resource string, actions ...string) policy.Statement {
		return policy.Statement{
			Reason: why, Sid: sid, Effect: policy.Allow, Principal: policy.Accounts(r.Source.Account.Root()),
			Actions: actions, Resources: policy.Literals(resource), Conditions: []policy.Condition{r.isCaller()},
		}
	}
	return []policy.Statement{
		statement("ReplicationWrites", why, d.Objects(), objects...),
		statement("ReplicationLooks", "It looks whether the bucket has versioning.", d.ARN(), "s3:GetBucketVersioning", "s3:ListBucket"),
	}
}

// PublisherAdmission is what the policy of the bucket has to allow a publisher of another account. The account's own have it
// from their own policies.
func (b *Bucket) PublisherAdmission(arn string) []policy.Statement {
	var out []policy.Statement
	for _, p := range b.Publishing() {
		out = append(out, policy.Statement{
			Effect: policy.Allow, Principal: policy.Accounts(b.Account.Partition.ARN("iam", "", AccountOf(arn), "root")),
			Actions: p.Actions, Resources: policy.Literals(p.Resources...),
			Conditions: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", arn)},
		})
	}
	return out
}

// KeyAdmission is what the policy of the bucket's key has to allow a role or user of another account, whose own policies
// do not count there.
// Source: Amazon S3 User Guide, "Replicating encrypted objects (SSE-S3, SSE-KMS, DSSE-KMS, SSE-C)".
func (b *Bucket) KeyAdmission(arn string, actions []string) policy.Statement {
	return policy.Statement{
		Effect: policy.Allow, Principal: policy.Accounts(b.Account.Partition.ARN("iam", "", AccountOf(arn), "root")),
		Actions: actions, Resources: policy.Literals("*"), // in a key policy: this key
		Conditions: append(b.KeyConditions(), policy.When("ArnEquals", "aws:PrincipalArn", arn)),
	}
}

func (r *Replication) isCaller() policy.Condition {
	return policy.When("ArnEquals", "aws:PrincipalArn", r.RoleARN())
}

// KeyConditions limit a key to what S3 asks of it for this bucket. With a bucket key the encryption context is the bucket;
// for objects from before there was one it is the object.
// Source: Amazon S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
func (b *Bucket) KeyConditions() []policy.Condition {
	return []policy.Condition{
		b.ViaService("s3", b.Region),
		policy.When("StringLike", "kms:EncryptionContext:aws:s3:arn", b.ARN(), b.Objects()),
	}
}

// IsIndex tells whether the bucket is a package index, and no side of a replication.
func (b *Bucket) IsIndex() bool { return b.SourceOf == nil && b.ReplicaOf == nil }

// Publishing is what a publisher asks of the bucket. Into the source of a replication it puts objects that are copied, and
// does nothing else; but if deletions travel it also deletes, as nobody else may. It deletes no versions. In a package index
// it lists and takes away, because the page of a project names all its files.
func (b *Bucket) Publishing() []Permission {
	if r := b.SourceOf; r != nil {
		actions := []string{"s3:AbortMultipartUpload"}
		if r.DeleteMarkers {
			actions = append(actions, "s3:DeleteObject")
		}
		actions = append(actions, "s3:PutObject")
		if len(r.ObjectTags) > 0 {
			actions = append(actions, "s3:PutObjectTagging") // tags count that come with the object
		}
		return []Permission{{Actions: actions, Resources: []string{r.Within(b)}}}
	}
	return []Permission{
		{Actions: []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{b.Objects()}},
		{Actions: []string{"s3:ListBucket"}, Resources: []string{b.ARN()}},
	}
}
