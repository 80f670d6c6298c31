package proof

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

const (
	byToken  = "sts:AssumeRoleWithWebIdentity"
	byCaller = "sts:AssumeRole"
)

// An attempt is somebody who tries to assume a role.
type attempt struct {
	who     string
	caller  policy.Caller
	arn     string             // of a caller who has one
	runner  *topology.Runner   // whose policies count; nil: somebody with every right
	thieves []*topology.Runner // any of whom it may be
	token   token
	action  string
	from    spot
}

// A token is what somebody shows who has no identity yet. An empty claim is not in it.
type token struct {
	provider          string // ARN
	host              string // the issuer, as keys of conditions name it
	audience, subject string
}

// shows is an attempt with a token.
func shows(who string, t token, from spot) attempt {
	return attempt{who: who, caller: policy.AsFederated(evidence.Text(t.provider)), token: t, action: byToken, from: from}
}

// signed is an attempt of a role or user.
func signed(who, arn string, from spot) attempt {
	return attempt{who: who, caller: signer(arn), arn: arn, action: byCaller, from: from}
}

func (a attempt) by(r *topology.Runner) attempt {
	a.runner = r
	return a
}

// asks is the attempt at another action.
func (a attempt) asks(action string) attempt {
	a.who, a.action = a.who+", who asks for "+action, action
	return a
}

// request is the attempt as AWS sees it.
func (g *gate) request(a attempt) policy.Request {
	seen := a.from.seen
	if a.token.audience != "" {
		seen = seen.With(a.token.host+":aud", evidence.Text(a.token.audience))
	}
	if a.token.subject != "" {
		seen = seen.With(a.token.host+":sub", evidence.Text(a.token.subject))
	}
	return policy.Request{Caller: a.caller, Action: a.action, Resource: policy.Literal(g.ARN()), Context: seen}
}

// token is a good one of an issuer: what a stolen one says.
func (g *gate) token(i *topology.Issuer) token {
	t := token{provider: i.ProviderARN(g.Account), host: i.Host(), audience: i.Audiences[0]}
	if len(g.Subjects) > 0 {
		t.subject = g.Subjects[0].Example
	}
	return t
}

// admits tells whether the spec admits an attempt.
func (g *gate) admits(a attempt) bool {
	return slices.ContainsFunc(g.doors, func(d *door) bool { return g.takes(d, a) && d.admits(a.from) })
}

// takes tells whether a door is for this caller, or this token.
func (g *gate) takes(d *door, a attempt) bool {
	if d.Issuer == nil {
		return a.action == byCaller && slices.Contains(d.Principals, a.arn)
	}
	t := a.token
	return a.action == byToken && t.provider == d.Issuer.ProviderARN(g.Account) && t.host == d.Issuer.Host() &&
		slices.Contains(d.Issuer.Audiences, t.audience) && slices.ContainsFunc(g.Subjects, func(s topology.Subject) bool { return like(s.Pattern, t.subject) })
}

// like tells whether a text is like a pattern in which * is any text and ? any character.
func like(pattern, s string) bool {
	head, rest, found := strings.Cut(pattern, "*")
	if len(s) < len(head) || !sameBut(head, s[:len(head)]) {
		return false
	}
	s = s[len(head):]
	if !found {
		return s == ""
	}
	for i := range len(s) + 1 {
		if like(rest, s[i:]) {
			return true
		}
	}
	return false
}

func sameBut(pattern, s string) bool {
	for i := range len(pattern) {
		if pattern[i] != '?' && pattern[i] != s[i] {
			return false
		}
	}
	return true
}

// shut checks that nobody gets in whom the spec does not admit.
func (g *gate) shut() {
	var order []policy.Hit
	opened := map[policy.Hit][]string{}
	try := func(attempts []attempt) {
		for _, a := range attempts {
			by, wrong := g.slips(a)
			if who := a.who + " " + a.from.where; wrong && !slices.Contains(opened[by], who) {
				opened[by] = append(opened[by], who)
				if len(opened[by]) == 1 {
					order = append(order, by)
				}
			}
		}
	}
	for _, attempts := range [][]attempt{g.impostors(), g.strays(), g.named()} {
		g.report.Claims += len(attempts)
		try(attempts)
	}
	try(g.passers()) // who are not counted: their number depends on the rest of the spec
	for _, by := range order {
		g.holds(false, Trusted, g.hitAt(by), "These can assume role.%s, and should not: %s: allowed by %s.", g.Name, who(opened[by]), by)
	}
	g.tested()
}

