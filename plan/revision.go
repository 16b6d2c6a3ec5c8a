package plan

import (
	"slices"

	"github.com/twinset/twinset/schema"
)

// Replacement is how the content of a configuration or deployment changes. The
// hub does not let it change in place (FACTS §6.2).
type Replacement string

// The replacements.
const (
	// Successor makes the new revision under an id of its own with a higher
	// priority, waits until the hub has applied it, and removes the old one: no
	// device is ever without content.
	Successor Replacement = "successor"
	// InPlace removes the old revision and makes the new one under the same id.
	InPlace Replacement = "in_place"
)

// decideTargeting decides about a configuration or deployment that is declared
// and live. Of several revisions the one that has the declared content stays: a
// replacement was interrupted, and goes on.
func decideTargeting(d, l *schema.Object, pol Policy) (Change, bool, error) {
	live, rest := pick(d, l, pol.Owner)
	c, changes, err := decideUpdate(d, live, pol)
	if err != nil {
		return c, changes, err
	}
	c.place(d.Addr, live.Revisions)
	c.Retire = retired(rest)
	same := sameContent(d, live.Doc, pol.Owner)
	if len(c.Retire) > 0 && same {
		c.note("an earlier replacement of %s was interrupted: the old revision goes once the new one is applied", d.Name())
		changes = true
		c.After, err = creation(*d)
	}
	if !same {
		if sameDoc(schema.ContentOf(live.Doc), schema.ContentOf(d.Doc)) {
			c.note("a password of a registry is another one than was written last")
		}
		err = c.replace(d, live, rest)
	}
	return c, changes, err
}

// sameContent tells whether a revision has the declared content, and passwords of
// registries in it, which are known by their digest.
func sameContent(d *schema.Object, revision schema.Doc, owner string) bool {
	if !sameDoc(schema.ContentOf(revision), schema.ContentOf(d.Doc)) {
		return false
	}
	if len(d.Passwords) == 0 {
		return true
	}
	declared, _ := schema.MarkOf(*d)
	marks, _ := schema.Marks(revision)
	return marks[owner] != nil && marks[owner].Keys == declared.Keys
}

// pick is the live object as the revision that has the content, or else the
// newest one, and the other revisions.
func pick(d, l *schema.Object, owner string) (*schema.Object, []schema.Revision) {
	i := max(0, slices.IndexFunc(l.Revisions, func(r schema.Revision) bool { return sameContent(d, r.Doc, owner) }))
	if len(l.Revisions) == 0 {
		return l, nil
	}
	one := *l
	one.Doc, one.ETags, one.Revisions = l.Revisions[i].Doc, schema.ETags{Identity: l.Revisions[i].ETag}, l.Revisions[i:i+1]
	return &one, slices.Concat(l.Revisions[:i], l.Revisions[i+1:])
}

// place notes the id on the hub when it is not the declared one.
func (c *Change) place(a schema.Address, revisions []schema.Revision) {
	if len(revisions) > 0 && revisions[0].ID != a.ID {
		c.HubID = revisions[0].ID
	}
}

// retired are revisions as a plan needs them: without their documents.
func retired(list []schema.Revision) []schema.Revision {
	var out []schema.Revision
	for _, r := range list {
		out = append(out, schema.Revision{ID: r.ID, ETag: r.ETag})
	}
	return out
}

// replace turns an update into the making of a new revision.
func (c *Change) replace(d, live *schema.Object, rest []schema.Revision) error {
	var err error
	if c.After, err = creation(*d); err != nil {
		return err
	}
	mark, _ := schema.MarkOf(*d)
	mark.Created = true
	c.Mark = mark.Tag()
	c.givePasswords(d)
	if d.Lifecycle != nil && d.Lifecycle.Replace == schema.ReplaceInPlace {
		c.Replace = InPlace
		if d.Lifecycle.PreventDestroy {
			c.refuse(`lifecycle.replace = "in_place" removes %s before it is made again, and prevent_destroy is set. Leave replace out: a successor takes over first`, d.Name())
		}
		return nil
	}
	c.Replace = Successor
	old := append(slices.Clone(live.Revisions), rest...)
	c.Retire = retired(old)
	c.HubID = schema.SuccessorID(d.Addr.ID, schema.ContentOf(d.Doc), func(id string) bool {
		return slices.ContainsFunc(old, func(r schema.Revision) bool { return r.ID == id })
	})
	return nil
}

// createTargeting finds the id on the hub for a new configuration or deployment:
// the declared one, unless it is taken there by one of the other kind.
func (c *Change) createTargeting(d *schema.Object) {
	taken := func(id string) bool {
		return slices.ContainsFunc(d.Revisions, func(r schema.Revision) bool { return r.ID == id })
	}
	if taken(d.Addr.ID) {
		c.HubID = schema.SuccessorID(d.Addr.ID, schema.ContentOf(d.Doc), taken)
		c.note("the id %s is taken on the hub, where configurations and deployments share ids: %s is made as %s", d.Addr.ID, d.Name(), c.HubID)
	}
}

// givePasswords tells apply, and the reader, which passwords belong into the content.
func (c *Change) givePasswords(d *schema.Object) {
	c.Passwords = d.Passwords
	for _, s := range d.Passwords {
		c.note("%s is secret %s", s.Path, s.Ref)
	}
}
