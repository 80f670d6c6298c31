package roles

import "github.com/postern-dev/postern/generator/policy"

// guard repeats the role's places as refusals, so that a stolen session is worthless elsewhere. It fails closed: a
// negated operator holds for a request that lacks its key. The rules are:
//   - Outside of all places everything is refused. A session in a network goes that network's ways, through any of its
//     endpoints or, for services without one, through NAT: both are its place.
//   - Inside a VPC everything is refused outside the runners' ranges.
//   - What an AWS service asks on the session's behalf comes from the service's own addresses, and says so in
//     aws:ViaAWSService. A request without that key is the session's own.
//
// Source: IAM User Guide, "AWS global condition context keys", and the data perimeter policies in
// aws-samples/data-perimeter-policy-examples.
func (r role) guard() []policy.Statement {
	at := r.Whereabouts()
	public := texts(at.Addresses)
	for _, n := range at.NATs {
		public = append(public, n.NATAddressesFrom(r.place)...)
	}
	var vpcs []policy.Text
	for _, n := range at.Networks {
		vpcs = append(vpcs, n.VPCIDFrom(r.place))
	}
	var outside []policy.Condition
	if len(public) > 0 {
		outside = append(outside, policy.Condition{Operator: "NotIpAddress", Key: "aws:SourceIp", Values: public})
	}
	if len(vpcs) > 0 {
		outside = append(outside, policy.Condition{Operator: "StringNotEquals", Key: "aws:SourceVpc", Values: vpcs})
	}
	statements := []policy.Statement{refuse("OutsideItsPlaces",
		"A session is worthless outside the places of its runners. Who lacks a key is outside, too; let through is what AWS\n"+
			"services ask on the session's behalf.", outside)}
	sids := unique{}
	for i, n := range at.Networks {
		statements = append(statements, refuse(sids.name("OutsideItsRangesIn"+camel(n.Name)),
			"In network."+n.Name+" the ranges of its runners are their place, and not the whole VPC.", []policy.Condition{
				{Operator: "StringEquals", Key: "aws:SourceVpc", Values: vpcs[i : i+1]},
				{Operator: "NotIpAddress", Key: "aws:VpcSourceIp", Values: texts(n.Addresses)},
			}))
	}
	return statements
}

func refuse(sid, reason string, when []policy.Condition) policy.Statement {
	return policy.Statement{
		Reason: reason, Sid: sid, Effect: policy.Deny, Actions: []string{"*"}, Resources: policy.Literals("*"),
		Conditions: append(when, policy.When("BoolIfExists", "aws:ViaAWSService", "false")),
	}
}

// guardComment says what the guard covers, above the role.
func (r role) guardComment() string {
	if r.Guard {
		return `guard = "session": its sessions are tied to its place, too, by the policy below.`
	}
	return `guard = "assume": the place is tested when the role is assumed. A session, once issued, works anywhere until it ends.`
}
