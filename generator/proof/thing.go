package proof

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/evidence"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// What is claimed of things, whatever they are, follows from what they are made as:
//
//   - They are there, and encrypted with the key of their place.
//   - Their policy lets in whom the spec names, for what these do, and nobody else.
//   - Those that have a gate answer over TLS alone, their own account's as well, and are not closed to it.
//   - Whoever is let in and needs their key gets to use it for that. See lock.strangers.
//   - Nothing is known of others of their kind: these are on the page.

// A piece is a thing as the tree has it.
type piece struct {
	subject
	topology.Thing
	topology.Made
	it     *evidence.Resource
	rules  []*evidence.Resource // the policies of it
	admits []*policy.Policy
}

// thing checks all claims about one thing.
func (p *prover) thing(t topology.Thing) {
	s := &piece{subject: subject{p, hcl.Range{}}, Thing: t, Made: t.Made()}
	s.it = p.Known(s.Kind, "arn", s.ARN())
	if !s.holds(s.it != nil, Present, Place{File: s.Stack(topology.StorageLayer)}, "There is no %s %s for %s.", s.What, s.Called, s.Address()) {
		return
	}
	s.plain(s.it)
	switch steps := strings.Split(s.Key, "."); {
	case s.topology.Encrypted && s.Key != "":
		s.encrypted(s.it.Setting(steps...), s.keyIn(s.Place, topology.StorageLayer), s.it.At(steps[0]), s.Address())
	case s.Otherwise != "":
		with := s.it.Setting(steps...)
		s.holds(with == s.Otherwise, Encrypted, s.it.At(steps[0]), "%s is encrypted with %q, and not with %s.", s.Address(), evidence.Shown(with), s.Otherwise)
	}
	if i, is := t.(*topology.Image); is {
		s.image(i)
	}
	if s.Policy == "" {
		return
	}
	s.rules = p.rulesOf(s.Made, s.it)
	if !s.holds(len(s.rules) < 2, Readable, s.it.At(s.Named), "%s has several policies, of which the last one applied counts.", s.Address()) {
		return
	}
	for _, r := range s.rules {
		s.plain(r)
		if admit := s.policyOf(policy.Resource, r, "policy"); admit != nil {
			s.admits = append(s.admits, admit)
		}
	}
	s.admitted()
	s.gated()
}

