package proof

import (
	"slices"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// written are those who write, by each of their ways. That the bucket lets them in, its own claims check (see vault.ruled), and
// that its key does, the key's; here are their own policies.
func (v *vault) written() (rows []Use) {
	if r := v.ReplicaOf; r != nil {
		rows = v.add(rows, r, Use{Who: "S3, in the role " + code(r.RoleARN()), For: "replicas of replication." + r.Name})
	}
	for _, arn := range v.Administrators {
		rows = v.add(rows, arn, Use{Who: code(arn), For: "administration"})
	}
	for _, g := range v.Writers {
		v.publishes(g)
		for _, e := range v.entries(g) {
			p := v.Publishing()[0]
			way := e.way + v.narrowed(e, v.allow(signing(g.ARN), p.Actions, nil, p.Resources...), v.Writers)
			rows = v.add(rows, turnOf(g, e.endpoint), Use{Who: caller(g) + ", as " + code(g.ARN), From: way, For: "publishing"})
		}
	}
	return rows
}

// publishes checks that the publisher's own policies let it publish on each of its ways, and have S3 use the bucket's key for
// it, which it does not use otherwise. Those of an IAM principal that exists are somebody else's.
func (v *vault) publishes(g *topology.Grant) {
	if g.Role == nil && g.Runner.Build == nil {
		return
	}
	role := v.Known("aws_iam_role", "arn", g.ARN)
	if role == nil {
		return // reported where it is missing
	}
	allows, written := v.inline(role)
	at := role.At("name")
	if len(written) > 0 {
		at = written[0].At("policy")
	}
	if len(allows) == 0 {
		v.holds(false, Published, at, "%s publishes %s, and its role has no policy.", caller(g), v.What)
		return
	}
	q := question{decide: allows, where: at, at: func(h policy.Hit) Place {
		if i := slices.Index(allows, h.Policy); i >= 0 {
			return written[i].Statement("policy", h.Index)
		}
		return at
	}}
	for _, c := range v.crossings(v.entries(g)) {
		conditions := slices.Concat(v.by(c, g.Runner, allows), []policy.Condition{secure}, v.own())
		for _, p := range v.Publishing() {
			q.wants = append(q.wants, want{what: caller(g) + " publishes " + v.What, claim: Published, of: turnOf(g, c.endpoint), Statement: v.allow(signing(g.ARN), p.Actions, conditions, p.Resources...)})
		}
	}
	var directly policy.Document
	if v.key != nil || v.KMSKey != "" {
		s := policy.Statement{Effect: policy.Allow, Principal: signing(g.ARN), Actions: topology.PublishKeyActions, Resources: []policy.Text{v.keyText()}}
		s.Conditions = v.onBehalf(allows)
		q.wants = append(q.wants, want{what: "S3 uses the key of " + v.Bucket.Bucket + " for " + caller(g), claim: Decrypted, Statement: s})
		s.Conditions = []policy.Condition{policy.When("Null", "kms:ViaService", "true")}
		directly.Statements = append(directly.Statements, s)
	}
	alone := bySpec(directly)
	q.beside = []*policy.Policy{alone}
	if r, told := v.ask(q); told {
		v.settle(r, r.nothingLess(Published))
		r.none(r.passes.And(r.universe.Of(alone)).Possible(), Limited, "With the key of "+v.Bucket.Bucket+", and not through S3 alone, ")
	}
}

// A turn is a grant by one way: over the internet, or through the endpoint of a network.
type turn struct {
	*topology.Grant
	endpoint *topology.Network // nil: over the internet
}

func turnOf(g *topology.Grant, endpoint *home) turn {
	if endpoint == nil {
		return turn{Grant: g}
	}
	return turn{g, endpoint.Network}
}

// settle notes of what a page has no row, since not all of it gets through, and by which statements the rest does.
func (v *vault) settle(r *ruling, let []bool) {
	for i, w := range r.wants {
		if w.of == nil {
			continue
		}
		v.refused[w.of] = v.refused[w.of] || !let[i]
		for _, g := range r.grounds(i) {
			if !slices.Contains(v.grounds[w.of], g) {
				v.grounds[w.of] = append(v.grounds[w.of], g)
			}
		}
	}
}

// add adds a row of a page, unless what it is about does not get through.
func (v *vault) add(rows []Use, of any, u Use) []Use {
	if v.refused[of] {
		return rows
	}
	u.By = v.grounds[of]
	return append(rows, u)
}

// keyText is the ARN of the bucket's key, empty if it has none or it is not there.
func (v *vault) keyText() policy.Text {
	if v.key != nil {
		return evidence.Text(v.key.Computed("arn"))
	}
	return policy.Literal(v.KMSKey)
}

// onBehalf is what S3 asks of the bucket's key for somebody: for the bucket, which is the encryption context with a bucket key, or for an object.
func (v *vault) onBehalf(decide []*policy.Policy) []policy.Condition {
	out := v.KeyConditions()
	if slices.ContainsFunc(decide, func(p *policy.Policy) bool { return testsAny(p, "aws:viaawsservice") }) {
		out = append(out, policy.When("Bool", viaService, "true"))
	}
	return out
}

// read are those who read.
func (v *vault) read() (rows []Use) {
	if v.Existing {
		return nil
	}
	rows = v.add(rows, v.Account, Use{Who: "account." + v.Account.Name, For: byOwnPolicies})
	if r := v.SourceOf; r != nil {
		rows = v.add(rows, v.Account, Use{Who: "S3, in the role " + code(r.RoleARN()), For: "copies of replication." + r.Name})
	}
	if d := v.Distribution; d != nil {
		from := "distribution." + d.Name
		if d.Identity != "" {
			from += ", and any other that has the identity " + code(d.Identity)
		}
		rows = v.add(rows, d, Use{Who: "CloudFront", From: from, For: "for whoever asks it"})
	}
	if role := v.proxyRole(); role != "" {
		rows = append(rows, Use{Who: "API Gateway, in the role " + code(role), For: "for whoever its proxy lets in"})
	}
	for _, g := range v.Readers {
		for _, e := range v.entries(g) {
			way := e.way + v.narrowed(e, v.allow(policy.Anyone, []string{"s3:GetObject"}, unsigned), v.Readers)
			rows = v.add(rows, turnOf(g, e.endpoint), Use{Who: caller(g) + ", without signing in", From: way, For: "installing"})
		}
	}
	return slices.Concat(rows, v.behindProxy(), v.readAgain())
}

// unsigned is that nobody signed a request.
var unsigned = []policy.Condition{policy.When("Null", "aws:PrincipalArn", "true")}

// readAgain are the publishers of other accounts who read what an index has, to write its pages anew.
func (v *vault) readAgain() (rows []Use) {
	for _, g := range v.Writers {
		if !v.IsIndex() || accountIn(g.ARN) == v.Account.ID {
			continue
		}
		if v.refused[again{g}] {
			continue
		}
		if row := (Use{Who: caller(g) + ", as " + code(g.ARN), For: "what it publishes"}); !slices.ContainsFunc(rows, row.same) {
			rows = append(rows, row)
		}
	}
	return rows
}

// again is a grant of somebody who reads what it publishes.
type again struct{ *topology.Grant }

// byOwnPolicies is what an account does with what belongs to it.
const byOwnPolicies = "as its IAM policies allow"

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
		for _, g := range d.Readers {
			for _, e := range d.entries(g) {
				rows = append(rows, Use{Who: caller(g) + ", without signing in", From: e.way + ", through the proxy", For: "installing"})
			}
		}
	}
	return rows
}

func placeName(p topology.Place) string { return "account." + p.Account.Name + " in " + p.Region }
