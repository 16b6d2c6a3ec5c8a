package remote

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// What an apply wrote over the wire, and what it removed, is taken back over the wire:
// every field is as it was, and without credentials among them so is the mark. Then the
// creation of it all is taken back.
func TestUndoRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newSecretRig(t)
		id := anyID().Draw(t, "device id")
		module := anyID().Filter(func(s string) bool { return s[0] != '$' }).Draw(t, "module id")
		list := func(label string) []declaration {
			d := anyDevice(t, id, label)
			d.Status = nil // with SAS modules of a disabled device cannot be written (FACTS §3)
			m := &schema.Module{DeviceID: id, ID: module, Auth: anyAuth(t, label+" module auth"), Tags: anySection(t, label+" module tags"), Desired: anySection(t, label+" module desired")}
			if len(d.Validate()) > 0 || len(m.Validate()) > 0 {
				t.Skip("the hub would refuse it")
			}
			return []declaration{d, m}
		}
		created := r.journaled(list("first"))
		if rapid.Bool().Draw(t, "somebody else writes") {
			r.patch(schema.DeviceAddress(id), `{"theirs":{}}`, `{"theirs":{"x":1}}`)
		}
		before := r.objects(id, module)
		done := r.journaled(list("second"))
		r.takeBack(done, true)
		for i, is := range r.objects(id, module) {
			r.sameFields(before[i], is, done)
		}
		if again := r.undo(done, true); len(again) > 0 {
			t.Fatalf("second undo: got %+v, want nothing", again)
		}
		if withCredentials(done, schema.DeviceAddress(id)) || withCredentials(done, schema.ModuleAddress(id, module)) {
			return
		}
		r.takeBack(created, false)
		if _, err := r.portal.Device(r.Context(), id); !hub.IsNotFound(err) {
			t.Fatalf("device %s: got %v, want it gone", id, err)
		}
	})
}

// journaled applies a configuration and returns what was done, as a journal tells it.
func (r *rig) journaled(list []declaration) []plan.Change {
	r.Helper()
	var text bytes.Buffer
	j, err := apply.NewJournal(nil, &text)
	if err != nil {
		r.Fatal(err)
	}
	res, err := apply.Run(r.Context(), sequence(r.plan(list...)), r.Target(), apply.Options{Journal: j})
	if err != nil || res.Incomplete() {
		r.Fatalf("apply: got %+v, %v", res, err)
	}
	var done []plan.Change
	for l, err := range apply.ReadJournal(&text) {
		if err != nil {
			r.Fatal(err)
		}
		done = append(done, l.Entry.Change)
	}
	return done
}

func (r *rig) objects(id, module string) []schema.Object {
	r.Helper()
	return []schema.Object{r.object(schema.DeviceAddress(id)), r.object(schema.ModuleAddress(id, module))}
}

// undo plans to take changes back, as the tool would.
func (r *rig) undo(done []plan.Change, skip bool) []plan.Change {
	r.Helper()
	u := plan.NewUndo(plan.Policy{Owner: owner}, plan.UndoOptions{Apply: "a1", SkipChanged: skip})
	for _, c := range done {
		u.Look(c)
	}
	for _, err := range u.Live(r.Live(r.Context()), plan.NewTally()) {
		if err != nil {
			r.Fatal(err)
		}
	}
	var list []plan.Change
	for a, err := range r.Again(r.Context(), sequence(done)) {
		if err != nil {
			r.Fatal(err)
		}
		c, ok, err := u.Decide(a.Done, a.Now)
		if err != nil {
			r.Fatal(err)
		}
		if ok {
			list = append(list, c)
		}
	}
	return list
}

func (r *rig) takeBack(done []plan.Change, skip bool) {
	r.Helper()
	changes := r.undo(done, skip)
	for _, c := range changes {
		if c.Refused() {
			return
		}
	}
	for addr, o := range r.run(changes) {
		if o.Status != apply.Done {
			r.Fatalf("%s: got %s, %v, want done", addr, o.Status, o.Err)
		}
	}
}

// sameFields compares an object with what it was. Of credentials not all can be taken
// back, and the mark then tells so.
func (r *rig) sameFields(was, is schema.Object, done []plan.Change) {
	r.Helper()
	credentials := withCredentials(done, was.Addr)
	for _, name := range []string{"status", "status_reason", "tags", "desired", "auth"} {
		a, b := schema.Lookup(was.Doc, schema.Path{name}), schema.Lookup(is.Doc, schema.Path{name})
		if credentials && name == "auth" {
			continue
		}
		if credentials && name == "tags" {
			a, b = r.unmarked(a), r.unmarked(b)
		}
		if !bytes.Equal(a, b) {
			r.Fatalf("%s of %s:\nwas %s\nis  %s\ndone %+v", name, was.Addr, a, b, done)
		}
	}
}

func withCredentials(done []plan.Change, a schema.Address) bool {
	for _, c := range done {
		for _, l := range c.Leaves {
			if c.Addr == a && l.Path[0] == "auth" {
				return true
			}
		}
	}
	return false
}

func (r *rig) unmarked(tags schema.Doc) schema.Doc {
	r.Helper()
	doc, err := without(tags, schema.ReservedTag)
	if err != nil {
		r.Fatal(err)
	}
	return doc
}
