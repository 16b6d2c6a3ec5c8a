package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// leaf is the expression of the member at the path: the value in an object
// literal, as deep as the literals go.
func leaf(expr hcl.Expression, path []string, ctx *hcl.EvalContext) hcl.Expression {
	for _, name := range path {
		next := member(expr, name, ctx)
		if next == nil {
			break
		}
		expr = next
	}
	return expr
}

// writes tells whether the expression gives a value to the path, and where.
func writes(a *hcl.Attribute, path []string, ctx *hcl.EvalContext) (hcl.Expression, bool) {
	if a == nil {
		return nil, false
	}
	expr := a.Expr
	for i, name := range path {
		next := member(expr, name, ctx)
		if next == nil {
			return expr, yields(expr, path[i:], ctx)
		}
		expr = next
	}
	return expr, true
}

// member finds a key of an object literal; nil when there is none or the
// expression is no literal.
func member(expr hcl.Expression, name string, ctx *hcl.EvalContext) hcl.Expression {
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return nil
	}
	for _, p := range slices.Backward(pairs) { // the last of equal keys counts
		if keyText(p.Key, ctx) == name {
			return p.Value
		}
	}
	return nil
}

func keyText(expr hcl.Expression, ctx *hcl.EvalContext) string {
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return ""
	}
	v, _ = v.Unmark()
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() || !s.IsKnown() {
		return ""
	}
	return s.AsString()
}

// yields tells whether evaluating the expression gives a member at the path.
func yields(expr hcl.Expression, path []string, ctx *hcl.EvalContext) bool {
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return false
	}
	for _, name := range path {
		v, _ = v.Unmark()
		if !mergeable(v) {
			return false
		}
		next := cty.NilVal
		for it := v.ElementIterator(); it.Next(); {
			if k, e := it.Element(); k.AsString() == name {
				next = e
			}
		}
		if next == cty.NilVal {
			return false
		}
		v = next
	}
	return true
}
