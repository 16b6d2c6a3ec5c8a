package schema

import (
	"crypto/sha256"
	"encoding/hex"
)

// MemberManifest is the member of a device's document that holds its own
// manifest: what its modules are given by the device's own declaration, not by a
// deployment. It is one leaf, written as a whole (FACTS §6.2).
const MemberManifest = "manifest"

// validateManifest checks the manifest of one device. There is nothing below it
// that it could add to, so that it must be whole.
func (d *Device) validateManifest(v *problems) {
	if d.Manifest == nil {
		return
	}
	at := Path{MemberManifest}
	if d.Edge == nil || !*d.Edge {
		v.add(at, "Manifest without the runtime", "Only an IoT Edge device runs a manifest. Declare edge = true, or remove the manifest.")
	}
	*v = append(*v, validateManifest(at, d.Manifest, nil)...)
	for _, id := range sortedKeys(d.Manifest) {
		content, _ := d.Manifest[id].(map[string]any)
		for _, key := range sortedKeys(content) {
			if p, ok := settingPath(key); ok && len(p) > 0 {
				v.add(at.Child(id).Child(key), "Layer in a device's manifest", "%q adds to what stands below it, and below the manifest of a device there is nothing. Write all of %s.", key, desiredKey)
			}
		}
		if own, _ := content[desiredKey].(map[string]any); id == edgeAgent && len(own) == 0 {
			v.add(at.Child(id), "Missing runtime", "The manifest of a device says which runtime it runs: %s needs %s.", edgeAgent, desiredKey)
		}
	}
}

// ManifestModules lists what a manifest writes: the desired properties of modules,
// canonical, by module id.
func ManifestModules(manifest Doc) map[string]Doc {
	modules := map[string]Doc{}
	if len(manifest) == 0 || manifest[0] != '{' {
		return modules
	}
	c := cursor{b: manifest}
	c.open()
	for k, ok := c.key(); ok; k, ok = c.key() {
		content := Doc(c.value())
		if desired := Lookup(content, Path{desiredKey}); desired != nil {
			modules[unquoteKey(k)] = desired
		}
	}
	return modules
}

// ManifestOf is the manifest that the desired properties of modules make up, by
// module id: what [ManifestModules] takes apart. It is nil when there are none.
func ManifestOf(modules map[string]Doc) Doc {
	var m Doc
	for id, desired := range modules {
		m = SetMember(m, id, SetMember(nil, desiredKey, desired))
	}
	return m
}

// DigestManifest is the digest of a manifest, by which a change by somebody else is
// told from one of the declaration. It is empty for none.
func DigestManifest(manifest Doc) string {
	if len(manifest) == 0 {
		return ""
	}
	sum := sha256.Sum256(manifest)
	return hex.EncodeToString(sum[:digestBytes])
}
