package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/bounded"
)

// input is a value given for a variable.
type input struct {
	source string // who gave it, for messages
	rng    hcl.Range
	text   *string        // from the command line or the process environment
	expr   hcl.Expression // from a file or an environment block
	ctx    *hcl.EvalContext
}

// value reads the input. Text is taken as it is for variables of simple types,
// else as an expression, as Terraform does.
func (in *input) value(v *variable) (cty.Value, hcl.Diagnostics) {
	if in.text == nil {
		return in.expr.Value(in.ctx)
	}
	if v.typ.IsPrimitiveType() || v.typ == cty.DynamicPseudoType {
		return cty.StringVal(*in.text), nil
	}
	expr, diags := bounded.ParseExpression([]byte(*in.text), in.rng.Filename, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return expr.Value(nil)
}

// collectInputs gathers values in order of precedence: the process environment,
// files that are read without being named, the environment block, and the
// command line. Later ones win.
func (l *loader) collectInputs() map[string]*input {
	given := map[string]*input{}
	for _, name := range sortedNames(l.options.EnvVars) {
		if l.variables[name] == nil {
			continue // the environment may serve several projects
		}
		l.addText(given, name, "TWINSET_VAR_"+name, l.options.EnvVars[name])
	}
	names, _ := l.dir.list()
	for _, name := range names {
		if isAutoVars(name) {
			l.addFile(given, name, l.dir.file)
		}
	}
	l.addEnvironment(given)
	for _, v := range l.options.Vars {
		if v.File != "" {
			l.addFile(given, v.File, l.dir.given)
			continue
		}
		if v.Value != cty.NilVal {
			l.addValue(given, v)
			continue
		}
		l.addText(given, v.Name, "--var "+v.Name, v.Expr)
	}
	return given
}

func (l *loader) addText(given map[string]*input, name, source, text string) {
	v := l.variables[name]
	if v == nil {
		l.undeclared(nil, name, source)
		return
	}
	src := []byte(text)
	if !v.sensitive {
		l.files[source] = &hcl.File{Bytes: src}
	}
	end := hcl.Pos{Line: 1, Column: len(src) + 1, Byte: len(src)}
	given[name] = &input{source: source, text: &text, rng: hcl.Range{Filename: source, Start: hcl.InitialPos, End: end}}
}

func (l *loader) addValue(given map[string]*input, v VarInput) {
	source := v.NameRange.Filename
	if l.variables[v.Name] == nil {
		l.undeclared(&v.NameRange, v.Name, source)
		return
	}
	given[v.Name] = &input{source: source, rng: v.ValueRange, expr: hcl.StaticExpr(v.Value, v.ValueRange)}
}

func (l *loader) addFile(given map[string]*input, name string, read func(string) ([]byte, error)) {
	f := l.readFile(name, read)
	if f == nil {
		return
	}
	attrs, diags := f.Body.JustAttributes()
	l.report(diags)
	for _, n := range sortedNames(attrs) {
		l.addExpr(given, n, name, attrs[n].NameRange, attrs[n].Expr, l.constants())
	}
}

// addEnvironment takes the vars of the chosen environment. Names are checked in
// all of them.
func (l *loader) addEnvironment(given map[string]*input) {
	for _, name := range sortedNames(l.environments) {
		e := l.environments[name]
		if !l.speaks(e) {
			continue
		}
		into := map[string]*input{}
		if e == l.environment {
			into = given
		}
		if e.vars != nil {
			l.addVars(into, fmt.Sprintf("environment %q", name), e.vars, e.each)
		}
	}
}

// speaks tells whether the names of an environment's vars are checked. All hubs of a
// set have the same: one speaks for them.
func (l *loader) speaks(e *environment) bool {
	switch {
	case e.Set == "" || e == l.environment:
		return true
	case l.environment != nil && l.environment.Set == e.Set:
		return false
	default:
		return l.sets[e.Set][0] == e.Name
	}
}

func (l *loader) addVars(given map[string]*input, source string, vars *hcl.Attribute, r reader) {
	if pairs, diags := hcl.ExprMap(vars.Expr); !diags.HasErrors() {
		for _, p := range pairs {
			l.addExpr(given, keyText(p.Key, r.ctx), source, p.Key.Range(), p.Value, r)
		}
		return
	}
	v, ok := r.raw(vars)
	if !ok || v.IsNull() {
		return
	}
	place := vars.Expr.Range()
	if !mergeable(v) {
		l.add(errorAt(place, "Incorrect value type", "The vars of an environment are an object with a value for each variable."))
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		l.addExpr(given, k.AsString(), source, place, hcl.StaticExpr(e, place), r)
	}
}

func (l *loader) addExpr(given map[string]*input, name, source string, place hcl.Range, expr hcl.Expression, r reader) {
	if l.variables[name] == nil {
		l.undeclared(&place, name, source)
		return
	}
	given[name] = &input{source: source, rng: expr.Range(), expr: expr, ctx: r.ctx}
}

func (l *loader) undeclared(place *hcl.Range, name, source string) {
	l.add(&hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Value for undeclared variable",
		Detail:   fmt.Sprintf("No variable is named %q, but %s gives it a value.%s", name, source, hint(name, sortedNames(l.variables))),
		Subject:  place,
	})
}
