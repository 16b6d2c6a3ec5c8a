package config

import (
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// Objects yields every declared object, in order of the files, each device
// before its modules, configurations and deployments last. Instances are evaluated as they are asked for. After the
// first mistake no more objects follow; the rest is still checked, and the error,
// which comes last, is a [*DiagnosticsError] with everything that was found. An
// object that is declared twice may come twice before the error.
func (c *Config) Objects() schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		if c.found.errors == 0 && !c.walk(func(o schema.Object) bool { return yield(o, nil) }) {
			return
		}
		if c.found.errors > 0 {
			yield(schema.Object{}, &DiagnosticsError{Diagnostics: c.found.diagnostics(c.sensitive)})
		}
	}
}

// Check evaluates every instance and returns everything that was found, in
// loading too.
func (c *Config) Check() hcl.Diagnostics {
	c.walk(func(schema.Object) bool { return true })
	return c.found.diagnostics(c.sensitive)
}

// walker visits the instances of a configuration.
type walker struct {
	*Config
	seen *keySet // of addresses
	kin  *family
	emit func(schema.Object) bool
}

// walk hands the objects to emit, as long as there is no error. It returns false
// when emit did.
func (c *Config) walk(emit func(schema.Object) bool) bool {
	w := walker{Config: c, seen: newKeySet(), kin: newFamily(), emit: emit}
	c.judgeCollections()
	c.beginMoves()
	if !w.devices() {
		return false
	}
	for _, b := range c.targeting {
		if !w.targeted(b) {
			return false
		}
	}
	if suspect := w.seen.repeated(); suspect != nil {
		c.reportRepeated(suspect)
	}
	w.kin.reportCircles()
	c.reportParents(w.kin)
	c.endMoves()
	return true
}

// devices visits the instances of all device blocks.
func (w *walker) devices() bool {
	for s, written := range w.literals().each(w.Config.devices) {
		for _, o := range written {
			if !w.sendWritten(o) {
				return false
			}
		}
		if written != nil {
			continue
		}
		if d := w.decoded(s); d != nil && !w.block(d) {
			return false
		}
	}
	return true
}

// sendWritten emits an object that a template wrote, unless there was an error before.
func (w *walker) sendWritten(o schema.Object) bool {
	w.seen.add(repeatKey(o.Addr))
	return w.found.errors > 0 || w.emit(o)
}

// block visits the instances of a device block.
func (w *walker) block(d *deviceBlock) bool {
	t := w.rowTemplate(d)
	for in := range w.instances(d, t.take) {
		if in.taken && !w.write(t) || !in.taken && !w.device(d, in) {
			return false
		}
	}
	return true
}

// deviceInstances yields the instances of all device blocks.
func (c *Config) deviceInstances() iter.Seq2[*deviceBlock, instance] {
	return func(yield func(*deviceBlock, instance) bool) {
		for d := range c.blocks {
			for in := range c.instances(d, nil) {
				if !yield(d, in) {
					return
				}
			}
		}
	}
}

// instances yields the instances of a device block. Of rows that take wants there is
// no more than the notice that they were taken.
func (c *Config) instances(d *deviceBlock, take func(cells) bool) iter.Seq[instance] {
	return func(yield func(instance) bool) {
		top := instance{each: reader{ctx: c.root, report: c.add}}
		name := deviceDef.Type + labelPart(d.label)
		for m := range c.members(d.forEach, top.each, take) {
			in := instance{taken: true}
			if !m.taken {
				in = c.begin(&d.twinBlock, top, m, name)
			}
			if !yield(in) {
				return
			}
		}
	}
}

// moduleInstances yields the instances of the module blocks of a device.
func (c *Config) moduleInstances(d *deviceBlock, device instance) iter.Seq2[*twinBlock, instance] {
	return func(yield func(*twinBlock, instance) bool) {
		for _, m := range d.modules {
			name := device.origin.Name + "." + moduleDef.Type + labelPart(m.label)
			for _, e := range expand(m.forEach, device.each) {
				if !yield(m, c.begin(m, device, e, name)) {
					return
				}
			}
		}
	}
}

// labelPart is a label as a part of an address.
func labelPart(label string) string {
	return strings.TrimPrefix(schema.DeviceAddress(label).String(), deviceDef.Type)
}

func (w *walker) device(d *deviceBlock, in instance) bool {
	before := w.found.errors
	dev := in.device(d)
	if w.found.errors == before && !w.incomplete {
		in.problems(dev.Validate(), map[string]*hcl.Attribute{"id": d.id, "status": d.status, "status_reason": d.reason, "edge": d.edge, "parent": d.parent})
		w.kin.add(in, &dev, d.parent)
	}
	addr := schema.DeviceAddress(dev.ID)
	dev.Lifecycle = in.moved(addr, dev.Lifecycle)
	w.seen.add(repeatKey(addr))
	w.judge(before, in, subject{addr: addr, status: dev.Status, reason: dev.StatusReason, edge: dev.Edge, parent: dev.Parent, auth: dev.Auth, values: twinValues{tags: dev.Tags, desired: dev.Desired}})
	if !w.send(before, in, dev.Object) {
		return false
	}
	for m, inner := range w.moduleInstances(d, in) {
		if !w.module(&dev, m, inner) {
			return false
		}
	}
	return true
}

