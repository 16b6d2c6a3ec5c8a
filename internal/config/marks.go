package config

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// secretMark is on values that came from secret(). The value's text is the
// reference; a value whose text is something else was made from a secret.
type secretMark struct{ ref schema.SecretRef }

// sensitiveMark is on values that came from a sensitive variable.
type sensitiveMark struct{}

// markProblem says why a value with marks may not stand in an object. It is
// empty when there is none.
func markProblem(marks cty.ValueMarks) (summary, detail string) {
	for m := range marks {
		if _, ok := m.(secretMark); ok {
			return "Secret outside of auth", "A value made by secret() may only stand, as it is, for a key or thumbprint of an auth block, or for the password of a registry in a deployment: everything else is written to plans, logs and the hub in clear."
		}
	}
	if len(marks) > 0 {
		return "Sensitive value in configuration", "This value comes from a sensitive variable. It would be written to plans, logs and the hub in clear. Use secret() for keys."
	}
	return "", ""
}

// wholeSecret returns the reference that a value is, if it is one and nothing
// else.
func wholeSecret(v cty.Value) (schema.SecretRef, bool) {
	v, marks := v.Unmark()
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return "", false
	}
	whole := false
	for m := range marks {
		switch m := m.(type) {
		case secretMark:
			whole = whole || string(m.ref) == v.AsString()
		default:
			return "", false
		}
	}
	return schema.SecretRef(v.AsString()), whole
}
