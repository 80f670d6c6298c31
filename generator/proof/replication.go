package proof

import (
	"slices"
	"strconv"

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

// replication checks all claims about one replication: that its role does its work, and nothing else. That the buckets and
// their keys let it in, their own claims check.
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
	c.works()
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
	const batch = "batchoperations.s3.amazonaws.com"
	services := []string{"s3.amazonaws.com"}
	if c.ExistingObjects {
		services = append(services, batch)
	}
	for _, s := range c.assumed(c.role, Copied, "replication."+c.Name, services...) {
		c.open(cond(s.service == batch, "S3 Batch Operations, for jobs", "S3, for rules")+" of whoever may pass it (`iam:PassRole`)", "role `%s`", c.RoleARN()).of(c.Address(), s.by)
	}
}

// An actor is a service that acts as a role, and by which statements it may.
type actor struct {
	service string
	by      []Ground
}

// assumed checks that some services act as a role, and nobody else does. It returns those that do.
func (s subject) assumed(role *evidence.Resource, c Claim, of string, services ...string) (do []actor) {
	trust, at := s.policyOf(policy.Trust, role, "assume_role_policy"), role.At("assume_role_policy")
	if !s.holds(trust != nil, c, at, "The role says nothing of who may assume it.") {
		return nil
	}
	q := question{decide: []*policy.Policy{trust}, where: at, at: func(h policy.Hit) Place {
		return cond(h.Policy == trust, role.Statement("assume_role_policy", h.Index), at)
	}}
	for _, service := range services {
		q.wants = append(q.wants, want{what: service + " acts as the role of " + of, Statement: policy.Statement{
			Effect: policy.Allow, Principal: policy.Service(service), Actions: []string{byCaller}, Resources: policy.Literals("*"),
		}})
	}
	s.spelled(trust, q.at, q.statements())
	let, by := s.decided(q, c, func(r *ruling) { r.nothingMore(Trusted, r.universe.All(), "As the role of "+of+" ") }), s.grounds(q)
	for i, service := range services {
		if let[i] {
			do = append(do, actor{service, by(i)})
		}
	}
	return do
}

// works checks what the role may do, in whatever request it makes: its work, and nothing else.
func (c *copier) works() {
	if len(c.allows) == 0 {
		c.holds(false, Copied, c.at(), "The role of replication.%s has no policy.", c.Name)
		return
	}
	role := signing(c.RoleARN())
	q := question{decide: c.allows, within: []policy.Condition{policy.When("ArnEquals", "aws:PrincipalArn", c.RoleARN())}, where: c.at(), at: func(h policy.Hit) Place {
		for i, p := range c.allows {
			if p == h.Policy {
				return c.written[i].Statement("policy", h.Index)
			}
		}
		return c.at()
	}}
	add := func(claim Claim, of *topology.Bucket, does string, actions []string, conditions []policy.Condition, on ...policy.Text) {
		q.wants = append(q.wants, want{what: "replication." + c.Name + " " + does + " " + of.Bucket, claim: claim, Statement: policy.Statement{
			Effect: policy.Allow, Principal: role, Actions: actions, Resources: on, Conditions: conditions,
		}})
	}
	unlocks := func(v *vault, actions []string) {
		if v.key != nil || v.KMSKey != "" {
			add(Decrypted, v.Bucket, "uses the key of", actions, v.KeyConditions(), v.keyText())
		}
	}
	bucket := policy.Literal(c.Source.ARN())
	add(Copied, c.Source, "reads", []string{"s3:GetReplicationConfiguration", "s3:ListBucket"}, nil, bucket)
	add(Copied, c.Source, "reads", []string{"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"}, nil, c.objects(c.Source))
	if c.ExistingObjects {
		add(Copied, c.Source, "copies what is there of", []string{"s3:InitiateReplication"}, nil, c.objects(c.Source))
		add(Copied, c.Source, "lists what is there of", []string{"s3:PutInventoryConfiguration"}, nil, bucket)
	}
	unlocks(c.source, []string{"kms:Decrypt"})
	for _, d := range c.Destinations {
		add(Copied, d.Bucket, "copies into", replicating, nil, c.objects(d.Bucket))
		add(Copied, d.Bucket, "looks at", looking, nil, policy.Literal(d.ARN()))
		if c.override(d.Bucket) {
			add(Owned, d.Bucket, "hands over what it copies into", []string{override}, nil, c.objects(d.Bucket))
		}
		unlocks(c.vault(d.Bucket), topology.ReplicaKeyActions)
	}
	for _, p := range c.allows {
		c.spelled(p, q.at, q.statements())
	}
	c.decided(q, Copied, func(r *ruling) { r.nothingMore(Limited, r.universe.All(), "In the role of replication."+c.Name+" ") })
}

// objects are those of a bucket that are copied.
func (c *copier) objects(b *topology.Bucket) policy.Text { return policy.Literal(c.Within(b)) }

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
	want := v.keyText().String()
	c.holds(evidence.Shown(key) == want, Decrypted, at, "Replicas in %s are encrypted with %s, and not with the key of their bucket, %s.", d.Bucket.Bucket, evidence.Shown(key), want)
}

func quoted(s string) string { return strconv.Quote(s) }
