package spec

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/postern-dev/postern/generator/guard"
)

// A costlyFunction takes more time or memory than its arguments have already been charged for. Its cost is charged before it runs.
type costlyFunction struct {
	function.Function
	cost func(m *meter, args []cty.Value) error
}

func costly() map[string]costlyFunction {
	return map[string]costlyFunction{
		"distinct":   {stdlib.DistinctFunc, distinctCost},
		"format":     {stdlib.FormatFunc, formatCost},
		"formatlist": {stdlib.FormatListFunc, formatCost},
		"indent":     {stdlib.IndentFunc, indentCost},
		"join":       {stdlib.JoinFunc, joinCost},
		"jsondecode": {stdlib.JSONDecodeFunc, jsonCost},
		"parseint":   {stdlib.ParseIntFunc, digitsCost},
		"regex":      {stdlib.RegexFunc, func(m *meter, args []cty.Value) error { return regexCost(m, args[0], args[1]) }},
		"regexall":   {stdlib.RegexAllFunc, func(m *meter, args []cty.Value) error { return regexCost(m, args[0], args[1]) }},
		"replace":    {replaceFunc(), replaceCost},
		"setproduct": {stdlib.SetProductFunc, productCost},
		"trim":       {stdlib.TrimFunc, trimCost},
		"yamldecode": {yaml.YAMLDecodeFunc, yamlCost},
	}
}

func (f costlyFunction) charging(m *meter) function.Function {
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if allKnown(args) {
				if err := f.cost(m, args); err != nil {
					return cty.NilType, err
				}
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

func allKnown(args []cty.Value) bool {
	for _, arg := range args {
		if !arg.IsWhollyKnown() {
			return false
		}
	}
	return true
}

func sequenceLength(v cty.Value) int {
	if t := v.Type(); v.IsNull() || !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		return 0
	}
	return v.LengthInt()
}

// distinctCost: each element is compared with each.
func distinctCost(m *meter, args []cty.Value) error {
	n := sequenceLength(args[0])
	m.product(n, 8*n)
	return nil
}

var formatVerb = regexp.MustCompile(`%[-+# 0-9.\[\]]*`)

// formatCost: each verb may print all arguments (%[1]s), and to any width. For formatlist that happens for each element.
func formatCost(m *meter, args []cty.Value) error {
	verbs := formatVerb.FindAllString(args[0].AsString(), -1)
	for _, verb := range verbs {
		for _, digits := range strings.FieldsFunc(verb, func(r rune) bool { return r < '0' || r > '9' }) {
			if n, err := strconv.Atoi(digits); err != nil || n > maxDigits {
				return fmt.Errorf("a width or precision is larger than %d", maxDigits)
			}
		}
	}
	rounds, scalars, before := 1, 0, m.left
	for _, arg := range args[1:] {
		start := m.left
		m.weigh(arg)
		rounds = max(rounds, sequenceLength(arg))
		if sequenceLength(arg) == 0 {
			scalars += start - m.left
		}
	}
	total := before - m.left
	m.product(len(verbs), total)
	m.product(rounds, len(args[0].AsString()))
	m.product(len(verbs)*rounds, scalars)
	m.product(rounds, widths(verbs))
	return nil
}

// widths adds up how much the verbs of a format may pad.
func widths(verbs []string) int {
	sum := 0
	for _, verb := range verbs {
		sum += perNode
		if strings.ContainsAny(verb, "123456789") {
			sum += maxDigits
		}
	}
	return sum
}

func indentCost(m *meter, args []cty.Value) error {
	var spaces int
	if err := gocty.FromCtyValue(args[0], &spaces); err != nil || spaces < 0 || spaces > maxDigits {
		return fmt.Errorf("the indentation is a whole number from 0 to %d", maxDigits)
	}
	m.product(spaces, strings.Count(args[1].AsString(), "\n")+1)
	return nil
}

func joinCost(m *meter, args []cty.Value) error {
	for _, list := range args[1:] {
		m.product(len(args[0].AsString()), sequenceLength(list))
	}
	return nil
}

// jsonCost: numbers are parsed in quadratic time, and values by recursion.
func jsonCost(m *meter, args []cty.Value) error {
	text := args[0].AsString()
	if guard.DeepJSON([]byte(text)) >= 0 {
		return fmt.Errorf("the JSON is nested more than %d deep", maxNesting)
	}
	return decodeCost(m, text)
}

func decodeCost(m *meter, text string) error {
	if hasLongNumber(text) {
		return fmt.Errorf("a number has more than %d digits", maxDigits)
	}
	m.product(len(text), perNode/2) // [1,1,1] has a value for each two bytes
	return nil
}

func hasLongNumber(text string) bool {
	run := 0
	for i := range len(text) {
		if !isDigit(text[i]) {
			run = 0
			continue
		}
		if run++; run > maxDigits {
			return true
		}
	}
	return false
}

// isDigit tells whether a byte can belong to the digits of a number.
func isDigit(c byte) bool { return c >= '0' && c <= '9' || c == '.' || c == '_' }

func digitsCost(_ *meter, args []cty.Value) error {
	if isText(args[0]) && len(args[0].AsString()) > maxDigits {
		return fmt.Errorf("the number has more than %d digits", maxDigits)
	}
	return nil
}

// regexCost: matching takes as many steps as the compiled expression is long, for each byte of the text.
func regexCost(m *meter, pattern, text cty.Value) error {
	if len(pattern.AsString()) > maxPattern {
		return fmt.Errorf("the regular expression has more than %d bytes", maxPattern)
	}
	parsed, err := syntax.Parse(pattern.AsString(), syntax.Perl)
	if err != nil {
		return err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return err
	}
	m.product(len(program.Inst)+perNode*(1+parsed.MaxCap()), len(text.AsString())+perNode)
	return nil
}

// replaceFunc replaces text; what is written between slashes is a regular expression, as in Terraform.
func replaceFunc() function.Function {
	return function.New(&function.Spec{
		Params: stdlib.ReplaceFunc.Params(),
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if pattern, ok := slashed(args[1].AsString()); ok {
				return stdlib.RegexReplace(args[0], cty.StringVal(pattern), args[2])
			}
			return stdlib.Replace(args[0], args[1], args[2])
		},
	})
}

