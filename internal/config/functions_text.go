package config

import (
	"strings"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

func textFunctions() map[string]function.Function {
	return map[string]function.Function{
		"chomp":       stdlib.ChompFunc,
		"endswith":    textTest("suffix", strings.HasSuffix),
		"format":      guarded(stdlib.FormatFunc, formatSize),
		"formatlist":  guarded(stdlib.FormatListFunc, formatSize),
		"indent":      guarded(stdlib.IndentFunc, indentSize),
		"join":        guarded(stdlib.JoinFunc, joinSize),
		"lower":       stdlib.LowerFunc,
		"split":       guarded(stdlib.SplitFunc, splitSize),
		"startswith":  textTest("prefix", strings.HasPrefix),
		"strcontains": textTest("substr", strings.Contains),
		"strrev":      stdlib.ReverseFunc,
		"substr":      stdlib.SubstrFunc,
		"title":       stdlib.TitleFunc,
		"trim":        stdlib.TrimFunc,
		"trimprefix":  stdlib.TrimPrefixFunc,
		"trimspace":   stdlib.TrimSpaceFunc,
		"trimsuffix":  stdlib.TrimSuffixFunc,
		"upper":       stdlib.UpperFunc,
	}
}

// textTest tells something about a text and a part of it.
func textTest(name string, test func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: name, Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var yamlEncodeFunc = yaml.YAMLEncodeFunc

// yamlDecodeFunc reads YAML as configuration files in YAML are read, without
// templates.
var yamlDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "src", Type: cty.String}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, diags := yamlbody.Decode([]byte(args[0].AsString()))
		if len(diags) > 0 {
			d := diags[0]
			return cty.DynamicVal, function.NewArgErrorf(0, "line %d of the text: %s: %s", d.Subject.Start.Line, d.Summary, strings.TrimSuffix(d.Detail, "."))
		}
		return v, nil
	},
})
