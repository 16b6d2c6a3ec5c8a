package apply

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Options of a run. The zero value runs one change at a time, silently.
type Options struct {
	Parallel int         // batches under way at once; at least 1
	FailFast bool        // stop at the first failure or conflict
	Journal  *Journal    // records outcomes, and knows those of an earlier run
	Observe  func(Event) // called from one goroutine
}

// errDependsOn is why a module is skipped when its device failed.
var errDependsOn = errors.New("its device was not created")

// errNoParent is why a child is skipped when its parent failed.
var errNoParent = errors.New("its parent was not created, or not made an IoT Edge device")

// errStopped is why changes are skipped after --fail-fast stopped.
var errStopped = errors.New("stopped after an earlier failure")

// Run executes changes, which come ordered by stage. The error is about reading
// the plan or writing the journal; what became of the changes is in the result.
// When the context ends, nothing new is started and the result says so.
func Run(ctx context.Context, changes iter.Seq2[plan.Change, error], t Target, o Options) (Result, error) {
	r := &runner{ctx: ctx, target: t, o: o, failed: map[string]bool{}, noEdge: map[string]bool{}}
	r.start()
	err := r.feed(changes)
	r.stop()
	r.result.Interrupted = ctx.Err() != nil
	return r.result, errors.Join(err, r.err)
}

type job struct {
	changes  []plan.Change
	outcomes []Outcome
}

type runner struct {
	ctx     context.Context //nolint:containedctx // lives exactly as long as one Run
	target  Target
	o       Options
	jobs    chan job
	results chan job
	pending int
	failed  map[string]bool // device ids whose creation failed
	noEdge  map[string]bool // device ids that should have become edge devices
	stopped bool
	result  Result
	err     error
}

func (r *runner) start() {
	n := max(1, r.o.Parallel)
	r.jobs, r.results = make(chan job), make(chan job, n)
	for range n {
		go func() {
			for j := range r.jobs {
				j.outcomes = r.target.Apply(r.ctx, j.changes)
				r.results <- j
			}
		}()
	}
}

func (r *runner) stop() { close(r.jobs) }

// feed hands out the changes stage by stage, and within it level by level of the
// hierarchy: each begins when all of the one before has ended.
func (r *runner) feed(changes iter.Seq2[plan.Change, error]) error {
	b := &batcher{limits: r.target.Limits}
	order := 0
	for c, err := range changes {
		if err != nil {
			r.finishStage(b)
			return err
		}
		switch next := c.Order(); {
		case next < order:
			r.finishStage(b)
			return fmt.Errorf("plan: %s of stage %d follows stage %d; changes must be in order", c.Name(), c.Stage(), order>>8)
		case next > order:
			r.finishStage(b)
			order = next
		}
		r.offer(b, c)
	}
	r.finishStage(b)
	return nil
}

func (r *runner) offer(b *batcher, c plan.Change) {
	switch {
	case r.o.Journal.Done(c):
		r.report(c, Outcome{Status: Already})
	case r.ctx.Err() != nil:
		r.report(c, Outcome{Status: Skipped, Err: context.Cause(r.ctx)})
	case r.stopped:
		r.report(c, Outcome{Status: Skipped, Err: errStopped})
	case c.Addr.Kind == schema.KindModule && r.failed[c.Addr.ID]:
		r.report(c, Outcome{Status: Skipped, Err: errDependsOn})
	case r.noEdge[c.NewParent()]:
		r.report(c, Outcome{Status: Skipped, Err: errNoParent})
	default:
		if full := b.add(c); full != nil {
			r.send(full)
		}
	}
}

func (r *runner) finishStage(b *batcher) {
	for _, changes := range b.rest() {
		r.send(changes)
	}
	for r.pending > 0 {
		r.collect(<-r.results)
	}
}

// send hands a batch to a worker, collecting results while none is free.
func (r *runner) send(changes []plan.Change) {
	for _, c := range changes {
		r.observe(Event{Type: Started, Change: c})
	}
	for {
		select {
		case r.jobs <- job{changes: changes}:
			r.pending++
			return
		case j := <-r.results:
			r.collect(j)
		}
	}
}

func (r *runner) collect(j job) {
	r.pending--
	for i, c := range j.changes {
		o := Outcome{Status: Failed, Err: errors.New("the target gave no outcome")}
		if i < len(j.outcomes) {
			o = j.outcomes[i]
		}
		r.report(c, o)
	}
}

func (r *runner) report(c plan.Change, o Outcome) {
	r.result.add(c, o)
	if !o.Status.OK() {
		r.stopped = r.stopped || r.o.FailFast
		if c.Action == plan.Create && c.Addr.Kind == schema.KindDevice {
			r.failed[c.Addr.ID] = true
		}
		if c.MakesEdge() {
			r.noEdge[c.Addr.ID] = true
		}
	}
	if err := r.o.Journal.Record(c, o); err != nil && r.err == nil {
		r.err = err
	}
	r.observe(Event{Type: Finished, Change: c, Outcome: o})
}

func (r *runner) observe(e Event) {
	if r.o.Observe != nil {
		r.o.Observe(e)
	}
}
