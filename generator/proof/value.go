package proof

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/postern-dev/postern/generator/policy"
)

// A value that is known only after apply is a symbol: where it comes from, step by step, between two characters that no
// file of ours contains.
const symbolStart, symbolEnd = "\uE000", "\uE001"

func symbol(steps ...string) (cty.Value, error) {
	for _, s := range steps {
		if !policy.IsIdentifier(s) {
			return cty.NilVal, fmt.Errorf("%q is no name that postern writes", s)
		}
	}
	return cty.StringVal(symbolStart + strings.Join(steps, "/") + symbolEnd), nil
}

// text is a string with its symbols as addresses.
func text(s string) policy.Text {
	var parts []policy.Text
	for s != "" {
		before, rest, found := strings.Cut(s, symbolStart)
		if before != "" || !found {
			parts = append(parts, policy.Literal(before))
		}
		name, after, closed := strings.Cut(rest, symbolEnd)
		if steps := strings.Split(name, "/"); closed && !slices.ContainsFunc(steps, isNoName) {
			parts = append(parts, policy.Address(steps...))
		}
		s = after
	}
	return policy.Join(parts...)
}

func isNoName(s string) bool { return !policy.IsIdentifier(s) }

// shown is a string as a reader sees it.
func shown(s string) string { return text(s).String() }

// mostSteps is how many references may lead from one to the next; more go in a circle.
const mostSteps = 20

var functions = map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}

// value evaluates an expression of the stack.
func (s *stack) value(e hclsyntax.Expression) (cty.Value, error) {
	if s.depth++; s.depth > mostSteps {
		s.depth--
		return cty.NilVal, errors.New("the references go in a circle")
	}
	defer func() { s.depth-- }()
	root := scope{}
	for _, t := range hclsyntax.Variables(e) {
		names, err := namesOf(t)
		if err != nil {
			return cty.NilVal, err
		}
		v, err := s.resolve(names)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", strings.Join(names, "."), err)
		}
		if !root.put(names, v) {
			return cty.NilVal, fmt.Errorf("%s: it is used whole and in part", strings.Join(names, "."))
		}
	}
	v, diags := e.Value(&hcl.EvalContext{Variables: root.variables(), Functions: functions})
	if diags.HasErrors() {
		return cty.NilVal, errors.New(diags[0].Summary + ": " + diags[0].Detail)
	}
	return v, nil
}

// A scope holds the values that an expression refers to: a cty.Value, or a scope of its own, by name.
type scope map[string]any

func (s scope) put(names []string, v cty.Value) bool {
	last := len(names) - 1
	for _, name := range names[:last] {
		inner, isScope := s[name].(scope)
		if s[name] != nil && !isScope {
			return false
		}
		if inner == nil {
			inner = scope{}
			s[name] = inner
		}
		s = inner
	}
	_, isScope := s[names[last]].(scope)
	s[names[last]] = v
	return !isScope
}

func (s scope) variables() map[string]cty.Value {
	out := map[string]cty.Value{}
	for name, v := range s {
		switch v := v.(type) {
		case cty.Value:
			out[name] = v
		case scope:
			out[name] = cty.ObjectVal(v.variables())
		}
	}
	return out
}

// namesOf are the steps of a reference. Steps by number belong to count and lists, which postern does not write.
func namesOf(t hcl.Traversal) ([]string, error) {
	var names []string
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, step.Name)
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String {
				return nil, fmt.Errorf("%s: an index cannot be followed", strings.Join(names, "."))
			}
			names = append(names, step.Key.AsString())
		default:
			return nil, fmt.Errorf("%s: it cannot be followed", strings.Join(names, "."))
		}
	}
	return names, nil
}

// resolve is the value that a reference stands for.
func (s *stack) resolve(names []string) (cty.Value, error) {
	switch {
	case names[0] == "path" && len(names) == 2 && names[1] == "module":
		return cty.StringVal(s.path), nil
	case names[0] == "data" && len(names) >= 5 && names[1] == "terraform_remote_state" && names[3] == "outputs":
		return s.remote(names[2], names[4], names[5:])
	case names[0] == "data" || len(names) < 3:
		return cty.NilVal, errors.New("what it stands for is not written in this tree")
	}
	r := s.resources[names[0]+"."+names[1]]
	if r == nil {
		return cty.NilVal, errors.New("there is no such resource in " + s.path)
	}
	return r.attribute(names[2], names[3:])
}

// remote is an output of another stack.
func (s *stack) remote(name, output string, rest []string) (cty.Value, error) {
	data := s.states[name]
	if data == nil {
		return cty.NilVal, errors.New("there is no such data source in " + s.path)
	}
	dir, err := s.reads(data)
	if err != nil {
		return cty.NilVal, err
	}
	other := s.stacks[dir]
	if other == nil || other.outputs[output] == nil {
		return cty.NilVal, fmt.Errorf("%s has no output %s", dir, output)
	}
	v, err := other.value(other.outputs[output].Expr)
	if err != nil {
		return cty.NilVal, err
	}
	return within(v, rest)
}

func within(v cty.Value, names []string) (cty.Value, error) {
	for _, name := range names {
		if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
			return cty.NilVal, fmt.Errorf("it has no %s", name)
		}
		v = v.GetAttr(name)
	}
	return v, nil
}

