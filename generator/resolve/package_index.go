package resolve

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// An indexResolver resolves package indexes.
type indexResolver struct{ *resolver }

// packageIndex resolves the bucket of a package index. Who reads does not sign in, and nobody uses a KMS key without.
// Source: AWS KMS Developer Guide, "How Amazon S3 uses AWS KMS"; Amazon S3 User Guide, "Using server-side encryption".
func (r indexResolver) packageIndex(s *spec.PackageIndex) {
	what := "package_index." + s.Name
	place, ok := r.place(what, s.Account, s.Region)
	days := bucketResolver{r.resolver}.days(what, s.NoncurrentDays)
	if !ok {
		return
	}
	b := &topology.Bucket{
		Label: s.Name + "_index", What: what, Range: s.Header.Range, Place: place, NoncurrentDays: days,
		Bucket: bucketResolver{r.resolver}.bucketName(s.Header, s.Bucket, s.Name, place), Administrators: r.administrators(s, place.Account),
	}
	if s.Bucket.IsSet() {
		b.Range = s.Bucket.Range
	}
	i := &topology.PackageIndex{Name: s.Name, Range: s.Header.Range, Bucket: b}
	b.Of = i
	if s.Proxy.V {
		i.Proxy = &topology.Proxy{API: r.topology.Prefix + "-" + s.Name, Role: proxyRole(r.topology.Prefix, s.Name)}
	}
	add(r, s.Name, i)
	r.topology.Buckets = append(r.topology.Buckets, b)
	r.topology.PackageIndexes = append(r.topology.PackageIndexes, i)
}

// administrators are whom the bucket never refuses, sorted: those who are named, and the role that Terraform works as.
func (r indexResolver) administrators(s *spec.PackageIndex, a *topology.Account) []string {
	var arns []string
	if a.DeployRole != "" {
		arns = append(arns, a.DeployRole)
	}
	root := a.Partition.ARN("iam", "", a.ID, "")
	for _, v := range s.Administrators.V {
		switch {
		case !principalPattern.MatchString(v.V):
			r.wrong(v.Range, "Unknown form of principal", "%q is not the ARN of an IAM role or user. Write one such as %q.", v.V, root+"role/admin")
		case isKnown(a) && !strings.HasPrefix(v.V, root):
			r.wrong(v.Range, "Administrator of another account", "package_index.%s is in account.%s, whose own roles and users alone administer it, and %q is in another. Write one that begins with %q.", s.Name, a.Name, v.V, root)
		default:
			arns = append(arns, v.V)
		}
	}
	return topology.Unique(arns)
}

// A purpose is what a runner is there for.
type purpose struct{ reads, publishes, assumes bool }

// purposes are those of runners, by name. One that is in no list may be in that of a package index with which the reader
// found fault.
func purposes(s *spec.Spec) map[string]*purpose {
	all := map[string]*purpose{}
	for _, runner := range s.Runners {
		all[runner.Name] = &purpose{publishes: runner.Publish.IsSet()}
	}
	note := func(list spec.List[spec.Target], of func(*purpose)) {
		for _, ref := range list.V {
			if p := all[ref.V.Name]; p != nil && ref.V.Kind == "runner" {
				of(p)
			}
		}
	}
	for _, role := range s.Roles {
		note(role.Runners, func(p *purpose) { p.assumes = true })
	}
	flawed := false
	for _, i := range s.PackageIndexes {
		note(i.Readers, func(p *purpose) { p.reads = true })
		note(i.Publishers, func(p *purpose) { p.publishes = true })
		flawed = flawed || i.Flawed
	}
	for _, p := range all {
		p.reads = p.reads || flawed
	}
	return all
}

// anonymous tells whether it takes no more than to read package indexes, which nobody signs in for.
func (p *purpose) anonymous() bool { return p.reads && !p.publishes && !p.assumes }

// refused says what comes of a runner that cannot show who it is, and what to write.
func (p *purpose) refused() string {
	const tokens, role = "issuer = issuer.NAME if its jobs have tokens", "principal with the ARN of the IAM role that it has"
	switch {
	case p.assumes:
		return "no role could admit it. Add " + tokens + ", or " + role
	case p.publishes:
		return "the policy of no bucket could admit it. Add " + role + ", or " + tokens
	}
	return "nothing could admit it. Add " + tokens + ", " + role + ", or the runner to readers of a package index, who sign nothing"
}

