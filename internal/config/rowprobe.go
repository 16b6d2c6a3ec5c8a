package config

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/internal/config/yamlbody"
	"github.com/twinset/twinset/schema"
)

// madeUp are cells of the kinds at hand as no table holds them, as long as cells may
// be: what they pass, shorter ones pass. None is part of another.
func (t *rowTemplate) madeUp(salt int) []cell {
	row := make([]cell, len(t.cells))
	for i, c := range t.cells {
		row[i] = c
		number := strconv.Itoa(471829301 - 1013*i - 500009*salt)
		switch c.kind {
		case textCell:
			name := string([]rune{rune('a' + i/26), rune('a' + i%26), rune('r' + salt)})
			row[i].text = ("zq" + strings.Repeat(name, maxCell))[:maxCell]
		case wholeCell:
			row[i].text = number
		case decimalCell:
			row[i].text = number[3:] + ".3125"
		case unusualCell, emptyCell, trueCell, falseCell, nullCell, nestedCell: // are part of the text
		}
	}
	t.refill(row)
	return row
}

// value is what expressions see of a cell.
func (c cell) value() cty.Value {
	switch c.kind {
	case wholeCell, decimalCell:
		return cty.MustParseNumberVal(c.text)
	case trueCell, falseCell:
		return cty.BoolVal(c.kind == trueCell)
	case nullCell:
		return cty.NullVal(c.null)
	case nestedCell:
		return nested(c.text)
	default:
		return cty.StringVal(c.text)
	}
}

// evaluate evaluates the block for a row. ok is false when there is anything to say
// about it, or to do with its objects that a template does not do.
func (t *rowTemplate) evaluate(row []cell) (objects []schema.Object, ok bool) {
	columns := map[string]cty.Value{}
	for i, name := range t.columns {
		columns[name] = row[1+i].value()
	}
	for i := range t.computed {
		columns[madeUpName(1+i)] = row[1+len(t.columns)+i].value()
	}
	before, said := t.c.found.errors, false
	report := func(diags ...*hcl.Diagnostic) { said = said || len(diags) > 0 }
	top := instance{each: reader{ctx: t.c.root, report: report}}
	in := t.c.begin(&t.d.twinBlock, top, element{key: row[0].text, value: cty.ObjectVal(columns)}, deviceDef.Type+labelPart(t.d.label))
	in.each.report = report
	objects, plain := t.c.plainObjects(t.d, in)
	return objects, plain && !said && t.c.found.errors == before
}

// plainObjects evaluates a device with its modules. plain is false when there is
// more to do with them than to write their documents, or a problem. What is said
// goes where the device's instance reports.
func (c *Config) plainObjects(d *deviceBlock, in instance) (objects []schema.Object, plain bool) {
	plain = true
	add := func(problems []schema.Problem, object func(schema.Origin) (schema.Object, error), in instance) {
		o, err := object(in.origin)
		plain = plain && err == nil && len(problems) == 0 && o.Secrets == nil && o.Initial == nil && o.Refusals == nil
		objects = append(objects, o)
	}
	dev := in.device(d)
	add(dev.Validate(), dev.Object, in)
	for m, inner := range c.moduleInstances(d, in) {
		inner.each.report = in.each.report
		mod := inner.module(dev.ID, m)
		add(mod.Validate(), mod.Object, inner)
	}
	leaf := dev.Edge != nil && !*dev.Edge // is kept track of
	return objects, plain && !leaf
}

// templateOf finds the cells of a made-up row in an object.
func (t *rowTemplate) templateOf(o schema.Object, row []cell) objectTemplate {
	before, after, instance := strings.Cut(o.Origin.Name, strconv.Quote(row[0].text))
	if !instance {
		before, after, _ = strings.Cut(o.Origin.Name, labelPart(row[0].text))
	}
	return objectTemplate{
		kind: o.Addr.Kind, id: piecesOf(o.Addr.ID, row), sub: piecesOf(o.Addr.Sub, row), doc: piecesOf(string(o.Doc), row),
		lifecycle: o.Lifecycle, origin: o.Origin, name: [2]string{before, after},
	}
}

func piecesOf(text string, row []cell) pieces {
	var p pieces
	for {
		at, which := len(text), -1
		for i, c := range row {
			if c.kind != textCell && c.kind != wholeCell && c.kind != decimalCell {
				continue
			}
			if n := strings.Index(text, c.text); n >= 0 && n < at {
				at, which = n, i
			}
		}
		p.text = append(p.text, text[:at])
		if which < 0 {
			return p
		}
		p.cells = append(p.cells, which)
		text = text[at+len(row[which].text):]
	}
}

