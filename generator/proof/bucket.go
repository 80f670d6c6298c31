package proof

import (
	"slices"
	"strconv"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A vault is a bucket of the spec as the tree has it. What is claimed of it:
//
//   - It is set up as the spec says: it has versions and its key, no ACLs, nothing that could be public, and loses what
//     nobody sees any more.
//   - Those whom the spec lets in get through on each of their ways, to the bucket and to its key.
//   - Nobody else does, whatever policies of its own it has: of all requests that there are, the bucket's policy lets no other
//     through. See vault.ruled.
//
// A bucket that exists already keeps its own policy, which is taken to leave it to the callers' policies: what those are is
// all that is claimed then.
type vault struct {
	subject
	*topology.Bucket
	it      *evidence.Resource // nil: somebody else made it, or it is not there
	rules   *evidence.Resource // the policy's
	admits  *policy.Policy     // nil: none
	key     *evidence.Resource // of its storage stack, which encrypts it; nil: another one does
	refused map[any]bool       // of what is in rows of a page, what does not get through
	grounds map[any][]Ground   // of the rest, what lets it through
	logs    bool               // it is for access logs, and of no block of its own
}

// vault is the bucket in the tree.
func (p *prover) vault(b *topology.Bucket) *vault {
	v := *p.vaults.get(b, func() *vault { return p.findVault(b) })
	v.subject, v.refused, v.grounds = subject{p, b.Range}, map[any]bool{}, map[any][]Ground{}
	return &v
}

func (p *prover) findVault(b *topology.Bucket) *vault {
	v := &vault{subject: subject{p, b.Range}, Bucket: b, refused: map[any]bool{}, grounds: map[any][]Ground{}}
	if b.Existing {
		return v
	}
	for _, r := range p.Where("aws_s3_bucket", "bucket", b.Bucket) {
		if r.Stack.Path == b.Stack(topology.StorageLayer) {
			v.it = r
		}
	}
	if all := p.Where("aws_s3_bucket_policy", "bucket", b.Bucket); len(all) == 1 {
		v.rules = all[0]
		v.admits = p.policies.get(v.rules, func() compiled { return compile(policy.Resource, v.rules, "policy") }).policy
	}
	if b.Encrypted {
		v.key = p.keyIn(b.Place, topology.StorageLayer)
	}
	return v
}

// bucket checks all claims about one bucket.
func (p *prover) bucket(b *topology.Bucket) {
	v := p.vault(b)
	if !b.Existing && !v.holds(v.it != nil, Present, Place{File: b.Stack(topology.StorageLayer)}, "There is no bucket %s for %s.", b.Bucket, b.What) {
		return
	}
	if !b.Existing {
		v.settings()
		v.ruled()
	}
	a := v.about()
	a.Writers = v.written()
	a.Readers = v.read()
	v.report.Access.Buckets = append(v.report.Access.Buckets, a)
}

// at is where the bucket's policy is, or else the bucket.
func (v *vault) at() Place {
	switch {
	case v.rules != nil:
		return v.rules.At("policy")
	case v.it != nil:
		return v.it.At("bucket")
	}
	return Place{File: v.Stack(topology.StorageLayer)}
}

// settings checks how the bucket is set up.
func (v *vault) settings() {
	v.plainly()
	versioning := v.part("aws_s3_bucket_versioning", Versioned)
	if r := versioning; r != nil {
		status := r.Setting("versioning_configuration", "status")
		v.holds(status == "Enabled", Versioned, r.At("bucket"), "The bucket %s of %s keeps no versions: its versioning is %q.", v.Bucket.Bucket, v.What, status)
	}
	v.owned()
	block := v.part("aws_s3_bucket_public_access_block", Blocked)
	if r := block; r != nil {
		for _, flag := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
			v.holds(r.Text(flag) == "true", Blocked, r.At(flag), "%s of the bucket %s is not set, so it could be opened to the public.", flag, v.Bucket.Bucket)
		}
	}
	v.encryption()
	v.lifecycle(versioning)
	v.part("aws_s3_bucket_policy", Locked)
	if v.rules != nil {
		v.holds(block == nil || v.rules.WaitsFor(block), Locked, v.rules.At("bucket"), "The policy of the bucket %s does not wait for its public access block, and S3 takes one change of a bucket's access at a time.", v.Bucket.Bucket)
		v.policyOf(policy.Resource, v.rules, "policy") // reports what AWS refuses
	}
}

