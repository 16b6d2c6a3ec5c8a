package render

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/twinset/twinset/plan"
)

// PlanStream writes a plan as JSON lines in the vocabulary of Terraform's
// machine-readable UI: version, then for each object resource_drift and
// planned_change, diagnostics, and at the end change_summary. Each change has
// its leaves as an addition. The plan is read once.
func PlanStream(w io.Writer, open Open, now func() time.Time, version string, how *Reading) error {
	buffered := bufio.NewWriter(w)
	l := &lineWriter{w: buffered, now: now}
	l.version(version)
	l.reading(how)
	r, err := read(open, nil, func(c plan.Change) error {
		l.planned(c)
		return l.err
	})
	if err == nil {
		l.summary(r)
		err = l.err
	}
	if flushed := buffered.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write plan: %w", flushed)
	}
	return err
}

func (l *lineWriter) planned(c plan.Change) {
	if len(c.Drift) > 0 {
		l.write(message{
			Type: "resource_drift", Message: c.Name() + ": Drift detected (update)",
			Change: &uiChange{Resource: uiResourceOf(c), Action: plan.Update, Leaves: c.Drift},
		})
	}
	l.write(message{
		Type: "planned_change", Message: fmt.Sprintf("%s: Plan to %s", c.Name(), c.Action),
		Change: &uiChange{Resource: uiResourceOf(c), Action: c.Action, Adopt: c.Adopt, Leaves: c.Leaves},
	})
	for _, n := range c.Notices {
		d := uiDiagnostic{Severity: "warning", Summary: "Note about a change", Detail: n.Text, Address: c.Name(), Range: rangeOf(c)}
		if n.Refusal {
			d.Severity, d.Summary = "error", "Change refused"
		}
		l.diagnostic(d)
	}
}

func (l *lineWriter) summary(r *plan.Reader) {
	s := r.Summary()
	for _, m := range s.Members {
		l.write(message{Type: "membership", Message: "This plan " + m.String(), Membership: &m})
	}
	for _, text := range s.Warnings {
		l.diagnostic(uiDiagnostic{Severity: "warning", Summary: "Note about the plan", Detail: text})
	}
	for _, reason := range s.Refused {
		l.diagnostic(uiDiagnostic{Severity: "error", Summary: "Plan refused", Detail: reason})
	}
	l.write(message{
		Type: "change_summary", Message: headline(s.Counts), Plan: infoOf(r.Header()), Cost: costOf(r.Header(), s.Cost),
		Changes: &uiSummary{Add: s.Counts.Create, Change: s.Counts.Update, Remove: s.Counts.Delete, Operation: "plan", Drift: s.Counts.Drift, Unmanaged: s.Unmanaged},
	})
}
