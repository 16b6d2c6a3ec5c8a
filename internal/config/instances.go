package config

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// instance is one object of a block under evaluation.
type instance struct {
	c      *Config
	block  *twinBlock
	key    *string // each.key, if there is one
	once   reader  // for what all instances share
	each   reader
	origin schema.Origin
	taken  bool // a template writes it; nothing else is known
}

// element is a key of a for_each collection with its value.
type element struct {
	key   string
	value cty.Value
	taken bool // a template writes what the row declares; there is no value
}

// members yields what for_each declares. The rows of a table come one by one, in
// their order, without a value where take wants the row; other collections are sorted
// by key.
func (c *Config) members(a *hcl.Attribute, r reader, take func(cells) bool) iter.Seq[element] {
	if a != nil {
		if rows, ok := c.rowsOf(a, r, take); ok {
			return rows
		}
	}
	return slices.Values(expand(a, r))
}

// expand evaluates for_each. Without one the block is a single instance, of the
// empty key. A wrong collection is reported and has no instances.
func expand(a *hcl.Attribute, r reader) []element {
	if a == nil {
		return []element{{}}
	}
	v, ok := r.raw(a)
	if !ok || !v.IsKnown() {
		return nil
	}
	bad := func(detail string) []element {
		r.wrong(a.Expr, "Invalid for_each", detail)
		return nil
	}
	t := v.Type()
	switch {
	case v.IsMarked():
		return bad("The keys of for_each become ids and addresses, which are no secrets. Secret and sensitive values cannot decide them.")
	case v.IsNull():
		return bad("The value is null. Write {} for no instances.")
	case t.IsTupleType() || t.IsListType():
		return bad("A list has no keys. Use toset(...) for a list of strings, or { for x in LIST : x.id => x } for a list of objects.")
	case t.IsSetType() && t.ElementType() != cty.String && v.LengthInt() > 0:
		return bad("The members of a set must be strings.")
	case !t.IsObjectType() && !t.IsMapType() && !t.IsSetType():
		return bad(fmt.Sprintf("A map, an object or a set of strings is required, not %s.", t.FriendlyName()))
	}
	list := make([]element, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if t.IsSetType() {
			k = e
		}
		if k.IsNull() || !k.IsKnown() {
			return bad("A key is null or not known.")
		}
		list = append(list, element{key: k.AsString(), value: e})
	}
	slices.SortFunc(list, func(a, b element) int { return strings.Compare(a.key, b.key) })
	return list
}

// begin opens the scope of one instance below the scope of its parent. name is
// its address without a key.
func (c *Config) begin(b *twinBlock, parent instance, m element, name string) instance {
	in := instance{c: c, block: b, key: parent.key, each: parent.each, once: reader{ctx: c.root, report: c.add}}
	if b.forEach != nil {
		name += fmt.Sprintf("[%q]", m.key)
		in.key = &m.key
		in.each.ctx = eachContext(c.root, m)
	}
	where := ""
	in.each.report = func(diags ...*hcl.Diagnostic) {
		if where == "" && in.key != nil {
			where = fmt.Sprintf("%s (each.key = %q)", name, *in.key)
		}
		c.found.add(where, diags...)
	}
	in.origin = schema.Origin{File: b.rng.Filename, Line: b.rng.Start.Line, Column: b.rng.Start.Column, Name: name}
	return in
}

func (c *Config) add(diags ...*hcl.Diagnostic) { c.found.add("", diags...) }

// eachContext is the scope of one element.
func eachContext(ctx *hcl.EvalContext, m element) *hcl.EvalContext {
	ctx = ctx.NewChild()
	ctx.Variables = map[string]cty.Value{"each": eachValue(m)}
	return ctx
}

func eachValue(m element) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(m.key), "value": m.value})
}

// profiles are the names of the profiles of the instance, those of the project's
// defaults first.
func (in instance) profiles() []string {
	return in.block.names.get(in.once, in.each, func(r reader) []string {
		names := r.texts(in.block.names.attr)
		first, _ := in.c.defaults.of(in.block.kind)
		return slices.Concat(first, in.c.known(r, in.block.names.attr, names, in.block.kind.String()))
	})
}

// values are the sections of the instance: profiles, then its own.
func (in instance) values() twinValues {
	b := in.block
	return in.c.profileValues(in.block.kind, in.profiles(), in.each).merge(twinValues{
		tags:    b.tags.get(in.once, in.each, func(r reader) map[string]any { return r.object(b.tags.attr) }),
		desired: b.desired.get(in.once, in.each, func(r reader) map[string]any { return r.object(b.desired.attr) }),
	})
}

func (in instance) auth() *schema.Auth {
	a := in.block.auth
	if a == nil {
		return nil
	}
	return a.value.get(in.once, in.each, a.read)
}

func (a *authBlock) read(r reader) *schema.Auth {
	var out schema.Auth
	var ok bool
	out.Type, ok = r.required(a.attrs["type"])
	out.PrimaryKey = r.key(a.attrs["primary_key"])
	out.SecondaryKey = r.key(a.attrs["secondary_key"])
	out.PrimaryThumbprint, out.PrimaryThumbprintRef = r.thumbprint(a.attrs["primary_thumbprint"])
	out.SecondaryThumbprint, out.SecondaryThumbprintRef = r.thumbprint(a.attrs["secondary_thumbprint"])
	if !ok {
		return nil
	}
	return &out
}

// key reads an argument that must be a secret reference.
func (r reader) key(a *hcl.Attribute) schema.SecretRef {
	v, ok := r.raw(a)
	if !ok || !v.IsKnown() {
		return ""
	}
	if bare, _ := v.Unmark(); bare.IsNull() {
		return ""
	}
	ref, whole := wholeSecret(v)
	if !whole {
		d := errorAt(a.Expr.Range(), "Key in the configuration",
			fmt.Sprintf("Keys must not stand in the configuration: %s must be secret(\"env://NAME\") or secret(\"file://PATH\"), and nothing else. Leave it out to let the hub generate keys.", a.Name))
		r.report(d) // without the values: one of them is the key
	}
	return ref
}

// thumbprint reads an argument that is text or a secret reference.
func (r reader) thumbprint(a *hcl.Attribute) (string, schema.SecretRef) {
	v, ok := r.raw(a)
	if !ok || !v.IsKnown() {
		return "", ""
	}
	bare, marks := v.Unmark()
	if bare.IsNull() {
		return "", ""
	}
	if ref, whole := wholeSecret(v); whole {
		return "", ref
	}
	if len(marks) > 0 {
		summary, detail := markProblem(marks)
		r.wrong(a.Expr, summary, detail)
		return "", ""
	}
	s, _ := r.text(a)
	return s, ""
}
