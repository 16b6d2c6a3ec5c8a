package config

import (
	"encoding/base64"
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func fileFunctions(dir *directory) map[string]function.Function {
	table := map[string]function.Function{
		"basename":   stringFunc(func(s string) (string, error) { return path.Base(s), nil }),
		"dirname":    stringFunc(func(s string) (string, error) { return path.Dir(s), nil }),
		"file":       pathFunc(dir.text),
		"filebase64": bytesFunc(dir, base64.StdEncoding.EncodeToString),
		"fileexists": fileExistsFunc(dir),
		"fileset":    fileSetFunc(dir),
	}
	for name, h := range hashes {
		table["file"+name] = bytesFunc(dir, h)
	}
	return table
}

// pathFunc makes text of a file.
func pathFunc(read func(name string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := read(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// bytesFunc makes text of the bytes of a file, of which there may be any.
func bytesFunc(dir *directory, encode func([]byte) string) function.Function {
	return pathFunc(func(name string) (string, error) {
		b, err := dir.file(name)
		if err != nil {
			return "", err
		}
		return encode(b), nil
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

// fileSetFunc lists the files below a directory whose path from there matches a
// pattern.
func fileSetFunc(dir *directory) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			match, err := globPattern(args[1].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			names, err := dir.matching(args[0].AsString(), match)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			list := make([]cty.Value, len(names))
			for i, name := range names {
				list[i] = cty.StringVal(name)
			}
			return cty.SetVal(list), nil
		},
	})
}

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
