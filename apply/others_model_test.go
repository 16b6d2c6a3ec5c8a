package apply_test

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const otherOwner = "other/dev"

// otherProject is a second twinset project on the same hub: it applies a
// configuration of its own, of which a refused plan changes nothing.
func (w *world) otherProject(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "other project") > 0 {
		return
	}
	var desired []schema.Object
	for _, id := range ids {
		if !rapid.Bool().Draw(t, "other declares "+id) {
			continue
		}
		d := schema.Device{ID: id, Desired: section(t, "other "+id+" desired ", true)}
		o, err := d.Object(schema.Origin{})
		if err == nil {
			o, err = schema.Seal(o, otherOwner)
		}
		if err != nil {
			t.Fatal(err)
		}
		desired = append(desired, o)
	}
	var changes []plan.Change
	_, err := plan.Compute(stream(desired), w.hub.Live(), plan.Policy{Owner: otherOwner, Adopt: true}, func(c plan.Change) error {
		changes = append(changes, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if refused(changes) {
		return
	}
	order(changes)
	w.hub.Owner = otherOwner
	defer func() { w.hub.Owner = owner }()
	if res, err := apply.Run(t.Context(), sequence(changes), w.hub, apply.Options{}); err != nil || res.Incomplete() {
		t.Fatalf("other project: got %+v, %v", res, err)
	}
}

// automatic is an automatic configuration that writes a property of a device, and
// is named by the hub as its writer. Now and then it is gone, and with it its name.
func (w *world) automatic(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "automatic") > 0 {
		return
	}
	id := rapid.SampledFrom(ids).Draw(t, "automatic device")
	at := schema.Path{"desired", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "automatic key")}
	for o, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		if o.Addr != schema.DeviceAddress(id) {
			continue
		}
		o.Writers = nil
		if rapid.Bool().Draw(t, "automatic writes") {
			m, err := o.Doc.Map()
			if err != nil {
				t.Fatal(err)
			}
			schema.SetPath(m, at, "auto")
			if o.Doc, err = schema.Canonical(m); err != nil {
				t.Fatal(err)
			}
			o.Writers = []schema.Writer{{Path: at, Configuration: "night"}}
		}
		w.hub.Put(o)
	}
}

// checkOthers tells that a change leaves alone what other owners have marked and
// what automatic configurations wrote, and that their marks stay.
func checkOthers(t *rapid.T, c plan.Change, live schema.Object) {
	if c.Action != plan.Update {
		return
	}
	marks, _ := schema.Marks(live.Doc)
	if c.Unmark && marks[otherOwner] != nil || len(c.Taken) > 0 {
		t.Fatalf("%s: another owner's mark goes", c.Name())
	}
	for _, l := range c.Leaves {
		held, ok := marks[otherOwner].Overlapping(l.Path)
		if ok && (len(l.After) > 0 || schema.Lookup(live.Doc, held) != nil) {
			t.Fatalf("%s: %s is changed, but %s is another owner's", c.Name(), l.Path, held)
		}
		for _, by := range live.Writers {
			if by.Path.Overlaps(l.Path) && !strings.HasPrefix(l.Path.String(), "tags") {
				t.Fatalf("%s: %s is changed, but %s wrote it", c.Name(), l.Path, by.Configuration)
			}
		}
	}
}
