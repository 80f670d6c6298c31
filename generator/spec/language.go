package spec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// The language is declared where its blocks are, each in a file of its own, and nowhere else. The rules are:
//
//   - A block is a struct with a method that returns its Kind. The method binds each word to the field that holds what was
//     written, and presets the field with the default if that is a constant: what is declared is what is decoded.
//   - Reader, decoder, references, what diagnostics suggest, the reference for users and the schema of the JSON form follow
//     from the Kind. To add a word is to add a field and a Parameter.
//   - A word says what it is good for in Meaning, and a default that is no constant in Otherwise, both in Markdown.

// A Kind is a type of block. It describes the blocks and decodes them.
type Kind struct {
	Word       string // what it is written with: "network"
	Noun       string // "a network"
	About      string // what a reader should know first, in Markdown
	After      string // and what after its arguments
	Meaning    string // of a block inside of another, in a sentence
	Otherwise  string // of a block inside of another: what holds without it
	Named      bool   // it has a label, and references lead to it
	Repeated   bool   // the block around may hold several
	Required   bool   // the block around needs one; package topology says so
	Exclusive  bool   // at most one of the blocks inside
	Parameters []Parameter
	Inner      []*Kind
	Attributes []Attribute       // what references can read, sorted
	Claims     Claims            // of an issuer, or a form of one: what a role may say of its tokens
	Hints      map[string]string // what to do about arguments and blocks that people bring from elsewhere

	decode func(decoder, []*block) // puts what blocks of the kind say where it belongs
}

// A Parameter is an argument that a block takes.
type Parameter struct {
	Name      string
	Type      Type
	Required  bool
	NeededBy  string // the block inside that needs it
	Claim     bool   // it is what tokens say, in the words of their issuer
	Otherwise string // what holds when it is not written, unless that is a constant: in Markdown
	Meaning   string // in Markdown
	Example   string // its value, as one would write it
}

// An Attribute is what references can read of a block.
type Attribute struct {
	Name    string
	Meaning string // where the name does not say it
	read    func(*evaluator, *block) cty.Value
}

// Language is the spec as a whole: a kind that holds all others but locals, which takes any argument. The kinds that can be
// referred to are in the order in which they are worked out.
func Language() *Kind { return new(Spec).declare() }

// A lexicon finds kinds by their words.
type lexicon struct {
	grammar   map[string]*Kind           // all types of blocks but locals
	kinds     []string                   // those that can be referred to, in the order in which they are worked out
	roots     []string                   // the names that references start with
	outermost []string                   // the types of blocks that stand in no other block
	schemas   map[string]*hcl.BodySchema // the same for HCL's JSON form, which cannot tell a block from an argument by itself
}

func newLexicon(language *Kind) lexicon {
	l := lexicon{grammar: kindsIn(language)}
	for _, k := range language.Inner {
		if k.Named {
			l.kinds = append(l.kinds, k.Word)
		}
	}
	l.roots = append([]string{"local"}, l.kinds...)
	l.outermost = append([]string{"postern", "locals"}, l.kinds...)
	l.schemas = l.bodies()
	return l
}

func kindsIn(outer *Kind) map[string]*Kind {
	all := map[string]*Kind{}
	for _, k := range outer.Inner {
		all[k.Word] = k
		maps.Copy(all, kindsIn(k))
	}
	return all
}

// Parameter is the argument of a name, or nil.
func (k *Kind) Parameter(name string) *Parameter {
	i := slices.IndexFunc(k.Parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &k.Parameters[i]
}

// holding is the kind of the block inside that takes an argument, or nil.
func (k *Kind) holding(argument string) *Kind {
	i := slices.IndexFunc(k.Inner, func(in *Kind) bool { return in.Parameter(argument) != nil })
	if i < 0 {
		return nil
	}
	return k.Inner[i]
}

// around is what blocks of a kind stand in, or nil.
func (l *lexicon) around(k *Kind) *Kind {
	for _, outer := range l.grammar {
		if slices.Contains(outer.Inner, k) {
			return outer
		}
	}
	return nil
}

func (k *Kind) innerWords() []string {
	var words []string
	for _, in := range k.Inner {
		words = append(words, in.Word)
	}
	return words
}

func (k *Kind) parameterNames() []string {
	var names []string
	for _, p := range k.Parameters {
		names = append(names, p.Name)
	}
	return names
}

// attribute is what references read by a name, or nil.
func (k *Kind) attribute(name string) *Attribute {
	i := slices.IndexFunc(k.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &k.Attributes[i]
}

func (k *Kind) attributeNames() []string {
	var names []string
	for _, a := range k.Attributes {
		names = append(names, a.Name)
	}
	return names
}

func (l *lexicon) bodies() map[string]*hcl.BodySchema {
	all := map[string]*hcl.BodySchema{}
	for name, k := range l.grammar {
		schema := &hcl.BodySchema{}
		for _, p := range k.Parameters {
			schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: p.Name})
		}
		for _, inner := range k.Inner {
			schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: inner.Word})
		}
		all[name] = schema
	}
	file := &hcl.BodySchema{}
	for _, name := range l.outermost {
		header := hcl.BlockHeaderSchema{Type: name}
		if k := l.grammar[name]; k != nil && k.Named {
			header.LabelNames = []string{"name"}
		}
		file.Blocks = append(file.Blocks, header)
	}
	all[""] = file
	return all
}

// nearest is the name that somebody may have meant, or empty.
func nearest(given string, names []string) string {
	best, at := "", 3
	for _, name := range names {
		if d := len(name) - len(given); d > 2 || d < -2 {
			continue
		}
		limit := min(at, 1+len(name)/3)
		if d := levenshtein.Distance(given, name, nil); d <= limit && d < at {
			best, at = name, d
		}
	}
	return best
}

// oneOf lists names: "a", "b" or "c".
func oneOf(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, strconv.Quote(name))
	}
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
