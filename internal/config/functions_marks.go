package config

import (
	"errors"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// anyValue is a parameter that takes everything as it is.
func anyValue(name string) []function.Parameter {
	return []function.Parameter{{Name: name, Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true}}
}

func typeOfFirst(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

// sensitiveFunc keeps a value out of messages and out of objects.
var sensitiveFunc = function.New(&function.Spec{
	Params: anyValue("value"),
	Type:   typeOfFirst,
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0].Mark(sensitiveMark{}), nil },
})

// nonSensitiveFunc says that a value that was made from a sensitive one may be
// shown. What was made from a secret may not.
var nonSensitiveFunc = function.New(&function.Spec{
	Params: anyValue("value"),
	Type:   typeOfFirst,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		for m := range marks {
			if _, secret := m.(secretMark); secret {
				return cty.DynamicVal, function.NewArgError(0, errors.New("the value is a secret, or was made from one"))
			}
		}
		return v, nil
	},
})

// isSensitiveFunc tells whether a value is kept out of messages.
var isSensitiveFunc = function.New(&function.Spec{
	Params: anyValue("value"),
	Type:   function.StaticReturnType(cty.Bool),
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return cty.BoolVal(args[0].IsMarked()), nil },
})

// timeCompareFunc is -1, 0 or 1 when the first time is before, at or after the
// second.
var timeCompareFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "timestamp_a", Type: cty.String}, {Name: "timestamp_b", Type: cty.String}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var times [2]time.Time
		for i := range times {
			t, err := time.Parse(time.RFC3339, args[i].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(i, "a time is written as 2026-01-31T12:00:00Z")
			}
			times[i] = t
		}
		return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
	},
})
