package apply

import (
	"context"
	"iter"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Importer carries out changes by the thousand, in jobs of the hub's own.
type Importer interface {
	// Import carries out changes and yields each with its outcome, in any order. An error is about
	// reading the plan or writing the journal.
	Import(ctx context.Context, i Import) iter.Seq2[Imported, error]
}

// Import is what an Importer is to carry out.
type Import struct {
	Changes iter.Seq2[plan.Change, error]     // the same each time that they are gone through
	Settled func(plan.Change) (Outcome, bool) // what becomes of a change that is not to be tried
	Job     ImportJob                         // that an earlier run began and did not see the end of
	Note    func(ImportJob) error             // records how far it is
}

// Imported is a change with its outcome.
type Imported struct {
	Change  plan.Change
	Outcome Outcome
}

// ImportJob is how far an import is, as the journal keeps it. The zero value is one that
// was not begun.
type ImportJob struct {
	Group int      `json:"group"`           // of the changes: its place in Options.Imports
	Blob  string   `json:"blob"`            // that holds them
	Known []string `json:"known,omitempty"` // jobs that the hub had before
	ID    string   `json:"id,omitempty"`    // of the job; empty: it was asked for, and maybe made
	Ended bool     `json:"ended,omitempty"` // every outcome is recorded
}

// importGroups is how many lists of changes Options.Imports has.
const importGroups = 2

// modulesStage is the stage before which the second list of imports comes.
const modulesStage = 3

// importNext carries out the next list of imports. After an error nothing else is
// begun.
func (r *runner) importNext() error {
	group := r.imported
	r.imported++
	if group >= importGroups || r.o.Imports[group] == nil {
		return nil
	}
	stopped := r.stopped
	var changes []plan.Change
	var outcomes []Outcome
	report := func() {
		r.report(changes, outcomes)
		changes, outcomes = changes[:0], outcomes[:0]
	}
	run := Import{
		Changes: r.o.Imports[group], Job: r.o.Journal.importJob(group),
		Settled: func(c plan.Change) (Outcome, bool) { return r.settled(c, stopped) },
		Note: func(j ImportJob) error {
			report() // it may be the end, which comes after all outcomes
			j.Group = group
			return r.o.Journal.noteImport(j)
		},
	}
	defer report()
	for i, err := range r.o.Importer.Import(r.ctx, run) {
		if err != nil {
			return err
		}
		if changes, outcomes = append(changes, i.Change), append(outcomes, i.Outcome); len(changes) == reportEvery {
			report()
		}
	}
	return nil
}

// reportEvery is how many outcomes of an import are recorded at once. Those that are
// lost are told again by who goes on with the job.
const reportEvery = 100

// settled is what becomes of a change that is not to be imported. It looks at nothing
// that outcomes of the same import change.
func (r *runner) settled(c plan.Change, stopped bool) (Outcome, bool) {
	switch {
	case r.o.Journal.Done(c):
		return Outcome{Status: Already}, true
	case stopped:
		return Outcome{Status: Skipped, Err: errStopped}, true
	case c.Addr.Kind == schema.KindModule && r.failed[c.Addr.ID]:
		return Outcome{Status: Skipped, Err: errDependsOn}, true
	default:
		return Outcome{}, false
	}
}

// importJob is the import of a group that an earlier run began and did not end.
func (j *Journal) importJob(group int) ImportJob {
	if j == nil {
		return ImportJob{}
	}
	return j.imports[group]
}

// Importing tells whether an earlier run began an import and did not see its end.
func (j *Journal) Importing() bool { return j != nil && len(j.imports) > 0 }

func (j *Journal) noteImport(i ImportJob) error {
	if j == nil {
		return nil
	}
	return j.append(importLine{&i})
}

// importLine is the line of an import in a journal.
type importLine struct {
	Import *ImportJob `json:"import"`
}
