package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// How long a successor may take to be applied. The hub evaluates configurations
// when they are written and about every five minutes (FACTS §6.3), and allows
// twenty operations in a minute (FACTS §6.4).
const (
	patience  = 15 * time.Minute
	firstLook = 2 * time.Second
	lastLook  = 15 * time.Second
)

// succeed replaces a configuration without a gap: the successor is made with a
// higher priority, the old revisions go once it is applied, and then its priority
// becomes the declared one. Whatever of it an interruption leaves undone, the next
// plan finds by the labels and goes on with.
func (t target) succeed(ctx context.Context, c plan.Change) apply.Outcome {
	olds, out := t.predecessors(ctx, c)
	if !out.Status.OK() {
		return out
	}
	all, err := t.client.Configurations(ctx)
	if err != nil {
		return failed(err)
	}
	v, err := t.successor(ctx, olds, all, c)
	if err != nil {
		return failed(err)
	}
	if _, err = t.client.PutConfiguration(ctx, v, ""); err != nil {
		if !hub.IsConflict(err) && !hub.IsAmbiguous(err) {
			return failed(err)
		}
		// An earlier try may have made it.
		made, doc, rerr := t.readTargeting(ctx, v.ID)
		if rerr != nil {
			return failed(err)
		}
		if !t.isRevision(&made, c) || !sameContent(doc, c.After) {
			return conflict(fmt.Sprintf("the id %s of its successor is taken on the hub", v.ID))
		}
	}
	if out := t.retire(ctx, c); !out.Status.OK() {
		return out
	}
	return t.settle(ctx, c)
}

// goOn brings an interrupted replacement to its end: the successor is there.
func (t target) goOn(ctx context.Context, c plan.Change) apply.Outcome {
	live, doc, err := t.readTargeting(ctx, hubID(c))
	switch {
	case hub.IsNotFound(err):
		return conflict("it is gone from the hub")
	case err != nil:
		return failed(err)
	}
	if fields, _ := t.stillTargeting(doc, c); len(fields) > 0 {
		return conflict("it changed since the plan", fields...)
	}
	if err := t.outrank(ctx, live, doc, c); err != nil {
		return failed(err)
	}
	if out := t.retire(ctx, c); !out.Status.OK() {
		return out
	}
	return t.settle(ctx, c)
}

// outrank lifts a successor above old revisions that somebody has lifted: it would
// never be applied below them.
func (t target) outrank(ctx context.Context, live hub.Configuration, doc schema.Doc, c plan.Change) error {
	highest := int64(-1)
	for _, old := range c.Retire {
		v, err := t.client.Configuration(ctx, old.ID)
		if err != nil && !hub.IsNotFound(err) {
			return err
		}
		if err == nil {
			highest = max(highest, v.Priority)
		}
	}
	if live.Priority > highest {
		return nil
	}
	mark, err := interimMark(c, highest+1)
	if err != nil {
		return err
	}
	lifted := c
	lifted.Leaves, lifted.Mark = append(slices.Clone(c.Leaves), priorityLeaf(strconv.AppendInt(nil, highest+1, 10))), mark
	v, err := t.changed(live, doc, lifted)
	if err != nil {
		return err
	}
	_, err = t.client.PutConfiguration(ctx, v, live.ETag)
	return err
}

func priorityLeaf(after schema.Doc) plan.Leaf {
	return plan.Leaf{Path: schema.Path{"priority"}, After: after}
}

// predecessors reads the old revisions again, the one that the plan compared with
// first held against it. Those that are gone need no successor.
func (t target) predecessors(ctx context.Context, c plan.Change) ([]hub.Configuration, apply.Outcome) {
	ok := apply.Outcome{Status: apply.Done}
	var list []hub.Configuration
	for i, old := range c.Retire {
		v, doc, err := t.readTargeting(ctx, old.ID)
		switch {
		case hub.IsNotFound(err):
			continue
		case err != nil:
			return nil, failed(err)
		case !t.isRevision(&v, c):
			return nil, conflict(old.ID + " is not what it was when the plan was made: somebody else has taken it over")
		}
		if i == 0 {
			if fields, _ := t.stillTargeting(doc, c); len(fields) > 0 {
				return nil, conflict("it changed since the plan", fields...)
			}
		}
		list = append(list, v)
	}
	return list, ok
}

// successor is the new revision as it takes over: as planned, but with a priority
// above those of the old ones. Labels and metrics of others come along.
func (t target) successor(ctx context.Context, olds, all []hub.Configuration, c plan.Change) (hub.Configuration, error) {
	v, err := t.newConfiguration(ctx, c)
	if err != nil {
		return v, err
	}
	t.inherit(&v, olds, c)
	declared := v.Priority
	for _, old := range olds {
		v.Priority = max(v.Priority, old.Priority)
	}
	if len(olds) > 0 {
		v.Priority = t.above(v.Priority, all, c)
	}
	if v.Priority == declared {
		return v, nil
	}
	mark, err := interimMark(c, v.Priority)
	v.Labels[labelMark] = string(mark)
	return v, err
}

// above is the next priority, unless a configuration that has nothing to do with
// this one has it: to come last among equals wins as well (FACTS §6.3), and beats
// nobody who was stronger before.
func (t target) above(n int64, all []hub.Configuration, c plan.Change) int64 {
	for _, other := range all {
		if other.Priority == n+1 && !t.isRevision(&other, c) {
			return n
		}
	}
	return n + 1
}