// serve resolves who reads a package index, and who publishes in it.
func (r indexResolver) serve(s *spec.PackageIndex) {
	i := find[*topology.PackageIndex](r, s.Name)
	if i == nil {
		return
	}
	if s.Readers.IsSet() && len(s.Readers.V) == 0 {
		r.missing(s.Header, s.Readers.Range, "Package index without readers", "Nobody could install from package_index.%s. Write readers = [runner.NAME].", s.Name)
	}
	if s.Publishers.IsSet() && len(s.Publishers.V) == 0 {
		r.doubt(s.Header, s.Publishers.Range, "Package index without publishers", "Only administrators could put packages into package_index.%s. Write publishers = [runner.NAME] or [role.NAME].", s.Name)
	}
	before, flawed := len(r.diags), s.Header.Flawed
	for _, ref := range s.Readers.V {
		runner := find[*topology.Runner](r, ref.V.Name)
		flawed = flawed || runner == nil || r.blocks[runner.Name].Flawed
		if runner != nil {
			visitor{resolver: r.resolver, runner: runner, bucket: i.Bucket, at: ref.Range, index: s, proxy: i.Proxy}.read()
		}
	}
	r.private(s, i)
	for _, ref := range s.Publishers.V {
		r.publishPackages(i, ref)
	}
	if i.Proxy != nil && len(i.Proxy.Readers) == 0 && len(r.diags) == before && !flawed && len(s.Readers.V) > 0 {
		r.wrong(s.Proxy.Range, "Proxy without public readers", "Readers in networks of the spec reach the bucket of package_index.%s through endpoints, and it has no others. Remove proxy.", s.Name)
	}
}

// The shortest prefixes with which S3 does not take a bucket policy as public, and the public access block refuses it.
// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of 'public'".
const (
	broadestIPv4 = 8
	broadestIPv6 = 32
)

// private reports readers for whom S3 would take the bucket's policy as public. That it joins neighbouring ranges, which may
// be of several readers, is believed.
func (r indexResolver) private(s *spec.PackageIndex, i *topology.PackageIndex) {
	var ranges []netip.Prefix
	for _, g := range i.Bucket.Readers {
		ranges = append(ranges, addressesOf(g)...)
	}
	for _, p := range topology.Aggregated(ranges) {
		broadest := broadestIPv4
		if p.Addr().Is6() {
			broadest = broadestIPv6
		}
		if p.Bits() >= broadest {
			continue
		}
		at, who := s.Readers.Range, []string{}
		for _, g := range i.Bucket.Readers {
			if slices.ContainsFunc(addressesOf(g), p.Overlaps) {
				who = append(who, "runner."+g.Runner.Name)
			}
		}
		if len(who) == 1 {
			at = s.Readers.V[slices.IndexFunc(s.Readers.V, func(ref spec.Ref) bool { return ref.V.String() == who[0] })].Range
		}
		r.wrong(at, "Readers that S3 calls public", "S3 refuses a policy that lets in more than a /%d of addresses as one for everybody, and package_index.%s has readers in all of %s: %s. Write fewer addresses in the runners, or proxy = true, which puts API Gateway in front of the bucket.",
			broadest, s.Name, p, strings.Join(shortened(who), ", "))
	}
}

// addressesOf are those on the internet that a caller comes from.
func addressesOf(g *topology.Grant) []netip.Prefix {
	var ranges []netip.Prefix
	for _, d := range g.From {
		if d.Endpoint == nil {
			ranges = append(ranges, d.Addresses...)
		}
	}
	return ranges
}

// read notes the grant and the work of a reader.
func (v visitor) read() {
	from, ok := v.ways()
	if !ok {
		return
	}
	grant := &topology.Grant{Runner: v.runner, From: from}
	if v.proxy != nil && !slices.ContainsFunc(from, func(d *topology.Door) bool { return d.Endpoint != nil }) {
		v.proxy.Readers = granted(v.proxy.Readers, grant)
		return
	}
	v.bucket.Readers = granted(v.bucket.Readers, grant)
	v.asks("installs from "+v.bucket.What, topology.Access{
		Through: []aws.Service{aws.S3}, Actions: []string{"s3:GetObject"}, Resources: []string{v.bucket.Objects()}, Presigned: true, Anonymous: true,
	})
}

// publishPackages resolves a publisher: a runner as itself or, if it shows tokens, with a session of its role; or the
// runners of a role.
func (r indexResolver) publishPackages(i *topology.PackageIndex, ref spec.Ref) {
	publishResolver{r.resolver}.says(i.Bucket, ref.V.Kind, ref.V.Name)
	as := func(runner *topology.Runner, role *topology.Role) {
		visitor{resolver: r.resolver, runner: runner, role: role, bucket: i.Bucket, at: ref.Range}.publish()
	}
	if role := find[*topology.Role](r, ref.V.Name); ref.V.Kind == "role" {
		if role != nil {
			for _, runner := range role.Runners {
				as(runner, role)
			}
		}
		return
	}
	runner := find[*topology.Runner](r, ref.V.Name)
	switch {
	case runner == nil:
	case runner.Identity() != "":
		as(runner, nil)
	case runner.Issuer == nil: // reported where the runner is
	case len(runner.Roles) == 0:
		r.wrong(ref.Range, "Tokens that S3 refuses", "runner.%s shows tokens, of which S3 knows nothing, and may assume no role. Add a role that has runner.%s among its runners, and write that role in its place.", runner.Name, runner.Name)
	case len(runner.Roles) > 1:
		names := make([]string, len(runner.Roles))
		for i, role := range runner.Roles {
			names[i] = "role." + role.Name
		}
		r.wrong(ref.Range, "Publisher of several roles", "runner.%s shows tokens, publishes with a session of a role, and may assume several. Write one of them in its place: %s.", runner.Name, strings.Join(names, ", "))
	default:
		publishResolver{r.resolver}.says(i.Bucket, "role", runner.Roles[0].Name)
		as(runner, runner.Roles[0])
	}
}
