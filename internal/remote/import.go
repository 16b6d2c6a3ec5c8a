package remote

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// importErrors is the blob in which the hub leaves the errors of lines, which do not
// make a job fail (FACTS §7.3).
const importErrors = "importErrors.log"

// Importer carries out changes by import jobs. Via must have been called.
func (r *Remote) Importer() apply.Importer { return importer{r.Target().(target)} } //nolint:forcetypeassert // it is made there

type importer struct{ target }

// importing is one import under way.
type importing struct {
	importer
	apply.Import

	unsent map[string]error // why changes are not in the blob, by keyOf their addresses; nil: they go by requests
	sent   *idSet           // what is in the blob of an earlier run; nil: everything but unsent
	lines  int64
	line   []byte // the last one
}

// Import writes the changes as lines of a blob, has the hub import it, and finds out
// what became of each: the hub names those that it refused.
func (i importer) Import(ctx context.Context, in apply.Import) iter.Seq2[apply.Imported, error] {
	return func(yield func(apply.Imported, error) bool) {
		run := &importing{importer: i, Import: in, unsent: map[string]error{}}
		done, err := run.job(ctx)
		if err == nil {
			err = ctx.Err()
		}
		var refused *refusals
		if err == nil && done.Completed() {
			refused, err = run.refusals(ctx)
		}
		switch {
		case isStop(err):
			yield(apply.Imported{}, err)
			return
		case err == nil:
			err = unsuccessful(done)
		}
		if run.outcomes(ctx, refused, err, yield) && ctx.Err() == nil {
			run.end(ctx, yield)
		}
	}
}

// end forgets the job: all that there is to know of it is in the journal.
func (run *importing) end(ctx context.Context, yield func(apply.Imported, error) bool) {
	if run.Job.Blob == "" {
		return
	}
	run.Job.Ended = true
	if err := run.Note(run.Job); err != nil {
		yield(apply.Imported{}, err)
		return
	}
	_ = run.jobs.Delete(ctx, run.Job.Blob) // it is of no more use; what remains of it does no harm
}

// stop is an error after which nothing is known to have been done.
type stop struct{ error }

func (s stop) Unwrap() error { return s.error }

// job has the hub import the changes, or sees the end of what an earlier run began. An
// import without a line needs no job.
func (run *importing) job(ctx context.Context) (hub.Transfer, error) {
	if run.Job.Blob != "" {
		if done, ours, err := run.goOn(ctx); ours || err != nil {
			return done, err
		}
		_ = run.jobs.Delete(ctx, run.Job.Blob) // another one takes its place
	}
	run.Job = apply.ImportJob{Blob: blobName(hub.TransferImport)}
	if err := run.write(ctx); err != nil {
		return hub.Transfer{}, stop{err}
	}
	if run.lines == 0 {
		_ = run.jobs.Delete(ctx, run.Job.Blob) // it is empty
		run.Job = apply.ImportJob{}
		return hub.Transfer{Type: hub.TransferImport, Status: hub.Completed}, nil
	}
	return run.start(ctx)
}

// start makes the job of a blob. The journal knows of it before the hub does.
func (run *importing) start(ctx context.Context) (hub.Transfer, error) {
	if err := run.jobs.Delete(ctx, importErrors); err != nil { // another job may have left it
		return hub.Transfer{}, stop{err}
	}
	run.jobs.Tell(fmt.Sprintf("Writing %d objects by an import job through %s", run.lines, run.jobs.URL()))
	id, err := run.begin(ctx, run.jobs.importFrom(run.Job.Blob), func(known []string) error {
		run.Job.Known = append([]string{}, known...)
		return run.Note(run.Job)
	})
	if err != nil {
		return hub.Transfer{}, stop{err}
	}
	run.Job.ID, run.Job.Known = id, nil
	if err := run.Note(run.Job); err != nil {
		return hub.Transfer{}, stop{err}
	}
	return run.awaitImport(ctx)
}

func (run *importing) awaitImport(ctx context.Context) (hub.Transfer, error) {
	return run.awaitJob(ctx, run.Job.ID, func(percent int) { run.jobs.Tell(fmt.Sprintf("The hub imports: %d %%", percent)) })
}

// write makes the blob. Lines are sent while they are made.
func (run *importing) write(ctx context.Context) error {
	in, out := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := run.jobs.Write(ctx, run.Job.Blob, in)
		_ = in.CloseWithError(err) // never an error
		written <- err
	}()
	buffered := bufio.NewWriterSize(out, 1<<20)
	err := run.writeLines(ctx, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	_ = out.CloseWithError(err) // never an error
	if werr := <-written; werr != nil {
		return werr
	}
	return err
}

func (run *importing) writeLines(ctx context.Context, out io.Writer) error {
	updates, err := newUpdates(run)
	if err != nil {
		return err
	}
	defer updates.close()
	for c, err := range run.Changes {
		if err != nil {
			return err
		}
		if _, settled := run.Settled(c); settled {
			continue
		}
		if c.Action == plan.Update {
			err = updates.add(c)
		} else {
			err = run.writeCreate(ctx, out, c)
		}
		if err != nil {
			return err
		}
	}
	return updates.write(ctx, out)
}

func (run *importing) writeCreate(ctx context.Context, out io.Writer, c plan.Change) error {
	entry, err := run.entry(ctx, c)
	if err != nil {
		run.unsent[keyOf(c.Addr)] = err
		return nil
	}
	if entry.Status == "" {
		entry.Status = schema.StatusEnabled // every line has one (FACTS §7.3)
	}
	return run.writeLine(out, entry)
}

func (run *importing) writeLine(out io.Writer, entry hub.BulkEntry) error {
	line, err := entry.AppendJSON(run.line[:0])
	if err != nil {
		return fmt.Errorf("write import: %w", err)
	}
	run.lines++
	run.line = append(line, '\n')
	_, err = out.Write(run.line)
	return err
}
