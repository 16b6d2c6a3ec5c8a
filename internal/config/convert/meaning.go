package convert

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/twinset/twinset/internal/config/bounded"
)

// meaning writes what an expression evaluates, in words of our own: without
// places, parentheses, and the difference between one interpolation and what it
// wraps. Two expressions of one meaning give the same value in every context.
func meaning(expr hclsyntax.Expression) string {
	var m meaner
	m.expr(expr)
	return m.String()
}

type meaner struct{ strings.Builder }

func (m *meaner) printf(format string, args ...any) { fmt.Fprintf(m, format, args...) }

func (m *meaner) expr(e hclsyntax.Node) {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		m.expr(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		m.expr(e.Wrapped)
	case *hclsyntax.LiteralValueExpr:
		m.printf("%#v", e.Val)
	case *hclsyntax.UnaryOpExpr:
		m.unary(e)
	case *hclsyntax.TemplateExpr:
		m.template(e)
	case *hclsyntax.ObjectConsKeyExpr:
		m.key(e)
	case *hclsyntax.ObjectConsExpr:
		m.printf("{")
		for _, it := range e.Items {
			m.expr(it.KeyExpr)
			m.printf(":")
			m.expr(it.ValueExpr)
			m.printf(",")
		}
		m.printf("}")
	case *hclsyntax.TupleConsExpr:
		m.printf("[")
		for _, x := range e.Exprs {
			m.expr(x)
			m.printf(",")
		}
		m.printf("]")
	case *hclsyntax.AnonSymbolExpr:
		m.printf("it")
	default:
		m.fields(e)
	}
}

// unary folds the sign of a literal number.
func (m *meaner) unary(e *hclsyntax.UnaryOpExpr) {
	if lit, ok := e.Val.(*hclsyntax.LiteralValueExpr); ok && e.Op == hclsyntax.OpNegate && lit.Val.Type() == cty.Number {
		m.printf("%#v", lit.Val.Negate())
		return
	}
	m.fields(e)
}

// template joins neighbouring literals. One that holds nothing else is a string.
func (m *meaner) template(e *hclsyntax.TemplateExpr) {
	if s, ok := literalString(e); ok {
		m.printf("%s", stringMeaning(s))
		return
	}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			m.printf("%q+", literal.String())
			literal.Reset()
		}
	}
	m.printf("template(")
	for _, p := range e.Parts {
		if s, ok := literalString(p); ok {
			literal.WriteString(s)
			continue
		}
		flush()
		m.expr(p)
		m.printf("+")
	}
	flush()
	m.printf(")")
}

func stringMeaning(s string) string { return fmt.Sprintf("%#v", cty.StringVal(s)) }

// literalString is the text of a string without interpolation.
func literalString(e hclsyntax.Expression) (string, bool) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.String && !e.Val.IsNull() {
			return e.Val.AsString(), true
		}
	case *hclsyntax.ParenthesesExpr:
		return literalString(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return literalString(e.Wrapped)
	case *hclsyntax.TemplateExpr:
		var b strings.Builder
		for _, p := range e.Parts {
			s, ok := literalString(p)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// key writes the key of an object: a bare word is a string.
func (m *meaner) key(e *hclsyntax.ObjectConsKeyExpr) {
	if word := hcl.ExprAsKeyword(e.Wrapped); word != "" && !e.ForceNonLiteral {
		m.printf("%s", stringMeaning(word))
		return
	}
	if s, ok := literalKey(e); ok {
		m.printf("%s", stringMeaning(s))
		return
	}
	m.expr(e.Wrapped)
}

// literalKey is the text of a number as a key.
func literalKey(e *hclsyntax.ObjectConsKeyExpr) (string, bool) {
	lit, ok := e.Wrapped.(*hclsyntax.LiteralValueExpr)
	if !ok || lit.Val.IsNull() || lit.Val.Type() != cty.Number {
		return "", false
	}
	s, err := convert.Convert(lit.Val, cty.String)
	if err != nil {
		return "", false
	}
	return s.AsString(), true
}

// fields writes any other node: its type, and its fields but for places.
func (m *meaner) fields(n hclsyntax.Node) {
	v := reflect.Indirect(reflect.ValueOf(n))
	m.printf("%s(", v.Type().Name())
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				m.field(v.Field(i))
			}
		}
	}
	m.printf(")")
}

func (m *meaner) field(f reflect.Value) {
	switch x := f.Interface().(type) {
	case hcl.Range, []hcl.Range:
		return
	case hcl.Traversal:
		m.traversal(x)
	case *hclsyntax.Operation:
		m.printf("%p ", x)
	case []hclsyntax.Expression:
		for _, e := range x {
			m.expr(e)
			m.printf(",")
		}
	case hclsyntax.Expression:
		m.expr(x)
	default:
		m.printf("%v ", x)
	}
	m.printf(";")
}

func (m *meaner) traversal(t hcl.Traversal) {
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			m.printf("%s", s.Name)
		case hcl.TraverseAttr:
			m.printf(".%s", s.Name)
		case hcl.TraverseIndex:
			m.printf("[%#v]", s.Key)
		default:
			m.printf("%T", s)
		}
	}
}

// meaning writes what the value evaluates to, as if it were parsed from HCL.
func (v *value) meaning() string {
	switch v.kind {
	case object, tuple:
		return v.groupMeaning()
	case text:
		if v.raw {
			return v.text
		}
		return templateMeaning(v.text)
	default:
		return expressionMeaning(v.text)
	}
}

func (v *value) groupMeaning() string {
	var b strings.Builder
	for _, it := range v.group.items {
		if v.kind == object {
			b.WriteString((&value{kind: text, text: it.name, raw: v.raw}).meaning() + ":")
		}
		b.WriteString(it.value.meaning() + ",")
	}
	if v.kind == object {
		return "{" + b.String() + "}"
	}
	return "[" + b.String() + "]"
}

// expressionMeaning is the meaning of an expression's source text; of text that
// does not parse, the text.
func expressionMeaning(src string) string {
	b := []byte(src + "\n") // a heredoc ends with a line break
	e, diags := bounded.ParseExpression(b, "", hcl.InitialPos)
	if diags.HasErrors() {
		return "invalid " + src
	}
	return meaning(e)
}

// templateMeaning is the meaning of a template; of one that does not parse, its
// text.
func templateMeaning(template string) string {
	if !sequenced(template) {
		return stringMeaning(template)
	}
	e, diags := bounded.ParseTemplate([]byte(template), "", hcl.InitialPos)
	if diags.HasErrors() {
		return "invalid " + template
	}
	return meaning(e)
}

// meaning writes what a body declares. Arguments and blocks of different names
// may stand in any order.
func (g *group) meaning() string {
	var list []string
	for _, it := range g.items {
		switch it.kind {
		case block:
			list = append(list, fmt.Sprintf("%q%q{%s}", it.name, it.labels, it.body.meaning()))
		case holder:
		default:
			list = append(list, fmt.Sprintf("%q=%s", it.name, it.value.meaning()))
		}
	}
	// Blocks of one name and label are sorted with their contents, which is
	// enough to see that none is lost.
	slices.Sort(list)
	return strings.Join(list, "\n")
}
