package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// A lock is a key as the tree has it. What is claimed of it:
//
//   - Its account's own policies decide everything about it, and the key can always be administered.
//   - Of others those use it who are let into a bucket, as they use it there, and CloudWatch Logs for log groups of the
//     spec. Each statement of its policy is about one of these, word for word; that they get through, and others do not,
//     the claims about buckets and log groups try.
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
	d := k.ask(k.Account.ID, "kms:Decrypt")
	s.holds(d.Allowed(), Encrypted, key.At("policy"), "The policies of account.%s decide nothing about its own key: %s.", k.Account.Name, d)
	d = k.ask(stranger, "kms:Decrypt")
	s.holds(!d.Allowed(), Limited, key.At("policy"), "Another account may use the key: %s.", d)
	d = policy.Evaluate(policy.Request{Action: "kms:Decrypt", Resource: evidence.Text(key.Computed("arn"))}, k.admits)
	s.holds(!d.Allowed(), Limited, key.At("policy"), "Anyone may use the key: %s.", d)
	for _, k.layer = range []topology.Layer{topology.NetworkLayer, topology.StorageLayer} {
		if s.keyIn(k.Place, k.layer) == key { // which is the spec's
			k.settings()
			k.statements()
			return
		}
	}
}

// ask is a request of an administrator of an account.
func (k *lock) ask(account, action string) policy.Decision {
	caller := policy.AsSession(policy.Literal(k.Account.Partition.ARN("iam", "", account, "role/admin")), "s")
	return policy.Evaluate(policy.Request{Caller: caller, Action: action, Resource: evidence.Text(k.it.Computed("arn"))}, k.admits, anyIdentity)
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
	for _, action := range []string{"kms:PutKeyPolicy", "kms:DescribeKey", "kms:EnableKeyRotation", "kms:ScheduleKeyDeletion", "kms:TagResource", example("kms:*")} {
		d := k.ask(k.Account.ID, action)
		k.holds(d.Allowed(), Decrypted, k.rules.At("policy"), "The policies of account.%s do not decide about %s of its own key: %s.", k.Account.Name, action, d)
	}
}

// What CloudWatch Logs may do with a key, as its policy has it.
// Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
var logActions = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}

// keyTests are what statements of a key test, and those who try carry.
var keyTests = []string{"kms:viaservice", "kms:encryptioncontext:aws:s3:arn", "kms:encryptioncontext:aws:logs:arn", "aws:principalarn", "aws:sourcearn"}

// statements checks that each statement is about somebody who uses the key, and that none refuses anybody.
func (k *lock) statements() {
	var uses []topology.KeyUse
	if k.layer == topology.StorageLayer {
		uses = k.topology.KeyUses(k.Place)
	}
	for i, s := range k.admits.Document.Statements {
		h, at := policy.Hit{Policy: k.admits, Index: i}, k.rules.Statement("policy", i)
		if !k.holds(s.Effect == policy.Allow, Decrypted, at, "%s refuses somebody: whoever is let in by nothing stays out without, and whoever is let in is locked out.", h) {
			continue
		}
		for _, c := range s.Conditions {
			k.holds(slices.Contains(keyTests, strings.ToLower(c.Key)), Confined, at, "%s tests %s, and the spec says nothing of it: whom it admits cannot be told.", h, c.Key)
		}
		if k.isOwn(s) {
			continue
		}
		if k.isOf(s, "logs."+k.Region+"."+k.Account.Partition.DNSSuffix) {
			k.logs(s, h, at)
			continue
		}
		fits := slices.ContainsFunc(uses, func(u topology.KeyUse) bool { return k.fits(s, u) })
		k.holds(fits, Confined, at, "%s lets %s use the key as nobody of the spec does. Beside the account and its log groups, %s.", h, principals(s), others(uses))
	}
}

