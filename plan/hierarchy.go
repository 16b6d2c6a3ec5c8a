package plan

import (
	"encoding/json"
	"hash/maphash"

	"github.com/twinset/twinset/schema"
)

// Hierarchy is which devices are edge devices, and who is whose child, when a
// plan has been carried out. It sees both sides pass by before they are matched:
// everything declared first, then everything live. Of devices that are declared
// without a word about parents, which most are, it keeps 8 bytes each.
//
// Nil is a hierarchy that knows nothing and finds nothing.
type Hierarchy struct {
	pol  Policy
	seed maphash.Seed

	silent  digests // of declared devices that say nothing of their parent
	alone   digests // of declared devices whose identity is left alone
	resting digests // of devices that are not declared, and disabled because of that
	said    map[uint64]int32
	parents []string       // declared ones, by place
	places  map[string]int // in parents

	edges    map[string]bool     // devices that are declared to be, or not to be, edge devices
	live     map[string]liveEdge // edge devices of the hub
	up       map[string]string   // parents of edge devices, as planned
	liveUp   map[string]string   // and as they are
	children map[string]*names   // declared ones, by the parent's id
	kept     map[string]*names   // live ones that the plan leaves attached, by the parent's scope
}

// What a declared device says of its parent: its place in parents, or one of
// these.
const (
	saysNothing = -1 - iota // the parent is not declared
	saysNone                // it is declared to have none
	saysIgnored             // its parent is left alone once it exists
)

type liveEdge struct {
	scope string
	goes  bool // the plan removes it, or makes it a leaf
}

// names are the first few members of a group.
type names struct {
	first []string
	count int
}

const firstNames = 3

// NewHierarchy starts one for a policy's owner.
func NewHierarchy(pol Policy) *Hierarchy {
	return &Hierarchy{
		pol: pol, seed: maphash.MakeSeed(),
		said: map[uint64]int32{}, places: map[string]int{}, edges: map[string]bool{}, live: map[string]liveEdge{},
		up: map[string]string{}, liveUp: map[string]string{}, children: map[string]*names{}, kept: map[string]*names{},
	}
}

// Declared passes a stream of declared objects on and looks at them.
func (h *Hierarchy) Declared(in schema.Stream) schema.Stream { return tap(in, isDevice, h.declare) }

// Live passes a stream of live objects on and looks at them. Declared has ended
// before.
func (h *Hierarchy) Live(in schema.Stream) schema.Stream { return tap(in, isDevice, h.observe) }

func isDevice(k schema.Kind) bool { return k == schema.KindDevice }

func (h *Hierarchy) declare(o *schema.Object) {
	id, digest := o.Addr.ID, h.digest(o.Addr.ID)
	if o.Lifecycle.TwinOnly() {
		h.alone.add(digest)
		return
	}
	if edge := schema.Lookup(o.Doc, edgePath); edge != nil {
		h.edges[id] = string(edge) == "true"
	}
	switch parent := schema.Lookup(o.Doc, parentPath); {
	case len(parent) > 0 && parent[0] == 'n':
		h.said[digest] = saysNone
	case parent != nil:
		h.said[digest] = h.place(textOf(parent))
		enrol(h.children, textOf(parent), o.Name())
		h.climbs(id, textOf(parent))
	case schema.Lookup(o.Initial, parentPath) != nil:
		h.said[digest] = saysIgnored
		h.climbs(id, textOf(schema.Lookup(o.Initial, parentPath)))
	default:
		h.silent.add(digest)
	}
}

// climbs notes the parent of a device that is declared to be an edge device. Of
// others it is not known yet whether they are.
func (h *Hierarchy) climbs(id, parent string) {
	if h.edges[id] {
		h.up[id] = parent
	}
}