// reads is the stack whose state a data source reads: the folder of a local file, or the one that the end of a key in S3
// names by account, region and layer.
func (s *stack) reads(data *hclsyntax.Block) (string, error) {
	config := data.Body.Attributes["config"]
	if config == nil {
		return "", errors.New("it does not say whose state it reads")
	}
	v, err := s.value(config.Expr)
	if err != nil {
		return "", err
	}
	if file, err := within(v, []string{"path"}); err == nil {
		return path.Dir(path.Clean(asText(file))), nil
	}
	key, err := within(v, []string{"key"})
	if err != nil {
		return "", errors.New("it does not say whose state it reads")
	}
	parts := strings.Split(path.Dir(asText(key)), "/")
	return path.Join(parts[max(0, len(parts)-3):]...), nil
}

// attribute is the value of a resource's attribute: derived from its arguments, an argument itself, or a symbol.
func (r *resource) attribute(name string, rest []string) (cty.Value, error) {
	if v, known := r.derived(name); known && len(rest) == 0 {
		return cty.StringVal(v), nil
	}
	if a := r.Body.Attributes[name]; a != nil {
		v, err := r.stack.value(a.Expr)
		if err != nil {
			return cty.NilVal, err
		}
		return within(v, rest)
	}
	return symbol(append(append(strings.Split(r.stack.path, "/"), r.kind(), r.Labels[1], name), rest...)...)
}

// derived are attributes that follow from arguments, so that both sides of a reference meet.
func (r *resource) derived(name string) (string, bool) {
	place := r.stack.place
	if place.Account == nil {
		return "", false
	}
	switch r.kind() + "." + name {
	case "aws_iam_role.id":
		return r.text("name"), true
	case "aws_iam_role.arn":
		return place.Account.Partition.ARN("iam", "", place.Account.ID, "role"+"/"+strings.TrimPrefix(r.text("path"), "/")+r.text("name")), true
	case "aws_kms_key.arn":
		return place.ARN("kms", "key/"+r.keyID()), true
	case "aws_kms_key.id", "aws_kms_key.key_id":
		return r.keyID(), true
	case "aws_cloudwatch_log_group.arn":
		return place.ARN("logs", "log-group:"+r.text("name")), true
	case "aws_ecr_repository.arn":
		return place.ARN("ecr", "repository/"+r.text("name")), true
	case "aws_codecommit_repository.arn":
		return place.ARN("codecommit", r.text("repository_name")), true
	case "aws_codebuild_project.arn", "aws_codebuild_project.id":
		return place.ARN("codebuild", "project/"+r.text("name")), true
	}
	return "", false
}

func (r *resource) keyID() string {
	return symbolStart + r.stack.path + "/aws_kms_key/" + r.Labels[1] + "/key_id" + symbolEnd
}

// get is the value of an argument. One that is not set, or cannot be read, has no type; the latter is noted once.
func (r *resource) get(argument string) cty.Value {
	if v, done := r.values[argument]; done {
		return v
	}
	v := r.stack.read(r.Body, argument)
	r.values[argument] = v
	return v
}

// read is the value of an argument in a block of the stack.
func (s *stack) read(b *hclsyntax.Body, argument string) cty.Value {
	a := b.Attributes[argument]
	if a == nil {
		return cty.NilVal
	}
	v, err := s.value(a.Expr)
	if err != nil {
		s.problem(a.NameRange, argument+": "+err.Error()+".")
		return cty.NilVal
	}
	return v
}

// text is the value of an argument as a string, "" if it is not set.
func (r *resource) text(argument string) string { return asText(r.get(argument)) }

// texts is the value of an argument as a list of strings.
func (r *resource) texts(argument string) []string { return asTexts(r.get(argument)) }

func asText(v cty.Value) string {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return ""
	}
	out, err := convert.Convert(v, cty.String)
	if err != nil || !out.IsKnown() {
		return ""
	}
	return out.AsString()
}

func asTexts(v cty.Value) (out []string) {
	if v == cty.NilVal || !v.CanIterateElements() {
		return nil
	}
	for _, element := range v.Elements() {
		out = append(out, asText(element))
	}
	return out
}

// id is the resource's own id.
func (r *resource) id() string { return r.computed("id") }

// computed is an attribute as others refer to it.
func (r *resource) computed(name string) string {
	v, err := r.attribute(name, nil)
	if err != nil {
		r.stack.problem(r.TypeRange, err.Error()+".")
		return ""
	}
	return asText(v)
}

// where are the resources of a kind whose argument, or any element of it, has a value.
func (e *emitted) where(kind, argument, value string) []*resource {
	at := [2]string{kind, argument}
	index := e.found[at]
	if index == nil {
		index = map[string][]*resource{}
		for _, r := range e.kinds[kind] {
			if v := r.get(argument); v != cty.NilVal && v.Type() == cty.String {
				index[asText(v)] = append(index[asText(v)], r)
			} else {
				for _, s := range asTexts(v) {
					index[s] = append(index[s], r)
				}
			}
		}
		e.found[at] = index
	}
	return index[value]
}

// known is the one resource of a kind that others refer to by this value of an attribute, nil if there is none or several.
func (e *emitted) known(kind, attribute, value string) *resource {
	at := [2]string{kind, "=" + attribute}
	index := e.found[at]
	if index == nil {
		index = map[string][]*resource{}
		for _, r := range e.kinds[kind] {
			v := r.computed(attribute)
			index[v] = append(index[v], r)
		}
		e.found[at] = index
	}
	if len(index[value]) != 1 {
		return nil
	}
	return index[value][0]
}
