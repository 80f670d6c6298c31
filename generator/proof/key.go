package proof

import (
	"slices"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A lock is a key as the tree has it. What is claimed of it:
//
//   - Its account's own policies decide everything about it, and the key can always be administered.
//   - Of others those use it who are let into a bucket, as they use it there, and CloudWatch Logs for log groups of the
//     spec. Of all requests that there are, its policy lets no other through. See lock.ruled.
type lock struct {
	subject
	topology.Place
	layer  topology.Layer
	it     *evidence.Resource
	rules  *evidence.Resource // the policy's
	admits *policy.Policy
}

// keyed checks that a key is its own account's: whose policies decide, and nobody else's.
func (s subject) keyed(key *evidence.Resource) {
	k := &lock{subject: s, Place: s.places[key.Stack.Path], it: key, rules: s.ruler(key)}
	k.admits = s.policyOf(policy.Key, k.rules, "policy")
	rulers := len(s.Where("aws_kms_key_policy", "key_id", key.Computed("key_id"))) + len(s.Where("aws_kms_key_policy", "key_id", key.Computed("arn")))
	s.holds(rulers == 0 || rulers == 1 && !key.Has("policy"), Readable, key.At("policy"), "The key %s has several policies, of which the last one applied counts.", key.Name())
	if k.Account == nil || !s.holds(k.admits != nil, Encrypted, key.At("policy"), "The key %s has no policy.", key.Name()) {
		return
	}
	for i, statement := range k.admits.Document.Statements {
		h := policy.Hit{Policy: k.admits, Index: i}
		s.holds(len(statement.Resources)+len(statement.NotResources) > 0, Understood, key.At("policy"), "%s says nothing of its resource, and KMS asks for one: \"*\" is the key itself.", h)
	}
	for _, layer := range []topology.Layer{topology.NetworkLayer, topology.StorageLayer} {
		if s.keyIn(k.Place, layer) == key { // which is the spec's
			k.layer = layer
			k.settings()
		}
	}
	k.ruled()
}

// named checks that the key has the alias by which people find it, and that what postern writes has no other.
func (k *lock) named() {
	name, found := "alias/"+k.topology.Prefix+"-"+string(k.layer), 0
	for _, r := range k.it.Stack.Of("aws_kms_alias") {
		target := r.Text("target_key_id")
		is := r.Text("name") == name && (target == k.it.Computed("key_id") || target == k.it.Computed("arn"))
		k.holds(is || !r.IsOurs(), Present, r.At("name"), "%s is not the alias %s of the key of %s.", r.Address(), name, placeName(k.Place))
		if is {
			found++
		}
	}
	k.holds(found == 1, Present, k.it.At("description"), "The key of %s has not the alias %s.", placeName(k.Place), name)
}

// settings checks how the key is set up, and that it can be administered.
func (k *lock) settings() {
	k.plain(k.it)
	if k.rules != k.it {
		k.plain(k.rules)
	}
	k.named()
	rotated, window := k.it.Text("enable_key_rotation"), k.it.Text("deletion_window_in_days")
	k.holds(rotated == "true", Encrypted, k.it.At("enable_key_rotation"), "The key of %s is not rotated: enable_key_rotation is %q.", placeName(k.Place), rotated)
	k.holds(window == "30", Encrypted, k.it.At("deletion_window_in_days"), "The key of %s is gone %s days after it is deleted, and not 30, in which that can be taken back.", placeName(k.Place), window)
}

// What CloudWatch Logs may do with a key, as its policy has it.
// Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service". kms:DescribeKey, which it
// has, too, comes without an encryption context.
var logActions = []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}

