package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/twinset/twinset/schema"
)

// manifestBody is a manifest as it is declared: by a deployment, or by a device for
// itself.
type manifestBody struct {
	rng    hcl.Range
	attrs  hcl.Attributes
	parts  []*manifestBlock
	broken bool // what is missing was said
}

// manifestBlock is a module, system_module or route block of a manifest.
type manifestBlock struct {
	kind, name string
	rng        hcl.Range
	attrs      hcl.Attributes
}

func (c *Config) decodeManifestPart(t *manifestBody, b *hcl.Block) {
	defs := manifestBlocks()
	i := slices.IndexFunc(defs, func(d *blockDef) bool { return d.Type == b.Type })
	if i < 0 {
		return
	}
	content, diags := decode(b.Body, defs[i])
	c.add(diags...)
	t.broken = t.broken || diags.HasErrors()
	part := &manifestBlock{kind: b.Type, name: b.Labels[0], rng: b.DefRange, attrs: content.Attributes}
	if part.kind == systemModuleDef.Type && !slices.Contains(schema.SystemModules(), part.name) {
		c.add(errorAt(part.rng, "Unknown system module", fmt.Sprintf("%q is no part of the runtime: those are %s. Modules of your own are declared with module.", part.name, strings.Join(schema.SystemModules(), " and "))))
		return
	}
	for _, other := range t.parts {
		if other.kind == part.kind && other.name == part.name {
			c.duplicate(part.kind+" block", part.name, other.rng, part.rng)
			return
		}
	}
	t.parts = append(t.parts, part)
}

// modulesContent is the manifest, however it is declared. References to passwords of
// registries are added to a list, if there is one.
func (b *manifestBody) modulesContent(r reader, passwords *[]schema.Secret) map[string]any {
	whole := b.attrs["modules_content"]
	var loose *hcl.Attribute
	for _, name := range []string{"layered", "runtime", "keep_messages_s"} {
		if a := b.attrs[name]; a != nil && loose == nil {
			loose = a
		}
	}
	switch {
	case len(b.parts) == 0 && loose == nil:
		return r.plain(whole, passwords)
	case whole != nil:
		r.wrong(whole.Expr, "Two manifests", "The manifest is declared as modules_content and in blocks. Use one of the two.")
		return nil
	}
	m := b.manifest(r)
	b.checkRuntime(r, m)
	content, err := m.Content()
	if err != nil {
		r.report(errorAt(b.rng, "Invalid manifest", capital(err.Error())+"."))
	}
	return content
}

func (b *manifestBody) manifest(r reader) *schema.Manifest {
	m := &schema.Manifest{}
	m.Layered, _ = r.flag(b.attrs["layered"])
	m.Runtime, _ = r.text(b.attrs["runtime"])
	m.KeepMessages = r.number(b.attrs["keep_messages_s"])
	for _, p := range b.parts {
		switch p.kind {
		case routeDef.Type:
			route := schema.ManifestRoute{ID: p.name, Priority: r.number(p.attrs["priority"]), TimeToLive: r.number(p.attrs["time_to_live_s"])}
			route.Route, _ = r.required(p.attrs["route"])
			m.Routes = append(m.Routes, route)
		case systemModuleDef.Type:
			m.System = append(m.System, p.module(r))
		default:
			m.Modules = append(m.Modules, p.module(r))
		}
	}
	return m
}

func (p *manifestBlock) module(r reader) schema.ManifestModule {
	m := schema.ManifestModule{
		ID: p.name, StartupOrder: r.number(p.attrs["startup_order"]),
		Env: r.object(p.attrs["env"]), CreateOptions: r.object(p.attrs["create_options"]), Desired: r.object(p.attrs["desired"]),
	}
	for name, to := range map[string]*string{
		"image": &m.Image, "version": &m.Version, "status": &m.Status, "restart_policy": &m.RestartPolicy, "image_pull_policy": &m.ImagePullPolicy,
	} {
		*to, _ = r.text(p.attrs[name])
	}
	return m
}

// checkRuntime sees to it that the runtime has images, and a layer no runtime.
func (b *manifestBody) checkRuntime(r reader, m *schema.Manifest) {
	if m.Layered {
		for _, p := range b.parts {
			if p.kind == systemModuleDef.Type {
				r.report(errorAt(p.rng, "Runtime in a layer", "A layered deployment adds modules and routes. The runtime is declared by the deployment below it."))
			}
		}
		for _, name := range []string{"runtime", "keep_messages_s"} {
			if a := b.attrs[name]; a != nil {
				r.report(errorAt(a.Range, "Runtime in a layer", "A layered deployment adds modules and routes. The runtime is declared by the deployment below it."))
			}
		}
		return
	}
	for _, id := range schema.SystemModules() {
		given := slices.ContainsFunc(m.System, func(s schema.ManifestModule) bool { return s.ID == id && s.Image != "" })
		if m.Runtime == "" && !given && b.attrs["runtime"] == nil && !b.broken {
			r.report(errorAt(b.rng, "Missing runtime", fmt.Sprintf("There is no image for %s. Set runtime to the tag of Microsoft's images, such as \"1.5\", or declare system_module %q with an image; with layered = true a deployment needs none.", id, id)))
			return
		}
	}
}

// number reads an optional number.
func (r reader) number(a *hcl.Attribute) json.Number {
	if v, ok := r.value(a, cty.Number); ok {
		return numberOf(v.AsBigFloat())
	}
	return ""
}

// place is the best source range for a path of the content.
func (b *manifestBody) place(path schema.Path, ctx *hcl.EvalContext) (hcl.Range, hcl.Expression) {
	if a := b.attrs["modules_content"]; a != nil {
		e := leaf(a.Expr, path, ctx)
		return e.Range(), e
	}
	kind, name, tail := manifestPart(path)
	for _, p := range b.parts {
		if p.kind != kind || p.name != name {
			continue
		}
		for arg, a := range p.attrs {
			at, known := manifestNames[arg]
			if !known {
				at = []string{arg}
			}
			if schema.Path(tail).HasPrefix(at) {
				e := leaf(a.Expr, tail[len(at):], ctx)
				return e.Range(), e
			}
		}
		if a := p.attrs["route"]; a != nil {
			return a.Expr.Range(), a.Expr
		}
		return p.rng, nil
	}
	return b.rng, nil
}

// manifestPart is the block that a path of a content stands for, and what is left
// of the path.
func manifestPart(path schema.Path) (kind, name string, tail []string) {
	if len(path) < 2 {
		return "", "", nil
	}
	if !strings.HasPrefix(path[0], "$") {
		return manifestModuleDef.Type, path[0], append([]string{"desired"}, path[2:]...)
	}
	names := append(strings.Split(path[1], ".")[2:], path[2:]...)
	if len(names) < 2 {
		return "", "", nil
	}
	kinds := map[string]string{"modules": manifestModuleDef.Type, "systemModules": systemModuleDef.Type, "routes": routeDef.Type}
	return kinds[names[0]], names[1], names[2:]
}
