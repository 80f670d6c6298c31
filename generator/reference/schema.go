package reference

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/postern-dev/postern/generator/spec"
)

// A schema is a JSON Schema of the draft 2020-12.
type schema map[string]any

// whole is the pattern of text that is one expression, and so need not come to text.
const whole = `^\$\{[\s\S]*\}$`

// The rules of the schema are: it refuses what the reader refuses for its form, as far as that can be told without working
// out expressions. An expression, text with "${", may come to anything, but a reference to a block as a whole is known for what
// it is. What makes no sense for other reasons is for package topology.

// Schema is the JSON Schema of the JSON form of specs.
func Schema(language *spec.Kind) []byte {
	s := schemer{defs: schema{"comment": schema{"description": "a comment, which nothing reads"}}}
	for _, k := range language.Inner {
		if k.Named {
			s.kinds = append(s.kinds, k.Word)
		}
	}
	s.defs["template"] = s.template(`[$%]\{`, nil)
	s.defs["expression"] = s.template(whole, nil)
	properties := schema{
		"//":     ref("comment"),
		"locals": oneOrMany(schema{"type": "object", "description": "names with values, for references such as local.NAME"}),
	}
	for _, k := range language.Inner {
		properties[k.Word] = s.block(k)
	}
	return written(schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "A spec of postern, in the JSON form of HCL",
		"type":    "object", "properties": properties, "additionalProperties": false,
		"$defs": s.defs,
	})
}

func written(s schema) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		panic(err) // it holds text, numbers, flags, lists and schemas
	}
	return b.Bytes()
}

func ref(name string) schema { return schema{"$ref": "#/$defs/" + name} }

func anyOf(schemas ...schema) schema { return schema{"anyOf": schemas} }

// orNull is for what may be null, which is as if it were not there.
func orNull(s schema) schema { return anyOf(s, schema{"type": "null"}) }

// oneOrMany is for blocks: HCL takes a list where several may stand, and where one may.
func oneOrMany(s schema) schema { return anyOf(s, schema{"type": "array", "items": s}) }

// A schemer collects the schemas of blocks and of values.
type schemer struct {
	defs  schema
	kinds []string // that can be referred to
}

// block is the schema of what stands under the word of a block.
func (s schemer) block(k *spec.Kind) schema {
	s.defs[k.Word] = s.body(k)
	switch body := ref(k.Word); {
	case k.Named:
		return oneOrMany(schema{
			"type": "object", "propertyNames": schema{"pattern": "^[a-z]([a-z0-9]|-[a-z0-9])*$", "maxLength": 32}, "additionalProperties": body,
		})
	case k.Repeated:
		return oneOrMany(body)
	default:
		return anyOf(body, schema{"type": "array", "items": body, "maxItems": 1})
	}
}

// body is the schema of what stands in a block.
func (s schemer) body(k *spec.Kind) schema {
	properties := schema{"//": ref("comment")}
	var required []string
	for _, p := range k.Parameters {
		properties[p.Name] = s.parameter(p)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	for _, in := range k.Inner {
		properties[in.Word] = s.block(in)
		if in.Required {
			required = append(required, in.Word)
		}
	}
	body := schema{"type": "object", "description": about(k), "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		body["required"] = required
	}
	if rules := together(k); len(rules) > 0 {
		body["allOf"] = rules
	}
	return body
}

// about is what to know of a block, in a line.
func about(k *spec.Kind) string {
	line, _, _ := strings.Cut(k.About, "\n")
	if strings.HasPrefix(line, "|") {
		line = ""
	}
	return strings.TrimSpace(k.Noun + ": " + cmp.Or(k.Meaning, line))
}

// together are the rules of what stands in a block together.
func together(k *spec.Kind) []schema {
	var rules []schema
	for _, p := range k.Parameters {
		if p.NeededBy != "" {
			rules = append(rules, schema{"dependentRequired": map[string][]string{p.NeededBy: {p.Name}}})
		}
	}
	for i, one := range k.Inner {
		for _, other := range k.Inner[i+1:] {
			if k.Exclusive {
				rules = append(rules, schema{"not": schema{"required": []string{one.Word, other.Word}}})
			}
		}
	}
	return rules
}

func (s schemer) parameter(p spec.Parameter) schema {
	value := s.argument(p.Type)
	if !p.Required {
		value = orNull(value)
	}
	if p.Meaning != "" {
		value["description"] = p.Meaning
	}
	if p.Type.Default != nil {
		value["default"] = p.Type.Default
	}
	return value
}

func (s schemer) argument(t spec.Type) schema {
	switch {
	case t.Form == spec.Pairs:
		return anyOf(schema{"type": "object", "additionalProperties": orNull(s.value(spec.Type{Form: spec.Text}))}, ref("expression"))
	case t.List:
		return anyOf(schema{"type": "array", "items": orNull(s.value(t))}, ref("expression"))
	}
	return s.value(t)
}

// value is the schema of one value. Those that stand in many places have a name.
func (s schemer) value(t spec.Type) schema {
	switch {
	case t.Form == spec.Flag:
		return s.named("a flag", anyOf(schema{"enum": []any{true, false, "true", "false", "1", "0"}}, ref("template")))
	case t.Form == spec.Number:
		return s.named("a number", anyOf(schema{"type": "integer"}, schema{"type": "string", "pattern": "^[0-9]+$"}, ref("template")))
	case t.Form == spec.Reference:
		return s.named("a reference to "+strings.Join(t.Of, " or "), s.template(whole, t.Of))
	case t.Form == spec.Origin:
		return s.template("", t.Of)
	case len(t.Choices) > 0:
		return anyOf(schema{"enum": t.Choices}, ref("template"))
	}
	text := s.template("", nil)
	if t.Quoted {
		text["type"] = []string{"string", "boolean"}
		return text
	}
	text["type"] = []string{"string", "boolean", "number"}
	return s.named("text", text)
}

// named is a schema under a name, which no block has: it is not a word, or no word of a block.
func (s schemer) named(name string, is schema) schema {
	name = strings.ReplaceAll(name, " ", "-")
	s.defs[name] = is
	return ref(name)
}

// template is text of a pattern that is not a reference to a block as a whole, but for some kinds.
func (s schemer) template(pattern string, but []string) schema {
	others := slices.DeleteFunc(slices.Clone(s.kinds), func(kind string) bool { return slices.Contains(but, kind) })
	text := schema{"type": "string", "not": schema{"type": "string", "pattern": `^\$\{ *(` + strings.Join(others, "|") + `)\.[A-Za-z0-9_-]+ *\}$`}}
	if pattern != "" {
		text["pattern"] = pattern
	}
	return text
}
