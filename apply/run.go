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

	// Beside are the free changes of a plan (plan.Change.Free), when the caller keeps them
	// apart from the others. They are executed beside the stages before theirs, as many at
	// once again, so that the hub's allowances for identities and for twins are used at the
	// same time. Stages after theirs wait for them.
	Beside iter.Seq2[plan.Change, error]

	// Imports are changes that the Importer carries out, when the caller keeps them apart
	// from the others: creations and free updates before everything else, and what belongs
	// to modules before modules are created one by one. Each can be gone through repeatedly.
	Imports  [importGroups]iter.Seq2[plan.Change, error]
	Importer Importer
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
	defer r.beside.stop()
	err := r.importNext()
	if err == nil {
		err = r.feed(changes)
	}
	if err != nil {
		r.beside.head = nil // what cannot be read to its end is not carried on
	}
	r.finishBeside()
	r.stop()
	r.result.Interrupted = ctx.Err() != nil
	return r.result, errors.Join(err, r.err)
}

type job struct {
	changes  []plan.Change
	outcomes []Outcome
	beside   bool
}

type runner struct {
	ctx     context.Context //nolint:containedctx // lives exactly as long as one Run
	target  Target
	o       Options
	jobs    chan job
	results chan job
	pending int
	beside  lane
	failed  map[string]bool // device ids whose creation failed
	noEdge  map[string]bool // device ids that should have become edge devices
	stopped bool
	result  Result
	err     error

	imported int // lists of imports that were begun
}

func (r *runner) start() {
	n := max(1, r.o.Parallel)
	r.jobs, r.results = make(chan job), make(chan job, n)
	r.work(n, r.jobs)
	r.beside = newLane(r.o.Beside)
	if r.o.Beside != nil {
		r.work(n, r.beside.jobs)
		r.advance()
	}
}

func (r *runner) work(n int, jobs <-chan job) {
	for range n {
		go func() {
			for j := range jobs {
				j.outcomes = r.target.Apply(r.ctx, j.changes)
				r.results <- j
			}
		}()
	}
}

func (r *runner) stop() {
	close(r.jobs)
	close(r.beside.jobs)
}

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
			if r.beside.before(c) {
				r.finishBeside()
			}
			if c.Stage() >= modulesStage {
				if err := r.importNext(); err != nil {
					return err
				}
			}
			order = next
		}
		r.offer(b, c)
	}
	r.finishStage(b)
	return r.importNext()
}

func (r *runner) offer(b *batcher, c plan.Change) {
	switch {
	case r.o.Journal.Done(c):
		r.untried(c, Outcome{Status: Already})
	case r.ctx.Err() != nil:
		r.untried(c, Outcome{Status: Skipped, Err: context.Cause(r.ctx)})
	case r.stopped:
		r.untried(c, Outcome{Status: Skipped, Err: errStopped})
	case c.Addr.Kind == schema.KindModule && r.failed[c.Addr.ID]:
		r.untried(c, Outcome{Status: Skipped, Err: errDependsOn})
	case r.noEdge[c.NewParent()]:
		r.untried(c, Outcome{Status: Skipped, Err: errNoParent})
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
		r.turn(nil)
	}
}

// send hands a batch to a worker, collecting results while none is free.
func (r *runner) send(changes []plan.Change) {
	for _, c := range changes {
		r.observe(Event{Type: Started, Change: c})
	}
	taken := false
	for !taken {
		taken = r.turn(&job{changes: changes})
	}
}

// turn lets one thing happen: a worker takes the batch, one takes a change beside it,
// or an outcome comes in. It tells whether the batch was taken.
func (r *runner) turn(batch *job) bool {
	var next job
	var jobs, beside chan<- job // nil: not to be chosen
	if batch != nil {
		jobs, next = r.jobs, *batch
	}
	if r.beside.head != nil {
		beside = r.beside.jobs
	}
	select {
	case jobs <- next:
		r.pending++
		return true
	case beside <- r.beside.job():
		r.beside.pending++
		r.observe(Event{Type: Started, Change: *r.beside.head})
		r.advance()
	case j := <-r.results:
		r.collect(j)
	}
	return false
}

func (r *runner) collect(j job) {
	if j.beside {
		r.beside.pending--
	} else {
		r.pending--
	}
	for i := len(j.outcomes); i < len(j.changes); i++ {
		j.outcomes = append(j.outcomes, Outcome{Status: Failed, Err: errors.New("the target gave no outcome")})
	}
	r.report(j.changes, j.outcomes)
}

// report counts and records what became of changes, and then tells of it.
func (r *runner) report(changes []plan.Change, outcomes []Outcome) {
	for i := range changes {
		r.note(changes[i], outcomes[i])
	}
	if err := r.o.Journal.Flush(); err != nil && r.err == nil {
		r.err = err
	}
	for i := range changes {
		r.observe(Event{Type: Finished, Change: changes[i], Outcome: outcomes[i]})
	}
}

// untried reports a change that is not handed to the target.
func (r *runner) untried(c plan.Change, o Outcome) { r.report([]plan.Change{c}, []Outcome{o}) }

func (r *runner) note(c plan.Change, o Outcome) {
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
}

func (r *runner) observe(e Event) {
	if r.o.Observe != nil {
		r.o.Observe(e)
	}
}
