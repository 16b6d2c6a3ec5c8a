package plan

import "github.com/twinset/twinset/schema"

// adopt refuses to take over an object that exists without our mark, unless that
// is meant. Its identity stays somebody else's to remove.
func (u *update) adopt() {
	if u.mine != nil {
		return
	}
	u.c.Adopt = true
	meant := u.pol.Adopt || u.d.Lifecycle != nil && u.d.Lifecycle.Adopt || u.d.Lifecycle.TwinOnly()
	if !meant {
		u.c.refuse("%s exists on the hub and was not made by %s. To take over the declared fields run twinset adopt, or say --adopt, or lifecycle { adopt = true }", u.l.Addr, u.pol.Owner)
	}
}

// mayWrite refuses fields that an automatic configuration writes or another
// owner holds: two writers have no stable winner.
func (u *update) mayWrite(p schema.Path) bool {
	if w, ok := u.writer(p); ok {
		u.c.refuse("%s is contested: the automatic configuration %s writes it too. Move it to one of the two, or list it under lifecycle.ignore; what a deleted configuration left behind goes with twinset gc --orphaned-adm", p, w)
		return false
	}
	for _, owner := range u.owners {
		held, ok := u.others[owner].Overlapping(p)
		if !ok {
			continue
		}
		if !u.pol.TakeOwnership {
			u.c.refuse("%s is owned by %s. Leave it to that owner, or take it over with --take-ownership", held, owner)
			return false
		}
		if u.taken[owner] == nil {
			u.taken[owner] = schema.PathSet{}
			u.c.note("takes over fields of %s", owner)
		}
		u.taken[owner].Add(held)
	}
	return true
}

// writer names the automatic configuration that last wrote a path.
func (u *update) writer(p schema.Path) (string, bool) {
	for _, w := range u.l.Writers {
		if p.Overlaps(w.Path) {
			return w.Configuration, true
		}
	}
	return "", false
}

// heldByOther tells whether another owner or an automatic configuration has a
// say in a path.
func (u *update) heldByOther(p schema.Path) bool {
	_, ok := u.writer(p)
	return ok || u.ownedByOther(p)
}

func (u *update) ownedByOther(p schema.Path) bool {
	for _, owner := range u.owners {
		if _, ok := u.others[owner].Overlapping(p); ok {
			return true
		}
	}
	return false
}

// claims decides whose the identity is from now on.
func (u *update) claims(ours bool) bool {
	switch {
	case u.d.Lifecycle.TwinOnly():
		switch {
		case u.d.Lifecycle.Claim:
			u.c.refuse("with manage = %q its identity stays somebody else's: it cannot be adopted", schema.ManageTwin)
		case ours:
			u.c.note("its identity is left to somebody else from now on: it is not changed or removed any more")
		}
		return false
	case ours || u.d.Lifecycle == nil || !u.d.Lifecycle.Claim:
		return ours
	}
	for _, owner := range u.owners {
		if u.others[owner].Created {
			u.c.refuse("its identity belongs to %s, which created it. That project has to release it first", owner)
			return false
		}
	}
	u.c.note("its identity becomes that of %s: a plan removes it when it is not declared any more", u.pol.Owner)
	return true
}

// marks computes this owner's mark, and what is left of the marks of owners that
// fields are taken from.
func (u *update) marks() {
	if u.mine != nil {
		u.c.MarkBefore = markTag(u.l, u.pol.Owner)
	}
	if u.forget {
		u.c.Unmark = len(u.owners) == 0 && !u.damaged
		return
	}
	mark, shortened := schema.MarkOf(*u.d)
	mark.Created = u.claims(u.mine != nil && u.mine.Created)
	u.c.Mark = mark.Tag()
	u.c.noteShortened(shortened)
	for owner, gone := range u.taken {
		if u.c.Taken == nil {
			u.c.Taken = map[string]schema.Doc{}
		}
		u.c.Taken[owner] = u.others[owner].Without(gone, u.l.Doc).Tag()
	}
}
