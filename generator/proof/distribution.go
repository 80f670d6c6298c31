package proof

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/topology"
)

// A front is a distribution of CloudFront as the tree has it.
type front struct {
	subject
	*topology.Distribution
	it     *evidence.Resource
	origin *evidence.Block
}

// distributionOf is the distribution in the tree that reads the same bucket, nil if there is none or several.
func (p *prover) distributionOf(d *topology.Distribution) *evidence.Resource {
	var found []*evidence.Resource
	for _, r := range p.Of("aws_cloudfront_distribution") {
		if r.Stack.Path == d.Origin.Stack(topology.StorageLayer) && r.Setting("origin", "domain_name") == regionalName(d.Origin) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// regionalName is the bucket's name in the DNS.
func regionalName(b *topology.Bucket) string {
	return b.Bucket + ".s3." + b.Region + "." + b.Account.Partition.DNSSuffix
}

// distribution checks that CloudFront serves what the spec says, to everybody by HTTPS. What of it the bucket and its key
// let in, their own claims check.
func (p *prover) distribution(d *topology.Distribution) {
	f := &front{subject: subject{p, d.Range}, Distribution: d, it: p.distributionOf(d)}
	if !f.holds(f.it != nil, Present, Place{File: d.Origin.Stack(topology.StorageLayer)}, "There is not exactly one distribution of %s for distribution.%s.", d.Origin.Bucket, d.Name) {
		return
	}
	f.plain(f.it)
	f.origin = f.it.Nested("origin")
	f.holds(len(f.it.Blocks("origin")) == 1 && len(f.it.Blocks("origin_group")) == 0, Served, f.it.At("enabled"), "distribution.%s has other origins than its bucket.", d.Name)
	f.signs()
	f.behaves()
	f.certified()
	f.holds(f.it.Text("enabled") == "true", Served, f.it.At("enabled"), "distribution.%s is switched off.", d.Name)
	f.holds(f.it.Text("default_root_object") == d.Index, Served, f.it.At("default_root_object"), "distribution.%s answers with %q for its root, and not with %q.", d.Name, f.it.Text("default_root_object"), d.Index)
	aliases := f.it.Texts("aliases")
	slices.Sort(aliases)
	f.holds(slices.Equal(aliases, d.Aliases), Served, f.it.At("aliases"), "distribution.%s answers for %s, and not for %s.", d.Name, strings.Join(aliases, ", "), strings.Join(d.Aliases, ", "))
	for _, want := range [][]string{{"true", "is_ipv6_enabled"}, {"http2and3", "http_version"}, {"true", "default_cache_behavior", "compress"}} {
		is := f.it.Setting(want[1:]...)
		f.holds(is == want[0], Served, f.it.At(want[1]), "%s of distribution.%s is %q, and not %q.", want[len(want)-1], d.Name, is, want[0])
	}
	where := f.it.Setting("restrictions", "geo_restriction", "restriction_type")
	f.holds(where == "none", Served, f.it.At("enabled"), "distribution.%s answers in some countries alone: restriction_type is %q.", d.Name, where)
	if d.LogBucket != "" {
		f.logs()
	}
	f.open("everybody, by HTTPS", "distribution.%s, which reads `%s`", d.Name, d.Origin.Bucket).of(d.Address(), nil)
}

// unaskedDistributions checks that nobody else's distribution reads a bucket of the spec, or reads as an identity of the
// spec, and notes those that the spec does not have.
func (p *prover) unaskedDistributions() {
	s, asked := subject{prover: p}, map[*evidence.Resource]bool{}
	buckets, identities := map[string]bool{}, map[string]bool{}
	for _, d := range p.topology.Distributions {
		asked[p.distributionOf(d)] = true
		identities["origin-access-identity/cloudfront/"+d.Identity] = d.Identity != ""
	}
	for _, b := range p.topology.Buckets {
		buckets[regionalName(b)] = true
	}
	for _, r := range p.Of("aws_cloudfront_distribution") {
		if asked[r] {
			continue
		}
		name := r.Address()
		s.stranger(r, "everybody, as its own arguments say", "distribution `"+name+"`")
		for _, o := range r.Blocks("origin") {
			s.holds(!buckets[o.Text("domain_name")] && !identities[o.Setting("s3_origin_config", "origin_access_identity")], Private, o.Start(),
				"%s reads what the spec lets its own distributions read, and is none of them.", name)
		}
	}
}

// signs checks that CloudFront signs its requests to the bucket: as the distribution, or as the identity of the spec.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
func (f *front) signs() {
	at := f.origin.Start()
	control := f.origin.Text("origin_access_control_id")
	identity := ""
	if b := f.origin.Nested("s3_origin_config"); b != nil {
		identity = b.Text("origin_access_identity")
	}
	if f.Identity != "" {
		f.holds(identity == "origin-access-identity/cloudfront/"+f.Identity && control == "", Served, at, "distribution.%s reads as %q, and not as the identity %s.", f.Name, identity, f.Identity)
		return
	}
	f.holds(identity == "", Served, at, "distribution.%s reads as the identity %q, and not as itself.", f.Name, identity)
	f.holds(f.origin.Nested("custom_origin_config") == nil, Served, at, "distribution.%s reads its bucket as a website, and signs nothing.", f.Name)
	r := f.Known("aws_cloudfront_origin_access_control", "id", control)
	if !f.holds(control != "" && r != nil, Served, at, "distribution.%s has no origin access control, so CloudFront does not sign its requests.", f.Name) {
		return
	}
	f.plain(r)
	for _, want := range [][2]string{{"origin_access_control_origin_type", "s3"}, {"signing_behavior", "always"}, {"signing_protocol", "sigv4"}} {
		is := r.Text(want[0])
		f.holds(is == want[1], Served, r.At(want[0]), "%s of distribution.%s is %q, and not %q, so CloudFront does not always sign its requests.", want[0], f.Name, is, want[1])
	}
}

// What CloudFront keeps and adds, by the IDs of its own policies.
// Source: Amazon CloudFront Developer Guide, "Use managed cache policies" and "Use managed response headers policies".
const (
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	securityHeaders  = "67f7725c-6f97-4210-82d7-5512b31e9d03"
)

// behaves checks what viewers may ask, and how.
func (f *front) behaves() {
	behaviours := append(f.it.Blocks("default_cache_behavior"), f.it.Blocks("ordered_cache_behavior")...)
	f.holds(len(behaviours) == 1, Served, f.it.At("enabled"), "distribution.%s behaves in %d ways, and the spec knows of one.", f.Name, len(behaviours))
	id := f.origin.Text("origin_id")
	for _, b := range behaviours {
		at := b.Start()
		protocol := b.Text("viewer_protocol_policy")
		f.holds(protocol == "redirect-to-https" || protocol == "https-only", Served, at, "Viewers of distribution.%s may ask without TLS: viewer_protocol_policy is %q.", f.Name, protocol)
		for _, methods := range []string{"allowed_methods", "cached_methods"} {
			is := b.Texts(methods)
			slices.Sort(is)
			f.holds(slices.Equal(is, []string{"GET", "HEAD"}), Served, at, "Viewers of distribution.%s GET and HEAD, and its %s are %s.", f.Name, methods, strings.Join(is, ", "))
		}
		f.holds(b.Text("target_origin_id") == id, Served, at, "distribution.%s asks the origin %q, and its bucket is %q.", f.Name, b.Text("target_origin_id"), id)
		f.holds(b.Text("cache_policy_id") == cachingOptimized, Served, at, "distribution.%s caches by another policy than CachingOptimized.", f.Name)
		f.holds(b.Text("response_headers_policy_id") == securityHeaders, Served, at, "distribution.%s adds other headers than SecurityHeadersPolicy.", f.Name)
		for _, code := range []string{"function_association", "lambda_function_association"} {
			f.holds(len(b.Blocks(code)) == 0, Readable, at, "distribution.%s runs code whose meaning is not in this tree.", f.Name)
		}
	}
}

// modernTLS are the security policies that begin with TLS 1.2 and its better ciphers.
// Source: Amazon CloudFront Developer Guide, "Supported protocols and ciphers between viewers and CloudFront".
var modernTLS = []string{"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"}

// certified checks the certificate that viewers see, and from which version of TLS.
func (f *front) certified() {
	b := f.it.Nested("viewer_certificate")
	if !f.holds(b != nil, Served, f.it.At("enabled"), "distribution.%s has no certificate.", f.Name) {
		return
	}
	at, certificate := b.Start(), b.Text("acm_certificate_arn")
	f.holds(certificate == f.Certificate, Served, at, "distribution.%s shows the certificate %q, and not %q.", f.Name, certificate, f.Certificate)
	if f.Certificate == "" {
		f.holds(b.Text("cloudfront_default_certificate") == "true", Served, at, "distribution.%s does not show CloudFront's own certificate.", f.Name)
		return
	}
	f.holds(strings.HasPrefix(certificate, "arn:"+f.Origin.Account.Partition.Name+":acm:us-east-1:"+f.Origin.Account.ID+":"), Served, at, "CloudFront takes certificates of us-east-1 and of its own account alone, and not %q.", certificate)
	version := b.Text("minimum_protocol_version")
	f.holds(slices.Contains(modernTLS, version), Served, at, "Viewers of distribution.%s may use %q, and TLS begins to be sound with TLSv1.2_2021.", f.Name, version)
	support := b.Text("ssl_support_method")
	f.holds(support == "sni-only", Served, at, "distribution.%s shows its certificate to %q, and not by the name that is asked for.", f.Name, support)
}

// logs checks that access logs are kept, in a bucket of their own.
func (f *front) logs() {
	bucket := &topology.Bucket{
		Label: f.Name + "_logs", What: "distribution." + f.Name, Range: hcl.Range{}, Place: f.Origin.Place, Bucket: f.LogBucket, NoncurrentDays: 30,
	}
	to := f.it.Setting("logging_config", "bucket")
	f.holds(to == f.LogBucket+".s3."+f.Origin.Account.Partition.DNSSuffix, Served, f.it.At("enabled"), "distribution.%s leaves its access logs in %q, and not in the bucket %s.", f.Name, to, f.LogBucket)
	cookies := f.it.Setting("logging_config", "include_cookies")
	f.holds(cookies == "" || cookies == "false", Served, f.it.At("enabled"), "distribution.%s writes the cookies of its viewers into its logs.", f.Name)
	v := f.findVault(bucket)
	v.subject, v.logs = f.subject, true
	if !f.holds(v.it != nil, Present, Place{File: f.Origin.Stack(topology.StorageLayer)}, "There is no bucket %s for the logs of distribution.%s.", f.LogBucket, f.Name) {
		return
	}
	for _, r := range f.Where("aws_s3_bucket_ownership_controls", "bucket", f.LogBucket) {
		f.holds(f.it.WaitsFor(r), Served, f.it.At("enabled"), "distribution.%s does not wait for its bucket of logs to take ACLs, and CloudFront takes no other.", f.Name)
	}
	v.settings()
	v.ruled()
	a := v.about()
	a.Logs = true
	own := Use{Who: "account." + v.Account.Name, For: byOwnPolicies}
	a.Writers = v.add([]Use{{Who: "CloudFront", From: "distribution." + f.Name, For: "access logs"}}, v.Account, own)
	a.Readers = v.add(nil, v.Account, own)
	f.report.Access.Buckets = append(f.report.Access.Buckets, a)
}
