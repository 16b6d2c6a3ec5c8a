package plan

import (
	"slices"
	"strings"

	"github.com/twinset/twinset/schema"
)

// reversal is the work on one update that is taken back.
type reversal struct {
	*update
	undo    *Undo
	done    Change
	skipped schema.PathSet // fields that stay as they are
}

// update takes an update back, field by field.
func (u *Undo) update(done Change, l *schema.Object) (Change, bool, error) {
	r := &reversal{
		update: newUpdate(&schema.Object{Addr: l.Addr, Origin: done.Origin}, l, u.pol),
		undo:   u, done: done, skipped: schema.PathSet{},
	}
	r.c.place(l.Addr, l.Revisions)
	mark := markTag(l, u.pol.Owner)
	if !sameDoc(mark, done.Mark) && !sameDoc(mark, done.MarkBefore) && (r.mine == nil || len(done.Mark) == 0) {
		return u.whole(done, l, "the ownership mark on %s is not the one of apply %s any more", done.Name(), u.o.Apply)
	}
	was, err := readMark(done.MarkBefore)
	if err != nil {
		return Change{}, false, err
	}
	for _, p := range was.Owned() {
		r.declared[topOf(was, p).String()] = true // climb leaves it alone
	}
	for _, leaf := range r.leaves() {
		r.takeBack(leaf)
	}
	r.climb()
	if err := r.marks(was); err != nil {
		return Change{}, false, err
	}
	c, ok, err := r.finish()
	switch {
	case len(r.skipped) == 0:
	case u.o.SkipChanged && !ok:
		u.left.add(done.Name())
	case !u.o.SkipChanged:
		u.refused++
	}
	return c, ok, err
}

// leaves are the fields of the change. A value that gave way to an object stands for
// all fields of that object.
func (r *reversal) leaves() []Leaf {
	var list []Leaf
	below := make([]map[string]any, len(r.done.Overwritten))
	for _, l := range r.done.Leaves {
		i := slices.IndexFunc(r.done.Overwritten, func(o Leaf) bool { return l.Path.HasPrefix(o.Path) })
		v, err := schema.Decode(l.After)
		if i < 0 || err != nil {
			list = append(list, l)
			continue
		}
		if below[i] == nil {
			below[i] = map[string]any{}
		}
		schema.SetPath(below[i], l.Path[len(r.done.Overwritten[i].Path):], v)
	}
	for i, o := range r.done.Overwritten {
		if after, err := schema.Canonical(below[i]); err == nil && below[i] != nil {
			list = append(list, Leaf{Path: o.Path, Before: o.Before, After: after})
		}
	}
	return list
}

func (r *reversal) takeBack(l Leaf) {
	have := schema.Lookup(r.l.Doc, l.Path)
	switch text := r.lost(l); {
	case text != "":
		r.skip(l, text)
		return
	case sameDoc(have, l.Before):
		return // it is back already
	case !sameDoc(have, l.After):
		r.skip(l, r.undo.differs(r.update, l, have))
		return
	}
	if _, written := r.writer(l.Path); written || r.ownedByOther(l.Path) {
		r.skip(l, l.Path.String()+" is written since by "+r.undo.who(r.update, l.Path))
		return
	}
	if len(l.Before) == 0 && len(l.Path) > 1 {
		r.unsets.Add(l.Path)
		return
	}
	r.declared[l.Path.String()] = true
	r.c.Leaves = append(r.c.Leaves, Leaf{Path: l.Path, Before: have, After: l.Before})
}

// lost tells why the value of before cannot come back, whatever is there now.
func (r *reversal) lost(l Leaf) string {
	p := l.Path.String()
	switch {
	case l.Secret != "":
		return p + " came from the secret " + string(l.Secret) + ": what it was before is recorded nowhere"
	case l.Path[0] == "auth" && r.retyped():
		return p + " cannot be taken back: the credentials of before went with the type of authentication"
	case l.Facet() == ManifestFacet:
		return "the manifest cannot be taken back: of the one before, not all is known. Declare it again"
	case slices.Equal(l.Path, parentPath) && strings.Contains(textOf(l.Before), " "):
		return "parent cannot be taken back: the parent of before was gone already"
	case schema.HidesCredentials(l.Before):
		return p + " cannot be taken back: it held passwords of registries, which are recorded nowhere"
	default:
		return ""
	}
}

// retyped tells whether the change was one of the type of authentication.
func (r *reversal) retyped() bool {
	return slices.ContainsFunc(r.done.Leaves, func(l Leaf) bool { return l.Path.String() == "auth.type" })
}

