// Package policy holds IAM policy documents as values.
//
// A string of a policy is a Text: what the spec decides is literal, and what is known only after apply (the id
// of a subnet, the ARN of a key) is the Terraform address it will be read from.
package policy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Document is one policy. It is written in the language version 2012-10-17.
type Document struct {
	Statements []Statement
}

// A Statement allows or denies. Zero fields are left out of the document.
type Statement struct {
	Reason     string // why the statement is there, for the reader of the Terraform; one line or empty
	Sid        string
	Effect     Effect
	Principal  Principal
	Actions    []string
	Resources  []Text
	Conditions []Condition
}

// An Effect is "Allow" or "Deny".
type Effect string

const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// A Principal is who a resource's policy speaks of. The zero Principal belongs to identity policies, which name none.
type Principal struct {
	Kind string // "*", "AWS", "Service" or "Federated"
	IDs  []Text // none for "*"
}

// Anyone is every principal, signed in or not.
var Anyone = Principal{Kind: "*"}

// Service is an AWS service acting on its own: "codebuild.amazonaws.com".
func Service(name string) Principal { return Principal{Kind: "Service", IDs: []Text{Literal(name)}} }

// Accounts are whole accounts, by the ARN of their root: what their own policies allow counts.
func Accounts(rootARNs ...string) Principal {
	return Principal{Kind: "AWS", IDs: Literals(rootARNs...)}
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

// SameRule tells whether two statements say the same, whatever their reasons and Sids.
func (s Statement) SameRule(t Statement) bool {
	return s.Effect == t.Effect && s.Principal.Kind == t.Principal.Kind && sameTexts(s.Principal.IDs, t.Principal.IDs) &&
		slices.Equal(s.Actions, t.Actions) && sameTexts(s.Resources, t.Resources) && slices.EqualFunc(s.Conditions, t.Conditions, Condition.Equal)
}

// Equal tells whether two conditions are the same.
func (c Condition) Equal(d Condition) bool {
	return c.Operator == d.Operator && c.Key == d.Key && sameTexts(c.Values, d.Values)
}

func sameTexts(a, b []Text) bool {
	return slices.EqualFunc(a, b, func(x, y Text) bool { return slices.Equal(x.parts, y.parts) })
}

// A Text is a string of a policy: literal text, Terraform addresses, or both joined.
type Text struct{ parts []Part }

// A Part of a Text is literal text or the address of a value that is known after apply.
type Part struct {
	Text      string
	IsAddress bool
}

// Literal is text that means itself.
func Literal(s string) Text { return Text{[]Part{{Text: s}}} }

// Literals turns several strings into Texts.
func Literals(ss ...string) []Text {
	out := make([]Text, len(ss))
	for i, s := range ss {
		out[i] = Literal(s)
	}
	return out
}

// Address is the value at a Terraform address, given step by step: Address("aws_vpc", "ci", "id").
// A step that is no identifier is a bug of the caller's and panics: nothing else keeps a name from becoming code.
func Address(steps ...string) Text {
	for _, s := range steps {
		if !IsIdentifier(s) {
			panic(fmt.Sprintf("policy: %q in an address is not an identifier", s))
		}
	}
	return Text{[]Part{{Text: strings.Join(steps, "."), IsAddress: true}}}
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// IsIdentifier tells whether a string can stand as a name in Terraform code. ASCII only, which is all that postern writes.
func IsIdentifier(s string) bool { return identifier.MatchString(s) }

// Join puts texts one after the other.
func Join(texts ...Text) Text {
	var out Text
	for _, t := range texts {
		out.parts = append(out.parts, t.parts...)
	}
	return out
}

// Parts returns what the text is made of, in order.
func (t Text) Parts() []Part { return t.parts }

// String shows the text as Terraform would: addresses in ${…}.
func (t Text) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.IsAddress {
			b.WriteString("${" + p.Text + "}")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// addressLength is what a value known after apply counts for in Size: more than any ARN or id that postern reads.
const addressLength = 128

// Size is the length of the document in characters as AWS counts it: without white space, addresses taken as addressLength.
func (d Document) Size() int {
	n := len(`{"Version":"2012-10-17","Statement":[]}`)
	for i, s := range d.Statements {
		if i > 0 {
			n++
		}
		n += s.size()
	}
	return n
}

func (s Statement) size() int {
	n := len(`{"Effect":""}`) + len(s.Effect)
	if s.Sid != "" {
		n += len(`"Sid":"",`) + len(s.Sid)
	}
	switch s.Principal.Kind {
	case "":
	case "*":
		n += len(`"Principal":"*",`)
	default:
		n += len(`"Principal":{"":},`) + len(s.Principal.Kind) + sizeOf(s.Principal.IDs)
	}
	if len(s.Actions) > 0 {
		n += len(`"Action":,`) + sizeOf(Literals(s.Actions...))
	}
	if len(s.Resources) > 0 {
		n += len(`"Resource":,`) + sizeOf(s.Resources)
	}
	for _, c := range s.Conditions { // each counted with braces of its own, so never too little
		n += len(`"Condition":{"":{"":}},`) + len(c.Operator) + len(c.Key) + sizeOf(c.Values)
	}
	return n
}

// sizeOf is the length of a JSON list of texts, or of the one text.
func sizeOf(texts []Text) int {
	n := len(texts) - 1 + len(`[]`)
	for _, t := range texts {
		n += len(`""`)
		for _, p := range t.parts {
			if p.IsAddress {
				n += addressLength
				continue
			}
			quoted, _ := json.Marshal(p.Text) // strings always marshal
			n += len(quoted) - len(`""`)
		}
	}
	return n
}
