package policy

import "slices"

// A Document is one policy. It is written in the language version 2012-10-17.
type Document struct {
	ID         string // rarely given
	Statements []Statement
}

// A Statement allows or denies. Zero fields are left out of the document.
type Statement struct {
	Reason       string // why the statement is there, for the reader of the Terraform; one line or empty
	Sid          string
	Effect       Effect
	Principal    Principal
	NotPrincipal Principal // in a Deny: everyone but these
	Actions      []string
	NotActions   []string // all actions but these, in place of Actions
	Resources    []Text
	NotResources []Text // all resources but these, in place of Resources
	Conditions   []Condition
}

// An Effect is "Allow" or "Deny".
type Effect string

const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// A Principal is who a resource's policy speaks of. The zero Principal belongs to identity policies, which name none.
type Principal struct {
	Kind string      // "*", "AWS", "Service", "Federated" or "CanonicalUser"
	IDs  []Text      // none for "*"
	Or   []Principal // principals of other kinds in the same element
}

// Anyone is every principal, signed in or not.
var Anyone = Principal{Kind: "*"}

// Service is an AWS service acting on its own: "codebuild.amazonaws.com".
func Service(name string) Principal { return Principal{Kind: "Service", IDs: []Text{Literal(name)}} }

// Accounts are whole accounts, by the ARN of their root: what their own policies allow counts.
func Accounts(rootARNs ...string) Principal {
	return Principal{Kind: "AWS", IDs: Literals(rootARNs...)}
}

// Federated is who signs in through an identity provider, by the provider's ARN.
func Federated(provider Text) Principal { return Principal{Kind: "Federated", IDs: []Text{provider}} }

// Kinds are the principals of the element, kind by kind; none for the zero Principal.
func (p Principal) Kinds() []Principal {
	if p.Kind == "" {
		return nil
	}
	return append([]Principal{{Kind: p.Kind, IDs: p.IDs}}, p.Or...)
}

// Equal tells whether two elements name the same principals in the same order.
func (p Principal) Equal(q Principal) bool {
	return p.Kind == q.Kind && sameTexts(p.IDs, q.IDs) && slices.EqualFunc(p.Or, q.Or, Principal.Equal)
}

// A Condition compares one key of the request with values, any of which may match.
type Condition struct {
	Operator string // "StringEquals", "ArnLike", …
	Key      string // "aws:PrincipalArn", …
	Values   []Text
}

// When is a Condition on literal values.
func When(operator, key string, values ...string) Condition {
	return Condition{Operator: operator, Key: key, Values: Literals(values...)}
}

// Equal tells whether two conditions are the same.
func (c Condition) Equal(d Condition) bool {
	return c.Operator == d.Operator && c.Key == d.Key && sameTexts(c.Values, d.Values)
}

// SameRule tells whether two statements say the same, whatever their reasons and Sids.
func (s Statement) SameRule(t Statement) bool {
	return s.Effect == t.Effect && s.Principal.Equal(t.Principal) && s.NotPrincipal.Equal(t.NotPrincipal) &&
		slices.Equal(s.Actions, t.Actions) && slices.Equal(s.NotActions, t.NotActions) &&
		sameTexts(s.Resources, t.Resources) && sameTexts(s.NotResources, t.NotResources) &&
		slices.EqualFunc(s.Conditions, t.Conditions, Condition.Equal)
}

// Map is the document with every text that can hold an address replaced: principals, resources, values of conditions.
func (d Document) Map(replace func(Text) Text) Document {
	out := Document{ID: d.ID, Statements: slices.Clone(d.Statements)}
	for i := range out.Statements {
		s := &out.Statements[i]
		s.Principal, s.NotPrincipal = s.Principal.mapped(replace), s.NotPrincipal.mapped(replace)
		s.Resources, s.NotResources = mapped(s.Resources, replace), mapped(s.NotResources, replace)
		s.Conditions = slices.Clone(s.Conditions)
		for j := range s.Conditions {
			s.Conditions[j].Values = mapped(s.Conditions[j].Values, replace)
		}
	}
	return out
}

func (p Principal) mapped(replace func(Text) Text) Principal {
	p.IDs, p.Or = mapped(p.IDs, replace), slices.Clone(p.Or)
	for i := range p.Or {
		p.Or[i] = p.Or[i].mapped(replace)
	}
	return p
}

func mapped(texts []Text, replace func(Text) Text) []Text {
	out := slices.Clone(texts)
	for i := range out {
		out[i] = replace(out[i])
	}
	return out
}
