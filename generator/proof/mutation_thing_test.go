package proof_test

import (
	"testing"

	"github.com/postern-dev/postern/generator/proof"
)

const (
	topic   = `storage/topic_\w+\.tf`
	inClear = `(?s)      \{\n        # Nothing is asked in the clear.*?\n      \},\n`
	publish = `"sns:Publish"\n\s+Resource = `
)

// thingEdits are what somebody could do to things that are told of once for all: see proof/thing.go.
var thingEdits = []edit{
	{"topic renamed", topic, `(name\s+= "[^"]+)"`, `$1-2"`, because(proof.Present)},
	{"topic without a key", topic, `  kms_master_key_id .*\n`, "", because(proof.Encrypted)},
	{"topic with another key", topic, `kms_master_key_id = .*`, `kms_master_key_id = "alias/aws/sns"`, because(proof.Encrypted)},
	{"topic that signs otherwise", topic, `(  name +=)`, "  signature_version = 1\n$1", because(proof.Readable)},
	{"topic without a policy", topic, `(?s)resource "aws_sns_topic_policy" .*?\n\}\n`, "", because(proof.Veiled)},
	{"topic with two policies", topic, `(?s)(resource "aws_sns_topic_policy" ")(.*?\n\}\n)`, "$1$2$1x_$2", because(proof.Readable)},
	{"policy of another topic", topic, `arn = aws_sns_topic\.\w+\.arn`, `arn = "arn:aws:sns:eu-west-1:111111111111:x"`, because(proof.Veiled)},
	{"topic in the clear", topic, inClear, "", because(proof.Veiled, proof.Understood)},
	{"topic that is published to in the clear", topic, `          "sns:Publish",\n`, "", because(proof.Veiled)},
	{"topic in the clear for one", topic, `Principal = "\*"`, `Principal = { AWS = "arn:aws:iam::111111111111:root" }`, because(proof.Veiled)},
	{"topic closed to everyone", topic, `(?s)        Condition = \{\n          Bool = \{.*?\n        \}\n`, "", because(proof.Open)},
	{"topic closed over TLS", topic, `"aws:SecureTransport" = "false"`, `"aws:SecureTransport" = "true"`, because(proof.Open)},
	{"topic for a whole account", topic, caller, "", because(proof.Closed)},
	{"topic for everyone", topic, `(?s)AWS = "arn:[^"]+"(.*?)` + caller, `AWS = "*"$1`, because(proof.Closed)},
	{"topic for a service", topic, `AWS = "arn:[^"]+"`, `Service = "events.amazonaws.com"`, because(proof.Permitted)},
	{"topic for a service too", topic, `(AWS = "arn:[^"]+")(?s:(.*?)` + caller + `)`, "$1\n Service = \"events.amazonaws.com\"$2", because(proof.Closed)},
	{"topic for roles that begin alike", topic, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "arn:[^"]+role/)[^"]+`, "ArnLike = {${1}*", because(proof.Closed)},
	{"topic for another role", topic, `("aws:PrincipalArn" = "[^"]+)"`, `$1-2"`, because(proof.Permitted)},
	{"topic that is subscribed to", topic, publish, "[\"sns:Publish\", \"sns:Subscribe\"]\n Resource = ", because(proof.Limited)},
	{"key of a topic for another role", storageKey, `("aws:PrincipalArn" = "[^"]+runner-release)"`, `$1-2"`, because(proof.Confined, proof.Decrypted)},
	{"key of a topic via another service", storageKey, `"kms:ViaService" = "sns\.`, `"kms:ViaService" = "sqs.`, because(proof.Confined, proof.Decrypted)},
	{"role on every topic", delivery, `(?s)"sns:Publish"\n\s+Resource = \[.*?\]`, "\"sns:Publish\"\n Resource = \"*\"", because(proof.Limited)},
	{"role on one topic", delivery, `(Resource = \[\n)\s+"arn:aws:sns:[^"]+",\n`, "$1", because(proof.Permitted)},
	{"endpoint to one topic", endpoints, `(Resource = \[\n)\s+"arn:aws:sns:[^"]+",\n`, "$1", because(proof.Permitted, proof.Connected)},
}

func TestEditsOfThingsAreNoticed(t *testing.T) {
	tried, noticed := score(t, thingEdits, samples(t))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed, tried, len(thingEdits))
}
