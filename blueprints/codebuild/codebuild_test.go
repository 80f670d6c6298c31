package codebuild_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints/codebuild"
	"github.com/postern-dev/postern/generator/generatortest"
)

const base = `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}
network "ci" {
  account = account.tooling
  cidr    = "10.0.0.0/20"
  zones   = ["a", "b"]
}
repository "app" { account = account.tooling }
image "base" { account = account.tooling }
image "app" { account = account.prod }
`

const (
	project = "aws_codebuild_project.r"
	role    = "aws_iam_role.r"
	allowed = "aws_iam_role_policy.r"
)

// emit runs the blueprint over one runner, of which the codebuild block is given.
func emit(t *testing.T, body string) *generatortest.Files {
	t.Helper()
	return generatortest.Emit(t, codebuild.Blueprint{}, base+runner(body))
}

func runner(body string) string {
	return "runner \"r\" {\n  network = network.ci\n  codebuild {\n" + body + "\n  }\n}\n"
}

func TestTrust(t *testing.T) {
	p := emit(t, `source = repository.app`).Policy(role, "assume_role_policy")
	require.Len(t, p.Statement, 1)
	s := p.Statement[0]
	assert.Equal(t, map[string]any{"Service": "codebuild.amazonaws.com"}, s.Principal)
	assert.Equal(t, generatortest.Strings{"sts:AssumeRole"}, s.Action)
	assert.Equal(t, map[string]map[string]generatortest.Strings{
		"StringEquals": {"aws:SourceAccount": {"111111111111"}},
		"ArnEquals":    {"aws:SourceArn": {"arn:aws:codebuild:eu-west-1:111111111111:project/postern-r"}},
	}, s.Condition)
}

func TestTheRoleMayDoItsWorkAndNoMore(t *testing.T) {
	p := emit(t, `
    docker     = true
    source     = repository.app
    pull       = [image.base]
    push       = [image.app]
    read       = ["arn:aws:s3:::acme-in"]
    write      = ["arn:aws:s3:::acme-out"]
    secrets    = { TOKEN = "ci/token:json-key" }
    parameters = { DSN = "/app/dsn" }
    assume     = ["arn:aws:iam::222222222222:role/deploy"]
    uses       = ["ecs"]`).Policy(allowed, "policy")
	image := func(account, name string) string { return "arn:aws:ecr:eu-west-1:" + account + ":repository/" + name }
	tests := []struct {
		action, resource string
		want             bool
	}{
		{"codecommit:GitPull", "arn:aws:codecommit:eu-west-1:111111111111:app", true},
		{"codecommit:GitPush", "arn:aws:codecommit:eu-west-1:111111111111:app", false},
		{"ecr:GetDownloadUrlForLayer", image("111111111111", "base"), true},
		{"ecr:PutImage", image("111111111111", "base"), false},
		{"ecr:PutImage", image("222222222222", "app"), true},
		{"ecr:GetDownloadUrlForLayer", image("222222222222", "app"), false},
		{"s3:GetObject", "arn:aws:s3:::acme-in/object", true},
		{"s3:PutObject", "arn:aws:s3:::acme-in/object", false},
		{"s3:PutObject", "arn:aws:s3:::acme-out/object", true},
		{"s3:GetObject", "arn:aws:s3:::acme-out/object", false},
		{"s3:GetObject", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/layer", false}, // ECR signs these
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token-AbCdEf", true},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111111111111:secret:ci/token-2-AbCdEf", false},
		{"ssm:GetParameters", "arn:aws:ssm:eu-west-1:111111111111:parameter/app/dsn", true},
		{"ssm:GetParameters", "arn:aws:ssm:eu-west-1:111111111111:parameter/app/other", false},
		{"sts:AssumeRole", "arn:aws:iam::222222222222:role/deploy", true},
		{"sts:AssumeRole", "arn:aws:iam::222222222222:role/admin", false},
		{"ecs:UpdateService", "*", false}, // uses opens the endpoint; the assumed role decides
		{"logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r:x", true},
		{"logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-other:x", false},
		{"logs:CreateLogGroup", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/codebuild/postern-r:x", false},
		{"codebuild:CreateReportGroup", "*", false},
		{"iam:PassRole", "*", false},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, p.Allows(test.action, test.resource), "%s on %s", test.action, test.resource)
	}
}

func TestInterfacesGoIntoTheRunnersNetworkOnly(t *testing.T) {
	p := emit(t, `source = repository.app`).Policy(allowed, "policy")
	const arn = "arn:aws:ec2:eu-west-1:111111111111:"
	subnets := generatortest.Strings{
		arn + "subnet/${data.terraform_remote_state.network.outputs.ci_private_subnet_ids.a}",
		arn + "subnet/${data.terraform_remote_state.network.outputs.ci_private_subnet_ids.b}",
	}
	group := arn + "security-group/${data.terraform_remote_state.network.outputs.r_security_group_id}"
	for _, s := range p.Statement {
		switch s.Sid {
		case "FindNetwork":
			for _, action := range s.Action {
				assert.True(t, strings.HasPrefix(action, "ec2:Describe"), action)
			}
		case "EnterNetwork":
			assert.Equal(t, append(append(generatortest.Strings{arn + "network-interface/*"}, subnets...), group), s.Resource)
		case "LeaveNetwork":
			assert.Equal(t, generatortest.Strings{arn + "network-interface/*"}, s.Resource)
		case "AttachInterface":
			assert.Equal(t, generatortest.Strings{"codebuild.amazonaws.com"}, s.Condition["StringEquals"]["ec2:AuthorizedService"])
			assert.Equal(t, subnets, s.Condition["ArnEquals"]["ec2:Subnet"])
		default:
			for _, action := range s.Action {
				assert.NotContains(t, action, "ec2:")
			}
		}
	}
	assert.Equal(t, []any{"${aws_iam_role_policy.r}"}, emit(t, `source = repository.app`).Attr(project, "depends_on"))
}

