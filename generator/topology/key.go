package topology

import (
	"cmp"
	"strings"
)

// ComparePlaces sorts places by account and region.
func ComparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Account.Name, b.Account.Name), cmp.Compare(a.Region, b.Region))
}

// A KeyUse is what somebody who is not of a place's account does with the place's storage key: its policy has to say so.
// Those of the account itself need no more than their own policies.
type KeyUse struct {
	Bucket       *Bucket
	Does         string        // "replication.web writes replicas into `acme-web`"
	ARN          string        // of a role or user of another account
	Distribution *Distribution // which uses the key as CloudFront, in place of ARN
	Actions      []string
}

// KeyUses are those of the storage key of a place, by bucket. Requests arrive through S3, with the bucket's ARN or an
// object's as aws:s3:arn in the encryption context.
// Source: Amazon S3 User Guide, "Replicating encrypted objects", and "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
func (t *Topology) KeyUses(p Place) []KeyUse {
	var uses []KeyUse
	for _, b := range t.Buckets {
		if b.Place != p || !b.Encrypted {
			continue
		}
		if rep := b.ReplicaOf; rep != nil && rep.Source.Account != p.Account {
			uses = append(uses, KeyUse{Bucket: b, Does: "replication." + rep.Name + " writes replicas into `" + b.Bucket + "`", ARN: rep.RoleARN(), Actions: ReplicaKeyActions})
		}
		for _, arn := range b.foreignWriters() {
			uses = append(uses, KeyUse{Bucket: b, Does: "publishers write into `" + b.Bucket + "`", ARN: arn, Actions: PublishKeyActions})
		}
		if d := b.Distribution; d != nil {
			uses = append(uses, KeyUse{Bucket: b, Does: "distribution." + d.Name + " reads `" + b.Bucket + "`", Distribution: d, Actions: []string{"kms:Decrypt"}})
		}
	}
	return uses
}

// What S3 asks of a key for who writes, replicas into a destination and anything else into a source: with a bucket key it decrypts the bucket's data key, too, and parts of an upload.
// Source: Amazon S3 User Guide, "Replicating encrypted objects" and "Uploading and copying objects using multipart upload".
var (
	ReplicaKeyActions = []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}
	PublishKeyActions = []string{"kms:Decrypt", "kms:GenerateDataKey"}
)

// foreignWriters are the ARNs of publishers of other accounts.
func (b *Bucket) foreignWriters() []string {
	var arns []string
	for _, g := range b.Writers {
		if AccountOf(g.ARN) != b.Account.ID {
			arns = append(arns, g.ARN)
		}
	}
	return Unique(arns)
}

// AccountOf is the account in an ARN.
func AccountOf(arn string) string {
	parts := strings.Split(arn, ":")
	if len(parts) < 5 {
		return ""
	}
	return parts[4]
}
