package testfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Facts are what a run found, for its assertions.
type Facts struct {
	Objects []schema.Object // of the configuration
	Plan    *PlanFacts      // nil when no plan was made
	Hub     []schema.Object // after an apply

	// Reported properties of the twins on the hub; those without are left out.
	Reported map[schema.Address]schema.Doc
}

// PlanFacts are a plan.
type PlanFacts struct {
	Summary plan.Summary
	Changes []plan.Change
	Text    string // as the caller shows it; not for assertions
}

// names are the values that a condition can use besides those of the project.
func (f Facts) names(c Command) (map[string]cty.Value, error) {
	values := map[string]cty.Value{}
	var err error
	if values["objects"], err = objectsValue(f.Objects, schema.Object.Name); err != nil {
		return nil, err
	}
	if f.Plan != nil {
		if values["plan"], err = f.Plan.value(); err != nil {
			return nil, err
		}
	}
	if c == Apply {
		values["hub"], err = f.hubValue()
	}
	return values, err
}

func objectsValue(list []schema.Object, name func(schema.Object) string) (cty.Value, error) {
	all := make(map[string]cty.Value, len(list))
	for _, o := range list {
		v, err := objectValue(o)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", o.Name(), err)
		}
		all[name(o)] = v
	}
	return cty.ObjectVal(all), nil
}

// objectValue has the same attributes for every object, so that a condition may
// look for what is not there: undeclared ones are null, undeclared sections
// empty.
func objectValue(o schema.Object) (cty.Value, error) {
	doc, err := o.Doc.Map()
	if err != nil {
		return cty.NilVal, err
	}
	initial, err := o.Initial.Map()
	if err != nil {
		return cty.NilVal, err
	}
	doc = overlay(initial, doc)
	tags := memberMap(doc["tags"])
	marks, _ := tags[schema.ReservedTag].(map[string]any)
	delete(tags, schema.ReservedTag)
	owners := []any{}
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		owners = append(owners, name)
	}
	id := o.Addr.ID
	if o.Addr.Kind == schema.KindModule {
		id = o.Addr.Sub
	}
	return toCty(map[string]any{ // named as in policies
		"kind": o.Addr.Kind.String(), "address": o.Addr.String(), "id": id, "device_id": o.Addr.ID,
		"status": doc["status"], "status_reason": doc["status_reason"], "auth": authValue(doc["auth"], o.Secrets),
		"edge": doc["edge"], "parent": doc["parent"],
		"tags": tags, "desired": memberMap(doc["desired"]), "owners": owners,
	})
}

// overlay merges documents of which the second one wins.
func overlay(low, high map[string]any) map[string]any {
	out := maps.Clone(low)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range high {
		l, ok := out[k].(map[string]any)
		h, also := v.(map[string]any)
		if ok && also {
			v = overlay(l, h)
		}
		out[k] = v
	}
	return out
}

func memberMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	if m == nil {
		return map[string]any{}
	}
	return m
}

// authValue shows secrets by their references.
func authValue(v any, secrets []schema.Secret) any {
	auth, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]any{"type": nil, "primary_key": nil, "secondary_key": nil, "primary_thumbprint": nil, "secondary_thumbprint": nil}
	maps.Copy(out, auth)
	for _, s := range secrets {
		out[s.Path[len(s.Path)-1]] = string(s.Ref)
	}
	return out
}

func (p *PlanFacts) value() (cty.Value, error) {
	changes := make(map[string]any, len(p.Changes))
	for _, c := range p.Changes {
		v, err := changeValue(c)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", c.Name(), err)
		}
		name := c.Name()
		if _, taken := changes[name]; taken { // an undeclared object whose id is another one's label
			name = c.Addr.String() + " (on the hub)"
		}
		changes[name] = v
	}
	counts := p.Summary.Counts
	return toCty(map[string]any{
		"create": counts.Create, "update": counts.Update, "delete": counts.Delete, "drift": counts.Drift,
		"changes": changes, "refused": texts(p.Summary.Refused),
	})
}

func changeValue(c plan.Change) (any, error) {
	leaves, err := leavesValue(c.Leaves)
	if err != nil {
		return nil, err
	}
	drift, err := leavesValue(c.Drift)
	if err != nil {
		return nil, err
	}
	var notices []string
	for _, n := range c.Notices {
		notices = append(notices, n.Text)
	}
	return map[string]any{
		"action": string(c.Action), "adopt": c.Adopt, "leaves": leaves, "drift": drift,
		"notices": texts(notices), "refused": c.Refused(),
	}, nil
}

// leavesValue maps paths to values before and after; absent ones are null.
func leavesValue(list []plan.Leaf) (any, error) {
	leaves := map[string]any{}
	for _, l := range list {
		before, err := docValue(l.Before)
		if err != nil {
			return nil, err
		}
		after, err := docValue(l.After)
		if err != nil {
			return nil, err
		}
		var secret any
		if l.Secret != "" {
			secret = string(l.Secret)
		}
		leaves[l.Path.String()] = map[string]any{"before": before, "after": after, "secret": secret}
	}
	return leaves, nil
}

func docValue(d schema.Doc) (any, error) {
	if len(d) == 0 {
		return nil, nil
	}
	return schema.Decode(d)
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// toCty converts a value of JSON's types.
func toCty(v any) (cty.Value, error) {
	switch v := v.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case bool:
		return cty.BoolVal(v), nil
	case string:
		return cty.StringVal(v), nil
	case int:
		return cty.NumberIntVal(int64(v)), nil
	case json.Number:
		return cty.ParseNumberVal(string(v))
	case []any:
		return listValue(v)
	case map[string]any:
		return mapValue(v)
	default:
		return cty.NilVal, fmt.Errorf("%T is no value of JSON", v)
	}
}

func listValue(list []any) (cty.Value, error) {
	out := make([]cty.Value, len(list))
	for i, e := range list {
		var err error
		if out[i], err = toCty(e); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.TupleVal(out), nil
}

func mapValue(m map[string]any) (cty.Value, error) {
	out := make(map[string]cty.Value, len(m))
	for k, e := range m {
		var err error
		if out[k], err = toCty(e); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.ObjectVal(out), nil
}