// part is the one resource of a kind that is about the bucket, nil if there is none, or several, of which the last counts.
func (v *vault) part(kind string, c Claim) *evidence.Resource {
	found := v.Where(kind, "bucket", v.Bucket.Bucket)
	if !v.holds(len(found) == 1, c, v.it.At("bucket"), "The bucket %s of %s has %d resources %s, in place of one.", v.Bucket.Bucket, v.What, len(found), kind) {
		return nil
	}
	v.holds(found[0].Stack == v.it.Stack, c, found[0].At("bucket"), "What is said of the bucket %s is in another stack than the bucket.", v.Bucket.Bucket)
	v.plain(found[0])
	return found[0]
}

// plainly checks that nothing is said of the bucket inside its own resource, where it would contradict the others.
func (v *vault) plainly() {
	for _, name := range v.it.Arguments() {
		v.holds(slices.Contains([]string{"bucket", "tags", "depends_on"}, name), Readable, v.it.At(name), "The bucket %s has %s inside, which is not understood there.", v.Bucket.Bucket, name)
	}
	for _, b := range v.it.All() {
		v.holds(b.Type == "lifecycle", Readable, b.Start(), "The bucket %s has %s inside; write a resource of its own.", v.Bucket.Bucket, b.Type)
	}
}

// owned checks that what arrives belongs to the bucket's account.
func (v *vault) owned() {
	want := "BucketOwnerEnforced"
	if v.logs {
		want = "BucketOwnerPreferred"
	}
	if r := v.part("aws_s3_bucket_ownership_controls", Owned); r != nil {
		rule := r.Setting("rule", "object_ownership")
		v.holds(rule == want, Owned, r.At("bucket"), "What arrives in the bucket %s of %s belongs to whom %q says, and not %q.", v.Bucket.Bucket, v.What, rule, want)
	}
	for _, r := range v.Where("aws_s3_bucket_acl", "bucket", v.Bucket.Bucket) {
		v.holds(false, Owned, r.At("bucket"), "The bucket %s has an ACL.", v.Bucket.Bucket)
	}
}

// encryption checks what encrypts objects that come without any.
func (v *vault) encryption() {
	r := v.part("aws_s3_bucket_server_side_encryption_configuration", Encrypted)
	if r == nil {
		return
	}
	const by = "apply_server_side_encryption_by_default"
	at := r.At("bucket")
	v.holds(len(r.Blocks("rule")) == 1, Encrypted, at, "The bucket %s has several rules of encryption.", v.Bucket.Bucket)
	algorithm, key := r.Setting("rule", by, "sse_algorithm"), r.Setting("rule", by, "kms_master_key_id")
	if !v.Encrypted {
		v.holds(algorithm == "AES256" && key == "", Encrypted, at, "The bucket %s of %s is not encrypted with S3's own keys, but by %q with %s.", v.Bucket.Bucket, v.What, algorithm, evidence.Shown(key))
		return
	}
	v.holds(algorithm == "aws:kms", Encrypted, at, "The bucket %s of %s is encrypted by %q, and not with a key of KMS.", v.Bucket.Bucket, v.What, algorithm)
	v.holds(r.Setting("rule", "bucket_key_enabled") == "true", Encrypted, at, "The bucket %s of %s has no bucket key, so KMS is asked for each object.", v.Bucket.Bucket, v.What)
	v.encrypted(key, v.key, at, "What is in the bucket "+v.Bucket.Bucket)
}

