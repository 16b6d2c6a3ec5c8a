package plan

import (
	"bytes"
	"slices"
	"strings"

	"github.com/twinset/twinset/schema"
)

// update is the work on one pair of objects.
type update struct {
	d, l     *schema.Object
	pol      Policy
	declared map[string]bool // paths of declared leaves, tombstones too
	live     []schema.Leaf
	mine     *schema.Mark            // nil without one
	others   map[string]*schema.Mark // by owner
	owners   []string                // of others, in order
	unsets   schema.PathSet
	taken    map[string]schema.PathSet
	forget   bool // take the mark off
	damaged  bool // there is a mark that cannot be read
	c        Change
}

func newUpdate(d, l *schema.Object, pol Policy) *update {
	u := &update{d: d, l: l, pol: pol, declared: map[string]bool{}, unsets: schema.PathSet{}, taken: map[string]schema.PathSet{}}
	u.c = Change{Action: Update, Addr: l.Addr, Origin: d.Origin, ETags: l.ETags}
	marks, damaged := schema.Marks(l.Doc)
	u.mine, u.others, u.owners = marks[pol.Owner], marks, ownersBut(marks, pol.Owner)
	u.live = schema.Leaves(l.Doc)
	for _, leaf := range schema.Leaves(d.Doc) {
		u.declared[leaf.Path.String()] = true
	}
	u.damaged = len(damaged) > 0
	for _, text := range damaged {
		u.c.note("the ownership mark of %s is ignored", text)
	}
	return u
}

// adopt refuses to take over an object that exists without our mark, unless that
// is meant. Its identity stays somebody else's to remove.
func (u *update) adopt() {
	if u.mine != nil {
		return
	}
	u.c.Adopt = true
	if !u.pol.Adopt && (u.d.Lifecycle == nil || !u.d.Lifecycle.Adopt) {
		u.c.refuse("%s exists on the hub and was not made by %s. To take over the declared fields say --adopt, or lifecycle { adopt = true }", u.l.Addr, u.pol.Owner)
	}
}

// set finds declared leaves that live does not hold.
func (u *update) set() {
	for _, want := range schema.Leaves(u.d.Doc) {
		have := schema.Lookup(u.l.Doc, want.Path)
		if want.Tombstone() {
			if have != nil && u.mayWrite(want.Path) {
				u.unsets.Add(want.Path)
			}
			continue
		}
		if !u.mayWrite(want.Path) {
			continue
		}
		if bytes.Equal(have, want.Value) || want.EmptyObject() && len(have) > 0 && have[0] == '{' {
			continue
		}
		u.addLeaf(Leaf{Path: want.Path, Before: have, After: want.Value})
	}
}

// addLeaf keeps values that are known by reference out of the plan.
func (u *update) addLeaf(l Leaf) {
	for _, s := range u.d.Secrets {
		if slices.Equal(s.Path, l.Path) {
			l = Leaf{Path: l.Path, Secret: s.Ref}
			u.c.Secrets = append(u.c.Secrets, s)
		}
	}
	u.c.Leaves = append(u.c.Leaves, l)
}

