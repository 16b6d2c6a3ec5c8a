package apply_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const owner = "fleet/dev"

// world is a hub, a configuration for it, and what has happened so far.
type world struct {
	hub      *applytest.Memory
	desired  []schema.Object // sealed
	removals map[schema.Address]plan.Removal
	onRemove string
	overlays []overlay
}

func value(depth int) *rapid.Generator[any] {
	scalar := rapid.SampledFrom([]any{true, "x", json.Number("1"), json.Number("2.5"), []any{json.Number("1"), "a"}})
	if depth == 0 {
		return scalar
	}
	object := rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"p", "q", "r"}), value(depth-1), 0, 3), func(m map[string]any) any { return m })
	return rapid.OneOf(scalar, object)
}

func section(t *rapid.T, label string, tombstones bool) map[string]any {
	m := map[string]any{}
	for _, k := range []string{"a", "b", "c"} {
		switch rapid.IntRange(0, 3).Draw(t, label+k) {
		case 0:
			m[k] = value(2).Draw(t, label+k+"v")
		case 1:
			if tombstones {
				m[k] = nil
			}
		}
	}
	return m
}

var ids = []string{"d1", "d2", "d3"}

// configuration draws what is declared: devices, and modules of declared devices.
func configuration(t *rapid.T, fates []string) []schema.Object {
	var list []schema.Object
	add := func(o schema.Object, err error) {
		if err == nil {
			o, err = schema.Seal(o, owner)
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	for _, id := range ids {
		if !rapid.Bool().Draw(t, "declare "+id) {
			continue
		}
		d := schema.Device{ID: id, Tags: section(t, id+" tags ", true), Desired: section(t, id+" desired ", true)}
		d.Lifecycle.Mode = rapid.SampledFrom([]string{"", "", "exact"}).Draw(t, id+" mode")
		if rapid.Bool().Draw(t, id+" status") {
			status := rapid.SampledFrom([]string{schema.StatusEnabled, schema.StatusDisabled}).Draw(t, id+" status value")
			d.Status = &status
		}
		switch rapid.IntRange(0, 3).Draw(t, id+" edge") {
		case 0, 1:
			yes := true
			d.Edge = &yes
		case 2:
			no := false
			d.Edge = &no
		}
		if parent := rapid.SampledFrom(append([]string{"", "", "-"}, ids...)).Draw(t, id+" parent"); parent != "" && parent != id {
			parent = strings.TrimPrefix(parent, "-")
			d.Parent = &parent
		}
		if rapid.IntRange(0, 4).Draw(t, id+" manage") == 0 {
			d.Status, d.Edge, d.Parent, d.Lifecycle.Manage = nil, nil, nil, schema.ManageTwin
		}
		d.Lifecycle.OnRemove = rapid.SampledFrom(append([]string{"", "", ""}, fates...)).Draw(t, id+" on_remove")
		d.Lifecycle.Claim = rapid.IntRange(0, 4).Draw(t, id+" claim") == 0
		if rapid.Bool().Draw(t, id+" ignore") {
			d.Lifecycle.Ignore = []string{"desired.a.*", "tags.b"}
		}
		add(d.Object(schema.Origin{}))
		if rapid.Bool().Draw(t, id+" module") {
			m := schema.Module{DeviceID: id, ID: "m", Desired: section(t, id+" m ", true)}
			add(m.Object(schema.Origin{}))
		}
	}
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return list
}

func (w *world) plan(t *rapid.T) []plan.Change {
	var changes []plan.Change
	pol := plan.Policy{Owner: owner, Adopt: true, OnRemove: w.onRemove, Removals: w.removals, Overlays: planned(w.overlays)}
	_, err := plan.Compute(stream(w.desired), w.hub.Live(), pol, func(c plan.Change) error {
		changes = append(changes, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	order(changes)
	return changes
}

func order(changes []plan.Change) {
	slices.SortFunc(changes, func(a, b plan.Change) int { return bytes.Compare(a.AppendKey(nil), b.AppendKey(nil)) })
}

func refused(changes []plan.Change) bool { return slices.ContainsFunc(changes, plan.Change.Refused) }

func stream(list []schema.Object) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func sequence(list []plan.Change) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// foreign is a portal user: writes leaves, creates a device or removes one, and
// moves it in the hierarchy of edge devices.
func (w *world) foreign(t *rapid.T) {
	id := rapid.SampledFrom(ids).Draw(t, "foreign device")
	if rapid.IntRange(0, 5).Draw(t, "foreign removal") == 0 {
		w.hub.Remove(schema.ModuleAddress(id, "m"))
		w.hub.Remove(schema.DeviceAddress(id))
		return
	}
	for o, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		if o.Addr != schema.DeviceAddress(id) {
			continue
		}
		m, err := o.Doc.Map()
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range section(t, "foreign ", false) {
			schema.SetPath(m, schema.Path{"desired", k}, v)
		}
		if rapid.Bool().Draw(t, "foreign tag") {
			schema.SetPath(m, schema.Path{"tags", "c"}, "portal")
		}
		if rapid.Bool().Draw(t, "foreign edge") {
			m["edge"] = true
		}
		if parent := rapid.SampledFrom(ids).Draw(t, "foreign parent"); parent != id && rapid.Bool().Draw(t, "foreign attach") {
			m["parent"] = parent
		}
		doc, err := schema.Canonical(m)
		if err != nil {
			t.Fatal(err)
		}
		o.Doc = doc
		w.hub.Put(o)
		return
	}
	w.hub.Put(schema.Object{Addr: schema.DeviceAddress(id), Doc: schema.Doc(`{"desired":{"b":{"p":1}},"status":"enabled","tags":{"c":"portal"}}`)})
}

// check tells that a change does something, and only to what is declared or
// recorded as ours.
func check(t *rapid.T, c plan.Change, before map[schema.Address]schema.Object, desired []schema.Object) {
	live, exists := before[c.Addr]
	var want *schema.Object
	for i := range desired {
		if desired[i].Addr == c.Addr {
			want = &desired[i]
		}
	}
	if want != nil && want.Lifecycle.TwinOnly() && (c.Action != plan.Update || slices.ContainsFunc(c.Leaves, func(l plan.Leaf) bool { return l.Facet() == plan.IdentityFacet })) {
		t.Fatalf("%s: its identity is somebody else's", c.Name())
	}
	if c.Action == plan.Create {
		if exists {
			t.Fatalf("%s: create of what exists", c.Name())
		}
		return
	}
	marks, _ := schema.Marks(live.Doc)
	mine := marks[owner]
	if c.Action == plan.Delete {
		if mine == nil || !mine.Created {
			t.Fatalf("%s: delete of what is not ours", c.Name())
		}
		return
	}
	if len(c.Leaves) == 0 && bytes.Equal(c.Mark, c.MarkBefore) {
		t.Fatalf("%s: change without effect", c.Name())
	}
	if c.Quarantine {
		checkQuarantine(t, c, live, want)
		return
	}
	exact := want != nil && want.Lifecycle != nil && want.Lifecycle.Mode == "exact"
	for _, l := range c.Leaves {
		if bytes.Equal(l.Before, l.After) {
			t.Fatalf("%s: %s is written without a difference", c.Name(), l.Path)
		}
		declared := want != nil && declaredAt(want.Doc, l.Path)
		if len(l.After) > 0 && !declared && !mine.Owns(l.Path) {
			t.Fatalf("%s: %s is set but not declared", c.Name(), l.Path)
		}
		for _, leaf := range schema.Leaves(live.Doc) {
			if len(l.After) == 0 && leaf.Path.HasPrefix(l.Path) && !declared && !exact && !mine.Owns(leaf.Path) {
				t.Fatalf("%s: %s goes away with %s but is not ours", c.Name(), leaf.Path, l.Path)
			}
		}
	}
}

func declaredAt(d schema.Doc, p schema.Path) bool {
	for _, l := range schema.Leaves(d) {
		if l.Path.Overlaps(p) {
			return true
		}
	}
	return false
}

// Whatever is on the hub and whatever is declared: a plan changes only what is
// ours, applying it works, and the plan after it is empty.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{hub: applytest.New(owner)}
		// What is given up comes under overlays with the plan after: the two are not
		// drawn together.
		lays, fates := rapid.Bool().Draw(t, "with overlays"), everyFate
		if lays {
			fates = fates[:2]
		}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			for range rapid.IntRange(0, 2).Draw(t, "foreign writes") {
				w.foreign(t)
			}
			w.otherProject(t)
			w.automatic(t)
			w.release(t)
			w.desired, w.removals, w.overlays = configuration(t, fates), map[schema.Address]plan.Removal{}, nil
			if lays {
				w.overlays = overlays(t)
			}
			w.onRemove = rapid.SampledFrom(append([]string{"", ""}, fates...)).Draw(t, "on_remove")
			for _, id := range ids {
				if rapid.IntRange(0, 5).Draw(t, "removed "+id) == 0 {
					w.removals[schema.DeviceAddress(id)] = plan.Removal{Fate: rapid.SampledFrom(everyFate).Draw(t, "removed how")}
				}
			}
			before := map[schema.Address]schema.Object{}
			for o, err := range w.hub.Live() {
				if err != nil {
					t.Fatal(err)
				}
				before[o.Addr] = o
			}
			changes := w.plan(t)
			if refused(changes) {
				continue // nothing of it may be applied
			}
			wanted := w.wanted(t, before)
			for _, c := range changes {
				check(t, c, before, wanted)
				checkOthers(t, c, before[c.Addr])
				r := w.removals[schema.DeviceAddress(c.Addr.ID)]
				if r.Fate == schema.OnRemoveAbandon && !declares(wanted, c.Addr) && !c.Releases() {
					t.Fatalf("%s: only the mark of what is abandoned may go", c.Name())
				}
				if r.Fate == schema.OnRemoveDisable && c.Action == plan.Delete {
					t.Fatalf("%s: what is to be disabled must not be deleted", c.Name())
				}
			}
			checkOrder(t, changes, before)
			staged, o := changes, apply.Options{Parallel: 1 + rapid.IntRange(0, 3).Draw(t, "parallel")}
			if rapid.Bool().Draw(t, "beside") {
				o.Beside = sequence(slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool { return !c.Free() }))
				staged = slices.DeleteFunc(slices.Clone(changes), plan.Change.Free)
			}
			res, err := apply.Run(t.Context(), sequence(staged), w.hub, o)
			if err != nil || res.Incomplete() || res.Changed() != len(changes) {
				t.Fatalf("apply: got %+v, %v for %d changes", res, err, len(changes))
			}
			w.checkAttached(t, before)
			w.checkOverlaid(t)
			if again := w.plan(t); len(again) > 0 {
				t.Fatalf("second plan is not empty: %s", describe(again))
			}
		}
	})
}