// use finds out what a block does with rows, and returns the block for made-up ones.
// ok is false when a template cannot write what it declares.
func (c *Config) use(d *deviceBlock) (u rowUse, made *deviceBlock, ok bool) {
	if d.manifest != nil {
		return u, nil, false
	}
	u.columns, ok = map[string]bool{}, true
	rows := func(a *hcl.Attribute) *hcl.Attribute {
		made, can := u.rows(a)
		ok = ok && can
		return made
	}
	copied := *d
	copied.id, copied.reason = rows(d.id), rows(d.reason)
	copied.tags.attr, copied.desired.attr = rows(d.tags.attr), rows(d.desired.attr)
	fixed := []*hcl.Attribute{d.status, d.edge}
	blocks := []*twinBlock{&d.twinBlock}
	copied.modules = nil
	for _, m := range d.modules {
		if m.forEach != nil {
			return u, nil, false
		}
		blocks = append(blocks, m)
		module := *m
		module.tags.attr, module.desired.attr = rows(m.tags.attr), rows(m.desired.attr)
		copied.modules = append(copied.modules, &module)
	}
	for _, b := range blocks {
		fixed = append(fixed, b.names.attr)
		if b.auth != nil {
			for _, a := range b.auth.attrs {
				fixed = append(fixed, a)
			}
		}
	}
	return u, &copied, ok && !usesEach(fixed...) && c.profilesOnlyPlace(blocks, u.columns)
}

// profilesOnlyPlace tells whether the profiles of blocks do no more with rows than put
// their fields into places.
func (c *Config) profilesOnlyPlace(blocks []*twinBlock, used map[string]bool) bool {
	for _, b := range blocks {
		for _, p := range c.profilesOf(b) {
			for _, a := range []*hcl.Attribute{p.tags, p.desired} {
				if a != nil && !onlyPlaces(a.Expr, used) {
					return false
				}
			}
		}
	}
	return true
}

// profilesOf are the profiles of a block whose names are the same for all instances.
func (c *Config) profilesOf(b *twinBlock) []*profile {
	var known []string
	silent := reader{ctx: c.root, report: func(...*hcl.Diagnostic) {}}
	own := silent.texts(b.names.attr)
	first, _ := c.defaults.of(b.kind)
	for _, name := range append(own, first...) {
		if c.profiles[name] != nil {
			known = append(known, name)
		}
	}
	return c.order(known)
}

// onlyPlaces tells whether an expression does no more with the instance than put
// its key and fields of its value into places, whole or as parts of text. It notes
// the fields.
func onlyPlaces(e hcl.Expression, used map[string]bool) bool {
	e, _ = unscoped(e)
	if !usesEach(&hcl.Attribute{Expr: e}) {
		return true
	}
	if name, is := eachField(e); is {
		if name != "" {
			used[name] = true
		}
		return true
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		for _, p := range pairs {
			if usesEach(&hcl.Attribute{Expr: p.Key}) || !onlyPlaces(p.Value, used) {
				return false
			}
		}
		return true
	}
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		for _, item := range items {
			if !onlyPlaces(item, used) {
				return false
			}
		}
		return true
	}
	parts, is := templateParts(e)
	for _, part := range parts {
		if !onlyPlaces(part, used) {
			return false
		}
	}
	return is
}

// eachField recognises each.key, for which the name is empty, and each.value.NAME.
func eachField(e hcl.Expression) (name string, is bool) {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() || t.RootName() != "each" {
		return "", false
	}
	return fieldOf(t)
}

func fieldOf(t hcl.Traversal) (name string, is bool) {
	if len(t) < 2 {
		return "", false
	}
	what, _ := t[1].(hcl.TraverseAttr)
	switch {
	case what.Name == "key" && len(t) == 2:
		return "", true
	case what.Name != "value" || len(t) != 3:
		return "", false
	}
	switch step := t[2].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() && step.Key.AsString() != "" {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

// templateParts are the parts of a template, or what stands in parentheses.
func templateParts(e hcl.Expression) ([]hcl.Expression, bool) {
	if t := yamlbody.Template(e); t != nil {
		e = t
	}
	switch x := e.(type) {
	case *hclsyntax.TemplateExpr:
		parts := make([]hcl.Expression, 0, len(x.Parts))
		for _, p := range x.Parts {
			parts = append(parts, p)
		}
		return parts, true
	case *hclsyntax.TemplateWrapExpr:
		return []hcl.Expression{x.Wrapped}, true
	case *hclsyntax.ParenthesesExpr:
		return []hcl.Expression{x.Expression}, true
	default:
		return nil, false
	}
}
