package remote

import (
	"slices"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// ImportGroup tells whether an import job can carry out a change, and in which of the
// lists of [apply.Options].Imports it belongs. Deletions never go that way: what guards
// them is looked at right before each.
func ImportGroup(c plan.Change) (group int, ok bool) {
	switch {
	case c.Addr.Kind == schema.KindModule:
		group = 1
	case c.Addr.Kind != schema.KindDevice:
		return 0, false
	}
	switch c.Action {
	case plan.Create:
		return group, importableCreate(c)
	case plan.Update:
		return group, importableUpdate(c)
	default:
		return 0, false
	}
}

// importableCreate leaves out what a line cannot say: a manifest, which is written after
// the device, and a parent, whose scope is made when it is created. Keys do not leave
// this machine but for the hub.
func importableCreate(c plan.Change) bool {
	_, manifest := manifestOf(c)
	return !manifest && c.NewParent() == "" && !slices.ContainsFunc(c.Secrets, schema.Secret.IsKey)
}

// importableUpdate tells whether nothing but values of the twin are written, and none is
// taken away: whether the hub merges a line into a twin or puts it in its place is
// unverified (FACTS §2.4), so only what comes to the same is written that way.
func importableUpdate(c plan.Change) bool {
	if c.Unmark || len(c.Taken) > 0 || len(c.Mark) == 0 || c.ETags.Twin == "" {
		return false
	}
	for _, l := range c.Leaves {
		if l.Facet() != plan.TwinFacet || len(l.After) == 0 {
			return false
		}
	}
	return true
}