// lifecycle checks that old versions and parts of uploads go, and that nothing else does.
func (v *vault) lifecycle(versioning *evidence.Resource) {
	r := v.part("aws_s3_bucket_lifecycle_configuration", Tidied)
	if r == nil {
		return
	}
	v.holds(versioning == nil || r.WaitsFor(versioning), Tidied, r.At("bucket"), "The lifecycle of the bucket %s does not wait for its versioning, and S3 takes a rule about old versions of a bucket that has them.", v.Bucket.Bucket)
	rules := r.Blocks("rule")
	v.holds(len(rules) == 1, Tidied, r.At("bucket"), "The lifecycle of the bucket %s has %d rules, in place of one.", v.Bucket.Bucket, len(rules))
	tidy := false
	for _, rule := range rules {
		at := rule.Start()
		filter := rule.Nested("filter")
		everything := filter != nil && filter.IsEmpty() && !rule.Has("prefix")
		parts := rule.Setting("abort_incomplete_multipart_upload", "days_after_initiation")
		old := rule.Setting("noncurrent_version_expiration", "noncurrent_days")
		tidy = tidy || everything && rule.Text("status") == "Enabled" && parts == partDays && old == strconv.Itoa(v.NoncurrentDays)
		v.holds(old == "" || old == strconv.Itoa(v.NoncurrentDays), Tidied, at, "Old versions in the bucket %s go after %s days, and not after %d.", v.Bucket.Bucket, old, v.NoncurrentDays)
		v.expires(rule, at)
		for _, kind := range []string{"transition", "noncurrent_version_transition"} {
			v.holds(rule.Nested(kind) == nil, Tidied, at, "What is in the bucket %s moves into another storage class.", v.Bucket.Bucket)
		}
	}
	v.holds(tidy, Tidied, r.At("bucket"), "In the bucket %s of %s parts of uploads, or old versions, do not go as they should: no rule takes them all away, after %s days and after %d.", v.Bucket.Bucket, v.What, partDays, v.NoncurrentDays)
}

// How many days parts of uploads stay, and logs: those of builds and networks, too.
const partDays, logDays = "7", "365"

// expires checks what a rule takes away that is no old version: delete markers without any, and access logs after a year.
func (v *vault) expires(rule *evidence.Block, at Place) {
	want := map[string]string{"expired_object_delete_marker": "true"}
	if v.logs {
		want = map[string]string{"days": logDays}
	}
	for _, when := range []string{"date", "days", "expired_object_delete_marker"} {
		is := rule.Setting("expiration", when)
		v.holds(is == want[when], Tidied, at, "What is in the bucket %s goes otherwise than it should: %s of its expiration is %q, and not %q.", v.Bucket.Bucket, when, is, want[when])
	}
}

// unaskedBuckets checks that nothing copies out of a bucket but what the spec has, and notes buckets that it does not have.
func (p *prover) unaskedBuckets() {
	s := subject{prover: p}
	known, existing := map[string]bool{}, map[string]bool{}
	sources := map[string]bool{}
	for _, b := range p.topology.Buckets {
		known[b.Bucket], existing[b.Bucket] = true, b.Existing
		sources[b.Bucket] = sources[b.Bucket] || b.SourceOf != nil
	}
	for _, d := range p.topology.Distributions {
		known[d.LogBucket] = true
	}
	for _, kind := range []string{"aws_s3_bucket", "aws_s3_bucket_policy"} {
		for _, r := range p.Of(kind) {
			if name := r.Text("bucket"); !known[name] {
				s.stranger(r, "whom its own policies let in", "bucket `"+evidence.Shown(name)+"`")
			} else if existing[name] {
				s.open("whom its policy in this tree lets in", "bucket `%s`, which exists already", evidence.Shown(name))
			}
		}
	}
	for _, r := range p.Of("aws_s3_bucket_replication_configuration") {
		name := r.Text("bucket")
		s.holds(sources[name] || !known[name], Copied, r.At("bucket"), "The bucket %s is copied elsewhere, and no replication of the spec says so.", evidence.Shown(name))
	}
}

// resourcesOf are what an access asks for, as a policy has it.
func (p *prover) resourcesOf(a *topology.Access) []policy.Text {
	if a.KeyOf != nil {
		return []policy.Text{evidence.Text(p.keyARN(*a.KeyOf))}
	}
	return policy.Literals(a.Resources...)
}
