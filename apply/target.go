package apply

import (
	"context"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Target executes changes. The hub is one, an in-memory model another.
type Target interface {
	// Limits says how changes like this one may share a request.
	Limits(c plan.Change) Limits
	// Apply executes a batch and returns one outcome for each change, in the same
	// order. It returns early when the context ends; what was not sent is Skipped.
	Apply(ctx context.Context, batch []plan.Change) []Outcome
}

// Limits of a batch.
type Limits struct {
	Batch    int  // changes per call of Apply, at least 1
	Distinct bool // at most one change of each device id per call
}

// Status says what became of a change.
type Status string

// The statuses.
const (
	Done     Status = "done"     // executed
	Already  Status = "already"  // nothing was left to do
	Conflict Status = "conflict" // the object is not as the plan found it
	Failed   Status = "failed"   // the hub refused, or could not be reached
	Skipped  Status = "skipped"  // not tried: something it needs failed, or the apply was interrupted
)

// OK tells whether the object is as planned.
func (s Status) OK() bool { return s == Done || s == Already }

// Outcome is what became of one change.
type Outcome struct {
	Status Status
	Err    error      // why, unless OK
	Fields []Mismatch // of a conflict: what is not as the plan found it
}

// Mismatch is a field that changed between plan and apply.
type Mismatch struct {
	Path    schema.Path
	Planned schema.Doc // value that the plan found, or that a create would have made; empty means absent
	Found   schema.Doc
}
