package spec

import (
	"cmp"
	"slices"
)

// A Form is what a value looks like.
type Form string

// The forms of values.
const (
	Text      Form = "text"
	Flag      Form = "bool"
	Number    Form = "number" // a whole one
	Pairs     Form = "map"    // names with texts
	Reference Form = "reference"
	Origin    Form = "source" // a reference, or text
)

// A Type is what an argument takes, and where that goes.
type Type struct {
	Form    Form
	List    bool
	Of      []string // of a reference: kinds of blocks
	Choices []string // of text that is one of a few; package topology refuses others
	What    string   // of text that is more than that: "ARN"
	Quoted  bool     // of text that a number cannot stand for
	Default any      // a string, bool, int or []string; nil where the default is no constant

	decode func(decoder, *block, *Parameter)
}

// of says what text is.
func (t Type) of(what string) Type {
	t.What = what
	return t
}

// from says what text can be chosen from.
func (t Type) from(choices []string) Type {
	t.Choices = choices
	return t
}

// text takes text, and is preset if there is a default.
func text(at *Value[string], preset ...string) Type {
	return scalar(Text, at, decoder.asText, preset...)
}

// choice takes one of a few texts, and is preset with the first. Package topology refuses others.
func choice(at *Value[string], choices []string) Type { return text(at, choices[0]).from(choices) }

// accountID takes text that looks like a number.
func accountID(at *Value[string]) Type {
	t := scalar(Text, at, decoder.asAccountID)
	t.Quoted = true
	return t
}

func boolean(at *Value[bool], preset bool) Type { return scalar(Flag, at, decoder.asFlag, preset) }

func number(at *Value[int], preset ...int) Type {
	return scalar(Number, at, decoder.asCount, preset...)
}

// reference takes a block of one of the kinds.
func reference(at *Ref, kinds ...string) Type {
	t := scalar(Reference, at, asBlock(kinds))
	t.Of = kinds
	return t
}

// origin takes a repository, or the ARN of an S3 object.
func origin(at *Value[Source]) Type {
	t := scalar(Origin, at, decoder.asSource)
	t.Of = []string{"repository"}
	return t
}

// texts takes a list of texts, and is preset if there are defaults.
func texts(at *List[string], preset ...string) Type {
	t := list(Text, at, decoder.asText)
	for _, text := range preset {
		at.V = append(at.V, Value[string]{V: text})
	}
	if len(preset) > 0 {
		t.Default = preset
	}
	return t
}

// references takes blocks of the kinds.
func references(at *List[Target], kinds ...string) Type {
	t := list(Reference, at, asBlock(kinds))
	t.Of = kinds
	return t
}

func pairs(at *Map) Type {
	return Type{Form: Pairs, decode: func(d decoder, b *block, p *Parameter) { *at = d.pairs(b, p) }}
}

// claim takes what tokens say, by the name of the argument.
func claim(at *map[string]List[string], name, example string) Parameter {
	t := Type{Form: Text, List: true, decode: func(d decoder, b *block, p *Parameter) {
		values, ok := decodeList(d, b, p, decoder.asText)
		if !ok {
			return
		}
		if *at == nil {
			*at = map[string]List[string]{}
		}
		(*at)[name] = values
	}}
	return Parameter{Name: name, Type: t, Claim: true, Example: example}
}

// use takes blocks of a kind, by the name of the argument. It is none without the argument.
func use(at *map[string]List[Target], name, kind string) Parameter {
	t := Type{Form: Reference, List: true, Of: []string{kind}, decode: func(d decoder, b *block, p *Parameter) {
		values, ok := decodeList(d, b, p, asBlock([]string{kind}))
		if !ok {
			return
		}
		if *at == nil {
			*at = map[string]List[Target]{}
		}
		(*at)[name] = values
	}}
	return Parameter{Name: name, Type: t, Otherwise: "`[]`", Example: "[" + kind + ".app]"}
}

