package spec

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A decoder turns blocks into what they mean, one argument at a time.
type decoder struct{ *evaluator }

// decode works out all that was read. Files are read from the folder.
func decode(r *reader, folder string) (*Spec, hcl.Diagnostics) {
	spec := r.spec
	root, err := os.OpenRoot(folder)
	if err != nil {
		return spec, hcl.Diagnostics{unreadable(folder, err)}
	}
	defer root.Close()
	before := len(r.diags)
	d := decoder{newEvaluator(r, finder{root})}
	d.fill()
	spec.Unknown, spec.openings = d.unknown, d.openings
	return spec, r.diags[before:]
}

// fill fills the spec until everything is decoded or the allowance for work is used up.
func (d decoder) fill() {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case exhausted:
			d.report(d.current.expr.Range(), "Too much work",
				"Working out the spec takes more time or memory than any spec should, and %s used up the rest. Write it with fewer or smaller "+
					"repetitions, and what several arguments work out alike as a local.", d.current.title())
		default:
			panic(cause)
		}
	}()
	d.workOut()
	for _, k := range d.language.Inner {
		k.decode(d, d.blocks[k.Word])
	}
}

// workOut evaluates what can be referred to, in an order that does not depend on the order of the files.
func (d decoder) workOut() {
	for _, kind := range d.roots {
		for _, name := range d.names(kind) {
			d.node(Target{kind, name}, hcl.Range{})
		}
	}
}

// require reports the arguments that a block has to have and has not. One that is null is not there; of one that has been
// reported under another name nobody complains again.
func (d decoder) require(k *Kind, b *block) {
	for _, p := range k.Parameters {
		if p.Required || p.NeededBy != "" && b.inner(p.NeededBy) != nil {
			d.requireArgument(b, &p)
		}
	}
}

func (d decoder) requireArgument(b *block, p *Parameter) {
	if slices.Contains(b.meant, p.Name) {
		return
	}
	if a := b.args[p.Name]; a == nil || d.value(a).IsNull() {
		d.report(b.Range, "Missing argument", "%s says nothing of %q, which it needs. Add %s = %s.", capital(b.title), p.Name, p.Name, p.Example)
	}
}

// A site is where a value was written, for which argument.
type site struct {
	*argument
	*Parameter
	at hcl.Range
}

// A decoding turns a value, which is known and not null, into a T. If it cannot it reports why and is not ok.
type decoding[T any] func(decoder, site, cty.Value) (T, bool)

// written is an argument's value, unless it was not written or has been reported. The site has no argument when it was not
// written.
func (d decoder) written(b *block, p *Parameter) (site, cty.Value, bool) {
	a := b.args[p.Name]
	if a == nil {
		return site{}, cty.NilVal, false
	}
	v := d.value(a)
	if v.IsKnown() && v.IsNull() {
		return site{}, cty.NilVal, false
	}
	s := site{a, p, a.expr.Range()}
	return s, v, d.workedOut(s.at, v)
}

// workedOut notes where a value stands that is unknown, since that is reported elsewhere: at a local, or in another block.
func (d decoder) workedOut(at hcl.Range, v cty.Value) bool {
	if !v.IsKnown() {
		d.unknown = append(d.unknown, at)
	}
	return v.IsKnown()
}

// one is an element of a list or an entry of a map, without a place if there is a mistake in it.
func one[T any](d decoder, s site, v cty.Value, as decoding[T]) Value[T] {
	if decoded, ok := as(d, s, v); ok {
		return Value[T]{decoded, s.at}
	}
	return Value[T]{}
}

// decodeList decodes a list, if it was written. Elements that are null are not there.
func decodeList[T any](d decoder, b *block, p *Parameter, as decoding[T]) (List[T], bool) {
	s, v, ok := d.written(b, p)
	if !ok {
		return List[T]{Range: s.at}, s.argument != nil
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		d.report(s.at, "List expected", "%s takes a list, and this is %s. Write %s = %s.", capital(s.title()), describe(v), p.Name, s.listed(v))
		return List[T]{Range: s.at}, true
	}
	places := elements(s.expr)
	decoded := List[T]{V: []Value[T]{}, Range: s.at}
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if len(places) > 0 {
			s.at, places = places[0], places[1:]
		}
		if !d.workedOut(s.at, element) || element.IsNull() {
			continue
		}
		if value := one(d, s, element, as); value.IsSet() {
			decoded.V = append(decoded.V, value)
		}
	}
	return decoded, true
}

// listed is a list of what was written alone, or of something else where that cannot be told.
func (s site) listed(v cty.Value) string {
	if t := blockOf(v); t != nil && strings.HasPrefix(s.Example, "["+t.Kind+".") {
		return "[" + t.String() + "]"
	}
	if isText(v) && strings.HasPrefix(s.Example, `["`) && isPlain(v.AsString()) {
		return "[" + strconv.Quote(v.AsString()) + "]"
	}
	return s.Example
}

