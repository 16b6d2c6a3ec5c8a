package config

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// targetingBlock is a configuration or deployment block.
type targetingBlock struct {
	manifestBody // of a deployment
	kind         schema.Kind
	id           string
	lifecycle    lifecycleBlock
}

func (l *loader) decodeTargeting(b *hcl.Block) {
	def, kind := configurationDef, schema.KindConfiguration
	if b.Type == deploymentDef.Type {
		def, kind = deploymentDef, schema.KindDeployment
	}
	content, diags := decode(b.Body, def)
	l.report(diags)
	t := &targetingBlock{
		kind: kind, id: b.Labels[0],
		manifestBody: manifestBody{rng: b.DefRange, attrs: content.Attributes, broken: diags.HasErrors()},
	}
	for _, sub := range content.Blocks {
		if sub.Type == targetingLifecycleDef.Type {
			inner, diags := decode(sub.Body, targetingLifecycleDef)
			l.report(diags)
			t.lifecycle.attrs = inner.Attributes
			continue
		}
		l.decodeManifestPart(&t.manifestBody, sub)
	}
	for _, other := range l.targeting {
		switch {
		case other.id != t.id:
			continue
		case other.kind == kind:
			l.duplicate(b.Type, t.id, other.rng, t.rng)
		default:
			l.add(errorAt(t.rng, "Id used twice", fmt.Sprintf("The hub keeps configurations and deployments under one list of ids, and %s %q at %s has the same one.", other.kind, other.id, other.rng)))
		}
		return
	}
	l.targeting = append(l.targeting, t)
}

// targeted hands out a configuration or deployment.
func (w *walker) targeted(b *targetingBlock) bool {
	before := w.found.errors
	r := reader{ctx: w.root, report: w.add}
	name := b.kind.String() + labelPart(b.id)
	origin := schema.Origin{File: b.rng.Filename, Line: b.rng.Start.Line, Column: b.rng.Start.Column, Name: name}
	problems, object := b.read(r)
	if w.found.errors == before && !w.incomplete && !b.broken {
		for _, p := range problems() {
			rng, expr := b.place(p.Path, r.ctx)
			d := errorAt(rng, p.Summary, p.Detail)
			if expr != nil {
				d.Expression, d.EvalContext = expr, r.ctx
			}
			w.add(d)
		}
	}
	if w.found.errors > before || b.broken {
		return true
	}
	obj, err := object(origin)
	if err != nil {
		w.add(errorAt(b.rng, "Invalid object", capital(err.Error())+"."))
	}
	var lc schema.Lifecycle
	if obj.Lifecycle != nil {
		lc = *obj.Lifecycle
	}
	if lc = w.move(origin, schema.Address{Kind: b.kind, ID: b.id}, lc, w.add); lc.Exists {
		obj.Lifecycle = &lc
	}
	if w.found.errors > 0 {
		return true
	}
	return w.emit(obj)
}

// read evaluates the block.
func (b *targetingBlock) read(r reader) (problems func() []schema.Problem, object func(schema.Origin) (schema.Object, error)) {
	t := schema.Targeting{
		ID: b.id, Priority: r.requiredNumber(b.attrs["priority"]),
		Labels: r.object(b.attrs["labels"]), Metrics: r.object(b.attrs["metrics"]),
	}
	t.TargetCondition, _ = r.required(b.attrs["target_condition"])
	t.Lifecycle.PreventDestroy, _ = r.flag(b.lifecycle.attrs["prevent_destroy"])
	t.Lifecycle.Adopt, _ = r.flag(b.lifecycle.attrs["adopt"])
	t.Lifecycle.OnRemove, _ = r.text(b.lifecycle.attrs["on_remove"])
	t.Lifecycle.Replace, _ = r.text(b.lifecycle.attrs["replace"])
	if b.kind == schema.KindDeployment {
		d := &schema.Deployment{Targeting: t}
		d.ModulesContent = b.modulesContent(r, &d.Passwords)
		for i, s := range d.Passwords {
			d.Passwords[i].Path = append(schema.Path{"modules_content"}, s.Path...)
		}
		slices.SortFunc(d.Passwords, func(x, y schema.Secret) int { return slices.Compare(x.Path, y.Path) })
		return d.Validate, d.Object
	}
	c := &schema.Configuration{Targeting: t, DeviceContent: r.object(b.attrs["device_content"]), ModuleContent: r.object(b.attrs["module_content"])}
	return c.Validate, c.Object
}

// requiredNumber reads a number that must not be null.
func (r reader) requiredNumber(a *hcl.Attribute) json.Number {
	v, ok := r.value(a, cty.Number)
	if ok {
		return numberOf(v.AsBigFloat())
	}
	if a != nil {
		if v, diags := a.Expr.Value(r.ctx); !diags.HasErrors() && v.IsNull() {
			r.required(a) // says so
		}
	}
	return ""
}

// place is the best source range for a path of the object.
func (b *targetingBlock) place(path schema.Path, ctx *hcl.EvalContext) (hcl.Range, hcl.Expression) {
	if len(path) == 0 {
		return b.rng, nil
	}
	if path[0] == "lifecycle" {
		return attributePlace(b.lifecycle.attrs, path[1:], b.rng)
	}
	if path[0] == "modules_content" {
		return b.manifestBody.place(path[1:], ctx)
	}
	if a := b.attrs[path[0]]; a != nil {
		e := leaf(a.Expr, path[1:], ctx)
		return e.Range(), e
	}
	return b.rng, nil
}
