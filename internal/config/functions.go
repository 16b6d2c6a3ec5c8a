package config

import (
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/internal/config/bounded"
	"github.com/twinset/twinset/schema"
)

// functions is the table of everything that an expression may call. Names and
// behaviour are Terraform's where it has the function. None looks at the clock,
// the environment or chance, and none makes a large value of a small one.
func functions(dir *directory) map[string]function.Function {
	table := map[string]function.Function{}
	for _, group := range []map[string]function.Function{
		numberFunctions(), textFunctions(), patternFunctions(), collectionFunctions(), setFunctions(), encodingFunctions(), hashFunctions(),
		timeFunctions(), typeFunctions(), fileFunctions(dir), refusedFunctions(),
	} {
		maps.Copy(table, group)
	}
	for _, f := range rowFunctions() {
		table[f.name] = f.function(dir)
	}
	addTemplateFunctions(dir, table)
	return table
}

func numberFunctions() map[string]function.Function {
	table := map[string]function.Function{
		"abs":      stdlib.AbsoluteFunc,
		"ceil":     stdlib.CeilFunc,
		"floor":    stdlib.FloorFunc,
		"log":      stdlib.LogFunc,
		"max":      stdlib.MaxFunc,
		"min":      stdlib.MinFunc,
		"parseint": guarded(stdlib.ParseIntFunc, numberText),
		"pow":      stdlib.PowFunc,
		"range":    stdlib.RangeFunc,
		"signum":   stdlib.SignumFunc,
		"sum":      sumFunc,
	}
	for name, f := range table {
		table[name] = bounded.Numbers(f)
	}
	return table
}

func timeFunctions() map[string]function.Function {
	return map[string]function.Function{
		"formatdate": stdlib.FormatDateFunc,
		"timeadd":    stdlib.TimeAddFunc,
		"timecmp":    timeCompareFunc,
	}
}

func typeFunctions() map[string]function.Function {
	return map[string]function.Function{
		"can":          tryfunc.CanFunc,
		"issensitive":  isSensitiveFunc,
		"nonsensitive": nonSensitiveFunc,
		"secret":       secretFunc,
		"sensitive":    sensitiveFunc,
		"tobool":       stdlib.MakeToFunc(cty.Bool),
		"tolist":       stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":        stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber":     bounded.Numbers(guarded(stdlib.MakeToFunc(cty.Number), numberText)),
		"toset":        stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":     stdlib.MakeToFunc(cty.String),
		"try":          tryfunc.TryFunc,
	}
}

// stringFunc makes a function of one string.
func stringFunc(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// secretFunc makes a reference to a secret. The secret itself is never read
// here.
var secretFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "reference", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		ref := schema.SecretRef(args[0].AsString())
		if _, _, err := ref.Split(); err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		return args[0].Mark(secretMark{ref: ref}), nil
	},
})

// asString converts a value that must be a known string without marks.
func asString(v cty.Value) (string, error) {
	if v.IsMarked() {
		return "", errors.New("a secret or sensitive value is not allowed here")
	}
	s, err := convert.Convert(v, cty.String)
	switch {
	case err != nil:
		return "", fmt.Errorf("a string is required: %w", err)
	case s.IsNull() || !s.IsKnown():
		return "", errors.New("a string is required")
	}
	return s.AsString(), nil
}