// isPlain tells whether text is short and means itself in quotes.
func isPlain(text string) bool {
	return text == brief(text) && strconv.Quote(text) == `"`+text+`"` && !strings.Contains(text, "${") && !strings.Contains(text, "%{")
}

// elements are the places of a list's elements, if it is written out.
func elements(expr hclsyntax.Expression) []hcl.Range {
	tuple, ok := bare(expr).(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	var places []hcl.Range
	for _, e := range tuple.Exprs {
		places = append(places, e.Range())
	}
	return places
}

// bare is an expression without the brackets around it.
func bare(expr hclsyntax.Expression) hclsyntax.Expression {
	if inner, ok := expr.(*hclsyntax.ParenthesesExpr); ok {
		return bare(inner.Expression)
	}
	return expr
}

// pairs decodes names and texts. Those that are null are not there.
func (d decoder) pairs(b *block, p *Parameter) Map {
	s, v, ok := d.written(b, p)
	if !ok {
		return Map{Range: s.at}
	}
	if blockOf(v) != nil || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		d.report(s.at, "Names and values expected", "%s takes names with values, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.Name, s.Example)
		return Map{Range: s.at}
	}
	places := d.entries(s)
	decoded := Map{V: []Pair{}, Range: s.at}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		entry := s
		if at, ok := places[key.AsString()]; ok {
			entry.at = at
		}
		if !d.workedOut(entry.at, value) || value.IsNull() {
			continue
		}
		if text := one(d, entry, value, decoder.asText); text.IsSet() {
			decoded.V = append(decoded.V, Pair{key.AsString(), text})
		}
	}
	slices.SortFunc(decoded.V, func(a, b Pair) int { return cmp.Compare(a.Key, b.Key) })
	return decoded
}

