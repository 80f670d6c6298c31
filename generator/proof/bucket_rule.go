package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// What changes an object, puts one there or takes one away, and what of that is more than publishing, unless a publisher is
// asked to.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
var (
	writes = []string{"s3:AbortMultipartUpload", "s3:DeleteObject*", override, "s3:PutObject*", "s3:Replicate*"}
	more   = []string{
		"s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion", "s3:DeleteObjectVersionTagging", override, "s3:PutObjectAcl", "s3:PutObjectLegalHold",
		"s3:PutObjectRetention", "s3:PutObjectTagging", "s3:PutObjectVersionAcl", "s3:PutObjectVersionTagging", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
	}
)

var secure = policy.When("Bool", "aws:SecureTransport", "true")

// own is that a request asks for what the bucket's account has.
func (v *vault) own() []policy.Condition {
	return []policy.Condition{policy.When("StringEquals", "aws:ResourceAccount", v.Account.ID)}
}

func (v *vault) root() policy.Principal { return policy.Accounts(v.Account.Root()) }

// allow is a statement about the bucket's objects, or of the ARNs that are given.
func (v *vault) allow(who policy.Principal, actions []string, conditions []policy.Condition, on ...string) policy.Statement {
	if len(on) == 0 {
		on = []string{v.Objects()}
	}
	return policy.Statement{Effect: policy.Allow, Principal: who, Actions: actions, Resources: policy.Literals(on...), Conditions: conditions}
}

// but is a statement about all that can be done to the bucket's objects but some actions.
func (v *vault) but(who policy.Principal, actions []string, conditions []policy.Condition) policy.Statement {
	s := v.allow(who, nil, conditions)
	s.NotActions = actions
	return s
}

