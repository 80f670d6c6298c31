package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A ParseError is one mistake in a document, and where it is.
type ParseError struct {
	Line, Column int    // from 1; 0: of a value
	Path         string // "Statement[0].Condition.Bool"
	Problem      string
}

func (e *ParseError) Error() string {
	at := e.Problem
	if e.Path != "" {
		at = e.Path + ": " + at
	}
	if e.Line == 0 {
		return at
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, at)
}

// Parse reads a document from JSON text. It is strict: whatever the IAM User Guide's "Grammar of the IAM JSON policy
// language" has no place for is an error, and so is a key given twice. The error joins a *ParseError for each mistake.
func Parse(text string) (Document, error) {
	root, err := readJSON(text)
	if err != nil {
		return Document{}, err
	}
	p := parser{text: text}
	d := p.document(root)
	return d, errors.Join(p.errs...)
}

// A parser reads a document; text is what it was before, "" of a value.
type parser struct {
	text string
	errs []error
}

func (p *parser) fail(at node, path, format string, args ...any) {
	err := &ParseError{Path: path, Problem: fmt.Sprintf(format, args...)}
	if p.text != "" {
		err = parseError(p.text, at.offset, path, err.Problem)
	}
	p.errs = append(p.errs, err)
}

func parseError(text string, offset int, path, problem string) *ParseError {
	before := text[:min(offset, len(text))]
	line := strings.Count(before, "\n")
	return &ParseError{Line: line + 1, Column: len(before) - strings.LastIndexByte(before, '\n'), Path: path, Problem: problem}
}

// elements are the values of an object by key. Keys that are given twice or that the grammar has no place for are errors.
func (p *parser) elements(n node, path string, known ...string) map[string]node {
	out := map[string]node{}
	if n.kind != objectNode {
		p.fail(n, path, "an object is wanted, not %s", n.kind)
		return out
	}
	for _, m := range n.members {
		switch _, twice := out[m.key]; {
		case twice:
			p.fail(m.at, path, "%q is given twice", m.key)
		case !slices.Contains(known, m.key):
			p.fail(m.at, path, "%q is unknown here", m.key)
		default:
			out[m.key] = m.value
		}
	}
	return out
}

func (p *parser) document(n node) Document {
	var d Document
	elements := p.elements(n, "", "Version", "Id", "Statement")
	if v, given := elements["Version"]; !given || v.kind != stringNode || v.text != version {
		p.fail(n, "Version", "must be %q: older versions take policy variables literally", version)
	}
	if id, given := elements["Id"]; given {
		d.ID = p.str(id, "Id")
	}
	statements, given := elements["Statement"]
	switch {
	case !given:
		p.fail(n, "Statement", "is missing")
	case statements.kind == listNode && len(statements.items) == 0:
		p.fail(statements, "Statement", "is empty")
	case statements.kind == listNode:
		for i, s := range statements.items {
			d.Statements = append(d.Statements, p.statement(s, fmt.Sprintf("Statement[%d]", i)))
		}
	default:
		d.Statements = []Statement{p.statement(statements, "Statement")}
	}
	return d
}

