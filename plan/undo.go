package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twinset/twinset/schema"
)

// Undo plans to take back what one apply did, as its journal tells it. Look sees
// everything that was done, Live everything that is on the hub if Scans says so,
// and then Decide judges one thing after the other.
//
// What cannot be taken back, because it was changed since, because it was a secret
// or because an identity was deleted, refuses the plan, or with SkipChanged is left
// out of it.
type Undo struct {
	o      UndoOptions
	pol    Policy
	scans  bool
	fresh  digests // of devices that the apply created
	inside digests // of modules that it created

	refused int
	deleted names
	gone    names
	left    names
}

// UndoOptions say what is taken back.
type UndoOptions struct {
	Apply       string // its id, for messages
	Backup      string // where the backups of what it deleted are, for messages
	SkipChanged bool   // what cannot be taken back is left out

	// ChangedBy names a later apply of the same project that wrote a field; empty when
	// there was none.
	ChangedBy func(schema.Address, schema.Path) string
}

// UndoNow is the object of a change as it is now.
type UndoNow struct {
	Live    *schema.Object    // nil when there is none
	Modules []string          // of a device that the apply created: the ids of its modules with this owner's mark
	Held    []schema.Revision // of a configuration or deployment that it deleted: who has which id
}

// NewUndo starts one.
func NewUndo(pol Policy, o UndoOptions) *Undo {
	u := &Undo{o: o}
	pol.Moves, pol.Overlays = nil, nil
	pol.Stays = func(device string) bool { return !u.created(device) }
	pol.Hierarchy = NewHierarchy(pol)
	u.pol = pol
	return u
}

// Look sees a change that was done.
func (u *Undo) Look(done Change) {
	h := u.pol.Hierarchy
	switch {
	case done.Action == Create:
		u.scans = true
		if done.Addr.Kind == schema.KindDevice {
			u.fresh.add(h.digest(done.Addr.ID))
		} else {
			u.inside.add(h.digest(moduleKey(done.Addr)))
		}
	case done.Action == Update && done.Addr.Kind == schema.KindDevice:
		u.scans = h.expect(done) || u.scans
	}
}

func moduleKey(a schema.Address) string { return a.ID + "\x00" + a.Sub }

func (u *Undo) created(device string) bool { return u.fresh.has(u.pol.Hierarchy.digest(device)) }

// expect notes what a device says of its place in the hierarchy once a change is
// taken back. It tells whether the change was about that.
func (h *Hierarchy) expect(done Change) bool {
	parent, about := int32(saysIgnored), false
	for _, l := range done.Leaves {
		switch {
		case slices.Equal(l.Path, edgePath):
			h.edges[done.Addr.ID], about = string(l.Before) == "true", true
		case slices.Equal(l.Path, parentPath) && l.Before == nil:
			parent, about = saysNone, true
		case slices.Equal(l.Path, parentPath):
			parent, about = h.place(textOf(l.Before)), true
			enrol(h.children, textOf(l.Before), done.Name())
		}
	}
	if about {
		h.said[h.digest(done.Addr.ID)] = parent
	}
	if parent >= 0 {
		h.climbs(done.Addr.ID, h.parents[parent])
	}
	return about
}

// Scans tells whether Decide depends on what else is on the hub: on how much this
// project owns there, and on who is whose child.
func (u *Undo) Scans() bool { return u.scans }

// Live passes a stream of live objects on, counts and looks at them.
func (u *Undo) Live(in schema.Stream, t *Tally) schema.Stream {
	counted := func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil {
				t.Pair(Pair{Live: &o}, u.pol.Owner)
			}
			if !yield(o, err) {
				return
			}
		}
	}
	return u.pol.Hierarchy.Live(counted)
}

// Decide turns what was done to an object into the change that takes it back, or
// finds that nothing is to be done.
func (u *Undo) Decide(done Change, now UndoNow) (Change, bool, error) {
	switch targets := done.Addr.Kind.Targets(); {
	case done.Action == Create:
		return u.create(done, now)
	case done.Action == Delete && targets:
		return u.restore(done, now)
	case done.Action == Delete:
		u.deleted.add(done.Name())
		return Change{}, false, nil
	case now.Live == nil:
		u.gone.add(done.Name())
		return Change{}, false, nil
	case len(now.Live.Revisions) > 1:
		return u.whole(done, now.Live, "%s is on the hub %d times, because a replacement was interrupted. Apply first to finish it", done.Name(), len(now.Live.Revisions))
	case done.Replace != "":
		return u.content(done, now.Live)
	default:
		return u.update(done, now.Live)
	}
}

// whole refuses to take anything of a change back, or leaves all of it out.
func (u *Undo) whole(done Change, l *schema.Object, format string, args ...any) (Change, bool, error) {
	return u.refuseAll(done, l, []string{fmt.Sprintf(format, args...)})
}

func (u *Undo) refuseAll(done Change, l *schema.Object, reasons []string) (Change, bool, error) {
	if u.o.SkipChanged {
		u.left.add(done.Name())
		return Change{}, false, nil
	}
	c := Change{Action: Update, Addr: done.Addr, Origin: done.Origin}
	if l != nil {
		c.ETags, c.MarkBefore = l.ETags, markTag(l, u.pol.Owner)
		c.Mark = c.MarkBefore
		c.place(l.Addr, l.Revisions)
	}
	for _, text := range reasons {
		c.refuse("%s", text)
	}
	u.refused++
	return c, true, nil
}

