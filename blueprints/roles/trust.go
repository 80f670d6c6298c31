package roles

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// The trust policy has a statement for each door: who, and from where. The rules are:
//   - Statements allow only. A key that a request lacks makes its condition false, so there is no …IfExists.
//   - Who shows a token: its audience and its subject are tested, both always.
//   - Who has an ARN: the account's root is the principal and aws:PrincipalArn says who of it, because IAM refuses a
//     principal that does not exist yet.
//   - From public addresses: aws:SourceIp, which requests through an endpoint lack.
//   - Through an endpoint: aws:VpcSourceIp, and aws:SourceVpc with it, because private ranges repeat. That
//     AssumeRoleWithWebIdentity carries both is believed.
//
// Sources: IAM User Guide, "AWS global condition context keys", "IAM JSON policy elements: Condition operators" and
// "Create a role for OpenID Connect federation".
func (r role) trust() policy.Document {
	var d policy.Document
	sids := unique{}
	for _, door := range r.Doors {
		s := r.admit(door)
		s.Sid = sids.name(sid(door))
		d.Statements = append(d.Statements, s)
	}
	return d
}

func (r role) admit(d *topology.Door) policy.Statement {
	s := policy.Statement{Reason: folded(reason(d)), Effect: policy.Allow}
	if d.Issuer != nil {
		s.Principal, s.Actions = policy.Federated(r.provider(d.Issuer)), []string{"sts:AssumeRoleWithWebIdentity"}
		s.Conditions = append(r.claims(d.Issuer), r.from(d)...)
		return s
	}
	s.Principal, s.Actions = policy.Accounts(roots(d.Principals)...), []string{"sts:AssumeRole"}
	s.Conditions = append(r.from(d), policy.When("ArnEquals", "aws:PrincipalArn", d.Principals...))
	return s
}

// provider is the issuer's OIDC provider: the resource beside the role, or one that exists already.
func (r role) provider(i *topology.Issuer) policy.Text {
	if slices.Contains(i.Existing, r.Account) {
		return policy.Literal(i.ProviderARN(r.Account))
	}
	return policy.Address("aws_iam_openid_connect_provider", i.Name, "arn")
}

// claims are what a token has to say.
func (r role) claims(i *topology.Issuer) []policy.Condition {
	operator := "StringEquals"
	if r.Wildcards() {
		operator = "StringLike"
	}
	var subjects []string
	for _, s := range r.Subjects {
		subjects = append(subjects, s.Pattern)
	}
	return []policy.Condition{
		policy.When("StringEquals", i.Host()+":aud", i.Audiences...),
		policy.When(operator, i.Host()+":sub", subjects...),
	}
}

// from is the place that the door is open to.
func (r role) from(d *topology.Door) []policy.Condition {
	addresses := texts(d.Addresses)
	if d.Endpoint == nil {
		for _, n := range d.NATs {
			addresses = append(addresses, n.NATAddressesFrom(r.place)...)
		}
		return []policy.Condition{{Operator: "IpAddress", Key: "aws:SourceIp", Values: addresses}}
	}
	return []policy.Condition{
		{Operator: "StringEquals", Key: "aws:SourceVpc", Values: []policy.Text{d.Endpoint.VPCIDFrom(r.place)}},
		{Operator: "IpAddress", Key: "aws:VpcSourceIp", Values: addresses},
	}
}

func texts(ranges []netip.Prefix) []policy.Text {
	var out []policy.Text
	for _, p := range ranges {
		out = append(out, policy.Literal(p.String()))
	}
	return out
}

// roots are the accounts of users and roles, as the ARNs of their roots.
func roots(arns []string) []string {
	var out []string
	for _, arn := range arns {
		parts := strings.SplitN(arn, ":", 6)
		out = append(out, strings.Join(append(parts[:5], "root"), ":"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sid names a statement after its place, so that it can be spoken of: "PublicAddresses", "NetworkCi".
func sid(d *topology.Door) string {
	name := "PublicAddresses"
	if d.Endpoint != nil {
		name = "Network" + camel(d.Endpoint.Name)
	}
	if d.Issuer == nil {
		name = "Principals" + name
	}
	return name
}

// camel is a block's label as part of a Sid, which takes letters and digits only: "ci-prod" is "CiProd".
func camel(label string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(label, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// reason says who comes in at a door, and why it is tested as it is.
func reason(d *topology.Door) string {
	if d.Endpoint == nil {
		return runners(d.Runners) + ", from " + overTheInternet(d.Runners)
	}
	return runners(d.Runners) + ", through the STS endpoint of network." + d.Endpoint.Name +
		".\nRequests through an endpoint carry no aws:SourceIp. Private ranges repeat, so the VPC is tested too."
}

// overTheInternet says where runners come from that do not come through an endpoint, or not always.
func overTheInternet(of []*topology.Runner) string {
	var places, moving []string
	for _, r := range of {
		place := "known public addresses"
		if n := r.Network; n != nil {
			place = "the NAT gateways of network." + n.Name
			if n.Transition {
				moving = append(moving, "network."+n.Name)
			}
		}
		places = append(places, place)
	}
	slices.Sort(places)
	slices.Sort(moving)
	out := sentence(slices.Compact(places)) + "."
	for _, n := range slices.Compact(moving) {
		out += "\n" + n + " is in transition: its requests to STS come from here or through the endpoint."
	}
	return out
}