// ruled checks what the bucket's policy makes of every request, whatever policies those have who make it. The rules are:
//
//   - Secured: whatever allows it, all that is asked without TLS is refused.
//   - Locked: of what writes objects, so is all but what the spec lets writers do, from where they are.
//   - Private, Limited: the policy itself allows nobody more than the spec has for it. Who is of another account, a service or
//     does not sign in, does nothing else; and no refusal is needed to keep it out.
//   - Nothing less: the account's own do all but write, whoever administers an index does that, too, and whom the spec lets in
//     gets through on each of its ways.
func (v *vault) ruled() {
	if !v.holds(v.admits != nil, Secured, v.at(), "The bucket %s of %s has no policy, so it answers over plain HTTP, too.", v.Bucket.Bucket, v.What) {
		return
	}
	v.spoken()
	may := v.admitted()
	v.addressed(v.admits, Locked, v.said, may)
	v.spelled(v.admits, v.said, may)
	scopes := bySpec(policy.Document{Statements: []policy.Statement{
		v.allow(policy.Anyone, []string{"s3:*"}, []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")}, v.ARN(), v.Objects()),
		v.allow(policy.Anyone, writes, []policy.Condition{secure}),
		v.allow(policy.Anyone, writes, nil, "*"),
		v.allow(policy.Anyone, []string{"*"}, v.own(), "*"),
	}})
	writers, admitted := bySpec(policy.Document{Statements: v.writers()}), bySpec(policy.Document{Statements: may})
	r, told := v.ask(question{
		decide: []*policy.Policy{v.admits, anyIdentity}, wants: v.wants(), beside: []*policy.Policy{scopes, writers, admitted}, within: v.own(), about: []string{"s3:*"},
		where: v.at(), at: v.said,
	})
	if !told {
		return
	}
	u, in := r.universe, "In the bucket "+v.Bucket.Bucket+" "
	let, kept := *r, r.scoped.Minus(u.Denied(v.admits))
	let.decide = []*policy.Policy{v.admits, anyResource, anyIdentity}
	let.none(kept.And(u.Statement(scopes, 0)).Possible(), Secured, in)
	if v.logs {
		kept = r.passes // the account's own may write
		let.decide = r.decide
	}
	let.none(kept.And(u.Statement(scopes, 1)).Minus(u.Of(writers)).Possible(), Locked, in)
	v.settle(r, r.nothingLess(Governed))
	v.grants(r, scopes, admitted)
}

// grants checks whom the policy itself lets in.
func (v *vault) grants(r *ruling, scopes, admitted *policy.Policy) {
	u, in := r.universe, "In the bucket "+v.Bucket.Bucket+" "
	granted := u.None()
	for i, s := range v.admits.Document.Statements {
		if s.Effect == policy.Allow {
			granted = granted.Or(u.Statement(v.admits, i))
		}
	}
	let, written := u.Of(admitted), u.Statement(scopes, 2)
	beyond, asked := granted.And(u.Statement(scopes, 3)).Minus(let).Possible(), let.Actions()
	alone := *r
	alone.decide = []*policy.Policy{v.granting(), anyIdentity}
	alone.none(beyond.Minus(asked), Limited, in)
	beyond = beyond.And(asked)
	alone.none(beyond.And(written), Locked, in)
	alone.none(beyond.Minus(written), Private, in)
}

// said is where a statement of the bucket's policy is.
func (v *vault) said(h policy.Hit) Place {
	return cond(h.Policy.Kind == policy.Resource, v.rules.Statement("policy", h.Index), v.at())
}

// granting is the policy without its refusals.
func (v *vault) granting() *policy.Policy {
	d := policy.Document{Statements: slices.Clone(v.admits.Document.Statements)}
	for i := range d.Statements {
		if d.Statements[i].Effect == policy.Deny {
			d.Statements[i].NotActions, d.Statements[i].Actions = nil, nothing
		}
	}
	p, err := policy.Compile(v.admits.Kind, v.admits.Name, d)
	if err != nil {
		return v.admits
	}
	return p
}

// spoken checks what the statements speak of: each says of what in the bucket.
func (v *vault) spoken() {
	for i, s := range v.admits.Document.Statements {
		h, at := policy.Hit{Policy: v.admits, Index: i}, v.rules.Statement("policy", i)
		v.holds(len(s.Resources)+len(s.NotResources) > 0, Understood, at, "%s says nothing of its resource, and S3 asks for one.", h)
		for _, r := range slices.Concat(s.Resources, s.NotResources) {
			of := r.String() == "*" || r.String() == v.ARN() || strings.HasPrefix(r.String(), v.ARN()+"/")
			v.holds(of, Understood, at, "%s speaks of %s, which is not in the bucket, and S3 refuses that.", h, r)
		}
	}
}

// addressed checks that a policy allows things to those alone whom the spec has for them, or their accounts: who is named in vain
// is let in by the next slip of a condition.
func (s subject) addressed(p *policy.Policy, c Claim, at func(policy.Hit) Place, spec []policy.Statement) {
	known, everybody := map[string]bool{}, []string{}
	for _, w := range spec {
		if w.Principal.Kind == "*" {
			everybody = append(everybody, w.Actions...)
		}
		for _, id := range w.Principal.IDs {
			known[id.String()], known[rootOf(id.String())] = true, true
		}
	}
	for i, statement := range p.Document.Statements {
		if statement.Effect != policy.Allow {
			continue
		}
		h := policy.Hit{Policy: p, Index: i}
		named := slices.Concat(statement.Principal.Kinds(), statement.NotPrincipal.Kinds())
		for _, t := range statement.Conditions {
			if strings.EqualFold(t.Key, "aws:PrincipalArn") {
				named = append(named, policy.Principal{Kind: "AWS", IDs: t.Values})
			}
		}
		for _, k := range named {
			for _, id := range cond(k.Kind == "*", policy.Literals("*"), k.IDs) {
				if id.String() == "*" {
					all := !slices.ContainsFunc(statement.Actions, func(action string) bool { return !slices.Contains(everybody, action) })
					s.holds(all && len(everybody) > 0, c, at(h), "%s names everybody, for whom the spec has nothing of it here.", h)
					continue
				}
				s.holds(known[id.String()], c, at(h), "%s names %s, for whom the spec has nothing here.", h, id)
			}
		}
	}
}

// spelled checks that a policy allows things in the words of the spec alone. A pattern of which AWS has no other action today lets
// more through the day that it has one.
func (s subject) spelled(p *policy.Policy, at func(policy.Hit) Place, spec []policy.Statement) {
	for i, statement := range p.Document.Statements {
		for _, action := range statement.Actions {
			known := slices.ContainsFunc(spec, func(w policy.Statement) bool {
				return slices.ContainsFunc(w.Actions, func(asked string) bool { return strings.EqualFold(asked, action) })
			})
			h := policy.Hit{Policy: p, Index: i}
			s.holds(known || statement.Effect == policy.Deny, Limited, at(h), "%s allows %s, and the spec has no such thing.", h, action)
		}
	}
}

// rootOf is the account of an ARN, by the ARN of its root.
func rootOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	parts[5] = "root"
	return strings.Join(parts, ":")
}

// writers are those whom the spec lets write, at most what and from where.
func (v *vault) writers() (out []policy.Statement) {
	if v.logs {
		return []policy.Statement{v.allow(v.root(), []string{"s3:*"}, nil)}
	}
	all := v.Administrators
	if v.ReplicaOf != nil {
		all = append(slices.Clone(all), v.ReplicaOf.RoleARN())
	}
	for _, arn := range all {
		out = append(out, v.allow(signing(arn), []string{"s3:*"}, nil))
	}
	for _, g := range v.Writers {
		for _, c := range v.crossings(v.entries(g)) {
			out = append(out, v.but(signing(g.ARN), v.overreach(), c.conditions))
		}
	}
	return out
}

// overreach is what changes objects and is more than publishing.
func (v *vault) overreach() []string {
	return slices.DeleteFunc(slices.Clone(more), func(action string) bool {
		return slices.ContainsFunc(v.Publishing(), func(p topology.Permission) bool { return slices.Contains(p.Actions, action) })
	})
}