// create takes a creation back: the object is removed as if it had left the
// configuration, with every guard. What was put into it since would go with it.
func (u *Undo) create(done Change, now UndoNow) (Change, bool, error) {
	l := now.Live
	if l == nil || Quarantined(l, u.pol.Owner) {
		return Change{}, false, nil // it has been taken back
	}
	if !Marked(l, u.pol.Owner) {
		return u.whole(done, l, "%s does not bear the mark of %s any more", done.Name(), u.pol.Owner)
	}
	if reasons := u.changedSince(done, now); len(reasons) > 0 {
		return u.refuseAll(done, l, reasons)
	}
	c, ok, err := decideRemoval(l, u.pol)
	c.Origin = done.Origin
	return c, ok, err
}

// changedSince tells what of a created object is not as it was created.
func (u *Undo) changedSince(done Change, now UndoNow) []string {
	var reasons []string
	w := newUpdate(&schema.Object{Addr: done.Addr, Origin: done.Origin}, now.Live, u.pol)
	was, err := schema.ParseMark(done.Mark)
	if err != nil {
		return []string{fmt.Sprintf("the journal does not tell what apply %s wrote to %s", u.o.Apply, done.Name())}
	}
	for _, l := range done.Leaves {
		have := schema.Lookup(now.Live.Doc, l.Path)
		if l.Secret == "" && l.Facet() != ManifestFacet && was.Owns(l.Path) && !sameDoc(have, l.After) {
			reasons = append(reasons, u.differs(w, l, have))
		}
	}
	if w.mine.Keys != was.Keys {
		reasons = append(reasons, fmt.Sprintf("the secrets of %s are others than apply %s wrote", done.Name(), u.o.Apply))
	}
	for _, p := range w.mine.Owned() {
		if _, known := was.Overlapping(topOf(w.mine, p)); !known {
			reasons = append(reasons, fmt.Sprintf("%s was not written by apply %s, but since by %s: it would go with %s", p, u.o.Apply, u.who(w, p), done.Name()))
		}
	}
	for _, id := range now.Modules {
		module := schema.ModuleAddress(done.Addr.ID, id)
		if !u.inside.has(u.pol.Hierarchy.digest(moduleKey(module))) && !slices.Contains(now.Live.Foreign, id) {
			reasons = append(reasons, fmt.Sprintf("%s was not created by apply %s: it would go with %s", module, u.o.Apply, done.Name()))
		}
	}
	return reasons
}

// differs says that a field is not what the apply wrote.
func (u *Undo) differs(w *update, l Leaf, have schema.Doc) string {
	return fmt.Sprintf("%s is %s and not %s, as apply %s wrote it: it was changed since by %s", l.Path, shown(have), shown(l.After), u.o.Apply, u.who(w, l.Path))
}

// who names who changed a field, as far as that can be told.
func (u *Undo) who(w *update, p schema.Path) string {
	if name, ok := w.writer(p); ok {
		return "the automatic configuration " + name
	}
	for _, owner := range w.owners {
		if _, ok := w.others[owner].Overlapping(p); ok {
			return owner
		}
	}
	if u.o.ChangedBy != nil {
		if id := u.o.ChangedBy(w.l.Addr, p); id != "" {
			return "apply " + id
		}
	}
	return "somebody else"
}

const maxShown = 80

// shown is a value in a message.
func shown(d schema.Doc) string {
	switch {
	case len(d) == 0:
		return "absent"
	case len(d) > maxShown:
		return string(d[:maxShown]) + "…"
	default:
		return string(d)
	}
}

// Verdict judges the whole plan, as [Tally.Verdict] does: the reasons why it must
// not be applied.
func (u *Undo) Verdict(t *Tally) []string {
	reasons := t.Refusals()
	if !u.o.SkipChanged {
		reasons = append(reasons, u.omitted()...)
		if u.refused > 0 || len(u.omitted()) > 0 {
			reasons = append(reasons, "to take back only what can be, say --skip-changed")
		}
	}
	for _, k := range schema.Kinds() {
		if reason := t.tooMany(k, u.pol); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// Warnings are what there is to say about the plan as a whole.
func (u *Undo) Warnings(t *Tally) []string {
	var list []string
	if t.Counts.Any() {
		list = append(list, fmt.Sprintf("this takes back apply %s. The configuration stays as it is: what it still declares, the next twinset plan shows again", u.o.Apply))
	}
	if u.o.SkipChanged {
		list = append(list, u.omitted()...)
	}
	return list
}

// omitted is what is not part of the plan.
func (u *Undo) omitted() []string {
	var list []string
	for _, g := range []struct {
		names  *names
		format string
	}{
		{&u.deleted, "what was deleted cannot come back, because its keys are lost: %s. What it held is in " + u.o.Backup + "; declare it again for a new identity"},
		{&u.gone, "gone from the hub since: %s"},
		{&u.left, "left as it is: %s"},
	} {
		if g.names.count > 0 {
			list = append(list, fmt.Sprintf(g.format, g.names))
		}
	}
	return list
}

// Policy is what the changes are decided with.
func (u *Undo) Policy() Policy { return u.pol }

func sortedOwners(taken map[string]schema.Doc) []string { return slices.Sorted(maps.Keys(taken)) }
