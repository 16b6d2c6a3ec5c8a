package plan

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/twinset/twinset/schema"
)

// Decide turns a pair into a change, or finds that nothing is to be done. It is
// pure: the same pair and policy give the same change. Desired documents must be
// sealed; the live side should have been read just now.
func Decide(p Pair, pol Policy) (Change, bool, error) {
	switch {
	case p.Live == nil && p.Desired.Lifecycle.TwinOnly():
		return Change{}, false, nil // see Tally.Awaits
	case p.Live == nil:
		c, err := decideCreate(p.Desired)
		pol.noteMove(&c)
		pol.Hierarchy.arrange(&c, nil)
		return c, err == nil, err
	case p.Desired == nil:
		return decideRemoval(p.Live, pol)
	case p.Desired.Addr.Kind.Targets():
		return decideTargeting(p.Desired, p.Live, pol)
	default:
		return decideUpdate(p.Desired, p.Live, pol)
	}
}

// Compute is the whole of the planner for streams that need no confirmation. It
// goes through each of them twice.
func Compute(desired, live schema.Stream, pol Policy, yield func(Change) error) (*Tally, error) {
	h, m, x := NewHierarchy(pol), NewMembership(pol), NewManifests()
	for _, s := range []schema.Stream{x.Declared(m.Declared(h.Declared(desired))), m.Live(h.Live(x.Live(live)))} {
		for _, err := range s {
			if err != nil {
				return nil, err
			}
		}
	}
	pol.Hierarchy = h
	t := NewTally()
	t.Membership = m
	for p, err := range pol.Overlays.Over(x.Over(Match(desired, live)), pol) {
		if err != nil {
			return nil, err
		}
		t.Pair(p, pol.Owner)
		if Settled(p, pol.Owner) || pol.Rests(p) {
			m.Settled(p)
			continue
		}
		if t.Awaits(p, pol) {
			continue
		}
		c, ok, err := Decide(p, pol)
		if err != nil {
			return nil, err
		}
		m.Decided(p, c, ok)
		if !ok {
			continue
		}
		t.Change(c)
		if err := yield(c); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func decideCreate(d *schema.Object) (Change, error) {
	mark, shortened := schema.MarkOf(*d)
	mark.Created = true
	after, err := creation(*d)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", d.Name(), err)
	}
	c := Change{Action: Create, Addr: d.Addr, Origin: d.Origin, Mark: mark.Tag(), After: after, Secrets: d.Secrets}
	for _, l := range schema.Leaves(after) {
		c.Leaves = append(c.Leaves, Leaf{Path: l.Path, After: l.Value})
	}
	c.addSecretLeaves(d.Secrets)
	c.noteShortened(shortened)
	c.givePasswords(d)
	c.createTargeting(d)
	if d.Lifecycle != nil && d.Lifecycle.Exists {
		c.refuse("an import block says that it exists, but it is not on the hub. Correct the id, or remove the import block to create it")
	}
	return c, nil
}

// creation is the document of a new object: what is declared and what is
// declared only for the beginning, without tombstones, mark and secrets.
func creation(d schema.Object) (schema.Doc, error) {
	m := map[string]any{}
	for _, doc := range []schema.Doc{d.Initial, d.Doc} {
		for _, l := range schema.Leaves(doc) {
			if l.Tombstone() || isSecret(d.Secrets, l.Path) {
				continue
			}
			v, err := schema.Decode(l.Value)
			if err != nil {
				return nil, err
			}
			schema.SetPath(m, l.Path, v)
		}
	}
	return schema.Canonical(m)
}

func isSecret(secrets []schema.Secret, p schema.Path) bool {
	return slices.ContainsFunc(secrets, func(s schema.Secret) bool { return slices.Equal(s.Path, p) })
}

// addSecretLeaves shows that secrets are written, without their values.
func (c *Change) addSecretLeaves(secrets []schema.Secret) {
	for _, s := range secrets {
		c.Leaves = append(c.Leaves, Leaf{Path: s.Path, Secret: s.Ref})
	}
	slices.SortStableFunc(c.Leaves, func(a, b Leaf) int { return slices.Compare(a.Path, b.Path) })
}

func (c *Change) noteShortened(shortened bool) {
	if shortened {
		c.note("so many fields are owned here that the mark records whole subtrees: other writers' fields below them count as ours")
	}
}

// decideUpdate is the algebra of field ownership:
//
//	set     declared, and live differs
//	unset   declared absent, or recorded as ours and no longer declared
//	release recorded as ours and no longer declared, but gone or somebody else's
func decideUpdate(d, l *schema.Object, pol Policy) (Change, bool, error) {
	u := newUpdate(d, l, pol)
	u.adopt()
	u.set()
	u.unset()
	u.exact()
	u.climb()
	u.keys()
	u.marks()
	u.manifest()
	u.drift()
	return u.finish()
}

func ownersBut(marks map[string]*schema.Mark, owner string) []string {
	var list []string
	for other := range marks {
		if other != owner {
			list = append(list, other)
		}
	}
	slices.Sort(list)
	return list
}

// markTag is an owner's mark as it stands on the hub.
func markTag(l *schema.Object, owner string) schema.Doc {
	return schema.Lookup(l.Doc, schema.Path{"tags", schema.ReservedTag, owner})
}

func sameDoc(a, b schema.Doc) bool { return bytes.Equal(a, b) }