// entries are the places of the values of an object, by name, if it is written out. A name that is written twice is
// reported: only the last value would count.
func (d decoder) entries(s site) map[string]hcl.Range {
	object, ok := bare(s.expr).(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	d.current = s.argument
	places := map[string]hcl.Range{}
	for _, item := range object.Items {
		name, ok := d.key(item.KeyExpr)
		if !ok {
			continue
		}
		if _, twice := places[name]; twice {
			d.report(item.KeyExpr.Range(), "Two values of one name", "%s already has a value for %q. Remove one of the two.", capital(s.title()), brief(name))
		}
		places[name] = item.ValueExpr.Range()
	}
	return places
}

// key is the text of a key that does not depend on anything.
func (d decoder) key(expr hclsyntax.Expression) (string, bool) {
	if len(expr.Variables()) > 0 {
		return "", false
	}
	v, diags := expr.Value(&hcl.EvalContext{Functions: d.table()})
	if diags.HasErrors() {
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !isText(text) {
		return "", false
	}
	return text.AsString(), true
}

func (d decoder) asText(s site, v cty.Value) (string, bool) {
	if t := blockOf(v); t != nil {
		d.report(s.at, "Text expected", "%s takes text, and this is %s as a whole. %s.", capital(s.title()), t, d.inText(s, *t))
		return "", false
	}
	if !v.Type().IsPrimitiveType() {
		d.report(s.at, "Text expected", "%s takes text, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.Name, s.Example)
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !utf8.ValidString(text.AsString()) {
		d.report(s.at, "Text is not UTF-8", "%s holds bytes that no UTF-8 text has. Write text.", capital(s.title()))
		return "", false
	}
	return text.AsString(), true
}

// inText says what to write where a block stands and text belongs.
func (d decoder) inText(s site, t Target) string {
	switch {
	case s.Name == "image" && t.Kind == "image":
		return fmt.Sprintf("Write \"${%s.url}:TAG\" with the tag that builds shall run in", t)
	case s.Name == "read" || s.Name == "write":
		return "Write the ARNs of S3 buckets, like " + s.Example
	case s.Claim:
		return "Write what tokens say, like " + s.Example
	case s.Name == "resources" && d.grammar[t.Kind].attribute("arn") != nil, s.Name == "assume" && t.Kind == "role":
		return fmt.Sprintf("Write %s.arn", t)
	case strings.HasPrefix(s.Example, `["arn:`):
		return "Write ARNs, like " + s.Example
	}
	return fmt.Sprintf("Write one of its attributes, %s.%s, or text in quotes", t, d.grammar[t.Kind].Attributes[0].Name)
}

// asAccountID refuses numbers: the leading zeros of an account id are lost in them.
func (d decoder) asAccountID(s site, v cty.Value) (string, bool) {
	if v.Type() == cty.Number {
		d.report(s.at, "Account id without quotes", "Account ids can start with zeros, which numbers lose, so %s is text. Write it in quotes, with all twelve digits.", s.title())
		return "", false
	}
	return d.asText(s, v)
}

func (d decoder) asFlag(s site, v cty.Value) (bool, bool) {
	flag, err := convert.Convert(v, cty.Bool)
	if err != nil {
		d.report(s.at, "True or false expected", "%s takes true or false, and this is %s. Write %s = true or %s = false.", capital(s.title()), describe(v), s.Name, s.Name)
		return false, false
	}
	return flag.True(), true
}

func (d decoder) asCount(s site, v cty.Value) (int, bool) {
	const most = 1 << 31
	number, err := convert.Convert(v, cty.Number)
	if err == nil {
		if n, accuracy := number.AsBigFloat().Int64(); accuracy == 0 && n > -most && n < most {
			return int(n), true
		}
	}
	d.report(s.at, "Whole number expected", "%s takes a whole number, and this is %s. Write %s = %s.", capital(s.title()), describe(v), s.Name, s.Example)
	return 0, false
}

// asBlock takes references to blocks of some kinds.
func asBlock(kinds []string) decoding[Target] {
	return func(d decoder, s site, v cty.Value) (Target, bool) {
		t := blockOf(v)
		if t != nil && slices.Contains(kinds, t.Kind) {
			return *t, true
		}
		summary, nouns := "Reference to "+d.grammar[kinds[0]].Noun+" expected", d.grammar[kinds[0]].Noun
		for _, other := range kinds[1:] {
			summary, nouns = "Reference of another kind expected", nouns+" or "+d.grammar[other].Noun
		}
		d.report(s.at, summary, "%s refers to %s of this spec, and this is %s. %s.", capital(s.title()), nouns, describe(v), d.reference(s, v, kinds))
		return Target{}, false
	}
}

// reference says what to write where a block is referred to, and why if it is no block that could be.
func (d decoder) reference(s site, v cty.Value, kinds []string) string {
	t := blockOf(v)
	switch {
	case t == nil:
	case s.Name == "publish" && t.Kind == "package_index":
		return fmt.Sprintf("A package index lists its publishers itself. Add %s to publishers of %s", s.owner, t)
	case s.Name == "origin" && t.Kind == "package_index":
		return fmt.Sprintf("A distribution answers whoever asks, and a package index is for its readers alone. Write %s = %s", s.Name, s.Example)
	}
	for _, kind := range kinds {
		name, ok := d.meant(kind, v)
		switch {
		case ok && isJSONName(s.at.Filename):
			return fmt.Sprintf("Write \"${%s}\"", name)
		case ok:
			return fmt.Sprintf("Write %s without quotes", name)
		case kind == "runner" && isAddress(v):
			return fmt.Sprintf("Write runner \"NAME\" { addresses = [%q] }, and runner.NAME here", v.AsString())
		}
	}
	return fmt.Sprintf("Write %s = %s", s.Name, s.Example)
}

// isAddress tells whether a value is text that is an IP address, or a range of them.
func isAddress(v cty.Value) bool {
	if !isText(v) {
		return false
	}
	one, notOne := netip.ParseAddr(v.AsString())
	_, notSeveral := netip.ParsePrefix(v.AsString())
	return notOne == nil && one.Zone() == "" || notSeveral == nil
}

// meant is the block that somebody named in text instead of referring to it.
func (d decoder) meant(kind string, v cty.Value) (Target, bool) {
	if !isText(v) {
		return Target{}, false
	}
	t := Target{kind, strings.TrimPrefix(v.AsString(), kind+".")}
	return t, d.byName[t] != nil
}

func (d decoder) asSource(s site, v cty.Value) (Source, bool) {
	if t := blockOf(v); t != nil && t.Kind == "repository" {
		return Source{Block: t}, true
	}
	if _, reference := d.meant("repository", v); v.Type() == cty.String && !reference {
		arn, ok := d.asText(s, v)
		return Source{ARN: arn}, ok
	}
	t, ok := asBlock([]string{"repository"})(d, s, v)
	return Source{Block: &t}, ok
}

// describe says what a value is, for "and this is …".
func describe(v cty.Value) string {
	if t := blockOf(v); t != nil {
		return t.String()
	}
	switch t := v.Type(); {
	case t == cty.String:
		return fmt.Sprintf("the text %q", brief(v.AsString()))
	case t == cty.Number:
		return "the number " + brief(v.AsBigFloat().Text('f', -1))
	case t == cty.Bool:
		return fmt.Sprint(v.True())
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return "a list"
	case t.IsObjectType() || t.IsMapType():
		return "an object"
	}
	return "something else"
}
