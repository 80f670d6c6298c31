package requests

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// A World is a way in which requests come to be: who makes them, and which condition keys AWS sends with them. A request of no
// world is never made, so that a policy which allows it allows nobody anything.
type World struct {
	Name   string
	Source string // where AWS says so
	who    func(policy.Caller) bool
	has    []string // keys, in lower case
	lacks  []string
	values map[string]string // the only value of a key, if it is there
	public bool              // addresses are those that can be seen on the internet
}

// Documents that say which keys come with a request.
const (
	globalKeys = "IAM User Guide, \"AWS global condition context keys\""
	tokenKeys  = "IAM User Guide, \"Available keys for AWS OIDC federation\""
	kmsKeys    = "AWS KMS Developer Guide, \"Condition keys for AWS KMS\""
	authorized = "Service Authorization Reference"
)

var (
	ofNetworks = []string{
		"aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
	}
	ofServices = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}
	onBehalf   = []string{"kms:viaservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
	directly   = map[string]string{"aws:viaawsservice": "false"}
)

func isOurs(c policy.Caller) bool { return !c.IsService() }

// Worlds are all ways in which requests come to be.
var Worlds = []World{
	{
		Name: "over the internet", Source: globalKeys, who: isOurs,
		has: []string{"aws:sourceip"}, lacks: slices.Concat(ofNetworks, ofServices, onBehalf), values: directly, public: true,
	},
	{
		Name: "through a VPC endpoint", Source: globalKeys, who: isOurs,
		has: []string{"aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"}, lacks: slices.Concat([]string{"aws:sourceip"}, ofServices, onBehalf), values: directly,
	},
	{
		Name: "by a service on somebody's behalf", Source: globalKeys + ", aws:ViaAWSService; " + kmsKeys, who: policy.Caller.IsIAM,
		lacks: ofNetworks, values: map[string]string{"aws:viaawsservice": "true"},
	},
	{
		Name: "by a service itself", Source: globalKeys + ", aws:PrincipalIsAWSService", who: policy.Caller.IsService,
		lacks: slices.Concat(ofNetworks, onBehalf), values: directly,
	},
}

// box are the requests of a world.
func (w World) box(u *Universe) box {
	out := u.such(byCaller, func(i int) bool { return w.who(u.callers[i]) })
	for i, k := range u.keys {
		only, one := w.values[k.key]
		out = and(out, u.such(byKey+i, func(class int) bool {
			values := k.values[class]
			switch {
			case len(values) == 0:
				return !slices.Contains(w.has, k.key)
			case slices.Contains(w.lacks, k.key):
				return false
			case one && values[0] != only:
				return false
			}
			return !w.public || k.key != "aws:sourceip" || !k.comparesAddresses() || isPublic(values[0])
		}))
	}
	return out
}

// isPublic tells whether an address can be seen on the internet. One that is known only after apply can.
func isPublic(s string) bool {
	if strings.ContainsFunc(s, isSymbol) {
		return true
	}
	a, err := netip.ParseAddr(s)
	return err == nil && !a.IsPrivate() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast()
}

// A keyRule is what AWS sends as the values of a condition key.
type keyRule struct {
	key     string   // in lower case; "*" at its end stands for anything
	only    []string // the values that it may have; none: any
	address bool     // it has an address
	many    bool     // it may have several
	always  bool     // AWS sends it with each request
	actions []string // that it comes with, in lower case, with "*" at the end; none: any
	who     func(policy.Caller) bool
	source  string
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || strings.ContainsFunc(s, isSymbol)
}

var booleans = []string{"true", "false"}

// keyRules say which values keys have. The names of a service's own keys begin like its actions, and come with these alone.
var keyRules = []keyRule{
	{key: "aws:sourceip", address: true, source: globalKeys},
	{key: "aws:vpcsourceip", address: true, source: globalKeys},
	{key: "aws:securetransport", only: booleans, always: true, source: globalKeys},
	{key: "aws:viaawsservice", only: booleans, source: globalKeys},
	{key: "aws:multifactorauthpresent", only: booleans, source: globalKeys},
	{key: "aws:tagkeys", many: true, source: globalKeys},
	{key: "aws:calledvia", many: true, source: globalKeys},
	{key: "aws:principalorgpaths", many: true, source: globalKeys},
	{key: "aws:resourceorgpaths", many: true, source: globalKeys},
	{key: "aws:sourceorgpaths", many: true, source: globalKeys},
	{key: "aws:vpceorgpaths", many: true, source: globalKeys},
	{key: "aws:principalservicenameslist", many: true, source: globalKeys},
	{key: "kms:encryptioncontextkeys", many: true, actions: cryptographic, source: kmsKeys},
	{key: "kms:encryptioncontext:*", actions: cryptographic, source: kmsKeys + ": an operation that takes an encryption context"},
}

// cryptographic are the actions of KMS that take an encryption context. kms:DescribeKey is none of them.
var cryptographic = []string{"kms:decrypt", "kms:encrypt", "kms:generatedatakey*", "kms:reencrypt*", "kms:creategrant"}

// withToken are the actions that are decided with a token at hand.
// Source: IAM User Guide, "Pass session tags in AWS STS", where a trust policy allows sts:TagSession by what the token says.
var withToken = []string{"sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity"}

func like(pattern, s string) bool {
	if prefix, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(s, prefix)
	}
	return pattern == s
}

