package spec

import "github.com/zclconf/go-cty/cty"

// A PackageIndex is a package_index block: a private index of Python packages in a bucket.
type PackageIndex struct {
	Header
	Account        Ref
	Region         Value[string]
	Bucket         Value[string]
	Readers        List[Target]
	Publishers     List[Target] // runners, and roles whose sessions publish
	Administrators List[string] // ARNs of roles and users that the bucket never refuses, beside the account's deploy_role
	Proxy          Value[bool]
	NoncurrentDays Value[int]
}

func (p *PackageIndex) declare() *Kind {
	const noKey = `Who asks for a package does not sign in, and nobody uses a KMS key without: S3's own keys encrypt a package index. Remove it.`
	return &Kind{
		Word: "package_index", Noun: "a package index",
		About: "A private index of Python packages in a bucket.",
		Parameters: []Parameter{
			inAccount(&p.Account, "account.tooling"),
			inRegion(&p.Region),
			bucketName(&p.Bucket, `"acme-python"`),
			{Name: "readers", Type: references(&p.Readers, "runner"), Required: true, Example: "[runner.builder]", Meaning: "who installs from it"},
			{Name: "publishers", Type: references(&p.Publishers, "runner", "role"), Required: true, Example: "[runner.release]", Meaning: "who publishes to it; of a role, its sessions do"},
			{Name: "administrators", Type: texts(&p.Administrators).of("ARN"), Otherwise: "`[]`", Example: `["arn:aws:iam::111111111111:role/admin"]`, Meaning: "who may write from anywhere, beside the account's `deploy_role`"},
			{Name: "proxy", Type: boolean(&p.Proxy, false), Example: "true", Meaning: "API Gateway for readers by public addresses"},
			keptDays(&p.NoncurrentDays, "how long old versions stay"),
		},
		Attributes: []Attribute{
			{Name: "arn", read: func(e *evaluator, b *block) cty.Value { return e.bucketARN(b.Name, b) }, Meaning: "of the bucket"},
			{Name: "bucket", read: func(e *evaluator, b *block) cty.Value { return e.bucket(b.Name, b) }},
			{Name: "name", read: label},
		},
		Hints: map[string]string{
			"addresses":  `From where a package index is read follows from its readers. Write "addresses" in a runner block.`,
			"encryption": noKey,
			"kms_key":    noKey,
			"publish":    `What a package index has is published by those whom it lists. Write publishers = [runner.NAME] or [role.NAME].`,
		},
	}
}
