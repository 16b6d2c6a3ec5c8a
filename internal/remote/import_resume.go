package remote

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
)

// goOn sees the end of a job that an earlier run began. It is not ours when the hub was
// never asked for it, or nothing is left to go on with: then the changes are imported
// anew, and those that were carried out are found to be.
func (run *importing) goOn(ctx context.Context) (done hub.Transfer, ours bool, err error) {
	if err := run.readSent(ctx); err != nil {
		if isAbsent(err) {
			return done, false, nil
		}
		return done, false, stop{err}
	}
	if run.Job.ID == "" {
		if run.Job.ID, err = run.lost(ctx); err != nil || run.Job.ID == "" {
			run.sent = nil
			return done, false, wrapStop(err)
		}
		if err := run.Note(run.Job); err != nil {
			return done, false, stop{err}
		}
	}
	run.jobs.Tell(fmt.Sprintf("Going on with import job %s", run.Job.ID))
	done, err = run.awaitImport(ctx)
	if hub.IsNotFound(err) {
		return hub.Transfer{ID: run.Job.ID, Type: hub.TransferImport, Status: "unknown to the hub"}, true, nil
	}
	return done, true, err
}

func wrapStop(err error) error {
	if err == nil {
		return nil
	}
	return stop{err}
}

// readSent reads which changes are in the blob.
func (run *importing) readSent(ctx context.Context) error {
	in, err := run.jobs.Read(ctx, run.Job.Blob)
	if err != nil {
		return err
	}
	defer in.Close()
	run.sent = newIDSet()
	for line, err := range exportedLines(in) {
		var e struct{ ID, ModuleID string }
		if err == nil {
			err = json.Unmarshal(line, &e)
		}
		if err != nil {
			return fmt.Errorf("read import: %w", err)
		}
		run.sent.add(e.ID + "\x00" + e.ModuleID)
	}
	return nil
}

// lost finds the job of a run that ended before it learned the id: an import that the
// hub did not know before. That it is not somebody else's is told by what it did.
func (run *importing) lost(ctx context.Context) (string, error) {
	if _, err := run.idle(ctx); err != nil {
		return "", err
	}
	id, err := run.unknownJob(ctx, hub.TransferImport, run.Job.Known)
	if err != nil || id == "" {
		return "", err
	}
	const probes = 3
	looked := 0
	for c, err := range run.Changes {
		if err != nil || looked == probes {
			return "", err
		}
		if !run.sent.has(keyOf(c.Addr)) {
			continue
		}
		looked++
		if is, err := run.isDone(ctx, c); err != nil || is {
			return id, err
		}
	}
	return "", nil
}

// isDone tells whether an object is as a change makes it.
func (t target) isDone(ctx context.Context, c plan.Change) (bool, error) {
	live, exists, err := t.read(ctx, c.Addr)
	if err != nil || !exists {
		return false, err
	}
	if c.Action == plan.Create {
		return holds(live.Doc, c, t.owner), nil
	}
	left, _, err := t.remainder(ctx, live, c)
	return err == nil && nothing(left), err
}
