package spec

import (
	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// A Replication is a replication block: S3 copies what is written into one bucket to others.
type Replication struct {
	Header
	From            *Side
	To              []*Side
	Prefix          Value[string]
	ObjectTags      Map
	Encryption      Value[string] // one of Encryptions; the postern block's otherwise
	TimeControl     Value[bool]
	DeleteMarkers   Value[bool]
	NoncurrentDays  Value[int]
	ExistingObjects Value[bool] // S3 Batch Replication may use the role
}

// Sides are the from block, if there is one, and the to blocks.
func (r *Replication) Sides() []*Side {
	if r.From == nil {
		return r.To
	}
	return append([]*Side{r.From}, r.To...)
}

// A Side is a from or a to block of a replication: a bucket to be made, or an existing one.
type Side struct {
	Header
	Account      Ref
	Region       Value[string]
	Bucket       Value[string]
	Existing     Value[bool]
	Versioning   Value[bool]   // of an existing bucket: that it has it
	StorageClass Value[string] // of a to block
	KMSKey       Value[string] // argument kms_key, of an existing bucket: the ARN of its key
}

// StorageClasses are those that replicas can have. Source: Amazon S3 API Reference, Destination, StorageClass.
var StorageClasses = []string{
	"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY",
}

func (r *Replication) declare() *Kind {
	return &Kind{
		Word: "replication", Noun: "a replication",
		About: "S3 copies what is written into one bucket to others.",
		Parameters: []Parameter{
			{Name: "prefix", Type: text(&r.Prefix), Otherwise: "none", Example: `"public/"`, Meaning: "copies what is below it"},
			{Name: "object_tags", Type: pairs(&r.ObjectTags), Otherwise: "none", Example: `{ publish = "yes" }`, Meaning: "copies what has all of these tags when it is written"},
			{Name: "encryption", Type: text(&r.Encryption).from(Encryptions), Otherwise: "that of `postern`", Example: `"kms"`, Meaning: "of the buckets that are made here"},
			{Name: "time_control", Type: boolean(&r.TimeControl, false), Example: "true", Meaning: "within 15 minutes, with metrics"},
			{Name: "delete_markers", Type: boolean(&r.DeleteMarkers, false), Example: "true", Meaning: "deletions travel, and publishers may delete; not with `object_tags`"},
			keptDays(&r.NoncurrentDays, "how long old versions stay, on both sides"),
			{Name: "existing_objects", Type: boolean(&r.ExistingObjects, false), Example: "true", Meaning: "S3 Batch Replication may use the role, for what was there before"},
		},
		Inner: []*Kind{single(&r.From, (*Side).from), several(&r.To, (*Side).to)},
		Attributes: []Attribute{
			{Name: "bucket", read: (*evaluator).sourceBucket, Meaning: "of the source"},
			{Name: "bucket_arn", read: (*evaluator).sourceARN, Meaning: "of the source"},
			{Name: "name", read: label},
			{Name: "role_arn", read: (*evaluator).replicationRoleARN, Meaning: "of the role that S3 replicates as"},
		},
		Hints: map[string]string{
			"destination":                 `What receives replicas is a block of a replication. Write to { … }, one for each destination.`,
			"existing_object_replication": `S3 refuses this part of a rule: what was there before is copied by S3 Batch Replication. Write existing_objects = true, which lets it use the role.`,
			"filter":                      `What is replicated follows from arguments of the replication. Write prefix or object_tags.`,
			"publishers":                  `Who writes into the source says so itself. Write publish = [replication.NAME] in a runner or a role.`,
			"role":                        `The role that S3 acts as is made with the replication. Remove it.`,
			"rule":                        `The rules follow from the to blocks of a replication. Write a to block for each destination.`,
			"source":                      `What is replicated is a block of a replication. Write from { … }.`,
			"storage_class":               `The storage class is that of the replicas in one destination. Write "storage_class" in a to block.`,
			"tags":                        `Tags that objects must have to be replicated are object_tags. Rename "tags" to "object_tags".`,
		},
	}
}

// keptDays is the argument of all that keeps old versions of objects.
func keptDays(at *Value[int], meaning string) Parameter {
	return Parameter{Name: "noncurrent_days", Type: number(at, 30), Example: "30", Meaning: meaning}
}

func (s *Side) from() *Kind {
	k := s.declare()
	k.Word, k.Noun, k.Meaning, k.Required = "from", "a from block", "the bucket that is written into", true
	return k
}

func (s *Side) to() *Kind {
	k := s.declare()
	k.Word, k.Noun, k.Meaning, k.Required = "to", "a to block", "the buckets that S3 copies to, each in another place", true
	k.Parameters = append(k.Parameters, Parameter{
		Name: "storage_class", Type: text(&s.StorageClass).from(StorageClasses), Otherwise: "the object's own", Example: `"STANDARD_IA"`, Meaning: "of the replicas",
	})
	return k
}

// declare is what both sides have.
func (s *Side) declare() *Kind {
	return &Kind{
		Parameters: []Parameter{
			inAccount(&s.Account, "account.tooling"),
			inRegion(&s.Region),
			bucketName(&s.Bucket, `"acme-web-staging"`),
			{Name: "existing", Type: boolean(&s.Existing, false), Example: "true", Meaning: "the bucket is somebody's already; needs `bucket`"},
			{Name: "versioning", Type: boolean(&s.Versioning, false), Example: "true", Meaning: "of an existing bucket: that it has versioning"},
			{Name: "kms_key", Type: text(&s.KMSKey).of("ARN"), Otherwise: "none", Example: `"arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`, Meaning: "of an existing bucket: its key"},
		},
		Hints: map[string]string{
			"acl":           `Buckets have no access control lists: what arrives belongs to the bucket's account. Remove it.`,
			"owner":         `Replicas belong to the account of the bucket that they arrive in. Remove it.`,
			"role":          `The role that S3 acts as is made with the replication. Remove it.`,
			"storage_class": `The storage class is that of the replicas. Write "storage_class" in a to block.`,
		},
	}
}

// bucketName is the argument of all that makes a bucket.
func bucketName(at *Value[string], example string) Parameter {
	return Parameter{Name: "bucket", Type: text(at), Otherwise: "prefix, label, account's id and region", Example: example, Meaning: "its name"}
}

// BucketName is the name of a bucket that the spec does not name.
func BucketName(prefix, label, account, region string) string {
	return prefix + "-" + label + "-" + account + "-" + region
}

// ReplicationRoleName is the name of the role that S3 replicates as.
func ReplicationRoleName(prefix, label string) string { return prefix + "-replication-" + label }

// bucket is the name of a block's bucket, whose account and region are those of the place.
func (e *evaluator) bucket(label string, place *block) cty.Value {
	if name := e.text(place, "bucket"); !name.IsKnown() || !name.IsNull() {
		return name
	}
	account, region := e.home(place)
	return combine(func(s ...string) string { return BucketName(s[0], label, s[1], s[2]) }, e.prefix(), account, region)
}

// bucketARN needs a region, which tells the partition.
func (e *evaluator) bucketARN(label string, place *block) cty.Value {
	return combine(func(s ...string) string { return aws.PartitionOf(s[0]).ARN("s3", "", "", s[1]) }, e.region(place), e.bucket(label, place))
}

// sourceBucket is the one into which one writes.
func (e *evaluator) sourceBucket(b *block) cty.Value {
	if from := b.inner("from"); from != nil {
		return e.bucket(b.Name, from)
	}
	return cty.UnknownVal(cty.String)
}

func (e *evaluator) sourceARN(b *block) cty.Value {
	if from := b.inner("from"); from != nil {
		return e.bucketARN(b.Name, from)
	}
	return cty.UnknownVal(cty.String)
}

func (e *evaluator) replicationRoleARN(b *block) cty.Value {
	from := b.inner("from")
	if from == nil {
		return cty.UnknownVal(cty.String)
	}
	account, region := e.home(from)
	return combine(func(s ...string) string {
		return aws.PartitionOf(s[1]).ARN("iam", "", s[0], "role/"+ReplicationRoleName(s[2], b.Name))
	}, account, region, e.prefix())
}
