package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// written checks that those who write get through, and returns them.
func (v *vault) written() (rows []Use) {
	if r := v.ReplicaOf; r != nil {
		failed := len(v.report.Failures)
		v.copier(r).into(v)
		if len(v.report.Failures) == failed {
			rows = append(rows, Use{Who: "S3, in the role " + code(r.RoleARN()), For: "replicas of replication." + r.Name})
		}
	}
	for _, arn := range v.Administrators {
		rows = append(rows, Use{Who: code(arn), For: "administration"})
	}
	for _, g := range v.Writers {
		own, at := v.own(g)
		who := caller(g) + ", as " + code(g.ARN)
		for _, e := range v.entries(g, own...) {
			if v.publishes(g, e, own, at) {
				way := e.way + v.insideOnly(e, func(s spot) bool {
					p := v.Publishing()[0]
					return v.asks(signedAs(who, g.ARN).at(s, e.via), p.Actions[0], example(p.Resources[0]), v.onTheWay(e, own)...).Allowed()
				})
				rows = append(rows, Use{Who: who, From: way, For: "publishing"})
			}
		}
		v.publishesKey(g, own, at)
	}
	return rows
}

// own are the policies of whom a grant is for, and where they are. Those of an IAM principal that exists are somebody
// else's, and taken to allow.
func (v *vault) own(g *topology.Grant) ([]*policy.Policy, Place) {
	if g.Role == nil && g.Runner.Build == nil {
		return []*policy.Policy{anyIdentity}, v.at()
	}
	role := v.Known("aws_iam_role", "arn", g.ARN)
	if role == nil {
		return nil, v.at() // reported where the role is missing
	}
	allows, written := v.inline(role)
	if len(written) > 0 {
		return allows, written[0].At("policy")
	}
	return allows, role.At("name")
}

// publishes checks one way of a publisher.
func (v *vault) publishes(g *topology.Grant, e entry, own []*policy.Policy, at Place) bool {
	ok := true
	for _, s := range e.spots {
		who := signedAs(caller(g), g.ARN).at(s, e.via)
		who.through = "false"
		for _, p := range v.Publishing() {
			for _, action := range p.Actions {
				d := v.asks(who, action, example(p.Resources[0]), v.onTheWay(e, own)...)
				ok = v.holds(d.Allowed(), Published, v.lackAt(d, e, at), "%s publishes %s, and may not %s %s: %s.", caller(g), v.What, action, s.where, d) && ok
			}
		}
	}
	return ok
}

// onTheWay are policies, and that of the endpoint on the way.
func (v *vault) onTheWay(e entry, own []*policy.Policy) []*policy.Policy {
	own = own[:len(own):len(own)]
	if e.endpoint == nil {
		return own
	}
	if r := e.endpoint.endpoint(aws.S3); r != nil {
		if p := v.policyOf(policy.Endpoint, r, "policy"); p != nil {
			return append(own, p)
		}
	}
	return own
}

// lackAt is where to look for what keeps somebody out.
func (v *vault) lackAt(d policy.Decision, e entry, own Place) Place {
	switch {
	case lacks(d, policy.Endpoint) && e.endpoint != nil && e.endpoint.endpoint(aws.S3) != nil:
		return e.endpoint.endpoint(aws.S3).At("policy")
	case d.Outcome == policy.ExplicitlyDenied && d.By[0].Policy == v.admits && v.admits != nil:
		return v.rules.Statement("policy", d.By[0].Index)
	case lacks(d, policy.Identity) && !lacks(d, policy.Resource):
		return own
	}
	return v.at()
}

// publishesKey checks that S3 may use the bucket's key for a publisher, and that the publisher may do so through S3 alone.
func (v *vault) publishesKey(g *topology.Grant, own []*policy.Policy, at Place) {
	if !v.HasKey() || v.Encrypted && v.key == nil {
		return
	}
	who := signedAs(caller(g), g.ARN)
	for _, action := range topology.PublishKeyActions {
		for _, context := range v.contexts() {
			d := v.opens(who, action, context, own...)
			v.holds(d.Allowed(), Decrypted, cond(lacks(d, policy.Key), v.keyAt(), at), "%s publishes %s, and S3 may not %s for it with the key: %s.", caller(g), v.What, action, d)
		}
		if g.Role != nil || g.Runner.Build != nil {
			r := v.keyRequest(who, action, "", v.ARN())
			d := policy.Evaluate(r, append(v.leaving(who), own...)...)
			v.holds(!d.Allowed(), Limited, at, "%s may %s with the key of %s, and not through S3 alone: %s.", caller(g), action, v.What, d)
		}
	}
}

