package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/schema"
)

// deviceManifest is the manifest block of a device.
type deviceManifest struct {
	manifestBody
	value cached[map[string]any]
}

func (c *Config) decodeDeviceManifest(b *hcl.Block) *deviceManifest {
	content, diags := decode(b.Body, manifestDef)
	c.add(diags...)
	m := &deviceManifest{manifestBody: manifestBody{rng: b.DefRange, attrs: content.Attributes, broken: diags.HasErrors()}}
	for _, sub := range content.Blocks {
		c.decodeManifestPart(&m.manifestBody, sub)
	}
	if len(content.Attributes) == 0 && len(content.Blocks) == 0 && !m.broken {
		c.add(errorAt(m.rng, "Empty manifest", "The manifest says nothing. Declare modules_content, or runtime and modules."))
		m.broken = true
	}
	each := func(attrs hcl.Attributes) {
		for _, a := range attrs {
			m.value.perInstance = m.value.perInstance || usesEach(a)
		}
	}
	each(m.attrs)
	for _, p := range m.parts {
		each(p.attrs)
	}
	return m
}

// manifest is the manifest of the instance, or nothing.
func (in instance) manifest() map[string]any {
	m := in.block.manifest
	if m == nil || m.broken {
		return nil
	}
	return m.value.get(in.once, in.each, func(r reader) map[string]any { return m.modulesContent(r, nil) })
}

// checkManifest finds a module whose desired properties the manifest of its device
// writes too.
func (in instance) checkManifest(device *schema.Device, m *schema.Module) {
	if _, twice := device.Manifest[m.ID]; twice && len(m.Desired) > 0 {
		in.each.report(errorAt(in.block.rng, "Desired properties declared twice",
			fmt.Sprintf("The manifest of the device %q writes the desired properties of its module %q. Declare them there or here.", device.ID, m.ID)))
	}
}