// inherit takes over what others wrote to the newest of the old revisions.
func (t target) inherit(v *hub.Configuration, olds []hub.Configuration, c plan.Change) {
	if len(olds) == 0 {
		return
	}
	v.SchemaVersion = olds[0].SchemaVersion
	mine, err := schema.ParseMark(c.MarkBefore)
	if err != nil {
		mine = &schema.Mark{}
	}
	for name, value := range olds[0].Labels {
		if _, set := v.Labels[name]; !set && !strings.HasPrefix(name, schema.ReservedLabel) && !mine.Owns(schema.Path{"labels", name}) && !c.Removes("labels", name) {
			v.Labels[name] = value
		}
	}
	for name, query := range olds[0].Metrics.Queries {
		if _, set := v.Metrics.Queries[name]; !set && !mine.Owns(schema.Path{"metrics", name}) && !c.Removes("metrics", name) {
			v.Metrics.Queries[name] = query
		}
	}
}

// interimMark is the mark for another priority than the declared one: what it
// digests is what was written.
func interimMark(c plan.Change, priority int64) (schema.Doc, error) {
	m, err := c.After.Map()
	if err != nil {
		return nil, err
	}
	m["priority"] = json.Number(fmt.Sprint(priority))
	doc, err := schema.Canonical(m)
	if err != nil {
		return nil, err
	}
	planned, err := schema.ParseMark(c.Mark)
	if err != nil {
		return nil, err
	}
	mark, _ := schema.MarkOf(schema.Object{Doc: doc})
	mark.Created, mark.Protected = planned.Created, planned.Protected
	return mark.Tag(), nil
}

// retire waits until the current revision has taken over, and removes the others.
func (t target) retire(ctx context.Context, c plan.Change) apply.Outcome {
	if err := t.await(ctx, c); err != nil {
		return failed(err)
	}
	for _, old := range c.Retire {
		if out := t.removeRevision(ctx, c, old.ID); !out.Status.OK() {
			return out
		}
	}
	return apply.Outcome{Status: apply.Done}
}

// await asks until the hub reports the current revision applied.
func (t target) await(ctx context.Context, c plan.Change) error {
	waited, pause := time.Duration(0), firstLook
	for {
		done, progress, err := t.tookOver(ctx, c)
		if err != nil || done {
			return err
		}
		if waited >= patience {
			return fmt.Errorf("%s is on the hub, but %s after %s; the old revision is kept. Apply again to go on", hubID(c), progress, patience)
		}
		if err := t.sleep(ctx, pause); err != nil {
			return err
		}
		waited += pause
		pause = min(pause*3/2, lastLook)
	}
}

// tookOver tells whether no device depends on the old revisions any more: the
// current one is applied wherever it is targeted, or the old ones are applied
// nowhere, which is so where a third configuration wins. There are no results
// before the hub has evaluated a configuration (FACTS §6.1).
func (t target) tookOver(ctx context.Context, c plan.Change) (done bool, progress string, err error) {
	v, err := t.client.Configuration(ctx, hubID(c))
	if err != nil {
		return false, "", err
	}
	targeted, evaluated := v.SystemMetrics.Results[hub.TargetedCount]
	applied := v.SystemMetrics.Results[hub.AppliedCount]
	switch {
	case !evaluated:
		return false, "the hub has not evaluated it", nil
	case applied >= targeted:
		return true, "", nil
	}
	for _, old := range c.Retire {
		was, err := t.client.Configuration(ctx, old.ID)
		if hub.IsNotFound(err) {
			continue
		}
		if err != nil {
			return false, "", err
		}
		if n, known := was.SystemMetrics.Results[hub.AppliedCount]; !known || n > 0 {
			return false, fmt.Sprintf("applied to %d of %d only", applied, targeted), nil
		}
	}
	return true, "", nil
}

// settle gives the successor the declared priority, and what else the change sets.
func (t target) settle(ctx context.Context, c plan.Change) apply.Outcome {
	for range maxTries {
		live, doc, err := t.readTargeting(ctx, hubID(c))
		if err != nil {
			return failed(err)
		}
		mark := schema.Lookup(doc, markPath(t.owner))
		if string(mark) == string(c.Mark) {
			return apply.Outcome{Status: apply.Done}
		}
		after := c
		after.Leaves = append(slices.Clone(c.Leaves), priorityLeaf(schema.Lookup(c.After, schema.Path{"priority"})))
		v, err := t.changed(live, doc, after)
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

// replaceInPlace removes the old revisions and makes the new one under the same
// id. In between there is none: that is what was asked for.
func (t target) replaceInPlace(ctx context.Context, c plan.Change) apply.Outcome {
	live, doc, err := t.readTargeting(ctx, hubID(c))
	switch {
	case err != nil && !hub.IsNotFound(err):
		return failed(err)
	case err == nil && sameContent(doc, c.After) && string(schema.Lookup(doc, markPath(t.owner))) == string(c.Mark):
		return apply.Outcome{Status: apply.Already}
	case err == nil:
		if fields, _ := t.stillTargeting(doc, c); len(fields) > 0 {
			return conflict("it changed since the plan", fields...)
		}
	}
	v, werr := t.newConfiguration(ctx, c)
	if werr != nil {
		return failed(werr)
	}
	if err == nil {
		t.inherit(&v, []hub.Configuration{live}, c)
		if out := t.removeRevision(ctx, c, live.ID); !out.Status.OK() {
			return out
		}
	}
	if _, err := t.client.PutConfiguration(ctx, v, ""); err != nil {
		return failed(fmt.Errorf("the old one is removed, the new one is not made: %w", err))
	}
	for _, old := range c.Retire {
		if out := t.removeRevision(ctx, c, old.ID); !out.Status.OK() {
			return out
		}
	}
	return apply.Outcome{Status: apply.Done}
}
