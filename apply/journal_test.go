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
