package proof

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// What changes an object, puts one there or takes one away, and what reads one.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
var (
	writeActions = []string{
		"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion", "s3:DeleteObjectVersionTagging",
		"s3:PutObjectAcl", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectTagging", "s3:PutObjectVersionAcl",
		"s3:PutObjectVersionTagging", "s3:AbortMultipartUpload", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", override,
	}
	readActions = []string{"s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionForReplication"}
)

// A guest is somebody who asks something of a bucket.
type guest struct {
	who     string
	arn     string // "" of services, and of those who do not sign
	caller  policy.Caller
	from    spot
	via     string // the endpoint that it comes through, as a reader knows it
	service string // of AWS
	source  string // aws:SourceArn: what a service asks for, as a reader knows it
	through string // aws:ViaAWSService: whether a service asks on its behalf; "": nothing tells
	plain   bool   // without TLS
}

func (g guest) String() string { return cmp.Or(g.who, g.arn) + " " + g.from.where }

// account is the account that a guest signs in, "" if it does not.
func (g guest) account() string { return accountIn(g.arn) }

// at is a guest who comes from somewhere else.
func (g guest) at(s spot, via string) guest {
	g.from, g.via = s, via
	return g
}

// signedAs is somebody with an ARN.
func signedAs(who, arn string) guest {
	return guest{who: who, arn: arn, caller: signer(arn), from: nowhere}
}

// serving is a service of AWS that asks on behalf of something, which may be "".
func serving(who, name, source string) guest {
	g := guest{who: who, caller: policy.AsService(name), service: name, from: nowhere, source: evidence.Shown(source)}
	if source != "" {
		g.from.seen = g.from.seen.With("aws:SourceArn", evidence.Text(source)).With("aws:SourceAccount", policy.Literal(accountIn(source)))
	}
	return g
}

// asks is a request of a guest, decided by policies of its own and the bucket's.
func (v *vault) asks(g guest, action, resource string, own ...*policy.Policy) policy.Decision {
	r := v.request(g)
	r.Action, r.Resource = action, policy.Literal(resource)
	return policy.Evaluate(r, append(own[:len(own):len(own)], v.parties(g)...)...)
}

// request is what all requests of a guest have in common.
func (v *vault) request(g guest) policy.Request {
	seen := g.from.seen.With("aws:SecureTransport", policy.Literal(cond(g.plain, "false", "true")))
	if g.through != "" {
		seen = seen.With(viaService, policy.Literal(g.through))
	}
	return policy.Request{Caller: g.caller, Owner: v.Account.ID, Context: seen}
}

// parties are the policies of the bucket's side.
func (v *vault) parties(g guest) []*policy.Policy {
	switch {
	case v.Existing && g.arn != "":
		return v.leaving(g)
	case v.admits != nil:
		return []*policy.Policy{v.admits}
	}
	return nil
}

// leaving are policies that leave it to a guest's own.
func (v *vault) leaving(g guest) []*policy.Policy {
	return v.others(v.Account.Partition.ARN("iam", "", cmp.Or(g.account(), v.Account.ID), "root"))
}

// opens is what S3 asks of the bucket's key for somebody: for the bucket, which is the encryption context with a bucket key,
// or for an object.
func (v *vault) opens(g guest, action, context string, own ...*policy.Policy) policy.Decision {
	r := v.keyRequest(g, action, "s3."+v.Region+"."+v.Account.Partition.DNSSuffix, context)
	return policy.Evaluate(r, append(own[:len(own):len(own)], v.keyParties(g)...)...)
}

// keyRequest asks something of the bucket's key, through a service or "" directly.
func (v *vault) keyRequest(g guest, action, via, context string) policy.Request {
	r := policy.Request{Caller: g.caller, Action: action, Resource: policy.Literal(v.KMSKey), Owner: accountIn(v.KMSKey), Context: g.from.seen}
	if v.key != nil {
		r.Resource, r.Owner = evidence.Text(v.key.Computed("arn")), v.Account.ID
	}
	if via != "" {
		r.Context = r.Context.With("kms:ViaService", policy.Literal(via)).With(viaService, policy.Literal("true"))
	}
	if context != "" {
		r.Context = r.Context.With("kms:EncryptionContext:aws:s3:arn", policy.Literal(context))
	}
	return r
}

// keyParties are the policies of the side of the bucket's key.
func (v *vault) keyParties(g guest) []*policy.Policy {
	switch {
	case v.key == nil:
		return v.leaving(g)
	case v.keyAdmits() != nil:
		return []*policy.Policy{v.keyAdmits()}
	}
	return nil
}

func (v *vault) keyAdmits() *policy.Policy { return v.keyPolicy(v.Place) }

// keyAt is where the policy of the bucket's key is.
func (v *vault) keyAt() Place {
	if v.key == nil {
		return v.at()
	}
	return v.ruler(v.key).At("policy")
}

