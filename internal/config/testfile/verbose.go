package testfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/schema"
)

// shown are the objects that a command is about: those of the configuration, or
// after an apply those on the hub. A plan speaks for itself.
func (f Facts) shown(c Command) (cty.Value, error) {
	switch c {
	case Evaluate:
		return objectsValue(f.Objects, schema.Object.Name)
	case Apply:
		return f.hubValue()
	case Plan:
	}
	return cty.EmptyObjectVal, nil
}

// hubValue is what is on the hub, by address on the hub, with what the clients
// have reported.
func (f Facts) hubValue() (cty.Value, error) {
	all, err := objectsValue(f.Hub, func(o schema.Object) string { return o.Addr.String() })
	if err != nil {
		return cty.NilVal, err
	}
	objects := all.AsValueMap()
	for _, o := range f.Hub {
		reported, err := f.Reported[o.Addr].Map()
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", o.Addr, err)
		}
		name := o.Addr.String()
		object := objects[name].AsValueMap()
		if object["reported"], err = toCty(memberMap(reported)); err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
		objects[name] = cty.ObjectVal(object)
	}
	return cty.ObjectVal(objects), nil
}

// Text shows the objects that a command is about as HCL, each with its address
// and without what is null or empty.
func (f Facts) Text(c Command) (string, error) {
	all, err := f.shown(c)
	if err != nil {
		return "", err
	}
	objects := all.AsValueMap()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		text := config.Show(withoutEmpty(objects[name]))
		fmt.Fprintf(&b, "%s = %s\n", name, text)
	}
	return b.String(), nil
}

// withoutEmpty drops the attributes of an object that say nothing: those that
// are null or empty. Below tags, desired and reported everything means something.
func withoutEmpty(v cty.Value) cty.Value {
	kept := map[string]cty.Value{}
	for name, e := range v.AsValueMap() {
		if name == "auth" && !e.IsNull() {
			e = withoutEmpty(e)
		}
		if e.IsNull() || !e.Type().IsPrimitiveType() && e.LengthInt() == 0 {
			continue
		}
		kept[name] = e
	}
	return cty.ObjectVal(kept)
}

// JSON is the objects that a command is about by their address, or nothing.
func (f Facts) JSON(c Command) (string, error) {
	if c == Plan {
		return "", nil
	}
	all, err := f.shown(c)
	if err != nil {
		return "", err
	}
	text, err := ctyjson.SimpleJSONValue{Value: all}.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("encode objects: %w", err)
	}
	return string(text), nil
}