// slips tells whether somebody gets in whom the spec does not admit, and by which statement.
func (g *gate) slips(a attempt) (by policy.Hit, wrong bool) {
	d := policy.Evaluate(g.request(a), g.trust, anyIdentity)
	switch {
	case !d.Allowed():
		return by, false
	case g.admits(a):
		g.beside(a)
		return by, false
	}
	return d.By[0], true
}

// beside notes runners that are not the role's, and come from where its tokens do: stolen ones would work there.
func (g *gate) beside(a attempt) {
	for _, r := range a.thieves {
		if !slices.Contains(g.Runners, r) {
			g.access.Beside = append(g.access.Beside, r.Name)
		}
	}
}

// strays are those who come from the wrong place with everything else right: a stolen token, stolen credentials.
func (g *gate) strays() (out []attempt) {
	spots := g.around()
	for _, d := range g.doors {
		for _, r := range d.reaches {
			spots = append(spots, r.spots...) // the door of some is the wrong place for others
		}
	}
	for _, from := range spots {
		out = append(out, g.stolen(from)...)
	}
	return out
}

// stolen are attempts with what runners of the role have, from anywhere.
func (g *gate) stolen(from spot) (out []attempt) {
	if g.Issuer != nil {
		out = append(out, shows("a stolen token", g.token(g.Issuer), from))
	}
	for _, r := range g.Runners {
		if arn := r.Identity(); arn != "" {
			out = append(out, signed("somebody with the credentials of runner."+r.Name, arn, from))
		}
	}
	return out
}

// passers are the runners of the spec: each from where it is, with a stolen token and as itself, and as itself from
// where others are let in.
func (g *gate) passers() (out []attempt) {
	for _, p := range g.crowd() {
		if g.Issuer != nil {
			a := shows(p.names()+" with a stolen token", g.token(g.Issuer), p.spot)
			a.thieves = p.runners
			out = append(out, a)
		}
		for _, r := range p.runners {
			if arn := r.Identity(); arn != "" {
				out = append(out, signed("runner."+r.Name, arn, p.spot))
			}
		}
	}
	for _, d := range g.doors {
		for _, r := range g.topology.Runners {
			if arn := r.Identity(); arn != "" {
				out = append(out, signed("runner."+r.Name, arn, d.first()))
			}
		}
		for _, i := range g.topology.Issuers {
			if t := g.token(i); i != d.Issuer {
				out = append(out, shows("a token of issuer."+i.Name, t, d.first()))
			}
		}
	}
	return out
}

// first is a spot to which the door is open.
func (d *door) first() spot {
	if len(d.reaches) == 0 {
		return nowhere
	}
	return d.reaches[0].spots[0]
}

// impostors are those who come from the right place and are not who they should be.
func (g *gate) impostors() (out []attempt) {
	for _, d := range g.doors {
		from := d.first()
		if d.Issuer != nil {
			out = append(out, g.forgeries(d.Issuer, from)...)
		}
		for _, arn := range d.Principals {
			out = append(out, signed("somebody whose name begins like "+arn, arn+"-2", from), signed(arn, arn, from).asks(byToken), signed(arn, arn, from).asks("sts:TagSession"))
		}
		out = append(out, g.strangers(from)...)
	}
	return out
}

// strangers are callers who have nothing to do with the role.
func (g *gate) strangers(from spot) []attempt {
	arn := func(account, what string) string { return g.Account.Partition.ARN("iam", "", account, what) }
	out := []attempt{
		signed("a role of the same account", arn(g.Account.ID, "role/stranger"), from),
		signed("a user of the same account", arn(g.Account.ID, "user/stranger"), from),
		signed("a role of another account", arn(stranger, "role/stranger"), from),
		{who: "the account itself", caller: policy.AsRoot(g.Account.Root()), action: byCaller, from: from},
		{who: "anyone", action: byCaller, from: from}, {who: "anyone", action: byToken, from: from},
		{who: "a service of AWS", caller: policy.AsService("ec2.amazonaws.com"), action: byCaller, from: from},
		{who: "CodeBuild", caller: policy.AsService(service), action: byCaller, from: from},
		shows("somebody with a SAML assertion", token{provider: arn(g.Account.ID, "saml-provider/stranger")}, from).asks("sts:AssumeRoleWithSAML"),
	}
	for _, r := range g.Runners {
		if r.Identity() == "" {
			continue
		}
		account := strings.Split(r.Identity(), ":")[4]
		out = append(out, signed("another role of runner."+r.Name+"'s account", arn(account, "role/stranger"), from),
			attempt{who: "the account of runner." + r.Name, caller: policy.AsRoot(arn(account, "root")), action: byCaller, from: from})
	}
	return out
}