// read checks that those who read get through, and returns them.
func (v *vault) read() (rows []Use) {
	if v.Existing {
		return nil
	}
	if v.ownReads() {
		rows = append(rows, Use{Who: "account." + v.Account.Name, For: byOwnPolicies})
	}
	if r := v.SourceOf; r != nil {
		rows = append(rows, Use{Who: "S3, in the role " + code(r.RoleARN()), For: "copies of replication." + r.Name})
	}
	if d := v.Distribution; d != nil && v.distributes() {
		from := "distribution." + d.Name
		if d.Identity != "" {
			from += ", and any other that has the identity " + code(d.Identity)
		}
		rows = append(rows, Use{Who: "CloudFront", From: from, For: "for whoever asks it"})
	}
	if role := v.proxyRole(); role != "" {
		rows = append(rows, Use{Who: "API Gateway, in the role " + code(role), For: "for whoever its proxy lets in"})
	}
	for _, g := range v.Readers {
		for _, e := range v.entries(g) {
			if v.installs(g, e) {
				way := e.way + v.insideOnly(e, func(s spot) bool {
					return v.asks(guest{from: s, via: e.via}, "s3:GetObject", v.object(), v.onTheWay(e, nil)...).Allowed()
				})
				rows = append(rows, Use{Who: caller(g) + ", without signing in", From: way, For: "installing"})
			}
		}
	}
	return slices.Concat(rows, v.behindProxy(), v.readAgain())
}