// ruleOf is what holds for a key.
func ruleOf(key string) keyRule {
	for _, r := range keyRules {
		if like(r.key, key) {
			return r
		}
	}
	service, _, _ := strings.Cut(key, ":")
	switch {
	case strings.Contains(service, "."):
		return keyRule{key: key, who: policy.Caller.IsFederated, actions: withToken, source: tokenKeys}
	case service != "aws" && service != "sts" && service != "saml":
		return keyRule{key: key, actions: []string{service + ":*"}, source: authorized}
	}
	return keyRule{key: key, source: globalKeys}
}

// comesWith tells whether AWS sends the key with an action.
func (r keyRule) comesWith(action string) bool {
	action = strings.ToLower(action)
	return len(r.actions) == 0 || slices.ContainsFunc(r.actions, func(pattern string) bool { return like(pattern, action) })
}

// fits tells whether AWS sends values like those of a class. Of addresses that are compared as text, it may.
func (k *keyClasses) fits(values []string) bool {
	switch {
	case len(values) > 1:
		return k.rule.many
	case k.rule.address && k.comparesAddresses():
		return isAddress(values[0])
	default:
		return k.rule.only == nil || slices.Contains(k.rule.only, values[0])
	}
}

func (k *keyClasses) comparesAddresses() bool {
	return slices.ContainsFunc(k.tests, func(t policy.Test) bool { return t.Family() == policy.Addresses })
}

// Possible are the requests of a set that AWS makes somebody decide: the plausible ones of some world.
func (s Set) Possible() Set {
	if len(s.boxes) == 0 {
		return s
	}
	u := s.of
	var worlds []box
	for _, w := range Worlds {
		worlds = append(worlds, w.box(u))
	}
	s = s.And(u.set(false, worlds...)).And(u.introduced())
	for i, k := range u.keys {
		b := u.such(byAction, func(a int) bool { return k.rule.comesWith(u.actions[a]) })
		if k.rule.who != nil {
			b = and(b, u.such(byCaller, func(c int) bool { return k.rule.who(u.callers[c]) }))
		}
		s = s.And(u.set(false, u.absent(i), b))
	}
	return s.Plausible()
}

// Plausible are the requests of a set with values that keys have, and resources of those to whom they belong, whether or not these
// keys ever come together, or with these actions. A policy that allows more of them than it should is wider than it has to be, although
// nobody may gain by it.
func (s Set) Plausible() Set {
	if len(s.boxes) == 0 {
		return s
	}
	u := s.of
	s = s.And(u.owned())
	for i, k := range u.keys {
		s = s.And(u.set(false, u.such(byKey+i, func(class int) bool {
			if len(k.values[class]) == 0 {
				return !k.rule.always
			}
			return k.fits(k.values[class])
		})))
	}
	return s
}

// absent are the requests without a key.
func (u *Universe) absent(key int) box {
	return u.such(byKey+key, func(class int) bool { return len(u.keys[key].values[class]) == 0 })
}

// isShown tells whether an action is to become somebody by what one shows, and isBeside whether it is asked for along with that.
func isShown(action string) bool {
	return strings.HasPrefix(strings.ToLower(action), "sts:assumerolewith")
}
func isBeside(action string) bool {
	return strings.EqualFold(action, "sts:TagSession") || strings.EqualFold(action, "sts:SetSourceIdentity")
}

// introduced are requests to become somebody by a token or an assertion, without an identity of AWS's, and all others with one, or
// with none at all. Source: AWS STS API Reference, AssumeRoleWithWebIdentity and AssumeRoleWithSAML.
func (u *Universe) introduced() Set {
	shown := u.such(byAction, func(i int) bool { return isShown(u.actions[i]) })
	beside := u.such(byAction, func(i int) bool { return isBeside(u.actions[i]) })
	other := u.such(byAction, func(i int) bool { return !isShown(u.actions[i]) })
	tokens := u.such(byCaller, func(i int) bool { return u.callers[i].IsFederated() })
	people := u.such(byCaller, func(i int) bool { return !u.callers[i].IsFederated() })
	return u.set(false, and(tokens, shown), and(tokens, beside), and(people, other))
}

// owned are requests for resources that belong to whom their ARNs say. "*" is no resource, but what the caller's account has.
func (u *Universe) owned() Set {
	out := u.set(false, u.such(byResource, func(i int) bool {
		at := u.resources[i]
		parts := strings.SplitN(at.resource, ":", 6)
		named := len(parts) > 4 && isAccount(parts[4])
		return at.resource != "*" && at.owner != "" && (!named || parts[4] == at.owner)
	}))
	for _, account := range append(slices.Concat(u.accounts, u.unnamed), "") {
		ours := u.such(byCaller, func(i int) bool { return u.callers[i].Account() == account })
		nothing := u.such(byResource, func(i int) bool { return u.resources[i] == target{"*", account} })
		if b := and(ours, nothing); !u.isEmpty(b) {
			out.add(b)
		}
	}
	return out
}

// Smallest is the plainest request of a set: one with the fewest condition keys. It returns false if the set is empty.
func (s Set) Smallest() (policy.Request, bool) {
	var best Point
	for _, b := range s.boxes {
		p := make(Point, len(s.of.dimensions))
		for i, d := range s.of.dimensions {
			p[i] = d.classes(b)[0]
		}
		if best == nil || p.plainer(best) {
			best = p
		}
	}
	if best == nil {
		return policy.Request{}, false
	}
	return s.of.Request(best), true
}

// plainer tells whether a request says less than another, or comes before it.
func (p Point) plainer(q Point) bool {
	if a, b := p.present(), q.present(); a != b {
		return a < b
	}
	return slices.Compare(p, q) < 0
}

func (p Point) present() (keys int) {
	for _, class := range p[byKey:] {
		if class > 0 {
			keys++
		}
	}
	return keys
}
