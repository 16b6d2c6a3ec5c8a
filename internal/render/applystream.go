package render

import (
	"io"
	"time"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// ApplyStream reports an apply as JSON lines in the vocabulary of Terraform's
// machine-readable UI. It is used from one goroutine.
type ApplyStream struct {
	l       lineWriter
	started map[schema.Address]time.Time // of what is under way
	pace    pace
}

// NewApplyStream writes the line that begins a stream. Without a version it
// continues the stream of a plan.
func NewApplyStream(w io.Writer, now func() time.Time, version string, o ProgressOptions) *ApplyStream {
	s := &ApplyStream{l: lineWriter{w: w, now: now}, started: map[schema.Address]time.Time{}, pace: newPace(o, now)}
	if version != "" {
		s.l.version(version)
	}
	return s
}

// hook is about the execution of one change. Status, Error and Fields are ours.
type hook struct {
	Resource uiResource   `json:"resource"`
	Action   plan.Action  `json:"action"`
	IDKey    string       `json:"id_key,omitempty"`
	IDValue  string       `json:"id_value,omitempty"`
	Elapsed  *float64     `json:"elapsed_seconds,omitempty"`
	Status   apply.Status `json:"status,omitempty"`
	Error    string       `json:"error,omitempty"`
	Fields   []hookField  `json:"fields,omitempty"`
}

type hookField struct {
	Path    schema.Path `json:"path"`
	Planned schema.Doc  `json:"planned"` // null when absent
	Found   schema.Doc  `json:"found"`
}

// Event writes apply_start, and apply_complete or apply_errored; a change that
// was never tried is a diagnostic.
func (s *ApplyStream) Event(e apply.Event) {
	if e.Type == apply.Started {
		s.started[e.Change.Addr] = s.l.now()
		s.l.write(message{
			Type: "apply_start", Message: e.Change.Name() + ": " + verb(e.Change.Action).doing + "...",
			Hook: &hook{Resource: uiResourceOf(e.Change), Action: e.Change.Action},
		})
		return
	}
	switch e.Outcome.Status {
	case apply.Done, apply.Already:
		s.complete(e)
	case apply.Conflict, apply.Failed:
		s.errored(e)
	case apply.Skipped:
		s.l.diagnostic(uiDiagnostic{Severity: "warning", Summary: "Change skipped", Detail: reason(e.Outcome), Address: e.Change.Name(), Range: rangeOf(e.Change)})
	}
	delete(s.started, e.Change.Addr)
	if p, due := s.pace.finished(); due {
		s.l.write(message{Type: "progress", Message: "Applying: " + p.String(), Progress: &p})
	}
}

func (s *ApplyStream) hook(e apply.Event) *hook {
	h := &hook{Resource: uiResourceOf(e.Change), Action: e.Change.Action, Status: e.Outcome.Status}
	elapsed := 0.0
	if at, ok := s.started[e.Change.Addr]; ok {
		elapsed = s.l.now().Sub(at).Round(time.Millisecond).Seconds()
	}
	h.Elapsed = &elapsed
	return h
}

func (s *ApplyStream) complete(e apply.Event) {
	h := s.hook(e)
	h.IDKey, h.IDValue = "id", hubID(e.Change.Addr)
	s.l.write(message{Type: "apply_complete", Message: e.Change.Name() + ": " + verb(e.Change.Action).noun + " complete", Hook: h})
}

func (s *ApplyStream) errored(e apply.Event) {
	h := s.hook(e)
	h.Error = reason(e.Outcome)
	for _, f := range e.Outcome.Fields {
		h.Fields = append(h.Fields, hookField{Path: f.Path, Planned: doc(f.Planned), Found: doc(f.Found)})
	}
	s.l.write(message{Type: "apply_errored", Level: "error", Message: e.Change.Name() + ": " + verb(e.Change.Action).noun + " errored", Hook: h})
	summary := "Change not carried out"
	if e.Outcome.Status == apply.Conflict {
		summary = "Object changed since the plan"
	}
	s.l.diagnostic(uiDiagnostic{Severity: "error", Summary: summary, Detail: reason(e.Outcome), Address: e.Change.Name(), Range: rangeOf(e.Change)})
}

// Finish writes the totals.
func (s *ApplyStream) Finish(r apply.Result) {
	level := "info"
	if r.Incomplete() {
		level = "error"
	}
	s.l.write(message{
		Type: "change_summary", Level: level, Message: applyHeadline(r),
		Changes: &uiSummary{
			Add: r.Created, Change: r.Updated, Remove: r.Deleted, Operation: "apply",
			Failed: r.Failed, Conflicts: r.Conflicts, Skipped: r.Skipped, Interrupted: r.Interrupted,
		},
	})
}

// reason is why a change was not carried out.
func reason(o apply.Outcome) string {
	if o.Err == nil {
		return "no reason was given"
	}
	return o.Err.Error()
}