// readAgain are the publishers of other accounts who read what an index has, to write its pages anew.
func (v *vault) readAgain() (rows []Use) {
	for _, g := range v.Writers {
		if !v.IsIndex() || accountIn(g.ARN) == v.Account.ID {
			continue
		}
		if v.asks(signedAs(caller(g), g.ARN), "s3:GetObject", v.object(), anyIdentity).Allowed() {
			if row := (Use{Who: caller(g) + ", as " + code(g.ARN), For: "what it publishes"}); !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// byOwnPolicies is what an account does with what belongs to it.
const byOwnPolicies = "as its IAM policies allow"

// insideOnly says in which ranges of the network on the way somebody has to be, "" if anywhere in it does.
func (v *vault) insideOnly(e entry, may func(spot) bool) string {
	var ranges []string
	for _, p := range e.inside {
		for _, a := range neighbours(p) {
			if !holdsAddress(e.inside, a) && may(e.endpoint.throughS3(a.String())) {
				return ""
			}
		}
		ranges = append(ranges, code(p.String()))
	}
	if len(ranges) == 0 {
		return ""
	}
	return ", from " + strings.Join(ranges, " or ") + " alone"
}

// behindProxy are the readers whom the proxy of the bucket's index lets in. That it does, its own claims check.
func (v *vault) behindProxy() (rows []Use) {
	for _, i := range v.topology.PackageIndexes {
		if i.Bucket != v.Bucket || i.Proxy == nil {
			continue
		}
		d := v.booth(i).desk()
		if d == nil {
			continue // reported where the proxy is
		}
		for _, r := range d.readers() {
			if r.refusal == "" {
				rows = append(rows, Use{Who: caller(r.grant) + ", without signing in", From: r.way + ", through the proxy", For: "installing"})
			}
		}
	}
	return rows
}

// ownReads checks that the bucket's account reads what is in it, replicas included, and with which key they are encrypted.
func (v *vault) ownReads() bool {
	reader := v.roleOf(v.Account.ID)
	d := v.asks(reader, "s3:GetObject", v.object(), anyIdentity)
	ok := v.holds(d.Allowed(), Governed, v.at(), "What is in the bucket %s belongs to account.%s, which may not read it: %s.", v.Bucket.Bucket, v.Account.Name, d)
	if v.key == nil {
		return ok
	}
	for _, context := range v.contexts() {
		d = v.opens(reader, "kms:Decrypt", context, anyIdentity)
		ok = v.holds(d.Allowed(), Decrypted, v.keyAt(), "What is in the bucket %s belongs to account.%s, which may not decrypt it: %s.", v.Bucket.Bucket, v.Account.Name, d) && ok
	}
	return ok
}

// distributes checks that CloudFront reads for the bucket's distribution.
func (v *vault) distributes() bool {
	who := v.cloudFront()
	var own []*policy.Policy
	if who.arn != "" {
		own = append(own, anyIdentity)
	}
	d := v.asks(who, "s3:GetObject", v.object(), own...)
	ok := v.holds(d.Allowed(), Installed, v.at(), "%s may not read the bucket %s: %s.", who.who, v.Bucket.Bucket, d)
	if v.key != nil {
		d = policy.Evaluate(v.keyRequest(who, "kms:Decrypt", "", ""), v.keyParties(who)...)
		ok = v.holds(d.Allowed(), Decrypted, v.keyAt(), "%s may not decrypt what is in the bucket %s: %s.", who.who, v.Bucket.Bucket, d) && ok
	}
	return ok
}

// installs checks one way of a reader.
func (v *vault) installs(g *topology.Grant, e entry) bool {
	ok := true
	for _, s := range e.spots {
		d := v.asks(guest{who: caller(g), from: s, via: e.via}, "s3:GetObject", v.object(), v.onTheWay(e, nil)...)
		ok = v.holds(d.Allowed(), Installed, v.lackAt(d, e, v.at()), "%s installs from %s, and may not s3:GetObject %s: %s.", caller(g), v.What, s.where, d) && ok
	}
	return ok
}

// storageKeys checks of each storage key that those of other accounts, and services, use it for their bucket alone.
func (p *prover) storageKeys() {
	seen := map[topology.Place]bool{}
	for _, b := range p.topology.Buckets {
		if !b.Encrypted || seen[b.Place] {
			continue
		}
		seen[b.Place] = true
		v := p.vault(b)
		if v.key != nil && v.keyAdmits() != nil {
			v.confined(p.topology.KeyUses(b.Place))
		}
	}
}

// confined checks who uses the key of the bucket's place. Each of these differs in one thing from those who may.
func (v *vault) confined(uses []topology.KeyUse) {
	for _, u := range uses {
		of := v.vault(u.Bucket)
		if u.Distribution != nil {
			of.confinedTo(u)
			continue
		}
		user := signedAs(u.ARN, u.ARN)
		deny := func(what string, r policy.Request) {
			d := policy.Evaluate(r, append(of.keyParties(user), anyIdentity)...)
			of.holds(!d.Allowed(), Confined, of.keyAt(), "%s may %s with the key of %s%s: %s.", r.Caller, r.Action, placeName(v.Place), what, d)
		}
		s3 := "s3." + v.Region + "." + v.Account.Partition.DNSSuffix
		for _, action := range u.Actions {
			deny(" without S3", of.keyRequest(user, action, "", of.ARN()))
			deny(" through another service", of.keyRequest(user, action, "ec2."+v.Region+".amazonaws.com", of.ARN()))
			deny(" for another bucket", of.keyRequest(user, action, s3, v.Account.Partition.ARN("s3", "", "", "stranger/key")))
			deny(" for no bucket", of.keyRequest(user, action, s3, ""))
			deny(", being another role", of.keyRequest(signedAs("", u.ARN+"-2"), action, s3, of.ARN()))
			deny(", being another role", of.keyRequest(v.roleOf(accountIn(u.ARN)), action, s3, of.ARN()))
		}
		deny("", of.keyRequest(user, "kms:CreateGrant", s3, of.ARN()))
	}
}

// confinedTo checks that CloudFront decrypts for one distribution alone.
func (v *vault) confinedTo(u topology.KeyUse) {
	for _, g := range append(v.strangeDistributions(), serving("another service", "ec2.amazonaws.com", v.distributionARN())) {
		d := policy.Evaluate(v.keyRequest(g, "kms:Decrypt", "", ""), append(v.keyParties(g), anyIdentity)...)
		v.holds(!d.Allowed(), Confined, v.keyAt(), "%s may decrypt what is in the bucket %s: %s.", g.who, v.Bucket.Bucket, d)
	}
	g := v.cloudFront()
	for _, action := range []string{"kms:Encrypt", "kms:CreateGrant"} {
		d := policy.Evaluate(v.keyRequest(g, action, "", ""), v.keyParties(g)...)
		v.holds(!d.Allowed(), Limited, v.keyAt(), "%s may %s with the key of the bucket %s: %s.", g.who, action, v.Bucket.Bucket, d)
	}
}

func placeName(p topology.Place) string { return "account." + p.Account.Name + " in " + p.Region }
