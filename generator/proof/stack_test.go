package proof

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/tree"
)

// edited are files, in the first of which whose path ends so the first match of a pattern is replaced. A pattern of nothing is
// the end of the file.
func edited(t *testing.T, files []tree.File, file, pattern, with string) []tree.File {
	t.Helper()
	out, regex := slices.Clone(files), regexp.MustCompile(pattern)
	for i, f := range files {
		at := regex.FindSubmatchIndex(f.Data)
		if !strings.HasSuffix(f.Path, file) || at == nil {
			continue
		}
		if pattern == "" {
			at = []int{len(f.Data), len(f.Data)}
		}
		out[i].Data = slices.Concat(f.Data[:at[0]], regex.Expand(nil, []byte(with), f.Data, at), f.Data[at[1]:])
		return out
	}
	require.Fail(t, "nothing to edit", "%s in %s", pattern, file)
	return nil
}

// A stackEdit is a careless edit in a tree that keeps its states in S3, or in folders.
type stackEdit struct{ file, pattern, with string }

const (
	provider   = "storage/providers.tf"
	asksFor    = "storage/terraform.tf"
	states     = "delivery/remote_state.tf"
	keyOfStack = "storage/key.tf"
)

// stackEdits are what may not be said of a stack.
var stackEdits = map[string]stackEdit{
	"another Terraform":        {asksFor, `">= 1.10"`, `">= 1.5"`},
	"no Terraform":             {asksFor, `  required_version = .*\n`, ""},
	"another release":          {asksFor, `">= 5.100, < 7.0"`, `">= 4.0"`},
	"any release":              {asksFor, `      version = .*\n`, ""},
	"no provider asked for":    {asksFor, `(?s)  required_providers \{.*?\n  \}\n`, ""},
	"an alias of the provider": {asksFor, `(      source  = .*\n)`, "$1      configuration_aliases = [aws.other]\n"},
	"an experiment":            {asksFor, `(terraform \{\n)`, "$1  experiments = [x]\n"},
	"a provider's meta":        {asksFor, `(terraform \{\n)`, "$1  provider_meta \"aws\" {\n  }\n"},
	"a cloud":                  {asksFor, `(terraform \{\n)`, "$1  cloud {\n    organization = \"x\"\n  }\n"},
	"one more role":            {provider, `(allowed_account_ids = .*\n)`, "$1  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n  assume_role {\n    role_arn = \"x\"\n  }\n"},
	"a role by a web identity": {provider, `(allowed_account_ids = .*\n)`, "$1  assume_role_with_web_identity {\n    role_arn = \"x\"\n  }\n"},
	"tags that are ignored":    {provider, `(allowed_account_ids = .*\n)`, "$1  ignore_tags {\n    keys = [\"x\"]\n  }\n"},
	"tags of nobody":           {provider, `(allowed_account_ids = .*\n)`, "$1  default_tags {\n    tags = {\n      x = \"y\"\n    }\n  }\n"},
	"a profile":                {provider, `(allowed_account_ids = .*\n)`, "$1  profile = \"x\"\n"},
	"endpoints of somebody":    {provider, `(allowed_account_ids = .*\n)`, "$1  endpoints {\n    s3 = \"https://x\"\n  }\n"},
	"keys of somebody":         {provider, `(allowed_account_ids = .*\n)`, "$1  access_key = \"x\"\n"},
	"accounts that may not be": {provider, `(allowed_account_ids = .*\n)`, "$1  forbidden_account_ids = [\"111111111111\"]\n"},
	"a second provider":        {provider, "", "\nprovider \"aws\" {\n  alias = \"x\"\n  region = \"x\"\n}\n"},
	"a state of somebody":      {states, "", "\ndata \"terraform_remote_state\" \"x\" {\n  backend = \"http\"\n  config = {\n    address = \"https://x\"\n  }\n}\n"},
	"an order of states":       {states, `(  backend = .*\n)`, "$1  depends_on = [aws_kms_key.x]\n"},
	"a role adopted":           {keyOfStack, "", "\nimport {\n  to = aws_kms_key.storage\n  id = \"x\"\n}\n"},
	"something adopted":        {keyOfStack, "", "\nimport {\n  to = module.x.aws_kms_key.storage\n  id = \"x\"\n}\n"},
	"a key moved":              {keyOfStack, "", "\nmoved {\n  from = module.x.aws_kms_key.x\n  to = aws_kms_key.storage\n}\n"},
	"another thing moved":      {keyOfStack, "", "\nmoved {\n  from = aws_s3_object.x\n  to = aws_kms_key.storage\n}\n"},
	"a policy forgotten":       {keyOfStack, "", "\nremoved {\n  from = aws_iam_role_policy.x\n  lifecycle {\n    destroy = false\n  }\n}\n"},
	"a program at the end":     {keyOfStack, "", "\nremoved {\n  from = aws_sns_topic.x\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n"},
}