func slashed(text string) (string, bool) {
	if len(text) > 1 && text[0] == '/' && text[len(text)-1] == '/' {
		return text[1 : len(text)-1], true
	}
	return "", false
}

func replaceCost(m *meter, args []cty.Value) error {
	text, by := args[0].AsString(), args[2].AsString()
	if pattern, ok := slashed(args[1].AsString()); ok {
		m.product(len(text)+1, len(by)+1)
		return regexCost(m, cty.StringVal(pattern), args[0])
	}
	m.product(strings.Count(text, args[1].AsString()), len(by))
	return nil
}

func productCost(m *meter, args []cty.Value) error {
	total := 1
	for _, arg := range args {
		n := sequenceLength(arg)
		m.product(total, n)
		total *= n
	}
	m.product(total, perNode*(1+len(args)))
	return nil
}

func trimCost(m *meter, args []cty.Value) error {
	m.product(len(args[0].AsString()), len(args[1].AsString()))
	return nil
}

// yamlCost: YAML nests by brackets and by dashes, and lets a value stand in many places.
func yamlCost(m *meter, args []cty.Value) error {
	text := args[0].AsString()
	switch {
	case len(text) > maxYAML:
		return fmt.Errorf("the YAML has more than %d bytes", maxYAML)
	case strings.Count(text, "[")+strings.Count(text, "{") > maxNesting && deepYAML(text):
		return fmt.Errorf("the YAML is nested more than %d deep", maxNesting)
	case manyDashes(text):
		return errors.New("the YAML nests too many lists or keys on one line")
	case anchor.MatchString(text) && len(alias.FindAllString(text, maxAliases+1)) > maxAliases:
		return fmt.Errorf("the YAML has more than %d aliases", maxAliases)
	}
	return decodeCost(m, text)
}

// Aliases of aliases let a short text stand for any number of values.
var (
	anchor = regexp.MustCompile(`&[A-Za-z0-9_-]`)
	alias  = regexp.MustCompile(`\*[A-Za-z0-9_-]`)
)

// deepYAML counts brackets without regard to quotes, so it may object to text that is full of unpaired ones.
func deepYAML(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > maxNesting {
			return true
		}
	}
	return false
}

func manyDashes(text string) bool {
	for line := range strings.Lines(text) {
		if strings.Count(line, "- ")+strings.Count(line, "? ") > maxNesting {
			return true
		}
	}
	return false
}
