package requests

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// strangers are accounts that hardly any policy names.
var strangers = []string{"998877665544", "887766554433", "776655443322", "665544332211"}

// A crowd is what policies say of callers and owners: the material for their classes.
type crowd struct {
	partitions []string
	accounts   []string // named by twelve digits
	unnamed    []string // and others: two of each class, so that one may call and another own
	arns       vocabulary
	ids        vocabulary // of accounts
	owners     vocabulary
	services   vocabulary
	providers  vocabulary
	types      vocabulary
	names      []string // of users
	sessions   []string // ARNs of sessions
}

// tellWho makes the classes of callers and resources.
func (u *Universe) tellWho() error {
	c, err := u.crowd()
	if err != nil {
		return err
	}
	u.accounts, u.unnamed = c.accounts, c.unnamed
	if err := u.tellCallers(c); err != nil {
		return err
	}
	return u.tellResources(c)
}

func (u *Universe) crowd() (*crowd, error) {
	c := &crowd{}
	var errs []error
	for _, r := range u.told {
		s := r.Statement()
		for _, p := range slices.Concat(s.Principal.Kinds(), s.NotPrincipal.Kinds()) {
			c.principals(p)
		}
		for _, t := range slices.Concat(r.ofCaller, r.ofOwner) {
			errs = append(errs, c.tests(t))
		}
		for _, p := range r.ResourcePatterns() {
			if literal, is := p.Literal(); is {
				c.names12(literal)
			} else if prefix, is := p.Prefix(); is {
				c.names12(prefix)
			}
		}
	}
	if len(c.partitions) == 0 {
		c.partitions = []string{"aws"}
	}
	for _, names := range [][]string{c.partitions, c.accounts, c.names, c.sessions} {
		slices.Sort(names) // whatever the order of statements
	}
	errs = append(errs, c.tellAccounts())
	return c, errors.Join(errs...)
}

// principals notes those whom an element names.
func (c *crowd) principals(p policy.Principal) {
	for _, id := range p.IDs {
		s := id.Encoded()
		switch {
		case p.Kind == "Service":
			c.services.add(policy.Exactly(s))
		case p.Kind == "Federated":
			c.providers.add(policy.Exactly(s))
		case p.Kind == "AWS" && isAccount(s):
			c.accounts = addNew(c.accounts, s)
		case p.Kind == "AWS" && s != "*":
			c.arn(s)
		}
	}
}

// arn notes the ARN of a caller.
func (c *crowd) arn(s string) {
	c.names12(s)
	if strings.Contains(s, ":assumed-role/") {
		c.sessions = addNew(c.sessions, s)
		return
	}
	c.arns.add(policy.Exactly(s))
}

// names12 notes the partition and the account of an ARN.
func (c *crowd) names12(arn string) {
	if parts := strings.SplitN(arn, ":", 6); len(parts) > 4 {
		if parts[0] == "arn" && strings.HasPrefix(parts[1], "aws") && !strings.ContainsAny(parts[1], "*?") {
			c.partitions = addNew(c.partitions, parts[1])
		}
		if isAccount(parts[4]) || parts[4] == ofCloudFront {
			c.accounts = addNew(c.accounts, parts[4])
		}
	}
}

// ofCloudFront is in the place of an account in the ARNs of origin access identities.
// Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
const ofCloudFront = "cloudfront"

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// tests notes what a condition asks of callers or owners.
func (c *crowd) tests(t policy.Test) error {
	into := map[string]*vocabulary{
		"aws:principalarn": &c.arns, "aws:principalaccount": &c.ids, "aws:resourceaccount": &c.owners, "aws:principalservicename": &c.services,
		"aws:federatedprovider": &c.providers, "aws:principaltype": &c.types, "aws:principalisawsservice": &c.types, "aws:username": &c.types,
	}[t.Key()]
	switch family := t.Family(); {
	case into == nil || family == policy.Presence:
		return nil
	case family != policy.Texts && family != policy.Booleans:
		return fmt.Errorf("%s %s compares what is text with what is none", t.Condition().Operator, t.Condition().Key)
	}
	for _, p := range t.Patterns() {
		literal, is := p.Literal()
		switch {
		case p.HasVariables():
			return fmt.Errorf("%s has a policy variable", t.Condition().Key)
		case t.Key() == "aws:username" && !is:
			return fmt.Errorf("%s is compared with a pattern", t.Condition().Key)
		case t.Key() == "aws:username":
			c.names = addNew(c.names, literal)
		}
		if is && (into == &c.ids || into == &c.owners) && isAccount(literal) {
			c.accounts = addNew(c.accounts, literal)
		}
		into.add(p)
	}
	into.arns = into.arns || t.ComparesARNs()
	for _, v := range t.Condition().Values {
		c.names12(v.Encoded())
	}
	return nil
}

