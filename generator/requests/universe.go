package requests

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// A Universe is all requests, in classes: for each of the caller, the action, the resource and every condition key that
// policies test, as many as these policies tell apart. Requests of the same classes are decided alike by all of them.
type Universe struct {
	rules      map[*policy.Policy][]rule
	accounts   []string // that are named
	unnamed    []string // that go for all others
	callers    []policy.Caller
	grants     [][]policy.Grant // of each caller, how closely each rule speaks of it
	actions    []string
	resources  []target
	keys       []keyClasses
	known      []map[string]int // for each dimension, the class of what the rules make of something
	dimensions []span           // in the order above
	full       box
	told       []rule // of all policies
}

// A target is what an action is done to.
type target struct{ resource, owner string } // resource as Text.Encoded has it

// keyClasses are those of one condition key.
type keyClasses struct {
	key, name string
	rule      keyRule
	tests     []policy.Test
	values    [][]string // of each class, as Text.Encoded has them; the first is none: the key is absent
}

// A rule is a statement with its conditions, sorted by what they are about. In a universe it is a box, without what it says of
// callers, and how closely it speaks of each of these.
type rule struct {
	policy.Rule
	ofCaller, ofOwner, ofKeys []policy.Test
	box                       box
	grants                    []policy.Grant
}

func newRule(r policy.Rule) rule {
	out := rule{Rule: r}
	for _, t := range r.Tests() {
		switch ofCaller, ofResource := policy.IsImplied(t.Key()); {
		case ofCaller:
			out.ofCaller = append(out.ofCaller, t)
		case ofResource:
			out.ofOwner = append(out.ofOwner, t)
		default:
			out.ofKeys = append(out.ofKeys, t)
		}
	}
	return out
}

// grant is how closely the rule speaks of a caller, what it tests of the caller included.
func (r *rule) grant(c *known, bounded bool) policy.Grant {
	g := r.GrantTo(c.Caller, bounded)
	for _, t := range r.ofCaller {
		if g == policy.ToNobody || !t.Holds(c.values(t.Key())...) {
			return policy.ToNobody
		}
	}
	return g
}

// A known caller is one whose keys are worked out once.
type known struct {
	policy.Caller
	implied map[string][]string
}

func (c *known) values(key string) []string {
	values, done := c.implied[key]
	if !done {
		values = c.Implied(key)
		if c.implied == nil {
			c.implied = map[string][]string{}
		}
		c.implied[key] = values
	}
	return values
}

// owns tells whether the rule speaks of what an account has.
func (r *rule) owns(account string) bool {
	return !slices.ContainsFunc(r.ofOwner, func(t policy.Test) bool { return !t.HoldsFor(policy.Request{Owner: account}) })
}

// The dimensions before those of keys.
const (
	byCaller = iota
	byAction
	byResource
	byKey
)

// Tell makes the universe of what policies tell apart. An error says what of them cannot be decided: a policy variable, a key
// that is compared as text and as an address, set operators over too many values.
func Tell(policies ...*policy.Policy) (*Universe, error) {
	u := &Universe{rules: map[*policy.Policy][]rule{}}
	for _, p := range policies {
		for _, r := range p.Rules() {
			u.told = append(u.told, newRule(r))
		}
	}
	if err := errors.Join(u.tellKeys(), u.tellActions(), u.tellWho()); err != nil {
		return nil, err
	}
	u.lay()
	for i := range u.told {
		u.place(i)
		r := &u.told[i]
		u.rules[r.Policy] = append(u.rules[r.Policy], *r)
	}
	return u, nil
}

