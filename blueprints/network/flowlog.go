package network

import (
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// retentionDays of flow logs: a year, so that an incident can be followed back.
const retentionDays = 365

// flowLog records what is sent and what is refused in the network.
func (v vpc) flowLog() []*tf.Block {
	group := tf.Resource("aws_cloudwatch_log_group", v.label("flow_log"),
		tf.Attr("name", tf.String(v.FlowLogGroup())),
		tf.Attr("retention_in_days", tf.Int(retentionDays)),
		v.key())
	log := tf.Resource("aws_flow_log", v.label(""),
		tf.Attr("vpc_id", tf.Text(v.VPCID())),
		tf.Attr("traffic_type", tf.String("ALL")),
		tf.Attr("log_destination", tf.Text(group.Ref("arn"))),
		tf.Attr("iam_role_arn", tf.Text(policy.Address("aws_iam_role", "flow_logs", "arn"))),
		tf.Gap(),
		v.name(""))
	return []*tf.Block{group, log}
}

func (v vpc) key() tf.Item {
	if !v.Encrypted {
		return tf.Attr("kms_key_id", nil)
	}
	return tf.Attr("kms_key_id", tf.Text(policy.Address("aws_kms_key", string(topology.NetworkLayer), "arn")))
}

// flowLogRole is the role that writes the flow logs of a place's networks.
// Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs",
// which has "*" for the resources; that the narrower ones suffice is believed.
func flowLogRole(t *topology.Topology, p topology.Place) tf.File {
	const service = "vpc-flow-logs.amazonaws.com"
	trust := policy.Document{Statements: []policy.Statement{{
		Reason: "Only the flow logs of this account and region: the service acts for every customer.",
		Effect: policy.Allow, Principal: policy.Service(service), Actions: []string{"sts:AssumeRole"},
		Conditions: []policy.Condition{
			policy.When("StringEquals", "aws:SourceAccount", p.Account.ID),
			policy.When("ArnLike", "aws:SourceArn", p.ARN("ec2", "vpc-flow-log/*")),
		},
	}}}
	every := policy.Literals(p.ARN("logs", "log-group:*"))
	var groups []policy.Text
	for _, n := range t.Networks {
		if n.Place == p && n.FlowLogs {
			groups = append(groups, policy.Literal(n.FlowLogGroupARN()), policy.Literal(n.FlowLogGroupARN()+":*"))
		}
	}
	role := tf.Resource("aws_iam_role", "flow_logs",
		tf.Attr("name", tf.String(t.Prefix+"-flow-logs-"+p.Region)),
		tf.Attr("assume_role_policy", tf.JSON(trust)))
	allow := tf.Resource("aws_iam_role_policy", "flow_logs",
		tf.Attr("name", tf.String("write-flow-logs")),
		tf.Attr("role", tf.Text(role.Ref("id"))),
		tf.Attr("policy", tf.JSON(policy.Document{Statements: []policy.Statement{
			{
				Reason: "Only the flow logs of this stack are written.",
				Effect: policy.Allow, Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}, Resources: groups,
			},
			{
				Reason: "Looking for a group is asked of all groups.",
				Effect: policy.Allow, Actions: []string{"logs:DescribeLogGroups"}, Resources: every,
			},
		}})))
	return tf.File{Path: p.Stack(topology.NetworkLayer) + "/flow_logs.tf", Blocks: []*tf.Block{role, allow}}
}
