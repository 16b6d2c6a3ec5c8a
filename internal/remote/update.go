package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	patch, err := t.patch(c)
	if err != nil || patch.Tags == nil && patch.Desired == nil {
		return err
	}
	_, err = t.client.PatchTwin(ctx, c.Addr.ID, c.Addr.Sub, patch, hub.ETag(c.ETags.Twin))
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
func (t target) patch(c plan.Change) (hub.Patch, error) {
	m := map[string]any{}
	for _, l := range c.Leaves {
		if l.Facet() != plan.TwinFacet {
			continue
		}
		v, err := leafValue(l.After)
		if err != nil {
			return hub.Patch{}, err
		}
		schema.SetPath(m, l.Path, v)
	}
	switch {
	case c.Unmark:
		schema.SetPath(m, schema.Path{"tags", schema.ReservedTag}, nil)
	case string(c.Mark) != string(c.MarkBefore):
		if err := setMark(m, t.owner, c.Mark); err != nil {
			return hub.Patch{}, err
		}
	}
	for other, mark := range c.Taken {
		if err := setMark(m, other, mark); err != nil {
			return hub.Patch{}, err
		}
	}
	tags, err := sectionJSON(m, "tags")
	if err != nil {
		return hub.Patch{}, err
	}
	desired, err := sectionJSON(m, "desired")
	return hub.Patch{Tags: tags, Desired: desired}, err
}

// leafValue is what a patch sends: null removes.
func leafValue(d schema.Doc) (any, error) {
	if len(d) == 0 {
		return nil, nil
	}
	return schema.Decode(d)
}

// setMark puts a mark into a patch, every member of it: a merge keeps what it
// does not mention.
func setMark(m map[string]any, owner string, mark schema.Doc) error {
	p := markPath(owner)
	if len(mark) == 0 {
		schema.SetPath(m, p, nil)
		return nil
	}
	v, err := schema.Decode(mark)
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	members, ok := v.(map[string]any)
	if !ok {
		return errors.New("mark is not an object")
	}
	for _, name := range schema.MarkMembers() {
		if _, set := members[name]; !set {
			members[name] = nil
		}
	}
	schema.SetPath(m, p, members)
	return nil
}

func sectionJSON(m map[string]any, name string) (json.RawMessage, error) {
	v, ok := m[name]
	if !ok {
		return nil, nil
	}
	doc, err := schema.Canonical(v)
	return json.RawMessage(doc), err
}
