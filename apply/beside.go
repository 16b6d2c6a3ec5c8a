package apply

import (
	"context"
	"iter"

	"github.com/twinset/twinset/plan"
)

// lane holds the changes that are executed beside the stages. Its zero value, and one
// without changes, is at its end.
type lane struct {
	next    func() (plan.Change, error, bool)
	stop    func()
	jobs    chan job
	head    *plan.Change // the next to be executed
	stage   int          // of its changes
	pending int
}

func newLane(changes iter.Seq2[plan.Change, error]) lane {
	if changes == nil {
		changes = func(func(plan.Change, error) bool) {}
	}
	l := lane{jobs: make(chan job)}
	l.next, l.stop = iter.Pull2(changes)
	return l
}

func (l *lane) job() job {
	if l.head == nil {
		return job{}
	}
	return job{changes: []plan.Change{*l.head}, beside: true}
}

// before tells whether a change comes after all of the lane.
func (l *lane) before(c plan.Change) bool { return l.stage > 0 && c.Stage() > l.stage }

// advance finds the next change of the lane that is to be executed, and reports those
// that are not.
func (r *runner) advance() {
	l := &r.beside
	for l.head = nil; l.head == nil; {
		c, err, ok := l.next()
		if err != nil && r.err == nil {
			r.err = err
		}
		if !ok || err != nil {
			return
		}
		l.stage = c.Stage()
		switch {
		case r.o.Journal.Done(c):
			r.untried(c, Outcome{Status: Already})
		case r.ctx.Err() != nil:
			r.untried(c, Outcome{Status: Skipped, Err: context.Cause(r.ctx)})
		case r.stopped:
			r.untried(c, Outcome{Status: Skipped, Err: errStopped})
		default:
			l.head = &c
		}
	}
}

// finishBeside waits until the lane is at its end.
func (r *runner) finishBeside() {
	for r.beside.head != nil || r.beside.pending > 0 {
		r.turn(nil)
	}
}
