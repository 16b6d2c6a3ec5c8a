package config

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// rowUse is what a block does with the rows of its table.
type rowUse struct {
	columns  map[string]bool // that it uses
	computed []computed
}

// computed is an expression that does more with a row than put its fields into
// places, such as tonumber(each.value.floor). It alone is evaluated for every row, and
// what comes out is a cell like those of the table.
type computed struct {
	expr  hcl.Expression
	scope *scope
}

// shape is an expression taken apart as far as its parts are written by a template:
// objects and lists with computed members, a computed part, or anything else.
type shape struct {
	expr     hcl.Expression
	computed int // its number, from 1; 0 for a part that is not
	keys     []hcl.Expression
	members  []*shape
	kind     shapeKind
	within   bool // there is a computed part
}

type shapeKind byte

const (
	plainShape shapeKind = iota
	objectShape
	listShape
)

// shapeOf takes an expression apart. It returns nil when a template cannot write what
// it evaluates to.
func (u *rowUse) shapeOf(e hcl.Expression, in *scope) *shape {
	if !usesEach(&hcl.Attribute{Expr: e}) {
		return &shape{expr: e}
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		s := &shape{expr: e, kind: objectShape}
		for _, p := range pairs {
			if usesEach(&hcl.Attribute{Expr: p.Key}) || !s.add(u.shapeOf(p.Value, in)) {
				return nil
			}
			s.keys = append(s.keys, p.Key)
		}
		return s
	}
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		s := &shape{expr: e, kind: listShape}
		for _, item := range items {
			if !s.add(u.shapeOf(item, in)) {
				return nil
			}
		}
		return s
	}
	if onlyPlaces(e, u.columns) {
		return &shape{expr: e}
	}
	if !onlyFields(e, u.columns) {
		return nil
	}
	u.computed = append(u.computed, computed{e, in})
	return &shape{expr: e, computed: len(u.computed), within: true}
}

func (s *shape) add(member *shape) bool {
	if member == nil {
		return false
	}
	s.members, s.within = append(s.members, member), s.within || member.within
	return true
}

// onlyFields tells whether an expression knows a row by its key and by fields that it
// names, which it notes.
func onlyFields(e hcl.Expression, used map[string]bool) bool {
	for _, t := range e.Variables() {
		if t.RootName() != "each" {
			continue
		}
		name, is := fieldOf(t)
		if !is {
			return false
		}
		if name != "" {
			used[name] = true
		}
	}
	return true
}

// rows notes what an argument does with rows, and returns it for made-up ones, for
// which computed parts have made-up values. ok is false when a template cannot write
// what it evaluates to.
func (u *rowUse) rows(a *hcl.Attribute) (made *hcl.Attribute, ok bool) {
	if a == nil {
		return nil, true
	}
	e, in := unscoped(a.Expr)
	s := u.shapeOf(e, in)
	if s == nil || !s.within {
		return a, s != nil
	}
	copied := *a
	copied.Expr = madeUpExpr{a.Expr, in, s}
	return &copied, true
}

// madeUpExpr is an expression for made-up rows. Its static analysis is that of the
// expression as it is declared.
type madeUpExpr struct {
	hcl.Expression
	scope *scope
	shape *shape
}

// Value evaluates what is not computed.
func (e madeUpExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return e.shape.value(e.scope.context(ctx))
}

func (s *shape) value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	switch {
	case s.computed > 0:
		return madeUpOf(ctx, s.computed), nil
	case !s.within:
		return s.expr.Value(ctx)
	}
	var diags hcl.Diagnostics
	names, values := make([]string, len(s.keys)), make([]cty.Value, len(s.members))
	for i, m := range s.members {
		v, more := m.value(ctx)
		values[i], diags = v, append(diags, more...)
	}
	for i, k := range s.keys {
		v, more := k.Value(ctx)
		diags = append(diags, more...)
		if v, err := convert.Convert(v, cty.String); err == nil && v.IsWhollyKnown() && !v.IsNull() && !v.IsMarked() {
			names[i] = v.AsString()
			continue
		}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Incorrect value type"}) // never shown: rows are evaluated then, and say it
	}
	if diags.HasErrors() || s.kind == listShape {
		return cty.TupleVal(values), diags
	}
	members := make(map[string]cty.Value, len(values))
	for i, name := range names {
		members[name] = values[i]
	}
	return cty.ObjectVal(members), nil
}

// madeUpName is the field of a made-up row that holds the value of a computed part. No
// column has such a name.
func madeUpName(number int) string { return "\x00" + strconv.Itoa(number) }

func madeUpOf(ctx *hcl.EvalContext, number int) cty.Value {
	for ; ctx != nil; ctx = ctx.Parent() {
		if each, ok := ctx.Variables["each"]; ok {
			return each.GetAttr("value").GetAttr(madeUpName(number))
		}
	}
	return cty.DynamicVal
}

// compute evaluates the computed parts for the row at hand. It returns false when
// there is anything unusual about a value.
func (t *rowTemplate) compute() bool {
	if len(t.computed) == 0 {
		return true
	}
	columns := make(map[string]cty.Value, len(t.columns))
	for i, name := range t.columns {
		columns[name] = t.cells[1+i].value()
	}
	t.ctx.Variables["each"] = eachValue(element{key: t.cells[0].text, value: cty.ObjectVal(columns)})
	for i, c := range t.computed {
		v, diags := c.expr.Value(c.scope.context(t.ctx))
		if len(diags) > 0 {
			return false
		}
		got := cellOf(v)
		if got.kind == unusualCell {
			return false
		}
		t.cells[1+len(t.columns)+i] = got
	}
	return true
}

// cellOf is a value as a cell.
func cellOf(v cty.Value) cell {
	switch t := v.Type(); {
	case v.IsMarked() || !v.IsKnown():
		return cell{}
	case v.IsNull():
		return cell{kind: nullCell, null: t}
	case t == cty.String:
		s := v.AsString()
		return cell{kind: textKind(s), text: s}
	case t == cty.Number:
		s := numberOf(v.AsBigFloat()).String()
		return cell{kind: numberKind(s), text: s}
	case t == cty.Bool && v.True():
		return cell{kind: trueCell}
	case t == cty.Bool:
		return cell{kind: falseCell}
	default:
		return cell{}
	}
}
