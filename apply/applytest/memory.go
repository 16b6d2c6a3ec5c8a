// Package applytest holds an in-memory [apply.Target]: the smallest thing that
// behaves like a hub, for tests of the planner and the executor.
package applytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Memory is a hub of objects in memory.
type Memory struct {
	Owner string
	// Fail, when set, refuses a change with an error before it is tried.
	Fail func(plan.Change) error

	mu      sync.Mutex
	objects map[schema.Address]schema.Object
	version int
	Calls   [][]plan.Change // batches, as they came
}

var _ apply.Target = (*Memory)(nil)

// New starts with some objects.
func New(owner string, objects ...schema.Object) *Memory {
	m := &Memory{Owner: owner, objects: map[schema.Address]schema.Object{}}
	for _, o := range objects {
		m.Put(o)
	}
	return m
}

// Put writes an object as somebody else would. A parent that is not there leaves
// the device attached to nothing.
func (m *Memory) Put(o schema.Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.attach(&o) != nil {
		o.Attached = "nothing"
	}
	m.put(o)
}

// Remove deletes a device as somebody else would, children or not.
func (m *Memory) Remove(a schema.Address) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, a)
}

func (m *Memory) put(o schema.Object) {
	m.version++
	o.ETags = schema.ETags{Identity: strconv.Itoa(m.version), Twin: strconv.Itoa(m.version)}
	m.objects[o.Addr] = o
}

// Live streams the objects in address order.
func (m *Memory) Live() schema.Stream {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]schema.Object, 0, len(m.objects))
	for _, o := range m.objects {
		list = append(list, m.view(o))
	}
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return func(yield func(schema.Object, error) bool) {
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Limits allow ten creates in a call, with distinct devices.
func (m *Memory) Limits(c plan.Change) apply.Limits {
	if c.Action == plan.Create {
		return apply.Limits{Batch: 10, Distinct: true}
	}
	return apply.Limits{Batch: 1}
}

// Apply executes changes as the hub would.
func (m *Memory) Apply(ctx context.Context, batch []plan.Change) []apply.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Calls = append(m.Calls, batch)
	outcomes := make([]apply.Outcome, len(batch))
	for i, c := range batch {
		switch {
		case ctx.Err() != nil:
			outcomes[i] = apply.Outcome{Status: apply.Skipped, Err: ctx.Err()}
		case m.Fail != nil && m.Fail(c) != nil:
			outcomes[i] = apply.Outcome{Status: apply.Failed, Err: m.Fail(c)}
		default:
			outcomes[i] = m.one(c)
		}
	}
	return outcomes
}

func (m *Memory) one(c plan.Change) apply.Outcome {
	live, exists := m.objects[c.Addr]
	live = m.view(live)
	switch {
	case c.Action == plan.Create && exists:
		return apply.Outcome{Status: apply.Conflict, Err: errors.New("exists already")}
	case c.Action == plan.Create:
		live = schema.Object{Addr: c.Addr, Doc: c.After}
	case !exists && c.Action == plan.Delete:
		return apply.Outcome{Status: apply.Already}
	case !exists:
		return apply.Outcome{Status: apply.Conflict, Err: errors.New("is gone")}
	case c.Action == plan.Delete:
		delete(m.objects, c.Addr)
		return apply.Outcome{Status: apply.Done}
	case live.ETags != c.ETags:
		return apply.Outcome{Status: apply.Conflict, Err: errors.New("changed since the plan")}
	}
	doc, err := Write(live.Doc, c, m.Owner)
	if err != nil {
		return apply.Outcome{Status: apply.Failed, Err: err}
	}
	live.Doc = doc
	if err := m.attach(&live); err != nil {
		return apply.Outcome{Status: apply.Failed, Err: err}
	}
	m.put(live)
	return apply.Outcome{Status: apply.Done}
}

// Write is what a change makes of a live document: a merge that leaves every
// other leaf alone.
func Write(live schema.Doc, c plan.Change, owner string) (schema.Doc, error) {
	m, err := live.Map()
	if err != nil {
		return nil, err
	}
	for _, l := range c.Leaves {
		if c.Action == plan.Create || l.Secret != "" {
			continue
		}
		if err := writeLeaf(m, live, l); err != nil {
			return nil, err
		}
	}
	for other, mark := range c.Taken {
		if err := setMark(m, other, mark); err != nil {
			return nil, err
		}
	}
	if c.Unmark {
		remove(m, schema.Path{"tags", schema.ReservedTag})
		return schema.Canonical(m)
	}
	if err := setMark(m, owner, c.Mark); err != nil {
		return nil, err
	}
	return schema.Canonical(m)
}

func writeLeaf(m map[string]any, live schema.Doc, l plan.Leaf) error {
	if found := schema.Lookup(live, l.Path); !bytes.Equal(there(found), there(l.Before)) {
		return fmt.Errorf("%s is %s, the plan found %s", l.Path, found, l.Before)
	}
	if len(l.After) == 0 {
		remove(m, l.Path)
		return nil
	}
	v, err := schema.Decode(l.After)
	if err != nil {
		return err
	}
	schema.SetPath(m, l.Path, v)
	return nil
}

func remove(m map[string]any, p schema.Path) {
	for _, name := range p[:len(p)-1] {
		sub, ok := m[name].(map[string]any)
		if !ok {
			return
		}
		m = sub
	}
	delete(m, p[len(p)-1])
}

func setMark(m map[string]any, owner string, mark schema.Doc) error {
	p := schema.Path{"tags", schema.ReservedTag, owner}
	if len(mark) == 0 {
		remove(m, p)
		return nil
	}
	v, err := schema.Decode(mark)
	if err != nil {
		return err
	}
	schema.SetPath(m, p, v)
	return nil
}
