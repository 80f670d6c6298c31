package spec

import (
	"github.com/postern-dev/postern/generator/aws"
	"github.com/zclconf/go-cty/cty"
)

// A Topic is a topic block: an SNS topic that builds notify.
type Topic struct {
	Header
	Account Ref
	Region  Value[string]
	Topic   Value[string] // argument name; the block's label otherwise
}

func (t *Topic) declare() *Kind {
	return &Kind{
		Word: "topic", Noun: "a topic",
		About: "An SNS topic that builds notify.",
		Parameters: []Parameter{
			inAccount(&t.Account, "account.tooling"),
			inRegion(&t.Region),
			{Name: "name", Type: text(&t.Topic), Otherwise: "the label", Example: `"releases"`, Meaning: "the topic's own name"},
		},
		Attributes: []Attribute{
			{Name: "arn", read: (*evaluator).topicARN},
			{Name: "name", read: (*evaluator).nameOr},
			{Name: "region", read: (*evaluator).region},
		},
		Hints: map[string]string{
			"publishers": `Who notifies a topic says so itself. Write notify = [topic.NAME] in the codebuild block of a runner.`,
			"kms_key":    `The key of a topic is the one of its place, unless the postern block says encryption = "aws". Remove it.`,
		},
	}
}

// notify are the topics that a build notifies.
func notify(at *map[string]List[Target]) Parameter {
	p := use(at, "notify", "topic")
	p.Example, p.Meaning = "[topic.releases]", "topics that it notifies"
	return p
}

func (e *evaluator) topicARN(b *block) cty.Value {
	account, region := e.home(b)
	return combine(func(s ...string) string { return aws.PartitionOf(s[1]).ARN("sns", s[1], s[0], s[2]) }, account, region, e.nameOr(b))
}
