package proof_test

import (
	"slices"
	"testing"

	"github.com/postern-dev/postern/generator/proof"
)

// Patterns of text in the files of what is published.
const (
	bucketFile  = `storage/(?:replication|package_index|distribution)_\w+\.tf`
	sideFile    = `storage/replication_\w+\.tf`
	indexFile   = `storage/package_index_\w+\.tf`
	replicaFile = `(?:web|archive|audit)/[\w-]+/storage/replication_\w+\.tf` // across accounts, where the bucket's policy counts
	frontFile   = `storage/distribution_\w+\.tf`
	copyingFile = `delivery/replication_\w+\.tf`
	keyFile     = `storage/key\.tf`

	aValue      = `(?:\[[^\]]*\]|\S+)`
	aBucket     = `(resource "aws_s3_bucket" "\w+" \{)`
	tlsOnly     = `(?s)      \{\n        Sid       = "TLSOnly".*?\n      \},\n`
	nobodyElse  = `(?s)(Sid       = "NobodyElseWrites"\n        Effect    = "Deny"\n        Principal = "\*"\n)(        Action = \[\n.*?\]\n)(        Resource = "[^"]+"\n)`
	replicates  = `(?s)(Sid    = "ReplicationWrites".*?)`
	looks       = `(?s)(Sid    = "ReplicationLooks".*?)`
	serving     = `(?s)(Sid    = "Distribution"\n.*?)`
	fromOutside = `(?s)      \{\n        # [^\n]* not from elsewhere\..*?\n      \},\n`
	fence       = `(?s)(# [^\n]* not from elsewhere\..*?        Condition = \{\n)`
	onARN       = `        Condition = \{\n          ArnEquals = \{\n            "aws:PrincipalArn" = ` + aValue + `\n          \}\n        \}\n`
	onSource    = `        Condition = \{\n          StringEquals = \{\n            "AWS:SourceArn" = ` + aValue + `\n          \}\n        \}\n`
	onVia       = `          StringEquals = \{\n            "kms:ViaService" = ` + aValue + `\n          \}\n`
	onContext   = `          StringLike = \{\n            "kms:EncryptionContext:aws:s3:arn" = ` + aValue + `\n          \}\n`
	keyOf       = `(?s)(# [^\n]*, through S3 alone\..*?)`
	keyOfRole   = `(?s)(# replication\.\w+ writes replicas.*?)`
	keyServing  = `(?s)(# distribution\.\w+ reads.*?)`
	roleAtKey   = `(?s)(# It encrypts what it writes.*?)`
	roleAtOwn   = `(?s)(# S3 decrypts what it reads.*?)`
	theRule     = `(\n  rule \{\n(?:.*\n)+?)`
	installs    = `(?s)(Action    = "s3:GetObject"\n        Resource  = "[^"]+"\n        Condition = \{\n          )`
	invokes     = `(?s)(Action    = "execute-api:Invoke".*?)`
)

func by(c ...proof.Claim) []proof.Claim { return c }

// bucketEdits are careless edits of what is published.
var bucketEdits = slices.Concat(setupEdits, policyEdits, keyEdits, copyingEdits, servingEdits, indexEdits)

// setupEdits are of buckets themselves.
var setupEdits = []edit{
	{"no versioning", bucketFile, `(?s)resource "aws_s3_bucket_versioning" .*?\n\}\n`, "", by(proof.Versioned)},
	{"versioning off", bucketFile, `(versioning_configuration \{\n    status =) "Enabled"`, `$1 "Suspended"`, by(proof.Versioned)},
	{"versioning of another bucket", bucketFile, `("aws_s3_bucket_versioning" "\w+" \{\n  bucket =) \S+`, `$1 "somebody-elses"`, by(proof.Versioned)},
	{"ACLs on", sideFile, `"BucketOwnerEnforced"`, `"BucketOwnerPreferred"`, by(proof.Owned)},
	{"objects of their writers", bucketFile, `"BucketOwner\w+"`, `"ObjectWriter"`, by(proof.Owned)},
	{"no ownership", bucketFile, `(?s)resource "aws_s3_bucket_ownership_controls" .*?\n\}\n`, "", by(proof.Owned)},
	{"ACL", bucketFile, `(?s)\z`, "\nresource \"aws_s3_bucket_acl\" \"x\" {\n  bucket = \"x\"\n  acl    = \"public-read\"\n}\n", by(proof.Readable)},
	{"ACL inside the bucket", bucketFile, aBucket, "$1\n  acl = \"public-read\"", by(proof.Readable)},
	{"no public access block", bucketFile, `(?s)resource "aws_s3_bucket_public_access_block" .*?\n\}\n`, "", by(proof.Blocked)},
	{"public ACLs taken", bucketFile, `(block_public_acls       =) true`, `$1 false`, by(proof.Blocked)},
	{"public policies taken", bucketFile, `(block_public_policy     =) true`, `$1 false`, by(proof.Blocked)},
	{"public ACLs heeded", bucketFile, `  ignore_public_acls      = true\n`, "", by(proof.Blocked)},
	{"public policies heeded", bucketFile, `(restrict_public_buckets =) true`, `$1 false`, by(proof.Blocked)},
	{"no encryption", bucketFile, `(?s)resource "aws_s3_bucket_server_side_encryption_configuration" .*?\n\}\n`, "", by(proof.Encrypted)},
	{"encryption with AWS's own key", sideFile, `      kms_master_key_id = \S+\n`, "", by(proof.Encrypted)},
	{"encryption with another key", sideFile, `(kms_master_key_id =) \S+`, `$1 "arn:aws:kms:eu-west-1:111111111111:key/1"`, by(proof.Encrypted)},
	{"encryption with S3's own key", sideFile, `"aws:kms"`, `"AES256"`, by(proof.Encrypted)},
	{"no bucket key", sideFile, `(bucket_key_enabled =) true`, `$1 false`, by(proof.Encrypted)},
	{"index with a key", indexFile, `"AES256"`, `"aws:kms"`, by(proof.Encrypted)},
	{"no lifecycle", bucketFile, `(?s)resource "aws_s3_bucket_lifecycle_configuration" .*?\n\}\n`, "", by(proof.Tidied)},
	{"lifecycle off", bucketFile, `(id     = "tidy"\n    status =) "Enabled"`, `$1 "Disabled"`, by(proof.Tidied)},
	{"lifecycle of a part", bucketFile, `(id     = "tidy"\n.*\n\n    filter \{)`, "$1\n prefix = \"tmp/\"\n", by(proof.Tidied)},
	{"old versions for long", bucketFile, `(noncurrent_days =) \d+`, `$1 3650`, by(proof.Tidied)},
	{"parts of uploads for ever", bucketFile, `(?s)    abort_incomplete_multipart_upload \{.*?\n    \}\n`, "", by(proof.Tidied)},
	{"objects that go", bucketFile, `(expired_object_delete_marker) = true`, `days = 90`, by(proof.Tidied)},
	{"objects in an archive", bucketFile, `(    noncurrent_version_expiration \{)`, "    transition {\n      days = 1\n      storage_class = \"GLACIER\"\n    }\n$1", by(proof.Tidied)},
	{"bucket of another name", bucketFile, `("aws_s3_bucket" "\w+" \{\n  bucket = "[^"]+)"`, `$1-2"`, by(proof.Present)},
	{"bucket counted away", bucketFile, aBucket, "$1\n  count = 0", by(proof.Readable)},
	{"access point", bucketFile, `(?s)\z`, "\nresource \"aws_s3_access_point\" \"x\" {\n  bucket = \"x\"\n  name = \"x\"\n}\n", by(proof.Readable)},
}

