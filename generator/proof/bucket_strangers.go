package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// shut checks that nobody writes or reads whom the spec does not let in, and that the policy allows what is asked for, word
// for word. Whoever writes is kept out twice: what is refused would be so if somebody allowed everything, and of what is
// allowed nothing would have to be refused.
func (v *vault) shut() {
	if v.admits == nil {
		return // reported where it is missing
	}
	o := v.opened()
	write := &deed{Locked, v.tried(), v.tellsApart(writeActions), []*policy.Policy{v.admits, anyResource, anyIdentity}}
	alone := &deed{Locked, v.tried(), write.actions, []*policy.Policy{v.allowing(), anyIdentity}}
	more := &deed{Locked, v.tried(), v.tellsApart(v.overreach()), write.admits}
	reads := v.reading()
	for _, g := range v.guests() {
		r, writes := v.request(g), v.writes(g)
		switch {
		case v.mayDoAnything(g):
		case v.mayWrite(g):
			o.try(g, r, more)
		default:
			o.try(g, r, write)
			if writes { // from elsewhere: no service of AWS does it on its behalf either
				for _, g.through = range []string{"true", "false"} {
					o.try(g, v.request(g), write)
				}
			}
		}
		if g.account() != v.Account.ID && !writes {
			o.try(g, r, alone)
		}
		for _, read := range reads {
			if !v.mayRead(g, read.actions[0]) {
				o.try(g, r, read)
			}
		}
	}
	o.report()
	v.limited(v.admits, v.asked(), v.at())
	v.tested()
	v.refuses()
}

// reading is what changes nothing, one action each.
func (v *vault) reading() []*deed {
	admits := []*policy.Policy{v.admits, anyIdentity}
	out := []*deed{{Private, []string{v.ARN()}, []string{"s3:ListBucket"}, admits}}
	for _, action := range v.tellsApart(readActions) {
		out = append(out, &deed{Private, v.tried(), []string{action}, admits})
	}
	return out
}

// written are the words by which a Deny keeps somebody from writing.
var written = []string{"s3:AbortMultipartUpload", "s3:DeleteObject*", override, "s3:PutObject*", "s3:Replicate*"}

// refuses checks what the Denies of the bucket's policy are about, word for word, since one object is tried for all of them:
// requests without TLS of the bucket and its objects, and writing, or some of it, of any of its objects. So nobody is refused
// a part of them, nor whoever administers it the bucket itself.
func (v *vault) refuses() {
	for i, s := range v.admits.Document.Statements {
		if s.Effect != policy.Deny {
			continue
		}
		h, at := policy.Hit{Policy: v.admits, Index: i}, v.rules.Statement("policy", i)
		claim, about, actions := Locked, []string{v.Objects()}, written
		if slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return strings.EqualFold(c.Key, "aws:SecureTransport") }) {
			claim, about, actions = Secured, []string{v.ARN(), v.Objects()}, []string{"s3:*"}
			v.holds(len(s.Conditions) == 1, Secured, at, "%s refuses what is asked without TLS of some alone: it tests more than that.", h)
		}
		all := len(s.NotActions)+len(s.NotResources) == 0 && s.NotPrincipal.Kind == ""
		v.holds(all, claim, at, "%s refuses all but some, and what these are is open to everybody whom something else allows it.", h)
		for _, r := range s.Resources {
			v.holds(slices.Contains(about, r.String()), cond(r.String() == v.ARN(), Governed, claim), at, "%s refuses something of %s, and not of %s.", h, r, strings.Join(about, " and "))
		}
		for _, action := range s.Actions {
			within := func(one string) bool { return one == action || claim == Locked && like(one, action) }
			v.holds(slices.ContainsFunc(actions, within), Governed, at, "%s refuses %s, and not %s: whoever has to do that is locked out.", h, action, strings.Join(actions, ", "))
		}
	}
}

// allowing is the policy without its refusals: who is of another account needs an Allow, which has to be narrow itself.
func (v *vault) allowing() *policy.Policy {
	d := policy.Document{Statements: slices.Clone(v.admits.Document.Statements)}
	for i := range d.Statements {
		if d.Statements[i].Effect == policy.Deny {
			d.Statements[i].Conditions = []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")}
		}
	}
	p, err := policy.Compile(v.admits.Kind, v.admits.Name, d)
	if err != nil {
		return v.admits
	}
	return p
}

// A verdict is a claim that does not hold, and the statement that decided.
type verdict struct {
	claim  Claim
	action string
	by     policy.Hit
}

// opened collects those who are let in and should not be, by what lets them.
type opened struct {
	*vault
	order []verdict
	who   map[verdict][]string
	known map[sight][]policy.Decision // those that allow something
}

