package plan

import (
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// Overlay is what is written to the twins of devices that are not declared and
// meet a condition.
type Overlay struct {
	Name   string // overlay.NAME
	Origin schema.Origin
	Where  *condition.Condition
	Doc    schema.Doc // tags and desired properties
}

// Overlays give devices that are not declared a desired side: that of the
// overlays whose condition they meet. They look at what is live as it passes by,
// and keep one document for each set of overlays that meet on some device. Nil has
// none.
//
// Conditions see a device without the fields that this owner wrote, and no
// overlay may write what a condition reads: otherwise a device would match because
// it matched before.
type Overlays struct {
	owner  string
	list   []Overlay
	leaves [][]schema.Leaf // of the documents

	only    map[string]bool // names of the overlays that are planned; nil for all
	seed    maphash.Seed
	blocked digests // of devices that are declared, but not planned

	mu       sync.Mutex
	made     map[string]*schema.Object // by set of overlays
	shadowed names
}

// NewOverlays starts with none met. No overlay writes what a condition reads.
func NewOverlays(owner string, list []Overlay) *Overlays {
	v := &Overlays{owner: owner, list: list, seed: maphash.MakeSeed(), made: map[string]*schema.Object{}}
	for _, o := range list {
		v.leaves = append(v.leaves, schema.Leaves(o.Doc))
	}
	return v
}

// Only confines the plan to the devices that meet the conditions of some overlays.
// Declared devices that are not planned have to be told: see [Overlays.Block].
func (v *Overlays) Only(names []string) {
	v.only = map[string]bool{}
	for _, name := range names {
		v.only[name] = true
	}
}

// Block keeps overlays off a device that is declared, but not planned. It takes 8
// bytes of memory.
func (v *Overlays) Block(id string) { v.blocked.add(maphash.String(v.seed, id)) }

// Reported lists the reported properties that conditions read.
func (v *Overlays) Reported() []schema.Path {
	var list []schema.Path
	if v == nil {
		return nil
	}
	for _, o := range v.list {
		for _, p := range o.Where.Paths() {
			if p[0] == "properties" {
				list = append(list, p[2:])
			}
		}
	}
	return list
}

// Over passes pairs on. Those of devices that are not declared get the desired
// side that overlays give them.
func (v *Overlays) Over(in iter.Seq2[Pair, error], pol Policy) iter.Seq2[Pair, error] {
	return v.each(in, func(p Pair) (Pair, bool, error) {
		if p.Desired != nil {
			v.compare(p)
			return p, true, nil
		}
		p, err := v.lay(p, pol)
		return p, true, err
	})
}

// Again looks once more at pairs whose live side was read again. Those of which
// nothing is left are dropped.
func (v *Overlays) Again(in iter.Seq2[Pair, error], pol Policy) iter.Seq2[Pair, error] {
	return v.each(in, func(p Pair) (Pair, bool, error) {
		if p.Desired != nil && !p.Overlaid {
			return p, true, nil
		}
		was := p.Overlaid
		p.Desired, p.Overlaid = nil, false
		p, err := v.lay(p, pol)
		switch {
		case err != nil || p.Live == nil:
			return p, false, err
		case p.Overlaid:
			return p, !Settled(p, v.owner), nil
		case was: // it is not known what else a removal would take along: another plan decides
			marks, _ := schema.Marks(p.Live.Doc)
			return p, marks[v.owner] != nil && !marks[v.owner].Created, nil
		default:
			return p, true, nil
		}
	})
}

func (v *Overlays) each(in iter.Seq2[Pair, error], step func(Pair) (Pair, bool, error)) iter.Seq2[Pair, error] {
	if v == nil || len(v.list) == 0 {
		return in
	}
	return func(yield func(Pair, error) bool) {
		for p, err := range in {
			keep := true
			if err == nil && p.Addr().Kind == schema.KindDevice {
				p, keep, err = step(p)
			}
			if (keep || err != nil) && !yield(p, err) {
				return
			}
		}
	}
}

// lay gives a pair without a desired side the one of its overlays. What is being
// removed or given up is not overlaid.
func (v *Overlays) lay(p Pair, pol Policy) (Pair, error) {
	if p.Live == nil {
		return p, nil
	}
	if _, given := pol.removal(p.Live.Addr); given || Quarantined(p.Live, v.owner) {
		return p, nil
	}
	set, goes := v.match(p.Live)
	if goes || !v.planned(set) || v.only != nil && v.blocked.has(maphash.String(v.seed, p.Live.Addr.ID)) {
		return p, nil
	}
	made, err := v.object(set)
	if err != nil {
		return p, err
	}
	d := *made
	d.Addr = p.Live.Addr
	p.Desired, p.Overlaid = &d, true
	return p, nil
}

func (v *Overlays) planned(set []int) bool {
	return slices.ContainsFunc(set, func(i int) bool { return v.only == nil || v.only[v.list[i].Name] })
}

// match finds the overlays whose condition a device meets, and tells whether the
// device is removed when it is not declared: deleted, disabled or given up. One that
// is given up comes under overlays with the next plan.
func (v *Overlays) match(l *schema.Object) (set []int, goes bool) {
	var mine *schema.Mark
	if Marked(l, v.owner) {
		marks, damaged := schema.Marks(l.Doc)
		mine = marks[v.owner]
		goes = mine != nil && mine.Created && len(marks)+len(damaged) == 1
	}
	twin := func(path []string) condition.Value {
		switch {
		case path[0] == "deviceId":
			return condition.Text(l.Addr.ID)
		case path[0] == "properties":
			return condition.JSON(schema.Lookup(l.Reported, path[2:]))
		case path[0] != "tags" || mine.Owns(path):
			return condition.Value{}
		default:
			return condition.JSON(schema.Lookup(l.Doc, path))
		}
	}
	for i := range v.list {
		if v.list[i].Where.Meets(twin) == condition.Yes {
			set = append(set, i)
		}
	}
	return set, goes
}

// leaveIdentity tells of a device with this owner's mark that overlays are laid
// over it: its place in the hierarchy stays what it is.
func (v *Overlays) leaveIdentity(l *schema.Object, mine *schema.Mark) bool {
	if v == nil || !mine.Owns(edgePath) && !mine.Owns(parentPath) {
		return false
	}
	set, goes := v.match(l)
	return len(set) > 0 && !goes
}

// object is the sealed desired object of a set of overlays, but for its address.
// Where they do not agree, it says so.
func (v *Overlays) object(set []int) (*schema.Object, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := fmt.Sprint(set)
	if made := v.made[key]; made != nil {
		return made, nil
	}
	o := schema.Object{Origin: v.list[set[0]].Origin, Lifecycle: &schema.Lifecycle{Manage: schema.ManageTwin}}
	m := map[string]any{}
	for n, i := range set {
		for _, leaf := range v.leaves[i] {
			if text := v.disagreement(set[:n], i, leaf); text != "" {
				o.Refusals = append(o.Refusals, text)
				continue
			}
			if leaf.EmptyObject() && within(m, leaf.Path) {
				continue // an object is there
			}
			value, err := schema.Decode(leaf.Value)
			if err != nil {
				return nil, err
			}
			schema.SetPath(m, leaf.Path, value)
		}
	}
	var err error
	if o.Doc, err = schema.Canonical(m); err != nil {
		return nil, err
	}
	if o, err = schema.Seal(o, v.owner); err != nil {
		return nil, fmt.Errorf("%s: %w", v.list[set[0]].Name, err)
	}
	v.made[key] = &o
	return &o, nil
}

// within tells whether a decoded document holds an object at a path.
func within(m map[string]any, p schema.Path) bool {
	for _, name := range p {
		sub, ok := m[name].(map[string]any)
		if !ok {
			return false
		}
		m = sub
	}
	return true
}

// disagreement tells which of the earlier overlays gives another value to a leaf
// of overlay i, or to what lies above or below it.
func (v *Overlays) disagreement(earlier []int, i int, leaf schema.Leaf) string {
	for _, e := range earlier {
		for _, other := range v.leaves[e] {
			if clash(leaf, other) {
				return fmt.Sprintf("%s is written by %s and %s, and the device meets both conditions. Let only one of them write it", leaf.Path, v.place(e), v.place(i))
			}
		}
	}
	return ""
}

// clash tells whether two leaves cannot both be written.
func clash(a, b schema.Leaf) bool {
	if len(a.Path) == len(b.Path) {
		return a.Path.HasPrefix(b.Path) && !sameDoc(a.Value, b.Value)
	}
	long, short := a, b
	if len(a.Path) < len(b.Path) {
		long, short = b, a
	}
	return long.Path.HasPrefix(short.Path) && !short.EmptyObject()
}

func (v *Overlays) place(i int) string {
	o := v.list[i]
	return fmt.Sprintf("%s (%s:%d)", o.Name, o.Origin.File, o.Origin.Line)
}

// compare finds declared devices that meet a condition and declare another value:
// their blocks count.
func (v *Overlays) compare(p Pair) {
	if p.Live == nil {
		return
	}
	set, _ := v.match(p.Live)
	for _, i := range set {
		for _, leaf := range schema.Leaves(p.Desired.Doc) {
			for _, other := range v.leaves[i] {
				if clash(leaf, other) {
					v.shadowed.add(fmt.Sprintf("%s of %s (%s:%d) and %s", leaf.Path, p.Name(), p.Desired.Origin.File, p.Desired.Origin.Line, v.place(i)))
				}
			}
		}
	}
}

// Warnings say where declared devices differ from overlays. They are complete
// when the pairs have passed.
func (v *Overlays) Warnings() []string {
	if v == nil || v.shadowed.count == 0 {
		return nil
	}
	return []string{"declared by a block and by an overlay, of which the block counts: " + strings.TrimSpace(v.shadowed.String())}
}
