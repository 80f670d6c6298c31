package topology

import "github.com/hashicorp/hcl/v2"

// A Topic is an SNS topic.
type Topic struct {
	Name  string // the block's label
	Range hcl.Range
	Place
	Topic     string    // the topic's own name
	Notifiers []*Runner // of other accounts, sorted by name
}

// Address of the topic in the spec.
func (t *Topic) Address() string { return "topic." + t.Name }

// Header is where its block begins.
func (t *Topic) Header() hcl.Range { return t.Range }

// Parts of a topic are one.
func (t *Topic) Parts(all *Topology) []Part {
	m := t.Made()
	return m.In(all, t.Address()+": `"+m.ARN()+"`")
}

// What is asked of a topic, and of its key by who publishes to it.
// Sources: Amazon SNS Developer Guide, "Amazon SNS API permissions", for the actions that a topic's policy may have, and
// "Key management", which has kms:GenerateDataKey* in place of kms:GenerateDataKey; that the narrower one suffices is believed.
var (
	NotifyActions    = []string{"sns:Publish"}
	NotifyKeyActions = []string{"kms:Decrypt", "kms:GenerateDataKey"}
	TopicActions     = []string{
		"sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
		"sns:Publish", "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
	}
)

// Made is the topic as SNS knows it.
func (t *Topic) Made() Made {
	m := Made{
		Place: t.Place, What: "SNS topic", Service: "sns", Called: t.Topic,
		Kind: "aws_sns_topic", Named: "name", Key: "kms_master_key_id", Otherwise: "alias/aws/sns", Policy: "aws_sns_topic_policy", Of: "arn",
		Gate: TopicActions, Via: "sns",
	}
	for _, r := range t.Notifiers {
		m.Admits = append(m.Admits, Admission{
			Who: r.Address(), Does: r.Address() + " notifies " + t.Address(), ARN: r.RoleARN(), Actions: NotifyActions, Key: NotifyKeyActions,
		})
	}
	return m
}
