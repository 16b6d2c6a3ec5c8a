package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// applyTargeting executes a change of a configuration or deployment.
func (t target) applyTargeting(ctx context.Context, c plan.Change) apply.Outcome {
	switch {
	case c.Action == plan.Create:
		return t.createTargeting(ctx, c)
	case c.Action == plan.Delete:
		return t.removeTargeting(ctx, c)
	case c.Replace == plan.Successor:
		return t.succeed(ctx, c)
	case c.Replace == plan.InPlace:
		return t.replaceInPlace(ctx, c)
	case len(c.Retire) > 0:
		return t.goOn(ctx, c)
	default:
		return t.updateTargeting(ctx, c)
	}
}

// hubID is the id on the hub.
func hubID(c plan.Change) string { return cmp.Or(c.HubID, c.Addr.ID) }

func (t target) createTargeting(ctx context.Context, c plan.Change) apply.Outcome {
	v, err := t.newConfiguration(ctx, c)
	if err != nil {
		return failed(err)
	}
	_, err = t.client.PutConfiguration(ctx, v, "")
	switch {
	case err == nil:
		return apply.Outcome{Status: apply.Done}
	case !hub.IsConflict(err) && !hub.IsAmbiguous(err):
		return failed(err)
	}
	_, doc, rerr := t.readTargeting(ctx, v.ID)
	switch {
	case hub.IsNotFound(rerr):
		return failed(err)
	case rerr != nil:
		return failed(fmt.Errorf("%w; %w", err, rerr))
	case holds(doc, c, t.owner) && sameContent(doc, c.After):
		return apply.Outcome{Status: apply.Already}
	default:
		return conflict("it exists already and is not as planned", t.differences(doc, c)...)
	}
}

func sameContent(a, b schema.Doc) bool {
	return string(schema.ContentOf(a)) == string(schema.ContentOf(b))
}

// readTargeting reads a configuration as it is now, with its document.
func (t target) readTargeting(ctx context.Context, id string) (hub.Configuration, schema.Doc, error) {
	v, err := t.client.Configuration(ctx, id)
	if err != nil {
		return v, nil, err
	}
	doc, err := fromConfiguration(&v)
	return v, doc, err
}

// stillTargeting holds a change against a configuration as it is now: what is
// neither as the plan found it nor as planned, and whether anything is left to do.
func (t target) stillTargeting(live schema.Doc, c plan.Change) (fields []apply.Mismatch, open bool) {
	check := func(p schema.Path, before, after schema.Doc) {
		field, differs := compare(live, p, before, after)
		fields, open = append(fields, field...), open || differs
	}
	for _, l := range c.Leaves {
		check(l.Path, l.Before, l.After)
	}
	check(markPath(t.owner), c.MarkBefore, c.Mark)
	return fields, open
}

// updateTargeting writes what can change in place.
func (t target) updateTargeting(ctx context.Context, c plan.Change) apply.Outcome {
	for range maxTries {
		live, doc, err := t.readTargeting(ctx, hubID(c))
		if hub.IsNotFound(err) {
			return conflict("it is gone from the hub")
		}
		if err != nil {
			return failed(err)
		}
		fields, open := t.stillTargeting(doc, c)
		switch {
		case len(fields) > 0:
			return conflict("it changed since the plan", fields...)
		case !open:
			return apply.Outcome{Status: apply.Already}
		}
		v, err := t.changed(live, doc, c)
		if err == nil {
			_, err = t.client.PutConfiguration(ctx, v, live.ETag)
		}
		switch {
		case err == nil:
			return apply.Outcome{Status: apply.Done}
		case !hub.IsPreconditionFailed(err):
			return failed(err)
		}
	}
	return failed(errors.New("somebody else keeps writing to it; try again"))
}

// changed is a live configuration with the leaves of a change. A PUT replaces
// everything, so that what others wrote is sent back.
func (t target) changed(live hub.Configuration, doc schema.Doc, c plan.Change) (hub.Configuration, error) {
	m, err := doc.Map()
	if err != nil {
		return live, err
	}
	for _, l := range c.Leaves {
		if len(l.After) == 0 {
			removePath(m, l.Path)
			continue
		}
		v, err := schema.Decode(l.After)
		if err != nil {
			return live, err
		}
		schema.SetPath(m, l.Path, v)
	}
	if doc, err = schema.Canonical(m); err != nil {
		return live, err
	}
	v, err := t.wireConfiguration(live.ID, c.Addr, doc, c.Mark)
	v.SchemaVersion, v.Content = live.SchemaVersion, live.Content
	return v, err
}

func removePath(m map[string]any, p schema.Path) {
	for _, name := range p[:len(p)-1] {
		sub, ok := m[name].(map[string]any)
		if !ok {
			return
		}
		m = sub
	}
	delete(m, p[len(p)-1])
}

// removeTargeting deletes every revision, oldest first, so that an interruption
// leaves the one that is in force.
func (t target) removeTargeting(ctx context.Context, c plan.Change) apply.Outcome {
	_, doc, err := t.readTargeting(ctx, hubID(c))
	switch {
	case err != nil && !hub.IsNotFound(err):
		return failed(err)
	case err == nil:
		if fields, _ := t.stillTargeting(doc, c); len(fields) > 0 {
			return conflict("it changed since the plan", fields...)
		}
	}
	for _, old := range slices.Backward(c.Retire) {
		if out := t.removeRevision(ctx, c, old.ID); !out.Status.OK() {
			return out
		}
	}
	return t.removeRevision(ctx, c, hubID(c))
}

// removeRevision deletes a revision that is still this owner's.
func (t target) removeRevision(ctx context.Context, c plan.Change, id string) apply.Outcome {
	for range maxTries {
		v, err := t.client.Configuration(ctx, id)
		switch {
		case hub.IsNotFound(err):
			return apply.Outcome{Status: apply.Already}
		case err != nil:
			return failed(err)
		case !t.isRevision(&v, c):
			return conflict(id + " is not what it was when the plan was made: somebody else has taken it over")
		}
		if err := t.keepConfiguration(c.Addr, v); err != nil {
			return failed(err)
		}
		// The hub itself writes to configurations (FACTS §6.1): another ETag alone
		// does not mean that somebody else did.
		err = t.client.DeleteConfiguration(ctx, id, v.ETag)
		switch {
		case err == nil:
			return apply.Outcome{Status: apply.Done}
		case hub.IsNotFound(err):
			return apply.Outcome{Status: apply.Already}
		case !hub.IsPreconditionFailed(err):
			return failed(err)
		}
	}
	return failed(fmt.Errorf("somebody else keeps writing to %s; try again", id))
}

// isRevision tells whether a configuration still stands for the address of a
// change. One that is being adopted bears no labels yet, and is known by its id.
func (t target) isRevision(v *hub.Configuration, c plan.Change) bool {
	if owner := v.Labels[labelOwner]; owner != t.owner {
		return c.Adopt && (owner == "" || c.Taken[owner] != nil) && v.ID == c.Addr.ID
	}
	return t.addressOf(v).ID == c.Addr.ID
}
