package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// Overlay is an overlay block: what is written to devices that are not declared
// and meet a condition.
type Overlay struct {
	Name   string // overlay.NAME
	Origin schema.Origin
	Where  *condition.Condition
	Doc    schema.Doc
}

// Overlays are the overlays of the project, in the order of the files.
func (c *Config) Overlays() []Overlay { return c.overlays }

// overlayBlock is an overlay while others are checked against it.
type overlayBlock struct {
	Overlay
	rng     hcl.Range
	attrs   hcl.Attributes
	written []schema.Leaf
}

// decodeOverlays reads the blocks when variables and locals have values.
func (l *loader) decodeOverlays() {
	var list []*overlayBlock
	seen := map[string]hcl.Range{}
	for _, b := range l.overlayBlocks {
		content, diags := decode(b.Body, overlayDef)
		l.add(diags...)
		if first, again := seen[b.Labels[0]]; again {
			l.duplicate("overlay", b.Labels[0], first, b.DefRange)
			continue
		}
		seen[b.Labels[0]] = b.DefRange
		o := &overlayBlock{rng: b.DefRange, attrs: content.Attributes}
		o.Name = overlayDef.Type + labelPart(b.Labels[0])
		o.Origin = schema.Origin{File: b.DefRange.Filename, Line: b.DefRange.Start.Line, Column: b.DefRange.Start.Column}
		if l.readOverlay(o, b.Labels[0]) && !diags.HasErrors() {
			list = append(list, o)
		}
	}
	l.checkOverlays(list)
	for _, o := range list {
		l.overlays = append(l.overlays, o.Overlay)
	}
}

func (l *loader) readOverlay(o *overlayBlock, label string) bool {
	before, r := l.found.errors, l.scope()
	v := schema.Overlay{Name: label, Tags: r.object(o.attrs["tags"]), Desired: r.object(o.attrs["desired"])}
	text, ok := r.required(o.attrs["where"])
	if !ok || l.found.errors > before {
		return false
	}
	l.readWhere(o, text)
	for _, p := range v.Validate() {
		rng := o.rng
		var expr hcl.Expression
		if len(p.Path) > 0 && o.attrs[p.Path[0]] != nil {
			expr = leaf(o.attrs[p.Path[0]].Expr, p.Path[1:], r.ctx)
			rng = expr.Range()
		}
		d := errorAt(rng, p.Summary, p.Detail)
		if expr != nil {
			d.Expression, d.EvalContext = expr, r.ctx
		}
		l.add(d)
	}
	if l.found.errors > before {
		return false
	}
	doc, err := v.Doc()
	if err != nil {
		l.add(errorAt(o.rng, "Invalid object", capital(err.Error())+"."))
		return false
	}
	o.Doc, o.written = doc, schema.Leaves(doc)
	return true
}

func (l *loader) readWhere(o *overlayBlock, text string) {
	bad := func(detail string) { l.scope().wrong(o.attrs["where"].Expr, "Invalid overlay condition", detail) }
	var err error
	if o.Where, err = condition.Parse(text); err != nil {
		bad(fmt.Sprintf("The condition cannot be read: %s. It is one on deviceId, tags and reported properties, such as tags.site = 'north', or * for all devices.", err))
		return
	}
	if o.Where.Modules {
		bad("An overlay is for devices: write the condition without FROM devices.modules WHERE.")
	}
	for _, p := range o.Where.Paths() {
		if schema.Path(p).HasPrefix(schema.Path{"tags", schema.ReservedTag}) {
			bad(fmt.Sprintf("The tag %q holds ownership marks, which the overlay writes itself. Use another tag.", schema.ReservedTag))
			return
		}
	}
}

// checkOverlays refuses conditions that read what an overlay writes: a device
// would match because it matched before.
func (l *loader) checkOverlays(list []*overlayBlock) {
	for _, reader := range list {
		if writer, p := writerOf(list, reader.Where); writer != nil {
			l.add(errorAt(reader.attrs["where"].Expr.Range(), "Overlay decides about itself",
				fmt.Sprintf("The condition reads %s, which %s writes, at %s. Whether a device matches must not depend on overlays: use another tag.", p, writer.Name, writer.rng)))
		}
	}
}

func writerOf(list []*overlayBlock, where *condition.Condition) (*overlayBlock, schema.Path) {
	for _, p := range where.Paths() {
		for _, o := range list {
			for _, w := range o.written {
				if w.Path.Overlaps(p) {
					return o, p
				}
			}
		}
	}
	return nil, nil
}
