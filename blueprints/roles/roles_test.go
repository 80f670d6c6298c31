package roles_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/roles"
	"github.com/postern-dev/postern/generator/generatortest"
	"github.com/postern-dev/postern/generator/policy"
)

// base is a role of account.prod for what each test adds to it.
const base = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "ap-northeast-1"
}
issuer "ci" {
  url       = "https://ci.example.com"
  audiences = ["aws"]
}
`

func network(more string) string {
	return "network \"net\" {\n  account = account.tooling\n  cidr = \"10.0.0.0/20\"\n  zones = [\"a\", \"b\"]\n" + more + "\n}\n"
}

// role is role.deploy, with its runners and more arguments.
func role(runners, more string) string {
	return fmt.Sprintf("role \"deploy\" {\n  account = account.prod\n  runners = [%s]\n%s\n%s\n}\n", runners, more, `
  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["*"]
  }`)
}

const (
	byToken  = `subjects = ["app:deploy"]`
	office   = "runner \"office\" {\n  issuer = issuer.ci\n  addresses = [\"198.51.100.0/28\"]\n}\n"
	deployer = "runner \"deployer\" {\n  issuer = issuer.ci\n  network = network.net\n}\n"
	builder  = "runner \"builder\" {\n  network = network.net\n  codebuild {\n    source = \"arn:aws:s3:::acme/app.zip\"\n  }\n}\n"
	jenkins  = "runner \"jenkins\" {\n  principal = \"arn:aws:iam::333333333333:user/jenkins\"\n  addresses = [\"203.0.113.7\"]\n}\n"
)

const existing = `
network "old" {
  account       = account.tooling
  vpc_id        = "vpc-0a1b2c3d4e5f60718"
  subnet_ids    = ["subnet-0a1b2c3d4e5f60001"]
  egress        = "nat"
  nat_addresses = ["203.0.113.10"]
  transition    = true
}
runner "deployer" {
  issuer    = issuer.ci
  network   = network.old
  addresses = ["172.20.1.0/24"]
}
`

func emit(t *testing.T, text string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, roles.Blueprint{}, base+text)
}

var reference = regexp.MustCompile(`\$\{[^}]*\}`)

// applied are values of what Terraform knows after apply.
func applied(address string) string {
	network := regexp.MustCompile(`outputs\.(.+)_(vpc_id|nat_addresses)`).FindStringSubmatch(address)
	switch {
	case network == nil:
		return provider
	case network[2] == "vpc_id":
		return "vpc-" + network[1]
	}
	return map[string]string{"a}": "192.0.2.1", "b}": "192.0.2.2"}[address[len(address)-2:]]
}

const (
	provider  = "arn:aws:iam::222222222222:oidc-provider/ci.example.com"
	deployARN = "arn:aws:iam::222222222222:role/postern-deploy"
)

// compiled is the policy in an argument, ready for evaluation.
func compiled(t *testing.T, files *generatortest.Files, address, argument string, kind policy.Kind) *policy.Policy {
	t.Helper()
	text := reference.ReplaceAllStringFunc(files.Attr(address, argument).(string), applied)
	document, err := policy.Parse(text)
	require.NoError(t, err)
	out, err := policy.Compile(kind, "", document)
	require.NoError(t, err)
	return out
}

// context are keys of a request, as "KEY=VALUE".
func context(keys ...string) policy.Context {
	var out policy.Context
	for _, k := range keys {
		key, value, _ := strings.Cut(k, "=")
		out = out.With(key, policy.Literal(value))
	}
	return out
}

// token is a request with a token, and what AWS sees of its way.
func token(sub, aud string, keys ...string) policy.Request {
	return policy.Request{
		Caller: policy.AsFederated(policy.Literal(provider)), Action: "sts:AssumeRoleWithWebIdentity", Resource: policy.Literal(deployARN),
		Context: context(append(keys, "ci.example.com:sub="+sub, "ci.example.com:aud="+aud)...),
	}
}

func right(keys ...string) policy.Request { return token("app:deploy", "aws", keys...) }

func signed(c policy.Caller, keys ...string) policy.Request {
	return policy.Request{Caller: c, Action: "sts:AssumeRole", Resource: policy.Literal(deployARN), Context: context(keys...)}
}

var (
	build = policy.AsSession(policy.Literal("arn:aws:iam::111111111111:role/postern-runner-builder"), "build")
	other = policy.AsSession(policy.Literal("arn:aws:iam::111111111111:role/postern-runner-other"), "build")
	user  = policy.AsUser("arn:aws:iam::333333333333:user/jenkins")
	anna  = policy.AsUser("arn:aws:iam::333333333333:user/anna")
)

// TestWhoGetsIn names the statement that lets a request in, or none.
func TestWhoGetsIn(t *testing.T) {
	tests := map[string]struct {
		spec string
		ways map[string]policy.Request // by what decides, or "-" and what is wrong
	}{
		"public addresses": {office + role("runner.office", byToken), map[string]policy.Request{
			"PublicAddresses":     right("aws:SourceIp=198.51.100.15"),
			"-outside":            right("aws:SourceIp=198.51.100.16"),
			"-endpoint elsewhere": right("aws:VpcSourceIp=198.51.100.1", "aws:SourceVpc=vpc-net"),
			"-nowhere":            right(),
			"-audience":           token("app:deploy", "gcp", "aws:SourceIp=198.51.100.1"),
			"-subject":            token("app:deploy2", "aws", "aws:SourceIp=198.51.100.1"),
		}},
		"NAT": {network(`egress = "nat"`) + deployer + role("runner.deployer", byToken), map[string]policy.Request{
			"PublicAddresses": right("aws:SourceIp=192.0.2.2"),
			"-other address":  right("aws:SourceIp=192.0.2.3"),
			"-private":        right("aws:SourceIp=10.0.0.1"),
			"-endpoint":       right("aws:VpcSourceIp=10.0.0.1", "aws:SourceVpc=vpc-net"),
		}},
		"endpoint": {network("") + deployer + role("runner.deployer", byToken), map[string]policy.Request{
			"NetworkNet":   right("aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-net"),
			"-other VPC":   right("aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-other"),
			"-public half": right("aws:VpcSourceIp=10.0.15.1", "aws:SourceVpc=vpc-net"),
			"-no VPC":      right("aws:VpcSourceIp=10.0.1.9"),
			"-no address":  right("aws:SourceVpc=vpc-net"),
			"-internet":    right("aws:SourceIp=192.0.2.1"),
		}},
		"transition": {network("egress = \"nat\"\ntransition = true") + deployer + role("runner.deployer", byToken), map[string]policy.Request{
			"PublicAddresses": right("aws:SourceIp=192.0.2.1"),
			"NetworkNet":      right("aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-net"),
			"-other VPC":      right("aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-other"),
		}},
		"existing VPC": {existing + role("runner.deployer", byToken), map[string]policy.Request{
			"PublicAddresses": right("aws:SourceIp=203.0.113.10"),
			"NetworkOld":      right("aws:VpcSourceIp=172.20.1.9", "aws:SourceVpc=vpc-0a1b2c3d4e5f60718"),
			"-other subnet":   right("aws:VpcSourceIp=172.20.2.9", "aws:SourceVpc=vpc-0a1b2c3d4e5f60718"),
			"-other VPC":      right("aws:VpcSourceIp=172.20.1.9", "aws:SourceVpc=vpc-net"),
		}},
		"by ARN": {network("") + builder + jenkins + office + role("runner.builder, runner.jenkins, runner.office", byToken), map[string]policy.Request{
			"PrincipalsNetworkNet":      signed(build, "aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-net"),
			"PrincipalsPublicAddresses": signed(user, "aws:SourceIp=203.0.113.7"),
			"-of the account":           signed(other, "aws:VpcSourceIp=10.0.1.9", "aws:SourceVpc=vpc-net"),
			"-neighbour":                signed(anna, "aws:SourceIp=203.0.113.7"),
			"-the other's place":        signed(build, "aws:SourceIp=203.0.113.7"),
			"-session elsewhere":        signed(build),
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			trust := compiled(t, emit(t, test.spec), "aws_iam_role.deploy", "assume_role_policy", policy.Trust)
			for by, request := range test.ways {
				// What the caller's own policies have to allow, they do.
				own, err := policy.Compile(policy.Identity, "", policy.Document{Statements: []policy.Statement{{
					Effect: policy.Allow, Actions: []string{"sts:AssumeRole"}, Resources: policy.Literals(deployARN)}}})
				require.NoError(t, err)
				d := policy.Evaluate(request, trust, own)
				if strings.HasPrefix(by, "-") {
					assert.Equal(t, policy.ImplicitlyDenied, d.Outcome, "%s: %s", by, d)
				} else if assert.True(t, d.Allowed(), "%s: %s", by, d) {
					assert.Contains(t, d.String(), "statement "+by+" of the trust policy", by)
				}
			}
		})
	}
}

// TestOneOperatorForSubjects: StringEquals and StringLike on one key would both have to hold.
func TestOneOperatorForSubjects(t *testing.T) {
	for subjects, want := range map[string]map[string]map[string]generatortest.Strings{
		`["a:b", "c:d"]`: {"StringEquals": {"ci.example.com:aud": {"aws"}, "ci.example.com:sub": {"a:b", "c:d"}}, "IpAddress": {"aws:SourceIp": {"198.51.100.0/28"}}},
		`["a:b", "c:*"]`: {"StringEquals": {"ci.example.com:aud": {"aws"}}, "StringLike": {"ci.example.com:sub": {"a:b", "c:*"}}, "IpAddress": {"aws:SourceIp": {"198.51.100.0/28"}}},
	} {
		trust := emit(t, office+role("runner.office", "subjects = "+subjects)).Policy("aws_iam_role.deploy", "assume_role_policy")
		require.Len(t, trust.Statement, 1)
		assert.Equal(t, want, trust.Statement[0].Condition)
	}
}

func TestProvider(t *testing.T) {
	own := emit(t, office+role("runner.office", byToken)).Policy("aws_iam_role.deploy", "assume_role_policy")
	assert.Equal(t, map[string]any{"Federated": "${aws_iam_openid_connect_provider.ci.arn}"}, own.Statement[0].Principal)
	existing := strings.Replace(base, "audiences =", "existing = [account.prod]\n  audiences =", 1)
	there := generatortest.Emit(t, roles.Blueprint{}, existing+office+role("runner.office", byToken)).Policy("aws_iam_role.deploy", "assume_role_policy")
	assert.Equal(t, map[string]any{"Federated": provider}, there.Statement[0].Principal)
}

func TestSkips(t *testing.T) {
	const file = "prod/global/identity/role_deploy.tf"
	token := emit(t, office+role("runner.office", byToken)).Text[file]
	assert.NotContains(t, token, "checkov:skip")
	assert.Contains(t, emit(t, jenkins+role("runner.jenkins", "")).Text[file], "#checkov:skip=CKV_AWS_61:")

	github := strings.Replace(base, "url       = \"https://ci.example.com\"", "github {}\n  existing = [account.prod]", 1)
	for repository, skipped := range map[string]bool{"acme@1/app@2": true, "acme/app": false} {
		claims := fmt.Sprintf("repositories = [%q]\nenvironments = [\"prod\"]", repository)
		text := generatortest.Emit(t, roles.Blueprint{}, github+office+role("runner.office", claims)).Text[file]
		assert.Equal(t, skipped, strings.Contains(text, "#checkov:skip=CKV_AWS_393:"), repository)
	}
}

func TestArguments(t *testing.T) {
	files := emit(t, office+role("runner.office", byToken+`
  name                 = "Deployer@home"
  max_session          = 7200
  permissions_boundary = "arn:aws:iam::222222222222:policy/ci/boundary"
  managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::222222222222:policy/a.b", "arn:aws:iam::222222222222:policy/x/a@b"]`))
	assert.Equal(t, "Deployer@home", files.Attr("aws_iam_role.deploy", "name"))
	assert.EqualValues(t, 7200, files.Attr("aws_iam_role.deploy", "max_session_duration"))
	assert.Equal(t, "arn:aws:iam::222222222222:policy/ci/boundary", files.Attr("aws_iam_role.deploy", "permissions_boundary"))
	assert.Equal(t, "${aws_iam_role.deploy.arn}", files.Attr("output.deploy_role_arn", "value"))
	attached := map[string]any{}
	for _, a := range files.All("aws_iam_role_policy_attachment") {
		assert.Equal(t, "${aws_iam_role.deploy.name}", files.Attr(a, "role"))
		attached[a] = files.Attr(a, "policy_arn")
	}
	assert.Equal(t, map[string]any{
		"aws_iam_role_policy_attachment.deploy_ReadOnlyAccess": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		"aws_iam_role_policy_attachment.deploy_a_b":            "arn:aws:iam::222222222222:policy/a.b",
		"aws_iam_role_policy_attachment.deploy_a_b2":           "arn:aws:iam::222222222222:policy/x/a@b",
	}, attached)

	plain := emit(t, office+role("runner.office", byToken))
	assert.EqualValues(t, 3600, plain.Attr("aws_iam_role.deploy", "max_session_duration"))
	assert.Nil(t, plain.Attr("aws_iam_role.deploy", "permissions_boundary"))
}

