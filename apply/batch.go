package apply

import "github.com/twinset/twinset/plan"

// maxOpen bounds the batches that are filled side by side: a device with that
// many modules fills them all.
const maxOpen = 64

// batcher gathers changes of one stage into batches that a target accepts.
type batcher struct {
	limits func(plan.Change) Limits
	open   []*batch
}

type batch struct {
	action  plan.Action
	limits  Limits
	changes []plan.Change
	devices map[string]bool
}

func (b *batch) takes(c plan.Change, l Limits) bool {
	return b.action == c.Action && b.limits == l && b.changes[0].Addr.Kind == c.Addr.Kind &&
		!(l.Distinct && b.devices[c.Addr.ID])
}

// add puts a change into a batch and returns the batch when it is full, or the
// oldest one when too many are open.
func (b *batcher) add(c plan.Change) []plan.Change {
	l := b.limits(c)
	for i, open := range b.open {
		if open.takes(c, l) {
			open.changes = append(open.changes, c)
			open.devices[c.Addr.ID] = true
			return b.closeIf(i, len(open.changes) >= l.Batch)
		}
	}
	b.open = append(b.open, &batch{action: c.Action, limits: l, changes: []plan.Change{c}, devices: map[string]bool{c.Addr.ID: true}})
	if l.Batch <= 1 {
		return b.closeIf(len(b.open)-1, true)
	}
	return b.closeIf(0, len(b.open) > maxOpen)
}

func (b *batcher) closeIf(i int, full bool) []plan.Change {
	if !full {
		return nil
	}
	changes := b.open[i].changes
	b.open = append(b.open[:i], b.open[i+1:]...)
	return changes
}

// rest returns what is still open, oldest first.
func (b *batcher) rest() [][]plan.Change {
	var list [][]plan.Change
	for _, open := range b.open {
		list = append(list, open.changes)
	}
	b.open = nil
	return list
}
