package evidence

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/postern-dev/postern/generator/guard"
	"github.com/postern-dev/postern/generator/tree"
)

// parse reads a file of Terraform.
//
// The part of the language that postern writes is small, and is read here, many times as fast as hclsyntax reads all of
// it. The rules are:
//
//   - The tree is one of hclsyntax's, and means what hclsyntax makes of the file. Of ranges it has those of attributes,
//     blocks, lists and objects, and of these the file and the line where they start.
//   - At the first thing that it does not know (an operator, an escape, a heredoc, a slip of the pen) the parser is lost,
//     and hclsyntax reads the whole file. So what it does not know is slow, and never wrong.
func parse(f tree.File) (*hclsyntax.Body, hcl.Diagnostics) {
	if body := parsePlain(f); body != nil {
		return body, nil
	}
	if refused := guard.Parsed(f.Path, f.Data); refused != nil {
		return &hclsyntax.Body{}, hcl.Diagnostics{refused}
	}
	file, diags := hclsyntax.ParseConfig(f.Data, f.Path, hcl.InitialPos)
	return file.Body.(*hclsyntax.Body), diags
}

// parsePlain reads a file that is written as postern writes, and returns nil for any other.
func parsePlain(f tree.File) *hclsyntax.Body {
	p := parser{
		file: f.Path, rest: string(f.Data), line: 1,
		keys: map[string]hclsyntax.Expression{}, references: map[string]hclsyntax.Expression{},
	}
	if !utf8.ValidString(p.rest) {
		return nil
	}
	body := p.body()
	if p.lost || p.rest != "" {
		return nil
	}
	return body
}

// A parser reads on as long as it understands.
type parser struct {
	file string
	rest string // nothing once it is lost
	line int
	deep int // brackets around here
	lost bool

	// What comes again and again in a file is made once.
	keys       map[string]hclsyntax.Expression
	references map[string]hclsyntax.Expression
}

// lose gives up, and returns an expression so that callers can go on to their end.
func (p *parser) lose() hclsyntax.Expression {
	p.lost, p.rest = true, ""
	return &hclsyntax.LiteralValueExpr{}
}

func (p *parser) here() hcl.Range {
	return hcl.Range{Filename: p.file, Start: hcl.Pos{Line: p.line}}
}

// next is the byte that comes next, zero at the end.
func (p *parser) next() byte {
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// has reads a piece of text if it comes next.
func (p *parser) has(s string) bool {
	rest, found := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return found
}

// want reads a piece of text that has to come next.
func (p *parser) want(s string) {
	if !p.has(s) {
		p.lose()
	}
}

func (p *parser) spaces() {
	for p.has(" ") {
	}
}

// endLine reads the rest of a line, on which nothing but a comment may follow.
func (p *parser) endLine() {
	p.spaces()
	if p.next() == '#' {
		end := strings.IndexByte(p.rest, '\n')
		if end < 0 {
			end = len(p.rest)
		}
		p.rest = p.rest[end:]
	}
	if p.rest != "" {
		p.want("\n")
		p.line++
	}
}

// gap reads what separates things that may stand on lines of their own.
func (p *parser) gap() {
	for p.spaces(); p.next() == '\n' || p.next() == '#'; p.spaces() {
		p.endLine()
	}
}

// name reads an identifier, "" if none comes next. Letters beyond ASCII are not known.
func (p *parser) name() string {
	n := 0
	for n < len(p.rest) && isLetter(p.rest[n], n > 0) {
		n++
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	if p.next() >= utf8.RuneSelf {
		p.lose()
	}
	return name
}

func isLetter(c byte, inside bool) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || inside && ('0' <= c && c <= '9' || c == '-')
}

// body reads attributes and blocks until something else comes.
func (p *parser) body() *hclsyntax.Body {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: p.here()}
	for {
		p.gap()
		at, name := p.here(), p.name()
		if name == "" {
			return body
		}
		p.spaces()
		if !p.has("=") {
			body.Blocks = append(body.Blocks, p.block(name))
			continue
		}
		p.spaces()
		if body.Attributes[name] != nil {
			p.lose()
		}
		body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: p.expression(), SrcRange: at, NameRange: at}
		p.endLine()
	}
}

// block reads a block behind its type.
func (p *parser) block(kind string) *hclsyntax.Block {
	b := &hclsyntax.Block{Type: kind, TypeRange: p.here()}
	for p.has(`"`) {
		label := p.text()
		p.want(`"`)
		p.spaces()
		b.Labels = append(b.Labels, label)
	}
	p.want("{")
	if p.has("}") {
		b.Body = &hclsyntax.Body{SrcRange: b.TypeRange}
	} else {
		b.Body = p.blockBody()
	}
	p.endLine()
	return b
}

// blockBody reads what stands between the braces, on lines of its own.
func (p *parser) blockBody() *hclsyntax.Body {
	at := p.here()
	p.endLine()
	p.enter()
	body := p.body()
	p.deep--
	body.SrcRange = at
	p.want("}")
	return body
}