// isOwn tells whether a statement is about the key's own account, whose policies decide.
func (k *lock) isOwn(s policy.Statement) bool {
	kinds := s.Principal.Kinds()
	return len(kinds) == 1 && kinds[0].Kind == "AWS" && only(kinds[0].IDs, k.Account.Root(), k.Account.ID)
}

// isOf tells whether a statement is about one service.
func (k *lock) isOf(s policy.Statement, service string) bool {
	kinds := s.Principal.Kinds()
	return len(kinds) == 1 && kinds[0].Kind == "Service" && only(kinds[0].IDs, service)
}

// logs checks a statement about CloudWatch Logs.
func (k *lock) logs(s policy.Statement, h policy.Hit, at Place) {
	groups := k.logGroups()
	k.holds(len(groups) > 0, Confined, at, "%s lets CloudWatch Logs use the key, and no log group has it.", h)
	for _, action := range append(slices.Clone(s.Actions), s.NotActions...) {
		k.holds(slices.Contains(logActions, action) && len(s.NotActions) == 0, Limited, at, "%s allows %s, and CloudWatch Logs asks for no such thing.", h, action)
	}
	tested := false
	for _, c := range s.Conditions {
		if strings.EqualFold(c.Key, "kms:EncryptionContext:aws:logs:arn") {
			tested = tested || c.Operator == "ArnEquals" || c.Operator == "StringEquals"
			for _, v := range c.Values {
				k.holds(slices.Contains(groups, v.String()), Confined, at, "%s lets CloudWatch Logs use the key for %s, which is none of its log groups.", h, v)
			}
		}
	}
	k.holds(tested, Confined, at, "%s lets CloudWatch Logs use the key for whatever log group: it does not say for which, letter by letter.", h)
}

// logGroups are the ARNs of the log groups that the key encrypts.
func (k *lock) logGroups() []string {
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

// fits tells whether a statement lets somebody use the key in all words as a use of a bucket has it, or less.
func (k *lock) fits(s policy.Statement, u topology.KeyUse) bool {
	if len(s.NotActions) > 0 || slices.ContainsFunc(s.Actions, func(action string) bool { return !slices.Contains(u.Actions, action) }) {
		return false
	}
	may := map[string][]string{
		"aws:principalarn": {u.ARN}, "kms:viaservice": {"s3." + k.Region + "." + k.Account.Partition.DNSSuffix},
		"kms:encryptioncontext:aws:s3:arn": {u.Bucket.ARN(), u.Bucket.Objects()},
	}
	kinds := s.Principal.Kinds()
	by := len(kinds) == 1 && kinds[0].Kind == "AWS" && only(kinds[0].IDs, k.Account.Partition.ARN("iam", "", accountIn(u.ARN), "root"))
	if u.Distribution != nil {
		may, by = map[string][]string{"aws:sourcearn": {evidence.Shown(k.vault(u.Bucket).distributionARN())}}, k.isOf(s, cloudFront)
	}
	tested := map[string]bool{}
	for _, c := range s.Conditions {
		key := strings.ToLower(c.Key)
		tested[key] = true
		by = by && only(c.Values, may[key]...) && !strings.Contains(c.Operator, "Not") && !strings.HasSuffix(c.Operator, "IfExists")
	}
	return by && len(tested) == len(may)
}

// only tells whether all of some values are among those that may be there.
func only(values []policy.Text, may ...string) bool {
	return !slices.ContainsFunc(values, func(v policy.Text) bool { return !slices.Contains(may, v.String()) })
}

// principals are those whom a statement names, in words.
func principals(s policy.Statement) string {
	var out []string
	for _, p := range s.Principal.Kinds() {
		if p.Kind == "*" {
			return "everybody"
		}
		out = append(out, join(p.IDs))
	}
	return "`" + strings.Join(out, "`, `") + "`"
}

// others are those who use a key, in words.
func others(uses []topology.KeyUse) string {
	var out []string
	for _, u := range uses {
		out = append(out, u.Does)
	}
	if len(out) == 0 {
		return "nobody uses it"
	}
	return "these use it: " + who(out)
}