// tellKeys makes the classes of condition keys that do not follow from caller and resource.
func (u *Universe) tellKeys() error {
	at := map[string]int{}
	for _, r := range u.told {
		for _, t := range r.ofKeys {
			i, known := at[t.Key()]
			if !known {
				i = len(u.keys)
				at[t.Key()] = i
				u.keys = append(u.keys, keyClasses{key: t.Key(), name: t.Condition().Key, rule: ruleOf(t.Key())})
			}
			u.keys[i].tests = append(u.keys[i].tests, t)
			u.keys[i].name = min(u.keys[i].name, t.Condition().Key)
		}
	}
	slices.SortFunc(u.keys, func(a, b keyClasses) int { return strings.Compare(a.key, b.key) })
	u.known = make([]map[string]int, byKey+len(u.keys))
	var errs []error
	for i := range u.keys {
		errs = append(errs, u.tellValues(i))
	}
	return errors.Join(errs...)
}

// mostTogether bounds how many values a set operator is tried on together.
const mostTogether = 6

func (u *Universe) tellValues(i int) error {
	k := &u.keys[i]
	samples, err := valuesFor(k.tests)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(k.tests, policy.Test.Several) {
		samples = append(samples, "") // which set operators take for no value
	}
	samples = slices.Concat(k.rule.only, samples)
	seen := map[string]int{}
	u.known[byKey+i] = seen
	add := func(values ...string) {
		if by := k.seenBy(values); !has(seen, by) {
			seen[by] = len(k.values)
			k.values = append(k.values, values)
		}
	}
	add()
	var apart []string
	for _, s := range samples {
		add(s)
		by := k.seenBy([]string{s, s})
		if !slices.ContainsFunc(apart, func(other string) bool { return k.seenBy([]string{other, other}) == by }) {
			apart = append(apart, s)
		}
	}
	if len(apart) > mostTogether {
		return fmt.Errorf("%s is compared by a set operator with too many values", k.name)
	}
	for set := 1; set < 1<<len(apart); set++ {
		var values []string
		for j, s := range apart {
			if set&(1<<j) != 0 {
				values = append(values, s)
			}
		}
		if len(values) == 1 {
			values = append(values, values[0])
		}
		add(values...)
	}
	return nil
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, is := m[k]
	return is
}