// contexts are what S3 names when it asks a key for the bucket: the bucket, and an object from before it had a bucket key.
func (v *vault) contexts() []string { return []string{v.ARN(), v.object()} }

// An entry is one way by which a grant lets somebody in, in a few words, and the spots at its ends.
type entry struct {
	way      string         // "`198.51.100.4/30`"
	endpoint *home          // that it leads through; nil: none
	inside   []netip.Prefix // where in the endpoint's network; none: anywhere
	spots    []spot
	via      string
}

// entries are the ways of a grant, with spots that tell what policies beside the bucket's make of them.
func (v *vault) entries(g *topology.Grant, beside ...*policy.Policy) (out []entry) {
	for _, d := range g.From {
		if d.Endpoint != nil {
			out = append(out, v.behindEndpoint(g, d, beside))
			continue
		}
		for _, p := range d.Addresses {
			e := entry{way: code(p.String())}
			for _, a := range v.points(p, beside) {
				e.spots = append(e.spots, onInternet(a.String(), "from "+a.String()))
			}
			out = append(out, e)
		}
		for _, n := range d.NATs {
			gateways := v.home(n).gateways()
			v.holds(len(gateways) == len(n.Zones), Published, v.at(), "Requests from network.%s come from %d addresses, and it has a NAT gateway in each of %d zones.", n.Name, len(gateways), len(n.Zones))
			for _, nat := range gateways {
				out = append(out, entry{way: "the " + nat.name, spots: []spot{onInternet(nat.address, "from the "+nat.name)}})
			}
		}
	}
	return out
}

// points are those of a range for the bucket's policy, and others.
func (v *vault) points(p netip.Prefix, beside []*policy.Policy) []netip.Addr {
	return points(p, append([][]netip.Addr{v.limits}, limitsOf(beside)...))
}

