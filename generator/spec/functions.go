package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/postern-dev/postern/generator/guard"
)

// newFunctions is the table of functions: Terraform's by name and meaning, and only those that give the same on every
// machine and every day, as long as files are what they are.
func newFunctions(m *meter, files finder) map[string]function.Function {
	table := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "max": stdlib.MaxFunc,
		"min": stdlib.MinFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,

		"chomp": stdlib.ChompFunc, "lower": stdlib.LowerFunc, "split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc,
		"substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc, "trimprefix": stdlib.TrimPrefixFunc,
		"trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
		"startswith": textTest(strings.HasPrefix, "prefix"), "endswith": textTest(strings.HasSuffix, "suffix"),

		"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
		"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
		"element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "keys": stdlib.KeysFunc, "length": lengthFunc(),
		"lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "reverse": stdlib.ReverseListFunc,
		"range":           stdlib.RangeFunc, // stops at 1,024 elements by itself
		"setintersection": stdlib.SetIntersectionFunc, "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		"csvdecode": stdlib.CSVDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc, "yamlencode": yaml.YAMLEncodeFunc,
		"tobool": stdlib.MakeToFunc(cty.Bool), "tonumber": stdlib.MakeToFunc(cty.Number),
		"tostring": stdlib.MakeToFunc(cty.String),
		"tolist":   stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":    stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"toset":    stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"can":      tryfunc.CanFunc, "try": tryFunc(),

		"cidrhost": cidrHostFunc(), "cidrnetmask": cidrNetmaskFunc(),
		"cidrsubnet": cidrSubnetFunc(), "cidrsubnets": cidrSubnetsFunc(),
		"file": fileFunc(files), "fileexists": fileExistsFunc(files),
	}
	for name, c := range costly() {
		table[name] = c.charging(m)
	}
	return table
}

func textTest(test func(text, part string) bool, part string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: part, Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// lengthFunc counts as Terraform does: objects and text, too.
func lengthFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch t := args[0].Type(); {
			case t == cty.String:
				return stdlib.Strlen(args[0])
			case t.IsObjectType():
				return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
			}
			return stdlib.Length(args[0])
		},
	})
}

// tryFunc is the first of its arguments that can be worked out. HCL's own evaluates each argument twice, and so one within
// another 2ⁿ times.
func tryFunc() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			err := errors.New("at least one argument is required")
			for _, arg := range args {
				v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
				if !diags.HasErrors() {
					return v, nil
				}
				err = fmt.Errorf("none of the arguments can be worked out; the last one: %s", diags[0].Detail)
			}
			return cty.NilVal, err
		},
	})
}

var pathParameter = []function.Parameter{{Name: "path", Type: cty.String}}

func fileFunc(files finder) function.Function {
	return function.New(&function.Spec{
		Params: pathParameter,
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			text, err := files.text(name)
			switch {
			case errors.Is(err, guard.ErrTooLarge):
				return cty.NilVal, fmt.Errorf("%s has more than %d bytes", name, maxRead)
			case err != nil:
				return cty.NilVal, fileError(name, err)
			case !utf8.Valid(text):
				return cty.NilVal, fmt.Errorf("%s is not UTF-8 text", name)
			}
			return cty.StringVal(string(text)), nil
		},
	})
}

func fileExistsFunc(files finder) function.Function {
	return function.New(&function.Spec{
		Params: pathParameter,
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			info, err := files.info(name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.NilVal, fileError(name, err)
			case !info.Mode().IsRegular():
				return cty.NilVal, fmt.Errorf("%s is not a regular file", name)
			}
			return cty.True, nil
		},
	})
}

// fileError says what is wrong with a file without naming the folders of this machine.
func fileError(name string, err error) error {
	var pathErr *fs.PathError
	switch {
	case name != "" && !filepath.IsLocal(filepath.FromSlash(name)):
		return fmt.Errorf("%s is outside of the spec's folder", name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s beside the spec", name)
	case errors.As(err, &pathErr) && !errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read, or lies outside of the folder of the spec: %w", name, pathErr.Err)
	}
	return fmt.Errorf("%s cannot be read: %w", name, err)
}

// Functions are the names of all functions, sorted.
func Functions() []string {
	return slices.Sorted(maps.Keys(newFunctions(&meter{left: allowance}, finder{})))
}
