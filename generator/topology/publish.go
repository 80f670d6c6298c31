package topology

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/spec"
)

// Requests to S3. The rules are:
//   - A gateway endpoint leads to S3 of the network's own region; requests to another region leave through NAT, or not at all.
//   - In a sealed network the endpoint follows from the work. With NAT it is there if some runner names it, and then takes
//     all requests to the region: its routes are more specific than that to the gateway.
//   - In a transition the bucket admits both, as soon as the endpoint is there.

// PutActions are what writing an object asks for.
var PutActions = []string{"s3:AbortMultipartUpload", "s3:PutObject"}

// publish resolves what a runner publishes as itself.
func (r *resolver) publish(s *spec.Runner) {
	runner := r.runners[s.Name]
	for ref, rep := range r.sources(s.Publish) {
		r.published[rep.Source] = true
		switch {
		case runner == nil:
		case runner.Identity() == "" && s.Issuer.IsSet():
			r.wrong(ref.Range, "Tokens that S3 refuses",
				"runner.%s shows tokens, of which S3 knows nothing: it publishes with a session of a role. Move publish to a role that has runner.%s among its runners.", s.Name, s.Name)
		case runner.Identity() == "": // reported where the runner is
		default:
			p := publisher{r, runner, nil, rep.Source, ref.Range}
			if p.enter() {
				p.write()
			}
		}
	}
}

// publishAs resolves what sessions of a role publish.
func (r *resolver) publishAs(s *spec.Role) {
	role := r.roles[s.Name]
	for ref, rep := range r.sources(s.Publish) {
		r.published[rep.Source] = true
		if role == nil {
			continue
		}
		for _, runner := range role.Runners {
			p := publisher{r, runner, role, rep.Source, ref.Range}
			if p.enter() {
				p.write()
			}
		}
	}
}

// sources are the replications of a list, each once.
func (r *resolver) sources(list spec.List[spec.Target]) iter.Seq2[spec.Ref, *Replication] {
	return func(yield func(spec.Ref, *Replication) bool) {
		seen := map[*Replication]bool{nil: true}
		for _, ref := range list.V {
			rep := r.replications[ref.V.Name]
			if !seen[rep] && !yield(ref, rep) {
				return
			}
			seen[rep] = true
		}
	}
}

// A publisher is somebody who uses a bucket: a runner, as itself or with a session of a role, or without signing in.
type publisher struct {
	*resolver
	runner *Runner
	role   *Role
	bucket *Bucket
	at     hcl.Range // where the spec says so
}

// identity is the ARN that signs the requests.
func (p publisher) identity() string {
	if p.role != nil {
		return p.role.ARN()
	}
	return p.runner.Identity()
}

// enter notes the grant, if the requests arrive from where a policy can tell.
func (p publisher) enter() bool {
	arn, partition := p.identity(), p.bucket.Account.Partition.Name
	if !strings.HasPrefix(arn, "arn:"+partition+":") {
		p.wrong(p.at, "Publisher in another partition", "%q is not in the partition %s, where the bucket of %s is; no permission reaches across. Write a publisher of that partition.", arn, partition, p.bucket.What)
		return false
	}
	from, ok := p.ways()
	if ok {
		p.bucket.Writers = append(p.bucket.Writers, &Grant{Runner: p.runner, Role: p.role, ARN: arn, From: from})
		slices.SortStableFunc(p.bucket.Writers, compareGrants)
	}
	return ok
}

func compareGrants(a, b *Grant) int {
	return cmp.Or(cmp.Compare(a.Runner.Name, b.Runner.Name), cmp.Compare(a.ARN, b.ARN))
}

