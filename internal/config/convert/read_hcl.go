package convert

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/twinset/twinset/internal/config"
)

// hclReader makes the tree of an HCL file.
type hclReader struct {
	src    []byte
	tokens hclsyntax.Tokens
	diags  hcl.Diagnostics
}

// readHCL reads a file whose body the parser has accepted.
func readHCL(name string, src []byte, f *hcl.File, g *config.Grammar) (*group, hcl.Diagnostics) {
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return nil, hcl.Diagnostics{problem(hcl.Range{Filename: name}, "Unreadable file", "The file is not HCL.")}
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	r := &hclReader{src: src, tokens: tokens}
	root := r.body(body, g)
	root.start, root.end = 0, len(src)
	attach(root, src, r.comments(root))
	return root, r.diags
}

// body reads arguments and blocks in the order of the file.
func (r *hclReader) body(b *hclsyntax.Body, g *config.Grammar) *group {
	list := &group{column: -1, start: b.SrcRange.Start.Byte, end: b.SrcRange.End.Byte}
	for _, a := range b.Attributes {
		list.items = append(list.items, r.argument(a, g.Static[a.Name]))
	}
	for _, k := range b.Blocks {
		list.items = append(list.items, r.block(k, g.Blocks[k.Type]))
	}
	slices.SortFunc(list.items, func(a, b *item) int { return cmp.Compare(a.start, b.start) })
	return list
}

func (r *hclReader) argument(a *hclsyntax.Attribute, static bool) *item {
	it := &item{
		kind: argument, name: a.Name, static: static, at: a.NameRange,
		start: a.NameRange.Start.Byte, lead: a.NameRange.Start.Byte,
	}
	// The rest of the line tells parentheses, which ranges may leave out.
	from, to := a.EqualsRange.End.Byte, a.Expr.Range().End.Byte
	if static {
		it.value = r.source(from, to, a.Expr)
	} else {
		it.value = r.expression(a.Expr)
	}
	it.end = max(it.value.end, a.SrcRange.End.Byte)
	return it
}

func (r *hclReader) block(b *hclsyntax.Block, g *config.Grammar) *item {
	if g == nil {
		g = &config.Grammar{}
	}
	it := &item{
		kind: block, name: b.Type, labels: b.Labels, at: b.DefRange(),
		start: b.TypeRange.Start.Byte, lead: b.TypeRange.Start.Byte, end: b.CloseBraceRange.End.Byte,
		body: r.body(b.Body, g),
	}
	it.body.start, it.body.end = b.OpenBraceRange.Start.Byte, b.CloseBraceRange.End.Byte
	it.body.oneLine = b.OpenBraceRange.Start.Line == b.CloseBraceRange.Start.Line
	return it
}

// expression reads a value: a structure where the expression has one, else its
// source text.
func (r *hclReader) expression(e hclsyntax.Expression) *value {
	start, end := e.Range().Start.Byte, e.Range().End.Byte
	v := &value{start: start, end: end}
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		v.kind, v.group = object, r.object(e)
	case *hclsyntax.TupleConsExpr:
		v.kind, v.group = tuple, r.tuple(e)
	case *hclsyntax.TemplateExpr:
		v.kind, v.lines = text, bytes.HasPrefix(r.src[start:end], []byte("<<"))
		v.text = r.template(start, end)
		if templateMeaning(v.text) != meaning(e) {
			return r.source(start, end, e)
		}
		return v
	default:
		if s, ok := literal(e, string(r.src[start:end])); ok && !bytes.ContainsAny(r.src[start:end], "#/") {
			v.text = s
			return v
		}
		return r.source(start, end, e)
	}
	if v.group == nil {
		return r.source(start, end, e)
	}
	v.group.start, v.group.end = start, end
	v.group.oneLine = e.Range().Start.Line == e.Range().End.Line
	return v
}

// source reads an expression as text.
func (r *hclReader) source(start, end int, e hclsyntax.Expression) *value {
	if w, ok := e.(*hclsyntax.TemplateWrapExpr); ok {
		start, end = w.Wrapped.Range().Start.Byte, w.Wrapped.Range().End.Byte
		// What stands around the expression inside the braces may be a comment.
		if s, ok := unwrap(r.template(w.SrcRange.Start.Byte, w.SrcRange.End.Byte)); ok && expressionMeaning(s) == meaning(e) {
			return &value{kind: source, text: s, start: w.SrcRange.Start.Byte, end: w.SrcRange.End.Byte}
		}
	}
	s, ok := canonical(string(r.src[start:end]))
	if !ok || expressionMeaning(s) != meaning(e) {
		r.diags = append(r.diags, problem(e.Range(), "Expression cannot be converted", "The source text of this expression is not understood. Write it in a simpler form."))
	}
	return &value{kind: source, text: s, start: start, end: end}
}

// object reads the members of an object; nil when a key has no form outside of
// HCL or occurs twice.
func (r *hclReader) object(e *hclsyntax.ObjectConsExpr) *group {
	list := &group{column: -1}
	seen := map[string]bool{}
	for _, m := range e.Items {
		name, ok := r.key(m.KeyExpr)
		if !ok || seen[name] || len(name) > maxKey {
			return nil
		}
		seen[name] = true
		it := &item{kind: member, name: name, value: r.expression(m.ValueExpr), at: m.KeyExpr.Range()}
		it.start = m.KeyExpr.Range().Start.Byte
		it.lead, it.end = it.start, it.value.end
		list.items = append(list.items, it)
	}
	return list
}

// maxKey is how long a key of a YAML mapping may be, quotes included.
const maxKey = 1000

// key is the template of a key. Its meaning must be that of the key.
func (r *hclReader) key(e hclsyntax.Expression) (string, bool) {
	k, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return "", false
	}
	want := meaning(k)
	start, end := k.Range().Start.Byte, k.Range().End.Byte
	inner, closed := start, end
	if _, ok := k.Wrapped.(*hclsyntax.ParenthesesExpr); ok {
		inner, closed = start+1, end-1 // the writer puts them back
	}
	name := ""
	if s, ok := r.plainKey(k); ok {
		name = s
	} else if s, ok := canonical(string(r.src[inner:closed])); ok {
		name = wrap(s)
	}
	if _, ok := k.Wrapped.(*hclsyntax.TemplateExpr); ok {
		name = r.template(start, end)
	}
	return name, templateMeaning(name) == want
}

// plainKey is a key that is a word or a number.
func (r *hclReader) plainKey(k *hclsyntax.ObjectConsKeyExpr) (string, bool) {
	if word := hcl.ExprAsKeyword(k.Wrapped); word != "" && !k.ForceNonLiteral {
		return word, true
	}
	return literalKey(k)
}

func (r *hclReader) tuple(e *hclsyntax.TupleConsExpr) *group {
	list := &group{column: -1}
	for _, x := range e.Exprs {
		v := r.expression(x)
		list.items = append(list.items, &item{kind: element, value: v, start: v.start, lead: v.start, end: v.end, at: x.Range()})
	}
	return list
}

// between is the tokens of a range.
func (r *hclReader) between(start, end int) hclsyntax.Tokens {
	from := sort.Search(len(r.tokens), func(i int) bool { return r.tokens[i].Range.Start.Byte >= start })
	to := sort.Search(len(r.tokens), func(i int) bool { return r.tokens[i].Range.Start.Byte >= end })
	return r.tokens[from:to]
}
