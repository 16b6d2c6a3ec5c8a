package testfile

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config"
)

// given is a value for a variable of the project.
type given struct {
	name  string
	value cty.Value
	key   hcl.Range
	rng   hcl.Range
}

// variables reads the values of a body's variables, in either form.
func (d *decoder) variables(content *hcl.BodyContent) []given {
	var list []given
	if a := content.Attributes["variables"]; a != nil {
		list = d.members(a)
	}
	for _, b := range content.Blocks {
		if b.Type != variablesBlock.Type {
			continue
		}
		attrs, diags := b.Body.JustAttributes()
		d.report(diags...)
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			if v, ok := d.args.Value(attrs[name]); ok {
				list = d.add(list, given{name, v, attrs[name].NameRange, attrs[name].Expr.Range()})
			}
		}
	}
	return list
}

// members reads an object of values, with the place of each where it is written
// out.
func (d *decoder) members(a *hcl.Attribute) []given {
	v, ok := d.args.Value(a)
	if !ok {
		return nil
	}
	if v.IsMarked() || v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		d.report(errorAt(a.Expr.Range(), "Incorrect value type", "The variables of a test are an object with a value for each variable."))
		return nil
	}
	places := map[string]hcl.KeyValuePair{}
	pairs, _ := hcl.ExprMap(a.Expr)
	for _, p := range pairs {
		if k, diags := p.Key.Value(nil); !diags.HasErrors() && k.Type() == cty.String {
			places[k.AsString()] = p
		}
	}
	var list []given
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		g := given{k.AsString(), e, a.Expr.Range(), a.Expr.Range()}
		if p, ok := places[g.name]; ok {
			g.key, g.rng = p.Key.Range(), p.Value.Range()
		}
		list = d.add(list, g)
	}
	return list
}

// add takes a value that may stand for a variable in a file of its own.
func (d *decoder) add(list []given, g given) []given {
	switch {
	case g.value.ContainsMarked():
		d.report(errorAt(g.rng, "Secret in a test", "A value made by secret() cannot be given to a variable by a test: env:// references of the project resolve to made-up values there."))
	case !hclsyntax.ValidIdentifier(g.name):
		d.report(errorAt(g.key, "Invalid variable name", "%q is not the name of a variable.", g.name))
	case slices.ContainsFunc(list, func(o given) bool { return o.name == g.name }):
		d.report(errorAt(g.key, "Duplicate variable", "The variable %q already has a value here.", g.name))
	default:
		return append(list, g)
	}
	return list
}

// override lays the values of a run over those of its file.
func override(shared, own []given) []given {
	list := slices.Clone(own)
	for _, g := range shared {
		if !slices.ContainsFunc(own, func(o given) bool { return o.name == g.name }) {
			list = append(list, g)
		}
	}
	return list
}

// load reads the project with the values of the run, which win over all others
// and meet every check that they meet.
func (r *Run) load(dir string, o config.Options) (*config.Config, hcl.Diagnostics) {
	if r.Environment != "" {
		o.Environment = r.Environment
	}
	o.Vars = slices.Clone(o.Vars)
	for _, g := range r.given {
		o.Vars = append(o.Vars, config.VarInput{Name: g.name, Value: g.value, NameRange: g.key, ValueRange: g.rng})
	}
	return config.Load(dir, o)
}
