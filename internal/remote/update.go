package remote

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// update writes what differs: the identity as a whole when one of its fields
// changes, the twin as a patch of the changed leaves and the mark. Each carries
// the ETag that the plan read. A write that finds another ETag is tried again
// only when everything that the change touches is still as the plan found it.
func (t target) update(ctx context.Context, c plan.Change) apply.Outcome {
	left := c
	for range maxTries {
		err := t.write(ctx, left)
		if err == nil {
			return apply.Outcome{Status: apply.Done}
		}
		if !worthALook(err, c) {
			return failed(err)
		}
		live, exists, rerr := t.readChanged(ctx, c)
		switch {
		case rerr != nil:
			return failed(rerr)
		case !exists:
			return conflict("it is gone from the hub")
		case !hub.IsPreconditionFailed(err) && !errors.Is(err, errManifestChanged):
			return failed(err)
		}
		var fields []apply.Mismatch
		left, fields, err = t.remainder(ctx, live, c)
		switch {
		case err != nil:
			return failed(err)
		case len(fields) > 0:
			return conflict("it changed since the plan", fields...)
		case nothing(left):
			return apply.Outcome{Status: apply.Already}
		}
	}
	return failed(errors.New("somebody else keeps writing to it; try again"))
}

// worthALook tells whether a failed write may mean that the object changed or went
// away. With SAS the hub answers 401 for modules of a missing device (FACTS §3).
func worthALook(err error, c plan.Change) bool {
	return hub.IsPreconditionFailed(err) || hub.IsNotFound(err) || errors.Is(err, errManifestChanged) ||
		hub.IsUnauthorized(err) && c.Addr.Kind == schema.KindModule
}

// write sends the requests of an update: identity and manifest first, because the
// mark in the twin says that all of it was done.
func (t target) write(ctx context.Context, c plan.Change) error {
	if err := checkLeaves(c); err != nil {
		return err
	}
	if err := t.checkManifest(ctx, c); err != nil {
		return err
	}
	if touchesIdentity(c) {
		if err := t.writeIdentity(ctx, c); err != nil {
			return err
		}
	}
	if err := t.writeManifest(ctx, c); err != nil {
		return err
	}
	patch := t.patch(c)
	if patch.Tags == nil && patch.Desired == nil {
		return nil
	}
	_, err := t.client.PatchTwin(ctx, c.Addr.ID, c.Addr.Sub, patch, hub.ETag(c.ETags.Twin))
	return err
}

func touchesIdentity(c plan.Change) bool {
	for _, l := range c.Leaves {
		if l.Facet() == plan.IdentityFacet {
			return true
		}
	}
	return false
}

// patch holds the changed leaves and the mark, nothing else: the hub notifies
// devices of every key that is sent, changed or not (FACTS §4.5).
func (t target) patch(c plan.Change) hub.Patch {
	var tags, desired schema.Doc
	for i := range c.Leaves {
		l := &c.Leaves[i]
		if l.Facet() != plan.TwinFacet {
			continue
		}
		section := &tags
		if l.Path[0] == "desired" {
			section = &desired
		}
		*section = schema.SetIn(*section, l.Path[1:], orNull(l.After))
	}
	setMark := func(owner string, mark schema.Doc) {
		tags = schema.SetIn(tags, schema.Path{schema.ReservedTag, owner}, patchOfMark(mark))
	}
	switch {
	case c.Unmark:
		tags = schema.SetIn(tags, schema.Path{schema.ReservedTag}, orNull(nil))
	case string(c.Mark) != string(c.MarkBefore):
		setMark(t.owner, c.Mark)
	}
	for other, mark := range c.Taken {
		setMark(other, mark)
	}
	return hub.Patch{Tags: json.RawMessage(tags), Desired: json.RawMessage(desired)}
}

// orNull is what a patch sends: null removes.
func orNull(d schema.Doc) schema.Doc {
	if len(d) == 0 {
		return schema.Doc("null")
	}
	return d
}

// patchOfMark is a mark with every member that there is: a merge keeps what it does
// not mention.
func patchOfMark(mark schema.Doc) schema.Doc {
	if len(mark) == 0 {
		return orNull(nil)
	}
	missing := schema.MarkMembers()
	b := append(make(schema.Doc, 0, len(mark)+len(missing)*len(`"x":null,`)), '{')
	put := func(name, value []byte) {
		b = append(append(append(append(append(b, '"'), name...), `":`...), value...), ',')
	}
	// Both are in order.
	err := schema.EachMember(mark, func(name, value []byte) error {
		for len(missing) > 0 && missing[0] <= string(name) {
			if missing[0] != string(name) {
				put([]byte(missing[0]), orNull(nil))
			}
			missing = missing[1:]
		}
		put(name, value)
		return nil
	})
	if err != nil {
		return mark // is no mark: the hub refuses it
	}
	for _, name := range missing {
		put([]byte(name), orNull(nil))
	}
	b[len(b)-1] = '}'
	return b
}
