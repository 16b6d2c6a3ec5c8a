package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/bounded"
)

// consoleFile is the name of an expression that stands in no file.
const consoleFile = "<console>"

// Evaluate computes an expression with the project's variables, locals, outputs
// and functions and returns the value in HCL. A secret or sensitive value is not
// shown.
func (c *Config) Evaluate(text string) (string, Diagnostics) {
	src := []byte(text)
	c.files[consoleFile] = &hcl.File{Bytes: src}
	expr, diags := bounded.ParseExpression(src, consoleFile, hcl.InitialPos)
	if diags.HasErrors() {
		return "", diags
	}
	v, diags := expr.Value(c.Scope())
	for i, d := range diags {
		d = c.found.declared.explain(d)
		d.Extra = newShownValues(involvedIn(d), d.Extra).blot(c.sensitive)
		diags[i] = d
	}
	if diags.HasErrors() {
		return "", diags
	}
	return show(v), diags
}

// show writes a value as HCL. Marks hide the value that bears them, not what is
// around it.
func show(v cty.Value) string {
	hidden, err := cty.Transform(v, func(_ cty.Path, e cty.Value) (cty.Value, error) {
		if e.IsMarked() {
			return cty.StringVal("(sensitive value)"), nil
		}
		return e, nil
	})
	if v.IsMarked() || err != nil {
		return "(sensitive value)"
	}
	if !hidden.IsWhollyKnown() {
		return "(no value)"
	}
	return strings.TrimSpace(string(hclwrite.Format(hclwrite.TokensForValue(hidden).Bytes())))
}
