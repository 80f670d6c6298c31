package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/topology"
)

// storage is what builds of these tests read and write.
const storage = `
repository "app" { account = account.tooling }
image "app" { account = account.tooling }
image "base" { account = account.tooling }
`

// runner is a runner in network.ci.
func runner(name, codebuild string) string {
	return fmt.Sprintf("runner %q {\n network = network.ci\n codebuild {\n%s\n }\n}\n", name, codebuild)
}

// endpoints are the services of a network's endpoints, in one line.
func endpoints(n *topology.Network) string {
	var names []string
	for _, e := range n.Endpoints {
		names = append(names, string(e.Service))
	}
	return strings.Join(names, " ")
}

func TestEndpointsFollowFromTheWork(t *testing.T) {
	const sealedBuild = "docker = true\n source = repository.app\n pull = [image.base]\n push = [image.app]\n"
	const inline = "buildspec = \"{}\"\n"
	tests := map[string]struct{ work, want string }{
		"nothing but a log":    {inline, "logs"},
		"a sealed build":       {sealedBuild, "ecr.api ecr.dkr git-codecommit logs s3"},
		"from scratch":         {"docker = true\n source = repository.app\n pull = []\n push = [image.app]", "ecr.api ecr.dkr git-codecommit logs s3"},
		"assumes":              {sealedBuild + `assume = ["arn:aws:iam::222222222222:role/deploy"]`, "ecr.api ecr.dkr git-codecommit logs s3 sts"},
		"secrets":              {sealedBuild + `secrets = { TOKEN = "ci/token" }`, "ecr.api ecr.dkr git-codecommit logs s3 secretsmanager"},
		"parameters":           {sealedBuild + `parameters = { TOKEN = "/ci/token" }`, "ecr.api ecr.dkr git-codecommit logs s3 ssm"},
		"all of them":          {sealedBuild + "assume = [\"arn:aws:iam::222222222222:role/deploy\"]\n secrets = { A = \"a\" }\n parameters = { B = \"b\" }", "ecr.api ecr.dkr git-codecommit logs s3 secretsmanager ssm sts"},
		"clones only":          {`source = repository.app`, "git-codecommit logs"},
		"pulls only":           {inline + "docker = true\n pull = [image.base]", "ecr.api ecr.dkr logs s3"},
		"source in S3":         {`source = "arn:aws:s3:::sources/app.zip"`, "logs s3"},
		"reads a bucket":       {inline + `read = ["arn:aws:s3:::inputs"]`, "logs s3"},
		"writes a bucket":      {inline + `write = ["arn:aws:s3:::out"]`, "logs s3"},
		"keys":                 {inline + `keys = ["arn:aws:kms:eu-west-1:111111111111:key/mrk-1"]`, "logs"},
		"environment in ECR":   {inline + `image = "${image.base.url}:1"`, "logs"}, // AWS pulls it
		"empty lists":          {inline + "push = []\n pull = []\n read = []\n write = []\n assume = []\n uses = []\n keys = []\n secrets = {}\n parameters = {}", "logs"},
		"uses":                 {inline + `uses = ["ecs", "codeartifact.api", "ecs"]`, "codeartifact.api ecs logs"},
		"uses what it has too": {inline + `uses = ["logs"]`, "logs"},
		"the same twice":       {inline + "read = [\"arn:aws:s3:::inputs\", \"arn:aws:s3:::inputs\"]\n write = [\"arn:aws:s3:::inputs\"]", "logs s3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sealed := resolve(t, account+storage+network+runner("r", test.work))
			assert.Equal(t, test.want, endpoints(sealed.Networks[0]))
			if !strings.Contains(test.work, "uses") {
				open := resolve(t, account+storage+networkOf("10.20.0.0/20", "ab", "nat")+runner("r", test.work))
				assert.Empty(t, endpoints(open.Networks[0]), "NAT leads everywhere")
			}
		})
	}
}

func TestNATHasTheEndpointsThatAreNamed(t *testing.T) {
	open := networkOf("10.20.0.0/20", "ab", "nat")
	resolved := resolve(t, account+open+
		runner("named", "buildspec = \"{}\"\n uses = [\"ssm\"]")+runner("other", "buildspec = \"{}\"\n parameters = { A = \"a\" }"))
	n := resolved.Networks[0]
	require.Equal(t, "ssm", endpoints(n))
	var who []string
	for _, a := range n.Endpoints[0].Work {
		who = append(who, a.Reason())
	}
	assert.Equal(t, []string{"runner.named uses ssm", "runner.other reads parameters"}, who, "private DNS takes every runner there")
	assert.Equal(t, topology.ThroughEndpoint, resolved.Runners[1].Path(aws.SSM))
	assert.Equal(t, topology.Public, resolved.Runners[1].Path(aws.Logs))
}

