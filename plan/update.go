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
	for _, text := range d.Refusals {
		u.c.refuse("%s", text)
	}
	u.damaged = len(damaged) > 0
	for _, text := range damaged {
		u.c.note("the ownership mark of %s is ignored", text)
	}
	return u
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
		if have == nil {
			u.overwrite(want.Path)
		}
		u.addLeaf(Leaf{Path: want.Path, Before: have, After: want.Value})
	}
}

// overwrite notes the live value above a leaf that cannot stay, because an object
// comes in its place.
func (u *update) overwrite(p schema.Path) {
	for n := len(p) - 1; n >= 2; n-- {
		have := schema.Lookup(u.l.Doc, p[:n])
		if have == nil {
			continue
		}
		known := slices.ContainsFunc(u.c.Overwritten, func(l Leaf) bool { return slices.Equal(l.Path, p[:n]) })
		if have[0] != '{' && !known {
			u.c.Overwritten = append(u.c.Overwritten, Leaf{Path: p[:n], Before: have})
		}
		return
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

// unset removes what we recorded as ours and no longer declare. What somebody
// else holds, or what became an object of somebody's, is only released.
func (u *update) unset() {
	for _, leaf := range u.live {
		if !u.mine.Owns(leaf.Path) || u.declaredAround(leaf.Path) || u.heldByOther(leaf.Path) || u.d.Lifecycle.Ignored(leaf.Path) {
			continue
		}
		if u.d.Lifecycle.TwinOnly() && (Leaf{Path: leaf.Path}).Facet() == IdentityFacet {
			continue // handed over as it is
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
	case "tags", "desired", "status_reason", "edge", "parent", "labels", "metrics":
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
	if !isExact(u.d) {
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

// drift finds owned fields that somebody else changed: their digest is not the
// one that we recorded.
func (u *update) drift() {
	if u.mine == nil {
		return
	}
	fields, manifest := schema.DigestOwned(u.l.Doc, u.mine) != u.mine.Digest, u.driftedManifest()
	for _, l := range u.c.Leaves {
		changed := fields
		if l.Facet() == ManifestFacet {
			changed = manifest
		}
		if changed && l.Secret == "" && l.After != nil && u.mine.Owns(l.Path) {
			u.c.Drift = append(u.c.Drift, Leaf{Path: l.Path, Before: l.After, After: l.Before})
		}
	}
	if now, _ := schema.MarkOf(*u.d); !u.forget && (now.Digest != u.mine.Digest || now.Manifest != u.mine.Manifest) && len(u.c.Drift) > 0 {
		u.c.note("the configuration of %s changed as well since the last apply; some of the drift may be that change", u.d.Name())
	}
}

func (u *update) finish() (Change, bool, error) {
	slices.SortStableFunc(u.c.Leaves, func(a, b Leaf) int { return slices.Compare(a.Path, b.Path) })
	u.pol.Hierarchy.arrange(&u.c, u.l)
	nothing := len(u.c.Leaves) == 0 && len(u.c.Taken) == 0 && sameDoc(u.c.Mark, u.c.MarkBefore) && !u.c.Refused()
	return u.c, !nothing, nil
}