// forgeries are tokens that differ in one thing from a good one.
func (g *gate) forgeries(i *topology.Issuer, from spot) (out []attempt) {
	good := g.token(i)
	but := func(who string, change func(*token)) {
		t := good
		change(&t)
		out = append(out, shows(who, t, from))
	}
	for _, s := range g.Subjects {
		for _, other := range s.Others {
			but("a token of "+other.What+" ("+other.Subject+")", func(t *token) { t.subject = other.Subject })
		}
		but("a token whose subject begins with another", func(t *token) { t.subject = "somebody:" + s.Example })
		but("a token whose subject is in capital letters", func(t *token) { t.subject = strings.ToUpper(s.Example) })
	}
	but("a token without a subject", func(t *token) { t.subject = "" })
	but("a token without an audience", func(t *token) { t.audience = "" })
	but("a token that says nothing", func(t *token) { t.audience, t.subject = "", "" })
	but("a token for another audience", func(t *token) { t.audience = "somebody else" })
	but("a token for an audience that begins alike", func(t *token) { t.audience += "-2" })
	but("a token of the provider in another account", func(t *token) { t.provider = g.Account.Partition.ARN("iam", "", stranger, "oidc-provider/"+i.Host()) })
	but("a token of another issuer", func(t *token) {
		t.host = "ci.example.com"
		t.provider = g.Account.Partition.ARN("iam", "", g.Account.ID, "oidc-provider/"+t.host)
	})
	for _, action := range []string{byCaller, "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"} {
		out = append(out, shows("somebody with a token", good, from).asks(action))
	}
	return out
}

// named are those whom the statements of the trust policy name themselves: for each statement somebody who meets it in all
// that it says, and others who differ in one value, each of them one that the policy names or next to one.
func (g *gate) named() (out []attempt) {
	for i := range g.trust.Document.Statements {
		if s := &g.trust.Document.Statements[i]; s.Effect == policy.Allow {
			out = append(out, g.meeting(s)...)
		}
	}
	return out
}

// keys are the values of a request's keys, by name in lower case.
type keys map[string]policy.Text

func (g *gate) meeting(s *policy.Statement) (out []attempt) {
	base := keys{}
	for _, c := range s.Conditions {
		if !strings.Contains(c.Operator, "Not") && !strings.HasSuffix(c.Operator, "IfExists") {
			base[strings.ToLower(c.Key)] = samples(c)[0]
		}
	}
	all := []keys{base}
	for _, c := range s.Conditions {
		key := strings.ToLower(c.Key)
		absent := maps.Clone(base)
		delete(absent, key)
		all = append(all, absent)
		for _, v := range samples(c) {
			other := maps.Clone(base)
			other[key] = v
			all = append(all, other)
		}
	}
	for _, k := range all {
		out = append(out, g.carrying(s, k)...)
	}
	return out
}

// carrying are those of a statement's principals who carry values.
func (g *gate) carrying(s *policy.Statement, k keys) (out []attempt) {
	from := behindOrNot(k)
	for _, p := range s.Principal.Kinds() {
		ids := p.IDs
		if p.Kind == "*" {
			ids = policy.Literals("*")
		}
		for _, id := range ids {
			out = append(out, g.meant(p.Kind, id.String(), k, from)...)
		}
	}
	for _, action := range s.Actions {
		if action = example(action); action != byToken && action != byCaller {
			for _, a := range slices.Clone(out) {
				out = append(out, a.asks(action))
			}
		}
	}
	return out
}