func TestKeysThatServicesUseForTheRunner(t *testing.T) {
	p := emit(t, "source = repository.app\nkeys = [\"arn:aws:kms:eu-west-1:111111111111:key/1\"]").Policy(allowed, "policy")
	const key = "${data.terraform_remote_state.storage.outputs.key_arn}"
	via := map[string]bool{}
	for _, s := range p.Statement {
		if len(s.Resource) == 1 && s.Resource[0] == key {
			require.Len(t, s.Condition["StringEquals"]["kms:ViaService"], 1)
			via[s.Condition["StringEquals"]["kms:ViaService"][0]] = true
		}
	}
	assert.Equal(t, map[string]bool{"s3.eu-west-1.amazonaws.com": true, "codecommit.eu-west-1.amazonaws.com": true}, via)
	assert.True(t, p.Allows("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/1"))
}

func TestWithoutKeys(t *testing.T) {
	files := generatortest.Emit(t, codebuild.Blueprint{}, "postern { encryption = \"aws\" }\n"+base+runner(`source = repository.app`))
	assert.Nil(t, files.Attr(project, "encryption_key"))
	assert.Nil(t, files.Attr("aws_cloudwatch_log_group.r", "kms_key_id"))
	assert.NotContains(t, files.Text["tooling/eu-west-1/delivery/runner_r.tf"], "kms:")
}

func TestSources(t *testing.T) {
	tests := map[string]struct {
		body, kind string
		location   any
	}{
		"CodeCommit": {`source = repository.app`, "CODECOMMIT", "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/app"},
		"S3":         {`source = "arn:aws:s3:::acme/path/app.zip"`, "S3", "acme/path/app.zip"},
		"none":       {"buildspec = <<-EOT\n  version: 0.2\n  phases: {}\n  EOT\n", "NO_SOURCE", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := emit(t, test.body)
			assert.Equal(t, test.kind, files.Attr(project, "source.type"))
			assert.Equal(t, test.location, files.Attr(project, "source.location"))
			assert.Equal(t, "NO_ARTIFACTS", files.Attr(project, "artifacts.type"))
		})
	}
}

func TestTheDaemonNeedsPrivilegesAndNothingElseDoes(t *testing.T) {
	assert.Nil(t, emit(t, `source = repository.app`).Attr(project, "environment.privileged_mode"))
	docker := emit(t, "source = repository.app\ndocker = true\npull = []")
	assert.Equal(t, true, docker.Attr(project, "environment.privileged_mode"))
	assert.Contains(t, docker.Text["tooling/eu-west-1/delivery/runner_r.tf"], "#checkov:skip=CKV_AWS_316:")
}

func TestOwnImageIsPulledWithTheRole(t *testing.T) {
	own := emit(t, "source = repository.app\nimage = \"${image.base.url}:1\"")
	assert.Equal(t, "SERVICE_ROLE", own.Attr(project, "environment.image_pull_credentials_type"))
	assert.True(t, own.Policy(allowed, "policy").Allows("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111111111111:repository/base"))
	assert.Equal(t, "CODEBUILD", emit(t, `source = repository.app`).Attr(project, "environment.image_pull_credentials_type"))
}

func TestAnyImageInECRIsPulledWithTheRole(t *testing.T) {
	files := emit(t, "source = repository.app\nimage = \"999999999999.dkr.ecr.eu-west-1.amazonaws.com/tools/go@sha256:00\"")
	assert.Equal(t, "SERVICE_ROLE", files.Attr(project, "environment.image_pull_credentials_type"))
	assert.True(t, files.Policy(allowed, "policy").Allows("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:999999999999:repository/tools/go"))
	assert.False(t, files.Policy(allowed, "policy").Allows("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:999999999999:repository/tools/rust"))
}

func TestExistingVPC(t *testing.T) {
	files := generatortest.Emit(t, codebuild.Blueprint{}, `
account "tooling" {
  id     = "111111111111"
  region = "eu-west-1"
}
network "ci" {
  account         = account.tooling
  vpc_id          = "vpc-0a1b2c3d4e5f60718"
  subnet_ids      = ["subnet-0a1b2c3d4e5f60001"]
  route_table_ids = ["rtb-0a1b2c3d4e5f60718"]
}
`+runner(`source = "arn:aws:s3:::acme/app.zip"`))
	assert.Equal(t, "vpc-0a1b2c3d4e5f60718", files.Attr(project, "vpc_config.vpc_id"))
	assert.Equal(t, []any{"subnet-0a1b2c3d4e5f60001"}, files.Attr(project, "vpc_config.subnets"))
	assert.True(t, files.Policy(allowed, "policy").Allows("ec2:CreateNetworkInterface", "arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-0a1b2c3d4e5f60001"))
}

func TestRolePolicyOverTheLimit(t *testing.T) {
	var buckets []string
	for i := range 120 {
		buckets = append(buckets, fmt.Sprintf("%q", fmt.Sprintf("arn:aws:s3:::%s-%d", strings.Repeat("b", 50), i)))
	}
	diags := generatortest.Mistakes(t, codebuild.Blueprint{}, base+runner("source = repository.app\nwrite = ["+strings.Join(buckets, ", ")+"]"))
	require.Len(t, diags, 1)
	assert.Equal(t, "Role policy over the limit", diags[0].Summary)
	assert.Contains(t, diags[0].Detail, "runner.r")
	assert.NotNil(t, diags[0].Subject)
}
