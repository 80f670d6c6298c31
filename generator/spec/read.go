package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A block is a block as it was written: nothing is worked out yet, but everything in it has a name that it may have.
type block struct {
	Header
	kind   string
	title  string // how to speak of it: "network.ci", "the state block"
	args   map[string]*argument
	meant  []string // arguments that seem to be there under other names
	nested []*block
}

// inner is the block inside of a type, or nil.
func (b *block) inner(kinds ...string) *block {
	i := slices.IndexFunc(b.nested, func(in *block) bool { return slices.Contains(kinds, in.kind) })
	if i < 0 {
		return nil
	}
	return b.nested[i]
}

// within are the blocks inside of a type.
func (b *block) within(kind string) []*block {
	var all []*block
	for _, in := range b.nested {
		if in.kind == kind {
			all = append(all, in)
		}
	}
	return all
}

func (b *block) target() Target { return Target{b.kind, b.Name} }

// An argument is one argument, or one local.
type argument struct {
	name  string
	owner string // the title of its block; empty for a local
	at    hcl.Range
	expr  hclsyntax.Expression
	memo  result
}

func (a *argument) title() string {
	if a.owner == "" {
		return "local." + a.name
	}
	return fmt.Sprintf("%q of %s", a.name, a.owner)
}

// A reader collects the blocks of all files.
type reader struct {
	lexicon
	files    map[string]*hcl.File
	spec     *Spec
	language *Kind // that decodes into the spec
	postern  *block
	blocks   map[string][]*block // by kind, in the order of the files
	byName   map[Target]*block
	locals   map[string]*argument
	diags    hcl.Diagnostics
}

func newReader(files map[string]*hcl.File) *reader {
	spec := &Spec{}
	language := spec.declare()
	return &reader{
		lexicon: newLexicon(language), files: files, spec: spec, language: language,
		blocks: map[string][]*block{}, byName: map[Target]*block{}, locals: map[string]*argument{},
	}
}

func (r *reader) report(at hcl.Range, summary, detail string, args ...any) {
	r.diags = append(r.diags, mistake(at, summary, detail, args...))
}

func (r *reader) readFile(name string) {
	args, blocks := r.content("", r.files[name].Body)
	for _, a := range args {
		r.report(a.at, "Argument outside of a block", "Nothing reads %q here, because it stands in no block. Write it inside the block that it belongs to, or remove it.", a.name)
	}
	for _, b := range blocks {
		switch {
		case b.Type == "locals":
			r.readLocals(b)
		case b.Type == "postern":
			r.readSettings(b)
		case slices.Contains(r.kinds, b.Type):
			r.readLabelled(b)
		default:
			r.unknownBlock(b, "A spec", r.outermost)
		}
	}
}

func (r *reader) readLocals(b *hcl.Block) {
	r.noLabels(b)
	args, blocks := r.content("locals", b.Body)
	for _, inner := range blocks {
		r.report(headerRange(inner), "Block inside locals", "Locals are names with values, and %q is a block. Write %s = { … } if it is a value.", inner.Type, inner.Type)
	}
	for _, a := range args {
		a.owner = ""
		if first, ok := r.locals[a.name]; ok {
			r.report(a.at, "Two locals of one name", "local.%s is already at %s, so nobody could tell which of the two is meant at %s. Rename one of them.",
				a.name, spot(first.at), spot(a.at))
			continue
		}
		r.locals[a.name] = a
	}
}

func (r *reader) readSettings(b *hcl.Block) {
	r.noLabels(b)
	read := r.readBlock(b, "", "the postern block")
	if r.postern != nil {
		r.report(read.Range, "Two postern blocks", "The settings are already at %s, and again at %s. Write them into one block.", spot(r.postern.Range), spot(read.Range))
		return
	}
	r.postern = read
	r.blocks[b.Type] = []*block{read}
}

