// Package topics makes SNS topics.
package topics

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Blueprint makes topics.
type Blueprint struct{}

// Name of the blueprint.
func (Blueprint) Name() string { return "topics" }

// Emit writes topic_NAME.tf for each topic.
func (Blueprint) Emit(t *topology.Topology) ([]tf.File, hcl.Diagnostics) {
	var files []tf.File
	for _, topic := range topology.Of[*topology.Topic](t) {
		key := tf.String("alias/aws/sns")
		if t.Encrypted {
			key = tf.Text(policy.Address("aws_kms_key", string(topology.StorageLayer), "arn"))
		}
		it := tf.Resource("aws_sns_topic", topic.Name,
			tf.Attr("name", tf.String(topic.Topic)),
			tf.Attr("kms_master_key_id", key)).Because("topic." + topic.Name)
		admits := tf.Resource("aws_sns_topic_policy", topic.Name,
			tf.Attr("arn", tf.Text(it.Ref("arn"))),
			tf.Attr("policy", tf.JSON(admit(topic, it.Ref("arn")))))
		stack := topic.Stack(topology.StorageLayer)
		files = append(files, tf.File{Path: stack + "/topic_" + topic.Name + ".tf", Blocks: []*tf.Block{it, admits}},
			tf.File{Path: stack + "/outputs.tf", Blocks: []*tf.Block{
				tf.Output(topic.Name+"_topic_arn", "What topic."+topic.Name+" is called by who publishes and subscribes to it.", tf.Text(it.Ref("arn")))}})
	}
	return files, nil
}

// admit is the policy of the topic. It replaces the one that SNS gives to a topic without, and so says who of other accounts
// publishes. Those are named through their account and aws:PrincipalArn, because they are made two layers later.
// Source: Amazon SNS Developer Guide, "Amazon SNS security best practices", for the refusal of what comes without TLS.
func admit(t *topology.Topic, arn policy.Text) policy.Document {
	d := policy.Document{Statements: []policy.Statement{{
		Reason: "Nothing is asked in the clear, whatever allows it.",
		Sid:    "TLS", Effect: policy.Deny, Principal: policy.Anyone, Actions: topology.TopicActions, Resources: []policy.Text{arn},
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}}}
	for _, r := range t.Notifiers {
		d.Statements = append(d.Statements, policy.Statement{
			Reason: "runner." + r.Name + " notifies, and no one else of account." + r.Network.Account.Name + ".",
			Effect: policy.Allow, Principal: policy.Accounts(r.Network.Account.Root()), Actions: topology.NotifyActions, Resources: []policy.Text{arn},
			Conditions: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", r.RoleARN())},
		})
	}
	return d
}