// admitted are those whom the bucket's policy itself has to let in, at most to do what: it tells publishers by who they are,
// and refuses what they do from elsewhere.
func (v *vault) admitted() (out []policy.Statement) {
	if r := v.ReplicaOf; r != nil {
		role, objects := signing(r.RoleARN()), slices.Clone(replicating)
		if v.copier(r).override(v.Bucket) {
			objects = append(objects, override)
		}
		out = append(out, v.allow(role, objects, nil), v.allow(role, looking, nil, v.ARN()))
	}
	if d := v.Distribution; d != nil {
		out = append(out, v.distributed())
	}
	for _, g := range v.Writers {
		if accountIn(g.ARN) == v.Account.ID {
			continue
		}
		for _, p := range v.Publishing() {
			out = append(out, v.allow(signing(g.ARN), p.Actions, nil, p.Resources...))
		}
	}
	for _, g := range v.Readers {
		for _, e := range v.entries(g) {
			for _, c := range v.crossings([]entry{e}) {
				if len(e.inside) > 0 && e.endpoint != nil {
					c.conditions = append(c.conditions, within("IpAddress", e.inside))
				}
				out = append(out, v.allow(policy.Anyone, []string{"s3:GetObject"}, c.conditions))
			}
		}
	}
	return out
}

// What a replication asks of its destination. Source: Amazon S3 User Guide, "Setting up permissions for live replication".
var replicating, looking = []string{"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}, []string{"s3:GetBucketVersioning", "s3:ListBucket"}

// distributed is what CloudFront reads for the bucket's distribution: as a service for it, or as the identity of the spec.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
func (v *vault) distributed() policy.Statement {
	if v.Distribution.Identity != "" {
		identity := v.Account.Partition.ARN("iam", "", "cloudfront", "user/CloudFront Origin Access Identity "+v.Distribution.Identity)
		return v.allow(signing(identity), []string{"s3:GetObject"}, nil)
	}
	return v.allow(policy.Service(cloudFront), []string{"s3:GetObject"}, v.fromDistribution())
}

// fromDistribution is that CloudFront asks for the bucket's distribution.
func (v *vault) fromDistribution() []policy.Condition {
	return []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceArn", Values: []policy.Text{evidence.Text(v.distributionARN())}}}
}

// distributionARN is the ARN of the CloudFront distribution that reads the bucket, "" if the tree has none.
func (v *vault) distributionARN() string {
	if r := v.distributionOf(v.Distribution); r != nil {
		return r.Computed("arn")
	}
	return ""
}

const cloudFront = "cloudfront.amazonaws.com"

// wants is what has to get through at the bucket.
func (v *vault) wants() (out []want) {
	tls := []policy.Condition{secure}
	add := func(c Claim, of any, what string, s policy.Statement) {
		s.Conditions = append(slices.Clone(s.Conditions), tls...)
		out = append(out, want{what: what, claim: c, of: of, Statement: s})
	}
	owner := "account." + v.Account.Name + " has the bucket " + v.Bucket.Bucket
	add(Governed, v.Account, owner, v.allow(v.root(), []string{"s3:*"}, nil, v.ARN()))
	add(Governed, v.Account, owner, v.but(v.root(), cond(v.logs, nothing, writes), nil))
	for _, arn := range v.Administrators {
		add(Governed, arn, arn+" administers "+v.What, v.allow(signing(arn), []string{"s3:*"}, nil))
	}
	if r := v.ReplicaOf; r != nil {
		role, what := signing(r.RoleARN()), "replication."+r.Name+" copies into "+v.Bucket.Bucket
		add(Copied, r, what, v.allow(role, replicating, nil))
		add(Copied, r, what, v.allow(role, looking, nil, v.ARN()))
		if v.copier(r).override(v.Bucket) {
			add(Owned, r, what, v.allow(role, []string{override}, nil))
		}
	}
	if d := v.Distribution; d != nil {
		add(Installed, d, "distribution."+d.Name+" reads the bucket "+v.Bucket.Bucket, v.distributed())
	}
	decide := []*policy.Policy{v.admits}
	for _, g := range v.Writers {
		for _, c := range v.crossings(v.entries(g)) {
			for _, p := range v.Publishing() {
				add(Published, turnOf(g, c.endpoint), caller(g)+" publishes "+v.What, v.allow(signing(g.ARN), p.Actions, v.by(c, g.Runner, decide), p.Resources...))
			}
		}
	}
	for _, g := range v.Readers {
		for _, c := range v.crossings(v.entries(g)) {
			add(Installed, turnOf(g, c.endpoint), caller(g)+" installs from "+v.What, v.allow(policy.Anyone, []string{"s3:GetObject"}, v.by(c, g.Runner, decide)))
		}
	}
	return out
}

// nothing are no actions.
var nothing = []string{"none:Whatever"}
