package resolve

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Requests to S3. The rules are:
//   - A gateway endpoint leads to S3 of the network's own region; requests to another region leave through NAT, or not at all.
//   - In a sealed network the endpoint follows from the work. With NAT it is there if some runner names it, and then takes
//     all requests to the region: its routes are more specific than that to the gateway.
//   - In a transition the bucket admits both, as soon as the endpoint is there.

// A publishResolver resolves who uses buckets, and who may not (closed.go).
type publishResolver struct{ *resolver }

// publish resolves what a runner publishes as itself.
func (r publishResolver) publish(s *spec.Runner) {
	runner := find[*topology.Runner](r, s.Name)
	for ref, rep := range r.sources(s.Publish) {
		r.says(rep.Source, "runner", s.Name)
		switch {
		case runner == nil:
		case runner.Identity() == "" && s.Issuer.IsSet():
			r.wrong(ref.Range, "Tokens that S3 refuses",
				"runner.%s shows tokens, of which S3 knows nothing: it publishes with a session of a role. Move publish to a role that has runner.%s among its runners.", s.Name, s.Name)
		case runner.Identity() == "": // reported where the runner is
		default:
			visitor{resolver: r.resolver, runner: runner, bucket: rep.Source, at: ref.Range}.publish()
		}
	}
}

// publishAs resolves what sessions of a role publish.
func (r publishResolver) publishAs(s *spec.Role) {
	role := find[*topology.Role](r, s.Name)
	for ref, rep := range r.sources(s.Publish) {
		r.says(rep.Source, "role", s.Name)
		if role == nil {
			continue
		}
		for _, runner := range role.Runners {
			visitor{resolver: r.resolver, runner: runner, role: role, bucket: rep.Source, at: ref.Range}.publish()
		}
	}
}

// says notes who says that it publishes into a bucket.
func (r publishResolver) says(b *topology.Bucket, kind, name string) {
	r.published[b] = append(r.published[b], spec.Target{Kind: kind, Name: name})
}

// sources are the replications of a list, each once.
func (r publishResolver) sources(list spec.List[spec.Target]) iter.Seq2[spec.Ref, *topology.Replication] {
	return func(yield func(spec.Ref, *topology.Replication) bool) {
		seen := map[*topology.Replication]bool{nil: true}
		for _, ref := range list.V {
			rep := find[*topology.Replication](r, ref.V.Name)
			if !seen[rep] && !yield(ref, rep) {
				return
			}
			seen[rep] = true
		}
	}
}

// A visitor is somebody who uses a bucket: a runner as itself, with a session of a role, or without signing in.
type visitor struct {
	*resolver
	runner *topology.Runner
	role   *topology.Role
	bucket *topology.Bucket
	at     hcl.Range          // where the spec says so
	index  *spec.PackageIndex // of a reader, who does not sign in
	proxy  *topology.Proxy    // that takes the requests which come over the internet; nil: S3 does
}

// identity is the ARN that signs the requests.
func (v visitor) identity() string {
	if v.role != nil {
		return v.role.ARN()
	}
	return v.runner.Identity()
}

// publish notes the grant and the work, if the requests arrive from where a policy can tell.
func (v visitor) publish() {
	arn, partition := v.identity(), v.bucket.Account.Partition.Name
	if !strings.HasPrefix(arn, "arn:"+partition+":") {
		v.wrong(v.at, "Publisher in another partition", "%q is not in the partition %s, where the bucket of %s is; no permission reaches across. Write a publisher of that partition.", arn, partition, v.bucket.What)
		return
	}
	from, ok := v.ways()
	if !ok {
		return
	}
	v.bucket.Writers = granted(v.bucket.Writers, &topology.Grant{Runner: v.runner, Role: v.role, ARN: arn, From: from})
	for _, p := range v.bucket.Publishing() {
		v.asks("publishes "+v.bucket.What, topology.Access{Through: []aws.Service{aws.S3}, Actions: p.Actions, Resources: p.Resources})
	}
	v.encrypts()
}

// granted adds a grant to a list, which stays sorted, unless it is there.
func granted(list []*topology.Grant, g *topology.Grant) []*topology.Grant {
	at, found := slices.BinarySearchFunc(list, g, compareGrants)
	if found {
		return list
	}
	return slices.Insert(list, at, g)
}

func compareGrants(a, b *topology.Grant) int {
	return cmp.Or(cmp.Compare(a.Runner.Name, b.Runner.Name), cmp.Compare(a.ARN, b.ARN))
}

