package proof_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

// handover is a spec of a replication across two accounts, and one that stays in its account.
const handover = `
account "ci" {
  id     = "111111111111"
  region = "eu-west-1"
}

account "web" {
  id     = "222222222222"
  region = "eu-central-1"
}

runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [replication.site, replication.copy]
}

replication "site" {
  from { account = account.ci }
  to { account = account.web }
}

replication "copy" {
  from { account = account.ci }
  to {
    account = account.ci
    region  = "eu-west-3"
  }
}
`

// Where the two replications are.
const (
	acrossFile  = "delivery/replication_site.tf"
	withinFile  = "delivery/replication_copy.tf"
	replicaSite = "web/eu-central-1/storage/replication_site.tf"
	sourceSite  = "ci/eu-west-1/storage/replication_site.tf"
	replicaKey  = "web/eu-central-1/storage/key.tf"
	sourceKey   = "ci/eu-west-1/storage/key.tf"
)

// all makes several changes.
func all(changes ...change) change {
	return func(files []tree.File) []tree.File {
		for _, c := range changes {
			files = c(files)
		}
		return files
	}
}

// overrideOff are the places where an override is written: the rule, the role and the bucket's policy.
type overrideOff struct{ rule, role, bucket change }

func noOverride(t *testing.T) overrideOff {
	return overrideOff{
		replaced(t, acrossFile, `(?s)      # [^\n]*\n      access_control_translation \{.*?\n      \}\n`, ""),
		replaced(t, acrossFile, `(?s)      \{\n        # It makes the destination's account the owner\..*?\n      \},\n`, ""),
		replaced(t, replicaSite, `(?s)(Sid    = "ReplicationWrites".*?)          "s3:ObjectOwnerOverrideToBucketOwner",\n`, "$1"),
	}
}

// TestReplicaNobodyMayHandOver: a rule that makes the destination the owner, which nothing allows; the role holds no action
// of KMS, though objects are encrypted, and reads as everybody does.
func TestReplicaNobodyMayHandOver(t *testing.T) {
	s, off := fromSpec(t, handover), noOverride(t)
	translated := replaced(t, withinFile, `(    destination \{\n.*\n)`, "$1\n      access_control_translation {\n        owner = \"Destination\"\n      }\n")
	noKeys := func(file string) change {
		return replaced(t, file, `(?s)      \{\n        # S3 decrypts what it reads\..*?\n      \},\n      \{\n.*?\n      \},\n`, "")
	}
	readsAsEverybody := func(file string) change {
		return replaced(t, file, `(?s)          "s3:GetObjectVersionAcl",\n          "s3:GetObjectVersionForReplication",\n          "s3:GetObjectVersionTagging",\n`, "          \"s3:GetObjectVersion\",\n          \"s3:GetObjectVersionAcl\",\n")
	}
	tests := map[string]struct {
		change change
		want   []string
	}{
		"as it was published, in one account": {all(translated, noKeys(withinFile), readsAsEverybody(withinFile)), []string{
			"replication.copy stays in its account, and the rule", "may s3:GetObjectVersionForReplication", "no statement of the identity policy allows it",
			"replication.copy uses the key of postern-copy-111111111111-eu-west-1, and is refused", "may kms:Decrypt", "replication.copy uses the key of postern-copy-111111111111-eu-west-3, and is refused",
		}},
		"copied across two": {all(off.role, off.bucket, noKeys(acrossFile), readsAsEverybody(acrossFile)), []string{
			"replication.site hands over what it copies into postern-site-222222222222-eu-central-1, and is refused", "replication.site reads postern-site-111111111111-eu-west-1, and is refused",
			"replication.site uses the key of postern-site-111111111111-eu-west-1, and is refused", "replication.site uses the key of postern-site-222222222222-eu-central-1, and is refused",
		}},
		"the action on the role only":   {off.bucket, []string{"may s3:ObjectOwnerOverrideToBucketOwner", "no statement of the resource policy allows it"}},
		"the action on the bucket only": {off.role, []string{"may s3:ObjectOwnerOverrideToBucketOwner", "no statement of the identity policy allows it"}},
		"the action on no objects, in the role": {
			replaced(t, acrossFile, `("s3:ObjectOwnerOverrideToBucketOwner"\n +Resource = "[^"]+)/\*"`, `$1"`), []string{"replication.site hands over what it copies into postern-site-222222222222-eu-central-1, and is refused"},
		},
		"the action on no objects, in the bucket": {
			replaced(t, replicaSite, `(?s)(Sid    = "ReplicationWrites".*?Resource = "[^"]+)/\*"`, `$1"`), []string{"replication.site copies into postern-site-222222222222-eu-central-1, and is refused", "may s3:ObjectOwnerOverrideToBucketOwner"},
		},
		"the rule without the account":      {replaced(t, acrossFile, `      account = "\d+"\n`, ""), []string{`hands replicas over to the account ""`}},
		"the rule with another account":     {replaced(t, acrossFile, `      account = "\d+"`, `      account = "111111111111"`), []string{`hands replicas over to the account "111111111111"`}},
		"no override and no owner":          {all(off.rule, off.role, off.bucket, replaced(t, replicaSite, `"BucketOwnerEnforced"`, `"ObjectWriter"`)), []string{"account.web may not read them"}},
		"an override within the account":    {translated, []string{"replication.copy stays in its account"}},
		"no versions at the source":         {replaced(t, sourceSite, `(versioning_configuration \{\n    status =) "Enabled"`, `$1 "Suspended"`), []string{"keeps no versions"}},
		"no versions at the destination":    {replaced(t, replicaSite, `(versioning_configuration \{\n    status =) "Enabled"`, `$1 "Suspended"`), []string{"keeps no versions"}},
		"no decrypting, in the role":        {replaced(t, acrossFile, `(?s)(# S3 decrypts what it reads\..*?)"kms:Decrypt"`, `$1"kms:DescribeKey"`), []string{"replication.site uses the key of postern-site-111111111111-eu-west-1, and is refused", "may kms:Decrypt"}},
		"no decrypting, in the key":         {replaced(t, sourceKey, `"kms:\*"`, `"kms:Describe*"`), []string{"account.ci has its own key, and is refused"}},
		"no encrypting, in the role":        {replaced(t, acrossFile, `\n +"kms:Encrypt",`, ""), []string{"replication.site uses the key of postern-site-222222222222-eu-central-1, and is refused", "may kms:Encrypt"}},
		"no encrypting, in the key":         {replaced(t, replicaKey, `\n +"kms:Encrypt",`, ""), []string{"replication.site writes replicas into `postern-site-222222222222-eu-central-1`, and is refused", "may kms:Encrypt"}},
		"encrypted objects that are passed": {replaced(t, acrossFile, `(sse_kms_encrypted_objects \{\n        status =) "Enabled"`, `$1 "Disabled"`), []string{"passes over what a KMS key encrypts"}},
	}
	for name, test := range tests {
		bad := reasons(proof.Prove(s.topology, test.change(s.files)))
		for _, want := range test.want {
			assert.Contains(t, bad, want, name)
		}
	}
	assert.Empty(t, proof.Prove(s.topology, s.files).Failures, "the action on both sides")
	twin := proof.Prove(s.topology, all(off.rule, off.role, off.bucket)(s.files))
	assert.Empty(t, reasons(twin), "no override, and a bucket without ACLs")
}

