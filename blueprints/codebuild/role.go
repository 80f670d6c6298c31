package codebuild

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
)

// policyLimit is how many characters all inline policies of a role may have together, without white space.
// Source: IAM User Guide, "IAM and AWS STS quotas".
const policyLimit = 10240

const service = "codebuild.amazonaws.com"

// role admits CodeBuild, and that for this project alone.
// Source: AWS CodeBuild User Guide, "Cross-service confused deputy prevention".
func (p project) role() *tf.Block {
	trust := policy.Document{Statements: []policy.Statement{{
		Reason: "CodeBuild acts for every customer; it may use this role for this project alone.",
		Effect: policy.Allow, Principal: policy.Service(service), Actions: []string{"sts:AssumeRole"},
		Conditions: []policy.Condition{
			policy.When("StringEquals", "aws:SourceAccount", p.Network.Account.ID),
			policy.When("ArnEquals", "aws:SourceArn", p.ProjectARN()),
		},
	}}}
	return tf.Resource("aws_iam_role", p.Name,
		tf.Attr("name", tf.String(p.Role)),
		tf.Attr("description", tf.String("Builds of runner."+p.Name)),
		tf.Attr("assume_role_policy", tf.JSON(trust)))
}

// permissions are what the runner's work asks for, and then what CodeBuild needs to put builds into the network.
func (p project) permissions() policy.Document {
	var d policy.Document
	for _, a := range p.Work {
		if a.Presigned || a.Free || a.Unknown {
			continue
		}
		s := policy.Statement{Reason: a.Reason(), Effect: policy.Allow, Actions: a.Actions, Conditions: a.Conditions}
		s.Resources = policy.Literals(a.Resources...)
		if a.KeyOf != nil {
			s.Resources = []policy.Text{p.Network.RemoteKeyARN(*a.KeyOf)}
		}
		d.Statements = append(d.Statements, s)
	}
	d.Statements = merged(d.Statements)
	d.Statements = append(d.Statements, p.interfaces()...)
	return d
}

// merged joins statements of which one allows all that another does. Without the reasons, nothing would be lost by the other one.
func merged(statements []policy.Statement) []policy.Statement {
	var out []policy.Statement
	for _, s := range statements {
		i := slices.IndexFunc(out, func(o policy.Statement) bool { return covers(o, s) || covers(s, o) })
		if i < 0 {
			out = append(out, s)
			continue
		}
		reason := strings.Join([]string{out[i].Reason, s.Reason}, "\n")
		if !covers(out[i], s) {
			out[i] = s
		}
		out[i].Reason = reason
	}
	return out
}

// covers tells whether a statement that allows something allows all that another one does.
func covers(s, other policy.Statement) bool {
	return !slices.ContainsFunc(other.Actions, func(a string) bool { return !slices.Contains(s.Actions, a) }) &&
		!slices.ContainsFunc(other.Resources, func(r policy.Text) bool {
			return !slices.ContainsFunc(s.Resources, func(own policy.Text) bool { return own.String() == r.String() })
		}) &&
		!slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return !slices.ContainsFunc(other.Conditions, c.Equal) })
}

// interfaces lets CodeBuild give each build a network interface in the runner's subnets and group, and nowhere else.
// Source: AWS CodeBuild User Guide, "Allow CodeBuild access to AWS services required to create a VPC network
// interface", which has "*" for the resources of creating and deleting; that the narrower ones suffice is believed.
func (p project) interfaces() []policy.Statement {
	n := p.Network
	all := policy.Literal(n.Place.ARN("ec2", "network-interface/*"))
	var subnets []policy.Text
	for _, id := range n.RemoteSubnetIDs() {
		subnets = append(subnets, policy.Join(policy.Literal(n.Place.ARN("ec2", "subnet/")), id))
	}
	group := policy.Join(policy.Literal(n.Place.ARN("ec2", "security-group/")), p.RemoteSecurityGroupID())
	return []policy.Statement{
		{
			Reason: "CodeBuild looks up the network, which has no narrower resource.",
			Sid:    "FindNetwork", Effect: policy.Allow, Resources: policy.Literals("*"),
			Actions: []string{
				"ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
			},
		},
		{
			Reason: "It gives each build an interface in these subnets and this group.",
			Sid:    "EnterNetwork", Effect: policy.Allow, Actions: []string{"ec2:CreateNetworkInterface"},
			Resources: slices.Concat([]policy.Text{all}, subnets, []policy.Text{group}),
		},
		{
			Reason: "It takes the interface away after the build.",
			Sid:    "LeaveNetwork", Effect: policy.Allow, Actions: []string{"ec2:DeleteNetworkInterface"}, Resources: []policy.Text{all},
		},
		{
			Reason: "Only CodeBuild may attach an interface, and only in these subnets.",
			Sid:    "AttachInterface", Effect: policy.Allow, Actions: []string{"ec2:CreateNetworkInterfacePermission"}, Resources: []policy.Text{all},
			Conditions: []policy.Condition{
				policy.When("StringEquals", "ec2:AuthorizedService", service),
				{Operator: "ArnEquals", Key: "ec2:Subnet", Values: subnets},
			},
		},
	}
}