// ways are the doors to S3 in the bucket's region that the runner comes through; it is false when there is none.
func (p publisher) ways() ([]*Door, bool) {
	n := p.runner.Network
	if n == nil {
		return []*Door{{Addresses: p.runner.Addresses}}, p.placed()
	}
	through := p.bucket.Region == n.Region && p.throughS3(n)
	switch {
	case n.Account.Partition != p.bucket.Account.Partition:
		p.wrong(p.at, "Runner in another partition", "runner.%s is in the partition %s, where network.%s is, and the bucket of %s in %s; no request reaches across. Write a runner of that partition.",
			p.runner.Name, n.Account.Partition.Name, n.Name, p.bucket.What, p.bucket.Account.Partition.Name)
		return nil, false
	case !through && !n.NAT:
		p.wrong(p.at, "Bucket out of reach", "network.%s has no way out, and a VPC endpoint leads to its own region only: the bucket of %s is in %s, the network of runner.%s in %s. Write a runner in %s, or set egress = \"nat\" in the network.",
			n.Name, p.bucket.What, p.bucket.Region, p.runner.Name, n.Region, p.bucket.Region)
		return nil, false
	case (!through || n.Transition) && n.Existing != nil && len(n.Existing.NATAddresses) == 0:
		p.missing(p.vpcs[n.Name].Header, p.at, "NAT addresses unknown",
			"Requests of runner.%s leave network.%s through NAT gateways that the spec does not make, so it cannot know from what addresses the bucket of %s admits them. Add nat_addresses = [\"203.0.113.10\"] to the network, with the public addresses of the gateways.",
			p.runner.Name, n.Name, p.bucket.What)
		return nil, false
	}
	var ways []*Door
	if n.NAT && (!through || n.Transition) {
		ways = append(ways, n.out())
	}
	if through {
		ways = append(ways, &Door{Endpoint: n, Addresses: p.runner.Addresses})
	}
	return ways, true
}

// throughS3 tells whether requests to S3 of the network's region go through its endpoint.
func (r *resolver) throughS3(n *Network) bool {
	through, known := r.s3[n]
	if !known {
		through = !n.NAT || n.named()[aws.S3]
		r.s3[n] = through
	}
	return through
}

// placed tells whether a runner elsewhere comes to S3 from addresses that a policy can name, and reports it if not.
func (p publisher) placed() bool {
	switch h := p.runner.Hosted; {
	case h != nil && p.runner.PathIn(aws.S3, p.bucket.Region) == Foreign:
		p.foreign()
	case len(p.runner.Addresses) == 0 && h != nil:
		p.wrong(p.at, "Hosted runner without addresses",
			"runner.%s is one of %s's machines and has no addresses: what comes from anywhere at a vendor's comes from its other customers too. Add the addresses of machines that have fixed ones, which vendors offer for their larger sizes, or write a runner of your own.",
			p.runner.Name, h.Vendor)
	case len(p.runner.Addresses) == 0:
		p.missing(p.blocks[p.runner.Name].Header, p.at, "Runner without a place",
			"The bucket of %s could not say from where runner.%s comes. Add addresses to the runner, the public ones from which it reaches the internet, or the network that it is in.", p.bucket.What, p.runner.Name)
	default:
		return true
	}
	return false
}

// foreign reports a hosted runner that reaches the bucket through an endpoint of its vendor's.
func (p publisher) foreign() {
	p.wrong(p.at, "Runner behind foreign endpoint",
		"In %s machines of %s reach S3 through an endpoint of the vendor's, so AWS sees neither an address nor a VPC of yours, and no policy could tell runner.%s from the vendor's other customers. Write another region for the bucket of %s, a runner of your own, or a hosted one in other regions.",
		p.bucket.Region, p.runner.Hosted.Vendor, p.runner.Name, p.bucket.What)
}

// write notes what publishing objects asks for.
func (p publisher) write() {
	p.asks("publishes "+p.bucket.What, Access{Through: []aws.Service{aws.S3}, Actions: PutActions, Resources: []string{p.bucket.Objects()}})
	p.encrypts()
}

// encrypts notes what S3 asks of the bucket's key on behalf of who writes into it.
func (p publisher) encrypts() {
	b := p.bucket
	if !b.HasKey() {
		return
	}
	a := Access{Actions: writeKeyActions, Conditions: []policy.Condition{b.ViaService("s3", b.Region)}}
	if b.KMSKey != "" {
		a.Resources = []string{b.KMSKey}
	} else {
		a.KeyOf = &b.Place
	}
	p.asks("publishes "+b.What+" through S3, which encrypts it", a)
}

// asks notes what the work asks for: a permission of the runner, or of the role, for which the runner needs the path alone.
func (p publisher) asks(does string, a Access) {
	if p.role != nil {
		a.As = p.role
		p.role.Work = added(p.role.Work, does, a)
		if len(a.Through) == 0 {
			return
		}
		a.Free, a.Roles = true, []string{p.role.ARN()}
		does += " as role." + p.role.Name
	}
	if n := p.runner.Network; len(a.Through) > 0 && (n == nil || n.Region != p.bucket.Region) {
		a.Region = p.bucket.Region
	}
	p.runner.add(does, a)
}
