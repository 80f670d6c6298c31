package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/examples"
	"github.com/postern-dev/postern/generator/explain"
)

func TestExplain(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "sealed-build")
	before := contents(t)
	text := must(t, "explain", "network.ci.ecr.api")
	assert.Regexp(t, pattern(`network.ci.ecr.api: the endpoint of network.ci for ecr.api, an interface in its private subnets

Who needs it
  runner.builder pulls image.python  postern.hcl:22
  runner.builder signs in to ECR     postern.hcl:22
  runner.builder pushes image.app    postern.hcl:22

Who gets through
  runner.builder

By which statement
  statement 1: runner.builder pulls image.python  live/tooling/ap-northeast-1/network/endpoints_ci.tf:37
  statement 2: runner.builder signs in to ECR     live/tooling/ap-northeast-1/network/endpoints_ci.tf:53
  statement 3: runner.builder pushes image.app    live/tooling/ap-northeast-1/network/endpoints_ci.tf:65

In the spec
  runner.builder  postern.hcl:22
  network.ci      postern.hcl:9

In the output
  aws_security_group.ci_endpoints  live/tooling/ap-northeast-1/network/endpoints_ci.tf:3
  aws_vpc_endpoint.ci_ecr_api      live/tooling/ap-northeast-1/network/endpoints_ci.tf:23`), text)
	for _, same := range [][]string{
		{"network.ci.ecr.api", "postern.hcl"}, {"aws_vpc_endpoint.ci_ecr_api"}, {"tooling/ap-northeast-1/network aws_vpc_endpoint.ci_ecr_api"},
		{"tooling/ap-northeast-1/network/aws_vpc_endpoint.ci_ecr_api"},
	} {
		assert.Equal(t, text, must(t, append([]string{"explain"}, same...)...))
	}
	assert.Equal(t, strings.ReplaceAll(text, "live/", "out/"), must(t, "explain", "network.ci.ecr.api", "--output", "./out"))

	var x explain.Explanation
	require.NoError(t, json.Unmarshal([]byte(must(t, "explain", "network.ci.ecr.api", "--json")), &x))
	assert.Equal(t, "network.ci.ecr.api", x.Address)
	assert.Equal(t, &explain.Place{File: "postern.hcl", Line: 22}, x.Sections[0].Facts[0].At)

	assert.Contains(t, must(t, "explain", "aws_kms_key.storage"), "Why it is there\n  Encrypts what is stored in this place")
	assert.Equal(t, before, contents(t), "explain writes nothing")
}

func TestExplainRole(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "cross-account")
	assert.Regexp(t, pattern(`role.deploy: the IAM role postern-deploy of account.prod, for sessions of up to 3600 seconds

Who needs it
  runner.deployer, the CodeBuild project postern-deployer in network.ci  postern.hcl:27

Who gets in, and by which statement
  runner.deployer as itself from 10.20.0.0/24, network.ci, through its STS endpoint: PrincipalsNetworkCi  live/prod/global/identity/role_deploy.tf:14
  runner.deployer as itself from 10.20.2.0/24, network.ci, through its STS endpoint: PrincipalsNetworkCi  live/prod/global/identity/role_deploy.tf:14

What it may do
  ecs:DescribeServices, ecs:UpdateService on arn:aws:ecs:ap-northeast-1:222222222222:service/app/*

What a stolen session is worth
  nothing elsewhere: guard = "session" denies everything from any other place

In the spec
  role.deploy  postern.hcl:36

In the output
  aws_iam_role.deploy         live/prod/global/identity/role_deploy.tf:5
  aws_iam_role_policy.deploy  live/prod/global/identity/role_deploy.tf:42`), must(t, "explain", "aws_iam_role.deploy"))
}

// TestExplainEverything: places are where the thing is said to be.
func TestExplainEverything(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range examples.Names() {
		must(t, "init", name, "--example", name)
		must(t, "generate", name)
		_, stdout, _ := postern("explain", "?", name, "--json")
		addresses := strings.Fields(strings.Split(decode(t, stdout).Diagnostics[0].Detail, "\n\n")[1])
		for _, address := range addresses {
			var x explain.Explanation
			require.NoError(t, json.Unmarshal([]byte(must(t, "explain", address, name, "--json")), &x))
			assert.Equal(t, address, x.Address)
			for _, s := range x.Sections {
				for _, f := range s.Facts {
					switch {
					case strings.HasSuffix(s.Title, "y which statement"):
						assert.Equal(t, "      {", lineAt(t, *f.At), f.Text)
					case strings.HasPrefix(s.Title, "In the "):
						kind, label, _ := strings.Cut(f.Text, ".")
						assert.Regexp(t, fmt.Sprintf(`^(resource )?"?%s"? "%s" \{`, kind, label), lineAt(t, *f.At), address)
					}
				}
			}
		}
	}
}

func lineAt(t *testing.T, p explain.Place) string {
	data, err := os.ReadFile(p.File)
	require.NoError(t, err)
	return strings.Split(string(data), "\n")[p.Line-1]
}

func TestExplainNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "two-accounts")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"runner.relase"}, "Error: Unknown address\n\nNothing has the address runner.relase. Did you mean runner.release? Write one\nof\n\n  account.dev\n"},
		{[]string{"release"}, "Did you mean runner.release?"},
		{[]string{"network.dev.sts"}, "Error: Unknown address\n"},
		{[]string{"aws_vpc.ci"}, "Error: Unknown address\n"},
		{[]string{"aws_iam_role.flow_logs"}, "Error: Address of several things\n\n  dev/eu-west-1/network aws_iam_role.flow_logs\n  prod/us-east-1/network aws_iam_role.flow_logs\n"},
		{[]string{""}, "Error: Unknown address\n"},
		{nil, "Error: No address\n"},
		{[]string{"runner.release", ".", "more"}, "Error: Unexpected argument \"more\"\n"},
		{[]string{"runner.release", "nowhere"}, "nowhere"},
	} {
		code, stdout, stderr := postern(append([]string{"explain"}, test.args...)...)
		assert.Equal(t, 1, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, test.want)
	}
	code, stdout, stderr := postern("explain", "runner.relase", "--json")
	assert.Equal(t, 1, code)
	assert.Empty(t, stderr)
	assert.Equal(t, "Unknown address", decode(t, stdout).Diagnostics[0].Summary)
}

func TestExplainCompletes(t *testing.T) {
	t.Chdir(t.TempDir())
	_, stdout, _ := postern(cobra.ShellCompRequestCmd, "explain", "run")
	assert.Contains(t, stdout, "runner.\ta runner\n", "without a spec, what addresses begin with")
	must(t, "init", "--example", "sealed-build")
	_, stdout, _ = postern(cobra.ShellCompRequestCmd, "explain", "")
	assert.Contains(t, stdout, "network.ci.s3\n")
	assert.Contains(t, stdout, "runner.builder\n:4\n")
}
