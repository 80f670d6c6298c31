package requests

import (
	"slices"

	"github.com/postern-dev/postern/generator/policy"
)

// says are the requests of which rules of an effect speak at least so closely. Policies of callers speak of IAM identities other than an
// account's root user, and none but an endpoint's has a say in what is free; see policy.Evaluate.
func (u *Universe) says(rules []rule, effect policy.Effect, least policy.Grant, bounded bool) Set {
	out := u.None()
	for _, r := range rules {
		if r.Effect() != effect {
			continue
		}
		b := slices.Clone(r.box)
		u.fill(b, byCaller, len(u.callers), func(i int) bool {
			g := r.grants[i]
			if bounded {
				g = r.grant(&known{Caller: u.callers[i]}, true)
			}
			return g >= least && r.speaksOf(u.callers[i])
		})
		if !u.isEmpty(b) {
			out.add(b)
		}
	}
	if len(rules) > 0 && rules[0].Policy.Kind != policy.Endpoint {
		return out.Minus(u.free())
	}
	return out
}

// speaksOf tells whether the policy of a rule can have a say about a caller at all.
func (r rule) speaksOf(c policy.Caller) bool {
	return r.Policy.Kind >= policy.Endpoint || c.IsIAM() && !c.IsRoot()
}

// free are signed calls that need no permission.
func (u *Universe) free() Set {
	b := u.such(byCaller, func(i int) bool { return u.callers[i].IsIAM() || u.callers[i].IsService() })
	return u.set(false, and(b, u.such(byAction, func(i int) bool { return isFree(u.actions[i]) })))
}

// Of are the requests that policies of one kind by themselves allow: that a statement of them allows, and none denies.
func (u *Universe) Of(policies ...*policy.Policy) Set {
	allowed, denied := u.None(), u.None()
	for _, p := range policies {
		allowed = allowed.Or(u.says(u.rules[p], policy.Allow, policy.ToAccount, false))
		denied = denied.Or(u.says(u.rules[p], policy.Deny, policy.ToAccount, false))
	}
	return allowed.And(u.All()).Minus(denied)
}

// Statement are the requests of which one statement of a policy speaks.
func (u *Universe) Statement(p *policy.Policy, index int) Set {
	r := u.rules[p][index : index+1]
	return u.says(r, r[0].Effect(), policy.ToAccount, false).And(u.All())
}

// Callers are all requests of those who make some request of the set.
func (s Set) Callers() Set { return s.alike(byCaller) }

// Actions are all requests with the action of some request of the set.
func (s Set) Actions() Set { return s.alike(byAction) }

// alike are all requests that are of the same class in a dimension as some request of the set.
func (s Set) alike(dimension int) Set {
	classes := make(map[int]bool)
	for _, b := range s.boxes {
		for _, c := range s.of.dimensions[dimension].classes(b) {
			classes[c] = true
		}
	}
	return s.of.set(s.unknown, s.of.such(dimension, func(i int) bool { return classes[i] }))
}

// Denied are the requests that a statement of a policy denies.
func (u *Universe) Denied(p *policy.Policy) Set {
	return u.says(u.rules[p], policy.Deny, policy.ToAccount, false).And(u.All())
}

// Allowed are the requests that policies allow together, as policy.Evaluate decides them. All of them have to be of the universe.
func (u *Universe) Allowed(policies ...*policy.Policy) Set {
	d := decision{Universe: u}
	for _, p := range policies {
		d.given[p.Kind] = true
		d.bounded = d.bounded || p.Kind == policy.Boundary
		d.rules[p.Kind] = append(d.rules[p.Kind], u.rules[p]...)
	}
	return d.allowed()
}

// A decision is the rules of policies, by the part that they play.
type decision struct {
	*Universe
	rules   [policy.Kinds][]rule
	given   [policy.Kinds]bool
	bounded bool
}

func (d *decision) says(e policy.Effect, least policy.Grant, kinds ...policy.Kind) Set {
	out := d.None()
	for _, k := range kinds {
		out = out.Or(d.Universe.says(d.rules[k], e, least, d.bounded))
	}
	return out
}

// own are the kinds of policy that resources have.
var own = []policy.Kind{policy.Resource, policy.Trust, policy.Key}

