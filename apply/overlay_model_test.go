package apply_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

// overlay is an overlay with a reading of its condition that the model makes
// itself.
type overlay struct {
	plan.Overlay
	meets func(schema.Object, *schema.Mark) bool
}

// overlays draws some that read tags.c or ids, and write other fields.
func overlays(t *rapid.T) []overlay {
	var list []overlay
	for n := range rapid.IntRange(0, 2).Draw(t, "overlays") {
		label := fmt.Sprintf("overlay %d ", n)
		var o overlay
		id := rapid.SampledFrom(ids).Draw(t, label+"id")
		text := "deviceId = '" + id + "'"
		o.meets = func(l schema.Object, _ *schema.Mark) bool { return l.Addr.ID == id }
		switch rapid.IntRange(0, 2).Draw(t, label+"where") {
		case 0:
			text = "tags.c = 'portal'"
			o.meets = func(l schema.Object, mine *schema.Mark) bool {
				c := schema.Path{"tags", "c"}
				return string(schema.Lookup(l.Doc, c)) == `"portal"` && !mine.Owns(c)
			}
		case 1:
			text, o.meets = "*", func(schema.Object, *schema.Mark) bool { return true }
		}
		tags, desired := section(t, label+"tags ", true), section(t, label+"desired ", true)
		delete(tags, "c")
		var err error
		if o.Where, err = condition.Parse(text); err != nil {
			t.Fatal(err)
		}
		if o.Doc, err = (&schema.Overlay{Tags: tags, Desired: desired}).Doc(); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

func planned(list []overlay) *plan.Overlays {
	var out []plan.Overlay
	for _, o := range list {
		out = append(out, o.Overlay)
	}
	return plan.NewOverlays(owner, out)
}

// overlaid are the documents that lie over a device: none over what is declared,
// or being removed.
func (w *world) overlaid(l schema.Object) []schema.Doc {
	marks, _ := schema.Marks(l.Doc)
	mine := marks[owner]
	_, given := w.removals[l.Addr]
	goes := mine != nil && mine.Created && len(marks) == 1
	if l.Addr.Kind != schema.KindDevice || declares(w.desired, l.Addr) || given || goes || plan.Quarantined(&l, owner) {
		return nil
	}
	var docs []schema.Doc
	for _, o := range w.overlays {
		if o.meets(l, mine) {
			docs = append(docs, o.Doc)
		}
	}
	return docs
}

// wanted is what a plan may write: the declared objects, and for every overlaid
// device one for all of its overlays.
func (w *world) wanted(t *rapid.T, before map[schema.Address]schema.Object) []schema.Object {
	list := slices.Clone(w.desired)
	for addr, l := range before {
		docs := w.overlaid(l)
		if docs == nil {
			continue
		}
		m := map[string]any{}
		for _, d := range docs {
			for _, leaf := range schema.Leaves(d) {
				v, err := schema.Decode(leaf.Value)
				if err != nil {
					t.Fatal(err)
				}
				schema.SetPath(m, leaf.Path, v)
			}
		}
		doc, err := schema.Canonical(m)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, schema.Object{Addr: addr, Doc: doc, Lifecycle: &schema.Lifecycle{Manage: schema.ManageTwin}})
	}
	return list
}

// checkOverlaid tells that overlaid devices hold what lies over them.
func (w *world) checkOverlaid(t *rapid.T) {
	for l, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range w.overlaid(l) {
			if !schema.Covers(l.Doc, doc) {
				t.Fatalf("%s: got %s, want %s", l.Addr, l.Doc, doc)
			}
		}
	}
}