// rulesOf are the policies of a thing, which name it by its name or ARN.
func (p *findings) rulesOf(m topology.Made, it *evidence.Resource) []*evidence.Resource {
	found := slices.Clone(p.Where(m.Policy, m.Of, it.Text(m.Named)))
	for _, r := range p.Where(m.Policy, m.Of, it.Computed("arn")) {
		if !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return slices.DeleteFunc(found, func(r *evidence.Resource) bool { return r.Stack != it.Stack && r.Text(m.Of) != it.Computed("arn") })
}

// question is what the policies of the thing decide.
func (s *piece) question() question {
	q := question{decide: s.admits, on: policy.Literals(s.ARN()), where: s.it.At(s.Named), at: func(policy.Hit) Place { return s.it.At(s.Named) }}
	if len(s.rules) > 0 {
		q.where, q.at = s.rules[0].At("policy"), func(h policy.Hit) Place { return s.rules[0].Statement("policy", h.Index) }
	}
	return q
}

// wants are those whom the thing lets in.
func (s *piece) wants() (out []want) {
	for _, a := range s.Admits {
		w := want{what: a.Does, Statement: policy.Statement{Effect: policy.Allow, Principal: signing(a.ARN), Actions: a.Actions, Resources: policy.Literals("*")}}
		if len(s.Gate) > 0 {
			w.Resources, w.Conditions = policy.Literals(s.ARN()), []policy.Condition{secure}
		}
		out = append(out, w)
	}
	return out
}

// admitted checks that the thing's own policies let those of other accounts in who are asked in, for what they do, and nobody else.
func (s *piece) admitted() {
	q := s.question()
	q.wants = s.wants()
	if len(s.Gate) > 0 {
		q.on = nil // its statements name it, and are to name nothing else
	}
	by := s.grounds(q)
	let := s.decided(q, Permitted, func(r *ruling) {
		r.namesNobodyElse(Closed)
		callers := r.universe.Of(r.wanted).Possible().Callers()
		r.nothingMore(Limited, callers, s.Address()+": ")
		r.nothingMore(Closed, callers.Not(), s.Address()+": ")
	})
	for n, a := range s.Admits {
		if let[n] && a.May != "" {
			s.open("whoever in "+a.Who+" may "+a.May, "%s", s.Address()).of(s.Address(), by(n))
		}
	}
}

// gated checks that whatever other policies allow, nothing is asked of the thing in the clear, and that its account is not
// locked out.
func (s *piece) gated() {
	if len(s.Gate) == 0 || !s.holds(len(s.admits) > 0, Veiled, s.it.At(s.Named), "%s has no policy, so it answers without TLS, too.", s.Address()) {
		return
	}
	q := s.question()
	q.decide, q.about = append(slices.Clone(s.admits), anyIdentity), s.Gate
	q.within = []policy.Condition{policy.When("StringEquals", "aws:ResourceAccount", s.Account.ID)}
	asked := func(c policy.Condition) policy.Statement {
		return policy.Statement{Effect: policy.Allow, Principal: policy.Accounts(s.Account.Root()), Actions: s.Gate, Resources: policy.Literals(s.ARN()), Conditions: []policy.Condition{c}}
	}
	q.wants = append(s.wants(), want{what: "account." + s.Account.Name + " has " + s.Address(), claim: Open, Statement: asked(secure)})
	clear := asked(policy.When("Bool", "aws:SecureTransport", "false"))
	clear.Principal = policy.Anyone
	inClear := bySpec(policy.Document{Statements: []policy.Statement{clear}})
	q.beside = []*policy.Policy{inClear}
	r, told := s.ask(q)
	if !told {
		return
	}
	let, without := *r, r.universe.Of(inClear)
	let.decide = append(slices.Clone(s.admits), anyResource, anyIdentity)
	let.none(r.scoped.Minus(r.universe.Denied(s.admits[0])).And(without).Possible(), Veiled, s.Address()+": ")
	r.nothingMore(Closed, without.Not(), s.Address()+": ")
	r.nothingLess(Permitted)
}

// image checks what only images have: how they are encrypted, and which of them go.
func (s *piece) image(i *topology.Image) {
	kind, want := s.it.Setting("encryption_configuration", "encryption_type"), cond(s.topology.Encrypted, "KMS", "AES256")
	s.holds(kind == want, Encrypted, s.it.At("encryption_configuration"), "image.%s is encrypted by %q, and not by %q.", i.Name, kind, want)
	s.tidied(i, s.it)
}

// borrowers are those of other accounts who use a storage key by what they do with things.
func (k *lock) borrowers(about func(policy.Principal, []string, ...policy.Condition) policy.Statement) (out []want) {
	for _, b := range k.topology.Borrowers(k.Place) {
		out = append(out, want{what: strings.Join(b.Does, ", "), claim: Decrypted, Statement: about(signing(b.ARN), b.Actions, b.Conditions...)})
	}
	return out
}

// kindsOf are the kinds of resources that the things of a topology are, and their policies.
func kindsOf(t *topology.Topology) (out []evidence.Kind) {
	brought := map[string]bool{}
	for _, thing := range t.Things {
		m := thing.Made()
		if brought[m.Kind] {
			continue
		}
		brought[m.Kind] = true
		out = append(out, evidence.Kind{Type: m.Kind, Says: []string{m.Named, m.Key}, One: m.Named, ARN: func(s evidence.Site, argument func(string) string) string {
			return s.ARN(m.Service, m.Within+argument(m.Named))
		}})
		if m.Policy != "" {
			out = append(out, evidence.Kind{Type: m.Policy, Says: []string{m.Of, "policy"}, One: m.Of})
		}
	}
	return out
}

// unaskedThings notes those that are none of the spec's, of kinds of which it has some.
func (p *prover) unaskedThings() {
	s, asked := subject{prover: p}, map[string]map[string]bool{}
	for _, t := range p.topology.Things {
		m := t.Made()
		if asked[m.Kind] == nil {
			asked[m.Kind] = map[string]bool{}
		}
		asked[m.Kind][m.ARN()] = true
	}
	for kind, of := range asked {
		for _, r := range p.Of(kind) {
			if arn := r.Computed("arn"); !of[arn] {
				s.stranger(r, "whom its own arguments let in", "resource `"+r.Address()+"`")
			}
		}
	}
}