// TestGuard: what a session may do, by where it is used.
func TestGuard(t *testing.T) {
	tests := map[string]struct {
		spec  string
		works map[string]bool // by the keys of the request
	}{
		"public addresses": {office + role("runner.office", byToken+"\nguard = \"session\""), map[string]bool{
			"aws:ViaAWSService=false aws:SourceIp=198.51.100.3":                        true,
			"aws:ViaAWSService=false aws:SourceIp=198.51.100.16":                       false,
			"aws:ViaAWSService=false aws:VpcSourceIp=10.0.0.1 aws:SourceVpc=vpc-thief": false,
			"aws:ViaAWSService=false":                                                  false,
			"":                                                                         false,
			"aws:ViaAWSService=true":                                                   true,
		}},
		"NAT": {network(`egress = "nat"`) + deployer + role("runner.deployer", byToken+"\nguard = \"session\""), map[string]bool{
			"aws:ViaAWSService=false aws:SourceIp=192.0.2.1":                            true,
			"aws:ViaAWSService=false aws:SourceIp=192.0.2.9":                            false,
			"aws:ViaAWSService=false aws:VpcSourceIp=10.0.0.1 aws:SourceVpc=vpc-net":    true,
			"aws:ViaAWSService=false aws:VpcSourceIp=10.0.15.1 aws:SourceVpc=vpc-net":   false,
			"aws:ViaAWSService=false aws:SourceVpc=vpc-net":                             false,
			"aws:ViaAWSService=false aws:VpcSourceIp=10.0.0.1 aws:SourceVpc=vpc-thief":  false,
			"aws:ViaAWSService=true aws:SourceVpc=vpc-thief aws:VpcSourceIp=172.16.0.1": true,
		}},
		"sealed": {network("") + strings.Replace(deployer, "\n}", "\n  uses = [\"ecs\"]\n}", 1) + role("runner.deployer", byToken+"\nguard = \"session\""), map[string]bool{
			"aws:ViaAWSService=false aws:VpcSourceIp=10.0.0.1 aws:SourceVpc=vpc-net": true,
			"aws:ViaAWSService=false aws:SourceIp=192.0.2.1":                         false,
			"aws:ViaAWSService=false":                                                false,
		}},
		"existing VPC": {existing + role("runner.deployer", byToken+"\nguard = \"session\""), map[string]bool{
			"aws:ViaAWSService=false aws:SourceIp=203.0.113.10":                                      true,
			"aws:ViaAWSService=false aws:SourceIp=203.0.113.11":                                      false,
			"aws:ViaAWSService=false aws:VpcSourceIp=172.20.1.9 aws:SourceVpc=vpc-0a1b2c3d4e5f60718": true,
			"aws:ViaAWSService=false aws:VpcSourceIp=172.20.2.9 aws:SourceVpc=vpc-0a1b2c3d4e5f60718": false,
		}},
		"assume": {office + role("runner.office", byToken), map[string]bool{
			"aws:ViaAWSService=false aws:SourceIp=8.8.8.8": true,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := compiled(t, emit(t, test.spec), "aws_iam_role_policy.deploy", "policy", policy.Identity)
			for keys, works := range test.works {
				d := policy.Evaluate(policy.Request{
					Caller: policy.AsSession(policy.Literal(deployARN), "job"), Action: "ecs:UpdateService",
					Resource: policy.Literal("arn:aws:ecs:ap-northeast-1:222222222222:service/app/web"), Context: context(strings.Fields(keys)...),
				}, p)
				assert.Equal(t, works, d.Allowed(), "%s: %s", keys, d)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	list := func(n int, format string) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(format, i))
		}
		return strings.Join(out, ", ")
	}
	office := func(addresses string) string {
		return fmt.Sprintf("runner \"office\" {\n  issuer = issuer.ci\n  addresses = [%s]\n}\n", addresses)
	}
	tests := map[string]struct{ spec, summary, part, advice string }{
		"addresses":   {office(list(130, `"198.51.%d.7"`)) + role("runner.office", byToken), "Trust policy over the limit", " is for 130 public addresses.", "Write fewer and larger ranges"},
		"subjects":    {office(`"198.51.100.7"`) + role("runner.office", "subjects = ["+list(100, `"team:app-%d:deploy"`)+"]"), "Trust policy over the limit", " is for 100 subjects of tokens.", "Split what its tokens may say"},
		"permissions": {office(`"198.51.100.7"`) + strings.Replace(role("runner.office", byToken), `"*"`, list(200, `"arn:aws:ecs:ap-northeast-1:222222222222:service/app/web-%d"`), 1), "Role policy over the limit", "IAM takes 10240", "Write fewer resources"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			diags := generatortest.Mistakes(t, roles.Blueprint{}, base+test.spec)
			require.Len(t, diags, 1)
			assert.Equal(t, test.summary, diags[0].Summary)
			assert.Contains(t, diags[0].Detail, test.part)
			assert.Contains(t, diags[0].Detail, test.advice)
			assert.Equal(t, strings.Count((base + test.spec)[:strings.Index(base+test.spec, "role \"deploy\"")], "\n")+1, diags[0].Subject.Start.Line)
		})
	}
}

// TestLengthsAreThoseAfterApply: what is known after apply counts as what it will be, and not as what it might be.
func TestLengthsAreThoseAfterApply(t *testing.T) {
	var text, names strings.Builder
	const networks = 5
	for i := range networks {
		fmt.Fprintf(&text, "network \"net%d\" {\n  account = account.tooling\n  cidr = \"10.%d.0.0/20\"\n  zones = [\"a\"]\n}\n", i, i)
		fmt.Fprintf(&text, "runner \"r%d\" {\n  issuer = issuer.ci\n  network = network.net%d\n}\n", i, i)
		fmt.Fprintf(&names, "runner.r%d, ", i)
	}
	trust := emit(t, text.String()+role(names.String(), byToken)).Attr("aws_iam_role.deploy", "assume_role_policy").(string)
	require.Len(t, reference.FindAllString(trust, -1), 2*networks)
	unknown := reference.ReplaceAllString(trust, strings.Repeat("x", 128))
	assert.Greater(t, len(unknown), 2048, "too long, if nothing were known")
}
