package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Kind is the part that a policy plays in a decision (IAM User Guide, "Policies and permissions", policy types).
type Kind int

const (
	Identity Kind = iota // what the caller may do
	Boundary             // the most that identity policies may give the caller: a permissions boundary
	Session              // the most that a session may do, given when the role was assumed
	Endpoint             // what may pass a VPC endpoint
	Resource             // who may use a resource: a bucket, a queue, an image repository
	Trust                // who may assume a role
	Key                  // who may use a KMS key
	Kinds                // how many there are
)

func (k Kind) String() string {
	return [Kinds]string{
		"identity policy", "permissions boundary", "session policy", "endpoint policy", "resource policy", "trust policy", "key policy",
	}[k]
}

// namesPrincipals tells whether the statements of such a policy say whom they speak of.
func (k Kind) namesPrincipals() bool { return k >= Endpoint }

// A Policy is a document ready for evaluation. It may be used by several goroutines.
type Policy struct {
	Kind       Kind
	Name       string // whose it is, for the reader of a decision: "role deploy", "bucket acme-web"
	Document   Document
	statements []statement
}

// Compile prepares a document for the part it plays. Its error joins all reasons for which AWS would refuse the policy, or
// which leave open what it means (IAM User Guide, "IAM policy validation check reference").
func Compile(kind Kind, name string, d Document) (*Policy, error) {
	p := &Policy{Kind: kind, Name: name, Document: d, statements: make([]statement, len(d.Statements))}
	var errs []error
	for i := range d.Statements {
		if err := p.compile(i); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", Hit{Policy: p, Index: i}, err))
		}
		same := func(s Statement) bool { return s.Sid != "" && s.Sid == d.Statements[i].Sid }
		if slices.ContainsFunc(d.Statements[:i], same) {
			errs = append(errs, fmt.Errorf("%s: another statement has the same Sid", Hit{Policy: p, Index: i}))
		}
	}
	return p, errors.Join(errs...)
}

// A statement is a Statement ready for evaluation.
type statement struct {
	index        int
	effect       Effect
	principals   principals
	notPrincipal bool
	actions      []pattern
	notAction    bool
	resources    []arnPattern // none: the resource that the policy belongs to
	notResource  bool
	tests        []test
}

func (p *Policy) compile(i int) error {
	source := &p.Document.Statements[i]
	s := statement{
		index: i, effect: source.Effect,
		notPrincipal: source.NotPrincipal.Kind != "",
		notAction:    len(source.NotActions) > 0, notResource: len(source.NotResources) > 0,
	}
	errs := p.Kind.refuse(source)
	named := source.Principal
	if s.notPrincipal {
		named = source.NotPrincipal
	}
	var err error
	if s.principals, err = compilePrincipals(named); err != nil {
		errs = append(errs, err)
	}
	for _, action := range slices.Concat(source.Actions, source.NotActions) {
		s.actions = append(s.actions, withWildcards(strings.ToLower(withoutSymbols(action))))
	}
	for _, resource := range encodedAll(slices.Concat(source.Resources, source.NotResources)) {
		r := newARNPattern(resource)
		if err := r.check(resource); err != nil && resource != "*" {
			errs = append(errs, fmt.Errorf("resource %w", err))
		}
		s.resources = append(s.resources, r)
	}
	for j := range source.Conditions {
		t, err := compileCondition(&source.Conditions[j])
		if err != nil {
			errs = append(errs, err)
		}
		s.tests = append(s.tests, t)
	}
	p.statements[i] = s
	return errors.Join(errs...)
}

// refuse returns what a policy of the kind must not say. NotPrincipal is for the Deny statements of resources other than
// roles ("AWS JSON policy elements: NotPrincipal").
func (k Kind) refuse(s *Statement) (errs []error) {
	refuse := func(wrong bool, why string) {
		if wrong {
			errs = append(errs, errors.New(why))
		}
	}
	principal, not := s.Principal.Kind != "", s.NotPrincipal.Kind != ""
	resources := len(s.Resources) + len(s.NotResources)
	refuse(s.Effect != Allow && s.Effect != Deny, `the effect must be "Allow" or "Deny"`)
	refuse((len(s.Actions) > 0) == (len(s.NotActions) > 0), "either actions or all but some must be given")
	refuse(len(s.Resources) > 0 && len(s.NotResources) > 0, "resources and all but some exclude each other")
	refuse(k.namesPrincipals() && principal == not, "either principals or all but some must be given")
	refuse(!k.namesPrincipals() && (principal || not), "it speaks of whom it is attached to, and names no principal")
	refuse(not && s.Effect == Allow, "NotPrincipal is for Deny")
	refuse(not && k == Trust, "a trust policy has no NotPrincipal")
	refuse(k == Trust && resources > 0, "a trust policy speaks of its role, and names no resource")
	refuse(k < Resource && resources == 0, "resources are missing")
	return append(errs, givenTwice(s.Conditions)...)
}

func givenTwice(conditions []Condition) (errs []error) {
	seen := map[[2]string]bool{}
	for _, c := range conditions {
		at := [2]string{c.Operator, strings.ToLower(c.Key)}
		if seen[at] {
			errs = append(errs, fmt.Errorf("%s %s is given twice", c.Operator, c.Key))
		}
		seen[at] = true
		if len(c.Values) == 0 {
			errs = append(errs, fmt.Errorf("%s %s has no value", c.Operator, c.Key))
		}
	}
	return errs
}
