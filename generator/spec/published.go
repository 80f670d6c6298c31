package spec

import (
	"slices"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// What is published: replications, distributions and package indexes.

var replicationKind = &kind{
	noun:     "a replication",
	labelled: true,
	arguments: []parameter{
		{name: "prefix", example: `"public/"`},
		{name: "object_tags", example: `{ publish = "yes" }`},
		{name: "encryption", example: `"kms"`},
		{name: "time_control", example: "true"},
		{name: "delete_markers", example: "true"},
		{name: "noncurrent_days", example: "30"},
		{name: "existing_objects", example: "true"},
	},
	blocks:  []string{"from", "to"},
	exposed: []string{"bucket", "bucket_arn", "name", "role_arn"},
	hints: map[string]string{
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

// sideKind is a from or a to block, of which there may be several.
func sideKind(noun string, repeated bool, more ...parameter) *kind {
	return &kind{
		noun:     noun,
		repeated: repeated,
		arguments: slices.Concat([]parameter{
			{name: "account", example: "account.tooling", required: true},
			{name: "region", example: `"eu-west-1"`},
			{name: "bucket", example: `"acme-web-staging"`},
			{name: "existing", example: "true"},
			{name: "versioning", example: "true"},
			{name: "kms_key", example: `"arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`},
		}, more),
		hints: map[string]string{
			"acl":           `Buckets have no access control lists: what arrives belongs to the bucket's account. Remove it.`,
			"owner":         `Replicas belong to the account of the bucket that they arrive in. Remove it.`,
			"role":          `The role that S3 acts as is made with the replication. Remove it.`,
			"storage_class": `The storage class is that of the replicas. Write "storage_class" in a to block.`,
		},
	}
}

var distributionKind = &kind{
	noun:     "a distribution",
	labelled: true,
	arguments: []parameter{
		{name: "account", example: "account.prod", required: true},
		{name: "origin", example: "replication.web", required: true},
		{name: "region", example: `"us-east-1"`},
		{name: "aliases", example: `["www.example.com"]`},
		{name: "certificate", example: `"arn:aws:acm:us-east-1:222222222222:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`},
		{name: "index", example: `"index.html"`},
		{name: "access", example: `"control"`},
		{name: "identity", example: `"E2QWRUHAPOMQZL"`},
		{name: "logs", example: "true"},
	},
	exposed: []string{"name"},
	hints: map[string]string{
		"acm_certificate_arn": `A distribution has no argument "acm_certificate_arn". Rename it to "certificate".`,
		"default_root_object": `A distribution has no argument "default_root_object". Rename it to "index".`,
	},
}

var packageIndexKind = &kind{
	noun:     "a package index",
	labelled: true,
	arguments: []parameter{
		{name: "account", example: "account.tooling", required: true},
		{name: "region", example: `"eu-west-1"`},
		{name: "bucket", example: `"acme-python"`},
		{name: "readers", example: "[runner.builder]", required: true},
		{name: "publishers", example: "[runner.release]", required: true},
		{name: "administrators", example: `["arn:aws:iam::111111111111:role/admin"]`},
		{name: "proxy", example: "true"},
		{name: "noncurrent_days", example: "30"},
	},
	exposed: []string{"arn", "bucket", "name"},
	hints: map[string]string{
		"addresses":  `From where a package index is read follows from its readers. Write "addresses" in a runner block.`,
		"encryption": `Who asks for a package does not sign in, and nobody uses a KMS key without: S3's own keys encrypt a package index. Remove it.`,
		"kms_key":    `Who asks for a package does not sign in, and nobody uses a KMS key without: S3's own keys encrypt a package index. Remove it.`,
		"publish":    `What a package index has is published by those whom it lists. Write publishers = [runner.NAME] or [role.NAME].`,
	},
}

func (d decoder) replication(b *block) *Replication {
	d.require(b)
	r := &Replication{
		Header:          b.Header,
		Prefix:          scalar(d, b, "prefix", d.asText),
		ObjectTags:      d.pairs(b, "object_tags"),
		Encryption:      scalar(d, b, "encryption", d.asText),
		TimeControl:     scalar(d, b, "time_control", d.asFlag),
		DeleteMarkers:   scalar(d, b, "delete_markers", d.asFlag),
		NoncurrentDays:  scalar(d, b, "noncurrent_days", d.asCount),
		ExistingObjects: scalar(d, b, "existing_objects", d.asFlag),
	}
	for _, in := range b.nested {
		if in.kind == "from" {
			r.From = d.side(in)
		} else {
			r.To = append(r.To, d.side(in))
		}
	}
	return r
}

func (d decoder) side(b *block) *Side {
	d.require(b)
	s := &Side{
		Header:     b.Header,
		Account:    scalar(d, b, "account", d.asBlock("account")),
		Region:     scalar(d, b, "region", d.asText),
		Bucket:     scalar(d, b, "bucket", d.asText),
		Existing:   scalar(d, b, "existing", d.asFlag),
		Versioning: scalar(d, b, "versioning", d.asFlag),
		KMSKey:     scalar(d, b, "kms_key", d.asText),
	}
	if b.kind == "to" {
		s.StorageClass = scalar(d, b, "storage_class", d.asText)
	}
	return s
}

func (d decoder) distribution(b *block) *Distribution {
	d.require(b)
	return &Distribution{
		Header:      b.Header,
		Account:     scalar(d, b, "account", d.asBlock("account")),
		Origin:      scalar(d, b, "origin", d.asBlock("replication")),
		Region:      scalar(d, b, "region", d.asText),
		Aliases:     list(d, b, "aliases", d.asText),
		Certificate: scalar(d, b, "certificate", d.asText),
		Index:       scalar(d, b, "index", d.asText),
		Access:      scalar(d, b, "access", d.asText),
		Identity:    scalar(d, b, "identity", d.asText),
		Logs:        scalar(d, b, "logs", d.asFlag),
	}
}

func (d decoder) packageIndex(b *block) *PackageIndex {
	d.require(b)
	return &PackageIndex{
		Header:         b.Header,
		Account:        scalar(d, b, "account", d.asBlock("account")),
		Region:         scalar(d, b, "region", d.asText),
		Bucket:         scalar(d, b, "bucket", d.asText),
		Readers:        list(d, b, "readers", d.asBlock("runner")),
		Publishers:     list(d, b, "publishers", d.asBlock("runner", "role")),
		Administrators: list(d, b, "administrators", d.asText),
		Proxy:          scalar(d, b, "proxy", d.asFlag),
		NoncurrentDays: scalar(d, b, "noncurrent_days", d.asCount),
	}
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
func bucketARN(region, name cty.Value) cty.Value {
	return combine(func(s ...string) string { return aws.PartitionOf(s[0]).ARN("s3", "", "", s[1]) }, region, name)
}

// exposeReplication is the source bucket, into which one writes, and the role that S3 replicates as.
func (e *evaluator) exposeReplication(b *block, attrs map[string]cty.Value) {
	unknown := cty.UnknownVal(cty.String)
	attrs["bucket"], attrs["bucket_arn"], attrs["role_arn"] = unknown, unknown, unknown
	from := b.inner("from")
	if from == nil {
		return
	}
	account, region := e.home(from)
	attrs["bucket"] = e.bucket(b.Name, from)
	attrs["bucket_arn"] = bucketARN(region, attrs["bucket"])
	attrs["role_arn"] = combine(func(s ...string) string {
		return aws.PartitionOf(s[1]).ARN("iam", "", s[0], "role/"+ReplicationRoleName(s[2], b.Name))
	}, account, region, e.prefix())
}

func (e *evaluator) exposePackageIndex(b *block, attrs map[string]cty.Value) {
	_, region := e.home(b)
	attrs["bucket"] = e.bucket(b.Name, b)
	attrs["arn"] = bucketARN(region, attrs["bucket"])
}