// meant are those whom one element of a statement's Principal stands for.
func (g *gate) meant(kind, id string, k keys, from spot) (out []attempt) {
	arn := func(account, what string) string { return g.Account.Partition.ARN("iam", "", account, what) }
	if kind == "Service" {
		return []attempt{{who: id, caller: policy.AsService(id), action: byCaller, from: from}}
	}
	if kind != "AWS" {
		for _, provider := range g.issuersOf(id) {
			_, host, _ := strings.Cut(provider, "oidc-provider/")
			t := token{provider: provider, host: host, audience: k[strings.ToLower(host)+":aud"].String(), subject: k[strings.ToLower(host)+":sub"].String()}
			out = append(out, shows("a token for "+t.audience+" of "+t.subject, t, from))
		}
	}
	if kind == "Federated" {
		return out
	}
	account := g.Account.ID
	if parts := strings.Split(id, ":"); len(parts) > 4 {
		account = parts[4]
	} else if id != "*" {
		account = id
	}
	out = append(out, signed("a role of account "+account, arn(account, "role/stranger"), from))
	if caller := k["aws:principalarn"].String(); caller != "" && !strings.HasSuffix(caller, ":root") {
		out = append(out, signed(caller, caller, from))
	}
	if strings.Contains(id, ":role/") || strings.Contains(id, ":user/") {
		out = append(out, signed(id, id, from))
	}
	if id == "*" {
		out = append(out, attempt{who: "anyone", action: byCaller, from: from}, signed("a role of another account", arn(stranger, "role/stranger"), from))
	}
	return out
}

// issuersOf are the providers that a principal stands for.
func (g *gate) issuersOf(id string) []string {
	if id != "*" {
		return []string{id}
	}
	var out []string
	for _, i := range g.topology.Issuers {
		out = append(out, i.ProviderARN(g.Account))
	}
	return out
}

// behindOrNot is where a request comes from that carries values.
func behindOrNot(k keys) spot {
	public, private, vpc := k["aws:sourceip"], k["aws:vpcsourceip"], k["aws:sourcevpc"]
	s := spot{where: "without an address", public: public.String(), private: private.String(), vpc: vpc.String()}
	for _, address := range []string{s.public, s.private} {
		if a, err := netip.ParseAddr(address); err == nil {
			s.address = a
		}
	}
	switch {
	case s.vpc != "":
		s.where = "from " + s.private + " in the VPC " + s.vpc
	case s.public+s.private != "":
		s.where = "from " + s.public + s.private
	}
	for _, key := range []string{"aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpc", "aws:SourceVpce"} {
		if v, set := k[strings.ToLower(key)]; set {
			s.seen = s.seen.With(key, v)
		}
	}
	return s
}

// samples are values that tell what a condition compares with: those that it names, and of ranges the addresses at their
// ends and next to them.
func samples(c policy.Condition) (out []policy.Text) {
	for _, v := range c.Values {
		s, literal := v.Literal()
		p, err := netip.ParsePrefix(s)
		if a, wrong := netip.ParseAddr(s); wrong == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case strings.HasSuffix(c.Operator, "IpAddress") || strings.HasSuffix(c.Operator, "IpAddressIfExists"):
			if err == nil {
				for _, a := range slices.Concat(ends(p), neighbours(p)) {
					out = append(out, policy.Literal(a.String()))
				}
				continue
			}
			out = append(out, withoutLength(v))
		case literal:
			out = append(out, policy.Literal(example(s)))
		default:
			out = append(out, v)
		}
	}
	return out
}

// tested checks that the trust policy tests nothing but what attempts carry. Whom else it may admit cannot be told.
func (g *gate) tested() {
	known := map[string]bool{"aws:sourceip": true, "aws:vpcsourceip": true, "aws:sourcevpc": true, "aws:sourcevpce": true, "aws:principalarn": true, "aws:principalaccount": true, "aws:federatedprovider": true}
	for _, i := range g.topology.Issuers {
		known[strings.ToLower(i.Host()+":aud")], known[strings.ToLower(i.Host()+":sub")] = true, true
	}
	for i, s := range g.trust.Document.Statements {
		for _, c := range s.Conditions {
			at := policy.Hit{Policy: g.trust, Index: i}
			g.holds(known[strings.ToLower(c.Key)], Trusted, g.hitAt(at), "%s tests %s, and the spec says nothing of it: whom it admits cannot be told.", at, c.Key)
		}
		for _, action := range slices.Concat(s.Actions, s.NotActions) {
			at := policy.Hit{Policy: g.trust, Index: i}
			g.holds(s.Effect == policy.Deny || len(s.NotActions) == 0 && (action == byToken || action == byCaller), Trusted, g.hitAt(at), "%s allows %s, and a role is assumed by %s or %s.", at, action, byToken, byCaller)
		}
	}
}

// withoutLength is the address in a range of one that is known only after apply: ${…}/32.
func withoutLength(v policy.Text) policy.Text {
	for _, p := range v.Parts() {
		if p.IsAddress {
			return policy.Address(strings.Split(p.Text, ".")...)
		}
	}
	return v
}
