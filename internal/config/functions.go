package config

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/schema"
)

// functions is the table of everything that an expression may call. Names and
// behaviour are Terraform's where it has the function. None looks at the clock,
// the environment or chance.
func functions(dir *directory) map[string]function.Function {
	table := map[string]function.Function{
		"abs":             stdlib.AbsoluteFunc,
		"alltrue":         quantifier(false),
		"anytrue":         quantifier(true),
		"base64decode":    stringFunc(decodeBase64),
		"base64encode":    stringFunc(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"can":             tryfunc.CanFunc,
		"ceil":            stdlib.CeilFunc,
		"chomp":           stdlib.ChompFunc,
		"chunklist":       stdlib.ChunklistFunc,
		"coalesce":        stdlib.CoalesceFunc,
		"coalescelist":    stdlib.CoalesceListFunc,
		"compact":         stdlib.CompactFunc,
		"concat":          stdlib.ConcatFunc,
		"contains":        stdlib.ContainsFunc,
		"csvdecode":       csvDecodeFunc,
		"deepmerge":       deepMergeFunc,
		"distinct":        stdlib.DistinctFunc,
		"element":         stdlib.ElementFunc,
		"endswith":        affixFunc("suffix", strings.HasSuffix),
		"flatten":         stdlib.FlattenFunc,
		"floor":           stdlib.FloorFunc,
		"format":          stdlib.FormatFunc,
		"formatdate":      stdlib.FormatDateFunc,
		"formatlist":      stdlib.FormatListFunc,
		"indent":          stdlib.IndentFunc,
		"index":           stdlib.IndexFunc,
		"join":            stdlib.JoinFunc,
		"jsondecode":      stdlib.JSONDecodeFunc,
		"jsonencode":      stdlib.JSONEncodeFunc,
		"keys":            stdlib.KeysFunc,
		"length":          lengthFunc,
		"log":             stdlib.LogFunc,
		"lookup":          stdlib.LookupFunc,
		"lower":           stdlib.LowerFunc,
		"max":             stdlib.MaxFunc,
		"merge":           stdlib.MergeFunc,
		"min":             stdlib.MinFunc,
		"parseint":        stdlib.ParseIntFunc,
		"pow":             stdlib.PowFunc,
		"range":           stdlib.RangeFunc,
		"regex":           stdlib.RegexFunc,
		"regexall":        stdlib.RegexAllFunc,
		"replace":         replaceFunc,
		"reverse":         stdlib.ReverseListFunc,
		"secret":          secretFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setproduct":      stdlib.SetProductFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
		"sha1":            stringFunc(func(s string) (string, error) { h := sha1.Sum([]byte(s)); return hex.EncodeToString(h[:]), nil }),
		"sha256":          stringFunc(func(s string) (string, error) { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]), nil }),
		"signum":          stdlib.SignumFunc,
		"slice":           stdlib.SliceFunc,
		"sort":            stdlib.SortFunc,
		"split":           stdlib.SplitFunc,
		"startswith":      affixFunc("prefix", strings.HasPrefix),
		"strrev":          stdlib.ReverseFunc,
		"substr":          stdlib.SubstrFunc,
		"timeadd":         stdlib.TimeAddFunc,
		"title":           stdlib.TitleFunc,
		"tobool":          stdlib.MakeToFunc(cty.Bool),
		"tolist":          stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":           stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber":        stdlib.MakeToFunc(cty.Number),
		"toset":           stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":        stdlib.MakeToFunc(cty.String),
		"trim":            stdlib.TrimFunc,
		"trimprefix":      stdlib.TrimPrefixFunc,
		"trimspace":       stdlib.TrimSpaceFunc,
		"trimsuffix":      stdlib.TrimSuffixFunc,
		"try":             tryfunc.TryFunc,
		"upper":           stdlib.UpperFunc,
		"values":          stdlib.ValuesFunc,
		"yamldecode":      yamlDecodeFunc,
		"yamlencode":      yamlEncodeFunc,
		"zipmap":          stdlib.ZipmapFunc,
	}
	table["file"] = fileFunc(dir)
	table["fileexists"] = fileExistsFunc(dir)
	for _, f := range rowFunctions() {
		table[f.name] = f.function(dir)
	}
	table["templatefile"] = templateFileFunc(dir, table)
	return table
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

func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err != nil:
		return "", errors.New("the text is not valid base64")
	case !utf8.Valid(b):
		return "", errors.New("the decoded bytes are not UTF-8 text")
	}
	return string(b), nil
}

func affixFunc(name string, has func(s, affix string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: name, Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// quantifier makes anytrue (until true) and alltrue (until false).
func quantifier(until bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				if _, v := it.Element(); !v.IsNull() && v.True() == until {
					return cty.BoolVal(until), nil
				}
			}
			return cty.BoolVal(!until), nil
		},
	})
}

// lengthFunc counts the members of a collection or the characters of a string.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch t := args[0].Type(); {
		case t == cty.String:
			return stdlib.Strlen(args[0])
		case t.IsCollectionType(), t.IsTupleType():
			return cty.NumberIntVal(int64(args[0].LengthInt())), nil
		case t.IsObjectType():
			return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
		default:
			return cty.NilVal, function.NewArgErrorf(0, "the value must be a string, a list, a set, a map or an object")
		}
	},
})

// replaceFunc replaces text, or matches of a pattern between slashes.
var replaceFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: "substr", Type: cty.String}, {Name: "replace", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if p := args[1].AsString(); len(p) > 1 && strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") {
			return stdlib.RegexReplace(args[0], cty.StringVal(p[1:len(p)-1]), args[2])
		}
		return stdlib.Replace(args[0], args[1], args[2])
	},
})

// deepMergeFunc merges objects the way profiles are merged.
var deepMergeFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "objects", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		v, err := deepMerge(args)
		return v.Type(), err
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return deepMerge(args) },
})

func deepMerge(args []cty.Value) (cty.Value, error) {
	out := cty.EmptyObjectVal
	for i, a := range args {
		t := a.Type()
		switch {
		case !a.IsKnown():
			return cty.DynamicVal, nil
		case a.IsNull():
			continue
		case !t.IsObjectType() && !t.IsMapType():
			return cty.DynamicVal, function.NewArgErrorf(i, "objects and maps can be merged, not %s", t.FriendlyName())
		}
		out = mergeCty(out, a)
	}
	return out, nil
}

func mergeCty(low, high cty.Value) cty.Value {
	if !mergeable(low) || !mergeable(high) {
		return high
	}
	out := map[string]cty.Value{}
	for it := low.ElementIterator(); it.Next(); {
		k, v := it.Element()
		out[k.AsString()] = v
	}
	for it := high.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if l, ok := out[k.AsString()]; ok {
			v = mergeCty(l, v)
		}
		out[k.AsString()] = v
	}
	return cty.ObjectVal(out)
}

func mergeable(v cty.Value) bool {
	return !v.IsMarked() && v.IsKnown() && !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType())
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
