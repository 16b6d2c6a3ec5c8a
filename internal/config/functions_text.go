package config

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/twinset/twinset/internal/config/yamlbody"
)

var yamlEncodeFunc = yaml.YAMLEncodeFunc

// yamlDecodeFunc is cty's, behind our reader: the decoder has no bound of its own
// for what aliases expand to, and lets duplicate keys pass.
var yamlDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "src", Type: cty.String}},
	Type: func(args []cty.Value) (cty.Type, error) {
		if !args[0].IsKnown() {
			return cty.DynamicPseudoType, nil
		}
		src := []byte(args[0].AsString())
		if err := checkYAML(src); err != nil {
			return cty.NilType, function.NewArgError(0, err)
		}
		t, err := yaml.Standard.ImpliedType(src)
		if err != nil {
			return cty.NilType, function.NewArgError(0, err)
		}
		return t, nil
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		v, err := yaml.Standard.Unmarshal([]byte(args[0].AsString()), t)
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		return v, nil
	},
})

func checkYAML(src []byte) error {
	if diags := yamlbody.Check(src); len(diags) > 0 {
		d := diags[0]
		return fmt.Errorf("line %d of the text: %s: %s", d.Subject.Start.Line, d.Summary, strings.TrimSuffix(d.Detail, "."))
	}
	return nil
}

// templateFileFunc evaluates a file as a template. Templates cannot include
// other templates.
func templateFileFunc(dir *directory, table map[string]function.Function) function.Function {
	inner := maps.Clone(table)
	render := func(args []cty.Value) (cty.Value, error) {
		name := args[0].AsString()
		if t := args[1].Type(); !t.IsObjectType() && !t.IsMapType() {
			return cty.DynamicVal, function.NewArgErrorf(1, "the variables must be an object")
		}
		src, err := dir.text(name)
		if err != nil {
			return cty.DynamicVal, function.NewArgError(0, err)
		}
		expr, diags := hclsyntax.ParseTemplate([]byte(src), name, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.DynamicVal, firstError(diags)
		}
		ctx := &hcl.EvalContext{Functions: inner, Variables: map[string]cty.Value{}}
		for it := args[1].ElementIterator(); it.Next(); {
			k, v := it.Element()
			ctx.Variables[k.AsString()] = v
		}
		v, diags := expr.Value(ctx)
		if diags.HasErrors() {
			return cty.DynamicVal, firstError(diags)
		}
		return v, nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() || !args[1].IsWhollyKnown() {
				return cty.DynamicPseudoType, nil
			}
			v, err := render(args)
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}

// firstError is an error for the first diagnostic, with its place in the other
// file.
func firstError(diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			return fmt.Errorf("%s: %s; %s", d.Subject, d.Summary, d.Detail)
		}
	}
	return errors.New(diags.Error())
}
