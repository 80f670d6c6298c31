package proof_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/proof"
	"github.com/postern-dev/postern/generator/tree"
)

// An edit is something careless that somebody could do to the emitted Terraform: in files of a name, the first match of a
// pattern is replaced. What it must be noticed by is one of the claims.
type edit struct {
	name    string
	file    string // the end of the file's path
	pattern string
	with    string
	claims  []proof.Claim
}

// Patterns of text that several edits change.
const (
	sourceAccount = `(?s)          StringEquals = \{\n            "aws:SourceAccount" = "\d+"\n          \}\n`
	sourceARN     = `(?s)          ArnEquals = \{\n            "aws:SourceArn" = "[^"]+"\n          \}\n`
	caller        = `(?s)        Condition = \{\n          ArnEquals = \{\n            "aws:PrincipalArn" = "[^"]+"\n          \}\n        \}\n`
	role          = `runner_\w+\.tf`
	endpoints     = `network/endpoints_\w+\.tf`
	network       = `network/network_\w+\.tf`
	group         = `network/runner_\w+\.tf`
	delivery      = `delivery/runner_\w+\.tf`
	image         = `storage/image_\w+\.tf`
	storageKey    = `storage/key\.tf`
)

var edits = []edit{
	// Who may assume the role.
	{"trust without the project", delivery, sourceARN, "", because(proof.Trusted)},
	{"trust without the account", delivery, sourceAccount, "", because(proof.Trusted)},
	{"trust without conditions", delivery, `(?s)        Condition = \{\n` + sourceAccount[4:] + sourceARN[4:] + `        \}\n`, "", because(proof.Trusted)},
	{"trust in any project of the account", delivery, `ArnEquals = \{(\n\s+"aws:SourceArn" = "[^"]+project/)[^"]+`, "ArnLike = {${1}*", because(proof.Trusted)},
	{"trust in project names that begin alike", delivery, `ArnEquals = \{(\n\s+"aws:SourceArn" = "[^"]+)"`, "ArnLike = {${1}*\"", because(proof.Trusted)},
	{"trust that an absent key passes", delivery, `ArnEquals = (\{\n\s+"aws:SourceArn")`, "ArnEqualsIfExists = $1", because(proof.Trusted)},
	{"trust in ForAllValues", delivery, `ArnEquals = (\{\n\s+"aws:SourceArn")`, `"ForAllValues:ArnEquals" = $1`, because(proof.Trusted)},
	{"trust in another project", delivery, `("aws:SourceArn" = "[^"]+)"`, `$1-2"`, because(proof.Admitted)},
	{"trust in another service", delivery, `"codebuild\.amazonaws\.com"(\n\s+\}\n\s+Action = "sts)`, `"ec2.amazonaws.com"$1`, because(proof.Admitted)},
	{"trust in two services", delivery, `Service = "codebuild\.amazonaws\.com"`, `Service = ["codebuild.amazonaws.com", "ec2.amazonaws.com"]`, because(proof.Trusted)},
	{"trust in the account too", delivery, `Service = "codebuild\.amazonaws\.com"`, "AWS = \"*\"\n Service = \"codebuild.amazonaws.com\"", because(proof.Trusted)},
	{"trust in everyone", delivery, `(?s)Principal = \{\n\s+Service = "codebuild\.amazonaws\.com"\n\s+\}`, `Principal = "*"`, because(proof.Trusted)},

	// What the role may do.
	{"role without an action", delivery, `\n\s+"logs:PutLogEvents",`, "", because(proof.Permitted)},
	{"role with every action of a service", delivery, `"logs:PutLogEvents"`, `"logs:*"`, because(proof.Limited)},
	{"role with every action", delivery, `"logs:PutLogEvents"`, `"*"`, because(proof.Limited)},
	{"role on every log", delivery, `Resource = "arn:aws[\w-]*:logs:[^"]+"`, `Resource = "*"`, because(proof.Limited)},
	{"role on every image", delivery, `Resource = "arn:aws[\w-]*:ecr:[^"]+"`, `Resource = "*"`, because(proof.Limited)},
	{"role on images that begin alike", delivery, `(Resource = "arn:aws[\w-]*:ecr:[^"]+)"`, `$1*"`, because(proof.Limited)},
	{"role on another repository", delivery, `(Resource = "arn:aws:codecommit:[^"]+)"`, `$1-2"`, because(proof.Permitted)},
	{"role on the bucket without its objects", delivery, `"(arn:aws[\w-]*:s3:::[^"/]+)/[^"]+"`, `"$1"`, because(proof.Permitted, proof.Limited)},
	{"key without ViaService", delivery, `(?s)        Condition = \{\n          StringEquals = \{\n            "kms:ViaService" = "[^"]+"\n          \}\n        \}\n`, "", because(proof.Limited)},
	{"key via another service", delivery, `"kms:ViaService" = "[^"]+"`, `"kms:ViaService" = "ec2.eu-west-1.amazonaws.com"`, because(proof.Permitted)},
	{"role on every key", delivery, `Resource = data\.terraform_remote_state\.storage\.outputs\.key_arn`, `Resource = "*"`, because(proof.Limited)},
	{"role that is denied", delivery, `Effect = "Allow"(\n\s+Action = \[\n\s+"logs:)`, `Effect = "Deny"$1`, because(proof.Permitted)},
	{"role with NotAction", delivery, `Action = (\[\n\s+"logs:)`, `NotAction = $1`, because(proof.Limited)},
	{"role of another name", delivery, `(name\s+= "[\w-]+-runner-\w+)"`, `$1-2"`, because(proof.Present)},
	{"role in another path", delivery, `(resource "aws_iam_role" "\w+" \{)`, "$1\n  path = \"/ci/\"", because(proof.Present)},
	{"policy attached to another role", delivery, `role = aws_iam_role\.\w+\.id`, `role = "somebody"`, because(proof.Permitted)},
	{"administrator attached", delivery, `(?s)\z`, "\nresource \"aws_iam_role_policy_attachment\" \"x\" {\n  role       = \"x\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n", because(proof.Readable)},
	{"managed policy in the role", delivery, `(resource "aws_iam_role" "\w+" \{)`, "$1\n  managed_policy_arns = [\"arn:aws:iam::aws:policy/AdministratorAccess\"]", because(proof.Readable)},
	{"interfaces in every subnet", delivery, `(?s)(Action = "ec2:CreateNetworkInterface"\n\s+Resource = )\[.*?\]`, `$1"*"`, because(proof.Limited)},
	{"interfaces for every service", delivery, `(?s)          StringEquals = \{\n            "ec2:AuthorizedService" = "[^"]+"\n          \}\n`, "", because(proof.Limited)},
	{"interfaces of nobody", delivery, `"ec2:DescribeSubnets",`, "", because(proof.Permitted)},

	// The project.
	{"project with another role", delivery, `service_role   = aws_iam_role\.\w+\.arn`, `service_role   = "arn:aws:iam::111111111111:role/admin"`, because(proof.Present)},
	{"project of another name", delivery, `(name\s+= "[\w-]+)"(\n\s+description)`, `$1-2"$2`, because(proof.Present)},
	{"project in no VPC", delivery, `(?s)\n  vpc_config \{.*?\n  \}\n`, "\n", because(proof.Existing)},
	{"project in another VPC", delivery, `vpc_id( +)= \S+`, `vpc_id$1= "vpc-1"`, because(proof.Existing)},
	{"project in another subnet", delivery, `(?s)subnets = \[.*?\]`, `subnets = ["subnet-1"]`, because(proof.Existing)},
	{"project in another group", delivery, `security_group_ids = \[[^\]]*\]`, `security_group_ids = ["sg-1"]`, because(proof.Fenced)},
	{"project without a key", delivery, `  encryption_key .*\n`, "", because(proof.Encrypted)},
	{"log without a key", delivery, `  kms_key_id .*\n`, "", because(proof.Encrypted)},
	{"log with another key", delivery, `(kms_key_id\s+=) .*`, `$1 "arn:aws:kms:eu-west-1:111111111111:key/1"`, because(proof.Encrypted)},
	{"log in another group", delivery, `group_name = \S+`, `group_name = "/aws/codebuild/other"`, because(proof.Present)},
	{"global STS", delivery, `"regional"`, `"legacy"`, because(proof.Regional)},

	{"project with another source", delivery, `location( +)= "[^"]+"`, `location$1= "https://example.com/x.git"`, because(proof.Present)},
	{"project with another image", delivery, `image( +)= "[^"]+"`, `image$1= "docker.io/library/x:1"`, because(proof.Present)},
	{"project that cannot run docker", delivery, `    privileged_mode = true\n`, "", because(proof.Permitted)},
	{"privileged project", delivery, `(  environment \{\n    type( +)= "LINUX_CONTAINER"\n)(.*\n.*\n.*\n\n    environment_var)`, "$1 privileged_mode = true\n$3", because(proof.Limited)},

	// Endpoints.
	{"no interface endpoint", endpoints, `(?s)resource "aws_vpc_endpoint" "\w+_logs" \{.*?\n\}\n`, "", because(proof.Connected)},
	{"no gateway endpoint", endpoints, `(?s)resource "aws_vpc_endpoint" "\w+_s3" \{.*?\n\}\n`, "", because(proof.Connected)},
	{"endpoint twice", endpoints, `(?s)(resource "aws_vpc_endpoint" ")(\w+_logs)(" \{.*?\n\}\n)`, "$1$2$3\n$1${2}_2$3", because(proof.Connected)},
	{"endpoint of another region", endpoints, `(service_name\s+= "(?:cn\.)?com\.amazonaws\.)[\w-]+`, `${1}xx-east-1`, because(proof.Connected)},
	{"private DNS off", endpoints, `private_dns_enabled = true`, `private_dns_enabled = false`, because(proof.Connected)},
	{"private DNS left out", endpoints, `  private_dns_enabled = true\n`, "", because(proof.Connected)},
	{"endpoint in another VPC", endpoints, `(resource "aws_vpc_endpoint" "\w+" \{\n  vpc_id\s+=) \S+`, `$1 "vpc-1"`, because(proof.Connected)},
	{"endpoint group in another VPC", endpoints, `(aws_security_group" "\w+" \{\n(?:  .*\n)*?  vpc_id +=) \S+`, `$1 "vpc-1"`, because(proof.Connected)},
	{"endpoint in another subnet", endpoints, `(?s)subnet_ids = \[.*?\]`, `subnet_ids = ["subnet-1"]`, because(proof.Connected)},
	{"endpoint in another group", endpoints, `security_group_ids = \[[^\]]*\]`, `security_group_ids = ["sg-1"]`, because(proof.Connected)},
	{"endpoint without a policy", endpoints, `(?s)  policy = jsonencode\(.*?\n  \}\)\n`, "", because(proof.Closed)},
	{"endpoint that only denies", endpoints, `Effect( +)= "Allow"`, `Effect$1= "Deny"`, because(proof.Permitted, proof.Connected)},
	{"endpoint for every caller", endpoints, caller, "", because(proof.Closed)},
	{"endpoint for callers that begin alike", endpoints, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "arn:[^"]+role/)[^"]+`, "ArnLike = {${1}*", because(proof.Closed)},
	{"endpoint for callers without a name", endpoints, `ArnEquals = (\{\n\s+"aws:PrincipalArn")`, "ArnEqualsIfExists = $1", because(proof.Closed)},
	{"endpoint for another role", endpoints, `("aws:PrincipalArn" = "[^"]+)"`, `$1-2"`, because(proof.Permitted)},
	{"endpoint that tests a VPC", endpoints, `(?s)(  vpc_id += (\S+)\n.*?)ArnEquals = \{\n\s+"aws:PrincipalArn" = "[^"]+"`, "${1}StringEquals = {\n\"aws:SourceVpc\" = $2", because(proof.Closed)},
	{"endpoint that tests another VPC", endpoints, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "[^"]+")`, "StringEquals = {\n\"aws:SourceVpc\" = \"vpc-1\"\n}\nArnEquals = {$1", because(proof.Permitted)},
	{"endpoint that asks for a public address", endpoints, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "[^"]+")`, "IpAddress = {\n\"aws:SourceIp\" = \"10.0.0.0/8\"\n}\nArnEquals = {$1", because(proof.Permitted)},
	{"endpoint without an action", endpoints, `\n\s+"logs:PutLogEvents",`, "", because(proof.Permitted)},
	{"endpoint with every action", endpoints, `"logs:PutLogEvents"`, `"logs:*"`, because(proof.Limited)},
	{"endpoint to everything", endpoints, `(Resource\s+=) "arn:[^"]+"`, `$1 "*"`, because(proof.Limited)},
	{"endpoint to another bucket", endpoints, `starport-layer-bucket`, `starport-layers`, because(proof.Permitted)},
	{"endpoint to every account", endpoints, `(?s)          StringEquals = \{\n            "aws:ResourceAccount" = \[.*?\]\n          \}\n`, "", because(proof.Limited)},
	{"gateway in no route table", endpoints, `route_table_ids   = \[[^\]]*\]`, `route_table_ids   = []`, because(proof.Connected)},
	{"gateway in another route table", endpoints, `route_table_ids   = \[[^\]]*\]`, `route_table_ids   = ["rtb-1"]`, because(proof.Connected)},
	{"gateway as an interface", endpoints, `"Gateway"`, `"Interface"`, because(proof.Connected)},
	{"endpoint counted away", endpoints, `(resource "aws_vpc_endpoint" "\w+" \{)`, "$1\n  count = 0", because(proof.Readable)},

	// Security groups.
	{"no way into the endpoints", endpoints, `(?s)resource "aws_vpc_security_group_ingress_rule" .*?\n\}\n`, "", because(proof.Connected)},
	{"endpoints open to every address", endpoints, `referenced_security_group_id = \S+`, `cidr_ipv4 = "0.0.0.0/0"`, because(proof.Fenced)},
	{"endpoints open to themselves", endpoints, `referenced_security_group_id = \S+`, `referenced_security_group_id = "sg-1"`, because(proof.Fenced)},
	{"endpoints open on another port", endpoints, `to_port( +)= 443`, `to_port$1= 444`, because(proof.Fenced)},
	{"endpoints open to every protocol", endpoints, `ip_protocol( +)= "tcp"`, `ip_protocol$1= "-1"`, because(proof.Fenced)},
	{"a rule inside the group", endpoints, `(resource "aws_security_group" "\w+" \{)`, "$1\n  ingress {\n    from_port = 0\n    to_port = 0\n    protocol = \"-1\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }", because(proof.Fenced)},
	{"builds cannot leave", group, `(?s)resource "aws_vpc_security_group_egress_rule" .*?\n\}\n`, "", because(proof.Connected)},
	{"builds leave to everywhere", group, `(referenced_security_group_id|prefix_list_id) += \S+`, `cidr_ipv4 = "0.0.0.0/0"`, because(proof.Fenced)},
	{"builds leave on every port", group, `from_port( +)= 443`, `from_port$1= 0`, because(proof.Fenced)},
	{"builds leave to another prefix list", group, `prefix_list_id( +)= \S+`, `prefix_list_id$1= "pl-1"`, because(proof.Connected)},
	{"builds leave to another group", group, `referenced_security_group_id = \S+`, `referenced_security_group_id = "sg-1"`, because(proof.Connected)},
	{"builds open to the VPC", group, `(?s)\A.*"aws_security_group" "(\w+)".*\z`, "$0\nresource \"aws_vpc_security_group_ingress_rule\" \"x\" {\n  security_group_id = aws_security_group.$1.id\n  cidr_ipv4 = \"10.0.0.0/8\"\n  ip_protocol = \"-1\"\n}\n", because(proof.Fenced)},
	{"group in another VPC", group, `vpc_id( +)= \S+`, `vpc_id$1= "vpc-1"`, because(proof.Existing)},
	{"default group with a rule", network, `(resource "aws_default_security_group" "\w+" \{)`, "$1\n  egress {\n    from_port = 0\n    to_port = 0\n    protocol = \"-1\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }", because(proof.Fenced)},
	{"default group as AWS makes it", network, `(?s)resource "aws_default_security_group" .*?\n\}\n`, "", because(proof.Fenced)},

	// The network.
	{"no DNS names", network, `enable_dns_hostnames = true`, `enable_dns_hostnames = false`, because(proof.Connected)},
	{"no DNS", network, `enable_dns_support   = true`, `enable_dns_support   = false`, because(proof.Connected)},
	{"internet gateway", network, `(?s)\A.*nothing in it has a way out.*"aws_vpc" "(\w+)".*\z`, "$0\nresource \"aws_internet_gateway\" \"x\" {\n  vpc_id = aws_vpc.$1.id\n}\n", because(proof.Sealed)},
	{"NAT gateway", network, `(?s)\A.*nothing in it has a way out.*"aws_subnet" "(\w+)".*\z`, "$0\nresource \"aws_nat_gateway\" \"x\" {\n  subnet_id = aws_subnet.$1.id\n}\n", because(proof.Sealed)},
	{"route out", network, `(?s)\A.*nothing in it has a way out.*"aws_route_table" "(\w+)".*\z`, "$0\nresource \"aws_route\" \"x\" {\n  route_table_id = aws_route_table.$1.id\n  destination_cidr_block = \"0.0.0.0/0\"\n  nat_gateway_id = \"nat-1\"\n}\n", because(proof.Sealed)},
	{"route inside the table", network, `(?s)\A(.*nothing in it has a way out.*"aws_route_table" "\w+" \{)`, "$1\n  route {\n    cidr_block = \"0.0.0.0/0\"\n    gateway_id = \"igw-1\"\n  }", because(proof.Sealed)},
	{"peering", network, `(?s)\z`, "\nresource \"aws_vpc_peering_connection\" \"x\" {\n  vpc_id = \"vpc-1\"\n}\n", because(proof.Readable)},
	{"transit gateway", network, `(?s)\z`, "\nresource \"aws_ec2_transit_gateway_vpc_attachment\" \"x\" {\n}\n", because(proof.Readable)},
	{"subnet without its route table", network, `(?s)resource "aws_route_table_association" .*?\n\}\n`, "", because(proof.Connected)},
	{"subnet in another VPC", network, `(resource "aws_subnet" "\w+" \{\n  vpc_id\s+=) \S+`, `$1 "vpc-1"`, because(proof.Existing, proof.Connected)},
	{"no route to the NAT gateway", network, `  nat_gateway_id .*\n`, "", because(proof.Connected)},
	{"NAT gateway in a private subnet", network, `(resource "aws_nat_gateway" "\w+" \{\n  subnet_id     = aws_subnet\.\w+)_public`, `$1`, because(proof.Connected, proof.Readable)},
	{"no internet gateway", network, `  gateway_id .*\n`, "", because(proof.Connected)},
	{"flow log left out", network, `(?s)resource "aws_flow_log" .*?\n\}\n`, "", because(proof.Observed)},
	{"flow log of what is refused", network, `"ALL"`, `"REJECT"`, because(proof.Observed)},
	{"flow logs of every account", `network/flow_logs\.tf`, `(?s)        Condition = \{.*?\n        \}\n`, "", because(proof.Trusted)},
	{"flow logs without the account", `network/flow_logs\.tf`, `            "aws:SourceAccount" .*\n`, "\"aws:SourceRegion\" = \"x\"\n", because(proof.Observed)},
	{"flow logs without the source", `network/flow_logs\.tf`, `(?s)          ArnLike = \{.*?\}\n`, "", because(proof.Trusted)},
	{"output of another group", `network/outputs\.tf`, `aws_security_group\.\w+\.id`, `"sg-1"`, because(proof.Fenced)},
	{"output that is gone", `network/outputs\.tf`, `(?s)output "\w+_security_group_id" \{.*?\n\}`, "", because(proof.Readable, proof.Present)},

	// What is stored.
	{"key that Logs may not use", storageKey, `(?s)      \{\n        # CloudWatch Logs.*?\n      \},\n`, "", because(proof.Encrypted)},
	{"key for every log group", storageKey, `(?s)        Condition = \{\n          ArnEquals = \{\n            "kms:Enc.*?\n        \}\n`, "", because(proof.Confined)},
	{"key for everyone", storageKey, `AWS = "[^"]+"`, `AWS = "*"`, because(proof.Limited)},
	{"key without the account", storageKey, `(?s)      \{\n        # The account's own.*?\n      \},\n`, "", because(proof.Permitted, proof.Understood, proof.Encrypted, proof.Decrypted)},
	{"key of no resource", storageKey, `        Resource = "\*"\n`, "", because(proof.Understood)},
	{"key switched off", storageKey, `(resource "aws_kms_key" "\w+" \{)`, "$1\n  is_enabled = false", because(proof.Encrypted)},
	{"image without a key", image, `(?s)  encryption_configuration \{.*?\n  \}\n`, "", because(proof.Encrypted)},
	{"image for the whole account", image, `(?s)        Condition = \{\n          ArnEquals = \{\n            "aws:PrincipalArn".*?\n        \}\n`, "", because(proof.Closed)},
	{"image for everyone", image, `AWS = "[^"]+"`, `AWS = "*"`, because(proof.Closed)},
	{"image for another role", image, `("aws:PrincipalArn" = "[^"]+)"`, `$1-2"`, because(proof.Permitted)},
	{"image without its policy", image, `(?s)resource "aws_ecr_repository_policy" .*?\n\}\n`, "", because(proof.Permitted)},
	{"image with every action", image, `"ecr:PutImage"`, `"ecr:*"`, because(proof.Limited)},
	{"image renamed", image, `(resource "aws_ecr_repository" "\w+" \{\n  name = "[^"]+)"`, `$1-2"`, because(proof.Present)},
	{"repository without a key", `storage/repository_[\w-]+\.tf`, `  kms_key_id .*\n`, "", because(proof.Encrypted)},

	// The stack.
	{"another account", `providers\.tf`, `allowed_account_ids = \["\d+"\]`, `allowed_account_ids = ["999999999999"]`, because(proof.Placed)},
	{"another region", `providers\.tf`, `region = "[\w-]+"`, `region = "xx-east-1"`, because(proof.Placed)},
	{"another stack's state", `delivery/remote_state\.tf`, `/network/terraform\.tfstate`, `/storage/terraform.tfstate`, because(proof.Readable)},
	{"state in another bucket", `delivery/remote_state\.tf`, `bucket = "[^"]+"`, `bucket = "somebody-elses"`, because(proof.Placed)},
	{"state under another key", `(network|storage)/terraform\.tf`, `(key +=) "[^"]+"`, `$1 "x/terraform.tfstate"`, because(proof.Placed)},
	{"a slip of the pen", `\.tf`, `\{`, `{{`, because(proof.Readable)},
}

func because(c ...proof.Claim) []proof.Claim { return c }

// harmless are edits that mean nothing in some example: a build with NAT may ask anybody, a network without endpoints needs
// no names for them, without customer-managed keys ECR encrypts with AWS's own, and where a runner uses sts, one statement
// of its endpoint allows what another does.
var harmless = map[string][]string{
	"global STS":                              {"nat-egress"},
	"no DNS names":                            {"nat-egress", "transition"},
	"image without a key":                     {"china"},
	"endpoint for another role":               {"bitbucket-private"},
	"endpoint that tests another VPC":         {"bitbucket-private"},
	"endpoint that asks for a public address": {"bitbucket-private"},
}

func TestCarelessEditsAreNoticed(t *testing.T) {
	examples := samples(t)
	gated := fromSpec(t, gates)
	gated.name = "gates"
	tried, noticed := score(t, edits, examples)
	tried2, noticed2 := score(t, roleEdits, append(examples, gated))
	t.Logf("%d of %d edits noticed, of %d kinds", noticed+noticed2, tried+tried2, len(edits)+len(roleEdits))
}

// score makes each edit wherever it fits, one at a time, and counts how many there are and how many of them are noticed.
// With everywhere unset, one place does for each.
func score(t *testing.T, edits []edit, all []sample) (tried, noticed int) {
	for _, e := range edits {
		fits := false
		for _, s := range all {
			if slices.Contains(harmless[e.name], s.name) || !everywhere && fits {
				continue
			}
			for i, edited := range e.apply(s.files) {
				if i > 0 && (s.alike || !everywhere) {
					break
				}
				fits = true
				tried++
				report := proof.Prove(s.topology, edited)
				if assert.True(t, e.noticed(report), "%s: %q survived: %s", s.name, e.name, reasons(report)) {
					noticed++
				}
			}
		}
		assert.True(t, fits, "%q fits nowhere", e.name)
	}
	return tried, noticed
}

// TestNothingPanics takes single lines away, and what is left of a file.
func TestNothingPanics(t *testing.T) {
	for _, s := range []sample{example(t, "shared-network"), example(t, "bitbucket-private"), example(t, "cross-account")} {
		for i, f := range s.files {
			lines := bytes.SplitAfter(f.Data, []byte("\n"))
			for j := i % 29; j < len(lines); j += 29 {
				for _, until := range []int{j + 1, len(lines)} {
					files := slices.Clone(s.files)
					files[i].Data = bytes.Join(slices.Delete(slices.Clone(lines), j, until), nil)
					assert.NotPanics(t, func() { proof.Prove(s.topology, files) }, "%s:%d", f.Path, j+1)
				}
			}
		}
	}
}

// apply makes the edit in each file where it fits, one at a time.
func (e edit) apply(files []tree.File) (out [][]tree.File) {
	name, pattern := regexp.MustCompile(e.file+"$"), regexp.MustCompile(e.pattern)
	for i, f := range files {
		part := f.Data
		if e.file == trust {
			part, _, _ = bytes.Cut(part, []byte("\nresource \"aws_iam_role_policy\""))
		}
		at := pattern.FindSubmatchIndex(part)
		if !name.MatchString(f.Path) || at == nil {
			continue
		}
		edited := slices.Clone(files)
		data := bytes.Clone(f.Data[:at[0]])
		data = pattern.Expand(data, []byte(e.with), f.Data, at)
		edited[i].Data = append(data, f.Data[at[1]:]...)
		out = append(out, edited)
	}
	return out
}

// noticed tells whether one of the claims failed that the edit breaks.
func (e edit) noticed(r proof.Report) bool {
	return slices.ContainsFunc(r.Failures, func(f proof.Failure) bool {
		return slices.Contains(e.claims, f.Claim) && strings.HasSuffix(f.Why, ".")
	})
}