// skip leaves a field as it is, or refuses the whole object for it.
func (r *reversal) skip(l Leaf, text string) {
	r.skipped.Add(l.Path)
	if r.undo.o.SkipChanged {
		r.c.note("%s. It stays", text)
		return
	}
	r.c.refuse("%s", text)
}

// marks computes what this owner's mark is afterwards: as it was before the apply,
// or, when the object was written to since or a field is left out, the one of now
// less what the apply added to it, and with what it took off.
func (r *reversal) marks(was *schema.Mark) error {
	now := markTag(r.l, r.pol.Owner)
	r.c.MarkBefore, r.c.Mark = now, now
	did, err := readMark(r.done.Mark)
	if err != nil {
		return err
	}
	added, dropped := ownedBut(did, was), ownedBut(was, did)
	as := sameDoc(now, r.done.Mark)
	for _, p := range dropped {
		switch {
		case r.skipped.Covers(p):
		case r.ownedByOther(p):
			r.skip(Leaf{Path: p}, p.String()+" is held since by "+r.undo.who(r.update, p))
		case len(topOf(was, p)) < len(p) && (!as || len(r.skipped) > 0):
			r.skip(Leaf{Path: p}, "the mark of before held all of "+topOf(was, p).String()+", which does not go together with what was written since")
		}
	}
	switch {
	case as && len(r.skipped) == 0:
		r.c.Mark = r.done.MarkBefore
	case sameDoc(now, r.done.MarkBefore) && len(r.c.Leaves) == 0:
		return nil
	default:
		doc, err := written(r.l.Doc, r.c.Leaves)
		if err != nil {
			return err
		}
		r.c.Mark = r.reckon(doc, did, was, added, dropped)
	}
	r.c.Unmark = len(now) > 0 && len(r.c.Mark) == 0 && len(r.owners) == 0 && !r.damaged
	for _, owner := range sortedOwners(r.done.Taken) {
		r.c.note("fields that were taken over from %s are not given back: that owner takes them up with its next apply", owner)
	}
	return nil
}

// reckon is the mark of now without what the apply added, and with what it dropped.
func (r *reversal) reckon(doc schema.Doc, did, was *schema.Mark, added, dropped []schema.Path) schema.Doc {
	gone, back := schema.PathSet{}, []schema.Path{}
	for _, p := range added {
		if _, stays := r.skipped.Overlapping(p); !stays {
			gone.Add(topOf(did, p))
		}
	}
	for _, p := range dropped {
		if _, stays := r.skipped.Overlapping(p); !stays && schema.Lookup(doc, p) != nil {
			back = append(back, p)
		}
	}
	mine := r.mine
	if mine == nil {
		mine = was
	}
	mark := mine.Without(gone, doc).With(doc, back...)
	if len(mark.Owned()) == 0 && len(r.done.MarkBefore) == 0 {
		return nil
	}
	for _, f := range []struct{ now, did, was *bool }{{&mark.Created, &did.Created, &was.Created}, {&mark.Protected, &did.Protected, &was.Protected}} {
		if *f.now == *f.did {
			*f.now = *f.was
		}
	}
	if mark.OnRemove == did.OnRemove {
		mark.OnRemove = was.OnRemove
	}
	return mark.Tag()
}

// readMark reads a mark that may be none.
func readMark(tag schema.Doc) (*schema.Mark, error) {
	if len(tag) == 0 {
		return &schema.Mark{Identity: &schema.Fields{}, Tags: &schema.Fields{}, Desired: &schema.Fields{}}, nil
	}
	return schema.ParseMark(tag)
}

// ownedBut are the paths of a mark that another one does not have.
func ownedBut(m, other *schema.Mark) []schema.Path {
	has := schema.NewPathSet(other.Owned()...)
	return slices.DeleteFunc(m.Owned(), has.Has)
}

// topOf is a path that a mark lists, less the "*" of a whole subtree.
func topOf(m *schema.Mark, p schema.Path) schema.Path {
	if n := len(p) - 1; n > 0 && p[n] == "*" && m.OwnsAllBelow(p[:n]) {
		return p[:n]
	}
	return p
}

// written is a document with the leaves of a change.
func written(d schema.Doc, leaves []Leaf) (schema.Doc, error) {
	m, err := d.Map()
	if err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if len(l.After) == 0 {
			removeAt(m, l.Path)
			continue
		}
		if err := put(m, l.Path, l.After); err != nil {
			return nil, err
		}
	}
	return schema.Canonical(m)
}

func removeAt(m map[string]any, p schema.Path) {
	for _, name := range p[:len(p)-1] {
		sub, ok := m[name].(map[string]any)
		if !ok {
			return
		}
		m = sub
	}
	delete(m, p[len(p)-1])
}
