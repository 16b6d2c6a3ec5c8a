package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// twinBlock is what device and module blocks share. Parts that do not mention
// each are evaluated once.
type twinBlock struct {
	kind      schema.Kind
	label     string
	rng       hcl.Range
	forEach   *hcl.Attribute
	names     cached[[]string] // profiles
	tags      cached[map[string]any]
	desired   cached[map[string]any]
	auth      *authBlock
	lifecycle lifecycleBlock
	manifest  *deviceManifest // of devices; nil for none
}

// deviceBlock is a device block.
type deviceBlock struct {
	twinBlock
	id, status, reason *hcl.Attribute
	edge, parent       *hcl.Attribute
	modules            []*twinBlock
}

type lifecycleBlock struct {
	attrs hcl.Attributes
	value schema.Lifecycle
}

type authBlock struct {
	rng   hcl.Range
	attrs hcl.Attributes
	value cached[*schema.Auth]
}

// cached is an argument that is evaluated once unless instances differ in it.
type cached[T any] struct {
	attr        *hcl.Attribute
	perInstance bool
	done        bool
	value       T
}

func (c *cached[T]) get(once, each reader, read func(reader) T) T {
	if c.perInstance {
		return read(each)
	}
	if !c.done {
		c.value, c.done = read(once), true
	}
	return c.value
}

func argument[T any](a *hcl.Attribute) cached[T] {
	return cached[T]{attr: a, perInstance: usesEach(a)}
}

func (c *Config) decodeDevice(b *hcl.Block) *deviceBlock {
	content, diags := decode(b.Body, deviceDef)
	c.add(diags...)
	d := &deviceBlock{
		twinBlock: c.decodeTwin(schema.KindDevice, b, content),
		id:        content.Attributes["id"],
		status:    content.Attributes["status"],
		reason:    content.Attributes["status_reason"],
		edge:      content.Attributes["edge"],
		parent:    content.Attributes["parent"],
	}
	for _, m := range content.Blocks {
		if m.Type == moduleDef.Type {
			c.decodeModule(d, m)
		}
	}
	return d
}

// addDevices takes over the device blocks of all files, each under its label.
func (l *loader) addDevices() {
	for _, b := range l.deviceBlocks {
		d := l.decodeDevice(b)
		l.addDevice(d.label, deviceSource{block: d})
	}
	for _, f := range l.large {
		for _, c := range f.devices {
			if slices.Contains(f.unfolded, c) {
				continue
			}
			l.addDevice(f.label(c), deviceSource{file: f, text: c})
		}
	}
}

func (l *loader) addDevice(label string, s deviceSource) {
	if n, again := l.labels[label]; again {
		first, second := l.devices[n].rng(), s.rng()
		if first.Filename == second.Filename && second.Start.Byte < first.Start.Byte {
			first, second = second, first // blocks that are text are added last
		}
		l.duplicate("device block", label, first, second)
		l.decoded(s) // for the mistakes inside
		return
	}
	l.labels[label] = int32(len(l.devices))
	l.devices = append(l.devices, s)
}

func (c *Config) decodeModule(d *deviceBlock, b *hcl.Block) {
	content, diags := decode(b.Body, moduleDef)
	c.add(diags...)
	m := c.decodeTwin(schema.KindModule, b, content)
	for _, other := range d.modules {
		if other.label == m.label {
			c.duplicate("module block", m.label, other.rng, m.rng)
			return
		}
	}
	d.modules = append(d.modules, &m)
}

func (c *Config) decodeTwin(kind schema.Kind, b *hcl.Block, content *hcl.BodyContent) twinBlock {
	attrs := content.Attributes
	t := twinBlock{
		kind: kind, label: b.Labels[0], rng: b.DefRange, forEach: attrs["for_each"],
		names:   argument[[]string](attrs["profiles"]),
		tags:    argument[map[string]any](attrs["tags"]),
		desired: argument[map[string]any](attrs["desired"]),
	}
	for _, sub := range content.Blocks {
		switch sub.Type {
		case authDef.Type:
			t.auth = c.decodeAuth(sub)
		case manifestDef.Type:
			t.manifest = c.decodeDeviceManifest(sub)
		case lifecycleDef.Type:
			t.lifecycle = c.decodeLifecycle(sub)
		}
	}
	return t
}

func (c *Config) decodeAuth(b *hcl.Block) *authBlock {
	content, diags := decode(b.Body, authDef)
	c.add(diags...)
	a := &authBlock{rng: b.DefRange, attrs: content.Attributes}
	for _, attr := range content.Attributes {
		a.value.perInstance = a.value.perInstance || usesEach(attr)
	}
	return a
}

// decodeLifecycle reads the block's arguments. They hold for every instance.
func (c *Config) decodeLifecycle(b *hcl.Block) lifecycleBlock {
	content, diags := decode(b.Body, lifecycleDef)
	c.add(diags...)
	r := reader{ctx: c.root, report: c.add}
	var out schema.Lifecycle
	out.PreventDestroy, _ = r.flag(content.Attributes["prevent_destroy"])
	out.Adopt, _ = r.flag(content.Attributes["adopt"])
	out.Mode, _ = r.text(content.Attributes["mode"])
	out.Ignore = r.texts(content.Attributes["ignore"])
	if out.Manage = c.choice(r, content.Attributes["manage"], "full", schema.ManageTwin); out.Manage == "full" {
		out.Manage = ""
	}
	out.OnRemove = c.choice(r, content.Attributes["on_remove"], onRemoves()...)
	return lifecycleBlock{attrs: content.Attributes, value: out}
}

// choice reads an argument that can be one of a few words. What is none of them
// is reported and empty.
func (c *Config) choice(r reader, a *hcl.Attribute, words ...string) string {
	v, ok := r.text(a)
	if !ok || slices.Contains(words, v) {
		return v
	}
	c.add(errorAt(a.Expr.Range(), "Invalid value", fmt.Sprintf("The argument %q cannot be %q; it is \"%s\".", a.Name, v, strings.Join(words, `" or "`))))
	return ""
}
