package plan

import "github.com/twinset/twinset/schema"

// collect deletes a device that has been in quarantine for long enough. How long is
// told by the time at which its status was set: a device of which that is not known
// stays.
func collect(l *schema.Object, mine *schema.Mark, sole bool, pol Policy) (Change, bool, error) {
	if !Quarantined(l, pol.Owner) || !mine.Created || !sole || l.Activity.StatusSince == "" || l.Activity.StatusSince >= pol.Collect {
		return Change{}, false, nil
	}
	c := decideDelete(l, mine, pol)
	c.note("it has been disabled since %s, because it is not declared any more", l.Activity.StatusSince)
	pol.Hierarchy.arrange(&c, l)
	return c, true, nil
}

// Orphans removes from an object with this owner's mark the desired properties that
// a configuration wrote which is not on the hub any more: it leaves them behind
// (FACTS §6.3). What another owner holds is left to that owner. Nothing else of the
// object changes.
func Orphans(l *schema.Object, owner string, exists func(configuration string) bool) (Change, bool) {
	if !Marked(l, owner) {
		return Change{}, false
	}
	u := newUpdate(&schema.Object{Addr: l.Addr}, l, Policy{Owner: owner})
	gone := ""
	for _, w := range l.Writers {
		if exists(w.Configuration) || u.ownedByOther(w.Path) || schema.Lookup(l.Doc, w.Path) == nil {
			continue
		}
		if gone != w.Configuration {
			u.c.note("%s wrote it, a configuration that is not on the hub any more", w.Configuration)
		}
		gone = w.Configuration
		u.unsets.Add(w.Path)
	}
	u.climb()
	u.c.MarkBefore = markTag(l, owner)
	u.c.Mark = u.c.MarkBefore
	return u.c, len(u.c.Leaves) > 0
}
