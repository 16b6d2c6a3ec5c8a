package remote

import (
	"context"
	"fmt"
	"slices"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/secret"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// remainder holds a change against the live object as it is now. It returns what
// is left to do, with the ETags to do it under, and every field that is neither as
// the plan found it nor as planned.
func (t target) remainder(ctx context.Context, live schema.Object, c plan.Change) (plan.Change, []apply.Mismatch, error) {
	left := c
	left.ETags, left.Leaves, left.Taken = live.ETags, nil, nil
	secrets, fields, err := t.openSecrets(ctx, live, c)
	if err != nil {
		return left, nil, err
	}
	left.Secrets = secrets
	for _, l := range c.Leaves {
		if l.Secret != "" {
			if slices.ContainsFunc(secrets, func(s schema.Secret) bool { return slices.Equal(s.Path, l.Path) }) {
				left.Leaves = append(left.Leaves, l)
			}
			continue
		}
		if field, open := compare(live.Doc, l.Path, l.Before, l.After); open {
			left.Leaves, fields = append(left.Leaves, l), append(fields, field...)
		}
	}
	fields = append(fields, overwritten(live.Doc, c)...)
	field, marked := compare(live.Doc, markPath(t.owner), c.MarkBefore, c.Mark)
	left.MarkBefore = schema.Lookup(live.Doc, markPath(t.owner))
	left.Unmark = c.Unmark && marked && marksOn(live.Doc) == 1
	left.Taken = stillTaken(live.Doc, c)
	fields = append(append(fields, field...), t.claimed(live.Doc, c)...)
	return left, fields, nil
}

// compare tells whether a field is not as planned, and when it is not as the plan
// found it either, how it differs.
func compare(live schema.Doc, p schema.Path, before, after schema.Doc) (fields []apply.Mismatch, open bool) {
	found := schema.Lookup(live, p)
	switch string(found) {
	case string(after):
		return nil, false
	case string(before):
		return nil, true
	default:
		return []apply.Mismatch{{Path: p, Planned: before, Found: found}}, true
	}
}

// overwritten finds values that would give way to an object and are not those that
// the plan found.
func overwritten(live schema.Doc, c plan.Change) []apply.Mismatch {
	var fields []apply.Mismatch
	for _, l := range c.Overwritten {
		if found := schema.Lookup(live, l.Path); len(found) > 0 && found[0] != '{' && string(found) != string(l.Before) {
			fields = append(fields, apply.Mismatch{Path: l.Path, Planned: l.Before, Found: found})
		}
	}
	return fields
}

// nothing tells whether a change has nothing to write.
func nothing(c plan.Change) bool {
	return len(c.Leaves) == 0 && len(c.Taken) == 0 && string(c.Mark) == string(c.MarkBefore)
}

// openSecrets finds the values known by reference that are still to be written.
// Twins do not show keys: while the identity is as the plan found it, all of them
// are; else it is read. A value that is not the planned one may be somebody's new
// one, which is not written over.
func (t target) openSecrets(ctx context.Context, live schema.Object, c plan.Change) ([]schema.Secret, []apply.Mismatch, error) {
	if len(c.Secrets) == 0 || live.ETags.Identity == c.ETags.Identity {
		return c.Secrets, nil, nil
	}
	auth, err := t.authentication(ctx, c.Addr)
	if err != nil {
		return nil, nil, err
	}
	var fields []apply.Mismatch
	for _, s := range c.Secrets {
		value, err := t.resolve(ctx, c.Addr, s)
		if err != nil {
			return nil, nil, err
		}
		if held := secretField(&auth, s); held == nil || secret.Normal(s, *held) != value {
			fields = append(fields, apply.Mismatch{Path: s.Path, Planned: schema.Doc(`"a secret"`), Found: schema.Doc(`"another secret"`)})
		}
	}
	return nil, fields, nil
}

func (t target) authentication(ctx context.Context, a schema.Address) (hub.Authentication, error) {
	if a.Kind == schema.KindModule {
		m, err := t.client.Module(ctx, a.ID, a.Sub)
		return m.Authentication, err
	}
	d, err := t.client.Device(ctx, a.ID)
	return d.Authentication, err
}

func markPath(owner string) schema.Path { return schema.Path{"tags", schema.ReservedTag, owner} }

// marksOn counts the members of the reserved tag. Marks that cannot be read
// count: they may be those of a later version.
func marksOn(d schema.Doc) int {
	m, err := schema.Lookup(d, schema.Path{"tags", schema.ReservedTag}).Map()
	if err != nil {
		return 0
	}
	return len(m)
}

// stillTaken are the marks of other owners that are not yet as planned.
func stillTaken(live schema.Doc, c plan.Change) map[string]schema.Doc {
	left := map[string]schema.Doc{}
	for other, after := range c.Taken {
		if string(schema.Lookup(live, markPath(other))) != string(after) {
			left[other] = after
		}
	}
	return left
}

// claimed finds what other owners did to their marks since the plan: marked a
// leaf of this change, or changed a mark that this change takes fields from.
func (t target) claimed(live schema.Doc, c plan.Change) []apply.Mismatch {
	marks, _ := schema.Marks(live)
	var fields []apply.Mismatch
	for other, mark := range marks {
		if other == t.owner || c.Taken[other] != nil {
			continue
		}
		for _, l := range c.Leaves {
			if held, ok := mark.Overlapping(l.Path); ok {
				fields = append(fields, apply.Mismatch{Path: markPath(other), Found: schema.Doc(fmt.Sprintf("%q", "owns "+held.String()))})
			}
		}
	}
	for other := range stillTaken(live, c) {
		if !takes(live, marks[other], c, c.Taken[other]) {
			fields = append(fields, apply.Mismatch{Path: markPath(other), Found: schema.Lookup(live, markPath(other))})
		}
	}
	slices.SortFunc(fields, func(a, b apply.Mismatch) int { return slices.Compare(a.Path, b.Path) })
	return fields
}

// takes tells whether taking this owner's fields from another mark, as it is now,
// still leaves what the plan says. Otherwise the other owner has been at work, and
// the planned mark would undo it.
func takes(live schema.Doc, other *schema.Mark, c plan.Change, after schema.Doc) bool {
	mine, err := schema.ParseMark(c.Mark)
	if other == nil || err != nil {
		return false
	}
	gone := schema.PathSet{}
	for _, p := range mine.Owned() {
		if held, ok := other.Overlapping(p); ok {
			gone.Add(held)
		}
	}
	return string(other.Without(gone, live).Tag()) == string(after)
}