func (v *vault) opened() *opened {
	return &opened{vault: v, who: map[verdict][]string{}, known: map[sight][]policy.Decision{}}
}

// A sight is what the bucket's policy sees of somebody, and what that one does.
type sight struct {
	of   string
	what *deed
}

// A deed is what somebody should not do: each of some actions, by the policies that may let them. These are those of
// somebody with every right of its own.
type deed struct {
	claim     Claim
	resources []string
	actions   []string
	admits    []*policy.Policy
}

// try has a guest do what it should not, in a request of its own. Many guests are one to the policy.
func (o *opened) try(g guest, r policy.Request, what *deed) {
	at := sight{o.admits.Sees(r), what}
	allowed, known := o.known[at]
	if !known || at.of == "" {
		allowed = what.allowed(r)
		o.known[at] = allowed
	}
	o.vault.report.Claims += len(what.resources) * len(what.actions)
	for _, d := range allowed {
		o.note(g, what.claim, d)
	}
}

// allowed are the decisions that let somebody do it.
func (d *deed) allowed(r policy.Request) (out []policy.Decision) {
	for _, on := range d.resources {
		r.Resource = policy.Literal(on)
		for _, r.Action = range d.actions {
			if decided := policy.Evaluate(r, d.admits...); decided.Allowed() {
				out = append(out, decided)
			}
		}
	}
	return out
}

// note keeps who was let in, and by what.
func (o *opened) note(g guest, c Claim, d policy.Decision) {
	at := verdict{claim: c, action: d.Request.Action}
	if last := len(d.By) - 1; last >= 0 { // an account's root user needs nobody's leave
		at.by = d.By[last]
	}
	if o.who[at] == nil {
		o.order = append(o.order, at)
	}
	if who := g.String(); !slices.Contains(o.who[at], who) {
		o.who[at] = append(o.who[at], who)
	}
}

// tellsApart is one of all actions that each statement of the bucket's policy speaks of alike.
func (v *vault) tellsApart(actions []string) (out []string) {
	seen := map[string]bool{}
	for _, action := range actions {
		if by := fmt.Sprint(v.admits.Naming(action)); !seen[by] {
			seen[by] = true
			out = append(out, action)
		}
	}
	return out
}

func (o *opened) report() {
	for _, at := range o.order {
		place, by := o.at(), "no statement of the bucket's policy refuses it"
		if at.by.Policy != nil && at.by.Policy.Name == o.admits.Name {
			place, by = o.rules.Statement("policy", at.by.Index), "allowed by "+at.by.String()
		}
		o.holds(false, at.claim, place, "These may %s in the bucket %s, and should not: %s: %s.", at.action, o.Bucket.Bucket, who(o.who[at]), by)
	}
}

// guests are those who try: everybody whom spec or policy names, from everywhere that they name and next to it; and those
// who have nothing to do with the bucket.
func (v *vault) guests() (out []guest) {
	named := v.named()
	spots := []guest{{from: nowhere}}
	callers := slices.Clone(named.callers)
	for _, w := range v.welcome() {
		spots = append(spots, guest{from: w.from, via: w.via})
		w.from, w.via = nowhere, ""
		callers = append(callers, w)
	}
	spots = append(spots, named.spots...)
	spots = append(spots, v.around()...)
	strangers := v.strangers()
	first := spots[min(1, len(spots)-1)]
	for _, s := range strangers {
		out = append(out, s)
		if s.service == "" {
			out = append(out, s.at(first.from, first.via))
		}
	}
	callers = append(callers, strangers[0], guest{who: "anyone", from: nowhere})
	spots = distinctSpots(spots)
	for _, c := range distinctGuests(callers) {
		if c.service != "" { // comes from nowhere
			out = append(out, c)
			continue
		}
		for _, s := range spots {
			out = append(out, c.at(s.from, s.via))
		}
	}
	return append(out, named.services...)
}

// distinctGuests are guests, each caller once.
func distinctGuests(all []guest) (out []guest) {
	seen := map[[2]string]bool{}
	for _, g := range all {
		at := [2]string{g.arn, g.source}
		if g.arn == "" {
			at[0] = g.who
		}
		if !seen[at] {
			seen[at] = true
			out = append(out, g)
		}
	}
	return out
}

// distinctSpots are spots, each once.
func distinctSpots(all []guest) (out []guest) {
	seen := map[[4]string]bool{}
	for _, g := range all {
		at := [4]string{g.from.public, g.from.private, g.from.vpc, g.via}
		if !seen[at] {
			seen[at] = true
			out = append(out, g)
		}
	}
	return out
}

