package replications

import (
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// permissions are what each step of replication asks of the role. Sources: Amazon S3 User Guide, "Setting up permissions
// for live replication", "Replicating encrypted objects", and "Configuring an IAM role for S3 Batch Replication".
func (r replication) permissions() policy.Document {
	allow := func(reason string, resources []string, actions ...string) policy.Statement {
		return policy.Statement{Reason: reason, Effect: policy.Allow, Actions: actions, Resources: policy.Literals(resources...)}
	}
	source, objects := []string{r.Source.ARN()}, []string{r.Within(r.Source)}
	var buckets, replicas, handedOver []string
	for _, d := range r.Destinations {
		buckets, replicas = append(buckets, d.ARN()), append(replicas, r.Within(d.Bucket))
		if r.HandsOver(d) {
			handedOver = append(handedOver, r.Within(d.Bucket))
		}
	}
	statements := []policy.Statement{
		allow("S3 reads the rules, and each version that it copies: with its ACL and its tags.", source, "s3:GetReplicationConfiguration", "s3:ListBucket"),
		allow("", objects, "s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"),
		allow("It looks whether the destinations have versioning, and writes there.", buckets, "s3:GetBucketVersioning", "s3:ListBucket"),
		allow("", replicas, "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
	}
	if len(handedOver) > 0 {
		statements = append(statements, allow("It makes the destination's account the owner. The bucket's policy has to allow this as well, or nothing arrives.",
			handedOver, "s3:ObjectOwnerOverrideToBucketOwner"))
	}
	statements = append(statements, r.keys()...)
	if r.ExistingObjects {
		statements = append(statements,
			allow("existing_objects: a job of S3 Batch Replication lists what is there, and has it copied.", source, "s3:PutInventoryConfiguration"),
			allow("", objects, "s3:InitiateReplication"))
	}
	return policy.Document{Statements: statements}
}

// keys are what S3 asks of KMS in the role's name, each key for its bucket alone.
func (r replication) keys() []policy.Statement {
	var out []policy.Statement
	use := func(reason string, b *topology.Bucket, actions ...string) {
		if key, ok := b.KeyFrom(r.Source.Place); ok {
			out = append(out, policy.Statement{
				Reason: reason, Effect: policy.Allow, Actions: actions, Resources: []policy.Text{key}, Conditions: b.KeyConditions(),
			})
		}
	}
	use("S3 decrypts what it reads. With a bucket key the encryption context is the bucket, otherwise the object.", r.Source, "kms:Decrypt")
	for _, d := range r.Destinations {
		use("It encrypts what it writes to account."+d.Account.Name+" in "+d.Region+". Decrypt is for the bucket key.", d.Bucket, topology.ReplicaKeyActions...)
	}
	return out
}