// policyEdits are of bucket policies.
var policyEdits = []edit{
	{"no bucket policy", bucketFile, `(?s)resource "aws_s3_bucket_policy" .*?\n\}\n`, "", by(proof.Locked)},
	{"bucket policy of another bucket", bucketFile, `("aws_s3_bucket_policy" "\w+" \{\n  bucket =) \S+`, `$1 "somebody-elses"`, by(proof.Locked)},
	{"two bucket policies", bucketFile, `(?s)(resource "aws_s3_bucket_policy" ")(\w+)(" \{.*?\n\}\n)`, "$1$2$3\n$1${2}_2$3", by(proof.Locked)},

	{"no TLS", bucketFile, tlsOnly, "", by(proof.Secured, proof.Understood)}, // where nothing is left, the policy is none
	{"TLS for objects alone", bucketFile, `("TLSOnly"(?:.*\n)+?        Resource = \[\n).*\n`, "$1", by(proof.Secured)},
	{"TLS for the bucket alone", bucketFile, `("TLSOnly"(?:.*\n)+?        Resource = \[\n.*\n).*\n`, "$1", by(proof.Secured)},
	{"TLS to read alone", bucketFile, `("TLSOnly"(?:.*\n)+?        Action    =) "s3:\*"`, `$1 "s3:GetObject"`, by(proof.Secured)},
	{"TLS for one account alone", bucketFile, `("TLSOnly"(?:.*\n)+?        Principal =) "\*"`, "$1 {\n AWS = \"arn:aws:iam::998877665544:root\"\n }", by(proof.Secured)},
	{"no TLS at all", bucketFile, `("aws:SecureTransport" =) "false"`, `$1 "true"`, by(proof.Governed)},

	{"anybody writes", bucketFile, `(?s)      \{\n(?:        # [^\n]*\n)+        Sid       = "NobodyElseWrites".*?\n      \},\n`, "", by(proof.Locked)},
	{"nobody else may, as an Allow", bucketFile, `("NobodyElseWrites"\n        Effect    =) "Deny"`, `$1 "Allow"`, by(proof.Locked)},
	{"every role writes", bucketFile, `ArnNotEquals = \{\n(\s+"aws:PrincipalArn" =) ` + aValue, "ArnNotLike = {\n$1 \"arn:aws:iam::*:role/*\"", by(proof.Locked)},
	{"roles that begin alike write", bucketFile, `ArnNotEquals = \{\n(\s+"aws:PrincipalArn" = (?:\[\n\s+)?"[^"]+)"`, "ArnNotLike = {\n$1*\"", by(proof.Locked)},
	{"one more writer", bucketFile, `(ArnNotEquals = \{\n\s+"aws:PrincipalArn" = )(?:\[\n\s+)?("[^"]+")`, `$1["arn:aws:iam::111111111111:role/somebody", $2]
} }
#`, by(proof.Locked, proof.Readable)},
	{"writers of the account", bucketFile, `(        Condition = \{\n)(          ArnNotEquals = \{\n\s+"aws:PrincipalArn")`, "$1 StringNotEquals = {\n \"aws:PrincipalAccount\" = \"111111111111\"\n}\n$2", by(proof.Locked)},
	{"writers through services", bucketFile, `(        Condition = \{\n)(          ArnNotEquals = \{\n\s+"aws:PrincipalArn")`, "$1 BoolIfExists = {\n \"aws:ViaAWSService\" = \"false\"\n}\n$2", by(proof.Locked)},
	{"writers of the organization", bucketFile, `(        Condition = \{\n)(          ArnNotEquals = \{\n\s+"aws:PrincipalArn")`, "$1 StringNotEquals = {\n \"aws:PrincipalOrgID\" = \"o-1\"\n}\n$2", by(proof.Locked)},
	{"others delete", bucketFile, `("NobodyElseWrites"(?:.*\n)+?)          "s3:DeleteObject\*",\n`, "$1", by(proof.Locked)},
	{"others put", bucketFile, `("NobodyElseWrites"(?:.*\n)+?)          "s3:PutObject\*",\n`, "$1", by(proof.Locked)},
	{"others set ACLs", bucketFile, `("NobodyElseWrites"(?:.*\n)+?          "s3:PutObject)\*",\n`, "$1\",\n", by(proof.Locked)},
	{"others replicate", bucketFile, `("NobodyElseWrites"(?:.*\n)+?)          "s3:Replicate\*",\n`, "$1", by(proof.Locked)},
	{"others write beside a folder", bucketFile, nobodyElse, "$1$2        Resource = \"arn:aws:s3:::x/public/*\"\n", by(proof.Locked)},
	{"others of another account", bucketFile, `("NobodyElseWrites"\n        Effect    = "Deny"\n        Principal =) "\*"`, "$1 {\n AWS = \"arn:aws:iam::998877665544:root\"\n }", by(proof.Locked)},
	{"writer of another name", bucketFile, `(ArnNotEquals = \{\n\s+"aws:PrincipalArn" = (?:\[\n\s+)?"[^"]+)"`, `$1-2"`, by(proof.Published, proof.Copied, proof.Governed)},
	{"account locked out", bucketFile, `(?s)(Sid       = "NobodyElseWrites"\n        Effect    = "Deny"\n        Principal = "\*"\n)        Action = \[\n.*?\]\n        Resource = "([^"]+)/\*"\n`, "$1        Action = \"s3:*\"\n        Resource = [\"$2\", \"$2/*\"]\n", by(proof.Governed)},

	{"publishers from anywhere", bucketFile, fromOutside, "", by(proof.Locked)},
	{"publishers from every address", bucketFile, `(NotIpAddress = \{\n            "aws:SourceIp" =) ` + aValue, `$1 ["0.0.0.0/0", "::/0"]`, by(proof.Locked)},
	{"publishers from more addresses", bucketFile, `(NotIpAddress = \{\n            "aws:SourceIp" = (?:\[\n\s+)?"\d+\.\d+\.\d+)\.\d+(?:/\d+)?"`, `$1.0/24"`, by(proof.Locked)},
	{"publishers from another address", bucketFile, `(NotIpAddress = \{\n            "aws:SourceIp" = (?:\[\n\s+)?")\d+\.\d+\.\d+\.\d+(?:/\d+)?"`, `${1}203.0.113.77"`, by(proof.Published)},
	{"publishers through another endpoint", bucketFile, `(StringNotEquals = \{\n            "aws:SourceVpce" =) ` + aValue, `$1 "vpce-1"`, by(proof.Published)},
	{"publishers through every endpoint", bucketFile, `StringNotEquals( = \{\n            "aws:SourceVpce" =) ` + aValue, `StringNotLike$1 "*"`, by(proof.Locked)},
	{"publishers in a private range", bucketFile, `StringNotEquals = \{\n            "aws:SourceVpce" = ` + aValue, "NotIpAddress = {\n\"aws:VpcSourceIp\" = \"10.0.0.0/8\"", by(proof.Locked)},
	{"a private range in SourceIp", bucketFile, `StringNotEquals = \{\n            "aws:SourceVpce" = ` + aValue, "NotIpAddress = {\n\"aws:SourceIp\" = \"10.0.0.0/8\"", by(proof.Published)},
	{"publishers outside alone", bucketFile, `NotIpAddress( = \{\n            "aws:SourceIp")`, `IpAddress$1`, by(proof.Published)},
	{"elsewhere if services ask", bucketFile, fence, "$1 BoolIfExists = {\n \"aws:ViaAWSService\" = \"false\"\n}\n", by(proof.Locked)},
	{"elsewhere with an exemption", bucketFile, fence, "$1 StringNotEqualsIfExists = {\n \"aws:RequestedRegion\" = \"us-east-1\"\n}\n", by(proof.Locked)},
	{"publishers who do everything", bucketFile, `(?s)      \{\n        # [^\n]* nothing but publishing.*?\n      \},\n`, "", by(proof.Locked)},
	{"publishers who delete versions", bucketFile, ` +"s3:DeleteObjectVersion\*",\n`, "", by(proof.Locked)},
	{"publishers who lock versions", bucketFile, ` +"s3:PutObjectRetention",\n`, "", by(proof.Locked)},
	{"two refusals, each of one way", sideFile, `(?s)(NotIpAddress = \{\n            "aws:SourceIp" = ` + aValue + `\n          \}\n)(          StringNotEquals = \{\n            "aws:SourceVpce".*?\n          \}\n)`,
		"$1        }\n      },\n      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"s3:PutObject\"\n        Resource = \"*\"\n        Condition = {\n$2", by(proof.Published)},
	{"publishers of the whole account", bucketFile, `(# [^\n]* is of another account:[^#]*?)` + onARN, "$1", by(proof.Locked)},
	{"publishers of everywhere", bucketFile, `(# [^\n]* is of another account:[^\n]*\n        Effect = "Allow"\n        Principal = \{\n          AWS =) "[^"]+"`, `$1 "*"`, by(proof.Locked)},
	{"publishers with another action", bucketFile, `(?s)(# [^\n]* is of another account:.*?)"s3:PutObject"`, `$1"s3:PutObjectAcl"`, by(proof.Published)},
	{"publishers with every action", bucketFile, `(?s)(# [^\n]* is of another account:.*?)"s3:PutObject"`, `$1"s3:*"`, by(proof.Limited)},
	{"publishers of the bucket without its objects", bucketFile, `(?s)(# [^\n]* is of another account:.*?Resource = "[^"]+)/\*"`, `$1"`, by(proof.Published)},

	{"override on the role alone", replicaFile, replicates + `          "s3:ObjectOwnerOverrideToBucketOwner",\n`, "$1", by(proof.Owned)},
	{"no replicas taken", replicaFile, replicates + `          "s3:ReplicateObject",\n`, "$1", by(proof.Copied)},
	{"no delete markers taken", replicaFile, replicates + `          "s3:ReplicateDelete",\n`, "$1", by(proof.Copied)},
	{"no tags taken", replicaFile, replicates + `,\n          "s3:ReplicateTags"`, "$1", by(proof.Copied)},
	{"replicas in the bucket without its objects", replicaFile, replicates + `(Resource = "[^"]+)/\*"`, `$1$2"`, by(proof.Copied)},
	{"replicas of every action", replicaFile, replicates + `"s3:ReplicateObject"`, `$1"s3:*"`, by(proof.Limited)},
	{"replicas of the whole account", replicaFile, replicates + onARN, "$1", by(proof.Locked)},
	{"replicas of everybody", replicaFile, replicates + `AWS = "[^"]+"`, `${1}AWS = "*"`, by(proof.Locked)},
	{"replicas of another account", replicaFile, replicates + `AWS = "[^"]+"`, `${1}AWS = "arn:aws:iam::998877665544:root"`, by(proof.Copied)},
	{"replicas of another role", replicaFile, replicates + `("aws:PrincipalArn" = "[^"]+)"`, `$1$2-2"`, by(proof.Copied)},
	{"replicas of roles that begin alike", replicaFile, replicates + `ArnEquals( = \{\n\s+"aws:PrincipalArn" = "[^"]+)"`, `${1}ArnLike$2*"`, by(proof.Locked)},
	{"no looks at the versioning", replicaFile, looks + `          "s3:GetBucketVersioning",\n`, "$1", by(proof.Copied)},
	{"looks at the objects", replicaFile, looks + `(Resource = "[^"]+)"`, `$1$2/*"`, by(proof.Copied)},
	{"looks of the whole account", replicaFile, looks + onARN, "$1", by(proof.Private)},

	{"every distribution reads", sideFile, serving + onSource, "$1", by(proof.Private)},
	{"distributions of the account read", sideFile, serving + `StringEquals = \{\n            "AWS:SourceArn" = \S+`, "${1}StringLike = {\n            \"AWS:SourceArn\" = \"arn:aws:cloudfront::222222222222:distribution/*\"", by(proof.Private)},
	{"distributions of an account read", sideFile, serving + `"AWS:SourceArn" = \S+`, `${1}"AWS:SourceAccount" = "222222222222"`, by(proof.Private, proof.Locked)},
	{"distributions of no name read", sideFile, serving + `StringEquals( = \{\n            "AWS:SourceArn")`, `${1}StringEqualsIfExists$2`, by(proof.Private)},
	{"another distribution reads", sideFile, serving + `("AWS:SourceArn" =) \S+`, `$1$2 "arn:aws:cloudfront::222222222222:distribution/E1"`, by(proof.Installed)},
	{"another service reads", sideFile, serving + `"cloudfront\.amazonaws\.com"`, `$1"ec2.amazonaws.com"`, by(proof.Installed)},
	{"one more service reads", sideFile, serving + `"cloudfront\.amazonaws\.com"`, `$1["cloudfront.amazonaws.com", "ec2.amazonaws.com"]`, by(proof.Private)},
	{"everybody reads", sideFile, serving + `Principal = \{\n[^\n]*\n        \}`, `${1}Principal = "*"`, by(proof.Locked)},
	{"the distribution writes", sideFile, serving + `"s3:GetObject"`, `$1["s3:GetObject", "s3:PutObject"]`, by(proof.Limited)},
	{"the distribution lists", sideFile, serving + `(Action   =) "s3:GetObject"\n        Resource = "([^"]+)/\*"`, "$1$2 [\"s3:GetObject\", \"s3:ListBucket\"]\n        Resource = [\"$3/*\", \"$3\"]", by(proof.Limited, proof.Private)},
	{"another identity reads", sideFile, `E2QWRUHAPOMQZL`, `E2QWRUHAPOMQZM`, by(proof.Installed)},
	{"every user of CloudFront reads", sideFile, `AWS = "[^"]+E2QWRUHAPOMQZL"`, `AWS = "*"`, by(proof.Locked, proof.Private)},
}

