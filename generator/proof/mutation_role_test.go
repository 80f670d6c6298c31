package proof_test

import (
	"fmt"
	"slices"

	"github.com/postern-dev/postern/generator/proof"
)

// Patterns of text in the files of roles.
const (
	identity   = `global/identity/role_[\w-]+\.tf`
	trust      = `identity/role_[\w-]+\.tf` // and there who may assume the role, which comes before what it may do
	provider   = `global/identity/issuer_[\w-]+\.tf`
	value      = `(?:\[[^\]]*\]|\S+)`
	audience   = `            "[^"]+:aud" += ` + value + `\n`
	onAddress  = `          IpAddress = \{\n            "aws:SourceIp" = ` + value + `\n          \}\n`
	onPrivate  = `          IpAddress = \{\n            "aws:VpcSourceIp" = ` + value + `\n          \}\n`
	onVPC      = `            "aws:SourceVpc" += \S+\n`
	federated  = `(?s)Principal = \{\n\s+Federated = \S+\n\s+\}`
	statements = `(Statement = \[\n)`
	outside    = `Sid      = "OutsideItsPlaces"\n        Effect   = "Deny"\n        Action   = "\*"\n        Resource = "\*"\n        Condition = \{\n`
	tokens     = `("sts:AssumeRoleWithWebIdentity"\n        Resource +=) ` + value
	ofTokens   = `("sts:AssumeRoleWithWebIdentity"\n        Resource +=) (` + value + `)`
	itself     = `(?s)\A.*resource "aws_iam_role" "([\w-]+)".*\z`
)