// tellAccounts completes the accounts: those that patterns tell apart, and such that nobody names.
func (c *crowd) tellAccounts() error {
	for _, p := range c.partitions {
		more, err := c.spellAccounts("arn:" + p + ":iam::")
		if err != nil {
			return err
		}
		for _, id := range more {
			if !slices.Contains(c.accounts, id) {
				c.unnamed = addNew(c.unnamed, id)
			}
		}
	}
	if len(c.unnamed) > 0 {
		return nil
	}
	for _, s := range strangers {
		if len(c.unnamed) < 2 && !slices.Contains(c.accounts, s) {
			c.unnamed = append(c.unnamed, s)
		}
	}
	return nil
}

// spellAccounts returns two accounts for each combination of patterns of ARNs and ids that tell accounts apart.
func (c *crowd) spellAccounts(before string) ([]string, error) {
	var ofARNs, ofIDs []policy.Pattern
	split := func(v *vocabulary, at string) (out []policy.Pattern) {
		out = slices.Clone(v.patterns)
		for _, p := range v.prefixes {
			if len(p) < len(at)+12 {
				out = append(out, policy.BeginningWith(p))
			}
		}
		return out
	}
	ofARNs, ofIDs = split(&c.arns, before), slices.Concat(split(&c.ids, ""), split(&c.owners, ""))
	if len(ofARNs)+len(ofIDs) == 0 {
		return nil, nil
	}
	m := newMachine(slices.Concat(ofARNs, ofIDs), nil)
	each := 2 + len(c.accounts) // of which some may be named
	start, after := m.start(), m.read(m.start(), before)
	for i := range ofIDs { // which begin with the account
		d := m.spans[len(ofARNs)+i]
		copy(after[d.from:d.to], start[d.from:d.to])
	}
	type node struct {
		reading reading
		text    string
	}
	level := []node{{after, ""}}
	for range 12 {
		var next []node
		seen := map[string]int{}
		for _, n := range level {
			for digit := range 10 {
				l := string(rune('0' + (digit+9)%10)) // 9 first
				r := m.next(n.reading, l)
				if key := r.key(false); seen[key] < each {
					seen[key]++
					next = append(next, node{r, n.text + l})
				}
			}
		}
		if level = next; len(level) > mostReadings/16 {
			return nil, errTooFine
		}
	}
	var out []string
	for _, n := range level {
		out = append(out, n.text)
	}
	return out, nil
}

// tellCallers makes the classes of callers.
func (u *Universe) tellCallers(c *crowd) error {
	u.known[byCaller] = map[string]int{}
	add := func(caller policy.Caller) {
		by, grants := u.seenOfCaller(caller, caller.Account())
		if !has(u.known[byCaller], by) {
			u.known[byCaller][by] = len(u.callers)
			u.callers, u.grants = append(u.callers, caller), append(u.grants, grants)
		}
	}
	add(policy.Caller{})
	for _, p := range c.partitions {
		for _, account := range slices.Concat(c.accounts, c.unnamed) {
			if err := c.inAccount(p, account, add); err != nil {
				return err
			}
		}
	}
	c.unknownARNs(add)
	more, err := c.services.strings("")
	if err != nil {
		return err
	}
	for _, s := range slices.Concat(c.services.literals, []string{"ec2.amazonaws.com", "somebody.amazonaws.com"}, more) {
		add(asService(s))
	}
	more, err = c.providers.strings("")
	for _, s := range more {
		add(policy.AsFederated(policy.Decoded(s)))
	}
	return err
}

func asService(encoded string) policy.Caller {
	return policy.AsService(policy.Decoded(encoded).String())
}