func scalar[T any](form Form, at *Value[T], as decoding[T], preset ...T) Type {
	t := Type{Form: form, decode: func(d decoder, b *block, p *Parameter) {
		s, v, ok := d.written(b, p)
		switch {
		case ok:
			decoded, _ := as(d, s, v)
			*at = Value[T]{decoded, s.at}
		case s.argument != nil:
			*at = Value[T]{Range: s.at}
		}
	}}
	if len(preset) > 0 {
		at.V, t.Default = preset[0], preset[0]
	}
	return t
}

func list[T any](form Form, at *List[T], as decoding[T]) Type {
	return Type{Form: form, List: true, decode: func(d decoder, b *block, p *Parameter) {
		if decoded, ok := decodeList(d, b, p, as); ok {
			*at = decoded
		}
	}}
}

// labelled are the blocks of a kind that references lead to, sorted by name: their order in the files means nothing. A second
// block of the same name is decoded for its mistakes only.
func labelled[T any, P header[T]](at *[]*T, declare func(*T) *Kind) *Kind {
	m := newMold[T, P](declare)
	m.kind.Named = true
	m.kind.decode = func(d decoder, blocks []*block) {
		blocks = slices.Clone(blocks)
		slices.SortStableFunc(blocks, func(a, b *block) int { return cmp.Compare(a.Name, b.Name) })
		for i, b := range blocks {
			before := len(d.openings)
			decoded := m.cast(d, b)
			if i > 0 && blocks[i-1].Name == b.Name {
				d.openings = d.openings[:before]
				continue
			}
			*at = append(*at, decoded)
		}
	}
	return m.kind
}

// several are blocks inside of another, in their order.
func several[T any, P header[T]](at *[]*T, declare func(*T) *Kind) *Kind {
	m := newMold[T, P](declare)
	m.kind.Repeated = true
	m.kind.decode = func(d decoder, blocks []*block) {
		for _, b := range blocks {
			*at = append(*at, m.cast(d, b))
		}
	}
	return m.kind
}

// single is a block that there is at most once.
func single[T any, P header[T]](at **T, declare func(*T) *Kind) *Kind {
	m := newMold[T, P](declare)
	m.kind.decode = func(d decoder, blocks []*block) {
		for _, b := range blocks {
			*at = m.cast(d, b)
		}
	}
	return m.kind
}

// settings are a block that there is once at most, and whose defaults hold without it.
func settings[T any, P header[T]](at *T, declare func(*T) *Kind) *Kind {
	k := declare(at)
	k.decode = func(d decoder, blocks []*block) {
		for _, b := range blocks {
			k.read(d, b)
			*P(at).opening() = b.Header
		}
	}
	return k
}

// A mold is where blocks of a kind are decoded, one after the other, so that words are bound to fields once for all of them.
type mold[T any, P header[T]] struct {
	kind      *Kind
	one, bare T // bare is how it was when nothing was written
}

// A header is a pointer to a struct that is a block.
type header[T any] interface {
	*T
	opening() *Header
}

func newMold[T any, P header[T]](declare func(*T) *Kind) *mold[T, P] {
	m := &mold[T, P]{}
	m.kind = declare(&m.one)
	m.bare = m.one
	return m
}

// cast is what a block says.
func (m *mold[T, P]) cast(d decoder, b *block) *T {
	m.one = m.bare
	before := len(d.openings)
	m.kind.read(d, b)
	decoded := m.one
	h := P(&decoded).opening()
	*h = b.Header
	for i := range d.openings[before:] {
		d.openings[before+i].outer = h
	}
	d.openings = append(d.openings, opening{inner: h})
	return &decoded
}

// read decodes what stands in a block.
func (k *Kind) read(d decoder, b *block) {
	d.require(k, b)
	for i := range k.Parameters {
		k.Parameters[i].Type.decode(d, b, &k.Parameters[i])
	}
	for _, inner := range k.Inner {
		inner.decode(d, b.within(inner.Word))
	}
}