// strangers have nothing to do with the bucket, the first of them in its own account.
func (v *vault) strangers() (out []guest) {
	arn := func(account, what string) string { return v.Account.Partition.ARN("iam", "", account, what) }
	out = []guest{
		signedAs("a role of the same account", arn(v.Account.ID, "role/stranger")), signedAs("a user of the same account", arn(v.Account.ID, "user/stranger")),
		{who: "the account itself", arn: v.Account.Root(), caller: policy.AsRoot(v.Account.Root()), from: nowhere},
		signedAs("a role of another account", arn(stranger, "role/stranger")), {who: "anyone", from: nowhere},
		serving("a service of AWS", "ec2.amazonaws.com", ""), serving("S3", "s3.amazonaws.com", arn(stranger, "x")), serving("S3's logging", "logging.s3.amazonaws.com", ""),
	}
	through := signedAs("a role of the same account, through a service of AWS,", arn(v.Account.ID, "role/stranger"))
	through.through = "true"
	out = append(out, through)
	for _, account := range v.accounts() {
		out = append(out, signedAs("another role of account "+account, arn(account, "role/stranger")))
	}
	out = append(out, v.strangeDistributions()...)
	return append(out, v.otherRoles()...)
}

// strangeDistributions are CloudFront for others than the bucket's distribution.
func (v *vault) strangeDistributions() []guest {
	other := func(account string) string {
		return v.Account.Partition.ARN("cloudfront", "", account, "distribution/ESTRANGER00")
	}
	return []guest{
		serving("CloudFront, for another distribution,", cloudFront, other(v.Account.ID)),
		serving("CloudFront, for another account,", cloudFront, other(stranger)),
		serving("CloudFront, without saying for whom,", cloudFront, ""),
		signedAs("another origin access identity", v.Account.Partition.ARN("iam", "", "cloudfront", "user/CloudFront Origin Access Identity ESTRANGER00")),
	}
}

