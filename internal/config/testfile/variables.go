package testfile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
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

// load reads the project with the values of the run. They come as a file of
// variables named last, so that they meet every check that other values meet;
// messages about that file are led back to the test.
func (r *Run) load(dir string, o config.Options) (*config.Config, hcl.Diagnostics, error) {
	if r.Environment != "" {
		o.Environment = r.Environment
	}
	v, err := writeVariables(r.given)
	if err != nil {
		return nil, nil, fmt.Errorf("write variables of run %q: %w", r.Name, err)
	}
	defer v.remove()
	o.Vars = append(slices.Clone(o.Vars), config.VarInput{File: v.name})
	cfg, diags := config.Load(dir, o)
	for i, diag := range diags {
		diags[i] = v.lead(diag, r)
	}
	return cfg, diags, nil
}

// variablesFile is a file of variables, and where its lines come from.
type variablesFile struct {
	name    string
	sources []source
}

type source struct {
	from, to int // bytes of the file
	given    given
}

func writeVariables(list []given) (*variablesFile, error) {
	dir, err := os.MkdirTemp("", "twinset-test-")
	if err != nil {
		return nil, err
	}
	v := &variablesFile{name: filepath.Join(dir, "run.vars.hcl")}
	if v.name, err = filepath.Abs(v.name); err != nil {
		return nil, err
	}
	var text []byte
	for _, g := range list {
		from := len(text)
		text = append(text, g.name+" = "...)
		text = append(text, hclwrite.TokensForValue(g.value).Bytes()...)
		text = append(text, '\n')
		v.sources = append(v.sources, source{from, len(text), g})
	}
	if err := os.WriteFile(v.name, text, 0o600); err != nil {
		v.remove()
		return nil, err
	}
	return v, nil
}

func (v *variablesFile) remove() { _ = os.RemoveAll(filepath.Dir(v.name)) }

// lead points a message about the file at the test instead.
func (v *variablesFile) lead(d *hcl.Diagnostic, r *Run) *hcl.Diagnostic {
	out := *d
	out.Detail = strings.ReplaceAll(d.Detail, v.name, r.rng.Filename)
	if d.Subject == nil || d.Subject.Filename != v.name {
		return &out
	}
	place := r.rng
	for _, s := range v.sources {
		switch at := d.Subject.Start.Byte; {
		case at == s.from:
			place = s.given.key
		case at > s.from && at < s.to:
			place = s.given.rng
		}
	}
	out.Subject, out.Context = &place, nil
	out.Expression, out.EvalContext = nil, nil
	return &out
}
