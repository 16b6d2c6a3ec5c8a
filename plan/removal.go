package plan

import (
	"fmt"

	"github.com/twinset/twinset/schema"
)

// Removal is what a removed block says of an object that is not declared any more.
type Removal struct {
	Origin schema.Origin // of the block
	Fate   string        // one of the values of on_remove
}

// removal is what is said of an object, or of the device that it is a module of.
func (pol Policy) removal(a schema.Address) (Removal, bool) {
	if r, ok := pol.Removals[a]; ok {
		return r, true
	}
	r, ok := pol.Removals[schema.DeviceAddress(a.ID)]
	return r, ok && a.Kind == schema.KindModule
}

// fate is what becomes of an object with this owner's mark when it is not declared
// any more: what a removed block says, else what was recorded of its lifecycle, else
// what holds for the environment. Whole tells whether the object is this owner's
// alone; of others only fields are removed.
//
// Only a device can be disabled. A module rests with its device, and is given up
// when its device stays: like a device it could not come back with its keys. A
// configuration can, and is deleted.
func (pol Policy) fate(l *schema.Object, marks map[string]*schema.Mark, damaged []string) (fate string, whole bool) {
	mine := marks[pol.Owner]
	whole = mine.Created && len(marks)+len(damaged) == 1
	fate = pol.OnRemove
	if r, said := pol.removal(l.Addr); said {
		fate = r.Fate
	} else if mine.OnRemove != "" {
		fate = mine.OnRemove
	}
	switch {
	case fate == "" || fate == schema.OnRemoveDisable && l.Addr.Kind.Targets():
		fate = schema.OnRemoveDelete
	case fate == schema.OnRemoveDisable && l.Addr.Kind == schema.KindModule && whole:
		fate = schema.OnRemoveAbandon
	}
	return fate, whole
}

// deletes tells whether a live object is deleted when it is not declared.
func (pol Policy) deletes(l *schema.Object) bool {
	marks, damaged := schema.Marks(l.Doc)
	if marks[pol.Owner] == nil || pol.Rests(Pair{Live: l}) {
		return false
	}
	fate, whole := pol.fate(l, marks, damaged)
	return whole && fate == schema.OnRemoveDelete
}

// Quarantined tells whether a device was disabled because it is not declared any
// more, and is so still.
func Quarantined(l *schema.Object, owner string) bool {
	return l.Addr.Kind == schema.KindDevice && Marked(l, owner) &&
		textOf(schema.Lookup(l.Doc, statusPath)) == schema.StatusDisabled &&
		textOf(schema.Lookup(l.Doc, reasonPath)) == schema.QuarantineReason(owner)
}

var (
	statusPath = schema.Path{"status"}
	reasonPath = schema.Path{"status_reason"}
)

// Rests tells whether a pair is one of an object that is not declared and stays as it
// is: a device in quarantine, a module of one, or anything while nothing is removed.
func (pol Policy) Rests(p Pair) bool {
	if p.Desired != nil || p.Live == nil {
		return false
	}
	if r, said := pol.removal(p.Live.Addr); said && r.Fate != schema.OnRemoveDisable {
		return pol.KeepAbsent
	}
	return pol.KeepAbsent || pol.Collect == "" && Quarantined(p.Live, pol.Owner) || p.Live.Addr.Kind == schema.KindModule && pol.Hierarchy.rests(p.Live.Addr.ID)
}

func decideRemoval(l *schema.Object, pol Policy) (Change, bool, error) {
	marks, damaged := schema.Marks(l.Doc)
	mine := marks[pol.Owner]
	if mine == nil || pol.Rests(Pair{Live: l}) {
		return Change{}, false, nil
	}
	if pol.Collect != "" {
		return collect(l, mine, len(marks)+len(damaged) == 1, pol)
	}
	others := ownersBut(marks, pol.Owner)
	said, given := pol.removal(l.Addr)
	fate, whole := pol.fate(l, marks, damaged)
	var c Change
	var err error
	switch {
	case fate == schema.OnRemoveAbandon:
		if c, err = Release(l, pol.Owner); !given {
			c.note("%s stays on the hub as it is, because on_remove says so: only the ownership mark is taken off", l.Name())
		}
	case !whole:
		return removeFields(l, pol, others, damaged)
	case fate == schema.OnRemoveDisable:
		c, err = quarantine(l, mine, pol)
	default:
		c = decideDelete(l, mine, pol)
		pol.noteMove(&c)
		pol.keepAbandoned(&c)
		pol.Hierarchy.arrange(&c, l)
	}
	if given {
		c.Origin = said.Origin
	}
	return c, err == nil, err
}

