package apply_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Whatever is on the hub and whatever is declared: an apply that is taken back leaves
// every field that it could have written as it was, and every mark. Only devices and
// modules that it deleted do not come back.
func TestUndoModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{hub: applytest.New(owner)}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(0, 2).Draw(t, "foreign writes") {
				w.foreign(t)
			}
			w.otherProject(t)
			w.automatic(t)
			w.desired = configuration(t, everyFate)
			before := w.snapshot(t)
			changes := w.plan(t)
			if refused(changes) {
				continue
			}
			done := w.journaled(t, changes)
			if rapid.Bool().Draw(t, "keep") {
				continue
			}
			undo, back := w.takenBack(t, done)
			if refused(back) || len(undo.Verdict(plan.NewTally())) > 0 {
				continue // a parent that went, or that children have got
			}
			w.run(t, back, nil)
			w.checkTakenBack(t, before, done)
			if _, again := w.takenBack(t, done); len(again) > 0 && !refused(again) {
				t.Fatalf("second undo is not empty: %s", describe(again))
			}
		}
	})
}

func (w *world) snapshot(t *rapid.T) map[schema.Address]schema.Object {
	all := map[schema.Address]schema.Object{}
	for o, err := range w.hub.Live() {
		if err != nil {
			t.Fatal(err)
		}
		all[o.Addr] = o
	}
	return all
}

func (w *world) run(t *rapid.T, changes []plan.Change, j *apply.Journal) {
	res, err := apply.Run(t.Context(), sequence(changes), w.hub, apply.Options{Journal: j})
	if err != nil || res.Incomplete() || res.Changed() != len(changes) {
		t.Fatalf("apply: got %+v, %v for %s", res, err, describe(changes))
	}
}

// journaled executes changes and returns what the journal tells of it.
func (w *world) journaled(t *rapid.T, changes []plan.Change) []plan.Change {
	var text bytes.Buffer
	j, err := apply.NewJournal(nil, &text)
	if err != nil {
		t.Fatal(err)
	}
	w.run(t, changes, j)
	var done []plan.Change
	for l, err := range apply.ReadJournal(&text) {
		if err != nil || l.Entry.Status != apply.Done {
			t.Fatalf("journal: got %+v, %v", l, err)
		}
		done = append(done, l.Entry.Change)
	}
	return done
}

// takenBack plans the undo of changes, without the deletions among them.
func (w *world) takenBack(t *rapid.T, done []plan.Change) (*plan.Undo, []plan.Change) {
	done = slices.DeleteFunc(slices.Clone(done), func(c plan.Change) bool { return c.Action == plan.Delete })
	undo := plan.NewUndo(plan.Policy{Owner: owner}, plan.UndoOptions{Apply: "a1"})
	for _, c := range done {
		undo.Look(c)
	}
	for _, err := range undo.Live(w.hub.Live(), plan.NewTally()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	live := w.snapshot(t)
	var changes []plan.Change
	for _, c := range done {
		now := plan.UndoNow{}
		if o, exists := live[c.Addr]; exists {
			now.Live = &o
			for a, m := range live {
				if a.Kind == schema.KindModule && a.ID == c.Addr.ID && plan.Marked(&m, owner) {
					now.Modules = append(now.Modules, a.Sub)
				}
			}
		}
		change, ok, err := undo.Decide(c, now)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			changes = append(changes, change)
		}
	}
	order(changes)
	return undo, changes
}

// checkTakenBack compares what each change could have touched with what was there.
func (w *world) checkTakenBack(t *rapid.T, before map[schema.Address]schema.Object, done []plan.Change) {
	now := w.snapshot(t)
	for _, c := range done {
		was, existed := before[c.Addr]
		is, exists := now[c.Addr]
		switch {
		case c.Action == plan.Delete:
			continue
		case c.Action == plan.Create:
			device := now[schema.DeviceAddress(c.Addr.ID)]
			rests := plan.Quarantined(&device, owner) // and its modules with it
			if mark, err := schema.ParseMark(c.Mark); err != nil || exists && !rests && mark.OnRemove != schema.OnRemoveAbandon {
				t.Fatalf("%s: created and not removed: %s, %v", c.Name(), is.Doc, err)
			}
			continue
		case !existed || !exists:
			t.Fatalf("%s: was there: %t, is there: %t", c.Name(), existed, exists)
		}
		for _, p := range concerned(c) {
			if a, b := schema.Lookup(was.Doc, p), schema.Lookup(is.Doc, p); !bytes.Equal(a, b) {
				t.Fatalf("%s: %s was %s, is %s\nbefore %s\nnow    %s\ndone %s", c.Name(), p, a, b, was.Doc, is.Doc, describe([]plan.Change{c}))
			}
		}
	}
}

// concerned are the fields that a change wrote, owned, or owns, and the mark.
func concerned(c plan.Change) []schema.Path {
	list := []schema.Path{{"tags", schema.ReservedTag, owner}}
	for _, l := range c.Leaves {
		list = append(list, l.Path)
	}
	for _, tag := range []schema.Doc{c.Mark, c.MarkBefore} {
		if mark, err := schema.ParseMark(tag); err == nil {
			list = append(list, mark.Owned()...)
		}
	}
	return list
}
