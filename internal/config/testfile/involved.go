package testfile

import (
	"fmt"
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
		w.differ(e)
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
	w.add(config.Involved{Name: text, Text: brief(v)})
}

func (w *witnesses) references(e hcl.Expression) {
	for _, v := range config.References(e, w.ctx, brief) {
		w.add(v)
	}
}

func (w *witnesses) add(v config.Involved) {
	if !w.seen[v.Name] {
		w.seen[v.Name] = true
		w.lines = append(w.lines, "  "+v.String())
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
)

// brief shows a value below a line of its own.
func brief(v cty.Value) string {
	return strings.ReplaceAll(config.Brief(v, maxValue), "\n", "\n  ")
}

// absent says which key of a reference does not exist, and which one may be
// meant.
func (r *Run) absent(a assert, ctx *hcl.EvalContext) string {
	object, name, members, ok := config.Absent(a.condition.Expr, ctx)
	if !ok {
		return ""
	}
	text := fmt.Sprintf("\n\n  %s has no %q.", hclwrite.TokensForTraversal(object).Bytes(), name)
	if s := yamlbody.Suggest(name, members); s != "" {
		return text + fmt.Sprintf(" Did you mean %q?", s)
	}
	return text + fmt.Sprintf(" It is %s.", config.MembersText(members))
}
