package proof

import (
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/zclconf/go-cty/cty"
)

// override is what makes the destination's account the owner of a replica.
const override = "s3:ObjectOwnerOverrideToBucketOwner"

// A copier is a replication as the tree has it.
type copier struct {
	subject
	*topology.Replication
	config  *evidence.Resource // its rules
	role    *evidence.Resource
	allows  []*policy.Policy
	written []*evidence.Resource
	source  *vault
}

func (p *prover) copier(r *topology.Replication) *copier {
	c := &copier{subject: subject{p, r.Range}, Replication: r, role: p.Known("aws_iam_role", "arn", r.RoleARN()), source: p.vault(r.Source)}
	if found := p.Where("aws_s3_bucket_replication_configuration", "bucket", r.Source.Bucket); len(found) == 1 {
		c.config = found[0]
	}
	if c.role != nil {
		c.allows, c.written = p.inline(c.role)
	}
	return c
}

// inline are the policies inside a role, and where they are written.
func (p *prover) inline(role *evidence.Resource) ([]*policy.Policy, []*evidence.Resource) {
	return subject{prover: p}.inline(role)
}

// replication checks all claims about one replication: that each step of its work gets through, and that its role does
// nothing else. What it does to its destinations, their own claims check, too.
func (p *prover) replication(r *topology.Replication) {
	c := p.copier(r)
	at := Place{File: r.Source.Stack(topology.DeliveryLayer)}
	if !c.holds(c.config != nil, Copied, at, "The bucket %s has not exactly one list of rules for replication.%s.", r.Source.Bucket, r.Name) {
		return
	}
	c.holds(c.places[c.config.Stack.Path] == r.Source.Place, Copied, c.config.At("bucket"), "The rules of replication.%s are in another place than its source.", r.Name)
	arn := c.config.Text("role")
	if !c.holds(c.role != nil && arn == r.RoleARN(), Copied, c.config.At("role"), "S3 copies as %s, and whoever lets replication.%s in knows it as %s.", evidence.Shown(arn), r.Name, r.RoleARN()) {
		return
	}
	c.holds(!c.role.Has("permissions_boundary"), Readable, c.role.At("permissions_boundary"), "The role has a permissions_boundary, which is not in this tree.")
	c.nothingInside(c.role)
	c.attached(c.role, nil)
	c.trusted()
	c.plain(c.config)
	waits := slices.ContainsFunc(c.written, c.config.WaitsFor)
	c.holds(waits, Copied, c.config.At("role"), "The rules of replication.%s do not wait for the policy of their role: what is written until it is there is never copied.", c.Name)
	c.rules()
	c.reads()
	for _, d := range r.Destinations {
		if d.Existing {
			c.into(p.vault(d.Bucket)) // of others, where their bucket is proved
		}
	}
	c.noMore()
}

// at is where the role's permissions are.
func (c *copier) at() Place {
	if len(c.written) > 0 {
		return c.written[0].At("policy")
	}
	if c.role != nil {
		return c.role.At("name")
	}
	return Place{File: c.Source.Stack(topology.DeliveryLayer)}
}

// trusted checks that S3 acts as the role, and nobody else.
func (c *copier) trusted() {
	trust := c.policyOf(policy.Trust, c.role, "assume_role_policy")
	at := c.role.At("assume_role_policy")
	if !c.holds(trust != nil, Copied, at, "The role says nothing of who may assume it.") {
		return
	}
	ask := func(caller policy.Caller, action string) policy.Decision {
		return policy.Evaluate(policy.Request{Caller: caller, Action: action, Resource: evidence.Text(c.role.Computed("arn"))}, trust, anyIdentity)
	}
	services := []string{"s3.amazonaws.com"}
	const batch = "batchoperations.s3.amazonaws.com"
	if c.ExistingObjects {
		services = append(services, batch)
	}
	for _, s := range services {
		d := ask(policy.AsService(s), byCaller)
		if c.holds(d.Allowed(), Copied, at, "%s cannot act as the role of replication.%s: %s.", s, c.Name, d) {
			c.open(cond(s == batch, "S3 Batch Operations, for jobs", "S3, for rules")+" of whoever may pass it (`iam:PassRole`)", "role `%s`", c.RoleARN())
		}
	}
	partition, id := c.Source.Account.Partition, c.Source.Account.ID
	strangers := []guest{
		signedAs("", partition.ARN("iam", "", id, "role/stranger")), signedAs("", partition.ARN("iam", "", id, "user/stranger")),
		signedAs("", partition.ARN("iam", "", stranger, "role/stranger")), {arn: c.Source.Account.Root(), caller: policy.AsRoot(c.Source.Account.Root())}, {},
	}
	for _, s := range append([]string{batch, "ec2.amazonaws.com", "lambda.amazonaws.com", service}, servicesIn(trust)...) {
		if !slices.Contains(services, s) {
			strangers = append(strangers, guest{caller: policy.AsService(s)})
		}
	}
	for _, g := range strangers {
		d := ask(g.caller, byCaller)
		c.holds(!d.Allowed(), Trusted, at, "%s can act as the role of replication.%s: %s.", g.caller, c.Name, d)
	}
	d := ask(policy.AsFederated(policy.Literal("somebody's provider")), byToken)
	c.holds(!d.Allowed(), Trusted, at, "Somebody with a token can act as the role of replication.%s: %s.", c.Name, d)
	c.plainTrust(trust)
}