// mayWrite refuses fields that an automatic configuration writes or another
// owner holds: two writers have no stable winner.
func (u *update) mayWrite(p schema.Path) bool {
	if w, ok := u.writer(p); ok {
		u.c.refuse("%s is contested: the automatic configuration %s writes it too. Move it to one of the two, or list it under lifecycle.ignore", p, w)
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
	if _, ok := u.writer(p); ok {
		return true
	}
	for _, owner := range u.owners {
		if _, ok := u.others[owner].Overlapping(p); ok {
			return true
		}
	}
	return false
}

// unset removes what we recorded as ours and no longer declare. What somebody
// else holds, or what became an object of somebody's, is only released.
func (u *update) unset() {
	for _, leaf := range u.live {
		if !u.mine.Owns(leaf.Path) || u.declaredAround(leaf.Path) || u.heldByOther(leaf.Path) || u.d.Lifecycle.Ignored(leaf.Path) {
			continue
		}
		if after, ok := undeclared(leaf); ok {
			u.removeLeaf(leaf, after)
		}
	}
}

// undeclared is the value of a leaf that is not declared any more. Credentials
// stay as they are: a removed auth block must not cut a device off.
func undeclared(leaf schema.Leaf) (schema.Doc, bool) {
	switch leaf.Path[0] {
	case "tags", "desired", "status_reason":
		return nil, true
	case "status":
		enabled := schema.Doc(`"` + schema.StatusEnabled + `"`)
		return enabled, !sameDoc(leaf.Value, enabled)
	default:
		return nil, false
	}
}

func (u *update) removeLeaf(leaf schema.Leaf, after schema.Doc) {
	if after == nil && len(leaf.Path) > 1 {
		u.unsets.Add(leaf.Path)
		return
	}
	u.c.Leaves = append(u.c.Leaves, Leaf{Path: leaf.Path, Before: leaf.Value, After: after})
}

// declaredAround tells whether the path or one above or below it is declared:
// then set decides about it.
func (u *update) declaredAround(p schema.Path) bool {
	text := p.String()
	if u.declared[text] {
		return true
	}
	for n := 1; n < len(p); n++ {
		if u.declared[p[:n].String()] {
			return true
		}
	}
	for other := range u.declared {
		if strings.HasPrefix(other, text+".") {
			return true
		}
	}
	return false
}

// exact adds every undeclared leaf of tags and desired that nobody else holds,
// for objects with lifecycle.mode = "exact".
func (u *update) exact() {
	if u.d.Lifecycle == nil || u.d.Lifecycle.Mode != "exact" {
		return
	}
	for _, leaf := range u.live {
		section := leaf.Path[0] == "tags" || leaf.Path[0] == "desired"
		if !section || u.declaredAround(leaf.Path) || u.heldByOther(leaf.Path) || u.d.Lifecycle.Ignored(leaf.Path) {
			continue
		}
		u.unsets.Add(leaf.Path)
	}
}

// climb removes the highest ancestor of which nothing is left, so that no empty
// object stays behind (the hub keeps {}, FACTS §4.3).
func (u *update) climb() {
	done := schema.PathSet{}
	for _, p := range u.unsets.Sorted() {
		top := p
		for n := len(p) - 1; n >= 2 && u.nothingLeft(p[:n]); n-- {
			top = p[:n]
		}
		if done.Has(top) {
			continue
		}
		done.Add(top)
		u.c.Leaves = append(u.c.Leaves, Leaf{Path: top, Before: schema.Lookup(u.l.Doc, top)})
	}
}

// nothingLeft tells whether every live leaf below a path is removed and nothing
// is declared there.
func (u *update) nothingLeft(p schema.Path) bool {
	for text := range u.declared {
		if at := schema.ParsePath(text); at.HasPrefix(p) && !u.unsets.Covers(at) && !u.tombstoned(at) {
			return false
		}
	}
	for _, leaf := range u.live {
		if leaf.Path.HasPrefix(p) && !u.unsets.Covers(leaf.Path) {
			return false
		}
	}
	return true
}

func (u *update) tombstoned(p schema.Path) bool {
	v := schema.Lookup(u.d.Doc, p)
	return len(v) > 0 && v[0] == 'n'
}

// keys sees by their digest that explicitly given keys are other ones than were
// last written. They are written as well when the type of authentication goes
// back to sas: the hub would make keys of its own.
func (u *update) keys() {
	mark, _ := schema.MarkOf(*u.d)
	same := u.mine != nil && u.mine.Keys == mark.Keys
	if mark.Keys == "" || same && !u.changes(schema.Path{"auth", "type"}) {
		return
	}
	for _, s := range u.d.Secrets {
		if s.IsKey() {
			u.addLeaf(Leaf{Path: s.Path})
		}
	}
}

func (u *update) changes(p schema.Path) bool {
	return slices.ContainsFunc(u.c.Leaves, func(l Leaf) bool { return slices.Equal(l.Path, p) })
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
	mark.Created = u.mine != nil && u.mine.Created
	u.c.Mark = mark.Tag()
	u.c.noteShortened(shortened)
	for owner, gone := range u.taken {
		if u.c.Taken == nil {
			u.c.Taken = map[string]schema.Doc{}
		}
		u.c.Taken[owner] = u.others[owner].Without(gone, u.l.Doc).Tag()
	}
}

// drift finds owned fields that somebody else changed: their digest is not the
// one that we recorded.
func (u *update) drift() {
	if u.mine == nil || schema.DigestOwned(u.l.Doc, u.mine) == u.mine.Digest {
		return
	}
	for _, l := range u.c.Leaves {
		if l.Secret == "" && l.After != nil && u.mine.Owns(l.Path) {
			u.c.Drift = append(u.c.Drift, Leaf{Path: l.Path, Before: l.After, After: l.Before})
		}
	}
	if now, _ := schema.MarkOf(*u.d); !u.forget && now.Digest != u.mine.Digest && len(u.c.Drift) > 0 {
		u.c.note("the configuration of %s changed as well since the last apply; some of the drift may be that change", u.d.Name())
	}
}

func (u *update) finish() (Change, bool, error) {
	slices.SortStableFunc(u.c.Leaves, func(a, b Leaf) int { return slices.Compare(a.Path, b.Path) })
	nothing := len(u.c.Leaves) == 0 && len(u.c.Taken) == 0 && sameDoc(u.c.Mark, u.c.MarkBefore) && !u.c.Refused()
	return u.c, !nothing, nil
}
