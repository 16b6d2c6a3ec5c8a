package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// ticker is a clock that the test moves.
type ticker struct{ at time.Time }

func (t *ticker) now() time.Time { return t.at }

func change(a plan.Action, id string) plan.Change {
	return plan.Change{Action: a, Addr: schema.DeviceAddress(id)}
}

func finished(a plan.Action, id string, o apply.Outcome) apply.Event {
	return apply.Event{Type: apply.Finished, Change: change(a, id), Outcome: o}
}

var (
	done     = apply.Outcome{Status: apply.Done}
	conflict = apply.Outcome{
		Status: apply.Conflict, Err: errors.New("it changed since the plan was made"),
		Fields: []apply.Mismatch{
			{Path: schema.Path{"desired", "telemetryInterval"}, Planned: schema.Doc("60"), Found: schema.Doc("75")},
			{Path: schema.Path{"tags", "site"}, Planned: schema.Doc(`"a"`)},
			{Path: schema.Path{"tags", "x"}, Found: schema.Doc("no \x1b JSON")},
		},
	}
	failed  = apply.Outcome{Status: apply.Failed, Err: errors.New("create device e: 400 ArgumentInvalid: bad \x1b[31m id\nsecond line")}
	skipped = apply.Outcome{Status: apply.Skipped, Err: errors.New("its device was not created")}
)

func TestApplyTextSmall(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := render.NewApplyText(&out, render.NewStyle(false), false, clock, render.ProgressOptions{Total: 6})
	p.Event(apply.Event{Type: apply.Started, Change: change(plan.Create, "a")})
	p.Event(finished(plan.Create, "a", done))
	p.Event(finished(plan.Update, "b", done))
	p.Event(finished(plan.Delete, "c", apply.Outcome{Status: apply.Already}))
	p.Event(finished(plan.Update, "d", conflict))
	p.Event(finished(plan.Create, "e", failed))
	p.Event(finished(plan.Create, "f", skipped))
	p.Finish(apply.Result{Created: 1, Updated: 1, Deleted: 1, Conflicts: 1, Failed: 1, Skipped: 1})
	want := `device.a: created
device.b: changed
device.c: is as planned already
device.d: conflict: it changed since the plan was made
  desired.telemetryInterval: planned from 60, found 75
  tags.site: planned from "a", found (absent)
  tags.x: planned from (absent), found "no \x1b JSON"
device.e: not created: create device e: 400 ArgumentInvalid: bad \x1b[31m id
  second line
device.f: skipped: its device was not created
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output differs (-want +got):\n%s", diff)
	}
}

func TestApplyTextLarge(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	at := &ticker{clock()}
	p := render.NewApplyText(&out, render.NewStyle(false), false, at.now, render.ProgressOptions{Total: 1000})
	for i := range 250 {
		if i == 149 {
			at.at = at.at.Add(11 * time.Second)
		}
		p.Event(finished(plan.Create, fmt.Sprint(i), done))
	}
	for i := range 25 {
		p.Event(finished(plan.Create, fmt.Sprint("s", i), skipped))
	}
	p.Finish(apply.Result{Created: 250, Skipped: 25, Interrupted: true})
	got := strings.Split(out.String(), "\n")
	want := []string{
		"Applying: 100 of 1000 (10 %)", "Applying: 150 of 1000 (15 %), 14 a second, 1 min 2 s left", "Applying: 200 of 1000 (20 %), 18 a second, 44 s left",
		"device.s0: skipped: its device was not created",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("output differs (-want +got):\n%s", diff)
	}
	want = []string{
		"device.s19: skipped: its device was not created", "5 more changes skipped",
		"Interrupted: what was under way was ended, nothing else was started.", "",
	}
	if diff := cmp.Diff(want, got[len(got)-len(want):]); diff != "" {
		t.Errorf("end of output differs (-want +got):\n%s", diff)
	}
}

func TestApplyTextTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	at := &ticker{clock()}
	p := render.NewApplyText(&out, render.NewStyle(false), true, at.now, render.ProgressOptions{Total: 200})
	for i := range 3 { // within the same tick: no line
		p.Event(finished(plan.Create, fmt.Sprint(i), done))
	}
	at.at = at.at.Add(time.Second)
	p.Event(finished(plan.Create, "x", done))
	p.Event(finished(plan.Create, "e", apply.Outcome{Status: apply.Failed, Err: errors.New("no")}))
	at.at = at.at.Add(time.Second)
	p.Event(finished(plan.Create, "y", done))
	p.Finish(apply.Result{Created: 5, Failed: 1})
	status := "Applying: 4 of 200 (2 %)"
	last := "Applying: 6 of 200 (3 %), 1 not applied"
	want := "\r" + status + blank(status) + "device.e: not created: no\n" + "\r" + last + blank(last)
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// blank is what removes a status line without an escape sequence.
func blank(line string) string { return "\r" + strings.Repeat(" ", len(line)) + "\r" }

func TestApplySummary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		result apply.Result
		want   string
	}{
		{"complete", apply.Result{Created: 1, Updated: 2, Deleted: 3}, "Apply complete! Resources: 1 added, 2 changed, 3 destroyed.\n"},
		{"failed", apply.Result{Created: 1, Failed: 1}, "Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed; 1 failed, 0 in conflict, 0 skipped.\n"},
		{"interrupted", apply.Result{Skipped: 7, Interrupted: true}, "Apply incomplete! Resources: 0 added, 0 changed, 0 destroyed; 0 failed, 0 in conflict, 7 skipped. It was interrupted.\n"},
	} {
		var out bytes.Buffer
		render.ApplySummary(&out, c.result, render.NewStyle(false))
		if got := out.String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestApplyStream(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	at := &ticker{clock()}
	s := render.NewApplyStream(&out, at.now, "0.1.0", render.ProgressOptions{Total: 6})
	s.Event(apply.Event{Type: apply.Started, Change: change(plan.Create, "a")})
	at.at = at.at.Add(1500 * time.Millisecond)
	s.Event(finished(plan.Create, "a", done))
	s.Event(finished(plan.Update, "d", conflict))
	s.Event(finished(plan.Create, "f", skipped))
	s.Finish(apply.Result{Created: 1, Conflicts: 1, Skipped: 1})
	want := []string{
		`info version: twinset 0.1.0`,
		`info apply_start: device.a: Creating...`,
		`info apply_complete: device.a: Creation complete`,
		`error apply_errored: device.d: Modifications errored`,
		`error diagnostic: Error: Object changed since the plan`,
		`warn diagnostic: Warning: Change skipped`,
		`error change_summary: Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed; 0 failed, 1 in conflict, 1 skipped.`,
	}
	var got []string
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for _, line := range lines {
		var m struct {
			Level   string `json:"@level"`
			Message string `json:"@message"`
			Type    string `json:"type"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, m.Level+" "+m.Type+": "+m.Message)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("stream differs (-want +got):\n%s", diff)
	}
	for i, want := range map[int]string{
		2: `"id_key":"id","id_value":"a","elapsed_seconds":1.5,"status":"done"`,
		3: `"fields":[{"path":"desired.telemetryInterval","planned":60,"found":75},{"path":"tags.site","planned":"a","found":null},{"path":"tags.x","planned":null,"found":"no \u001b JSON"}]`,
	} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("got %s, want it to hold %s", lines[i], want)
		}
	}
}
