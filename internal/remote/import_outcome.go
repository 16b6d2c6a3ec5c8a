package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// refusals are the errors of an import's lines. Of most of a large number only the code
// is kept.
type refusals struct {
	seed  maphash.Seed
	codes map[uint64]int32
	first map[string]hub.BulkError
}

// maxTexts is how many errors are kept with their text.
const maxTexts = 1000

// refusals reads the error log of a job, if there is one.
func (run *importing) refusals(ctx context.Context) (*refusals, error) {
	list := &refusals{seed: maphash.MakeSeed(), codes: map[uint64]int32{}, first: map[string]hub.BulkError{}}
	if run.Job.Blob == "" {
		return list, nil
	}
	in, err := run.jobs.Read(ctx, importErrors)
	if isAbsent(err) {
		return list, nil
	}
	if err != nil {
		return nil, stop{err}
	}
	defer in.Close()
	return list, list.read(in)
}

func (l *refusals) read(in io.Reader) error {
	for line, err := range exportedLines(in) {
		var e hub.BulkError
		if err == nil {
			err = json.Unmarshal(line, &e)
		}
		switch {
		case err != nil:
			return stop{fmt.Errorf("read %s: %w", importErrors, err)}
		case e.DeviceID == "":
			return stop{fmt.Errorf("read %s: an error names no device: %w", importErrors, e)}
		}
		key := e.DeviceID + "\x00" + e.ModuleID
		if len(l.first) < maxTexts {
			l.first[key] = e
		}
		l.codes[maphash.String(l.seed, key)] = int32(e.Code) //nolint:gosec // six digits (FACTS §0.8)
	}
	return nil
}

// of finds the error of a change.
func (l *refusals) of(c plan.Change) (hub.BulkError, bool) {
	key := keyOf(c.Addr)
	if e, found := l.first[key]; found {
		return e, true
	}
	code, found := l.codes[maphash.String(l.seed, key)]
	return hub.BulkError{DeviceID: c.Addr.ID, ModuleID: c.Addr.Sub, Code: int(code)}, found
}

// isAbsent tells of a store's error that the blob does not exist.
func isAbsent(err error) bool {
	var absent interface {
		error
		NotFound() bool
	}
	return errors.As(err, &absent) && absent.NotFound()
}

func isStop(err error) bool { return errors.As(err, new(stop)) }

// outcomes tells what became of each change. failure is why the job as a whole did not
// do what it should: what it did of it is not known. Most outcomes are known without a
// request; those that need one are looked at side by side.
func (run *importing) outcomes(ctx context.Context, refused *refusals, failure error, yield func(apply.Imported, error) bool) bool {
	var unsure []plan.Change
	for c, err := range run.Changes {
		if err != nil {
			yield(apply.Imported{}, err)
			return false
		}
		o, known := run.known(c, refused, failure)
		if known && !yield(apply.Imported{Change: c, Outcome: o}, nil) {
			return false
		}
		if !known {
			unsure = append(unsure, c)
		}
		if len(unsure) == lookTogether {
			if !run.look(ctx, unsure, refused, yield) {
				return false
			}
			unsure = unsure[:0]
		}
	}
	return run.look(ctx, unsure, refused, yield)
}

// lookTogether is how many changes are gathered before they are looked at.
const lookTogether = 1000

func (run *importing) look(ctx context.Context, unsure []plan.Change, refused *refusals, yield func(apply.Imported, error) bool) bool {
	each := func(yield func(plan.Change, error) bool) {
		for _, c := range unsure {
			if !yield(c, nil) {
				return
			}
		}
	}
	judge := func(ctx context.Context, c plan.Change) (apply.Imported, error) {
		return apply.Imported{Change: c, Outcome: run.outcome(ctx, c, refused)}, nil
	}
	for done, err := range inorder.Map(context.WithoutCancel(ctx), run.parallel, inorder.Given(each), judge) {
		if !yield(done, err) || err != nil {
			return false
		}
	}
	return true
}

// known is an outcome that needs no request.
func (run *importing) known(c plan.Change, refused *refusals, failure error) (apply.Outcome, bool) {
	if o, settled := run.Settled(c); settled {
		return o, true
	}
	key := keyOf(c.Addr)
	switch err, left := run.unsent[key]; {
	case errors.Is(failure, context.Canceled):
		return apply.Outcome{Status: apply.Skipped, Err: fmt.Errorf("%w; the hub goes on with its import job", failure)}, true
	case left:
		return failed(err), err != nil
	case run.sent != nil && !run.sent.has(key):
		return apply.Outcome{}, false
	case failure != nil:
		return failed(failure), true
	}
	_, no := refused.of(c)
	return apply.Outcome{Status: apply.Done}, !no
}

// outcome finds out what became of a change that the hub refused, or goes by a request
// because it was not sent.
func (run *importing) outcome(ctx context.Context, c plan.Change, refused *refusals) apply.Outcome {
	key := keyOf(c.Addr)
	if _, left := run.unsent[key]; left || run.sent != nil && !run.sent.has(key) {
		return run.Apply(ctx, []plan.Change{c})[0]
	}
	switch e, _ := refused.of(c); {
	case c.Action == plan.Create:
		o := run.created(ctx, c, hub.BulkResult{Errors: []hub.BulkError{e}}, nil)
		o.Err = run.hidden(ctx, o.Err, c)
		return o
	case worthALook(e, c):
		return run.update(ctx, c)
	default:
		return failed(e)
	}
}

// hidden hides what was sent by reference in the text of an error.
func (run *importing) hidden(ctx context.Context, err error, c plan.Change) error {
	if err == nil || len(c.Secrets) == 0 {
		return err
	}
	auth, aerr := run.newAuth(ctx, c, schema.Lookup(c.After, schema.Path{"auth"}))
	if aerr != nil {
		return aerr
	}
	return withoutThumbprints(err, *auth)
}
