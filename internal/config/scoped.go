package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// scope is what differs between the directories of a configuration: the files
// that functions read.
type scope struct {
	dir       *directory
	functions map[string]function.Function
}

// context is the scope's functions over those of another context. Without a
// scope it is that context.
func (s *scope) context(ctx *hcl.EvalContext) *hcl.EvalContext {
	if s == nil {
		return ctx
	}
	ctx = ctx.NewChild()
	ctx.Functions = s.functions
	return ctx
}

// body is a body whose expressions are evaluated in the scope.
func (s *scope) body(b hcl.Body) hcl.Body {
	if s == nil {
		return b
	}
	return scopedBody{b, s}
}

type scopedBody struct {
	hcl.Body
	scope *scope
}

// Content decodes the body.
func (b scopedBody) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content, diags := b.Body.Content(schema)
	return b.wrap(content), diags
}

// PartialContent decodes what the schema knows and leaves the rest.
func (b scopedBody) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	content, rest, diags := b.Body.PartialContent(schema)
	return b.wrap(content), b.scope.body(rest), diags
}

// JustAttributes takes every argument.
func (b scopedBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attrs, diags := b.Body.JustAttributes()
	return b.attributes(attrs), diags
}

func (b scopedBody) wrap(content *hcl.BodyContent) *hcl.BodyContent {
	content.Attributes = b.attributes(content.Attributes)
	for _, block := range content.Blocks {
		block.Body = b.scope.body(block.Body)
	}
	return content
}

func (b scopedBody) attributes(attrs hcl.Attributes) hcl.Attributes {
	out := hcl.Attributes{}
	for name, a := range attrs {
		scoped := *a
		scoped.Expr = scopedExpr{a.Expr, b.scope}
		out[name] = &scoped
	}
	return out
}

// scopedExpr is an expression that is evaluated in a scope. Its parts, as static
// analysis finds them, are not.
type scopedExpr struct {
	hcl.Expression
	scope *scope
}

// Value evaluates the expression with the functions of its scope.
func (e scopedExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return e.Expression.Value(e.scope.context(ctx))
}

// UnwrapExpression lets static analysis look at the expression itself.
func (e scopedExpr) UnwrapExpression() hcl.Expression { return e.Expression }

// unscoped is an expression without its scope, which is nil for one of the
// project's own directory.
func unscoped(e hcl.Expression) (hcl.Expression, *scope) {
	if s, ok := e.(scopedExpr); ok {
		return s.Expression, s.scope
	}
	return e, nil
}
