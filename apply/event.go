package apply

import "github.com/twinset/twinset/plan"

// EventType says what an event reports.
type EventType int

// The event types.
const (
	Started  EventType = iota // the change was handed to the target
	Finished                  // its outcome is known
)

// Event reports progress. Events of one Run come from one goroutine, in order of
// time.
type Event struct {
	Type    EventType
	Change  plan.Change
	Outcome Outcome // of Finished
}

// Result sums up a run.
type Result struct {
	Created, Updated, Deleted int // done by this run or found done
	Already                   int // of these, found done
	Conflicts                 int
	Failed                    int
	Skipped                   int
	Interrupted               bool
}

// Incomplete tells whether something of the plan was not carried out.
func (r Result) Incomplete() bool { return r.Conflicts+r.Failed+r.Skipped > 0 || r.Interrupted }

// Changed is the number of objects that are as planned now.
func (r Result) Changed() int { return r.Created + r.Updated + r.Deleted }

func (r *Result) add(c plan.Change, o Outcome) {
	switch o.Status {
	case Conflict:
		r.Conflicts++
	case Failed:
		r.Failed++
	case Skipped:
		r.Skipped++
	case Already:
		r.Already++
		r.count(c.Action)
	case Done:
		r.count(c.Action)
	}
}

func (r *Result) count(a plan.Action) {
	switch a {
	case plan.Create:
		r.Created++
	case plan.Update:
		r.Updated++
	case plan.Delete:
		r.Deleted++
	}
}
