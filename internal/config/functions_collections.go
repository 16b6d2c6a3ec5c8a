package config

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/internal/config/bounded"
)

func collectionFunctions() map[string]function.Function {
	return map[string]function.Function{
		"alltrue":      quantifier(false),
		"anytrue":      quantifier(true),
		"chunklist":    stdlib.ChunklistFunc,
		"coalesce":     coalesceFunc,
		"coalescelist": stdlib.CoalesceListFunc,
		"compact":      stdlib.CompactFunc,
		"concat":       stdlib.ConcatFunc,
		"contains":     stdlib.ContainsFunc,
		"deepmerge":    deepMergeFunc,
		"distinct":     distinctFunc,
		"element":      stdlib.ElementFunc,
		"flatten":      stdlib.FlattenFunc,
		"index":        indexFunc,
		"keys":         stdlib.KeysFunc,
		"length":       lengthFunc,
		"lookup":       bounded.Numbers(stdlib.LookupFunc),
		"matchkeys":    matchKeysFunc,
		"merge":        stdlib.MergeFunc,
		"one":          oneFunc,
		"reverse":      stdlib.ReverseListFunc,
		"slice":        stdlib.SliceFunc,
		"sort":         stdlib.SortFunc,
		"transpose":    transposeFunc,
		"values":       stdlib.ValuesFunc,
		"zipmap":       stdlib.ZipmapFunc,
	}
}

func setFunctions() map[string]function.Function {
	return map[string]function.Function{
		"setintersection": stdlib.SetIntersectionFunc,
		"setproduct":      guarded(stdlib.SetProductFunc, productSize),
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
	}
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

// productSize bounds a product of sets before it is made.
func productSize(args []cty.Value) error {
	total := 1
	for _, a := range args {
		a, _ := a.Unmark()
		if !a.IsKnown() || a.IsNull() || !a.CanIterateElements() {
			return nil // the function says what is wrong
		}
		total *= a.LengthInt()
		if total > maxMadeValues {
			return fmt.Errorf("the product has more than %d members", maxMadeValues)
		}
	}
	return nil
}
