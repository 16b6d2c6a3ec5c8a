package apply_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
)

// importer does everything but what it is told to fail, and remembers what it saw.
type importer struct {
	fails string // an address
	seen  []string
	jobs  []apply.ImportJob
	ends  bool
	err   error
}

func (i *importer) Import(_ context.Context, in apply.Import) iter.Seq2[apply.Imported, error] {
	return func(yield func(apply.Imported, error) bool) {
		i.jobs = append(i.jobs, in.Job)
		if i.err != nil {
			yield(apply.Imported{}, i.err)
			return
		}
		job := apply.ImportJob{Blob: "b", ID: "j", Known: []string{"old"}}
		_ = in.Note(job)
		for c, err := range in.Changes {
			if err != nil {
				yield(apply.Imported{}, err)
				return
			}
			o, settled := in.Settled(c)
			if !settled {
				i.seen = append(i.seen, c.Addr.String())
				o = apply.Outcome{Status: apply.Done}
			}
			if c.Addr.String() == i.fails {
				o = apply.Outcome{Status: apply.Failed, Err: errors.New("refused")}
			}
			if !yield(apply.Imported{Change: c, Outcome: o}, nil) {
				return
			}
		}
		if job.Ended = true; i.ends {
			_ = in.Note(job)
		}
	}
}

// TestRunImports: imports come in their places, what depends on a failed one is not
// tried, and a journal knows what was begun and what was done.
func TestRunImports(t *testing.T) {
	t.Parallel()
	lists := [2]iter.Seq2[plan.Change, error]{
		sequence([]plan.Change{creation("a", ""), creation("b", "")}),
		sequence([]plan.Change{creation("a", "m"), creation("b", "m")}),
	}
	var log bytes.Buffer
	j, err := apply.NewJournal(nil, &log)
	if err != nil {
		t.Fatal(err)
	}
	im := &importer{fails: "device.b"}
	res, err := apply.Run(t.Context(), sequence([]plan.Change{creation("c", "")}), applytest.New(owner), apply.Options{Imports: lists, Importer: im, Journal: j})
	want := apply.Result{Created: 3, Failed: 1, Skipped: 1}
	if diff := cmp.Diff(want, res); diff != "" || err != nil {
		t.Errorf("result (-want +got):\n%s%v", diff, err)
	}
	if diff := cmp.Diff([]string{"device.a", "device.b", "device.a.module.m"}, im.seen); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
	for line, err := range apply.ReadJournal(bytes.NewReader(log.Bytes())) {
		if err != nil || line.Begun == nil && line.Entry.Addr.ID == "" {
			t.Errorf("got line %+v (%v), want outcomes only", line, err)
		}
	}
	again, err := apply.NewJournal(&log, &bytes.Buffer{})
	if err != nil || !again.Importing() {
		t.Fatalf("got importing %v (%v), want true: no import has ended", again.Importing(), err)
	}
	resumed := &importer{ends: true}
	if _, err := apply.Run(t.Context(), sequence([]plan.Change{}), applytest.New(owner), apply.Options{Imports: lists, Importer: resumed, Journal: again}); err != nil {
		t.Fatal(err)
	}
	began := apply.ImportJob{Blob: "b", ID: "j", Known: []string{"old"}}
	first, second := began, began
	second.Group = 1
	if diff := cmp.Diff([]apply.ImportJob{first, second}, resumed.jobs); diff != "" {
		t.Errorf("jobs to go on with (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"device.b", "device.b.module.m"}, resumed.seen); diff != "" {
		t.Errorf("imported by the second run (-want +got):\n%s", diff)
	}
}

// TestRunStopsWithoutImport: when an import cannot be begun, nothing else is.
func TestRunStopsWithoutImport(t *testing.T) {
	t.Parallel()
	im := &importer{err: errors.New("there is no such container")}
	lists := [2]iter.Seq2[plan.Change, error]{sequence([]plan.Change{creation("a", "")}), nil}
	res, err := apply.Run(t.Context(), sequence([]plan.Change{creation("c", "")}), applytest.New(owner), apply.Options{Imports: lists, Importer: im})
	if err == nil || !strings.Contains(err.Error(), "no such container") || res.Changed() > 0 {
		t.Errorf("got %+v, %v, want the error and nothing done", res, err)
	}
}
