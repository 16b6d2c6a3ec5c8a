package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/twinset/twinset/schema"
)

// reader evaluates arguments in one scope and reports what is wrong with them.
type reader struct {
	ctx    *hcl.EvalContext
	report func(...*hcl.Diagnostic)
}

// wrong reports what is wrong with the value of an expression, for a person to
// see with the values that led to it.
func (r reader) wrong(e hcl.Expression, summary, detail string) {
	d := errorAt(e.Range(), summary, detail)
	d.Expression, d.EvalContext = e, r.ctx
	r.report(d)
}

// raw evaluates an argument. ok is false when it is not written or wrong.
func (r reader) raw(a *hcl.Attribute) (cty.Value, bool) {
	if a == nil {
		return cty.NilVal, false
	}
	v, diags := a.Expr.Value(r.ctx)
	r.report(diags...)
	return v, !diags.HasErrors()
}

// value evaluates an argument and converts it. ok is false when it is not
// written, null, wrong, or unknown because of another mistake.
func (r reader) value(a *hcl.Attribute, want cty.Type) (cty.Value, bool) {
	v, ok := r.raw(a)
	if !ok {
		return v, false
	}
	if v.IsMarked() {
		summary, detail := markProblem(v.Marks())
		r.wrong(a.Expr, summary, detail)
		return v, false
	}
	out, err := convert.Convert(v, want)
	if err != nil {
		r.wrong(a.Expr, "Incorrect value type", fmt.Sprintf("Inappropriate value for %q: %s.%s", a.Name, err, boolHint(v, want)))
		return v, false
	}
	return out, !out.IsNull() && out.IsKnown()
}

// boolHint explains YAML's old words for booleans, which are strings here.
func boolHint(v cty.Value, want cty.Type) string {
	if want != cty.Bool || v.IsMarked() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		return ""
	}
	words := []string{"yes", "Yes", "YES", "on", "On", "ON", "no", "No", "NO", "off", "Off", "OFF", "y", "n"}
	if !slices.Contains(words, v.AsString()) {
		return ""
	}
	return fmt.Sprintf(" %q is a string: write true or false.", v.AsString())
}

func (r reader) text(a *hcl.Attribute) (string, bool) {
	v, ok := r.value(a, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// required reads a string that must not be null either.
func (r reader) required(a *hcl.Attribute) (string, bool) {
	s, ok := r.text(a)
	if ok || a == nil {
		return s, ok
	}
	if v, diags := a.Expr.Value(r.ctx); !diags.HasErrors() && v.IsNull() && v.IsKnown() {
		r.wrong(a.Expr, "Missing required argument", fmt.Sprintf("The argument %q is required and cannot be null.", a.Name))
	}
	return "", false
}

func (r reader) flag(a *hcl.Attribute) (value, ok bool) {
	v, ok := r.value(a, cty.Bool)
	return ok && v.True(), ok
}

// texts reads a list of strings.
func (r reader) texts(a *hcl.Attribute) []string {
	v, ok := r.value(a, cty.List(cty.String))
	if !ok || !v.IsWhollyKnown() {
		return nil
	}
	var list []string
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.IsMarked() {
			r.wrong(a.Expr, "Incorrect value type", fmt.Sprintf("The members of %q must be strings, without null and without secrets.", a.Name))
			return nil
		}
		list = append(list, e.AsString())
	}
	return list
}

// object reads tags or desired properties.
func (r reader) object(a *hcl.Attribute) map[string]any { return r.plain(a, nil) }

// plain reads an object of values. It adds references to passwords of registries to a
// list, where there is one; anywhere else they are secrets in the wrong place.
func (r reader) plain(a *hcl.Attribute, passwords *[]schema.Secret) map[string]any {
	v, ok := r.raw(a)
	if !ok || v.IsNull() && !v.IsMarked() || !v.IsKnown() {
		return nil
	}
	if t := v.Type(); !v.IsMarked() && !t.IsObjectType() && !t.IsMapType() {
		r.wrong(a.Expr, "Incorrect value type", fmt.Sprintf("Inappropriate value for %q: an object is required, not %s.", a.Name, t.FriendlyName()))
		return nil
	}
	p := plainValue{passwords: passwords}
	m, _ := p.convert(v, nil).(map[string]any)
	switch {
	case p.marks != nil:
		summary, detail := markProblem(p.marks)
		r.wrong(leaf(a.Expr, p.at, r.ctx), summary, detail)
		return nil
	case p.values > maxSectionValues:
		r.wrong(a.Expr, "Value too large", fmt.Sprintf("The value for %q consists of more than %d values. The service takes 32 KB of them.", a.Name, maxSectionValues))
		return nil
	case p.capsule:
		r.wrong(a.Expr, "Incorrect value type", fmt.Sprintf("The value for %q is not made of strings, numbers, booleans, lists and objects.", a.Name))
		return nil
	case p.unknown:
		return nil
	}
	return m
}

// usesEach tells whether an expression depends on the instance.
func usesEach(exprs ...*hcl.Attribute) bool {
	for _, a := range exprs {
		if a == nil {
			continue
		}
		for _, t := range a.Expr.Variables() {
			if t.RootName() == "each" {
				return true
			}
		}
	}
	return false
}
