package proof

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/policy"
)

// isVerbatim tells whether policies allow just what the question wants, word for word: every action on every resource by
// everybody whom one of their statements names is in some want, on the same conditions, and the other way round. What is
// postern's own mostly is, and then no request needs to be told apart. With false, nothing is known yet.
func (q question) isVerbatim() bool {
	if len(q.decide) == 0 {
		return len(q.wants) == 0
	}
	if !q.ofOneKind() || len(q.within) > 0 && q.decide[0].Kind != policy.Identity {
		return false
	}
	kind := q.decide[0].Kind
	said, wanted := words{}, words{}
	for _, p := range q.decide {
		for _, s := range p.Document.Statements {
			if !said.add(s, kind) {
				return false
			}
		}
	}
	for _, w := range q.wants {
		if !wanted.add(w.Statement, kind) {
			return false
		}
	}
	return len(said) == len(wanted) && !slices.ContainsFunc(said.all(), func(w word) bool { return !wanted[w] })
}

// decided checks that all wants of a question get through, by the claim less, and what must not get through by more. It tells of which
// wants that is so.
func (s subject) decided(q question, less Claim, more func(*ruling)) []bool {
	if q.isVerbatim() {
		s.report.Claims += len(q.wants) + 1
		return slices.Repeat([]bool{true}, len(q.wants))
	}
	r, ok := s.ask(q)
	if !ok {
		return make([]bool, len(q.wants))
	}
	more(r)
	return r.nothingLess(less)
}

// A word is one action on one resource by somebody, on conditions.
type word struct{ who, action, resource, conditions string }

// words are what statements allow, taken apart.
type words map[word]bool

func (ws words) all() (out []word) {
	for w := range ws {
		out = append(out, w)
	}
	return out
}

// add takes a statement apart. It returns false for one that denies, or allows all but some.
func (ws words) add(s policy.Statement, kind policy.Kind) bool {
	if s.Effect != policy.Allow || len(s.NotActions)+len(s.NotResources) > 0 || s.NotPrincipal.Kind != "" {
		return false
	}
	who, conditions := whom(s, kind)
	resources := s.Resources
	if len(resources) == 0 {
		resources = policy.Literals("*") // of the one that the policy belongs to
	}
	for _, w := range who {
		for _, action := range s.Actions {
			for _, r := range resources {
				ws[word{w, strings.ToLower(action), r.String(), conditions}] = true
			}
		}
	}
	return true
}

// whom are those whom a statement speaks of, and its conditions on anything else. Whoever is named by aws:PrincipalArn, out of
// the account, is named like a principal; out of everybody by an endpoint alone, which gives nothing by itself. A policy of a caller
// speaks of nobody but whom it is attached to.
func whom(s policy.Statement, of policy.Kind) (who []string, conditions string) {
	own := of == policy.Identity
	var rest []string
	var arns []policy.Text
	for _, c := range s.Conditions {
		if !own && arns == nil && c.Operator == "ArnEquals" && strings.EqualFold(c.Key, "aws:PrincipalArn") && !slices.ContainsFunc(c.Values, isOpen) {
			arns = c.Values
			continue
		}
		var values []string
		for _, v := range c.Values {
			values = append(values, v.String())
		}
		slices.Sort(values)
		rest = append(rest, c.Operator+" "+strings.ToLower(c.Key)+" "+strings.Join(values, "\n"))
	}
	slices.Sort(rest)
	conditions = strings.Join(rest, "\n\n")
	if own {
		return []string{""}, conditions
	}
	for _, p := range s.Principal.Kinds() {
		if p.Kind == "*" {
			p.IDs = policy.Literals("*")
		}
		for _, id := range p.IDs {
			who = append(who, among(p, id, arns, of == policy.Endpoint)...)
		}
	}
	return who, conditions
}

// isOpen tells whether a value may stand for several.
func isOpen(v policy.Text) bool { return strings.ContainsAny(v.String(), "*?") }

// among are those of a principal who have one of some ARNs; without any, the principal.
func among(p policy.Principal, id policy.Text, arns []policy.Text, everybody bool) (out []string) {
	root := strings.HasSuffix(id.String(), ":root")
	if len(arns) == 0 {
		return []string{p.Kind + " " + id.String()}
	}
	for _, arn := range arns {
		if p.Kind == "*" && everybody || p.Kind == "AWS" && root && accountIn(id.String()) == accountIn(arn.String()) {
			out = append(out, "AWS "+arn.String())
		} else {
			out = append(out, p.Kind+" "+id.String()+" as "+arn.String())
		}
	}
	return out
}
