package topology

// Buckets of the spec are closed. The rules are:
//   - Nobody writes but publishers, S3 in the role of a replication, and administrators: whatever other policies allow.
//   - Who is of the bucket's own account reads what its own policies allow. Of other accounts nobody reads but readers of a
//     package index.

// WriteActions are those on objects that the policies of buckets refuse to others.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
var WriteActions = []string{
	"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion", "s3:DeleteObjectVersionTagging",
	"s3:ObjectOwnerOverrideToBucketOwner", "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectLegalHold", "s3:PutObjectRetention",
	"s3:PutObjectTagging", "s3:PutObjectVersionAcl", "s3:PutObjectVersionTagging", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags",
}