// device evaluates the block for the instance.
func (in instance) device(d *deviceBlock) schema.Device {
	v := in.values()
	dev := schema.Device{ID: in.id(d.id), Auth: in.auth(), Tags: v.tags, Desired: v.desired, Manifest: in.manifest(), Lifecycle: d.lifecycle.value}
	dev.Status = in.optional(d.status)
	dev.StatusReason = in.optional(d.reason)
	dev.Parent = in.optional(d.parent)
	if edge, ok := in.each.flag(d.edge); ok {
		dev.Edge = &edge
	}
	return dev
}

// module evaluates the block for the instance.
func (in instance) module(device string, m *twinBlock) schema.Module {
	v := in.values()
	return schema.Module{DeviceID: device, ID: in.moduleID(), Auth: in.auth(), Tags: v.tags, Desired: v.desired, Lifecycle: m.lifecycle.value}
}

func (w *walker) module(device *schema.Device, m *twinBlock, in instance) bool {
	before := w.found.errors
	mod := in.module(device.ID, m)
	if w.found.errors == before && !w.incomplete {
		in.problems(mod.Validate(), nil)
		in.checkManifest(device, &mod)
	}
	addr := schema.ModuleAddress(device.ID, mod.ID)
	mod.Lifecycle = in.moved(addr, mod.Lifecycle)
	w.seen.add(repeatKey(addr))
	w.judge(before, in, subject{addr: addr, auth: mod.Auth, values: twinValues{tags: mod.Tags, desired: mod.Desired}})
	return w.send(before, in, mod.Object)
}

// send emits the object unless there was an error, here or before.
func (w *walker) send(before int, in instance, object func(schema.Origin) (schema.Object, error)) bool {
	if w.found.errors > before {
		return true
	}
	obj, err := object(in.origin)
	if err != nil {
		in.each.report(errorAt(in.block.rng, "Invalid object", capital(err.Error())+"."))
	}
	if w.found.errors > 0 {
		return true
	}
	return w.emit(obj)
}

// id is the device's id: what the block says, else each.key, else the label.
func (in instance) id(a *hcl.Attribute) string {
	if s, ok := in.each.text(a); ok {
		return s
	}
	if in.block.forEach != nil {
		return *in.key
	}
	return in.block.label
}

// moduleID is the module's id: each.key, else the label.
func (in instance) moduleID() string {
	if in.block.forEach != nil {
		return *in.key
	}
	return in.block.label
}

func (in instance) optional(a *hcl.Attribute) *string {
	if v, ok := in.each.value(a, cty.String); ok {
		s := v.AsString()
		return &s
	}
	return nil
}

// problems reports what validation found, at the place that wrote it.
func (in instance) problems(list []schema.Problem, attrs map[string]*hcl.Attribute) {
	for _, p := range list {
		rng, expr := in.place(p.Path, attrs)
		d := errorAt(rng, p.Summary, p.Detail)
		if expr != nil {
			d.Expression, d.EvalContext = expr, in.each.ctx
		}
		in.each.report(d)
	}
}

// place is the best source range for a path of the object: the value in the
// block itself, else in the profile that wrote it, else the block. The
// expression is nil unless one stands there.
func (in instance) place(path schema.Path, attrs map[string]*hcl.Attribute) (hcl.Range, hcl.Expression) {
	b := in.block
	if len(path) == 0 {
		return b.rng, nil
	}
	switch path[0] {
	case "tags":
		return in.leafPlace(path[1:], b.tags.attr, func(p *profile) *hcl.Attribute { return p.tags })
	case "desired":
		return in.leafPlace(path[1:], b.desired.attr, func(p *profile) *hcl.Attribute { return p.desired })
	case "auth":
		attrs = nil
		if b.auth != nil {
			return attributePlace(b.auth.attrs, path[1:], b.auth.rng)
		}
	case schema.MemberManifest:
		if b.manifest != nil {
			return b.manifest.place(path[1:], in.each.ctx)
		}
	case "lifecycle":
		return attributePlace(b.lifecycle.attrs, path[1:], b.rng)
	}
	if a := attrs[path[0]]; a != nil {
		return a.Expr.Range(), a.Expr
	}
	if path[0] == "id" && b.forEach != nil {
		return b.forEach.Expr.Range(), nil
	}
	return b.rng, nil
}

func attributePlace(attrs hcl.Attributes, path schema.Path, block hcl.Range) (hcl.Range, hcl.Expression) {
	if len(path) > 0 && attrs[path[0]] != nil {
		return attrs[path[0]].Expr.Range(), attrs[path[0]].Expr
	}
	return block, nil
}

func (in instance) leafPlace(path schema.Path, own *hcl.Attribute, section func(*profile) *hcl.Attribute) (hcl.Range, hcl.Expression) {
	if e, ok := writes(own, path, in.each.ctx); ok {
		return e.Range(), e
	}
	for _, p := range slices.Backward(in.c.order(in.profiles())) {
		if e, ok := writes(section(p), path, in.each.ctx); ok {
			return e.Range(), e
		}
	}
	if d := in.c.defaults; in.block.kind == schema.KindDevice {
		if e, ok := writes(section(&profile{tags: d.tags, desired: d.desired}), path, in.each.ctx); ok {
			return e.Range(), e
		}
	}
	if own != nil {
		return own.Expr.Range(), own.Expr
	}
	return in.block.rng, nil
}
