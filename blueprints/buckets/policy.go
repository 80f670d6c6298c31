package buckets

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// Bucket policies. The rules are:
//   - Nothing is asked without TLS.
//   - Statements about others allow, each one caller by exactly what it is: an ARN of another account, a distribution, or
//     for readers, who do not sign in, the endpoint or the addresses that they come from.
//   - One Deny keeps everybody but the writers from writing, one the publishers from more than publishing, and one the
//     writers from writing from elsewhere. That ANDs all the ways they may come by: with a Deny for each way, each would
//     refuse the others'. Its negated operators hold for a request that lacks the key, so it fails closed.
//   - A Deny is about objects only: whoever applies this can always administer the bucket and its policy.
//
// Sources: IAM User Guide, "AWS global condition context keys" and "IAM JSON policy elements: Condition operators"; Amazon
// S3 User Guide, "Controlling access from VPC endpoints with bucket policies".
func (b bucket) policy() policy.Document {
	statements := []policy.Statement{b.tlsOnly()}
	if r := b.ReplicaOf; r != nil && r.Source.Account != b.Account { // or the role's own policy is enough
		i := slices.IndexFunc(r.Destinations, func(d *topology.Destination) bool { return d.Bucket == b.Bucket })
		statements = append(statements, r.Admission(r.Destinations[i])...)
	}
	if b.Distribution != nil {
		statements = append(statements, b.distribution())
	}
	statements = append(statements, b.readers()...)
	writers := b.writers()
	statements = append(statements, b.foreign(writers)...)
	statements = append(statements, b.nobodyElse(writers))
	statements = append(statements, b.nothingElse(writers)...)
	return policy.Document{Statements: append(statements, b.fromElsewhere(writers)...)}
}

// policyLimit is how many characters a bucket policy may have.
// Source: Amazon S3 User Guide, "Bucket policies for Amazon S3".
const policyLimit = 20480

func (b bucket) tooLong(size int) *hcl.Diagnostic {
	at := b.Range
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Bucket policy over the limit", Subject: &at,
		Detail: fmt.Sprintf("The policy of bucket %q, of %s, has %d characters, and S3 takes %d. Write fewer readers and publishers for it, or fewer and larger ranges of addresses for them.",
			b.Bucket.Bucket, b.What, size, policyLimit),
	}
}

// attach is the policy as a resource.
func (b bucket) attach(p policy.Document) *tf.Block {
	items := []tf.Item{b.of(), tf.Gap()}
	if len(b.Readers) > 0 {
		items = append(items, tf.Because("checkov:skip=CKV_AWS_70:pip signs nothing, so readers are told by the endpoint or the addresses they come from"))
	}
	items = append(items,
		tf.Attr("policy", tf.JSON(p)),
		tf.Gap(),
		tf.Because("S3 takes one change of a bucket's access at a time."),
		tf.Attr("depends_on", tf.List(tf.Text(policy.Address("aws_s3_bucket_public_access_block", b.Label)))))
	return tf.Resource("aws_s3_bucket_policy", b.Label, items...)
}

func (b bucket) objects() []policy.Text { return policy.Literals(b.Objects()) }

func (b bucket) tlsOnly() policy.Statement {
	return policy.Statement{
		Sid: "TLSOnly", Effect: policy.Deny, Principal: policy.Anyone, Actions: []string{"s3:*"},
		Resources:  policy.Literals(b.ARN(), b.Objects()),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}
}

// distribution lets CloudFront read. Sources: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin",
// for both forms.
func (b bucket) distribution() policy.Statement {
	d := b.Distribution
	s := policy.Statement{
		Reason: "distribution." + d.Name + " reads, and no other: CloudFront is one service for all customers. It may not list, so a missing\n" +
			"object is a 403 to it, and no 404.",
		Sid: "Distribution", Effect: policy.Allow, Principal: policy.Service("cloudfront.amazonaws.com"),
		Actions: []string{"s3:GetObject"}, Resources: b.objects(),
		Conditions: []policy.Condition{{
			Operator: "StringEquals", Key: "AWS:SourceArn", Values: []policy.Text{policy.Address("aws_cloudfront_distribution", d.Name, "arn")},
		}},
	}
	if d.Identity != "" {
		s.Reason = "distribution." + d.Name + " reads with an origin access identity that exists already."
		s.Principal = policy.Principal{Kind: "AWS", IDs: policy.Literals(b.Account.Partition.ARN("iam", "", "cloudfront", "user/CloudFront Origin Access Identity "+d.Identity))}
		s.Conditions = nil
	}
	return s
}

// A writer is who writes, and all the ways by which it may come. Who is one to AWS is one here, whatever grants it has.
type writer struct {
	who  []string // of the spec: "runner.jenkins", "role.release"
	arns []string
	from []*topology.Door
}