func (r *reader) readLabelled(b *hcl.Block) {
	if len(b.Labels) != 1 {
		r.report(headerRange(b), "One name expected", "%s has one name, and this one has %d. Write %s %q { … }.",
			capital(r.grammar[b.Type].Noun), len(b.Labels), b.Type, cmp.Or(slug(strings.Join(b.Labels, "-")), "app"))
		if len(b.Labels) == 0 {
			r.readBlock(b, "", "this "+b.Type)
			return
		}
	}
	name := b.Labels[0]
	read := r.readBlock(b, name, Target{b.Type, name}.String())
	r.checkName(name, b.LabelRanges[0])
	if first := r.byName[read.target()]; first != nil {
		r.report(read.Range, "Two blocks of one name", "%s is already at %s, so nobody could tell which of the two is meant at %s. Rename one of them.",
			read.title, spot(first.Range), spot(read.Range))
	} else {
		r.byName[read.target()] = read
	}
	r.blocks[b.Type] = append(r.blocks[b.Type], read)
}

var namePattern = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)

func (r *reader) checkName(name string, at hcl.Range) {
	if len(name) <= 32 && namePattern.MatchString(name) {
		return
	}
	r.report(at, "Name that AWS cannot have", "Names of blocks become parts of names in AWS, so %q has to start with a letter and may hold up to 32 "+
		"lower-case letters, digits and single hyphens. Rename it to %q.", brief(name), cmp.Or(slug(name), "app"))
}

// slug is the name that comes closest to a text, or empty.
func slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	name := strings.TrimLeft(strings.Join(words, "-"), "0123456789-")
	return strings.TrimRight(name[:min(len(name), 32)], "-")
}

// readBlock reads what stands in a block. Title is how to speak of it.
func (r *reader) readBlock(b *hcl.Block, name, title string) *block {
	k := r.grammar[b.Type]
	read := &block{
		Header: Header{Name: name, Range: headerRange(b)}, kind: b.Type, title: title,
		args: map[string]*argument{},
	}
	args, blocks := r.content(b.Type, b.Body)
	for _, a := range args {
		a.owner = title
		if k.Parameter(a.name) == nil {
			r.unknownArgument(a, k)
			read.meant = append(read.meant, nearest(a.name, k.parameterNames()))
			continue
		}
		read.args[a.name] = a
	}
	for _, inner := range blocks {
		r.readNested(inner, read)
	}
	return read
}

func (r *reader) readNested(b *hcl.Block, outer *block) {
	k := r.grammar[outer.kind]
	switch p := k.Parameter(b.Type); {
	case p != nil:
		r.report(headerRange(b), "Equals sign missing", "%s takes %q as an argument, and this is a block. Write %s = %s.", capital(k.Noun), b.Type, b.Type, p.Example)
		return
	case k.Hints[b.Type] != "":
		r.report(b.TypeRange, "Unknown block", "%s", k.Hints[b.Type])
		return
	case !slices.Contains(k.innerWords(), b.Type):
		r.unknownBlock(b, capital(k.Noun), k.innerWords())
		return
	}
	r.noLabels(b)
	read := r.readBlock(b, "", fmt.Sprintf("the %s block of %s", b.Type, outer.title))
	if !r.redundant(read, outer) {
		outer.nested = append(outer.nested, read)
	}
}

// redundant reports a block whose place in the outer one is taken.
func (r *reader) redundant(b, outer *block) bool {
	if r.grammar[b.kind].Repeated {
		return false
	}
	if first := outer.inner(b.kind); first != nil {
		r.report(b.Range, fmt.Sprintf("Two %s blocks", b.kind), "%s already has one at %s, and again at %s. Write them as one block.", capital(outer.title), spot(first.Range), spot(b.Range))
		return true
	}
	k := r.grammar[outer.kind]
	if first := outer.inner(k.innerWords()...); k.Exclusive && first != nil {
		r.report(b.Range, fmt.Sprintf("Two kinds of %s", outer.kind), "%s already has a %s block at %s, and an issuer signs the tokens of one system. Remove one of the two, or write %s for each.",
			capital(outer.title), first.kind, spot(first.Range), k.Noun)
		return true
	}
	return false
}

