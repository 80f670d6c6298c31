package proof_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/postern-dev/postern/generator/proof"
)

const (
	firstOfBucket = `(?s)(resource "aws_s3_bucket_policy" "\w+" \{.*?Statement = \[\n)(.*?Resource = \[\n +"([^"]+)")`
	firstOfRole   = `(?s)(resource "aws_iam_role_policy" "\w+" \{.*?Statement = \[\n)`
	firstOfKey    = `(    Statement = \[\n)`
	accountsOwn   = `("Account"(?:.*\n)+?        Action   =) "kms:\*"`
)

// refusing is a Deny of a bucket's policy that is about the bucket itself.
func refusing(action string) edit {
	return edit{"nobody may " + action, bucketFile, firstOfBucket, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"" + action + "\"\n        Resource = \"$3\"\n" +
		"        Condition = {\n          ArnNotEquals = {\n            \"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:role/somebody\"\n          }\n        }\n      },\n$2", by(proof.Governed)}
}

// probing is a Deny of an identity policy or a key's that tests a key of which no claim knows what it is.
func probing(name, file, first, key string, c ...proof.Claim) edit {
	return edit{name + ": " + key, file, first, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"*\"\n        Resource = \"*\"\n" +
		"        Condition = {\n          StringEquals = {\n            \"" + key + "\" = \"x\"\n          }\n        }\n      },\n", c}
}

// lockEdits lock somebody out.
var lockEdits = slices.Concat([]edit{
	refusing("s3:*"), refusing("s3:PutEncryptionConfiguration"), refusing("s3:PutBucketOwnershipControls"), refusing("s3:PutBucketPublicAccessBlock"),
	refusing("s3:PutReplicationConfiguration"), refusing("s3:DeleteBucket"), refusing("s3:GetBucketAcl"), refusing("s3:ListBucketVersions"),
	{"nobody else reads", bucketFile, `("NobodyElseWrites"(?:.*\n)+?          )"s3:AbortMultipartUpload",\n`, "$1\"s3:AbortMultipartUpload\",\n          \"s3:Get*\",\n", by(proof.Governed)},

	{"nobody else writes, of no resource", bucketFile, `("NobodyElseWrites"(?:.*\n)+?)        Resource = "[^"]+"\n`, "$1", by(proof.Understood)},
	{"proxy of no resource", indexFile, `        Resource  = "\$\{aws_api_gateway_rest_api\.\w+\.execution_arn\}/\*"\n`, "", by(proof.Understood)},
	{"key whose policy stays", keyFile, firstOfKey, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"kms:PutKeyPolicy\"\n        Resource = \"*\"\n      },\n", by(proof.Decrypted)},
	{"key that its account uses alone", keyFile, accountsOwn, `$1 "kms:Decrypt"`, by(proof.Decrypted)},
	{"key that its account does not delete", keyFile, accountsOwn, `$1 ["kms:Create*", "kms:Decrypt", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*"]`, by(proof.Decrypted)},
	{"key that may lock everybody out", keyFile, `(resource "aws_kms_key" "\w+" \{)`, "$1\n  bypass_policy_lockout_safety_check = true", by(proof.Readable)},
	{"key's policy that may lock everybody out", keyFile, `(resource "aws_kms_key_policy" "\w+" \{)`, "$1\n  bypass_policy_lockout_safety_check = true", by(proof.Readable)},
	probing("key that tests", keyFile, firstOfKey, "kms:CallerAccount", proof.Decrypted, proof.Confined),
	probing("key that tests", keyFile, firstOfKey, "aws:RequestedRegion", proof.Decrypted, proof.Confined),

	{"publishers with a hole in their range", bucketFile, `(NotIpAddress = \{\n            "aws:SourceIp" = \[\n) +"198\.51\.100\.4/30",`, "$1              \"198.51.100.4/32\",\n              \"198.51.100.7/32\",", by(proof.Published)},
	{"publishers with a hole in IPv6", bucketFile, `(NotIpAddress = \{\n            "aws:SourceIp" = \[\n(?:.*\n)*?) +"2001:db8::/64",`, "$1              \"2001:db8::/65\",\n              \"2001:db8::c000:0:0:0/66\",", by(proof.Published)},
	{"proxy with a hole in its range", indexFile, invokes + `("aws:SourceIp" =) ` + aValue, `$1$2 ["192.0.2.0/26", "192.0.2.96/27"]`, by(proof.Installed)},
	{"proxy that refuses in its range", indexFile, `(?s)(resource "aws_api_gateway_rest_api_policy".*?Statement = \[\n)`, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"execute-api:Invoke\"\n        Resource = \"*\"\n" +
		"        Condition = {\n          IpAddress = {\n            \"aws:SourceIp\" = \"192.0.2.77\"\n          }\n        }\n      },\n", by(proof.Installed)},
	{"publishers refused in their range", bucketFile, firstOfBucket + `(.*198\.51\.100\.4/30)`, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"s3:PutObject*\"\n        Resource = \"$3/*\"\n" +
		"        Condition = {\n          IpAddress = {\n            \"aws:SourceIp\" = [\"198.51.100.5/32\", \"198.51.100.7/32\"]\n          }\n        }\n      },\n$2$4", by(proof.Published)},

	{"replicas refused in a folder", replicaFile, firstOfBucket, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"s3:Replicate*\"\n        Resource = \"$3/reports/secret/*\"\n      },\n$2", by(proof.Copied)},
	{"replicas refused in a folder, by S3's role", copyingFile, firstOfRole + `(.*?"s3:ReplicateTags",\n +\]\n +Resource = (?:\[\n +)?"([^"*]+)\*")`, "$1      {\n        Effect = \"Deny\"\n        Action = \"s3:Replicate*\"\n        Resource = \"${3}secret/*\"\n      },\n$2", by(proof.Copied)},
}, inRoles("aws:RequestedRegion"), inRoles("aws:PrincipalTag/team"))

// inRoles are Denies in the policies of roles.
func inRoles(key string) (out []edit) {
	for name, of := range map[string]struct {
		file  string
		claim proof.Claim
	}{
		"S3's role tests": {copyingFile, proof.Copied}, "proxy's role tests": {indexFile, proof.Proxied},
		"build tests": {`delivery/runner_\w+\.tf`, proof.Permitted}, "role tests": {`identity/role_\w+\.tf`, proof.Permitted},
	} {
		e := probing(name, of.file, firstOfRole, key, of.claim)
		e.with = regexp.MustCompile(`\n +Principal = "\*"`).ReplaceAllString(e.with, "")
		out = append(out, e)
	}
	return out
}

func TestCarelessEditsThatLockOutAreNoticed(t *testing.T) {
	tried, noticed := score(t, lockEdits, publishedSamples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed, tried, len(lockEdits))
}
