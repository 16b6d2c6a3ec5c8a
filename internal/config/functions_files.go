package config

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// csvDecodeFunc refuses a table without rows: an empty inventory would silently
// be an empty fleet.
var csvDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String}},
	Type: func(args []cty.Value) (cty.Type, error) {
		if !args[0].IsKnown() {
			return cty.DynamicPseudoType, nil
		}
		t, err := stdlib.CSVDecodeFunc.ReturnTypeForValues(withoutBOM(args))
		if err != nil {
			return t, function.NewArgError(0, err)
		}
		return t, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, err := stdlib.CSVDecode(withoutBOM(args)[0])
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		if v.LengthInt() == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "the CSV text has no data row, which would be an empty fleet; write try(csvdecode(...), []) if that is meant")
		}
		return v, nil
	},
})

// withoutBOM drops the byte order mark that spreadsheets put before the header.
func withoutBOM(args []cty.Value) []cty.Value {
	return []cty.Value{cty.StringVal(strings.TrimPrefix(args[0].AsString(), "\ufeff"))}
}

func fileFunc(dir *directory) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := dir.text(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

func fileExistsFunc(dir *directory) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ok, err := dir.exists(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.BoolVal(ok), nil
		},
	})
}