func (r *reader) noLabels(b *hcl.Block) {
	if k := r.grammar[b.Type]; len(b.Labels) > 0 && k != nil && k.Repeated {
		r.report(b.LabelRanges[0], "Name of a nameless block", "Nothing refers to %s, so it has no name. Remove %q.", k.Noun, brief(b.Labels[0]))
	} else if len(b.Labels) > 0 {
		r.report(b.LabelRanges[0], "Name of a nameless block", "There is one %s block at most where it stands, so it has no name. Remove %q.", b.Type, brief(b.Labels[0]))
	}
}

func (r *reader) unknownArgument(a *argument, k *Kind) {
	near, inner, outer := nearest(a.name, k.parameterNames()), k.holding(a.name), r.around(k)
	switch {
	case k.Hints[a.name] != "":
		r.report(a.at, "Unknown argument", "%s", k.Hints[a.name])
	case slices.Contains(k.innerWords(), a.name):
		r.report(a.at, "Block written as an argument", "%s takes %q as a block, without an equals sign. Write %s { … }.", capital(k.Noun), a.name, a.name)
	case inner != nil:
		r.report(a.at, "Argument in the wrong block", "%s has no argument %q, but the %s block in it has. Write it there.", capital(k.Noun), a.name, inner.Word)
	case outer != nil && outer.Parameter(a.name) != nil:
		r.report(a.at, "Argument in the wrong block", "%s has no argument %q, but %s has. Write it outside of the block.", capital(k.Noun), a.name, outer.Noun)
	case near != "":
		r.report(a.at, "Unknown argument", "%s has no argument %q. Rename it to %q.", capital(k.Noun), brief(a.name), near)
	default:
		r.report(a.at, "Unknown argument", "%s has no argument %q. Remove it, or write %s.", capital(k.Noun), brief(a.name), oneOf(k.parameterNames()))
	}
}

func (r *reader) unknownBlock(b *hcl.Block, where string, names []string) {
	switch near := nearest(b.Type, names); {
	case near != "":
		r.report(b.TypeRange, "Unknown block", "%s has no block %q. Rename it to %q.", where, brief(b.Type), near)
	case len(names) == 0:
		r.report(b.TypeRange, "Unknown block", "%s has no blocks in it. Remove %q.", where, brief(b.Type))
	default:
		r.report(b.TypeRange, "Unknown block", "%s has no block %q. Remove it, or write %s.", where, brief(b.Type), oneOf(names))
	}
}

// content is what stands in a body, in either syntax.
func (r *reader) content(kind string, body hcl.Body) ([]*argument, []*hcl.Block) {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		return r.jsonContent(kind, body)
	}
	var args []*argument
	for _, a := range native.Attributes {
		args = append(args, &argument{name: a.Name, at: a.NameRange, expr: a.Expr})
	}
	sortArguments(args)
	var blocks []*hcl.Block
	for _, b := range native.Blocks {
		blocks = append(blocks, b.AsHCLBlock())
	}
	return args, blocks
}

func sortArguments(args []*argument) {
	slices.SortFunc(args, func(a, b *argument) int { return cmp.Compare(a.at.Start.Byte, b.at.Start.Byte) })
}

// headerRange is the opening line of a block. In JSON type and name can be pages apart: there it is the name alone.
func headerRange(b *hcl.Block) hcl.Range {
	switch {
	case len(b.LabelRanges) == 0:
		return b.TypeRange
	case isJSONName(b.TypeRange.Filename):
		return b.LabelRanges[0]
	}
	return hcl.RangeBetween(b.TypeRange, b.LabelRanges[len(b.LabelRanges)-1])
}

// spot says where something is.
func spot(r hcl.Range) string { return fmt.Sprintf("%s line %d", r.Filename, r.Start.Line) }

// brief keeps what a user wrote short enough to be quoted.
func brief(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}

// capital starts a sentence, unless it starts with something the user wrote.
func capital(text string) string {
	if word, _, _ := strings.Cut(text, " "); strings.ContainsAny(word, `."`) {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