// enter goes one bracket deeper, if that is not too deep.
func (p *parser) enter() {
	if p.deep++; p.deep > guard.MaxNesting {
		p.lose()
	}
}

func (p *parser) expression() hclsyntax.Expression {
	p.enter()
	defer func() { p.deep-- }()
	switch c := p.next(); {
	case c == '"':
		return p.template()
	case c == '[':
		return p.tuple()
	case c == '{':
		return p.object()
	case '0' <= c && c <= '9':
		return p.number()
	}
	return p.reference()
}

// number reads a whole number.
func (p *parser) number() hclsyntax.Expression {
	digits := p.rest[:len(p.rest)-len(strings.TrimLeft(p.rest, "0123456789"))]
	p.rest = p.rest[len(digits):]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return p.lose()
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.NumberIntVal(n)}
}

// constants are the names that are values.
var constants = map[string]cty.Value{"true": cty.True, "false": cty.False, "null": cty.NullVal(cty.DynamicPseudoType)}

// reference reads names with dots between them, a constant, or a call with one argument.
func (p *parser) reference() hclsyntax.Expression {
	text := p.rest
	name := p.name()
	if v, is := constants[name]; is {
		return &hclsyntax.LiteralValueExpr{Val: v}
	}
	if name == "" || name == "for" {
		return p.lose()
	}
	if p.has("(") {
		return p.call(name)
	}
	for p.has(".") {
		if p.name() == "" {
			return p.lose()
		}
	}
	return p.names(text[:len(text)-len(p.rest)])
}

// names is a reference as hclsyntax has it.
func (p *parser) names(text string) hclsyntax.Expression {
	if known := p.references[text]; known != nil {
		return known
	}
	steps := hcl.Traversal{}
	for i, name := range strings.Split(text, ".") {
		if i == 0 {
			steps = append(steps, hcl.TraverseRoot{Name: name})
		} else {
			steps = append(steps, hcl.TraverseAttr{Name: name})
		}
	}
	p.references[text] = &hclsyntax.ScopeTraversalExpr{Traversal: steps}
	return p.references[text]
}

// call reads the one argument of a function, and its parenthesis.
func (p *parser) call(function string) hclsyntax.Expression {
	call := &hclsyntax.FunctionCallExpr{Name: function}
	p.gap()
	call.Args = []hclsyntax.Expression{p.expression()}
	p.gap()
	p.want(")")
	return call
}

func (p *parser) tuple() hclsyntax.Expression {
	out := &hclsyntax.TupleConsExpr{SrcRange: p.here()}
	p.want("[")
	for p.gap(); !p.lost && !p.has("]"); p.gap() {
		out.Exprs = append(out.Exprs, p.expression())
		p.gap()
		if !p.has(",") && p.next() != ']' {
			return p.lose()
		}
	}
	return out
}

func (p *parser) object() hclsyntax.Expression {
	out := &hclsyntax.ObjectConsExpr{SrcRange: p.here()}
	p.want("{")
	for p.gap(); !p.lost && !p.has("}"); p.gap() {
		key := p.key()
		p.spaces()
		p.want("=")
		p.spaces()
		out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: p.expression()})
		p.spaces()
		if c := p.next(); !p.has(",") && c != '\n' && c != '#' && c != '}' {
			return p.lose()
		}
	}
	return out
}

// key reads the key of an object's item: a name, which stands for itself, or text.
func (p *parser) key() hclsyntax.Expression {
	if p.next() == '"' {
		return &hclsyntax.ObjectConsKeyExpr{Wrapped: p.template()}
	}
	name := p.name()
	if _, is := constants[name]; is || name == "" || name == "for" {
		return p.lose()
	}
	if p.keys[name] == nil {
		p.keys[name] = &hclsyntax.ObjectConsKeyExpr{Wrapped: p.names(name)}
	}
	return p.keys[name]
}

// template reads text in quotes with references in it.
func (p *parser) template() hclsyntax.Expression {
	p.want(`"`)
	var parts []hclsyntax.Expression
	for !p.lost && !p.has(`"`) {
		if p.has("${") {
			p.spaces()
			parts = append(parts, p.expression())
			p.spaces()
			p.want("}")
			continue
		}
		parts = append(parts, &hclsyntax.LiteralValueExpr{Val: cty.StringVal(p.text())})
	}
	switch {
	case len(parts) == 0:
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal("")}
	case len(parts) > 1:
		return &hclsyntax.TemplateExpr{Parts: parts}
	}
	if literal, is := parts[0].(*hclsyntax.LiteralValueExpr); is && literal.Val.Type() == cty.String {
		return literal
	}
	return &hclsyntax.TemplateWrapExpr{Wrapped: parts[0]}
}

// text reads the literal text up to a quote or a reference. Escapes are not known.
func (p *parser) text() string {
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"', c == '$' && strings.HasPrefix(p.rest[i:], "${"):
			text := p.rest[:i]
			p.rest = p.rest[i:]
			return text
		case c == '$', c == '%', c == '\\', c < ' ':
			p.lose()
			return ""
		}
	}
	p.lose()
	return ""
}