// ruled checks what the key's policy makes of every request, whatever policies those have who make it.
func (k *lock) ruled() {
	of, at := []policy.Text{evidence.Text(k.it.Computed("arn"))}, k.rules.At("policy")
	about := func(who policy.Principal, actions []string, conditions ...policy.Condition) policy.Statement {
		return policy.Statement{Effect: policy.Allow, Principal: who, Actions: actions, Resources: of, Conditions: conditions}
	}
	root := policy.Accounts(k.Account.Root())
	scopes := bySpec(policy.Document{Statements: []policy.Statement{
		about(root, []string{"kms:*"}),
		about(root, []string{"kms:*"}, policy.When("ArnNotEquals", "aws:PrincipalArn", k.Account.Root())),
		about(policy.Anyone, []string{"kms:*"}),
	}})
	strangers := k.strangers(about)
	var admitted policy.Document
	for _, w := range strangers {
		admitted.Statements = append(admitted.Statements, w.Statement)
	}
	if k.layer == "" { // somebody else's, who says for whom it is
		for _, p := range k.mentioned() {
			admitted.Statements = append(admitted.Statements, about(p, []string{"kms:*"}))
		}
	}
	others := bySpec(admitted)
	said := func(h policy.Hit) Place { return cond(h.Policy == k.admits, k.rules.Statement("policy", h.Index), at) }
	own := want{what: "account." + k.Account.Name + " has its own key", claim: Decrypted, Statement: about(root, []string{"kms:*"})}
	if wants := append([]want{own}, strangers...); k.layer != "" && k.says(wants) {
		k.report.Claims += len(wants)
		return
	}
	may := append([]policy.Statement{own.Statement}, admitted.Statements...)
	k.addressed(k.admits, Confined, said, may)
	if k.layer != "" {
		k.spelled(k.admits, said, may)
	}
	r, told := k.ask(question{
		decide: []*policy.Policy{k.admits, anyIdentity}, wants: append([]want{own}, strangers...), beside: []*policy.Policy{scopes, others}, where: at,
		within: []policy.Condition{policy.When("StringEquals", "aws:ResourceAccount", k.Account.ID)}, at: said,
	})
	if !told {
		return
	}
	r.nothingLess(Decrypted)
	u, with := r.universe, "With the key of "+placeName(k.Place)+" "
	let, ours := u.Of(others), u.Statement(scopes, 0)
	beyond := r.passes.And(u.Statement(scopes, 2)).Minus(ours).Minus(let).Possible()
	r.none(beyond.And(let.Actions()), Confined, with)
	r.none(beyond.Minus(let.Actions()), Limited, with)
	alone := *r
	alone.decide = []*policy.Policy{k.admits}
	alone.none(u.Allowed(k.admits).And(u.Statement(scopes, 1)).Possible(), Confined, "Whatever its own policies say, with the key of "+placeName(k.Place)+" ")
}

// says tells whether the key's policy, in which "*" is the key itself, says what is wanted word for word.
func (k *lock) says(wants []want) bool {
	q := question{decide: []*policy.Policy{k.admits}, wants: slices.Clone(wants)}
	for i := range q.wants {
		q.wants[i].Resources = policy.Literals("*")
	}
	return q.isVerbatim()
}

// mentioned are those whom the key's policy names.
func (k *lock) mentioned() (out []policy.Principal) {
	for _, s := range k.admits.Document.Statements {
		for _, p := range s.Principal.Kinds() {
			if len(p.IDs) > 0 && !slices.ContainsFunc(p.IDs, func(id policy.Text) bool { return id.String() == "*" }) {
				out = append(out, p)
			}
		}
	}
	return out
}

// strangers are those who use the key and are not of its account: services, and whoever is let into a bucket.
func (k *lock) strangers(about func(policy.Principal, []string, ...policy.Condition) policy.Statement) (out []want) {
	if groups := k.logGroups(); len(groups) > 0 {
		logs := policy.Service("logs." + k.Region + "." + k.Account.Partition.DNSSuffix)
		out = append(out, want{what: "CloudWatch Logs encrypts log groups of " + placeName(k.Place), claim: Encrypted, Statement: about(logs, logActions, policy.When("ArnEquals", "kms:EncryptionContext:aws:logs:arn", groups...))})
	}
	if k.layer != topology.StorageLayer {
		return out
	}
	out = append(out, k.borrowers(about)...)
	for _, u := range k.topology.KeyUses(k.Place) {
		v := k.vault(u.Bucket)
		s := about(signing(u.ARN), u.Actions, v.KeyConditions()...)
		if u.Distribution != nil {
			s = about(policy.Service(cloudFront), u.Actions, v.fromDistribution()...)
		}
		out = append(out, want{what: u.Does, claim: Decrypted, spec: u.Bucket.Range, Statement: s})
	}
	return out
}

// logGroups are the ARNs of the log groups that the key encrypts.
func (k *lock) logGroups() []string {
	if k.layer == "" {
		return nil // somebody else's key
	}
	if k.layer == topology.StorageLayer {
		return k.topology.KeyUsers()[k.Place]
	}
	var out []string
	for _, n := range k.topology.Networks {
		if n.Place == k.Place && n.FlowLogs {
			out = append(out, n.FlowLogGroupARN())
		}
	}
	return out
}
