package plan

import (
	"bytes"
	"crypto/sha256"
	"iter"
	"strings"

	"github.com/twinset/twinset/schema"
)

// Manifests tells which devices hold the manifest that they declare. It is not
// part of their twins but of those of their modules, so that both sides pass by
// here before they are matched, as with [Hierarchy]. It keeps a few hundred bytes
// for each device that declares one.
type Manifests struct {
	devices map[string][]manifestModule
}

// manifestModule is a module of a declared manifest.
type manifestModule struct {
	id   string
	want [sha256.Size]byte // of its desired properties
	met  bool
}

// NewManifests starts one.
func NewManifests() *Manifests { return &Manifests{devices: map[string][]manifestModule{}} }

var manifestPath = schema.Path{schema.MemberManifest}

// manifestKey is how a document with a manifest looks.
var manifestKey = []byte(`"` + schema.MemberManifest + `":`)

// manifestIn is the manifest of a device's document, or nothing.
func manifestIn(o *schema.Object) schema.Doc {
	if o == nil || o.Addr.Kind != schema.KindDevice || !bytes.Contains(o.Doc, manifestKey) {
		return nil
	}
	return schema.Lookup(o.Doc, manifestPath)
}

// Declared passes a stream of declared objects on and notes the manifests.
func (m *Manifests) Declared(in schema.Stream) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil {
				m.declare(&o)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

func (m *Manifests) declare(o *schema.Object) {
	manifest := manifestIn(o)
	if manifest == nil {
		return
	}
	var list []manifestModule
	for id, desired := range schema.ManifestModules(manifest) {
		list = append(list, manifestModule{id: id, want: digestSection(desired)})
	}
	m.devices[o.Addr.ID] = list
}

// digestSection does not tell an empty section from none.
func digestSection(desired schema.Doc) [sha256.Size]byte {
	if string(desired) == "{}" {
		desired = nil
	}
	return sha256.Sum256(desired)
}

// Any tells whether a manifest is declared. Declared has ended before.
func (m *Manifests) Any() bool { return len(m.devices) > 0 }

// Live passes a stream of live objects on and looks at the modules, in any order.
// Those of the IoT Edge runtime end here: nothing but manifests writes to them.
func (m *Manifests) Live(in schema.Stream) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil && o.Addr.Kind == schema.KindModule {
				m.observe(&o)
				if strings.HasPrefix(o.Addr.Sub, "$") {
					continue
				}
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

func (m *Manifests) observe(o *schema.Object) {
	list := m.devices[o.Addr.ID]
	for i := range list {
		if list[i].id == o.Addr.Sub {
			list[i].met = list[i].want == digestSection(schema.Lookup(o.Doc, schema.Path{"desired"}))
		}
	}
}

// Over completes the live side of pairs whose device holds the manifest that it
// declares. Live has ended before. The others lack one, which makes them worth a
// closer look.
func (m *Manifests) Over(in iter.Seq2[Pair, error]) iter.Seq2[Pair, error] {
	if !m.Any() {
		return in
	}
	return func(yield func(Pair, error) bool) {
		for p, err := range in {
			if err == nil && p.Live != nil && m.met(p.Addr()) {
				if manifest := manifestIn(p.Desired); manifest != nil {
					live := *p.Live
					live.Doc = schema.SetMember(live.Doc, schema.MemberManifest, manifest)
					p.Live = &live
				}
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

func (m *Manifests) met(a schema.Address) bool {
	list, declared := m.devices[a.ID]
	if !declared || a.Kind != schema.KindDevice {
		return false
	}
	for _, module := range list {
		if !module.met {
			return false
		}
	}
	return true
}

// sameManifest tells that a pair does not differ in the manifest, which is one
// value and of which nothing may be left over.
func sameManifest(p Pair) bool {
	manifest := manifestIn(p.Desired)
	return manifest == nil || sameDoc(manifest, manifestIn(p.Live))
}

// manifest tells what becomes of one that is not declared any more.
func (u *update) manifest() {
	if u.mine.Owns(manifestPath) && manifestIn(u.d) == nil {
		u.c.note("its own manifest is not declared any more. It stays as it is, because the hub cannot take it away, until a deployment that targets the device replaces it")
	}
}

// driftedManifest tells whether somebody else changed the manifest: it is not the
// one that the mark records.
func (u *update) driftedManifest() bool {
	live := manifestIn(u.l)
	return live != nil && u.mine.Manifest != "" && schema.DigestManifest(live) != u.mine.Manifest
}
