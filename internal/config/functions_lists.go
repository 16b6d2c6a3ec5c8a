package config

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// coalesceFunc is the first argument that is neither null nor empty text. All are
// of one type then.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "vals", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true},
	Type:     stdlib.CoalesceFunc.ReturnTypeForValues,
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		for _, a := range args {
			v, err := convert.Convert(a, t)
			switch {
			case err != nil:
				return cty.NilVal, err
			case !v.IsKnown():
				return cty.UnknownVal(t), nil
			case v.IsNull(), v.Type() == cty.String && v.AsString() == "":
				continue
			}
			return v, nil
		}
		return cty.NilVal, errors.New("all arguments are null or empty")
	},
})

// indexFunc finds a value in a list.
var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		if t := args[0].Type(); !t.IsListType() && !t.IsTupleType() {
			return cty.NilType, function.NewArgErrorf(0, "a list is required")
		}
		return cty.Number, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() || !args[1].IsWhollyKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		for it := args[0].ElementIterator(); it.Next(); {
			i, v := it.Element()
			same, err := stdlib.Equal(v, args[1])
			if err != nil {
				return cty.NilVal, err
			}
			if same.True() {
				return i, nil
			}
		}
		return cty.NilVal, errors.New("the value is not in the list; use contains to ask for it, or try with a default")
	},
})

// sumFunc adds the numbers of a list or set that is not empty.
var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Number)}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].LengthInt() == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "the list is empty, and has no sum")
		}
		total := cty.Zero
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			if v.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "a member is null")
			}
			total = total.Add(v)
		}
		return total, nil
	},
})

// oneFunc is the only member of a collection, or null when that is empty.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch t := args[0].Type(); {
		case t.IsListType() || t.IsSetType():
			return t.ElementType(), nil
		case t.IsTupleType() && t.Length() == 0:
			return cty.DynamicPseudoType, nil
		case t.IsTupleType() && t.Length() == 1:
			return t.TupleElementType(0), nil
		case t.IsTupleType():
			return cty.NilType, notOne(t.Length())
		default:
			return cty.NilType, function.NewArgErrorf(0, "a list, a set or a tuple is required")
		}
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		switch n := args[0].LengthInt(); n {
		case 0:
			return cty.NullVal(t), nil
		case 1:
			it := args[0].ElementIterator()
			it.Next()
			_, v := it.Element()
			return v, nil
		default:
			return cty.NilVal, notOne(n)
		}
	},
})

func notOne(n int) error {
	return function.NewArgErrorf(0, "there are %d members, and at most one is expected", n)
}

// distinctFunc drops members that came before. It keeps the order.
var distinctFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.DynamicPseudoType)}},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		seen := cty.NewValueSet(t.ElementType())
		var list []cty.Value
		for it := args[0].ElementIterator(); it.Next(); {
			if _, v := it.Element(); !seen.Has(v) {
				seen.Add(v)
				list = append(list, v)
			}
		}
		if len(list) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(list), nil
	},
})

// matchKeysFunc takes the values whose keys, at the same places of another list,
// are among those that are looked for.
var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "values", Type: cty.List(cty.DynamicPseudoType)},
		{Name: "keys", Type: cty.List(cty.DynamicPseudoType)},
		{Name: "searchset", Type: cty.List(cty.DynamicPseudoType)},
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		if t, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); t == cty.NilType {
			return cty.NilType, errors.New("keys and searchset must be of the same type")
		}
		return args[0].Type(), nil
	},
	Impl: matchKeys,
})

func matchKeys(args []cty.Value, t cty.Type) (cty.Value, error) {
	if !args[0].IsWhollyKnown() || !args[1].IsWhollyKnown() || !args[2].IsWhollyKnown() {
		return cty.UnknownVal(t), nil
	}
	if args[0].LengthInt() != args[1].LengthInt() {
		return cty.NilVal, errors.New("values and keys must be of the same length")
	}
	common, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})
	keys, err := convert.Convert(args[1], common)
	if err != nil {
		return cty.NilVal, function.NewArgError(1, err)
	}
	search, err := convert.Convert(args[2], common)
	if err != nil {
		return cty.NilVal, function.NewArgError(2, err)
	}
	wanted := cty.NewValueSet(common.ElementType())
	for it := search.ElementIterator(); it.Next(); {
		_, v := it.Element()
		wanted.Add(v)
	}
	var list []cty.Value
	values := args[0].ElementIterator()
	for it := keys.ElementIterator(); it.Next() && values.Next(); {
		_, k := it.Element()
		if _, v := values.Element(); wanted.Has(k) {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return cty.ListValEmpty(t.ElementType()), nil
	}
	return cty.ListVal(list), nil
}

// transposeFunc turns a map of lists of names into the map from each name to the
// keys that had it.
var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "map", Type: cty.Map(cty.List(cty.String))}},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		out := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			k, names := it.Element()
			if names.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "the value of %q is null", k.AsString())
			}
			for inner := names.ElementIterator(); inner.Next(); {
				_, name := inner.Element()
				if name.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "a member of %q is null", k.AsString())
				}
				out[name.AsString()] = append(out[name.AsString()], k)
			}
		}
		return mapOfLists(out), nil
	},
})

func mapOfLists(m map[string][]cty.Value) cty.Value {
	if len(m) == 0 {
		return cty.MapValEmpty(cty.List(cty.String))
	}
	out := make(map[string]cty.Value, len(m))
	for name, list := range m {
		out[name] = cty.ListVal(list)
	}
	return cty.MapVal(out)
}
