package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// version is the language that policies are written in. Older ones know no policy variables, so Parse refuses them.
const version = "2012-10-17"

// JSON is the document as AWS takes it, without white space; addresses stand in it as ${…}.
func (d Document) JSON() string { return d.json(writer{text: Text.String}) }

// addressLength is what a value known after apply counts for in Size: more than any ARN or id that postern reads.
const addressLength = 128

// Size is the length of the document in characters as AWS counts it: without white space, addresses taken as addressLength.
func (d Document) Size() int {
	unknown := strings.Repeat("x", addressLength)
	size := func(t Text) string { return t.write(func(string) string { return unknown }) }
	return len(d.json(writer{text: size}))
}

func (d Document) json(w writer) string {
	top := []field{{"Version", func() { w.quote(version) }}}
	if d.ID != "" {
		top = append(top, field{"Id", func() { w.quote(d.ID) }})
	}
	top = append(top, field{"Statement", func() {
		w.open('[')
		for _, s := range d.Statements {
			w.comma()
			w.object(w.statement(s))
		}
		w.close(']')
	}})
	w.object(top)
	return w.String()
}

// A writer writes compact JSON. first tells that the open list or object has no element yet.
type writer struct {
	strings.Builder
	text  func(Text) string
	first bool
}

type field struct {
	key   string
	value func()
}

func (w *writer) open(bracket byte)  { w.WriteByte(bracket); w.first = true }
func (w *writer) close(bracket byte) { w.WriteByte(bracket); w.first = false }

func (w *writer) comma() {
	if !w.first {
		w.WriteByte(',')
	}
	w.first = false
}

func (w *writer) quote(s string) {
	if !strings.ContainsFunc(s, needsEscape) { // nearly all of them
		w.WriteByte('"')
		w.WriteString(s)
		w.WriteByte('"')
		return
	}
	quoted, _ := json.Marshal(s) // strings always marshal
	w.Write(quoted)
}

// needsEscape tells of a character whether JSON may write it otherwise than it is.
func needsEscape(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("\"\\<>&", r) }

func (w *writer) object(fields []field) {
	w.open('{')
	for _, f := range fields {
		w.comma()
		w.quote(f.key)
		w.WriteByte(':')
		f.value()
	}
	w.close('}')
}

// oneOrMore writes a lone text without a list, as policies are written.
func (w *writer) oneOrMore(texts []Text) {
	if len(texts) == 1 {
		w.quote(w.text(texts[0]))
		return
	}
	w.open('[')
	for _, t := range texts {
		w.comma()
		w.quote(w.text(t))
	}
	w.close(']')
}

func (w *writer) statement(s Statement) []field {
	var out []field
	add := func(key string, given bool, value func()) {
		if given {
			out = append(out, field{key, value})
		}
	}
	texts := func(key string, texts []Text) { add(key, len(texts) > 0, func() { w.oneOrMore(texts) }) }
	add("Sid", s.Sid != "", func() { w.quote(s.Sid) })
	add("Effect", true, func() { w.quote(string(s.Effect)) })
	add("Principal", s.Principal.Kind != "", func() { w.principal(s.Principal) })
	add("NotPrincipal", s.NotPrincipal.Kind != "", func() { w.principal(s.NotPrincipal) })
	texts("Action", Literals(s.Actions...))
	texts("NotAction", Literals(s.NotActions...))
	texts("Resource", s.Resources)
	texts("NotResource", s.NotResources)
	add("Condition", len(s.Conditions) > 0, func() { w.object(w.conditions(s.Conditions)) })
	return out
}

func (w *writer) principal(p Principal) {
	if p.Kind == "*" {
		w.quote("*")
		return
	}
	var fields []field
	for _, kind := range p.Kinds() {
		fields = append(fields, field{kind.Kind, func() { w.oneOrMore(kind.IDs) }})
	}
	w.object(fields)
}

// conditions groups the conditions by operator, each operator where it first appears.
func (w *writer) conditions(conditions []Condition) []field {
	var out []field
	var done []string
	for _, c := range conditions {
		if slices.Contains(done, c.Operator) {
			continue
		}
		done = append(done, c.Operator)
		var keys []field
		for _, same := range conditions {
			if same.Operator == c.Operator {
				keys = append(keys, field{same.Key, func() { w.oneOrMore(same.Values) }})
			}
		}
		out = append(out, field{c.Operator, func() { w.object(keys) }})
	}
	return out
}
