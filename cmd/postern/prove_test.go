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
	assert.Regexp(t, `\n\n  `+project+`:(\d+)\n  \d+:   assume_role_policy = jsonencode\(\{\n\nCodeBuild for another project can assume the role`, stderr)

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