func (h *Hierarchy) observe(o *schema.Object) {
	said, declared := h.says(o.Addr.ID)
	rests := !declared && h.comesToRest(o)
	edge := o.Scope != ""
	if !edge && o.Attached == "" {
		return
	}
	id, parent := o.Addr.ID, textOf(schema.Lookup(o.Doc, parentPath))
	marks, _ := schema.Marks(o.Doc)
	mine := marks[h.pol.Owner]
	removed := !declared && (h.pol.deletes(o) || h.pol.Collect != "" && Quarantined(o, h.pol.Owner))
	managed := declared || removed || !rests && !h.pol.KeepAbsent && !h.givenUp(o, marks) && !h.pol.Overlays.leaveIdentity(o, mine)
	if edge {
		_, says := h.edges[id]
		says = says || h.leftAlone(id, h.digest(id))
		h.live[id] = liveEdge{scope: o.Scope, goes: removed || managed && !says && mine.Owns(edgePath)}
		h.liveUp[id] = parent
	}
	delete(h.up, id)
	switch {
	case said >= 0:
		parent = h.parents[said]
	case removed, said == saysNone, said == saysNothing && managed && mine.Owns(parentPath):
		parent = ""
	case o.Attached != "":
		enrol(h.kept, o.Attached, o.Addr.String())
	}
	if (edge || h.edges[id]) && parent != "" {
		h.up[id] = parent
	}
}

// Declares tells whether a device is declared.
func (h *Hierarchy) Declares(id string) bool {
	_, declared := h.says(id)
	return declared
}

// comesToRest notes a device that the plan disables because it is not declared, or
// that rests already.
func (h *Hierarchy) comesToRest(o *schema.Object) bool {
	if !Marked(o, h.pol.Owner) {
		return false
	}
	marks, damaged := schema.Marks(o.Doc)
	if marks[h.pol.Owner] == nil {
		return false
	}
	rests := h.pol.Rests(Pair{Live: o})
	if !rests {
		fate, whole := h.pol.fate(o, marks, damaged)
		rests = whole && fate == schema.OnRemoveDisable
	}
	if rests {
		h.resting.add(h.digest(o.Addr.ID))
	}
	return rests
}

// rests tells whether a device is one that comes to rest.
func (h *Hierarchy) rests(id string) bool { return h != nil && h.resting.has(h.digest(id)) }

func (h *Hierarchy) givenUp(o *schema.Object, marks map[string]*schema.Mark) bool {
	if marks[h.pol.Owner] == nil {
		return false
	}
	fate, _ := h.pol.fate(o, marks, nil)
	return fate == schema.OnRemoveAbandon
}

// says is what a declared device says of its parent.
func (h *Hierarchy) says(id string) (parent int32, declared bool) {
	digest := h.digest(id)
	if parent, declared = h.said[digest]; declared {
		return parent, true
	}
	if h.leftAlone(id, digest) {
		return saysIgnored, true
	}
	return saysNothing, h.silent.has(digest)
}

// leftAlone tells whether the identity of a device is not the plan's to change.
func (h *Hierarchy) leftAlone(id string, digest uint64) bool {
	return h.alone.has(digest) || h.pol.Stays != nil && h.pol.Stays(id)
}

func (h *Hierarchy) digest(id string) uint64 { return maphash.String(h.seed, id) }

func (h *Hierarchy) place(parent string) int32 {
	n, known := h.places[parent]
	if !known {
		n = len(h.parents)
		h.places[parent], h.parents = n, append(h.parents, parent)
	}
	return int32(n)
}

func enrol(groups map[string]*names, key, name string) {
	g := groups[key]
	if g == nil {
		g = &names{}
		groups[key] = g
	}
	g.add(name)
}

func (n *names) add(name string) {
	n.count++
	if len(n.first) < firstNames {
		n.first = append(n.first, name)
	}
}

// Paths of the fields that make up the hierarchy.
var (
	edgePath   = schema.Path{"edge"}
	parentPath = schema.Path{"parent"}
)

// textOf is a string in a document; what is no string is empty.
func textOf(d schema.Doc) string {
	var s string
	if len(d) > 0 {
		_ = json.Unmarshal(d, &s) // what is no string names nothing
	}
	return s
}
