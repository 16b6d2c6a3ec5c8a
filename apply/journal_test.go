package apply_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// A journal holds what was done with the values before and after, of secrets the
// reference only, and of what was not done no value at all.
func TestJournalHoldsWhatWasDone(t *testing.T) {
	t.Parallel()
	done := plan.Change{
		Action: plan.Update, Addr: schema.DeviceAddress("d"),
		Leaves: []plan.Leaf{
			{Path: schema.Path{"auth", "primary_thumbprint"}, Secret: "env://PRINT"},
			{Path: schema.Path{"desired", "x"}, Before: schema.Doc("1"), After: schema.Doc("2")},
		},
		Overwritten: []plan.Leaf{{Path: schema.Path{"desired", "y"}, Before: schema.Doc("true")}},
		Mark:        schema.Doc(`{"v":1}`), MarkBefore: schema.Doc(`{"h":"1","v":1}`),
	}
	long := done
	long.Secrets = []schema.Secret{{Path: schema.Path{"auth", "primary_thumbprint"}, Ref: "env://PRINT", Digest: "abc"}}
	long.ETags, long.Notices = schema.ETags{Twin: "1"}, []plan.Notice{{Text: "note"}}
	begun := apply.Begun{Apply: "a1", Project: "fleet", Environment: "dev", Owner: "fleet/dev", Hub: "emulator", At: "2026-01-02T03:04:05.0000000Z"}
	var b bytes.Buffer
	j, err := apply.NewJournal(nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	refused := plan.Change{Action: plan.Update, Addr: schema.DeviceAddress("e"), Leaves: done.Leaves}
	for _, err := range []error{
		j.Begin(begun),
		j.Record(long, apply.Outcome{Status: apply.Done}),
		j.Record(refused, apply.Outcome{Status: apply.Failed, Err: errors.New("no")}),
		j.Flush(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	torn := b.String() + `{"address":{"kind":"device","id":"f"},"action":"upd` + "\n"
	var got []apply.Line
	for l, err := range apply.ReadJournal(strings.NewReader(torn)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	want := []apply.Line{
		{Begun: &begun},
		{Entry: apply.Entry{Change: done, Status: apply.Done}},
		{Entry: apply.Entry{Change: plan.Change{Action: plan.Update, Addr: refused.Addr}, Status: apply.Failed, Error: "no"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

// A crash cuts off the last line of a run. Damage anywhere else must not go unnoticed:
// something would not be taken back.
func TestJournalDamage(t *testing.T) {
	t.Parallel()
	const (
		run  = `{"run":{"apply":"a1"}}` + "\n"
		done = `{"action":"update","address":{"kind":"device","id":"d"},"status":"done"}` + "\n"
	)
	for _, tt := range []struct {
		name, text, err string
		lines           int
	}{
		{name: "cut off at the end", text: run + done + done[:20], lines: 2},
		{name: "cut off and resumed", text: run + done[:20] + "\n" + run + done, lines: 3},
		{name: "damaged within a run", text: run + done[:20] + "\n" + done, lines: 1, err: "read journal: line 2 is damaged"},
		{name: "damaged twice", text: run + "x\ny\n" + run, lines: 1, err: "read journal: line 2 is damaged"},
		{name: "a leaf of nothing", text: run + `{"action":"update","address":{"kind":"device","id":"d"},"leaves":[{"path":""}],"status":"done"}` + "\n" + done, lines: 1, err: "read journal: line 2 is damaged"},
		{name: "nothing said", text: run + "{}\n" + done, lines: 1, err: "read journal: line 2 is damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines, got := 0, ""
			for _, err := range apply.ReadJournal(strings.NewReader(tt.text)) {
				if err != nil {
					got = err.Error()
					break
				}
				lines++
			}
			if lines != tt.lines || got != tt.err {
				t.Errorf("got %d lines, error %q; want %d, %q", lines, got, tt.lines, tt.err)
			}
		})
	}
}

// Whatever is in a journal, taking it back does not break down.
func FuzzReadJournal(f *testing.F) {
	f.Add(`{"run":{"apply":"a1"}}`+"\n"+`{"action":"update","address":{"kind":"device","id":"d"},"leaves":[{"path":"desired.x","before":1,"after":2},{"path":"parent","before":"p q"}],"mark":{"v":1},"status":"done"}`, `{"desired":{"x":2}}`)
	f.Add(`{"action":"delete","address":{"kind":"configuration","id":"c"},"leaves":[{"path":"priority","before":1}],"mark_before":{"c":true,"v":1},"status":"done"}`, ``)
	f.Add(`{"action":"update","replace":"in_place","address":{"kind":"deployment","id":"c"},"leaves":[{"path":"modules_content","before":{},"after":{"a":1}}],"mark":{"v":1},"mark_before":{"c":true,"v":1},"status":"done"}`, `{"modules_content":{"a":1}}`)
	f.Fuzz(func(t *testing.T, journal, live string) {
		doc, err := schema.CanonicalJSON([]byte(live))
		if err != nil || len(doc) == 0 || doc[0] != '{' {
			doc = nil
		}
		undo := plan.NewUndo(plan.Policy{Owner: owner}, plan.UndoOptions{Apply: "a1"})
		for l, err := range apply.ReadJournal(strings.NewReader(journal)) {
			if err != nil || l.Begun != nil {
				continue
			}
			now := plan.UndoNow{}
			if doc != nil {
				now.Live = &schema.Object{Addr: l.Entry.Addr, Doc: doc}
				if l.Entry.Addr.Kind.Targets() {
					now.Live.Revisions = []schema.Revision{{ID: l.Entry.Addr.ID, Doc: doc}}
				}
			}
			undo.Look(l.Entry.Change)
			if c, ok, err := undo.Decide(l.Entry.Change, now); ok && err == nil && c.Addr != l.Entry.Addr {
				t.Errorf("%s is taken back at %s", l.Entry.Name(), c.Name())
			}
		}
	})
}