func (b bucket) writers() []*writer {
	var out []*writer
	for _, g := range b.Writers {
		i := slices.IndexFunc(out, func(w *writer) bool { return w.arns[0] == g.ARN })
		if i < 0 {
			i = len(out)
			out = append(out, &writer{arns: []string{g.ARN}})
		}
		if w := out[i]; !slices.Contains(w.who, caller(g)) {
			w.who = append(w.who, caller(g))
		}
		out[i].from = append(out[i].from, g.From...)
	}
	return out
}

// caller is who asks, in the words of the spec.
func caller(g *topology.Grant) string {
	if g.Role != nil {
		return "role." + g.Role.Name
	}
	return "runner." + g.Runner.Name
}

// foreign lets writers of other accounts in. The account's own have it from their own policies.
func (b bucket) foreign(writers []*writer) []policy.Statement {
	var out []policy.Statement
	for _, w := range writers {
		if topology.AccountOf(w.arns[0]) == b.Account.ID {
			continue
		}
		admission := b.PublisherAdmission(w.arns[0])
		admission[0].Reason = sentence(w.who) + " is of another account: its own policies have to allow this, too."
		out = append(out, admission...)
	}
	return out
}

// writes are what changes an object, puts one there or takes one away.
var writes = []string{"s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:ObjectOwnerOverrideToBucketOwner", "s3:PutObject*", "s3:Replicate*"}

// nobodyElse keeps everybody but these from writing.
func (b bucket) nobodyElse(writers []*writer) policy.Statement {
	s := policy.Statement{Sid: "NobodyElseWrites", Effect: policy.Deny, Principal: policy.Anyone, Actions: writes, Resources: b.objects()}
	var who, arns []string
	for _, w := range writers {
		who, arns = append(who, w.who...), append(arns, w.arns...)
	}
	switch {
	case b.ReplicaOf != nil:
		who, arns = append(who, "S3 in the role of "+b.What), append(arns, b.ReplicaOf.RoleARN())
		s.Reason = "But for " + sentence(who) + " nobody writes, administrators included: what is here is what the\nsource has. Lifecycle rules go on, being no requests."
	case len(arns) == 0 && len(b.Administrators) == 0:
		s.Reason = "Nobody writes: the spec names no publisher. Write publish = [" + b.What + "] for a runner or a role."
		return s
	default:
		s.Reason = "But for " + sentence(who) + " nobody writes, whatever other policies say."
	}
	if len(b.Administrators) > 0 {
		s.Reason = "But for " + sentence(append(who, "administrators")) + " nobody writes, whatever other policies say."
		arns = append(arns, b.Administrators...)
	}
	s.Conditions = []policy.Condition{policy.When("ArnNotEquals", "aws:PrincipalArn", unique(arns)...)}
	return s
}

// overreach is what changes objects and is more than publishing, unless a publisher is asked to.
var overreach = []string{
	"s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion*", "s3:ObjectOwnerOverrideToBucketOwner", "s3:PutObjectAcl", "s3:PutObjectLegalHold",
	"s3:PutObjectRetention", "s3:PutObjectTagging", "s3:PutObjectVersion*", "s3:Replicate*",
}

// nothingElse keeps publishers from more than publishing: those that exist already have policies of their own.
func (b bucket) nothingElse(writers []*writer) []policy.Statement {
	var who, arns []string
	for _, w := range writers {
		if !slices.Contains(b.Administrators, w.arns[0]) {
			who, arns = append(who, w.who...), append(arns, w.arns...)
		}
	}
	if len(arns) == 0 {
		return nil
	}
	more := slices.Clone(overreach)
	for _, p := range b.Publishing() {
		more = slices.DeleteFunc(more, func(action string) bool { return slices.Contains(p.Actions, action) })
	}
	return []policy.Statement{{
		Reason: folded(sentence(who) + ": nothing but publishing, whatever other policies say. Versions stay, and nobody locks them."),
		Sid:    "PublishersOnlyPublish", Effect: policy.Deny, Principal: policy.Anyone, Actions: more, Resources: b.objects(),
		Conditions: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", arns...)},
	}}
}