// plainTrust checks that the trust policy says nothing whose meaning is not tried: S3 may send no more than who it is.
func (c *copier) plainTrust(trust *policy.Policy) {
	for i, s := range trust.Document.Statements {
		h, at := policy.Hit{Policy: trust, Index: i}, c.role.Statement("assume_role_policy", i)
		for _, t := range s.Conditions {
			c.holds(false, Copied, at, "%s tests %s, which AWS does not say that S3 sends.", h, t.Key)
		}
		for _, p := range s.Principal.Kinds() {
			c.holds(p.Kind == "Service", Trusted, at, "%s lets others in than services of AWS: %s %s.", h, p.Kind, join(p.IDs))
		}
	}
}

// servicesIn are the services that a policy names.
func servicesIn(p *policy.Policy) (out []string) {
	for _, s := range p.Document.Statements {
		for _, k := range s.Principal.Kinds() {
			for _, id := range k.IDs {
				if k.Kind == "Service" {
					out = append(out, id.String())
				}
			}
		}
	}
	return out
}

// literally writes the characters that have a meaning in a policy so that they have none.
var literally = strings.NewReplacer("$", "${$}", "*", "${*}", "?", "${?}")

// within is the pattern of the ARNs of the objects in a bucket that are copied, as a policy has it.
func (c *copier) within(b *topology.Bucket) string {
	return b.ARN() + "/" + literally.Replace(c.Prefix) + "*"
}

// object is an example of the objects in a bucket that are copied.
func (c *copier) object(b *topology.Bucket) string {
	return b.ARN() + "/" + c.Prefix + "Some/Example-1"
}

// ask is a request that S3 makes in the role, decided by its policies and the bucket's.
func (c *copier) ask(v *vault, action, resource string) policy.Decision {
	return v.asks(signedAs("S3", c.RoleARN()), action, resource, c.allows...)
}

// step checks that a step of the work gets through.
func (c *copier) step(v *vault, claim Claim, action, resource string) {
	d := c.ask(v, action, resource)
	at := c.at()
	if lacks(d, policy.Resource) && v.rules != nil {
		at = v.at()
	}
	v.holds(d.Allowed(), claim, at, "The role of replication.%s may not %s on %s: %s.", c.Name, action, resource, d)
}

// reads checks that the role may read what it copies.
func (c *copier) reads() {
	v := c.source
	v.subject = c.subject
	for _, action := range []string{"s3:GetReplicationConfiguration", "s3:ListBucket"} {
		c.step(v, Copied, action, v.ARN())
	}
	actions := []string{"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"}
	if c.ExistingObjects {
		actions = append(actions, "s3:InitiateReplication")
		c.step(v, Copied, "s3:PutInventoryConfiguration", v.ARN())
	}
	for _, action := range actions {
		c.step(v, Copied, action, c.object(v.Bucket))
	}
	c.unlocks(v, "kms:Decrypt")
}

// into checks that the role may write replicas into one of its destinations.
func (c *copier) into(v *vault) {
	if c.role == nil || c.config == nil {
		return // reported where the replication is
	}
	for _, action := range []string{"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"} {
		c.step(v, Copied, action, c.object(v.Bucket))
	}
	for _, action := range []string{"s3:GetBucketVersioning", "s3:ListBucket"} {
		c.step(v, Copied, action, v.ARN())
	}
	if c.override(v.Bucket) {
		c.step(v, Owned, override, c.object(v.Bucket))
	}
	c.unlocks(v, topology.ReplicaKeyActions...)
}

