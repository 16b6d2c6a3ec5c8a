package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is a variable block.
type variable struct {
	name        string
	rng         hcl.Range
	typ         cty.Type
	defaults    *typeexpr.Defaults
	def         cty.Value // NilVal without a default
	defRange    hcl.Range
	sensitive   bool
	nullable    bool
	validations []validation
}

type validation struct{ condition, message *hcl.Attribute }

func (l *loader) decodeVariable(b *hcl.Block) {
	content, diags := decode(b.Body, variableDef)
	l.report(diags)
	v := &variable{name: b.Labels[0], rng: b.DefRange, typ: cty.DynamicPseudoType, nullable: true}
	if first := l.variables[v.name]; first != nil {
		l.duplicate("variable", v.name, first.rng, b.DefRange)
		return
	}
	l.variables[v.name] = v
	if a := content.Attributes["type"]; a != nil {
		v.typ, v.defaults, diags = typeexpr.TypeConstraintWithDefaults(a.Expr)
		l.report(diags)
	}
	r := l.constants()
	v.sensitive, _ = r.flag(content.Attributes["sensitive"])
	if n, ok := r.flag(content.Attributes["nullable"]); ok {
		v.nullable = n
	}
	r.text(content.Attributes["description"])
	for _, c := range content.Blocks {
		l.decodeValidation(v, c)
	}
	if a := content.Attributes["default"]; a != nil {
		v.defRange = a.Expr.Range()
		if def, ok := r.raw(a); ok {
			v.def = def
		}
	}
}

func (l *loader) decodeValidation(v *variable, b *hcl.Block) {
	content, diags := decode(b.Body, variableDef.block("validation"))
	l.report(diags)
	if !diags.HasErrors() {
		v.validations = append(v.validations, validation{content.Attributes["condition"], content.Attributes["error_message"]})
	}
}

// evaluateVariables gives every variable its value: the last that was given, or
// its default.
func (l *loader) evaluateVariables() {
	l.found.declare("var", sortedNames(l.variables))
	given := l.collectInputs()
	values := map[string]cty.Value{}
	for _, name := range sortedNames(l.variables) {
		v := l.variables[name]
		values[name] = l.evaluateVariable(v, given[name])
	}
	l.root.Variables["var"] = cty.ObjectVal(values)
	for _, name := range sortedNames(l.variables) {
		v := l.variables[name]
		if values[name].IsKnown() {
			l.validate(v, l.placeOf(v, given[name]))
		}
	}
}

// placeOf is what a message about the variable's value points at. The source of
// a sensitive value is not shown.
func (l *loader) placeOf(v *variable, in *input) hcl.Range {
	switch {
	case v.sensitive:
		return v.rng
	case in != nil:
		return in.rng
	case v.def != cty.NilVal:
		return v.defRange
	default:
		return v.rng
	}
}

func (l *loader) evaluateVariable(v *variable, in *input) cty.Value {
	unknown := cty.UnknownVal(v.typ)
	raw := v.def
	if in != nil {
		var diags hcl.Diagnostics
		raw, diags = in.value(v)
		if diags.HasErrors() {
			l.reportInput(v, in, diags)
			return unknown
		}
	}
	if raw == cty.NilVal {
		l.missing(v)
		return unknown
	}
	if in != nil && v.def != cty.NilVal {
		if l.convertVariable(v, nil, v.def); raw.IsNull() && !v.nullable {
			raw = v.def
		}
	}
	return l.convertVariable(v, in, raw)
}

func (l *loader) convertVariable(v *variable, in *input, raw cty.Value) cty.Value {
	unknown := cty.UnknownVal(v.typ)
	if v.defaults != nil && !raw.IsNull() {
		raw = v.defaults.Apply(raw)
	}
	if v.sensitive {
		l.sensitive = append(l.sensitive, sensitiveTexts(raw)...)
	}
	value, err := convert.Convert(raw, v.typ)
	switch {
	case err == nil && !l.bounded(value, l.placeOf(v, in)):
		return unknown
	case err != nil:
		l.add(errorAt(l.placeOf(v, in), "Invalid value for variable", fmt.Sprintf("The value of var.%s is not suitable: %s.%s", v.name, convertError(v, err), boolHint(raw, v.typ))))
		return unknown
	case value.IsNull() && !v.nullable:
		l.add(errorAt(l.placeOf(v, in), "Invalid value for variable", fmt.Sprintf("The value of var.%s is null, and the variable is not nullable.", v.name)))
		return unknown
	case v.sensitive:
		return value.Mark(sensitiveMark{})
	}
	return value
}

func convertError(v *variable, err error) string {
	if v.sensitive {
		return "it must be of type " + v.typ.FriendlyNameForConstraint()
	}
	return err.Error()
}

func (l *loader) reportInput(v *variable, in *input, diags hcl.Diagnostics) {
	if v.sensitive {
		diags = hcl.Diagnostics{errorAt(v.rng, "Invalid value for variable", fmt.Sprintf("The value given for var.%s by %s cannot be read.", v.name, in.source))}
	}
	l.report(diags)
}

func (l *loader) missing(v *variable) {
	detail := fmt.Sprintf("The variable %q has no default and was not given a value. Give one with --var %s=VALUE or --var-file, in a file *.auto.vars.hcl (or .yaml, .json), in vars of the environment, or with TWINSET_VAR_%s in the environment of the process.", v.name, v.name, v.name)
	if l.environment == nil && len(l.environments) > 0 {
		detail += " No environment is chosen: " + capital(l.environmentErr.Error()) + "."
	}
	l.add(errorAt(v.rng, "No value for required variable", detail))
}

func (l *loader) validate(v *variable, place hcl.Range) {
	for _, c := range v.validations {
		// The value is not shown, so its mark may go: conditions work on it.
		ok, diags := c.condition.Expr.Value(l.root)
		if diags.HasErrors() {
			l.report(diags)
			continue
		}
		ok, _ = ok.Unmark()
		good, err := convert.Convert(ok, cty.Bool)
		switch {
		case err != nil || good.IsNull():
			l.scope().wrong(c.condition.Expr, "Invalid validation condition", "The condition must be true or false.")
		case good.IsKnown() && good.False():
			d := errorAt(place, "Invalid value for variable", l.validationMessage(v, c))
			d.Expression, d.EvalContext = c.condition.Expr, l.root
			l.add(d)
		}
	}
}

func (l *loader) validationMessage(v *variable, c validation) string {
	note := fmt.Sprintf("\n\nThis was checked by the validation of var.%s at %s.", v.name, c.condition.Range)
	message, diags := c.message.Expr.Value(l.root)
	if diags.HasErrors() {
		l.report(diags)
		return "The value does not meet the variable's condition." + note
	}
	text, err := asString(message)
	if err != nil {
		l.add(errorAt(c.message.Expr.Range(), "Invalid error message", capital(err.Error())+"."))
		return "The value does not meet the variable's condition." + note
	}
	return text + note
}

// sensitiveTexts lists the strings in a value that are long enough to be told
// from ordinary words.
func sensitiveTexts(v cty.Value) []string {
	var list []string
	_ = cty.Walk(v, func(_ cty.Path, e cty.Value) (bool, error) {
		if e, _ := e.Unmark(); e.IsKnown() && !e.IsNull() && e.Type() == cty.String && len(e.AsString()) >= 4 {
			list = append(list, e.AsString())
		}
		return true, nil
	})
	return list
}