// accounts are those of whoever is let in, beside the bucket's own.
func (v *vault) accounts() (ids []string) {
	add := func(id string) {
		if id != v.Account.ID && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, w := range v.Writers {
		add(accountIn(w.ARN))
	}
	if v.ReplicaOf != nil {
		add(v.ReplicaOf.Source.Account.ID)
	}
	if v.SourceOf != nil {
		for _, d := range v.SourceOf.Destinations {
			add(d.Account.ID)
		}
	}
	return ids
}

// otherRoles are roles that S3 replicates as, of whoever publishes on the other side, and such that are called alike.
func (v *vault) otherRoles() (out []guest) {
	all := v.topology.Replications
	for i, r := range all {
		if r == v.SourceOf || r == v.ReplicaOf {
			out = append(out, signedAs("a role called like that of replication."+r.Name, r.RoleARN()+"-2"))
			for _, other := range []*topology.Replication{all[(i+1)%len(all)], all[(i+len(all)-1)%len(all)]} {
				out = append(out, signedAs("the role of replication."+other.Name, other.RoleARN()))
			}
		}
	}
	if v.ReplicaOf != nil {
		for _, w := range v.ReplicaOf.Source.Writers {
			out = append(out, signedAs(caller(w), w.ARN))
		}
	}
	for _, w := range v.Writers {
		out = append(out, signedAs("somebody called like "+caller(w), w.ARN+"-2"))
	}
	return out
}

// around are the spots next to those from which somebody is let in, and others that are easily taken for them.
func (v *vault) around() (out []guest) {
	at := func(s spot, via string) { out = append(out, guest{from: s, via: via}) }
	for _, g := range slices.Concat(v.Writers, v.Readers) {
		for _, d := range g.From {
			for _, p := range d.Addresses {
				for _, a := range neighbours(p) {
					if d.Endpoint == nil {
						at(onInternet(a.String(), "from "+a.String()), "")
					} else {
						at(v.home(d.Endpoint).throughS3(a.String()), v.home(d.Endpoint).s3())
					}
				}
			}
			if d.Endpoint == nil {
				continue
			}
			h, a := v.home(d.Endpoint), aPrivateAddress
			if inside := g.Runner.Inside(); len(inside) > 0 {
				a = ends(inside[0])[0].String()
			}
			at(behind(a, strangerVPC, strangerEndpoint, "from "+a+" in another VPC"), strangerEndpoint)
			at(behind(a, h.vpc, strangerEndpoint, "from "+a+" in network."+h.Name+" through another endpoint"), strangerEndpoint)
			at(behind(a, h.vpc, "", "from "+a+" in network."+h.Name+" through no endpoint"), "")
			at(onInternet(a, "from "+a+" on the internet"), "")
		}
	}
	for _, a := range strangerAddresses {
		at(onInternet(a, "from "+a), "")
	}
	return out
}

// mentions are what the statements of a policy name.
type mentions struct {
	callers  []guest
	spots    []guest
	services []guest
}

// named are those whom the bucket's policy names itself, and the places that it names.
func (v *vault) named() (out mentions) {
	for _, s := range v.admits.Document.Statements {
		sources := []policy.Text{{}}
		for _, c := range s.Conditions {
			switch strings.ToLower(c.Key) {
			case "aws:principalarn":
				for _, arn := range samples(c) {
					out.callers = append(out.callers, signedAs(arn.String(), arn.String()))
				}
			case "aws:principalaccount":
				for _, id := range samples(c) {
					out.callers = append(out.callers, v.roleOf(id.String()))
				}
			case "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce":
				for _, value := range samples(c) {
					k := keys{strings.ToLower(c.Key): value}
					out.spots = append(out.spots, guest{from: behindOrNot(k), via: k["aws:sourcevpce"].String()})
				}
			case "aws:sourcearn":
				sources = append(sources, samples(c)...)
			}
		}
		for _, p := range s.Principal.Kinds() {
			v.principals(p, sources, &out)
		}
	}
	return out
}

// roleOf is a role of an account.
func (v *vault) roleOf(account string) guest {
	return signedAs("a role of account "+account, v.Account.Partition.ARN("iam", "", account, "role/stranger"))
}

// principals are those whom one element of a statement stands for.
func (v *vault) principals(p policy.Principal, sources []policy.Text, out *mentions) {
	for _, id := range p.IDs {
		arn := id.String()
		switch {
		case p.Kind == "Service":
			for _, source := range sources {
				g := guest{who: arn, caller: policy.AsService(arn), service: arn, from: nowhere, source: source.String()}
				if g.source != "" {
					g.who, g.from.seen = arn+" for "+g.source, g.from.seen.With("aws:SourceArn", source)
				}
				out.services = append(out.services, g)
			}
		case arn == "*":
		case strings.HasSuffix(arn, ":root"):
			out.callers = append(out.callers, v.roleOf(accountIn(arn)))
		case strings.HasPrefix(arn, "arn:"):
			out.callers = append(out.callers, signedAs(arn, arn))
		case p.Kind == "AWS":
			out.callers = append(out.callers, v.roleOf(arn))
		}
	}
}

// asked is what statements of the bucket's policy may allow.
func (v *vault) asked() map[[2]string]bool {
	asked := map[[2]string]bool{}
	if r := v.ReplicaOf; r != nil {
		objects := []string{"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}
		if v.copier(r).override(v.Bucket) {
			objects = append(objects, override)
		}
		note(asked, objects, policy.Literals(v.Objects()))
		note(asked, []string{"s3:GetBucketVersioning", "s3:ListBucket"}, policy.Literals(v.ARN()))
	}
	if v.Distribution != nil || len(v.Readers) > 0 {
		note(asked, []string{"s3:GetObject"}, policy.Literals(v.Objects()))
	}
	if len(v.Writers) > 0 {
		for _, p := range v.Publishing() {
			note(asked, p.Actions, policy.Literals(p.Resources...))
		}
	}
	return asked
}

// tested checks that the policy tests nothing but what those who tried carry. Whom else it lets in cannot be told.
func (v *vault) tested() {
	known := []string{"aws:securetransport", "aws:principalarn", "aws:principalaccount", "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcearn", "aws:viaawsservice"}
	for i, s := range v.admits.Document.Statements {
		h, at := policy.Hit{Policy: v.admits, Index: i}, v.rules.Statement("policy", i)
		v.holds(len(s.Resources)+len(s.NotResources) > 0, Understood, at, "%s says nothing of its resource, and S3 asks for one.", h)
		for _, c := range s.Conditions {
			key := strings.ToLower(c.Key)
			may := slices.Contains(known, key) && (key != "aws:viaawsservice" || s.Effect == policy.Deny)
			v.holds(may, Locked, at, "%s tests %s, and the spec says nothing of it: whom it admits cannot be told.", h, c.Key)
		}
		for _, p := range s.Principal.Kinds() {
			v.holds(p.Kind == "*" || p.Kind == "AWS" || p.Kind == "Service", Locked, at, "%s names %s %s, and who that is cannot be told.", h, p.Kind, join(p.IDs))
			if everybody := p.Kind == "*" || slices.ContainsFunc(p.IDs, func(id policy.Text) bool { return id.String() == "*" }); everybody && s.Effect == policy.Allow {
				v.holds(len(v.Readers) > 0 && slices.Equal(s.Actions, []string{"s3:GetObject"}), Locked, at, "%s names everybody, and for readers alone there is no other way.", h)
			}
		}
	}
}