// unlocks checks that S3 may use a bucket's key in the role, through S3 and for this bucket alone.
func (c *copier) unlocks(v *vault, actions ...string) {
	if !v.HasKey() || v.Encrypted && v.key == nil {
		return
	}
	s3, role := "s3."+v.Region+"."+v.Account.Partition.DNSSuffix, signedAs("S3", c.RoleARN())
	for _, action := range actions {
		for _, context := range []string{v.ARN(), c.object(v.Bucket)} {
			d := v.opens(role, action, context, c.allows...)
			v.holds(d.Allowed(), Decrypted, cond(lacks(d, policy.Key), v.keyAt(), c.at()), "The role of replication.%s may not %s with the key of %s: %s.", c.Name, action, v.Bucket.Bucket, d)
		}
		deny := func(what, via, context string) {
			d := policy.Evaluate(v.keyRequest(role, action, via, context), append(v.leaving(role), c.allows...)...)
			v.holds(!d.Allowed(), Limited, c.at(), "The role of replication.%s may %s %s: %s.", c.Name, action, what, d)
		}
		deny("without S3", "", v.ARN())
		deny("for another bucket", s3, v.Account.Partition.ARN("s3", "", "", "stranger"))
		deny("through S3 of elsewhere", "s3.xx-east-1.amazonaws.com", v.ARN())
		deny("without saying for whom", s3, "")
	}
}

// noMore checks that the role has no statement beyond its work.
func (c *copier) noMore() {
	asked := map[[2]string]bool{}
	on := func(resource string, actions ...string) { note(asked, actions, policy.Literals(resource)) }
	source := c.Source
	on(source.ARN(), "s3:GetReplicationConfiguration", "s3:ListBucket")
	on(c.within(source), "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging")
	if c.ExistingObjects {
		on(source.ARN(), "s3:PutInventoryConfiguration")
		on(c.within(source), "s3:InitiateReplication")
	}
	c.keyed(asked, c.source, "kms:Decrypt")
	for _, d := range c.Destinations {
		on(d.ARN(), "s3:GetBucketVersioning", "s3:ListBucket")
		on(c.within(d.Bucket), "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")
		if c.override(d.Bucket) {
			on(c.within(d.Bucket), override)
		}
		c.keyed(asked, c.vault(d.Bucket), topology.ReplicaKeyActions...)
	}
	for i, p := range c.allows {
		c.limited(p, asked, c.written[i].At("policy"))
	}
}

func (c *copier) keyed(asked map[[2]string]bool, v *vault, actions ...string) {
	if v.HasKey() {
		note(asked, actions, []policy.Text{v.keyRequest(guest{}, "", "", "").Resource})
	}
}

// rules checks that there is a rule for each destination, and no other.
func (c *copier) rules() {
	priorities, names := map[string]bool{}, map[string]bool{}
	found := map[string]int{}
	for _, rule := range c.config.Blocks("rule") {
		arn := rule.Setting("destination", "bucket")
		found[arn]++
		priority := rule.Text("priority")
		c.holds(priority != "" && !priorities[priority], Copied, rule.Start(), "A rule of replication.%s has the priority %q, and each has one of its own.", c.Name, priority)
		name := rule.Text("id")
		c.holds(name != "" && !names[name], Copied, rule.Start(), "A rule of replication.%s has the id %q, and each has one of its own.", c.Name, name)
		priorities[priority], names[name] = true, true
		i := slices.IndexFunc(c.Destinations, func(d *topology.Destination) bool { return d.ARN() == arn })
		if c.holds(i >= 0, Limited, rule.Start(), "A rule of replication.%s copies into %s, and the spec does not.", c.Name, evidence.Shown(arn)) {
			c.rule(rule, c.Destinations[i])
		}
	}
	for _, d := range c.Destinations {
		c.holds(found[d.ARN()] == 1, Copied, c.config.At("bucket"), "replication.%s has %d rules for %s, in place of one.", c.Name, found[d.ARN()], d.Bucket.Bucket)
	}
}

// rule checks the rule for one destination.
func (c *copier) rule(r *evidence.Block, d *topology.Destination) {
	at := r.Start()
	want := func(what, want string, path ...string) {
		is := r.Setting(path...)
		c.holds(is == want, Copied, at, "The rule of replication.%s for %s has %s, and not %s: it is about %s.", c.Name, d.Bucket.Bucket, quoted(is), quoted(want), what)
	}
	want("whether it holds", "Enabled", "status")
	c.filtered(r, d)
	want("delete markers", cond(c.DeleteMarkers, "Enabled", "Disabled"), "delete_marker_replication", "status")
	want("the storage class", d.StorageClass, "destination", "storage_class")
	time := cond(c.TimeControl, "Enabled", "")
	want("time control", time, "destination", "replication_time", "status")
	want("time control", time, "destination", "metrics", "status")
	minutes := cond(c.TimeControl, "15", "")
	want("time control", minutes, "destination", "replication_time", "time", "minutes")
	want("time control", minutes, "destination", "metrics", "event_threshold", "minutes")
	c.handedOver(r, d, at)
	c.encryptedAgain(r, d, at)
	for _, b := range r.All() {
		c.holds(slices.Contains([]string{"filter", "delete_marker_replication", "source_selection_criteria", "destination"}, b.Type), Readable, b.Start(), "A rule of replication.%s has %s, which is not understood there.", c.Name, b.Type)
	}
}

