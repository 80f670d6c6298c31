package policy

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// A node is a JSON value with its place. Unlike encoding/json's own values it keeps keys that are given twice.
type node struct {
	kind    nodeKind
	text    string // of a string, number or boolean
	items   []node
	members []member
	offset  int
}

type member struct {
	key   string
	at    node // the key's place
	value node
}

type nodeKind string

const (
	nullNode   nodeKind = "null"
	boolNode   nodeKind = "a boolean"
	numberNode nodeKind = "a number"
	stringNode nodeKind = "a string"
	listNode   nodeKind = "a list"
	objectNode nodeKind = "an object"
)

// depthLimit is deeper than any policy, and keeps hostile text from growing the stack.
const depthLimit = 16

type jsonReader struct {
	text    string
	decoder *json.Decoder
}

func readJSON(text string) (node, error) {
	if !utf8.ValidString(text) {
		return node{}, parseError(text, 0, "", "the text is not UTF-8")
	}
	r := jsonReader{text, json.NewDecoder(strings.NewReader(text))}
	r.decoder.UseNumber()
	n, err := r.value(0)
	if err != nil {
		return node{}, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, r.error("there is more after the document")
	}
	return n, nil
}

func (r *jsonReader) error(problem string) error {
	return parseError(r.text, int(r.decoder.InputOffset()), "", problem)
}

// token returns the next token and where it starts.
func (r *jsonReader) token() (json.Token, node, error) {
	start := int(r.decoder.InputOffset())
	t, err := r.decoder.Token()
	if errors.Is(err, io.EOF) {
		return nil, node{}, r.error("the text ends too early")
	}
	if err != nil {
		return nil, node{}, r.error(strings.TrimPrefix(err.Error(), "json: "))
	}
	rest := r.text[start:]
	return t, node{offset: start + len(rest) - len(strings.TrimLeft(rest, " \t\r\n,:"))}, nil
}

func (r *jsonReader) value(depth int) (node, error) {
	t, n, err := r.token()
	if err != nil {
		return n, err
	}
	switch t := t.(type) {
	case string:
		n.kind, n.text = stringNode, t
	case json.Number:
		n.kind, n.text = numberNode, t.String()
	case bool:
		n.kind, n.text = boolNode, map[bool]string{true: "true", false: "false"}[t]
	case nil:
		n.kind = nullNode
	case json.Delim:
		if depth == depthLimit {
			return n, r.error("no policy is nested so deeply")
		}
		if t == '[' {
			return r.list(n, depth)
		}
		return r.object(n, depth)
	}
	return n, nil
}

func (r *jsonReader) list(n node, depth int) (node, error) {
	n.kind = listNode
	for r.decoder.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.items = append(n.items, item)
	}
	_, _, err := r.token()
	return n, err
}

func (r *jsonReader) object(n node, depth int) (node, error) {
	n.kind = objectNode
	for r.decoder.More() {
		key, at, err := r.token()
		if err != nil {
			return n, err
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.members = append(n.members, member{key.(string), at, value}) // the decoder lets no other key through
	}
	_, _, err := r.token()
	return n, err
}