// ways are the doors to S3 in the bucket's region that the runner comes through; it is false when there is none.
func (v visitor) ways() ([]*topology.Door, bool) {
	n := v.runner.Network
	if n == nil {
		return []*topology.Door{{Addresses: v.runner.Addresses}}, v.placed()
	}
	through := v.bucket.Region == n.Region && v.throughS3(n)
	switch {
	case n.Account.Partition != v.bucket.Account.Partition:
		v.wrong(v.at, "Runner in another partition", "runner.%s is in the partition %s, where network.%s is, and the bucket of %s in %s; no request reaches across. Write a runner of that partition.",
			v.runner.Name, n.Account.Partition.Name, n.Name, v.bucket.What, v.bucket.Account.Partition.Name)
		return nil, false
	case !through && !n.NAT:
		v.wrong(v.at, "Bucket out of reach", "network.%s has no way out, and a VPC endpoint leads to its own region only: the bucket of %s is in %s, the network of runner.%s in %s. Write a runner in %s, or set egress = \"nat\" in the network.",
			n.Name, v.bucket.What, v.bucket.Region, v.runner.Name, n.Region, v.bucket.Region)
		return nil, false
	case (!through || n.Transition) && n.Existing != nil && len(v.vpcs[n.Name].NATAddresses.V) == 0:
		v.missing(v.vpcs[n.Name].Header, v.at, "NAT addresses unknown",
			"Requests of runner.%s leave network.%s through NAT gateways that the spec does not make, so it cannot know from what addresses the bucket of %s admits them. Add nat_addresses = [\"203.0.113.10\"] to the network, with the public addresses of the gateways.",
			v.runner.Name, n.Name, v.bucket.What)
		return nil, false
	}
	var ways []*topology.Door
	if n.NAT && (!through || n.Transition) {
		ways = append(ways, n.Out())
	}
	if through {
		ways = append(ways, &topology.Door{Endpoint: n, Addresses: v.runner.Addresses})
	}
	return ways, true
}

// throughS3 tells whether requests to S3 of the network's region go through its endpoint.
func (r *resolver) throughS3(n *topology.Network) bool {
	through, known := r.s3[n]
	if !known {
		through = !n.NAT || namedIn(n)[aws.S3]
		r.s3[n] = through
	}
	return through
}

// placed tells whether a runner elsewhere comes to S3 from addresses that a policy can name, and reports it if not.
func (v visitor) placed() bool {
	switch h := v.runner.Hosted; {
	case h != nil && v.proxy == nil && v.runner.PathIn(aws.S3, v.bucket.Region) == topology.Foreign:
		v.foreign()
	case len(v.runner.Addresses) == 0 && v.blocks[v.runner.Name].Addresses.IsSet(): // reported where they are
	case len(v.runner.Addresses) == 0:
		v.wrong(v.at, "Hosted runner without addresses",
			"runner.%s is one of %s's machines and has no addresses: what comes from anywhere at a vendor's comes from its other customers too. Add the addresses of machines that have fixed ones, which vendors offer for their larger sizes, or write a runner of your own.",
			v.runner.Name, h.Vendor)
	default:
		return true
	}
	return false
}

// foreign reports a hosted runner that reaches the bucket through an endpoint of its vendor's.
func (v visitor) foreign() {
	block, ways := spec.Header{}, "a runner of your own, or a hosted one in other regions"
	if v.index != nil {
		block, ways = v.index.Header, "a runner of your own, or proxy = true, which puts API Gateway in front of the bucket"
	}
	v.missing(block, v.at, "Runner behind foreign endpoint",
		"In %s machines of %s reach S3 through an endpoint of the vendor's, so AWS sees neither an address nor a VPC of yours, and no policy could tell runner.%s from the vendor's other customers. Write another region for the bucket of %s, %s.",
		v.bucket.Region, v.runner.Hosted.Vendor, v.runner.Name, v.bucket.What, ways)
}

// encrypts notes what S3 asks of the bucket's key on behalf of who writes into it.
func (v visitor) encrypts() {
	b := v.bucket
	if !b.HasKey() {
		return
	}
	a := topology.Access{Actions: topology.PublishKeyActions, Conditions: b.KeyConditions()}
	if b.KMSKey != "" {
		a.Resources = []string{b.KMSKey}
	} else {
		a.KeyOf = &b.Place
	}
	v.asks("has S3 encrypt what it publishes in "+b.What, a)
}

// asks notes what the work asks for: a permission of the runner, or of the role, for which the runner needs the path alone.
func (v visitor) asks(does string, a topology.Access) {
	if v.role != nil {
		a.As = v.role
		addRoleWork(v.role, done(does, v.bucket.Of), a)
		if len(a.Through) == 0 {
			return
		}
		a.Free, a.Roles = true, []string{v.role.ARN()}
		does += " as role." + v.role.Name
	}
	if n := v.runner.Network; len(a.Through) > 0 && (n == nil || n.Region != v.bucket.Region) {
		a.Region = v.bucket.Region
	}
	addWork(v.runner, done(does, v.bucket.Of), a)
}