// allowed follows the rules of policy.Evaluate.
func (d *decision) allowed() Set {
	limits := d.All()
	for _, k := range []policy.Kind{policy.Boundary, policy.Session} {
		if d.given[k] {
			limits = limits.And(d.says(policy.Allow, policy.ToAccount, k))
		}
	}
	granted := d.says(policy.Allow, policy.ToAccount, own...)
	same, signed := d.sameAccount(), d.those(policy.Caller.IsIAM)
	root := d.those(policy.Caller.IsRoot)

	named := same.And(d.says(policy.Allow, policy.ToCaller, own...))
	asRole := same.And(d.says(policy.Allow, policy.ToRole, own...)).And(limits)
	byOwn := root.Or(d.says(policy.Allow, policy.ToAccount, policy.Identity).And(limits))
	let := same.Minus(d.resourceDecides()).Or(granted)

	out := granted.Minus(signed).Or(signed.And(named.Or(asRole).Or(let.And(byOwn)))).Or(d.free())
	out = out.And(d.All())
	if d.given[policy.Endpoint] {
		out = out.And(d.says(policy.Allow, policy.ToAccount, policy.Endpoint))
	}
	for k := range policy.Kinds {
		out = out.Minus(d.says(policy.Deny, policy.ToAccount, k))
	}
	return out
}

func (u *Universe) those(are func(policy.Caller) bool) Set {
	return u.set(false, u.such(byCaller, func(i int) bool { return are(u.callers[i]) }))
}

// sameAccount are requests of callers for what belongs to their own account.
func (u *Universe) sameAccount() Set {
	out := u.None()
	seen := map[string]bool{}
	for _, c := range u.callers {
		account := c.Account()
		if seen[account] {
			continue
		}
		seen[account] = true
		b := u.such(byCaller, func(i int) bool { return u.callers[i].Account() == account })
		b = and(b, u.such(byResource, func(i int) bool { return u.resources[i].owner == account }))
		if !u.isEmpty(b) {
			out.add(b)
		}
	}
	return out
}

// resourceDecides are requests that nothing allows without the resource's own policy.
func (u *Universe) resourceDecides() Set {
	trust := u.such(byAction, func(i int) bool { return isTrust(u.actions[i]) })
	key := u.such(byAction, func(i int) bool { return isKMS(u.actions[i]) })
	return u.set(false, trust, and(key, u.such(byResource, func(i int) bool { return isKey(u.resources[i].resource) })))
}

// A Point is a request by its class in each dimension.
type Point []int

// At finds the classes of a request. It returns false for one that no request of the universe is like: whose context contradicts
// what follows from its caller and resource.
func (u *Universe) At(r policy.Request) (Point, bool) {
	if r.Contradicts() {
		return nil, false
	}
	p := make(Point, len(u.dimensions))
	var known bool
	if p[byAction], known = u.known[byAction][u.seenOfAction(r.Action)]; !known {
		return nil, false
	}
	for i := range u.keys {
		if p[byKey+i], known = u.known[byKey+i][u.keys[i].seenBy(r.Context.Values(u.keys[i].key))]; !known {
			return nil, false
		}
	}
	for _, caller := range u.goesFor(r.Caller.Account()) {
		if p[byCaller], known = u.known[byCaller][u.callerAs(r.Caller, caller)]; !known {
			continue
		}
		for _, owner := range u.goesFor(r.Account()) {
			if (owner == caller) != (r.Account() == r.Caller.Account()) {
				continue
			}
			by := owner + u.seenOfOwner(r.Account()) + u.seenOfResource(r.Resource.Encoded())
			if p[byResource], known = u.known[byResource][by]; known {
				return p, true
			}
		}
	}
	return nil, false
}

// goesFor are the accounts of the universe as which one is treated, if one of them is treated so at all.
func (u *Universe) goesFor(account string) []string {
	if account == "" || slices.Contains(u.accounts, account) {
		return []string{account}
	}
	return u.unnamed
}

// Request is a request of these classes.
func (u *Universe) Request(p Point) policy.Request {
	at := u.resources[p[byResource]]
	r := policy.Request{
		Caller: u.callers[p[byCaller]], Action: u.actions[p[byAction]], Resource: policy.Decoded(at.resource), Owner: at.owner,
	}
	for i, k := range u.keys {
		if values := k.values[p[byKey+i]]; len(values) > 0 {
			var texts []policy.Text
			for _, v := range values {
				texts = append(texts, policy.Decoded(v))
			}
			r.Context = r.Context.With(k.name, texts...)
		}
	}
	return r
}
