package testfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/yamlbody"
)

// involved lists the values behind a condition that does not hold, one a line:
// both sides of each comparison, and the references of everything else.
func (r *Run) involved(a assert, ctx *hcl.EvalContext) string {
	w := witnesses{ctx: ctx, seen: map[string]bool{}}
	if f := r.set.side.Files()[a.condition.Range.Filename]; f != nil {
		w.src = f.Bytes
	}
	expr := a.condition.Expr
	if t := yamlbody.Template(expr); t != nil {
		expr = t
	}
	w.walk(expr)
	return strings.Join(w.lines, "\n")
}

// witnesses collects values by the text that they were written as.
type witnesses struct {
	ctx   *hcl.EvalContext
	src   []byte
	seen  map[string]bool
	lines []string
}

func (w *witnesses) walk(expr hcl.Expression) {
	switch e := expr.(type) {
	case *hclsyntax.TemplateWrapExpr:
		w.walk(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		w.walk(e.Expression)
	case *hclsyntax.UnaryOpExpr:
		w.walk(e.Val)
	case *hclsyntax.BinaryOpExpr:
		if e.Op == hclsyntax.OpLogicalAnd || e.Op == hclsyntax.OpLogicalOr {
			w.walk(e.LHS)
			w.walk(e.RHS)
			return
		}
		w.operand(e.LHS)
		w.operand(e.RHS)
	case *hclsyntax.FunctionCallExpr:
		if loop := quantified(e); loop != nil && w.each(loop) {
			return
		}
		w.references(expr)
	default:
		w.references(expr)
	}
}

// operand shows one side of a comparison as it is written.
func (w *witnesses) operand(e hclsyntax.Expression) {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		w.references(e)
		return
	case *hclsyntax.ParenthesesExpr:
		w.walk(e)
		return
	}
	if len(e.Variables()) == 0 {
		return // a constant
	}
	text := strings.Join(strings.Fields(string(e.Range().SliceBytes(w.src))), " ")
	v, diags := e.Value(w.ctx)
	if diags.HasErrors() || len(text) > maxText {
		w.references(e)
		return
	}
	w.add(text, v)
}

func (w *witnesses) references(e hcl.Expression) {
	for _, t := range e.Variables() {
		v, diags := t.TraverseAbs(w.ctx)
		if !diags.HasErrors() {
			w.add(string(hclwrite.TokensForTraversal(t).Bytes()), v)
		}
	}
}

func (w *witnesses) add(text string, v cty.Value) {
	if !w.seen[text] {
		w.seen[text] = true
		w.lines = append(w.lines, fmt.Sprintf("  %s is %s", text, brief(v)))
	}
}

// quantified is the loop of alltrue([for ...]).
func quantified(call *hclsyntax.FunctionCallExpr) *hclsyntax.ForExpr {
	if call.Name != "alltrue" || len(call.Args) != 1 {
		return nil
	}
	loop, ok := call.Args[0].(*hclsyntax.ForExpr)
	if !ok || loop.KeyExpr != nil {
		return nil
	}
	return loop
}

// each shows the first members for which a loop's condition does not hold. It is
// false when there is none that can be shown.
func (w *witnesses) each(loop *hclsyntax.ForExpr) bool {
	all, diags := loop.CollExpr.Value(w.ctx)
	if diags.HasErrors() || all.IsMarked() || all.IsNull() || !all.CanIterateElements() {
		return false
	}
	failed := 0
	for it := all.ElementIterator(); it.Next(); {
		k, v := it.Element()
		ctx := w.ctx.NewChild()
		ctx.Variables = map[string]cty.Value{loop.ValVar: v}
		if loop.KeyVar != "" {
			ctx.Variables[loop.KeyVar] = k
		}
		if loop.CondExpr != nil && !isBool(loop.CondExpr, ctx, true) || !isBool(loop.ValExpr, ctx, false) {
			continue
		}
		if failed++; failed <= maxMembers {
			inner := witnesses{ctx: ctx, src: w.src, seen: map[string]bool{}}
			inner.walk(loop.ValExpr)
			w.lines = append(w.lines, "  for "+brief(k)+":")
			for _, line := range inner.lines {
				w.lines = append(w.lines, "  "+strings.ReplaceAll(line, "\n", "\n  "))
			}
		}
	}
	if failed > maxMembers {
		w.lines = append(w.lines, fmt.Sprintf("  and for %d more", failed-maxMembers))
	}
	return failed > 0
}

func isBool(e hclsyntax.Expression, ctx *hcl.EvalContext, want bool) bool {
	v, diags := e.Value(ctx)
	v, _ = v.Unmark()
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.True() == want
}

const (
	maxMembers = 3 // of a loop

	maxText  = 120 // characters of an expression
	maxValue = 200 // characters of a value that is shown whole
	maxNames = 6
)

// brief shows a value, or what is in it when it is large.
func brief(v cty.Value) string {
	text := config.Show(v)
	if len(text) <= maxValue {
		return strings.ReplaceAll(text, "\n", "\n  ")
	}
	switch t := v.Type(); {
	case t.IsObjectType() || t.IsMapType():
		return members(v)
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return fmt.Sprintf("a list of %d members", v.LengthInt())
	default:
		return strings.ToValidUTF8(text[:maxValue], "") + "..."
	}
}

func members(v cty.Value) string {
	names := keys(v)
	if len(names) == 0 {
		return "an object without members"
	}
	more := ""
	if len(names) > maxNames {
		more = ", ..."
	}
	return fmt.Sprintf("an object with %d members: %s%s", len(names), strings.Join(names[:min(maxNames, len(names))], ", "), more)
}

// keys lists the names of an object or map.
func keys(v cty.Value) []string {
	names := map[string]bool{}
	for it := v.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		names[k.AsString()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// absent says which key of a reference does not exist, and which one may be
// meant.
func (r *Run) absent(a assert, ctx *hcl.EvalContext) string {
	for _, t := range a.condition.Expr.Variables() {
		for n := 1; n < len(t); n++ {
			v, diags := t[:n].TraverseAbs(ctx)
			name, ok := stepName(t[n])
			if diags.HasErrors() || !ok || v.IsMarked() || v.IsNull() || !v.Type().IsObjectType() || v.Type().HasAttribute(name) {
				continue
			}
			text := fmt.Sprintf("\n\n  %s has no %q.", hclwrite.TokensForTraversal(t[:n]).Bytes(), name)
			if s := yamlbody.Suggest(name, keys(v)); s != "" {
				return text + fmt.Sprintf(" Did you mean %q?", s)
			}
			return text + fmt.Sprintf(" It is %s.", members(v))
		}
	}
	return ""
}

func stepName(step hcl.Traverser) (string, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String {
			return s.Key.AsString(), true
		}
	}
	return "", false
}