func TestRunnersShareEndpoints(t *testing.T) {
	const reader, deployer = "buildspec = \"{}\"\n read = [\"arn:aws:s3:::inputs\"]", "buildspec = \"{}\"\n assume = [\"arn:aws:iam::222222222222:role/deploy\"]"
	both := resolve(t, account+network+runner("deployer", deployer)+runner("reader", reader)).Networks[0]
	require.Equal(t, "logs s3 sts", endpoints(both))
	assert.Len(t, both.Endpoints[0].Work, 2, "both write logs")
	assert.Equal(t, "logs sts", endpoints(resolve(t, account+network+runner("deployer", deployer)).Networks[0]), "the last one takes s3 away")
	assert.Equal(t, "logs s3", endpoints(resolve(t, account+network+runner("reader", reader)).Networks[0]), "the last one takes sts away")
	assert.Empty(t, endpoints(resolve(t, account+network).Networks[0]))
	assert.Equal(t, topology.NoPath, both.Runners[0].Path("ec2"))
}

// resources are what a runner's work asks for with an action.
func resources(r *topology.Runner, action string) (out []string) {
	for _, a := range r.Work {
		for _, have := range a.Actions {
			if have == action {
				out = append(out, a.Resources...)
			}
		}
	}
	return out
}

func TestSecrets(t *testing.T) {
	const full = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:"
	tests := map[string]string{
		"token":                             full + "token-??????",
		"ci/chat:key":                       full + "ci/chat-??????",
		"ci/chat:key:AWSCURRENT:1":          full + "ci/chat-??????",
		full + "ci/chat-a1B2c3":             full + "ci/chat-a1B2c3",
		full + "ci/chat-a1B2c3:key":         full + "ci/chat-a1B2c3",
		full + "ci/chat-a1B2c3:key::":       full + "ci/chat-a1B2c3",
		full + "ci/chat":                    "Secret ARN without its end",
		"":                                  "Unknown form of secret",
		"ci token":                          "Unknown form of secret",
		"a:b:c:d:e":                         "Unknown form of secret",
		"arn:aws:ssm:eu-west-1:1:parameter": "Unknown form of secret",
		"arn:aws:secretsmanager:eu-west-1::secret:x":                "Unknown form of secret",
		"arn:aws:secretsmanager:us-east-1:111111111111:secret:x":    "Secret out of reach",
		"arn:aws-cn:secretsmanager:eu-west-1:111111111111:secret:x": "ARN of another partition",
	}
	for secret, want := range tests {
		text := account + network + runner("r", fmt.Sprintf("buildspec = \"{}\"\n secrets = { A = %q }", secret))
		if !strings.HasPrefix(want, "arn:") {
			assert.Equal(t, []string{want}, mistakes(t, text), secret)
			continue
		}
		assert.Equal(t, []string{want}, resources(resolve(t, text).Runners[0], "secretsmanager:GetSecretValue"), secret)
	}
}

func TestSecretOfAnotherRegionThroughNAT(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:x-a1B2c3"
	resolved := resolve(t, account+networkOf("10.20.0.0/20", "ab", "nat")+runner("r", "buildspec = \"{}\"\n secrets = { A = \""+arn+"\" }"))
	assert.Equal(t, []string{arn}, resources(resolved.Runners[0], "secretsmanager:GetSecretValue"))
}

func TestParameters(t *testing.T) {
	const root = "arn:aws:ssm:eu-west-1:111111111111:parameter/"
	tests := map[string]string{
		"token":                   root + "token",
		"/app/token":              root + "app/token",
		"/aws/service/ami/linux":  "arn:aws:ssm:eu-west-1::parameter/aws/service/ami/linux",
		"":                        "",
		"/app/":                   "",
		"/app//token":             "",
		"/app/*":                  "",
		root + "app/token":        "",
		strings.Repeat("a", 1012): "",
	}
	for name, want := range tests {
		text := account + network + runner("r", fmt.Sprintf("buildspec = \"{}\"\n parameters = { A = %q }", name))
		if want == "" {
			assert.Equal(t, []string{"Unknown form of parameter"}, mistakes(t, text), name)
			continue
		}
		assert.Equal(t, []string{want}, resources(resolve(t, text).Runners[0], "ssm:GetParameters"), name)
	}
}

func TestARNs(t *testing.T) {
	tests := []struct {
		work string
		want []string
	}{
		{`read = ["arn:aws:s3:::inputs"]`, []string{}},
		{`read = ["in"]`, []string{"Unknown form of ARN"}},
		{`read = ["arn:aws:s3:::inputs/*"]`, []string{"Unknown form of ARN"}},
		{`write = ["arn:aws:s3:::*"]`, []string{"Unknown form of ARN"}},
		{`write = ["arn:aws-cn:s3:::inputs"]`, []string{"ARN of another partition"}},
		{`keys = ["arn:aws:kms:eu-west-1:111111111111:alias/ci"]`, []string{"Unknown form of ARN"}},
		{`assume = ["arn:aws:iam::222222222222:role/ci/deploy"]`, []string{}},
		{`assume = ["arn:aws:iam::222222222222:role/*"]`, []string{"Unknown form of ARN"}},
		{`assume = ["arn:aws:iam::222222222222:root"]`, []string{"Unknown form of ARN"}},
		{`assume = ["arn:aws:sts::222222222222:assumed-role/deploy/x"]`, []string{"Unknown form of ARN"}},
		{`assume = ["arn:aws-us-gov:iam::222222222222:role/deploy"]`, []string{"ARN of another partition"}},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, mistakes(t, account+network+runner("r", "buildspec = \"{}\"\n"+test.work)), test.work)
	}
}

