package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// version is the language that policies are written in. Older ones know no policy variables, so Parse refuses them.
const version = "2012-10-17"

// JSON is the document as AWS takes it, without white space; addresses stand in it as ${…}.
func (d Document) JSON() string { return d.json(Text.String) }

// addressLength is what a value known after apply counts for in Size: more than any ARN or id that postern reads.
const addressLength = 128

var unknown = strings.Repeat("x", addressLength)

// Size is the length of the document in characters as AWS counts it: without white space, addresses taken as addressLength.
func (d Document) Size() int {
	return len(d.json(func(t Text) string { return t.write(func(string) string { return unknown }) }))
}

func (d Document) json(text func(Text) string) string {
	w := writer{text: text, first: true}
	w.Grow(2048) // most are shorter
	w.open('{')
	w.string("Version", version)
	w.string("Id", d.ID)
	w.key("Statement")
	w.open('[')
	for _, s := range d.Statements {
		w.comma()
		w.statement(s)
	}
	w.close(']')
	w.close('}')
	return w.String()
}

// A writer writes compact JSON. first tells that the open list or object has no element yet.
type writer struct {
	strings.Builder
	text  func(Text) string
	first bool
}

func (w *writer) open(bracket byte)  { w.WriteByte(bracket); w.first = true }
func (w *writer) close(bracket byte) { w.WriteByte(bracket); w.first = false }

func (w *writer) comma() {
	if !w.first {
		w.WriteByte(',')
	}
	w.first = false
}

// key begins a member of an object.
func (w *writer) key(name string) {
	w.comma()
	w.quote(name)
	w.WriteByte(':')
}

func (w *writer) quote(s string) {
	if !needsEscape(s) { // nearly all of them
		w.WriteByte('"')
		w.WriteString(s)
		w.WriteByte('"')
		return
	}
	quoted, _ := json.Marshal(s) // strings always marshal
	w.Write(quoted)
}

// needsEscape tells of a string whether JSON may write it otherwise than it is.
func needsEscape(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return true
		}
	}
	return false
}

// string writes a member that may be left out.
func (w *writer) string(key, value string) {
	if value != "" {
		w.key(key)
		w.quote(value)
	}
}

// oneOrMore writes a lone text without a list, as policies are written.
func (w *writer) oneOrMore(key string, all []Text) {
	w.key(key)
	if len(all) == 1 {
		w.quote(w.text(all[0]))
		return
	}
	w.open('[')
	for _, t := range all {
		w.comma()
		w.quote(w.text(t))
	}
	w.close(']')
}

// texts writes those of a statement that it may do without.
func (w *writer) texts(key string, all []Text) {
	if len(all) > 0 {
		w.oneOrMore(key, all)
	}
}

func (w *writer) statement(s Statement) {
	w.open('{')
	w.string("Sid", s.Sid)
	w.key("Effect")
	w.quote(string(s.Effect))
	w.principal("Principal", s.Principal)
	w.principal("NotPrincipal", s.NotPrincipal)
	w.texts("Action", Literals(s.Actions...))
	w.texts("NotAction", Literals(s.NotActions...))
	w.texts("Resource", s.Resources)
	w.texts("NotResource", s.NotResources)
	w.conditions(s.Conditions)
	w.close('}')
}

func (w *writer) principal(key string, p Principal) {
	if p.Kind == "" || p.Kind == "*" {
		w.string(key, p.Kind)
		return
	}
	w.key(key)
	w.open('{')
	for _, kind := range p.Kinds() {
		w.oneOrMore(kind.Kind, kind.IDs)
	}
	w.close('}')
}

// conditions groups the conditions by operator, each operator where it first appears.
func (w *writer) conditions(all []Condition) {
	if len(all) == 0 {
		return
	}
	w.key("Condition")
	w.open('{')
	for i, c := range all {
		same := func(o Condition) bool { return o.Operator == c.Operator }
		if slices.ContainsFunc(all[:i], same) {
			continue
		}
		w.key(c.Operator)
		w.open('{')
		for _, c := range all[i:] {
			if same(c) {
				w.oneOrMore(c.Key, c.Values)
			}
		}
		w.close('}')
	}
	w.close('}')
}