// keyEdits are of key policies.
var keyEdits = []edit{
	{"key without an action of publishers", keyFile, `(?s)(# publishers write.*?)\n          "kms:GenerateDataKey",`, "$1", by(proof.Decrypted)},
	{"key without an action of replicas", keyFile, keyOfRole + `\n          "kms:Encrypt",`, "$1", by(proof.Decrypted)},
	{"key that does not decrypt for replicas", keyFile, keyOfRole + `\n          "kms:Decrypt",`, "$1", by(proof.Decrypted)},
	{"key for the organization, too", keyFile, keyOf + `(          StringEquals = \{\n)            "kms:ViaService" = (\S+)\n`, "$1$2            \"kms:ViaService\" = $3\n            \"aws:PrincipalOrgID\" = \"o-1\"\n", by(proof.Confined, proof.Decrypted)},
	{"key for whoever is not somebody", keyFile, keyOf + `ArnEquals = \{\n(\s+"aws:PrincipalArn")`, "${1}StringNotEquals = {\n \"aws:PrincipalTag/team\" = \"x\"\n}\nArnEquals = {\n$2", by(proof.Decrypted)},
	{"key with every action", keyFile, keyOf + `"kms:GenerateDataKey"`, `$1"kms:*"`, by(proof.Confined, proof.Limited)},
	{"key through another service", keyFile, keyOf + `("kms:ViaService" =) "s3`, `$1$2 "ec2`, by(proof.Decrypted)},
	{"key through every service", keyFile, keyOf + onVia, "$1", by(proof.Confined)},
	{"key of another bucket", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" =) ` + aValue, `$1$2 "arn:aws:s3:::x"`, by(proof.Decrypted)},
	{"key of every bucket", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" =) ` + aValue, `$1$2 "arn:aws:s3:::*"`, by(proof.Confined)},
	{"key of no bucket", keyFile, keyOf + onContext, "$1", by(proof.Confined)},
	{"key of objects alone", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" = \[\n)[^\n]*\n`, "$1$2", by(proof.Decrypted)},
	{"key of the bucket alone", keyFile, keyOf + `("kms:EncryptionContext:aws:s3:arn" = \[\n[^\n]*\n)[^\n]*\n`, "$1$2", by(proof.Decrypted)},
	{"key for the whole account", keyFile, keyOf + `          ArnEquals = \{\n            "aws:PrincipalArn" = ` + aValue + `\n          \}\n`, "$1", by(proof.Confined)},
	{"key for another role", keyFile, keyOf + `("aws:PrincipalArn" = "[^"]+)"`, `$1$2-2"`, by(proof.Decrypted)},
	{"key for everybody", keyFile, keyOf + `AWS = "[^"]+"`, `${1}AWS = "*"`, by(proof.Confined)},
	{"key for one more account", keyFile, keyOf + `AWS = ("[^"]+")`, `${1}AWS = [$2, "arn:aws:iam::998877665544:root"]`, by(proof.Confined)},
	{"key that nobody else may use", keyFile, `(?s)      \{\n        # [^\n]*, through S3 alone\..*?\n      \},\n`, "", by(proof.Decrypted)},
	{"key for every distribution", keyFile, keyServing + onSource, "$1", by(proof.Confined)},
	{"key for distributions of the account", keyFile, keyServing + `StringEquals = \{\n            "AWS:SourceArn" = \S+`, "${1}StringLike = {\n            \"AWS:SourceArn\" = \"arn:aws:cloudfront::222222222222:distribution/*\"", by(proof.Confined)},
	{"key for another distribution", keyFile, keyServing + `("AWS:SourceArn" =) \S+`, `$1$2 "arn:aws:cloudfront::222222222222:distribution/E1"`, by(proof.Decrypted)},
	{"key that the distribution may not use", keyFile, `(?s)      \{\n        # distribution\.\w+ reads.*?\n      \},\n`, "", by(proof.Decrypted)},
	{"key with which CloudFront encrypts", keyFile, keyServing + `"kms:Decrypt"`, `$1["kms:Decrypt", "kms:Encrypt"]`, by(proof.Limited, proof.Confined)},
	{"key without its policy", keyFile, `(?s)resource "aws_kms_key_policy" .*?\n\}\n`, "", by(proof.Encrypted)},
	{"key with two policies", keyFile, `(?s)(resource "aws_kms_key_policy" ")(\w+)(" \{.*?\n\}\n)`, "$1$2$3\n$1${2}_2$3", by(proof.Readable)},
	{"grant", keyFile, `(?s)\z`, "\nresource \"aws_kms_grant\" \"x\" {\n}\n", by(proof.Readable)},
	{"output of another key", `storage/outputs\.tf`, `aws_kms_key\.storage\.arn`, `"arn:aws:kms:eu-west-1:111111111111:key/1"`, by(proof.Decrypted, proof.Permitted)},
}

// copyingEdits are of rules and of the role that S3 acts as.
var copyingEdits = []edit{
	{"no rules", copyingFile, `(?s)resource "aws_s3_bucket_replication_configuration" .*?\n\}\n`, "", by(proof.Copied)},
	{"rules of another bucket", copyingFile, `("aws_s3_bucket_replication_configuration" "\w+" \{\n  bucket =) \S+`, `$1 "somebody-elses"`, by(proof.Copied)},
	{"rules in another role", copyingFile, `(role   =) aws_iam_role\.\w+\.arn`, `$1 "arn:aws:iam::111111111111:role/admin"`, by(proof.Copied)},
	{"no rule", copyingFile, `(?s)\n  rule \{\n.*?\n  \}\n`, "\n", by(proof.Copied)},
	{"rule switched off", copyingFile, `(priority = \d+\n    status   =) "Enabled"`, `$1 "Disabled"`, by(proof.Copied)},
	{"rule of another prefix", copyingFile, `(prefix =) "public/"`, `$1 "private/"`, by(proof.Copied)},
	{"rule of everything", copyingFile, `      prefix = "public/"\n`, "", by(proof.Copied)},
	{"rule without a filter", copyingFile, `(?s)    filter (?:\{\}|\{\n.*?\n    \})\n`, "", by(proof.Copied)},
	{"rule of fewer tags", copyingFile, `        team    = "web"\n|          team    = "web"\n`, "", by(proof.Copied)},
	{"rule of another tag", copyingFile, `(publish = )"yes"`, `$1"no"`, by(proof.Copied)},
	{"rule that keeps what is deleted", copyingFile, `(delete_marker_replication \{\n      status =) "Enabled"`, `$1 "Disabled"`, by(proof.Copied)},
	{"rule that deletes", copyingFile, `(delete_marker_replication \{\n      status =) "Disabled"`, `$1 "Enabled"`, by(proof.Copied)},
	{"rules of one priority", copyingFile, `priority = 2`, `priority = 1`, by(proof.Copied)},
	{"rule into another bucket", copyingFile, `(destination \{\n      bucket +=) "[^"]+"`, `$1 "arn:aws:s3:::somebody-elses"`, by(proof.Limited)},
	{"rule into one more bucket", copyingFile, `(\n  rule \{\n    id)`, "\n  rule {\n    id = \"x\"\n    priority = 9\n    status = \"Enabled\"\n    filter {}\n    destination {\n      bucket = \"arn:aws:s3:::somebody-elses\"\n    }\n  }\n$1", by(proof.Limited)},
	{"rule into an archive", copyingFile, `"STANDARD_IA"`, `"DEEP_ARCHIVE"`, by(proof.Copied)},
	{"rule without time control", copyingFile, `(?s)      replication_time \{.*?\n      \}\n`, "", by(proof.Copied)},
	{"rule without metrics", copyingFile, `(?s)      metrics \{.*?\n      \}\n`, "", by(proof.Copied)},
	{"time control of an hour", copyingFile, `minutes = 15`, `minutes = 60`, by(proof.Copied)},
	{"override without its account", copyingFile, `      account       = "\d+"\n|      account = "\d+"\n`, "", by(proof.Owned)},
	{"override to another account", copyingFile, `(      account +=) "\d+"`, `$1 "998877665544"`, by(proof.Owned)},
	{"override to the source", copyingFile, `(owner =) "Destination"`, `$1 "Source"`, by(proof.Owned)},
	{"override left out of the rule", copyingFile, `(?s)      access_control_translation \{.*?\n      \}\n`, "", by(proof.Limited, proof.Owned)},
	{"override within an account", `delivery/replication_(?:kept|reports)\.tf`, `(destination \{\n      bucket += "[^"]+111111111111[^"]+"\n)`, "$1      account = \"111111111111\"\n      access_control_translation {\n        owner = \"Destination\"\n      }\n", by(proof.Owned)},
	{"encrypted objects passed over", copyingFile, `(sse_kms_encrypted_objects \{\n        status =) "Enabled"`, `$1 "Disabled"`, by(proof.Decrypted)},
	{"encrypted objects left out", copyingFile, `(?s)    source_selection_criteria \{.*?\n    \}\n`, "", by(proof.Decrypted)},
	{"replicas with another key", copyingFile, `(replica_kms_key_id =) \S+`, `$1 "arn:aws:kms:eu-west-1:222222222222:key/1"`, by(proof.Decrypted)},
	{"replicas with the source's key", copyingFile, `(replica_kms_key_id =) data\S+`, `$1 data.terraform_remote_state.storage.outputs.key_arn`, by(proof.Decrypted)},
	{"replicas with an alias", copyingFile, `(replica_kms_key_id =) \S+`, `$1 "alias/aws/s3"`, by(proof.Decrypted)},
	{"replicas without a key", copyingFile, `(?s)      encryption_configuration \{.*?\n      \}\n`, "", by(proof.Decrypted)},
	{"existing objects in the rule", copyingFile, `(    status   = "Enabled"\n)`, "$1    existing_object_replication {\n      status = \"Enabled\"\n    }\n", by(proof.Readable)},
	{"rules not written out", copyingFile, `(\n  )rule \{`, "${1}dynamic \"rule\" {", by(proof.Readable)},
	{"replicas copied on", sideFile, `(?s)\A.*resource "aws_s3_bucket" "(\w+_replica)".*\z`, "$0\nresource \"aws_s3_bucket_replication_configuration\" \"x\" {\n  bucket = aws_s3_bucket.$1.bucket\n  role   = \"arn:aws:iam::111111111111:role/x\"\n}\n", by(proof.Copied)},

	{"S3's role in another service", copyingFile, `Service = "s3\.amazonaws\.com"`, `Service = "ec2.amazonaws.com"`, by(proof.Copied)},
	{"S3's role in one more service", copyingFile, `Service = "s3\.amazonaws\.com"`, `Service = ["s3.amazonaws.com", "ec2.amazonaws.com"]`, by(proof.Trusted)},
	{"S3's role in the account too", copyingFile, `(Service = "s3\.amazonaws\.com")`, "$1\n AWS = \"arn:aws:iam::111111111111:root\"", by(proof.Trusted)},
	{"S3's role in everybody", copyingFile, `(?s)Principal = \{\n\s+Service = "s3\.amazonaws\.com"\n\s+\}`, `Principal = "*"`, by(proof.Trusted)},
	{"S3's role for one account", copyingFile, `(?s)(Service = "s3\.amazonaws\.com"\n\s+\}\n\s+Action = "sts:AssumeRole"\n)`, "$1        Condition = {\n          StringEquals = {\n            \"aws:SourceAccount\" = \"111111111111\"\n          }\n        }\n", by(proof.Copied)},
	{"S3's role for Batch Replication", `delivery/replication_(?:kept|logs|old)\.tf`, `Service = "s3\.amazonaws\.com"`, `Service = ["s3.amazonaws.com", "batchoperations.s3.amazonaws.com"]`, by(proof.Trusted)},
	{"no Batch Replication", copyingFile, `"batchoperations\.s3\.amazonaws\.com"`, `"s3.amazonaws.com"`, by(proof.Copied)},
	{"S3's role of another name", copyingFile, `(name +=) "([\w-]+-replication-\w+)"`, `$1 "$2-2"`, by(proof.Copied)},
	{"S3's role without its policy", copyingFile, `(?s)resource "aws_iam_role_policy" .*?\n\}\n`, "", by(proof.Copied)},
	{"S3's role as an administrator", copyingFile, `(?s)\A.*resource "aws_iam_role" "(\w+)".*\z`, "$0\nresource \"aws_iam_role_policy_attachment\" \"x\" {\n  role       = aws_iam_role.$1.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n", by(proof.Limited)},
	{"S3's role within a boundary", copyingFile, `(resource "aws_iam_role" "\w+" \{)`, "$1\n  permissions_boundary = \"arn:aws:iam::111111111111:policy/x\"", by(proof.Readable)},
	{"no rules to read", copyingFile, `\n\s+"s3:GetReplicationConfiguration",`, "", by(proof.Copied)},
	{"no listing", copyingFile, `"s3:GetReplicationConfiguration",\n\s+"s3:ListBucket",`, `"s3:GetReplicationConfiguration",`, by(proof.Copied)},
	{"reading as everybody does", copyingFile, `"s3:GetObjectVersionForReplication"`, `"s3:GetObjectVersion"`, by(proof.Copied)},
	{"reading without ACLs", copyingFile, `\n\s+"s3:GetObjectVersionAcl",`, "", by(proof.Copied)},
	{"reading without tags", copyingFile, `\n\s+"s3:GetObjectVersionTagging",`, "", by(proof.Copied)},
	{"reading another prefix", copyingFile, `("s3:GetObjectVersionTagging",\n\s+\]\n\s+Resource = "[^"]+)/public/\*"`, `$1/private/*"`, by(proof.Copied)},
	{"reading every prefix", copyingFile, `("s3:GetObjectVersionTagging",\n\s+\]\n\s+Resource = "[^"]+)/public/\*"`, `$1/*"`, by(proof.Limited)},
	{"reading the bucket without its objects", copyingFile, `("s3:GetObjectVersionTagging",\n\s+\]\n\s+Resource = "[^"/]+)/[^"]+"`, `$1"`, by(proof.Copied)},
	{"reading everything", copyingFile, `("s3:GetObjectVersionTagging",\n\s+\]\n\s+Resource =) "[^"]+"`, `$1 "*"`, by(proof.Limited)},
	{"writing no objects", copyingFile, `\n\s+"s3:ReplicateObject",`, "", by(proof.Copied)},
	{"writing no delete markers", copyingFile, `\n\s+"s3:ReplicateDelete",`, "", by(proof.Copied)},
	{"writing no tags", copyingFile, `\n\s+"s3:ReplicateTags",`, "", by(proof.Copied)},
	{"writing with every action", copyingFile, `"s3:ReplicateObject"`, `"s3:*"`, by(proof.Limited)},
	{"writing everywhere", copyingFile, `("s3:ReplicateTags",\n\s+\]\n\s+Resource =) ` + aValue, `$1 "*"`, by(proof.Limited)},
	{"override on the bucket alone", copyingFile, `(Action   =) "s3:ObjectOwnerOverrideToBucketOwner"`, `$1 "s3:ReplicateTags"`, by(proof.Owned)},
	{"override on the bucket without its objects", copyingFile, `("s3:ObjectOwnerOverrideToBucketOwner"\n\s+Resource =) (?:\[\n\s+)?"([^"/]+)/[^"]+"`, `$1 "$2"
#`, by(proof.Owned, proof.Readable)},
	{"override refused", copyingFile, `"Allow"(\n\s+Action   = "s3:ObjectOwnerOverrideToBucketOwner")`, `"Deny"$1`, by(proof.Owned)},
	{"no decrypting at the source", copyingFile, roleAtOwn + `"kms:Decrypt"`, `$1"kms:DescribeKey"`, by(proof.Decrypted)},
	{"no encrypting at the destination", copyingFile, roleAtKey + `\n\s+"kms:Encrypt",`, "$1", by(proof.Decrypted)},
	{"no data keys at the destination", copyingFile, roleAtKey + `\n\s+"kms:GenerateDataKey",`, "$1", by(proof.Decrypted)},
	{"no decrypting at the destination", copyingFile, roleAtKey + `\n\s+"kms:Decrypt",`, "$1", by(proof.Decrypted)},
	{"keys without S3", copyingFile, onVia, "", by(proof.Limited)},
	{"keys through another service", copyingFile, `("kms:ViaService" =) "s3`, `$1 "ec2`, by(proof.Decrypted)},
	{"keys of every bucket", copyingFile, onContext, "", by(proof.Limited)},
	{"keys of another bucket", copyingFile, `("kms:EncryptionContext:aws:s3:arn" =) ` + aValue, `$1 "arn:aws:s3:::x/*"`, by(proof.Decrypted)},
	{"keys of objects alone", copyingFile, `("kms:EncryptionContext:aws:s3:arn" = \[\n).*\n`, "$1", by(proof.Decrypted)},
	{"another key at the source", copyingFile, roleAtOwn + `(Resource =) \S+`, `$1$2 "arn:aws:kms:eu-west-1:111111111111:key/1"`, by(proof.Decrypted)},
	{"every key at the destination", copyingFile, roleAtKey + `(Resource =) \S+`, `$1$2 "*"`, by(proof.Limited)},
}

// servingEdits are of distributions.
var servingEdits = []edit{
	{"no distribution", frontFile, `(?s)resource "aws_cloudfront_distribution" .*?\n\}\n`, "", by(proof.Present, proof.Readable)},
	{"distribution switched off", frontFile, `(  enabled +=) true`, `$1 false`, by(proof.Served)},
	{"distribution of another origin", frontFile, `(domain_name +=) \S+`, `$1 "www.example.org"`, by(proof.Present)},
	{"viewers without TLS", frontFile, `"redirect-to-https"`, `"allow-all"`, by(proof.Served)},
	{"old TLS", frontFile, `"TLSv1\.2_2021"`, `"TLSv1"`, by(proof.Served)},
	{"no version of TLS", frontFile, `\n +minimum_protocol_version .*`, "", by(proof.Served)},
	{"certificate of another region", frontFile, `acm:us-east-1`, `acm:eu-west-1`, by(proof.Served)},
	{"certificate of an address of its own", frontFile, `"sni-only"`, `"vip"`, by(proof.Served)},
	{"another alias", frontFile, `"www\.example\.com"`, `"example.com"`, by(proof.Served)},
	{"no index", frontFile, `  default_root_object .*\n`, "", by(proof.Served)},
	{"control that never signs", frontFile, `"always"`, `"never"`, by(proof.Served)},
	{"control that signs if the viewer does not", frontFile, `"always"`, `"no-override"`, by(proof.Served)},
	{"control of another kind of origin", frontFile, `(origin_access_control_origin_type =) "s3"`, `$1 "lambda"`, by(proof.Served)},
	{"no control", frontFile, ` +origin_access_control_id .*\n`, "", by(proof.Served)},
	{"another control", frontFile, `(origin_access_control_id +=) \S+`, `$1 "E1"`, by(proof.Served)},
	{"another identity", frontFile, `(origin_access_identity +=) \S+`, `$1 "origin-access-identity/cloudfront/E1"`, by(proof.Served)},
	{"viewers who put", frontFile, `("HEAD",)(\n\s+\]\n\s+cached)`, `$1 "PUT",$2`, by(proof.Served)},
	{"a second origin", frontFile, `(\n  default_cache_behavior \{)`, "\n  origin {\n    origin_id = \"x\"\n    domain_name = \"www.example.org\"\n  }\n$1", by(proof.Served)},
	{"a second behaviour", frontFile, `(\n  default_cache_behavior \{)`, "\n  ordered_cache_behavior {\n    path_pattern = \"x/*\"\n    target_origin_id = \"bucket\"\n    viewer_protocol_policy = \"allow-all\"\n  }\n$1", by(proof.Served)},
	{"code at the edge", frontFile, `(  default_cache_behavior \{\n)`, "$1    function_association {\n      event_type = \"viewer-request\"\n      function_arn = \"x\"\n    }\n", by(proof.Readable)},
	{"no security headers", frontFile, ` +response_headers_policy_id .*\n`, "", by(proof.Served)},
	{"another cache", frontFile, `(cache_policy_id +=) \S+`, `$1 "x"`, by(proof.Served)},
	{"logs elsewhere", frontFile, `(logging_config \{\n(?:.*\n)*?    bucket +=) \S+`, `$1 "x.s3.amazonaws.com"`, by(proof.Served)},
	{"no logs", frontFile, `(?s)  logging_config \{.*?\n  \}\n`, "", by(proof.Served)},
}

// indexEdits are of package indexes, their proxies, and the ways to them.
var indexEdits = []edit{
	{"readers from anywhere", indexFile, installs[:len(installs)-1] + `(?:.*?)\n        \}\n)`, "Action = \"s3:GetObject\"\n Resource = \"*\"\n", by(proof.Private)},
	{"readers through another endpoint", indexFile, `(StringEquals = \{\n            "aws:SourceVpce" =) \S+`, `$1 "vpce-1"`, by(proof.Installed)},
	{"readers through one more endpoint", indexFile, `(StringEquals = \{\n            "aws:SourceVpce" =) (\S+)`, `$1 [$2, "vpce-1"]`, by(proof.Private)},
	{"readers through every endpoint", indexFile, `StringEquals( = \{\n            "aws:SourceVpce" =) \S+`, `StringLike$1 "*"`, by(proof.Private)},
	{"readers through no endpoint", indexFile, `StringEquals( = \{\n            "aws:SourceVpce")`, `StringEqualsIfExists$1`, by(proof.Private)},
	{"readers in a private range", indexFile, `StringEquals = \{\n            "aws:SourceVpce" = \S+`, "IpAddress = {\n\"aws:VpcSourceIp\" = \"10.0.0.0/20\"", by(proof.Private)},
	{"readers of a private range in SourceIp", indexFile, `StringEquals = \{\n            "aws:SourceVpce" = \S+`, "IpAddress = {\n\"aws:SourceIp\" = \"10.0.0.0/20\"", by(proof.Installed)},
	{"readers in another VPC", indexFile, `(StringEquals = \{\n            )"aws:SourceVpce" = \S+`, `$1"aws:SourceVpc" = "vpc-1"`, by(proof.Installed)},
	{"readers by two ways at once", indexFile, `(StringEquals = \{\n            "aws:SourceVpce" = \S+\n          \}\n)`, "$1          IpAddress = {\n            \"aws:SourceIp\" = \"198.51.100.9\"\n          }\n", by(proof.Installed)},
	{"readers from everywhere", indexFile, `("s3:GetObject"(?:.*\n)+?          IpAddress = \{\n            "aws:SourceIp" =) ` + aValue, `$1 "0.0.0.0/0"`, by(proof.Private)},
	{"readers from more addresses", indexFile, `("s3:GetObject"(?:.*\n)+?          IpAddress = \{\n            "aws:SourceIp" = (?:\[\n\s+)?"\d+\.\d+\.\d+)\.\d+(?:/\d+)?"`, `$1.0/24"`, by(proof.Private)},
	{"readers from another address", indexFile, `("s3:GetObject"(?:.*\n)+?          IpAddress = \{\n            "aws:SourceIp" = (?:\[\n\s+)?")\d+\.\d+\.\d+\.\d+(?:/\d+)?"`, `${1}203.0.113.77"`, by(proof.Installed)},
	{"readers with IfExists", indexFile, `("s3:GetObject"(?:.*\n)+?          IpAddress)( = \{\n            "aws:SourceIp")`, `${1}IfExists$2`, by(proof.Private)},
	{"readers who list", indexFile, `(Action    =) "s3:GetObject"`, `$1 ["s3:GetObject", "s3:ListBucket"]`, by(proof.Limited, proof.Private)},
	{"readers who do everything", indexFile, `(Action    =) "s3:GetObject"`, `$1 "s3:*"`, by(proof.Limited)},
	{"readers who sign", indexFile, `Principal = "\*"(\n        Action    = "s3:GetObject")`, "Principal = {\n AWS = \"arn:aws:iam::111111111111:root\"\n }$1", by(proof.Installed)},
	{"administrators refused", indexFile, `\n +"arn:aws:iam::111111111111:role/(?:admin|terraform)",`, "", by(proof.Governed)},
	{"endpoint of somebody else told", `network/outputs\.tf`, `aws_vpc_endpoint\.\w+_s3\.id`, `"vpce-1"`, by(proof.Installed, proof.Published)},
	{"publishing build without its action", `delivery/runner_\w+\.tf`, `\n\s+"s3:PutObject",`, "", by(proof.Published)},
	{"publishing build on every bucket", `delivery/runner_\w+\.tf`, `("s3:PutObject",\n\s+\]\n\s+Resource =) ` + aValue, `$1 "*"`, by(proof.Limited)},
	{"publishing role without its action", `identity/role_\w+\.tf`, `\n\s+"s3:PutObject",`, "", by(proof.Published)},
	{"publishing role on every bucket", `identity/role_\w+\.tf`, `("s3:PutObject",\n\s+\]\n\s+Resource =) ` + aValue, `$1 "*"`, by(proof.Limited)},
	{"publishing role with a key of its own", `identity/role_\w+\.tf`, `(?s)(        Action = \[\n          "kms:Decrypt",.*?)        Condition = \{.*?\n        \}\n`, "$1", by(proof.Limited)},
	{"endpoint that lets no packages through", endpoints, `Action    = "s3:GetObject"\n        Resource  = "arn:aws:s3:::(?:postern|acme)`, "Action    = \"s3:GetObject\"\n        Resource  = \"arn:aws:s3:::other", by(proof.Installed, proof.Permitted)},

	{"proxy for everybody", indexFile, invokes + `        Condition = \{.*?\n        \}\n`, "$1", by(proof.Private)},
	{"proxy from everywhere", indexFile, invokes + `("aws:SourceIp" =) ` + aValue, `$1$2 "0.0.0.0/0"`, by(proof.Private)},
	{"proxy from more addresses", indexFile, invokes + `("aws:SourceIp" =) ` + aValue, `$1$2 "192.0.2.0/24"`, by(proof.Private)},
	{"proxy from another address", indexFile, invokes + `("aws:SourceIp" =) ` + aValue, `$1$2 "203.0.113.77"`, by(proof.Installed)},
	{"proxy without its policy", indexFile, `(?s)resource "aws_api_gateway_rest_api_policy" .*?\n\}\n`, "", by(proof.Private, proof.Readable)},
	{"proxy that writes", indexFile, `(httpMethod  =) "GET"`, `$1 "PUT"`, by(proof.Proxied)},
	{"proxy that is put to", indexFile, `        get = \{`, `        put = {`, by(proof.Proxied)},
	{"proxy of another bucket", indexFile, `:s3:path/[\w-]+`, `:s3:path/somebody-elses`, by(proof.Proxied)},
	{"proxy as its caller", indexFile, `(credentials =) \S+`, `$1 "arn:aws:iam::*:user/*"`, by(proof.Proxied)},
	{"proxy that passes nothing on", indexFile, ` +"integration\.request\.path\.project" = \S+\n`, "", by(proof.Proxied)},
	{"proxy with a policy inside", indexFile, `(    openapi = \S+\n)`, "$1    x-amazon-apigateway-policy = {}\n", by(proof.Readable)},
	{"proxy for one network", indexFile, `"REGIONAL"`, `"PRIVATE"`, by(proof.Proxied)},
	{"proxy of another deployment", indexFile, `(deployment_id =) \S+`, `$1 "x"`, by(proof.Proxied)},
	{"proxy whose policy is not deployed", indexFile, `    policy = aws_api_gateway_rest_api_policy\S+\n`, "", by(proof.Proxied)},
	{"proxy's role in another service", indexFile, `"apigateway\.amazonaws\.com"`, `"ec2.amazonaws.com"`, by(proof.Proxied)},
	{"proxy's role in one more service", indexFile, `"apigateway\.amazonaws\.com"`, `["apigateway.amazonaws.com", "lambda.amazonaws.com"]`, by(proof.Trusted)},
	{"proxy's role that writes", indexFile, `(Effect   = "Allow"\n        Action   =) "s3:GetObject"`, `$1 ["s3:GetObject", "s3:PutObject"]`, by(proof.Limited)},
	{"proxy's role on every bucket", indexFile, `(Effect   = "Allow"\n        Action   = "s3:GetObject"\n        Resource =) "[^"]+"`, `$1 "*"`, by(proof.Limited)},
	{"one more method of the proxy", indexFile, `(?s)\z`, "\nresource \"aws_api_gateway_method\" \"x\" {\n}\n", by(proof.Readable)},
}

// publishedSamples are the trees that have buckets: of a spec with what no example has, and of the examples.
func publishedSamples(t *testing.T) []sample {
	t.Helper()
	own := fromSpec(t, published)
	own.name = "published"
	all := []sample{own}
	for _, s := range samples(t) {
		if len(s.topology.Buckets) > 0 {
			s.alike = true
			all = append(all, s)
		}
	}
	return all
}

func TestCarelessEditsOfBucketsAreNoticed(t *testing.T) {
	tried, noticed := score(t, bucketEdits, publishedSamples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed, tried, len(bucketEdits))
}
