package proof_test

import (
	"testing"

	"github.com/postern-dev/postern/generator/proof"
)

// let is a statement that lets a role of the account in by itself, whatever policies of its own it has.
func let(action, resource string) string {
	return "      {\n        Effect = \"Allow\"\n        Principal = {\n          AWS = \"arn:aws:iam::111111111111:role/somebody\"\n        }\n" +
		"        Action = \"" + action + "\"\n        Resource = \"" + resource + "\"\n      },\n"
}

// setEdits are such that nobody who is tried by name comes through, and somebody does.
var setEdits = []edit{
	{"S3's role with tags", copyingFile, `(Action =) "sts:AssumeRole"`, `$1 ["sts:AssumeRole", "sts:TagSession"]`, by(proof.Trusted)},
	{"proxy's role with tags", indexFile, `(Action =) "sts:AssumeRole"`, `$1 ["sts:AssumeRole", "sts:TagSession"]`, by(proof.Trusted)},
	{"S3's role with every way to assume it", copyingFile, `(Action =) "sts:AssumeRole"`, `$1 "sts:AssumeRole*"`, by(proof.Limited)},
	{"keys through one more service", copyingFile, `("kms:ViaService" =) ("s3[^"]+")`, `$1 [$2, "dynamodb.eu-west-1.amazonaws.com"]`, by(proof.Limited)},
	{"keys through services that begin alike", copyingFile, `StringEquals( = \{\n +"kms:ViaService" = "s3)[^"]+"`, `StringLike$1*"`, by(proof.Limited)},
	{"keys of one more bucket", copyingFile, `("kms:EncryptionContext:aws:s3:arn" = \[\n)`, "$1              \"arn:aws:s3:::somebody-elses\",\n", by(proof.Limited)},
	{"keys of buckets that begin alike", copyingFile, `("kms:EncryptionContext:aws:s3:arn" = \[\n +"[^"]+)"`, `$1*"`, by(proof.Limited)},
	{"reading what begins alike", copyingFile, `("s3:GetObjectVersionTagging",\n\s+\]\n\s+Resource = "[^"]+/publi)c/\*"`, `$1*"`, by(proof.Limited)},
	{"a role of the account at the bucket", bucketFile, firstOfBucket, "$1" + let("s3:GetObject", "$3/*") + "$2", by(proof.Private, proof.Limited)},
	{"a role of the account at the key", keyFile, firstOfKey, "$1" + let("kms:Decrypt", "*"), by(proof.Confined)},
	{"key for grants", keyFile, keyOf + `"kms:GenerateDataKey"`, `$1"kms:CreateGrant", "kms:GenerateDataKey"`, by(proof.Limited, proof.Confined)},
	{"writers with a tag", bucketFile, `(        Condition = \{\n)(          ArnNotEquals = \{\n\s+"aws:PrincipalArn")`, "$1 StringNotEquals = {\n \"aws:PrincipalTag/team\" = \"web\"\n}\n$2", by(proof.Locked)},
	{"writers until a day", bucketFile, `(        Condition = \{\n)(          ArnNotEquals = \{\n\s+"aws:PrincipalArn")`, "$1 DateLessThan = {\n \"aws:CurrentTime\" = \"2030-01-01T00:00:00Z\"\n}\n$2", by(proof.Locked)},
	{"TLS for names of some length", bucketFile, objectsUnderTLS, `$1/???*"`, by(proof.Secured)},
}

func TestEditsThatOpenNothingToAnybodyByNameAreNoticed(t *testing.T) {
	tried, noticed := score(t, setEdits, publishedSamples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed, tried, len(setEdits))
}