// points are addresses in a range, one for each part of it that policies may treat in a way of its own: its ends, and the
// addresses on both sides of every limit that they name inside of it.
func points(p netip.Prefix, limits [][]netip.Addr) []netip.Addr {
	all := ends(p)
	for _, of := range limits {
		for _, a := range of {
			if p.Contains(a) && !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// limitsOf are the addresses on both sides of the limits of all ranges that policies name.
func limitsOf(policies []*policy.Policy) (out [][]netip.Addr) {
	for _, p := range policies {
		var limits []netip.Addr
		for _, s := range p.Document.Statements {
			for _, c := range s.Conditions {
				if !strings.EqualFold(c.Key, "aws:SourceIp") && !strings.EqualFold(c.Key, "aws:VpcSourceIp") {
					continue
				}
				for _, t := range samples(c) {
					if a, err := netip.ParseAddr(t.String()); err == nil {
						limits = append(limits, a)
					}
				}
			}
		}
		out = append(out, limits)
	}
	return out
}

func (v *vault) behindEndpoint(g *topology.Grant, d *topology.Door, beside []*policy.Policy) entry {
	h := v.home(d.Endpoint)
	e := entry{way: "network." + h.Name + ", through its S3 endpoint", endpoint: h, inside: g.Runner.Addresses, via: h.s3()}
	beside = v.onTheWay(e, beside)
	var addresses []string
	for _, p := range g.Runner.Inside() {
		for _, a := range v.points(p, beside) {
			addresses = append(addresses, a.String())
		}
	}
	if len(addresses) == 0 {
		addresses = []string{aPrivateAddress}
	}
	for _, a := range addresses {
		e.spots = append(e.spots, h.throughS3(a))
	}
	return e
}

// s3 is the network's endpoint for S3 as a reader knows it, "" if there is none.
func (h *home) s3() string {
	if e := h.endpoint(aws.S3); e != nil {
		return evidence.Shown(e.ID())
	}
	return ""
}

// throughS3 is an address in the network, behind its S3 endpoint.
func (h *home) throughS3(address string) spot {
	id := ""
	if e := h.endpoint(aws.S3); e != nil {
		id = e.ID()
	}
	return behind(address, h.vpc, id, "from "+address+" through the S3 endpoint of network."+h.Name)
}

// opensTo tells whether a door to S3 is open to a guest.
func (v *vault) opensTo(d *topology.Door, g guest) bool {
	if d.Endpoint != nil {
		return g.via != "" && g.via == v.home(d.Endpoint).s3()
	}
	if g.from.public == "" {
		return false
	}
	return holdsAddress(d.Addresses, g.from.address) || slices.ContainsFunc(d.NATs, func(n *topology.Network) bool {
		return slices.ContainsFunc(v.home(n).gateways(), func(nat gateway) bool { return evidence.Shown(nat.address) == g.from.public })
	})
}

// mayDoAnything tells whether the spec lets a guest do all that there is to do to objects: S3 as the role of a replication,
// and administrators.
func (v *vault) mayDoAnything(g guest) bool {
	return v.ReplicaOf != nil && g.arn == v.ReplicaOf.RoleARN() || slices.Contains(v.Administrators, g.arn)
}

// overreach is what changes objects and is more than publishing.
func (v *vault) overreach() []string {
	return slices.DeleteFunc(slices.Clone(writeActions), func(action string) bool {
		return slices.ContainsFunc(v.Publishing(), func(p topology.Permission) bool { return slices.Contains(p.Actions, action) })
	})
}

// mayWrite tells whether the spec lets a guest write.
func (v *vault) mayWrite(g guest) bool {
	if g.arn == "" {
		return false
	}
	return v.mayDoAnything(g) || slices.ContainsFunc(v.Writers, func(w *topology.Grant) bool {
		return w.ARN == g.arn && slices.ContainsFunc(w.From, func(d *topology.Door) bool { return v.opensTo(d, g) })
	})
}

// writes tells whether the spec lets a guest write from somewhere.
func (v *vault) writes(g guest) bool {
	return v.mayWrite(g) || g.arn != "" && slices.ContainsFunc(v.Writers, func(w *topology.Grant) bool { return w.ARN == g.arn })
}

// mayRead tells whether the spec lets a guest do something that changes nothing. Whoever is of the bucket's account may
// read as its own policies say.
func (v *vault) mayRead(g guest, action string) bool {
	switch {
	case g.account() == v.Account.ID:
		return true
	case g.arn != "" && v.ReplicaOf != nil && g.arn == v.ReplicaOf.RoleARN():
		return action == "s3:ListBucket"
	case g.arn != "" && v.IsIndex() && slices.ContainsFunc(v.Writers, func(w *topology.Grant) bool { return w.ARN == g.arn }):
		return action == "s3:ListBucket" || action == "s3:GetObject"
	case action != "s3:GetObject":
		return false
	case v.Distribution != nil && g.service == cloudFront && g.source != "" && g.source == evidence.Shown(v.distributionARN()), v.Distribution != nil && g.arn != "" && g.arn == v.identityARN():
		return true
	}
	return slices.ContainsFunc(v.Readers, func(r *topology.Grant) bool {
		return slices.ContainsFunc(r.From, func(d *topology.Door) bool {
			inside := d.Endpoint == nil || len(d.Addresses) == 0 || holdsAddress(d.Addresses, g.from.address)
			return inside && v.opensTo(d, g)
		})
	})
}

// distributionARN is the ARN of the CloudFront distribution that reads the bucket, "" if the tree has none.
func (v *vault) distributionARN() string {
	if v.Distribution == nil {
		return ""
	}
	if r := v.distributionOf(v.Distribution); r != nil {
		return r.Computed("arn")
	}
	return ""
}

// identityARN is the origin access identity that reads the bucket, "" if none does.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
func (v *vault) identityARN() string {
	if v.Distribution == nil || v.Distribution.Identity == "" {
		return ""
	}
	return v.Account.Partition.ARN("iam", "", "cloudfront", "user/CloudFront Origin Access Identity "+v.Distribution.Identity)
}

// welcome are those whom the spec lets in, one by each of their ways.
func (v *vault) welcome() (out []guest) {
	if v.ReplicaOf != nil {
		out = append(out, signedAs("the role of replication."+v.ReplicaOf.Name, v.ReplicaOf.RoleARN()))
	}
	if v.SourceOf != nil {
		out = append(out, signedAs("the role of replication."+v.SourceOf.Name, v.SourceOf.RoleARN()))
	}
	for _, arn := range v.Administrators {
		out = append(out, signedAs(arn, arn))
	}
	if v.Distribution != nil {
		out = append(out, v.cloudFront())
	}
	for _, g := range slices.Concat(v.Writers, v.Readers) {
		who := guest{who: caller(g), from: nowhere}
		if g.ARN != "" {
			who = signedAs(caller(g), g.ARN)
		}
		for _, e := range v.entries(g) {
			for _, s := range e.spots {
				out = append(out, who.at(s, e.via))
			}
		}
	}
	return out
}

// cloudFront is CloudFront as the bucket's distribution asks.
func (v *vault) cloudFront() guest {
	who := "CloudFront, for distribution." + v.Distribution.Name + ","
	if arn := v.identityARN(); arn != "" {
		return signedAs(who, arn)
	}
	return serving(who, cloudFront, v.distributionARN())
}

const cloudFront = "cloudfront.amazonaws.com"

// caller is who a grant is for, in the words of the spec.
func caller(g *topology.Grant) string {
	if g.Role != nil {
		return "role." + g.Role.Name
	}
	return "runner." + g.Runner.Name
}

func cond[T any](is bool, yes, no T) T {
	if is {
		return yes
	}
	return no
}