// removeFields takes this owner's fields and mark off an object that is not its
// own.
func removeFields(l *schema.Object, pol Policy, others, damaged []string) (Change, bool, error) {
	u := newUpdate(&schema.Object{Addr: l.Addr}, l, pol)
	u.c.place(l.Addr, l.Revisions)
	u.forget = true
	u.unset()
	u.climb()
	u.marks()
	switch {
	case len(others) > 0:
		u.c.note("%s stays: %v still own fields of it. Only this owner's fields and mark are removed", l.Name(), others)
	case len(damaged) > 0:
		u.c.note("%s stays: it bears a mark that cannot be read. Only this owner's fields and mark are removed", l.Name())
	default:
		u.c.note("%s stays: it was not created by %s. Only this owner's fields and mark are removed", l.Name(), pol.Owner)
	}
	return u.finish()
}

func decideDelete(l *schema.Object, mine *schema.Mark, pol Policy) Change {
	c := Change{Action: Delete, Addr: l.Addr, ETags: l.ETags, MarkBefore: markTag(l, pol.Owner)}
	if len(l.Revisions) > 0 {
		c.place(l.Addr, l.Revisions)
		c.Retire = retired(l.Revisions[1:])
	}
	for _, leaf := range schema.Leaves(l.Doc) {
		if mine.Owns(leaf.Path) {
			c.Leaves = append(c.Leaves, Leaf{Path: leaf.Path, Before: leaf.Value})
		}
	}
	c.guardProtected(l, mine)
	if len(l.Foreign) > 0 {
		c.refuse("removing %s would remove modules that this project did not create: %v", l.Name(), l.Foreign)
	}
	c.guardActive(l, pol)
	return c
}

func (c *Change) guardProtected(l *schema.Object, mine *schema.Mark) {
	if mine.Protected {
		c.refuse("lifecycle.prevent_destroy was set when %s was last applied. Declare it again with prevent_destroy = false and apply that first", l.Name())
	}
}

// guardActive refuses to delete what is in use. What was seen goes into the plan:
// apply looks again.
func (c *Change) guardActive(l *schema.Object, pol Policy) {
	if l.Addr.Kind.Targets() {
		return
	}
	c.LastActivity, c.ForceActive = l.Activity.Last, pol.ForceActive
	if c.ForceActive {
		return
	}
	if text := inUse(l.Activity, pol.ActiveSince); text != "" {
		way := "Say --force-active if that is meant"
		if l.Addr.Kind == schema.KindDevice {
			way = "Let it be disabled first (on_remove = \"disable\"), or say --force-active"
		}
		c.refuse("%s %s: it is in use, and an identity cannot be undeleted. %s", l.Name(), text, way)
	}
}

// ActiveDays is how long ago, in days, the last activity of a device must be for it
// to be deleted without --force-active.
const ActiveDays = 7

// inUse tells how an object is in use: that it is connected, or was active after a
// time; empty when it is not.
func inUse(a schema.Activity, since string) string {
	switch {
	case a.Connected:
		return "is connected"
	case a.Last > since:
		return "was last active at " + a.Last
	default:
		return ""
	}
}

// quarantine disables a device and keeps the rest as it is. The status becomes a
// field of ours: declaring the device again enables it.
func quarantine(l *schema.Object, mine *schema.Mark, pol Policy) (Change, error) {
	c := Change{Action: Update, Quarantine: true, Addr: l.Addr, ETags: l.ETags, MarkBefore: markTag(l, pol.Owner)}
	doc := l.Doc
	for _, f := range []struct {
		path  schema.Path
		value string
	}{{statusPath, schema.StatusDisabled}, {reasonPath, schema.QuarantineReason(pol.Owner)}} {
		var err error
		if doc, err = schema.SetString(doc, f.path, f.value); err != nil {
			return c, fmt.Errorf("%s: %w", l.Name(), err)
		}
		if before, after := schema.Lookup(l.Doc, f.path), schema.Lookup(doc, f.path); !sameDoc(before, after) {
			c.Leaves = append(c.Leaves, Leaf{Path: f.path, Before: before, After: after})
		}
	}
	c.Mark = mine.With(doc, statusPath, reasonPath).Tag()
	c.guardProtected(l, mine)
	if len(l.Foreign) > 0 {
		c.note("modules that this project did not create are cut off with it until it is enabled: %v", l.Foreign)
	}
	return c, nil
}
