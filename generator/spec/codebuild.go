package spec

// A CodeBuild is the codebuild block of a runner.
type CodeBuild struct {
	Header
	Image       Value[string] // what the build runs in: an AWS image's name, or "${image.x.url}:TAG"
	Compute     Value[string] // one of ComputeTypes
	Type        Value[string] // one of EnvironmentTypes
	Docker      Value[bool]
	Source      Value[Source]
	Buildspec   Value[string]
	Timeout     Value[int] // minutes
	Environment Map
	Secrets     Map // environment variable to secret
	Parameters  Map // environment variable to parameter
	Push        List[Target]
	Pull        List[Target]
	Read        List[string]            // bucket ARNs
	Write       List[string]            // bucket ARNs
	Keys        List[string]            // KMS key ARNs
	Assume      List[string]            // role ARNs
	Uses        List[string]            // endpoint services
	Things      map[string]List[Target] // what else of the spec it uses, by argument: see uses
}

// A Source is what a build starts from: a reference to a repository block, or the ARN of an S3 object.
type Source struct {
	Block *Target
	ARN   string
}

// EnvironmentTypes are the kinds of build machines.
var EnvironmentTypes = []string{"LINUX_CONTAINER", "ARM_CONTAINER", "LINUX_GPU_CONTAINER"}

// ComputeTypes are the sizes of build machines. Lambda compute cannot be put into a VPC.
// Source: AWS CodeBuild User Guide, "Build environment compute modes and types".
var ComputeTypes = []string{
	"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE", "BUILD_GENERAL1_2XLARGE",
}

func (c *CodeBuild) declare() *Kind {
	k := &Kind{
		Word: "codebuild", Noun: "a codebuild block", Meaning: "a CodeBuild project of ours",
		Parameters: []Parameter{
			{Name: "image", Type: text(&c.Image), Otherwise: "Amazon Linux", Example: `"${image.tools.url}:1"`, Meaning: "what the build runs in"},
			{Name: "compute", Type: choice(&c.Compute, ComputeTypes), Example: `"BUILD_GENERAL1_MEDIUM"`, Meaning: "the size of its machine"},
			{Name: "type", Type: choice(&c.Type, EnvironmentTypes), Example: `"ARM_CONTAINER"`, Meaning: "its kind"},
			{Name: "docker", Type: boolean(&c.Docker, false), Example: "true", Meaning: "the build runs the Docker daemon; in a sealed network it needs `pull` then, if only `[]`"},
			{Name: "source", Type: origin(&c.Source), Otherwise: "none", Example: "repository.app", Meaning: "what the build starts from"},
			{Name: "buildspec", Type: text(&c.Buildspec), Otherwise: "the source's `buildspec.yml`", Example: `file("buildspec.yml")`, Meaning: "the text, `file(\"…\")`, a path in the source, or the ARN of an S3 object"},
			{Name: "timeout", Type: number(&c.Timeout, 60), Example: "60", Meaning: "minutes"},
			{Name: "environment", Type: pairs(&c.Environment), Otherwise: "`{}`", Example: `{ STAGE = "test" }`, Meaning: "variables in plain text"},
			{Name: "secrets", Type: pairs(&c.Secrets), Otherwise: "`{}`", Example: `{ TOKEN = "ci/token" }`, Meaning: "variables from Secrets Manager"},
			{Name: "parameters", Type: pairs(&c.Parameters), Otherwise: "`{}`", Example: `{ VERSION = "/ci/version" }`, Meaning: "variables from Parameter Store"},
			{Name: "push", Type: references(&c.Push, "image"), Otherwise: "`[]`", Example: "[image.app]", Meaning: "images that it pushes"},
			{Name: "pull", Type: references(&c.Pull, "image"), Otherwise: "`[]`", Example: "[image.base]", Meaning: "images that it pulls"},
			{Name: "read", Type: texts(&c.Read).of("bucket ARN"), Otherwise: "`[]`", Example: `["arn:aws:s3:::acme-inputs"]`, Meaning: "buckets that it reads; one that the spec makes is read with its key"},
			{Name: "write", Type: texts(&c.Write).of("bucket ARN"), Otherwise: "`[]`", Example: `["arn:aws:s3:::acme-results"]`, Meaning: "buckets that it writes into; one that the spec makes is written with `publish`"},
			{Name: "keys", Type: texts(&c.Keys).of("KMS key ARN"), Otherwise: "`[]`", Example: `["arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d"]`, Meaning: "keys of those buckets, secrets and parameters"},
			{Name: "assume", Type: texts(&c.Assume).of("role ARN"), Otherwise: "`[]`", Example: `["arn:aws:iam::222222222222:role/deploy"]`, Meaning: "roles that the build assumes"},
			{Name: "uses", Type: texts(&c.Uses), Otherwise: "`[]`", Example: `["ssm"]`, Meaning: "other endpoints"},
		},
		Hints: map[string]string{"publish": `Publishing is for every kind of runner. Write "publish" in the runner block, outside of the codebuild block.`},
	}
	for _, use := range uses {
		k.Parameters = append(k.Parameters, use(&c.Things))
	}
	return k
}