// fromElsewhere keeps writers from writing from elsewhere; those who come by the same ways share a statement.
func (b bucket) fromElsewhere(writers []*writer) []policy.Statement {
	type fence struct {
		writer
		outside []policy.Condition
	}
	var fences []*fence
	for _, w := range writers {
		outside := b.outside(w.from)
		if len(outside) == 0 {
			continue
		}
		i := slices.IndexFunc(fences, func(f *fence) bool { return slices.EqualFunc(f.outside, outside, policy.Condition.Equal) })
		if i < 0 {
			i = len(fences)
			fences = append(fences, &fence{outside: outside})
		}
		fences[i].who, fences[i].arns = append(fences[i].who, w.who...), append(fences[i].arns, w.arns...)
	}
	var out []policy.Statement
	for _, f := range fences {
		conditions := append([]policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", f.arns...)}, f.outside...)
		out = append(out, policy.Statement{
			Reason: folded(sentence(f.who) + ": not from elsewhere. A request that lacks a key comes from elsewhere, too, and so does one that a service of AWS makes for a writer."),
			Effect: policy.Deny, Principal: policy.Anyone, Actions: writes, Resources: b.objects(), Conditions: conditions,
		})
	}
	return out
}

// outside holds for requests that come by none of the ways.
func (b bucket) outside(from []*topology.Door) []policy.Condition {
	var out []policy.Condition
	addresses, endpoints := b.ways(from)
	if len(addresses) > 0 {
		out = append(out, policy.Condition{Operator: "NotIpAddress", Key: "aws:SourceIp", Values: addresses})
	}
	if len(endpoints) > 0 {
		out = append(out, policy.Condition{Operator: "StringNotEquals", Key: "aws:SourceVpce", Values: endpoints})
	}
	return out
}

// ways are the public addresses and the endpoints of doors, each once.
func (b bucket) ways(from []*topology.Door) (addresses, endpoints []policy.Text) {
	var ranges []netip.Prefix
	var nats, networks []*topology.Network
	for _, d := range from {
		if d.Endpoint != nil {
			networks = addNew(networks, d.Endpoint)
			continue
		}
		ranges = append(ranges, d.Addresses...)
		nats = addNew(nats, d.NATs...)
	}
	for _, p := range distinct(ranges) {
		addresses = append(addresses, policy.Literal(p.String()))
	}
	for _, n := range nats {
		addresses = append(addresses, n.NATAddressesFrom(b.Place)...)
	}
	for _, n := range networks {
		endpoints = append(endpoints, n.S3EndpointIDFrom(b.Place))
	}
	return addresses, endpoints
}

// readers lets those in who do not sign in: a statement for all who come over the internet, and one for each network.
// The public access block takes an Allow as not public whose condition is fixed addresses or endpoints.
// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of 'public'".
func (b bucket) readers() []policy.Statement {
	var doors []*reader
	for _, g := range b.Readers {
		for _, d := range g.From {
			i := slices.IndexFunc(doors, func(r *reader) bool { return r.endpoint == d.Endpoint })
			if i < 0 {
				i = len(doors)
				doors = append(doors, &reader{endpoint: d.Endpoint})
			}
			doors[i].who, doors[i].from = addNew(doors[i].who, caller(g)), append(doors[i].from, d)
		}
	}
	var out []policy.Statement
	for _, r := range doors {
		out = append(out, b.reads(r))
	}
	return out
}

// A reader is all who read by one way: through an endpoint, or over the internet.
type reader struct {
	who      []string
	endpoint *topology.Network
	from     []*topology.Door
}

func (b bucket) reads(r *reader) policy.Statement {
	s := policy.Statement{Effect: policy.Allow, Principal: policy.Anyone, Actions: []string{"s3:GetObject"}, Resources: b.objects()}
	if r.endpoint == nil {
		addresses, _ := b.ways(r.from)
		s.Reason = folded(sentence(r.who) + ", from known public addresses. Requests through an endpoint show none, and so are no match.")
		s.Conditions = []policy.Condition{{Operator: "IpAddress", Key: "aws:SourceIp", Values: addresses}}
		return s
	}
	s.Reason = folded(sentence(r.who) + ", through the S3 endpoint of network." + r.endpoint.Name + ". Its ID is no other network's, while private addresses repeat.")
	s.Conditions = []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceVpce", Values: []policy.Text{r.endpoint.S3EndpointIDFrom(b.Place)}}}
	var ranges []netip.Prefix
	anywhere := false // inside the network, which one without addresses may be
	for _, d := range r.from {
		ranges = append(ranges, d.Addresses...)
		anywhere = anywhere || len(d.Addresses) == 0
	}
	if !anywhere {
		var inside []policy.Text
		for _, p := range distinct(ranges) {
			inside = append(inside, policy.Literal(p.String()))
		}
		s.Conditions = append(s.Conditions, policy.Condition{Operator: "IpAddress", Key: "aws:VpcSourceIp", Values: inside})
	}
	return s
}

func distinct(ranges []netip.Prefix) []netip.Prefix {
	return slices.Compact(slices.SortedFunc(slices.Values(ranges), netip.Prefix.Compare))
}

func addNew[T comparable](list []T, more ...T) []T {
	for _, e := range more {
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

func unique(ss []string) []string { return addNew(nil, ss...) }

// sentence joins names: "a", "a and b", "a, b and c".
func sentence(names []string) string {
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// folded breaks a reason into lines.
func folded(text string) string {
	const width = 112
	var out []string
	at := ""
	for word := range strings.FieldsSeq(text) {
		if at != "" && len(at)+1+len(word) > width {
			out, at = append(out, at), ""
		}
		if at != "" {
			at += " "
		}
		at += word
	}
	return strings.Join(append(out, at), "\n")
}