// ownEdits are files of somebody's own in the stack of something else, that are about a network by the id that AWS gave it.
var ownEdits = map[string]stackEdit{
	"a route":       {"storage/own.tf", "", "resource \"aws_route\" \"x\" {\n  route_table_id = \"rtb-1\"\n  destination_cidr_block = \"0.0.0.0/0\"\n  gateway_id = \"igw-1\"\n}\n"},
	"a gateway":     {"storage/own.tf", "", "resource \"aws_internet_gateway\" \"x\" {\n  vpc_id = \"vpc-1\"\n}\n"},
	"a rule":        {"storage/own.tf", "", "resource \"aws_vpc_security_group_ingress_rule\" \"x\" {\n  security_group_id = \"sg-1\"\n  ip_protocol = \"-1\"\n  cidr_ipv4 = \"0.0.0.0/0\"\n}\n"},
	"an endpoint":   {"storage/own.tf", "", "resource \"aws_vpc_endpoint\" \"x\" {\n  vpc_id = \"vpc-1\"\n  service_name = \"com.amazonaws.ap-northeast-1.ec2\"\n}\n"},
	"a routed part": {"storage/own.tf", "", "resource \"aws_route_table_association\" \"x\" {\n  subnet_id = \"subnet-1\"\n  route_table_id = \"rtb-1\"\n}\n"},
}

// inS3 are those of backends.
var inS3 = map[string]stackEdit{
	"another bucket":           {asksFor, `(bucket +=) "[^"]+"`, `$1 "x"`},
	"a key that ends alike":    {asksFor, `(key +=) "`, `$1 "x/`},
	"another region":           {asksFor, `(region +=) "[^"]+"`, `$1 "xx-east-1"`},
	"no encryption":            {asksFor, `(encrypt +=) true`, `$1 false`},
	"no lock":                  {asksFor, `    use_lockfile .*\n`, ""},
	"a workspace":              {asksFor, `(    bucket +=)`, "    workspace_key_prefix = \"x\"\n$1"},
	"a role":                   {asksFor, `(    bucket +=)`, "    assume_role = {\n      role_arn = \"x\"\n    }\n$1"},
	"endpoints":                {asksFor, `(    bucket +=)`, "    endpoints = {\n      s3 = \"x\"\n    }\n$1"},
	"an ACL":                   {asksFor, `(    bucket +=)`, "    acl = \"public-read\"\n$1"},
	"two backends":             {asksFor, `(  backend "s3" \{)`, "  backend \"s3\" {\n    bucket = \"x\"\n  }\n$1"},
	"a backend elsewhere":      {asksFor, `backend "s3"`, `backend "remote"`},
	"no backend":               {asksFor, `(?s)  backend "s3" \{.*?\n  \}\n`, ""},
	"a state by a role":        {states, `(    bucket =)`, "    role_arn = \"x\"\n$1"},
	"a state of another place": {states, `(    region =) "[^"]+"`, `$1 "xx-east-1"`},
	"a role with a policy":     {provider, `(    role_arn = .*\n)`, "$1    policy = \"{}\"\n"},
	"a role from outside":      {provider, `(    role_arn = .*\n)`, "$1    external_id = \"x\"\n"},
	"another tag":              {provider, `(cost-center =) "42"`, `$1 "43"`},
}

// TestStacksSayNothingElse: of providers, states and Terraform only what postern writes is known.
func TestStacksSayNothingElse(t *testing.T) {
	try := func(name string, edits map[string]stackEdit) {
		resolved, files := recorded(t, name)
		files = append(files, tree.File{Path: "tooling/ap-northeast-1/storage/own.tf"})
		for what, e := range edits {
			report := Prove(resolved, edited(t, files, e.file, e.pattern, e.with))
			assert.True(t, slices.ContainsFunc(report.Failures, func(f Failure) bool {
				return (f.Claim == Placed || f.Claim == Readable) && strings.HasSuffix(f.Why, ".")
			}), "%s: %s", name, what)
		}
	}
	try("sealed-build", stackEdits)
	try("shared-network", stackEdits)
	try("shared-network", inS3)
	try("sealed-build", ownEdits)
	try("sealed-build", map[string]stackEdit{"a backend": {asksFor, `(terraform \{\n)`, "$1  backend \"s3\" {\n    bucket = \"x\"\n  }\n"}})
}

