package yamlbody

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config/bounded"
)

// The methods below are what HCL's static analysis looks for. A string is then
// read as the source text of an expression, not as a template, so that a type is
// written list(string) in every syntax.

// static parses the node's text as an expression.
func (n *node) static() hclsyntax.Expression {
	if n.kind != text {
		return nil
	}
	expr, diags := n.parseAs(bounded.ParseExpression)
	if diags.HasErrors() {
		return nil
	}
	return expr
}

// AsTraversal reads a string as a reference.
func (e *expression) AsTraversal() hcl.Traversal {
	expr := e.n.static()
	if expr == nil {
		return nil
	}
	t, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() {
		return nil
	}
	return t
}

// ExprCall reads a string as a function call.
func (e *expression) ExprCall() *hcl.StaticCall {
	expr := e.n.static()
	if expr == nil {
		return nil
	}
	call, diags := hcl.ExprCall(expr)
	if diags.HasErrors() {
		return nil
	}
	return call
}

// ExprList lists the items of a sequence, or those of a string that is one
// interpolated list.
func (e *expression) ExprList() []hcl.Expression {
	if e.n.kind == text {
		return unwrapped(e.n, hcl.ExprList)
	}
	if e.n.kind != sequence {
		return nil
	}
	list := make([]hcl.Expression, len(e.n.items))
	for i, item := range e.n.items {
		list[i] = &expression{item}
	}
	return list
}

// ExprMap lists the members of a mapping, or those of a string that is one
// interpolated object.
func (e *expression) ExprMap() []hcl.KeyValuePair {
	if e.n.kind == text {
		return unwrapped(e.n, hcl.ExprMap)
	}
	if e.n.kind != mapping {
		return nil
	}
	list := make([]hcl.KeyValuePair, len(e.n.entries))
	for i, m := range e.n.entries {
		list[i] = hcl.KeyValuePair{Key: &expression{m.key}, Value: &expression{m.value}}
	}
	return list
}

func unwrapped[T any](n *node, analyse func(hcl.Expression) ([]T, hcl.Diagnostics)) []T {
	wrap, ok := n.parse().expr.(*hclsyntax.TemplateWrapExpr)
	if !ok {
		return nil
	}
	list, diags := analyse(wrap.Wrapped)
	if diags.HasErrors() {
		return nil
	}
	return list
}
