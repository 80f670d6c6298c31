package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/examples"
)

func TestProve(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	code, _, stderr := postern("prove")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "Error: Nothing to prove\n\nThere is no Terraform in live. Run: postern generate\n")

	must(t, "generate")
	assert.Regexp(t, `^Proved \d{3} claims about live\.\n$`, must(t, "prove"))
	before := contents(t)
	must(t, "prove", "postern.hcl", "--json")
	assert.Equal(t, before, contents(t), "prove writes nothing")
}

func TestProveEveryExample(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range examples.Names() {
		must(t, "init", name, "--example", name)
		must(t, "generate", name, "--output", "out/"+name)
		assert.Regexp(t, `^Proved \d+ claims about out/`+name+`\.\n$`, must(t, "prove", name, "--output", "out/"+name))
	}
}

func TestProveSeesEditsAndNewFiles(t *testing.T) {
	const project = "live/tooling/ap-northeast-1/delivery/runner_builder.tf"
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "sealed-build")
	must(t, "generate")

	put(t, project, `"aws:SourceArn" = "arn:aws:codebuild:ap-northeast-1:111111111111:project/postern-builder"`, `"aws:SourceArn" = "arn:aws:codebuild:*:111111111111:project/*"`)
	put(t, project, "ArnEquals = {\n            \"aws:SourceArn\"", "ArnLike = {\n            \"aws:SourceArn\"")
	code, stdout, stderr := postern("prove")
	assert.Equal(t, 1, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "Error: Role open to strangers\n\n  on postern.hcl line ")
	assert.Contains(t, stderr, ", in runner \"builder\":\n")
	assert.Regexp(t, `\n\n  `+project+`:(\d+)\n  \d+:       \{\n\ncodebuild\.amazonaws\.com may sts:AssumeRole on\s+arn:aws:iam::111111111111:role/postern-runner-builder`, stderr)

	must(t, "generate", "--overwrite")
	const own = "live/tooling/ap-northeast-1/network/mine.tf"
	put(t, own, "", "resource \"aws_internet_gateway\" \"mine\" {\n  vpc_id = aws_vpc.ci.id\n}\n")
	code, _, stderr = postern("prove")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "Error: Way out of a sealed network\n")
	assert.Contains(t, stderr, "\n  "+own+":2\n")

	put(t, own, "", "resource \"aws_vpc\" \"mine\" {")
	code, stdout, _ = postern("prove", "--json")
	assert.Equal(t, 1, code)
	assert.Contains(t, stdout, own+":1")

	require.NoError(t, os.Remove(own))
	put(t, "live/tooling/ap-northeast-1/network/key_override.tf", "", "resource \"aws_kms_key\" \"network\" {}\n")
	code, stdout, stderr = postern("prove")
	assert.Zero(t, code, stderr)
	assert.Contains(t, stdout, "Proved ")
	assert.Contains(t, stderr, "Warning: File left out of the proof\n\n  live/tooling/ap-northeast-1/network/key_override.tf\n")
}

// TestProveReadsThePage: ACCESS.md has to say what the Terraform beside it means, files of one's own included.
func TestProveReadsThePage(t *testing.T) {
	const page = "live/ACCESS.md"
	t.Chdir(t.TempDir())
	must(t, "init", "--example", "sealed-build")
	must(t, "generate")
	warned := func() string {
		code, stdout, stderr := postern("prove")
		assert.Zero(t, code)
		assert.Contains(t, stdout, "Proved ")
		return stderr
	}
	put(t, page, "endpoint ecr.api, endpoint ecr.dkr", "nothing")
	assert.Contains(t, warned(), "Warning: ACCESS.md says something else\n\n  live/ACCESS.md\n\n")
	require.NoError(t, os.Remove(page))
	assert.Regexp(t, `(?s)  \+# Who gets in\n.*  and \d+ lines more\n`, warned())

	must(t, "generate")
	put(t, "live/tooling/ap-northeast-1/delivery/mine.tf", "", `resource "aws_iam_role" "nightly" {
  name = "nightly"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" } }]
  })
}
`)
	assert.Regexp(t, "\n  \\+\\| role `arn:aws:iam::111111111111:role/nightly`, which is not in the spec \\| .*scheduler", warned())
}
