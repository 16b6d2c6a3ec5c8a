package query

import (
	"encoding/json"
	"iter"
	"strings"
	"testing"
)

// tree is a document made of decoded JSON; numbers are json.Number.
type tree map[string]any

type list []any

func (o tree) Member(name string) Value { return toValue(o[name]) }

func (o tree) AppendJSON(b []byte) []byte { return appendJSON(b, o) }

func (l list) Member(string) Value { return Value{} }

func (l list) AppendJSON(b []byte) []byte { return appendJSON(b, l) }

func (l list) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, v := range l {
			if !yield(toValue(v)) {
				return
			}
		}
	}
}

func toValue(v any) Value {
	switch v := v.(type) {
	case json.Number:
		return NumberValue(v.String())
	case string:
		if v == "<null>" {
			return NullValue()
		}
		return TextValue(v)
	case bool:
		return BoolValue(v)
	case map[string]any:
		return ObjectValue(tree(v))
	case []any:
		return ArrayValue(list(v))
	}
	return Value{}
}

func appendJSON(b []byte, v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(b, raw...)
}

// document reads JSON; the string "<null>" stands for null.
func document(tb testing.TB, text string) Document {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return tree(v)
}

// twin is the document of the tests below.
const twin = `{"deviceId":"a","status":"enabled","version":2,"lastActivityTime":"2021-05-07T00:50:38.0543092Z",
	"capabilities":{"iotEdge":false},"parentScopes":["s1","s2"],
	"tags":{"site":"x","n":1,"f":1.5,"zero":0,"on":true,"off":false,"none":"<null>","o":{"p":"q"},"l":[1,"a","<null>"],
		"it's":"q","big":4503599627370495,"group":"g","select":1,"$x":1},
	"properties":{"desired":{"u":"A","n":2,"$metadata":{"$lastUpdated":"2021-07-07T20:45:23Z"},"$version":4},"reported":{"u":"A","n":1.0}},
	"configurations":{"my-cfg":{"status":"Applied"}}}`
