package config

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/bounded"
)

// addTemplateFunctions adds what renders templates, which may call everything
// else in the table.
func addTemplateFunctions(dir *directory, table map[string]function.Function) {
	inner := maps.Clone(table)
	for _, name := range []string{"templatefile", "templatestring"} {
		inner[name] = refusedFunc("a template cannot render another one; render it outside, and hand the result over as a variable")
	}
	table["templatefile"] = templateFunc("path", inner, func(path string) (name, text string, err error) {
		text, err = dir.text(path)
		return path, text, err
	})
	table["templatestring"] = templateFunc("template", inner, func(text string) (name, same string, err error) {
		return "the template", text, nil
	})
}

// templateFunc renders the template that its first argument leads to. The
// template sees the variables of the second argument and no others.
func templateFunc(first string, functions map[string]function.Function, source func(string) (name, text string, err error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: first, Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if t := args[1].Type(); !t.IsObjectType() && !t.IsMapType() {
				return cty.DynamicVal, function.NewArgErrorf(1, "the variables must be an object")
			}
			name, text, err := source(args[0].AsString())
			if err != nil {
				return cty.DynamicVal, function.NewArgError(0, err)
			}
			return render(name, text, &hcl.EvalContext{Functions: functions, Variables: args[1].AsValueMap()})
		},
	})
}

func render(name, text string, ctx *hcl.EvalContext) (cty.Value, error) {
	expr, diags := bounded.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, firstError(diags)
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, firstError(diags)
	}
	return v, nil
}

// firstError is an error for the first diagnostic, with its place in the other
// file.
func firstError(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			return fmt.Errorf("%s: %s; %s", d.Subject, d.Summary, strings.TrimRight(d.Detail, "."))
		}
	}
	return errors.New(diags.Error())
}
