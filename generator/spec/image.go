package spec

import (
	"fmt"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// An Image is an image block: an ECR repository.
type Image struct {
	Header
	Account Ref
	Region  Value[string]
	Repo    Value[string] // argument name; the block's label otherwise
	Keep    Value[int]    // how many images the lifecycle policy keeps
	Readers List[Target]  // accounts that may pull
}

func (i *Image) declare() *Kind {
	return &Kind{
		Word: "image", Noun: "an image",
		About: "An ECR repository.",
		Parameters: []Parameter{
			inAccount(&i.Account, "account.tooling"),
			inRegion(&i.Region),
			{Name: "name", Type: text(&i.Repo), Otherwise: "the label", Example: `"team/app"`, Meaning: "the repository's own name"},
			{Name: "keep", Type: number(&i.Keep, 30), Example: "50", Meaning: "how many images stay"},
			{Name: "readers", Type: references(&i.Readers, "account"), Otherwise: "`[]`", Example: "[account.prod]", Meaning: "accounts that may pull"},
		},
		Attributes: []Attribute{
			{Name: "arn", read: (*evaluator).imageARN},
			{Name: "name", read: (*evaluator).nameOr},
			{Name: "region", read: (*evaluator).region},
			{Name: "url", read: (*evaluator).imageURL, Meaning: "what docker knows it by, without a tag"},
		},
	}
}

func (e *evaluator) imageARN(b *block) cty.Value {
	account, region := e.home(b)
	return combine(func(s ...string) string {
		return aws.PartitionOf(s[1]).ARN("ecr", s[1], s[0], "repository/"+s[2])
	}, account, region, e.nameOr(b))
}

func (e *evaluator) imageURL(b *block) cty.Value {
	account, region := e.home(b)
	return combine(func(s ...string) string {
		return fmt.Sprintf("%s.dkr.ecr.%s.%s/%s", s[0], s[1], aws.PartitionOf(s[1]).DNSSuffix, s[2])
	}, account, region, e.nameOr(b))
}