// roleEdits are careless edits of roles, their providers and the endpoint that leads to them.
var roleEdits = slices.Concat(trustEdits, subtleEdits, byABit(), []edit{
	{"a hole in a range", trust, `"198\.51\.100\.8/30"`, "\"198.51.100.8\",\n\"198.51.100.11\"", because(proof.Entered)},
	{"a hole in a lone range", trust, `("aws:SourceIp" =) "198\.51\.100\.16/29"`, `$1 ["198.51.100.16/31", "198.51.100.20/30"]`, because(proof.Entered)},
	// What the role is.
	{"longer sessions", identity, `(max_session_duration +=) \d+`, `$1 43200`, because(proof.Limited)},
	{"shorter sessions", identity, `(max_session_duration +=) 7200`, `$1 3600`, because(proof.Permitted)},
	{"role without its boundary", identity, `  permissions_boundary .*\n`, "", because(proof.Limited)},
	{"role within another boundary", identity, `(permissions_boundary +=) "[^"]+"`, `$1 "arn:aws:iam::aws:policy/AdministratorAccess"`, because(proof.Limited)},
	{"role with one more managed policy", identity, itself, "$0\nresource \"aws_iam_role_policy_attachment\" \"x\" {\n  role       = aws_iam_role.$1.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n", because(proof.Limited)},
	{"role with another managed policy", identity, `policy/ReadOnlyAccess`, `policy/AdministratorAccess`, because(proof.Limited)},
	{"role without its managed policy", identity, `(?s)resource "aws_iam_role_policy_attachment" .*?\n\}\n`, "", because(proof.Permitted)},
	{"role with a policy that is attached to several", identity, itself, "$0\nresource \"aws_iam_policy_attachment\" \"x\" {\n  name       = \"x\"\n  roles      = [aws_iam_role.$1.name]\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n", because(proof.Readable)},
	{"managed policies in the role", identity, `(resource "aws_iam_role" "[\w-]+" \{)`, "$1\n  managed_policy_arns = [\"arn:aws:iam::aws:policy/AdministratorAccess\"]", because(proof.Readable)},
	{"a policy inside the role", identity, `(resource "aws_iam_role" "[\w-]+" \{)`, "$1\n  inline_policy {\n    name = \"x\"\n    policy = \"{}\"\n  }", because(proof.Readable)},
	{"one more policy", identity, itself, "$0\nresource \"aws_iam_role_policy\" \"x\" {\n  name = \"x\"\n  role = aws_iam_role.$1.id\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }]\n  })\n}\n", because(proof.Limited)},
	{"role without its policy", identity, `(?s)resource "aws_iam_role_policy" .*?\n\}\n`, "", because(proof.Permitted, proof.Guarded, proof.Published)},
	{"role with every action of ECS", identity, `"ecs:UpdateService"`, `"ecs:*"`, because(proof.Limited)},
	{"role with one more action", identity, `"ecs:UpdateService"`, `"ecs:UpdateService", "ecs:RunTask"`, because(proof.Limited)},
	{"role with one action less", identity, `\n\s+"ecs:UpdateService",`, "", because(proof.Permitted)},
	{"role on everything", identity, `(Resource +=) "arn:[^"]+"`, `$1 "*"`, because(proof.Limited)},
	{"role on what begins alike", identity, `(Resource +=) ("arn:[^"]+)/[^"]+"`, `$1 $2*"`, because(proof.Limited)},
	{"role with all actions but some", identity, `Action( +=) (\[\n\s+"ecs:|"(?:lambda|s3):)`, `NotAction$1 $2`, because(proof.Limited)},
	{"role that may do nothing", identity, `Effect( +=) "Allow"(\n        Action +=(?: \[\n\s+)? "?(?:"?ecs|lambda|s3):)`, `Effect$1 "Deny"$2`, because(proof.Permitted, proof.Published)},
	{"role of another name in identity", identity, `(name +=) "[^"]+"(\n +desc)`, `$1 "other"$2`, because(proof.Present)},
	{"role below a path in identity", identity, `(resource "aws_iam_role" "[\w-]+" \{)`, "$1\n  path = \"/ci/\"", because(proof.Present)},
	{"role counted away", identity, `(resource "aws_iam_role" "[\w-]+" \{)`, "$1\n  count = 0", because(proof.Readable)},
	{"role that Terraform leaves as it is", identity, `(resource "aws_iam_role" "[\w-]+" \{)`, "$1\n  lifecycle {\n    ignore_changes = [assume_role_policy]\n  }", because(proof.Readable)},
	{"a role of one's own for the same tokens", identity, `(?s)\A.*Federated = (\S+).*\z`, "$0\nresource \"aws_iam_role\" \"x\" {\n  name = \"x\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Principal = { Federated = $1 }, Action = \"sts:AssumeRoleWithWebIdentity\" }]\n  })\n}\n", because(proof.Trusted)},

	// The guard.
	{"no guard", identity, `(?s)      \{\n        # A session is worthless.*?\n      \},\n`, "", because(proof.Guarded)},
	{"no guard inside the network", identity, `(?s)      \{\n        # In network.*?\n      \},\n`, "", because(proof.Guarded)},
	{"guard that lets through", identity, outside, "Sid = \"OutsideItsPlaces\"\n Effect = \"Allow\"\n Action = \"*\"\n Resource = \"*\"\n Condition = {\n", because(proof.Guarded)},
	{"guard against all but addresses", identity, `(?s)          NotIpAddress = \{\n            "aws:SourceIp" = ` + value + `\n          \}\n`, "", because(proof.Permitted)},
	{"guard against all but the VPC", identity, `(?s)          StringNotEquals = \{\n            "aws:SourceVpc" = ` + value + `\n          \}\n`, "", because(proof.Permitted)},
	{"guard that is left by an absent key", identity, `BoolIfExists`, `Bool`, because(proof.Guarded)},
	{"guard for services alone", identity, `("aws:ViaAWSService" =) "false"`, `$1 "true"`, because(proof.Guarded)},
	{"guard that binds services, too", identity, `          BoolIfExists = \{\n.*\n          \}\n`, "", because(proof.Permitted)},
	{"guard with an exemption for the role", identity, outside, `$0          ArnNotLike = {
            "aws:PrincipalArn" = "arn:aws:iam::*:role/*"
          }
`, because(proof.Guarded)},
	{"guard in one region", identity, outside, `$0          StringEquals = {
            "aws:RequestedRegion" = "eu-west-1"
          }
`, because(proof.Guarded)},
	{"guard in all regions but one", identity, outside, `$0          StringNotEqualsIfExists = {
            "aws:RequestedRegion" = "us-east-1"
          }
`, because(proof.Guarded)},
	{"guard of one service", identity, `("Deny"\n        Action +=) "\*"`, `$1 "s3:*"`, because(proof.Guarded)},
	{"guard of some resources", identity, `("Deny"\n        Action +=) ("\*")\n        Resource = "\*"`, "$1 $2\n        Resource = \"arn:aws:s3:::*\"", because(proof.Guarded)},
	{"guard that admits every address", identity, `(NotIpAddress = \{\n            "aws:SourceIp" =) ` + value, `$1 ["0.0.0.0/0", "::/0"]`, because(proof.Guarded)},
	{"guard that admits one more address", identity, `(NotIpAddress = \{\n            "aws:SourceIp" = \[)`, "$1\n\"192.0.2.77\",", because(proof.Guarded)},
	{"guard that admits the addresses alone", identity, `NotIpAddress( = \{\n            "aws:SourceIp")`, `IpAddress$1`, because(proof.Guarded)},
	{"guard of another VPC", identity, `(StringNotEquals = \{\n            "aws:SourceVpc" =) \S+`, `$1 "vpc-1"`, because(proof.Permitted)},
	{"guard that admits one more VPC", identity, `(StringNotEquals = \{\n            "aws:SourceVpc" =) (\S+)`, `$1 [$2, "vpc-1"]`, because(proof.Guarded)},
	{"guard that admits every VPC", identity, `StringNotEquals( = \{\n            "aws:SourceVpc" =) \S+`, `StringNotLike$1 "*"`, because(proof.Guarded)},
	{"guard that admits the VPC", identity, `(NotIpAddress = \{\n            "aws:VpcSourceIp" =) ` + value, `$1 "10.0.0.0/8"`, because(proof.Guarded)},
	{"guard of less than the range", identity, `(NotIpAddress = \{\n            "aws:VpcSourceIp" = (?:\[\n\s+)?"[\d.]+)/\d+"`, `$1/28"`, because(proof.Permitted)},
	{"two guards, each of one way", identity, `(?s)(NotIpAddress = \{\n            "aws:SourceIp" = ` + value + `\n          \}\n)          (StringNotEquals = \{.*?\n          \}\n)`, "$1        }\n      },\n      {\n        Effect = \"Deny\"\n        Action = \"*\"\n        Resource = \"*\"\n        Condition = {\n          $2", because(proof.Permitted)},

	// Providers.
	{"no provider", provider, `(?s)resource "aws_iam_openid_connect_provider" .*?\n\}\n`, "", because(proof.Present)},
	{"provider of another issuer", provider, `url( +)= "[^"]+"`, `url$1= "https://ci.example.com/x"`, because(proof.Present)},
	{"provider with a slash more", provider, `(url +=) ("[^"]+)"`, `$1 $2/"`, because(proof.Present)},
	{"provider twice", provider, `(?s)(resource "aws_iam_openid_connect_provider" ")([\w-]+)(" \{.*?\n\}\n)`, "$1$2$3\n$1$2-2$3", because(proof.Present)},
	{"provider of one more audience", provider, `(client_id_list = \[)`, `$1"somebody", `, because(proof.Limited)},
	{"provider of another audience", provider, `(client_id_list = \[\s*")`, `${1}x`, because(proof.Entered)},
	{"provider counted away", provider, `(resource "aws_iam_openid_connect_provider" "[\w-]+" \{)`, "$1\n  count = 0", because(proof.Readable)},

	// The endpoint on the way.
	{"no STS endpoint", endpoints, `(?s)resource "aws_vpc_endpoint" "[\w-]+_sts" \{.*?\n\}\n`, "", because(proof.Connected)},
	{"endpoint without tokens", endpoints, `(?s)      \{\n        # [^\n]* assumes role[^\n]*\n        # Who shows a token.*?\n      \},\n`, "", because(proof.Entered)},
	{"endpoint that refuses tokens", endpoints, `(# Who shows a token.*\n        Effect +=) "Allow"`, `$1 "Deny"`, because(proof.Entered)},
	{"tokens to every role", endpoints, tokens, `$1 "*"`, because(proof.Closed, proof.Limited)},
	{"tokens to roles that begin alike", endpoints, `("sts:AssumeRoleWithWebIdentity"\n        Resource +=) ("[^"]+)"`, `$1 $2*"`, because(proof.Closed, proof.Limited)},
	{"tokens to another role", endpoints, `("sts:AssumeRoleWithWebIdentity"\n        Resource +=) ("[^"]+)"`, `$1 $2-2"`, because(proof.Entered)},
	{"tokens of the organization's callers", endpoints, ofTokens, "$1 $2\n Condition = {\n StringEquals = {\n \"aws:PrincipalOrgID\" = \"o-a1b2c3d4e5\"\n }\n }", because(proof.Entered)},
	{"tokens of the account's callers", endpoints, ofTokens, "$1 $2\n Condition = {\n StringEquals = {\n \"aws:PrincipalAccount\" = \"111111111111\"\n }\n }", because(proof.Entered)},
	{"tokens of callers with a name", endpoints, `(# Who shows a token.*\n        Effect += "Allow"\n        Principal =) "\*"`, "$1 {\n AWS = \"*\"\n }", because(proof.Entered)},
	{"endpoint for roles of another account", endpoints, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "arn:aws:iam::222222222222:role/)deploy"`, `ArnLike = {$1*"`, because(proof.Closed)},
	{"SAML beside tokens", endpoints, `(Action +=) "sts:AssumeRoleWithWebIdentity"`, `$1 ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"]`, because(proof.Closed, proof.Limited)},
	{"callers to every role", endpoints, `("sts:AssumeRole"\n        Resource +=) ` + value, `$1 "*"`, because(proof.Closed, proof.Limited)},
	{"build that may not assume its role", delivery, `(?s)      \{\n        # [^\n]* assumes role.*?\n      \},\n`, "", because(proof.Entered, proof.Permitted)},
	{"build that assumes every role", delivery, `("sts:AssumeRole"\n        Resource +=) ` + value, `$1 "*"`, because(proof.Limited)},
	{"NAT address of somebody else", `network/outputs\.tf`, `aws_eip\.\w+\.public_ip`, `"192.0.2.77"`, because(proof.Present)},
	{"VPC of somebody else", `network/outputs\.tf`, `(_vpc_id" \{\n.*\n  value +=) \S+`, `$1 "vpc-1"`, because(proof.Present)},
})

// trustEdits are careless edits of who may assume a role.
var trustEdits = []edit{
	// By what tokens.
	{"role without an audience", trust, audience, "", because(proof.Trusted)},
	{"role without a subject", trust, `            "[^"]+:sub" += ` + value + `\n`, "", because(proof.Trusted)},
	{"role for every subject", trust, `StringLike = \{(\n\s+"[^"]+:sub" += )` + value, `StringLike = {$1"*"`, because(proof.Trusted)},
	{"role for every subject, compared letter by letter", trust, `            ("[^"]+:sub") += ("[^"*]+"\n          \})`, "            $1 = \"*\"\n          }", because(proof.Entered)},
	{"role whose subject becomes a pattern", trust, `            ("[^"]+:sub") += "([^"*]+)"\n          \}`, "          }\n          StringLike = {\n            $1 = \"$2*\"\n          }", because(proof.Trusted)},
	{"role for an organization that begins alike", trust, `("repo:[a-z]+)[^"]+"`, `$1*"`, because(proof.Trusted, proof.Entered)},
	{"role for every branch", trust, `(:ref:(?:refs/heads/)?)main[^"]*"`, `$1*"`, because(proof.Trusted, proof.Entered)},
	{"role for every environment", trust, `(:sub" += "\{[\w-]+\}:)\{[\w-]+\}:\*"`, `$1*"`, because(proof.Trusted)},
	{"role for another subject", trust, `(:sub" += (?:\[\n\s+)?")`, `${1}x`, because(proof.Entered)},
	{"role for every audience", trust, `StringEquals = \{\n            ("[^"]+:aud") += ` + value + `\n`, "StringLike = {\n            $1 = \"*\"\n          }\n          StringEquals = {\n", because(proof.Trusted)},
	{"role for another audience", trust, `(:aud" += (?:\[\n\s+)?")`, `${1}x`, because(proof.Entered)},
	{"role for one more audience", trust, `(:aud" += )("[^"]+")`, `$1[$2, "somebody"]`, because(proof.Trusted)},
	{"audience that an absent claim passes", trust, `StringEquals = (\{\n\s+"[^"]+:aud")`, "StringEqualsIfExists = $1", because(proof.Trusted)},
	{"audience in ForAllValues", trust, `StringEquals = (\{\n\s+"[^"]+:aud")`, `"ForAllValues:StringEquals" = $1`, because(proof.Trusted)},
	{"subject that an absent claim passes", trust, `StringLike = (\{\n\s+"[^"]+:sub")`, "StringLikeIfExists = $1", because(proof.Trusted)},
	{"subject in ForAllValues", trust, `StringLike = (\{\n\s+"[^"]+:sub")`, `"ForAllValues:StringLike" = $1`, because(proof.Trusted)},
	{"subject as a pattern and letter by letter", trust, `(StringLike = \{\n\s+)("[^"]+:sub" += )(` + value + `\n)`, "StringEquals = {\n            $2 \"x\"\n          }\n          $1$2$3", because(proof.Entered, proof.Trusted)},
	{"keys of another issuer", trust, `"[^"]+(:aud" +=)`, `"ci.example.com$1`, because(proof.Entered)},
	{"claim that IAM does not see", trust, `"([^"]+):sub"( +=)`, `"$1:branchName"$2`, because(proof.Entered)},

	// From where.
	{"role without its addresses", trust, onAddress, "", because(proof.Trusted)},
	{"role without its private ranges", trust, onPrivate, "", because(proof.Trusted)},
	{"role without its VPC", trust, onVPC, "", because(proof.Trusted)},
	{"role without any place", trust, onVPC + `(          \}\n(?:          StringLike = \{\n.*\n          \}\n)?)` + onPrivate, "$1", because(proof.Trusted)},
	{"role in every VPC", trust, onVPC + `(          \}\n)`, "$1          StringNotEquals = {\n            \"aws:SourceVpc\" = \"vpc-1\"\n          }\n", because(proof.Trusted)},
	{"role in another VPC", trust, `("aws:SourceVpc" +=) \S+`, `$1 "vpc-1"`, because(proof.Entered)},
	{"role in one more VPC", trust, `("aws:SourceVpc" +=) (\S+)`, `$1 [$2, "vpc-1"]`, because(proof.Trusted)},
	{"endpoint in place of VPC", trust, `"aws:SourceVpc"( +=) \S+`, `"aws:SourceVpce"$1 "vpce-1"`, because(proof.Entered)},
	{"key that STS does not have", trust, `"aws:SourceVpc"( +=) \S+`, `"aws:SourceVpcArn"$1 "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1"`, because(proof.Entered)},
	{"addresses that an absent key passes", trust, `IpAddress = (\{\n\s+"aws:SourceIp")`, "IpAddressIfExists = $1", because(proof.Trusted)},
	{"private ranges that an absent key passes", trust, `IpAddress = (\{\n\s+"aws:VpcSourceIp")`, "IpAddressIfExists = $1", because(proof.Trusted)},
	{"addresses in ForAllValues", trust, `IpAddress = (\{\n\s+"aws:SourceIp")`, `"ForAllValues:IpAddress" = $1`, because(proof.Trusted)},
	{"VPC that an absent key passes", trust, onVPC + `(          \}\n)`, "$1          StringEqualsIfExists = {\n            \"aws:SourceVpc\" = \"vpc-1\"\n          }\n", because(proof.Entered)},
	{"all but the addresses", trust, `IpAddress = (\{\n\s+"aws:SourceIp")`, "NotIpAddress = $1", because(proof.Trusted)},
	{"one address more", trust, `("aws:SourceIp" = (?:\[\n\s+)?"[\d.]+)/32"`, `$1/31"`, because(proof.Trusted)},
	{"every address", trust, `("aws:SourceIp" = \[)`, "$1\n              \"0.0.0.0/0\",", because(proof.Trusted)},
	{"every address, in two halves", trust, `("aws:SourceIp" = \[)`, "$1\n              \"0.0.0.0/1\", \"128.0.0.0/1\",", because(proof.Trusted)},
	{"somebody else's address", trust, `("aws:SourceIp" = \[)`, "$1\n              \"192.0.2.77\",", because(proof.Trusted)},
	{"private addresses on the internet", trust, `("aws:SourceIp" = \[)`, "$1\n              \"10.0.0.0/8\",", because(proof.Trusted)},
	{"an address less", trust, `("aws:SourceIp" = \[\n).*\n`, "$1", because(proof.Entered)},
	{"another address", trust, `("aws:SourceIp" =) ` + value, `$1 "192.0.2.77/32"`, because(proof.Entered)},
	{"public addresses behind an endpoint", trust, `"aws:SourceIp" = `, `"aws:VpcSourceIp" = `, because(proof.Entered)},
	{"private addresses in aws:SourceIp", trust, `"aws:VpcSourceIp" = `, `"aws:SourceIp" = `, because(proof.Entered)},
	{"public range in a VPC", trust, `("aws:VpcSourceIp" =) ("[^"]+")`, `$1 [$2, "198.51.100.0/24"]`, because(proof.Trusted)},
	{"the whole VPC", trust, `("aws:VpcSourceIp" = (?:\[\n\s+)?"10\.[\d.]+)/\d+"`, `$1/16"`, because(proof.Trusted)},
	{"one NAT gateway less", trust, `\n\s+data\.[\w.-]+_nat_addresses\.b,`, "", because(proof.Entered)},
	{"NAT gateways of nobody", trust, `data\.[\w.-]+_nat_addresses\.\w`, `"192.0.2.77"`, because(proof.Entered)},
	{"NAT gateway of another network", trust, `open_nat_addresses\.b`, `moving_nat_addresses.a`, because(proof.Entered, proof.Readable)},
	{"one door less", trust, `(?s)\A(.*Statement = \[\n)      \{\n.*?\n      \},\n(.*)\z`, "$1$2", because(proof.Entered, proof.Understood)},

	// Whom else.
	{"role for everyone", trust, federated, `Principal = "*"`, because(proof.Trusted)},
	{"role for every provider", trust, `Federated = \S+`, `Federated = "*"`, because(proof.Trusted)},
	{"role for a provider of another account", trust, `Federated = \S+`, `Federated = "arn:aws:iam::999999999999:oidc-provider/id.example.com"`, because(proof.Entered)},
	{"role for the account", trust, `(?s)          ArnEquals = \{\n            "aws:PrincipalArn" = .*?\n          \}\n`, "", because(proof.Trusted)},
	{"role for callers that begin alike", trust, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "[^"]+)"`, `ArnLike = {$1*"`, because(proof.Trusted)},
	{"role for every role of the account", trust, `ArnEquals = \{(\n\s+"aws:PrincipalArn" = "[^"]+:role/)[^"]+"`, `ArnLike = {$1*"`, because(proof.Trusted)},
	{"role for another caller", trust, `("aws:PrincipalArn" = "[^"]+)"`, `$1-2"`, because(proof.Entered)},
	{"role for one more caller", trust, `("aws:PrincipalArn" = )("[^"]+/)([^"]+")`, `$1[$2$3, ${2}admin"]`, because(proof.Trusted)},
	{"one more statement for a service", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          Service = \"ec2.amazonaws.com\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n", because(proof.Trusted)},
	{"one more statement for the account", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          AWS = \"arn:aws:iam::222222222222:root\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n", because(proof.Trusted)},
	{"one more statement for an administrator", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          AWS = \"arn:aws:iam::999999999999:role/admin\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n", because(proof.Trusted)},
	{"one more statement for an organization", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = \"*\"\n        Action = \"sts:AssumeRole\"\n        Condition = {\n          StringEquals = {\n            \"aws:PrincipalOrgID\" = \"o-1\"\n          }\n        }\n      },\n", because(proof.Trusted)},
	{"one more statement for other tokens", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          Federated = \"arn:aws:iam::222222222222:oidc-provider/ci.example.com/x\"\n        }\n        Action = \"sts:AssumeRoleWithWebIdentity\"\n        Condition = {\n          StringEquals = {\n            \"ci.example.com/x:sub\" = \"somebody\"\n          }\n        }\n      },\n", because(proof.Trusted)},
	{"one more statement that refuses", trust, statements, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"sts:*\"\n        Condition = {\n          NotIpAddress = {\n            \"aws:SourceIp\" = \"192.0.2.0/24\"\n          }\n        }\n      },\n", because(proof.Entered)},
	{"role to tag sessions of", trust, `Action = ("sts:AssumeRoleWithWebIdentity")`, `Action = [$1, "sts:TagSession"]`, because(proof.Trusted)},
	{"role with every action of STS", trust, `Action = "sts:AssumeRole\w*"`, `Action = "sts:*"`, because(proof.Trusted)},
	{"role with all actions but one", trust, `Action = "sts:AssumeRole\w*"`, `NotAction = "sts:GetCallerIdentity"`, because(proof.Trusted)},
	{"role for callers in place of tokens", trust, `"sts:AssumeRoleWithWebIdentity"`, `"sts:AssumeRole"`, because(proof.Entered)},
	{"role that refuses its runners", trust, `(?s)(Sid +=.*?)"Allow"`, `$1"Deny"`, because(proof.Entered)},
}

// subtleEdits differ from what is right for requests alone that nobody would think of trying.
var subtleEdits = []edit{
	{"one more statement for all subjects but some", trust, `(?s)Statement = \[\n(.*?(Principal = \{\n\s+Federated = \S+\n\s+\}).*?("[^"]+:sub"))`, alsoFor("$2\n Action = \"sts:AssumeRoleWithWebIdentity\"", "StringLike = {\n $3 = \"*\"\n }\n StringNotLike = {\n $3 = [\"*o*\", \"*{*\"]\n }") + "$1", because(proof.Trusted)},
	{"one more statement for a session", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          AWS = \"arn:aws:sts::222222222222:assumed-role/admin/x\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n", because(proof.Trusted)},
	{"everybody in AWS but a few", trust, statements, "$1      {\n        Effect = \"Allow\"\n        Principal = {\n          AWS = \"*\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n      {\n        Effect = \"Deny\"\n        NotPrincipal = {\n          AWS = \"arn:aws:iam::999999999999:root\"\n        }\n        Action = \"sts:AssumeRole\"\n      },\n", because(proof.Understood)},
	{"one more statement for half of the addresses", trust, `("aws:SourceIp" = \[)`, "$1\n              \"192.0.2.0/25\", \"2001:db8:77::/64\",", because(proof.Trusted)},
	{"endpoint that refuses an address in the middle", endpoints, `(resource "aws_vpc_endpoint" "[\w-]+_sts" \{(?s:.*?)Statement = \[\n)((?s:.*?)sts:AssumeRole)`, "$1      {\n        Effect = \"Deny\"\n        Principal = \"*\"\n        Action = \"sts:Assume*\"\n        Resource = \"*\"\n        Condition = {\n          NotIpAddress = {\n            \"aws:VpcSourceIp\" = [\"0.0.0.0/5\", \"8.0.0.0/7\", \"10.0.0.0/28\", \"10.0.0.18/31\", \"10.0.0.20/30\", \"10.0.0.24/29\", \"10.0.0.32/27\", \"10.0.0.64/26\", \"10.0.0.128/25\", \"10.0.1.0/24\"]\n          }\n        }\n      },\n$2", because(proof.Entered, proof.Permitted)},
	{"role that may not touch what ends alike", identity, `(?s)(resource "aws_iam_role_policy".*?Statement = \[\n)`, "$1      {\n        Effect = \"Deny\"\n        Action = \"*\"\n        Resource = \"arn:*:*:*:*:*-payments\"\n      },\n", because(proof.Permitted)},
	{"role that may not do what ends alike", identity, `(?s)(resource "aws_iam_role_policy".*?Statement = \[\n)`, "$1      {\n        Effect = \"Deny\"\n        Action = \"ecs:*ervice\"\n        Resource = \"*\"\n      },\n", because(proof.Permitted)},
	{"role of work in one region", identity, `(?s)(resource "aws_iam_role_policy".*?Statement = \[\n      \{\n(?:        #[^\n]*\n)*)`, "$1        Condition = {\n          StringEquals = {\n            \"aws:RequestedRegion\" = \"eu-west-1\"\n          }\n        }\n", because(proof.Permitted, proof.Understood, proof.Readable)},
	{"guard that spares what ends alike", identity, `("Deny"\n        Action +=) ("\*")\n        Resource = "\*"`, "$1 $2\n        NotResource = \"arn:*:*:*:*:*-spared\"", because(proof.Guarded)},
	{"guard that spares an action", identity, `("Deny"\n        )Action +=( "\*")`, "${1}NotAction = \"dynamodb:Get*\"", because(proof.Guarded)},
}

// alsoFor puts one more statement that allows before those that are there.
func alsoFor(principal, conditions string) string {
	return "Statement = [\n      {\n        Effect = \"Allow\"\n        " + principal + "\n        Condition = {\n          " + conditions + "\n        }\n      },\n"
}

// byABit are ranges that end one bit earlier or later.
func byABit() (out []edit) {
	for bits := 23; bits <= 25; bits++ {
		was := fmt.Sprintf(`("aws:VpcSourceIp" = (?:\[\n\s+)?"10\.[\d.]+)/%d"`, bits)
		out = append(out,
			edit{fmt.Sprintf("a range of /%d one bit wider", bits), trust, was, fmt.Sprintf(`$1/%d"`, bits-1), because(proof.Trusted)},
			edit{fmt.Sprintf("a range of /%d one bit narrower", bits), trust, was, fmt.Sprintf(`$1/%d"`, bits+1), because(proof.Entered)})
	}
	return out
}