func TestUses(t *testing.T) {
	tests := map[string]string{
		"secretmanager":                          `Write "secretsmanager".`,
		"sms":                                    `Write "kms", "sns", "sqs" or "sts".`,
		"ecr":                                    `Write "ecr.api" or "ecr.dkr".`,
		"codeartifact":                           `Write "codeartifact.api" or "codeartifact.repositories".`,
		"com.amazonaws.eu-west-1.ecr.dkr":        `Write "ecr.dkr".`,
		"cn.com.amazonaws.cn-north-1.ecr.dkr":    `Write "ecr.dkr".`,
		"com.amazonaws.eu-west-1.git-codecommit": `Write "git-codecommit".`,
		"x":                                      `Write "autoscaling", "cloudformation",`,
		"":                                       `Write "autoscaling", "cloudformation",`,
	}
	for service, want := range tests {
		_, diags := Topology(load(t, account+network+runner("r", fmt.Sprintf("buildspec = \"{}\"\n uses = [%q]", service))))
		require.Len(t, diags, 1)
		assert.Contains(t, diags[0].Detail, want, service)
	}
}

func TestBuildImage(t *testing.T) {
	const beijing = `
account "beijing" {
  id     = "333333333333"
  region = "cn-north-1"
}
image "far" { account = account.beijing }
`
	tests := []struct {
		image string
		want  []string
	}{
		{`"aws/codebuild/standard:7.0"`, []string{}},
		{`"${image.base.url}:1"`, []string{}},
		{`"${image.base.url}@sha256:0a1b"`, []string{}},
		{`image.base.url`, []string{"Image without a tag"}},
		{`"${image.base.url}:"`, []string{"Image without a tag"}},
		{`"${image.far.url}:1"`, []string{"Image in another partition"}},
		{`""`, []string{"Unknown form of image"}},
		{`"python 3"`, []string{"Unknown form of image"}},
	}
	for _, test := range tests {
		text := account + beijing + storage + network + runner("r", "buildspec = \"{}\"\n image = "+test.image)
		assert.Equal(t, test.want, mistakes(t, text), test.image)
	}
}

func TestRunnersOfOtherAccountsAreOnTheImage(t *testing.T) {
	resolved := resolve(t, account+`
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
image "app" { account = account.prod }
image "tools" { account = account.prod }
image "own" { account = account.tooling }
`+network+runner("r", "buildspec = \"{}\"\n docker = true\n image = \"${image.tools.url}:1\"\n pull = [image.own]\n push = [image.app]"))
	images := topology.Of[*topology.Image](resolved)
	app, own, tools := images[0], images[1], images[2]
	assert.Equal(t, resolved.Runners, app.Pushers)
	assert.Equal(t, resolved.Runners, tools.Pullers, "the environment is pulled with the runner's role")
	assert.Empty(t, app.Pullers)
	assert.Empty(t, own.Pullers)
}

func TestVariables(t *testing.T) {
	resolved := resolve(t, account+network+runner("r", `buildspec = "{}"
environment = { STAGE = "test", _x = "" }
secrets     = { TOKEN = "ci/chat:token" }
parameters  = { DSN = "/ci/dsn" }`))
	assert.Equal(t, []topology.Variable{
		{Name: "AWS_DEFAULT_REGION", Type: "PLAINTEXT", Value: "eu-west-1"},
		{Name: "AWS_REGION", Type: "PLAINTEXT", Value: "eu-west-1"},
		{Name: "AWS_STS_REGIONAL_ENDPOINTS", Type: "PLAINTEXT", Value: "regional"},
		{Name: "DSN", Type: "PARAMETER_STORE", Value: "/ci/dsn"},
		{Name: "STAGE", Type: "PLAINTEXT", Value: "test"},
		{Name: "TOKEN", Type: "SECRETS_MANAGER", Value: "ci/chat:token"},
		{Name: "_x", Type: "PLAINTEXT", Value: ""},
	}, resolved.Runners[0].Build.Environment)
}

func TestBuildspecInS3(t *testing.T) {
	const arn = "arn:aws:s3:::acme-specs/build.yml"
	for _, body := range []string{"", "source = \"arn:aws:s3:::acme-sources/app.zip\"\n "} {
		r := resolve(t, account+network+runner("r", body+fmt.Sprintf("buildspec = %q", arn))).Runners[0]
		assert.Contains(t, resources(r, "s3:GetObject"), arn)
		assert.Contains(t, resources(r, "s3:GetBucketLocation"), "arn:aws:s3:::acme-specs")
	}
	assert.Equal(t, []string{"ARN of another partition"}, mistakes(t, account+network+runner("r", `buildspec = "arn:aws-cn:s3:::acme-specs/build.yml"`)))
}