// harmlessEdits are edits that say the same in another way, or what is no matter.
var harmlessEdits = map[string]stackEdit{
	"a name by a local":           {"storage/repository_app.tf", `(?s)(repository_name += )("[^"]+")(.*)\z`, "${1}local.name$3\nlocals {\n  name = $2\n}\n"},
	"a local in a policy":         {"network/endpoints_ci.tf", `(?s)"aws:PrincipalArn" = "arn:aws:iam::(\d+):role/([^"]+)"(.*)\z`, "\"aws:PrincipalArn\" = \"arn:aws:iam::$${local.account}:role/$2\"$3\nlocals {\n  account = \"$1\"\n}\n"},
	"a policy by a local":         {"storage/key.tf", `(?s)policy( +)= (jsonencode\(.*?\n  \}\)\n)(.*)\z`, "policy$1= local.policy\n$3\nlocals {\n  policy = $2}\n"},
	"a part of a local":           {"storage/key.tf", `(?s)Version( +)= "2012-10-17"(.*)\z`, "Version$1= local.all.version$2\nlocals {\n  all = {\n    version = \"2012-10-17\"\n  }\n}\n"},
	"a name that is formatted":    {"storage/repository_app.tf", `(repository_name += )"([^"]+)"`, `${1}format("%s", "$2")`},
	"an ARN that is formatted":    {"network/endpoints_ci.tf", `"aws:PrincipalArn" = "arn:aws:iam::(\d+):role/([^"]+)"`, `"aws:PrincipalArn" = format("arn:%s:iam::%s:role/$2", "aws", "$1")`},
	"a list as a set":             {"network/endpoints_ci.tf", `(security_group_ids +=) (\[[^\]]*\])`, `$1 toset($2)`},
	"a set in a policy":           {"network/endpoints_ci.tf", `(Action += )(\[(?:\n +"logs:[^\]]*)\])`, `${1}toset($2)`},
	"the provider by its name":    {"storage/key.tf", `(resource "aws_kms_key" "\w+" \{\n)`, "$1  provider = aws\n"},
	"an action in small letters":  {"network/endpoints_ci.tf", `"s3:GetObject"`, `"s3:getobject"`},
	"an action of a role":         {"delivery/runner_builder.tf", `"logs:PutLogEvents"`, `"logs:putlogevents"`},
	"an action of trust":          {"delivery/runner_builder.tf", `"sts:AssumeRole"`, `"sts:assumerole"`},
	"a resource of one's own":     {"storage/own.tf", ``, "resource \"aws_sns_topic\" \"x\" {\n  name = \"x\"\n}\n"},
	"an import of no matter":      {"storage/own.tf", ``, "import {\n  to = aws_sns_topic.x\n  id = \"x\"\n}\n"},
	"a key that has another name": {"storage/own.tf", ``, "moved {\n  from = aws_kms_key.x\n  to = aws_kms_key.storage\n}\n"},
	"a policy that goes":          {"storage/own.tf", ``, "removed {\n  from = aws_iam_role_policy.x\n  lifecycle {\n    destroy = true\n  }\n}\n"},
	"a topic that is forgotten":   {"storage/own.tf", ``, "removed {\n  from = aws_sns_topic.x\n  lifecycle {\n    destroy = false\n  }\n}\n"},
	"a network of one's own":      {"storage/own.tf", ``, "resource \"aws_vpc\" \"x\" {\n  cidr_block = \"10.99.0.0/16\"\n}\n\nresource \"aws_internet_gateway\" \"x\" {\n  vpc_id = aws_vpc.x.id\n}\n"},
	"a comment":                   {"storage/key.tf", ``, "# nothing\n"},
}

// TestHarmlessEditsPass: whoever says the same in another way hears nothing of it.
func TestHarmlessEditsPass(t *testing.T) {
	resolved, files := recorded(t, "sealed-build")
	files = append(files, tree.File{Path: "tooling/ap-northeast-1/storage/own.tf"})
	for name, e := range harmlessEdits {
		assert.Empty(t, Prove(resolved, edited(t, files, e.file, e.pattern, e.with)).Failures, name)
	}
}

// TestPolicyThatCannotBeRead: it is the failure, at its place, and nothing else is said of what follows from it.
func TestPolicyThatCannotBeRead(t *testing.T) {
	body := regexp.MustCompile(`(?m)^(  \w+ += )jsonencode\(\{\n    Version = "2012-10-17"`)
	spoilt := map[string]Claim{
		"${1}jsonencode({\n    Version = var.x":          Readable,
		"${1}jsonencode({\n    Version = \"2020-01-01\"": Understood,
	}
	for _, name := range everyGolden(t) {
		resolved, files := recorded(t, name)
		for i, f := range files {
			for _, at := range body.FindAllSubmatchIndex(f.Data, -1) {
				for with, claim := range spoilt {
					changed := slices.Clone(files)
					changed[i].Data = slices.Concat(f.Data[:at[0]], body.Expand(nil, []byte(with), f.Data, at), f.Data[at[1]:])
					failures := Prove(resolved, changed).Failures
					if assert.Len(t, failures, 1, "%s: %s", name, f.Path) {
						assert.Equal(t, claim, failures[0].Claim)
						assert.Equal(t, f.Path, failures[0].Emitted.File)
					}
				}
			}
		}
	}
}