// seenBy is what all tests of the key make of values, and what tells worlds apart.
func (k *keyClasses) seenBy(values []string) string {
	out := make([]byte, 0, len(k.tests)+2)
	out = append(out, byte(min(len(values), 2))) // a request with several values is never one with one
	if len(values) == 1 {
		out = append(out, byte(slices.Index(k.rule.only, values[0])))
	}
	for _, t := range k.tests {
		out = append(out, bit(t.Holds(values...)))
	}
	return string(out)
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

// special are actions that the evaluation logic treats in a way of its own.
var special = []string{"sts:getcalleridentity", "sts:assumerole", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity", "kms:x"}

// tellActions makes the classes of actions: those that statements tell apart, and those that come with keys.
func (u *Universe) tellActions() error {
	var v vocabulary
	for _, k := range u.keys {
		for _, pattern := range k.rule.actions {
			if prefix, open := strings.CutSuffix(pattern, "*"); open {
				v.prefixes = addNew(v.prefixes, prefix)
			} else {
				v.literals = addNew(v.literals, pattern)
			}
		}
	}
	for _, r := range u.told {
		v.add(r.ActionPatterns()...)
	}
	for _, action := range special {
		v.literals = addNew(v.literals, action)
	}
	v.prefixes = addNew(addNew(v.prefixes, "sts:assumerole"), "sts:assumerolewith")
	v.prefixes = addNew(v.prefixes, "kms:")
	samples, err := v.strings("")
	if err != nil {
		return fmt.Errorf("actions: %w", err)
	}
	u.known[byAction] = map[string]int{}
	for _, s := range samples {
		if by := u.seenOfAction(s); !has(u.known[byAction], by) {
			u.known[byAction][by] = len(u.actions)
			u.actions = append(u.actions, u.spelled(s))
		}
	}
	return nil
}

// spelled is an action as a statement spells it; of several spellings, the first in order.
func (u *Universe) spelled(action string) string {
	out := action
	for _, r := range u.told {
		for _, a := range slices.Concat(r.Statement().Actions, r.Statement().NotActions) {
			if len(a) == len(action) && strings.EqualFold(a, action) {
				out = min(out, a)
			}
		}
	}
	return out
}

// seenOfAction is what all statements make of an action, and what Possible does.
func (u *Universe) seenOfAction(action string) string {
	out := []byte{bit(isFree(action)), bit(isTrust(action)), bit(isKMS(action)), bit(isShown(action)), bit(isBeside(action))}
	for _, r := range u.told {
		out = append(out, bit(r.HasAction(action)))
	}
	for _, k := range u.keys {
		if len(k.rule.actions) > 0 {
			out = append(out, bit(k.rule.comesWith(action)))
		}
	}
	return string(out)
}

// What the evaluation logic makes of an action, by its name in whatever case; see policy.Evaluate.
func isFree(action string) bool { return strings.EqualFold(action, "sts:GetCallerIdentity") }
func isTrust(action string) bool {
	action = strings.ToLower(action)
	return strings.HasPrefix(action, "sts:assumerole") || action == "sts:tagsession" || action == "sts:setsourceidentity"
}
func isKMS(action string) bool   { return strings.HasPrefix(strings.ToLower(action), "kms:") }
func isKey(resource string) bool { return strings.Contains(resource, ":key/") }

// lay gives each dimension its bits.
func (u *Universe) lay() {
	words := 0
	sizes := []int{len(u.callers), len(u.actions), len(u.resources)}
	for _, k := range u.keys {
		sizes = append(sizes, len(k.values))
	}
	for _, n := range sizes {
		to := words + (n+63)/64
		u.dimensions = append(u.dimensions, span{words, to})
		words = to
	}
	u.full = make(box, words)
	for i, n := range sizes {
		u.fill(u.full, i, n, func(int) bool { return true })
	}
}

// fill puts those of the n classes of a dimension into a box that are in.
func (u *Universe) fill(b box, dimension, n int, in func(class int) bool) {
	d := u.dimensions[dimension]
	for i := d.from; i < d.to; i++ {
		b[i] = 0
	}
	for i := range n {
		if in(i) {
			b[d.from+i/64] |= 1 << (i % 64)
		}
	}
}

// such is a box of all requests whose class in a dimension is in.
func (u *Universe) such(dimension int, in func(class int) bool) box {
	b := slices.Clone(u.full)
	u.fill(b, dimension, u.size(dimension), in)
	return b
}

func (u *Universe) size(dimension int) int {
	switch dimension {
	case byCaller:
		return len(u.callers)
	case byAction:
		return len(u.actions)
	case byResource:
		return len(u.resources)
	}
	return len(u.keys[dimension-byKey].values)
}

// place makes the box of a rule, one of all, and finds how closely it speaks of each caller.
func (u *Universe) place(index int) {
	r := &u.told[index]
	r.box = slices.Clone(u.full)
	u.fill(r.box, byAction, len(u.actions), func(i int) bool { return r.HasAction(u.actions[i]) })
	owned := map[string]bool{}
	for _, account := range slices.Concat(u.accounts, u.unnamed, []string{""}) {
		owned[account] = r.owns(account)
	}
	u.fill(r.box, byResource, len(u.resources), func(i int) bool { return owned[u.resources[i].owner] && r.HasResource(u.resources[i].resource) })
	for _, t := range r.ofKeys {
		k, _ := slices.BinarySearchFunc(u.keys, t.Key(), func(k keyClasses, key string) int { return strings.Compare(k.key, key) })
		d := u.dimensions[byKey+k]
		for i, values := range u.keys[k].values {
			if !t.Holds(values...) {
				r.box[d.from+i/64] &^= 1 << (i % 64)
			}
		}
	}
	r.grants = make([]policy.Grant, len(u.callers))
	for i := range u.callers {
		r.grants[i] = u.grants[i][index]
	}
}
