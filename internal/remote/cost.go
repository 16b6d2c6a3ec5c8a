package remote

import (
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Cost adds up what changes ask of a hub when they are applied and all goes well.
// The zero value is ready to use.
type Cost struct {
	bill    quota.Bill
	creates [2]int64 // of devices and of modules: they share requests with their kind
}

// Add counts a change.
func (k *Cost) Add(c plan.Change) {
	if k.bill == nil {
		k.bill = quota.Bill{}
	}
	switch {
	case c.Addr.Kind.Targets():
		k.bill.Add(quota.Configuration, targetingRequests, targetingRequests)
	case c.Action == plan.Create && c.Addr.Kind == schema.KindDevice:
		k.creates[0]++
		k.manifest(c)
	case c.Action == plan.Create:
		k.creates[1]++
	case c.Action == plan.Delete:
		k.remove(c)
	default:
		k.update(c)
	}
}

// targetingRequests is what a configuration or deployment takes: it is read, and
// written.
const targetingRequests = 2

// remove counts the look before a deletion and the deletion; a device's modules are
// listed as well.
func (k *Cost) remove(c plan.Change) {
	k.bill.Add(quota.TwinRead, 1, 1)
	k.bill.Add(quota.Registry, 1, 1)
	if c.Addr.Kind == schema.KindDevice {
		k.bill.Add(quota.Registry, 1, 1)
	}
}

// update counts an identity that is read and put back, and a patch of the twin.
func (k *Cost) update(c plan.Change) {
	k.manifest(c)
	if touchesIdentity(c) {
		k.bill.Add(quota.Registry, 2, 2)
	}
	if touchesTwin(c) {
		k.bill.Add(quota.TwinUpdate, 1, 1)
	}
}

// manifest counts the modules that are read before a manifest is written over
// theirs, and the write. One of a new device is only written.
func (k *Cost) manifest(c plan.Change) {
	l, writes := manifestOf(c)
	if !writes {
		return
	}
	if n := int64(len(schema.ManifestModules(l.After))); c.Action != plan.Create {
		k.bill.Add(quota.TwinRead, n, n)
	}
	k.bill.Add(quota.Configuration, 1, 1)
}

// touchesTwin tells whether an update patches the twin: a value, or the mark.
func touchesTwin(c plan.Change) bool {
	for _, l := range c.Leaves {
		if l.Facet() == plan.TwinFacet {
			return true
		}
	}
	return c.Unmark || len(c.Taken) > 0 || string(c.Mark) != string(c.MarkBefore)
}

// Bill is what the changes ask for so far.
func (k *Cost) Bill() quota.Bill {
	total := quota.Bill{}
	for c, l := range k.bill {
		total.Add(c, l.Requests, l.Operations)
	}
	for _, n := range k.creates {
		total.Add(quota.Registry, (n+maxBulk-1)/maxBulk, n)
	}
	return total
}

// Lines are the bill as a plan file holds it.
func (k *Cost) Lines() []plan.Cost {
	var list []plan.Cost
	bill := k.Bill()
	for _, c := range quota.Classes() {
		if l := bill[c]; l.Operations > 0 {
			list = append(list, plan.Cost{Class: string(c), Requests: l.Requests, Operations: l.Operations})
		}
	}
	return list
}