// TestBucketsThatRefuseOrAdmitEverybody: shapes of policies that are often published, and their twins.
func TestBucketsThatRefuseOrAdmitEverybody(t *testing.T) {
	s := fromSpec(t, published)
	const index = "ci/eu-west-1/storage/package_index_python.tf"
	reader := func(condition string) change {
		return replaced(t, index, `(Action    = "s3:GetObject"\n.*\n        Condition = \{\n)          StringEquals = \{\n.*\n          \}\n`, "$1 "+condition+"\n")
	}
	tests := map[string]struct {
		change change
		want   string
	}{
		"a public address of those behind an endpoint": {reader(`IpAddress = { "aws:SourceIp" = "198.51.100.0/24" }`), "the request has no aws:SourceIp"},
		"a private range":                      {reader(`IpAddress = { "aws:SourceIp" = "10.0.0.0/20" }`), "the request has no aws:SourceIp"},
		"a private range of whichever network": {reader(`IpAddress = { "aws:VpcSourceIp" = "10.0.0.0/20" }`), "aws:SourceVpce = other, aws:VpcSourceIp = 10.0.0.0: allowed by"},
		"an absent key that counts as true":    {reader(`IpAddressIfExists = { "aws:SourceIp" = "198.51.100.0/24" }`), "eu-west-1/other with aws:SecureTransport = true: allowed by"},
		"every endpoint but one's own":         {reader(`StringNotEquals = { "aws:SourceVpce" = "vpce-1" }`), "eu-west-1/other with aws:SecureTransport = true: allowed by"},
	}
	for name, test := range tests {
		assert.Contains(t, reasons(proof.Prove(s.topology, test.change(s.files))), test.want, name)
	}
	split := replaced(t, "ci/eu-west-1/storage/replication_web.tf", `(NotIpAddress = \{\n(?:.*\n)+?          \}\n)(          StringNotEquals = \{\n            "aws:SourceVpce" = \S+\n          \}\n)`,
		"$1        }\n      },\n      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"s3:PutObject\"\n        Resource = \"*\"\n        Condition = {\n"+
			"ArnEquals = {\n \"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:role/mover\"\n}\n$2")
	bad := reasons(proof.Prove(s.topology, split(s.files)))
	assert.Contains(t, bad, "runner.mover publishes replication.web, and is refused: arn:aws:sts::111111111111:assumed-role/mover/session may s3:PutObject on arn:aws:s3:::postern-web-111111111111-eu-west-1/public/other with aws:SecureTransport = true, aws:SourceIp = ${")
	assert.Contains(t, bad, "aws:SourceVpce = ${ci.eu-west-1.network.aws_vpc_endpoint.moving_s3.id}: denied by statement")
}
