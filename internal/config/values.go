package config

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// plainValue turns an evaluated value into what schema speaks: nil, bool,
// string, json.Number, []any and map[string]any. Unknown values come from
// mistakes that were reported; they are left out.
type plainValue struct {
	marks   cty.ValueMarks // the marks of the first path that has any
	at      []string       // where
	unknown bool
	capsule bool
	values  int

	// passwords are references to passwords of registries, where those may stand; nil
	// where they may not.
	passwords *[]schema.Secret
}

// maxSectionValues is how many values the tags or the desired properties of an
// object are converted of. The service takes 32 KB of them, which are far fewer.
const maxSectionValues = 100_000

func (p *plainValue) convert(v cty.Value, path []string) any {
	if p.values++; p.values > maxSectionValues {
		return nil
	}
	if ref, whole := wholeSecret(v); whole && p.passwords != nil && schema.IsPassword(path) {
		*p.passwords = append(*p.passwords, schema.Secret{Path: slices.Clone(path), Ref: ref})
		return schema.HiddenPassword
	}
	if v.IsMarked() {
		if p.marks == nil || slices.Compare(path, p.at) < 0 {
			p.marks, p.at = v.Marks(), slices.Clone(path)
		}
		return nil
	}
	if !v.IsKnown() {
		p.unknown = true
		return nil
	}
	if v.IsNull() {
		return nil
	}
	switch t := v.Type(); {
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		return numberOf(v.AsBigFloat())
	case t.IsObjectType(), t.IsMapType():
		return p.object(v, path)
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		return p.array(v, path)
	default:
		p.capsule = true
		return nil
	}
}

func (p *plainValue) object(v cty.Value, path []string) map[string]any {
	t := v.Type()
	if !t.IsObjectType() {
		m := make(map[string]any, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			m[k.AsString()] = p.convert(e, append(path, k.AsString()))
		}
		return m
	}
	attrs := t.AttributeTypes()
	m := make(map[string]any, len(attrs))
	for k := range attrs {
		m[k] = p.convert(v.GetAttr(k), append(path, k))
	}
	return m
}

func (p *plainValue) array(v cty.Value, path []string) []any {
	list := make([]any, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		list = append(list, p.convert(e, path))
	}
	return list
}

// ctyObject is plainValue's way back, for expressions that look at an object.
func ctyObject(m map[string]any) cty.Value {
	out := make(map[string]cty.Value, len(m))
	for k, v := range m {
		out[k] = ctyValue(v)
	}
	return cty.ObjectVal(out)
}

func ctyValue(v any) cty.Value {
	switch v := v.(type) {
	case bool:
		return cty.BoolVal(v)
	case string:
		return cty.StringVal(v)
	case json.Number:
		if n, err := cty.ParseNumberVal(string(v)); err == nil {
			return n
		}
		return cty.UnknownVal(cty.Number)
	case []any:
		list := make([]cty.Value, len(v))
		for i, e := range v {
			list[i] = ctyValue(e)
		}
		return cty.TupleVal(list)
	case map[string]any:
		return ctyObject(v)
	default:
		return cty.NullVal(cty.DynamicPseudoType)
	}
}

// numberOf is the number's canonical text: integers exact, the rest as the
// shortest text of the nearest float64.
func numberOf(f *big.Float) json.Number {
	var text string
	switch f64, _ := f.Float64(); {
	case f.IsInt() && f.MantExp(nil) <= 64:
		text = f.Text('f', 0)
	case math.IsInf(f64, 0):
		return json.Number(f.Text('g', 20)) // validation reports the range
	default:
		text = strconv.FormatFloat(f64, 'g', -1, 64)
	}
	n, err := schema.Number(text)
	if err != nil {
		return json.Number(text)
	}
	return n
}

// mergeValues lays one object over another: objects merge by key, everything
// else replaces. Neither argument is changed; the result may share parts of both.
func mergeValues(base, over map[string]any) map[string]any {
	switch {
	case len(base) == 0:
		return over
	case len(over) == 0:
		return base
	}
	out := make(map[string]any, len(base)+len(over))
	maps.Copy(out, base)
	for k, v := range over {
		low, ok := out[k].(map[string]any)
		high, also := v.(map[string]any)
		if ok && also {
			v = mergeObjects(low, high)
		}
		out[k] = v
	}
	return out
}

// mergeObjects is mergeValues for members, where an empty object is a value.
func mergeObjects(low, high map[string]any) map[string]any {
	if m := mergeValues(low, high); m != nil {
		return m
	}
	return map[string]any{}
}