// filtered checks what the rule is about.
func (c *copier) filtered(r *evidence.Block, d *topology.Destination) {
	at := r.Start()
	b := r.Nested("filter")
	if !c.holds(b != nil && !r.Has("prefix"), Copied, at, "The rule of replication.%s for %s has no filter, or one of the first version of replication.", c.Name, d.Bucket.Bucket) {
		return
	}
	prefix, tags := b.Text("prefix"), map[string]string{}
	if tag := b.Nested("tag"); tag != nil {
		tags[tag.Text("key")] = tag.Text("value")
	}
	if and := b.Nested("and"); and != nil {
		prefix += and.Text("prefix")
		if v := and.Get("tags"); v != cty.NilVal && !v.IsNull() && v.Type().IsObjectType() {
			for key, value := range v.AsValueMap() {
				tags[key] = evidence.AsText(value)
			}
		}
	}
	c.holds(prefix == c.Prefix, Copied, at, "The rule of replication.%s for %s is about keys that begin with %q, and not with %q.", c.Name, d.Bucket.Bucket, prefix, c.Prefix)
	same := len(tags) == len(c.ObjectTags)
	for _, t := range c.ObjectTags {
		same = same && tags[t.Key] == t.Value
	}
	c.holds(same, Copied, at, "The rule of replication.%s for %s is about objects with %d tags, and not with those of the spec.", c.Name, d.Bucket.Bucket, len(tags))
}

// handedOver checks who owns a replica. Within an account nothing is handed over; across accounts the destination owns
// what arrives because the rule hands it over, or because it has no ACLs.
// Source: Amazon S3 User Guide, "Changing the replica owner".
func (c *copier) handedOver(r *evidence.Block, d *topology.Destination, at Place) {
	owner, account := r.Setting("destination", "access_control_translation", "owner"), r.Setting("destination", "account")
	if !c.HandsOver(d) {
		c.holds(owner == "", Owned, at, "replication.%s stays in its account, and the rule for %s hands replicas over to %q, which S3 refuses.", c.Name, d.Bucket.Bucket, owner)
		c.holds(account == "" || account == d.Account.ID, Owned, at, "The rule of replication.%s for %s names the account %s, and the bucket is in %s.", c.Name, d.Bucket.Bucket, account, d.Account.ID)
		return
	}
	c.holds(owner == "" || owner == "Destination", Owned, at, "The rule of replication.%s for %s hands replicas over to %q, and not to \"Destination\".", c.Name, d.Bucket.Bucket, owner)
	c.holds(owner == "" || account == d.Account.ID, Owned, at, "The rule of replication.%s for %s hands replicas over to the account %q, and not to %s, whose bucket it is.", c.Name, d.Bucket.Bucket, account, d.Account.ID)
	enforced := false
	for _, o := range c.Where("aws_s3_bucket_ownership_controls", "bucket", d.Bucket.Bucket) {
		enforced = enforced || o.Setting("rule", "object_ownership") == "BucketOwnerEnforced"
	}
	c.holds(owner != "" || enforced, Owned, at, "Replicas in %s belong to account.%s, and account.%s may not read them: nothing hands them over.", d.Bucket.Bucket, c.Source.Account.Name, d.Account.Name)
}

// override tells whether the rule for a bucket hands replicas over.
func (c *copier) override(b *topology.Bucket) bool {
	if c.config == nil {
		return false
	}
	for _, r := range c.config.Blocks("rule") {
		if r.Setting("destination", "bucket") == b.ARN() {
			return r.Setting("destination", "access_control_translation", "owner") != ""
		}
	}
	return false
}

// encryptedAgain checks that what a key encrypts is copied, and with which key it is encrypted again.
func (c *copier) encryptedAgain(r *evidence.Block, d *topology.Destination, at Place) {
	is := r.Setting("source_selection_criteria", "sse_kms_encrypted_objects", "status")
	key := r.Setting("destination", "encryption_configuration", "replica_kms_key_id")
	v := c.vault(d.Bucket)
	if !d.HasKey() {
		c.holds(is != "Enabled" && key == "", Decrypted, at, "The rule of replication.%s for %s is about keys of KMS, and the bucket has none.", c.Name, d.Bucket.Bucket)
		return
	}
	c.holds(is == "Enabled", Decrypted, at, "replication.%s passes over what a KMS key encrypts: sse_kms_encrypted_objects is %q.", c.Name, is)
	want := v.keyRequest(guest{}, "", "", "").Resource.String()
	c.holds(evidence.Shown(key) == want, Decrypted, at, "Replicas in %s are encrypted with %s, and not with the key of their bucket, %s.", d.Bucket.Bucket, evidence.Shown(key), want)
}

func quoted(s string) string { return strconv.Quote(s) }