func declares(desired []schema.Object, a schema.Address) bool {
	return slices.ContainsFunc(desired, func(o schema.Object) bool { return o.Addr == a })
}

// release gives an object up, now and then: the mark goes, every other value stays.
func (w *world) release(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "release") > 0 {
		return
	}
	for o, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		c, err := plan.Release(&o, owner)
		if err != nil || !rapid.Bool().Draw(t, "release "+o.Addr.String()) {
			continue
		}
		if res, err := apply.Run(t.Context(), sequence([]plan.Change{c}), w.hub, apply.Options{}); err != nil || res.Incomplete() {
			t.Fatalf("release %s: got %+v, %v", o.Addr, res, err)
		}
		for now, err := range w.hub.Live() {
			if err != nil {
				t.Fatal(err)
			}
			if now.Addr == o.Addr && (!slices.EqualFunc(schema.Leaves(now.Doc), schema.Leaves(o.Doc), sameLeaf) || plan.Marked(&now, owner)) {
				t.Fatalf("release %s: got %s from %s", o.Addr, now.Doc, o.Doc)
			}
		}
	}
}

func sameLeaf(a, b schema.Leaf) bool {
	return slices.Equal(a.Path, b.Path) && bytes.Equal(a.Value, b.Value)
}

// checkOrder tells that children go before their parents.
func checkOrder(t *rapid.T, changes []plan.Change, before map[schema.Address]schema.Object) {
	for _, child := range changes {
		for _, parent := range changes {
			if child.Action != plan.Delete || parent.Action != plan.Delete || before[parent.Addr].Scope == "" || before[child.Addr].Attached != before[parent.Addr].Scope {
				continue
			}
			if child.Order() >= parent.Order() && parent.Level < 255 { // in a circle nobody is first
				t.Fatalf("%s is removed with or after its parent %s", child.Name(), parent.Name())
			}
		}
	}
}

// checkAttached tells that no device has lost its parent by an apply.
func (w *world) checkAttached(t *rapid.T, before map[schema.Address]schema.Object) {
	parent := func(o schema.Object) string { return string(schema.Lookup(o.Doc, schema.Path{"parent"})) }
	for o, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		if now := parent(o); strings.HasSuffix(now, ` (gone)"`) && now != parent(before[o.Addr]) {
			t.Fatalf("%s was cut off from its parent %s", o.Addr, now)
		}
	}
}

func describe(changes []plan.Change) string {
	b, err := json.MarshalIndent(changes, "", " ")
	if err != nil {
		return fmt.Sprint(changes)
	}
	return string(b)
}
