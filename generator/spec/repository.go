package spec

import (
	"fmt"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// A Repository is a repository block: a CodeCommit repository.
type Repository struct {
	Header
	Account     Ref
	Region      Value[string]
	Repo        Value[string] // argument name; the block's label otherwise
	Description Value[string]
}

func (r *Repository) declare() *Kind {
	return &Kind{
		Word: "repository", Noun: "a repository",
		About: "A CodeCommit repository.",
		Parameters: []Parameter{
			inAccount(&r.Account, "account.tooling"),
			inRegion(&r.Region),
			{Name: "name", Type: text(&r.Repo), Otherwise: "the label", Example: `"app"`, Meaning: "the repository's own name"},
			{Name: "description", Type: text(&r.Description), Otherwise: "none", Example: `"The shop"`, Meaning: "what CodeCommit shows beside the name"},
		},
		Attributes: []Attribute{
			{Name: "arn", read: (*evaluator).repositoryARN},
			{Name: "clone_url_http", read: (*evaluator).cloneURL},
			{Name: "name", read: (*evaluator).nameOr},
			{Name: "region", read: (*evaluator).region},
		},
	}
}

func (e *evaluator) repositoryARN(b *block) cty.Value {
	account, region := e.home(b)
	return combine(func(s ...string) string {
		return aws.PartitionOf(s[1]).ARN("codecommit", s[1], s[0], s[2])
	}, account, region, e.nameOr(b))
}

func (e *evaluator) cloneURL(b *block) cty.Value {
	return combine(func(s ...string) string {
		return fmt.Sprintf("https://git-codecommit.%s.%s/v1/repos/%s", s[0], aws.PartitionOf(s[0]).DNSSuffix, s[1])
	}, e.region(b), e.nameOr(b))
}
