package testfile

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// differ explains a comparison that is false although both sides look the same:
// values of different types are never equal, "1" and 1 as little as the result of
// sort() and a list that is written out.
func (w *witnesses) differ(e *hclsyntax.BinaryOpExpr) {
	if e.Op != hclsyntax.OpEqual {
		return
	}
	left, bad := e.LHS.Value(w.ctx)
	right, worse := e.RHS.Value(w.ctx)
	if bad.HasErrors() || worse.HasErrors() || left.ContainsMarked() || right.ContainsMarked() {
		return
	}
	a, b := left.Type(), right.Type()
	if left.IsNull() || right.IsNull() || a.Equals(b) || !sameWhenConverted(left, right) && !sameWhenConverted(right, left) {
		return
	}
	w.lines = append(w.lines, fmt.Sprintf("  the sides are of different types, %s and %s, and so never equal: convert one, as with %s()", a.FriendlyName(), b.FriendlyName(), conversion(a)))
}

func sameWhenConverted(v, like cty.Value) bool {
	out, err := convert.Convert(v, like.Type())
	return err == nil && out.IsWhollyKnown() && out.RawEquals(like)
}

// conversion is the function that makes a value of a type.
func conversion(t cty.Type) string {
	switch {
	case t.IsListType() || t.IsTupleType():
		return "tolist"
	case t.IsSetType():
		return "toset"
	case t.IsMapType() || t.IsObjectType():
		return "tomap"
	case t == cty.Number:
		return "tonumber"
	case t == cty.Bool:
		return "tobool"
	default:
		return "tostring"
	}
}