func (p *parser) statement(n node, path string) Statement {
	elements := p.elements(n, path, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
	var s Statement
	read := func(key string, into func(node, string)) {
		if n, given := elements[key]; given {
			into(n, path+"."+key)
		}
	}
	read("Sid", func(n node, path string) { s.Sid = p.str(n, path) })
	read("Effect", func(n node, path string) { s.Effect = Effect(p.str(n, path)) })
	read("Principal", func(n node, path string) { s.Principal = p.principal(n, path) })
	read("NotPrincipal", func(n node, path string) { s.NotPrincipal = p.principal(n, path) })
	read("Action", func(n node, path string) { s.Actions = p.strings(n, path) })
	read("NotAction", func(n node, path string) { s.NotActions = p.strings(n, path) })
	read("Resource", func(n node, path string) { s.Resources = Literals(p.strings(n, path)...) })
	read("NotResource", func(n node, path string) { s.NotResources = Literals(p.strings(n, path)...) })
	read("Condition", func(n node, path string) { s.Conditions = p.conditions(n, path) })
	if n.kind == objectNode {
		p.check(n, path, elements)
	}
	return s
}

// check reports elements that are missing or exclude each other.
func (p *parser) check(n node, path string, elements map[string]node) {
	if e, given := elements["Effect"]; !given {
		p.fail(n, path, `"Effect" is missing`)
	} else if e.kind == stringNode && e.text != string(Allow) && e.text != string(Deny) {
		p.fail(e, path+".Effect", `must be "Allow" or "Deny", not %q`, e.text)
	}
	for _, element := range []string{"Principal", "Action", "Resource"} {
		_, is := elements[element]
		if _, not := elements["Not"+element]; is && not {
			p.fail(n, path, "%q and %q exclude each other", element, "Not"+element)
		} else if !is && !not && element == "Action" {
			p.fail(n, path, `"Action" is missing`)
		}
	}
}

func (p *parser) principal(n node, path string) Principal {
	if n.kind == stringNode {
		if n.text != "*" {
			p.fail(n, path, `must be "*" or an object, not %q`, n.text)
		}
		return Anyone
	}
	elements := p.elements(n, path, principalKinds...)
	var all []Principal
	for _, m := range n.members {
		if value, known := elements[m.key]; known {
			all = append(all, Principal{Kind: m.key, IDs: Literals(p.strings(value, path+"."+m.key)...)})
			delete(elements, m.key)
		}
	}
	if len(all) == 0 {
		if n.kind == objectNode && len(n.members) == 0 {
			p.fail(n, path, "names nobody")
		}
		return Principal{}
	}
	first := all[0]
	if len(all) > 1 {
		first.Or = all[1:]
	}
	return first
}

var principalKinds = []string{"AWS", "Service", "Federated", "CanonicalUser"}

func (p *parser) conditions(n node, path string) []Condition {
	if n.kind != objectNode {
		p.fail(n, path, "an object is wanted, not %s", n.kind)
		return nil
	}
	var out []Condition
	seen := map[string]bool{}
	for _, operator := range n.members {
		at := path + "." + operator.key
		if _, known := parseOperator(operator.key); !known {
			p.fail(operator.at, path, "%q is no condition operator", operator.key)
		}
		if seen[operator.key] {
			p.fail(operator.at, path, "%q is given twice", operator.key)
		}
		seen[operator.key] = true
		out = append(out, p.keys(operator, at)...)
	}
	return out
}

// keys are the conditions of one operator. The names of keys ignore case, so a key is given twice in whatever case.
func (p *parser) keys(operator member, path string) []Condition {
	if operator.value.kind != objectNode {
		p.fail(operator.value, path, "an object is wanted, not %s", operator.value.kind)
		return nil
	}
	var out []Condition
	seen := map[string]bool{}
	for _, key := range operator.value.members {
		if name := strings.ToLower(key.key); seen[name] {
			p.fail(key.at, path, "%q is given twice", key.key)
		} else {
			seen[name] = true
		}
		values := p.scalars(key.value, path+"."+key.key)
		out = append(out, Condition{Operator: operator.key, Key: key.key, Values: Literals(values...)})
	}
	return out
}

func (p *parser) str(n node, path string) string {
	if n.kind != stringNode {
		p.fail(n, path, "a string is wanted, not %s", n.kind)
	}
	return n.text
}

// strings reads one string, or a list of at least one.
func (p *parser) strings(n node, path string) []string { return p.list(n, path, p.str) }

// scalars reads values of conditions, which may be numbers and booleans too: they mean their text.
func (p *parser) scalars(n node, path string) []string {
	return p.list(n, path, func(n node, path string) string {
		if n.kind == numberNode || n.kind == boolNode {
			return n.text
		}
		return p.str(n, path)
	})
}

func (p *parser) list(n node, path string, one func(node, string) string) []string {
	if n.kind != listNode {
		return []string{one(n, path)}
	}
	if len(n.items) == 0 {
		p.fail(n, path, "is empty")
	}
	out := make([]string, len(n.items))
	for i, item := range n.items {
		out[i] = one(item, fmt.Sprintf("%s[%d]", path, i))
	}
	return out
}