// inAccount adds those who call as somebody of an account.
func (c *crowd) inAccount(partition, account string, add func(policy.Caller)) error {
	iam := "arn:" + partition + ":iam::" + account + ":"
	add(policy.AsRoot(iam + "root"))
	for _, name := range c.names {
		add(policy.AsUser(iam + "user/" + name))
	}
	for _, kind := range []string{"role/", "user/"} {
		arns, err := c.arns.strings(iam + kind)
		if err != nil {
			return err
		}
		for _, arn := range arns {
			if arn == iam+kind {
				continue // has no name
			}
			if kind == "user/" {
				add(policy.AsUser(arn))
				continue
			}
			role := policy.Decoded(arn)
			add(policy.AsSession(role, "session"))
			c.sessionsOf(role, iam, add)
		}
	}
	return nil
}

// sessionsOf adds the sessions of a role that a policy names.
func (c *crowd) sessionsOf(role policy.Text, iam string, add func(policy.Caller)) {
	for _, s := range c.sessions {
		_, rest, _ := strings.Cut(s, ":assumed-role/")
		name, session, found := strings.Cut(rest, "/")
		if !found {
			continue
		}
		add(policy.AsSession(role, session))
		add(policy.AsSession(policy.Literal(iam+"role/"+name), session))
	}
}

// unknownARNs adds those whose ARN is known only after apply.
func (c *crowd) unknownARNs(add func(policy.Caller)) {
	for _, arn := range c.arns.literals {
		if !strings.ContainsFunc(arn, isSymbol) {
			continue
		}
		session := policy.AsSession(policy.Decoded(arn), "session")
		add(session)
		for _, account := range slices.Concat(c.accounts, c.unnamed) {
			add(session.In(account))
		}
	}
}

// seenOfCaller is what all statements make of a caller, whose account is one of the universe or goes for one, and how closely each
// speaks of it.
func (u *Universe) seenOfCaller(caller policy.Caller, as string) (string, []policy.Grant) {
	kind, c := byte(0), &known{Caller: caller}
	for i, is := range []bool{c.IsRoot(), c.IsIAM(), c.IsService(), c.IsFederated()} {
		kind |= bit(is) << i
	}
	out, grants := make([]byte, 0, len(as)+len(u.told)+8), make([]policy.Grant, len(u.told))
	out = append(append(out, as...), kind)
	for i := range u.told {
		r := &u.told[i]
		grants[i] = r.grant(c, false)
		out = append(out, byte(grants[i]))
		if r.Statement().NotPrincipal.Kind != "" { // which alone speaks of callers with a boundary in a way of its own
			out = append(out, byte(r.grant(c, true)))
		}
	}
	return string(out), grants
}

// callerAs is the class of a caller, by what is seen of it.
func (u *Universe) callerAs(c policy.Caller, as string) string {
	by, _ := u.seenOfCaller(c, as)
	return by
}

// tellResources makes the classes of resources and their owners.
func (u *Universe) tellResources(c *crowd) error {
	var v vocabulary
	for _, r := range u.told {
		for _, p := range r.ResourcePatterns() {
			if p.HasVariables() {
				return fmt.Errorf("a resource of %s has a policy variable", r.Hit)
			}
			v.add(p)
		}
	}
	v.literals = addNew(v.literals, "*")
	v.literals = addNew(v.literals, "arn:aws:kms:::key/x") // which reads better than what is made of other text
	v.holding = ":key/"
	samples, err := v.strings("")
	if err != nil {
		return fmt.Errorf("resources: %w", err)
	}
	u.known[byResource] = map[string]int{}
	owners := slices.Concat(c.accounts, c.unnamed, []string{""})
	var ofOwners []string
	for _, owner := range owners {
		ofOwners = append(ofOwners, u.seenOfOwner(owner))
	}
	for _, s := range samples {
		if s == "" {
			continue // there is no such resource
		}
		by := u.seenOfResource(s)
		for i, owner := range owners {
			if by := owner + ofOwners[i] + by; !has(u.known[byResource], by) {
				u.known[byResource][by] = len(u.resources)
				u.resources = append(u.resources, target{s, owner})
			}
		}
	}
	return nil
}

// seenOfResource is what all statements make of a resource, as Text.Encoded has it.
func (u *Universe) seenOfResource(resource string) string {
	out := []byte{bit(isKey(resource))}
	for i := range u.told {
		out = append(out, bit(u.told[i].HasResource(resource)))
	}
	return string(out)
}

// seenOfOwner is what all statements make of the account that has a resource.
func (u *Universe) seenOfOwner(account string) string {
	var out []byte
	for i := range u.told {
		out = append(out, bit(u.told[i].owns(account)))
	}
	return string(out)
}
