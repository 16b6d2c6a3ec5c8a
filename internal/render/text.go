package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/twinset/twinset/plan"
)

// PlanOptions choose what PlanText shows.
type PlanOptions struct {
	DriftOnly bool // only what changed outside of twinset
	MaxLines  int  // stop listing changes after about so many lines; 0 lists all
}

const driftTitle = "Changed outside of twinset since the last apply:"

// PlanText writes a plan for people and returns its summary. Drift comes first,
// then the changes, and last the line with the totals; a refused plan says why
// below it. The plan is read twice.
func PlanText(w io.Writer, open Open, st Style, o PlanOptions) (plan.Summary, error) {
	t := &textWriter{w: bufio.NewWriter(w), st: st}
	show := t.plan
	if o.DriftOnly {
		show = t.drift
	}
	summary, err := show(open, o.MaxLines)
	if flushed := t.w.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write plan: %w", flushed)
	}
	return summary, err
}

// textWriter writes rows to a terminal. Errors of writing stay in the buffered
// writer until it is flushed.
type textWriter struct {
	w     *bufio.Writer
	st    Style
	lines int
}

func (t *textWriter) line(format string, args ...any) {
	fmt.Fprintf(t.w, format+"\n", args...)
	t.lines++
}

// rows writes the rows of one change and an empty line.
func (t *textWriter) rows(rows []row) {
	for _, r := range rows {
		t.row(r)
	}
	t.line("")
}

func (t *textWriter) row(r row) {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", 2+4*r.depth))
	if r.sign != '@' {
		b.WriteString(t.st.paint(r.role(), string(r.sign)))
		b.WriteByte(' ')
	}
	for _, s := range r.spans {
		b.WriteString(t.st.paint(s.role, s.text))
	}
	if text := b.String(); r.text() != "" {
		t.line("%s", text)
	} else {
		t.line("%s", strings.TrimRight(text, " "))
	}
}

func (t *textWriter) plan(open Open, maxLines int) (plan.Summary, error) {
	seen := map[byte]bool{}
	drifted := false
	r, err := read(open, nil, func(c plan.Change) error {
		seen[signOf(c)] = true
		if len(c.Drift) == 0 {
			return nil
		}
		if !drifted {
			t.line("%s\n", t.st.paint(roleStrong, driftTitle))
			drifted = true
		}
		t.rows(driftRows(c))
		return nil
	})
	if err != nil {
		return plan.Summary{}, err
	}
	if len(seen) > 0 {
		t.legend(r.Header(), seen)
		if err := t.changes(open, maxLines); err != nil {
			return plan.Summary{}, err
		}
	}
	t.cost(costOf(r.Header(), r.Summary().Cost))
	t.verdict(r.Summary())
	return r.Summary(), nil
}

// legend explains the signs that the plan uses.
func (t *textWriter) legend(h plan.Header, seen map[byte]bool) {
	t.line("Changes to %s:\n", destination(h))
	var signs []string
	for _, s := range []struct {
		sign byte
		word string
	}{{'+', "create"}, {'~', "change"}, {'-', "destroy"}, {'>', "adopt"}} {
		if seen[s.sign] {
			signs = append(signs, t.st.paint(signRole(s.sign), string(s.sign))+" "+s.word)
		}
	}
	t.line("  %s\n", strings.Join(signs, "   "))
}

func (t *textWriter) changes(open Open, maxLines int) error {
	hidden := 0
	start := t.lines
	_, err := read(open, nil, func(c plan.Change) error {
		if maxLines > 0 && t.lines-start >= maxLines {
			hidden++
			return nil
		}
		t.rows(changeRows(c))
		return nil
	})
	if hidden > 0 {
		t.line("  … and %s that are not listed here.\n", plural(hidden, "more change"))
	}
	return err
}

// cost tells what a large plan takes.
func (t *textWriter) cost(k *cost) {
	if !k.worthTelling() {
		return
	}
	for _, line := range k.lines() {
		t.line("%s", line)
	}
	t.line("")
}

func (t *textWriter) verdict(s plan.Summary) {
	for _, m := range s.Members {
		t.line("%s", "This plan "+clean(m.String())+".")
	}
	t.line("%s", t.st.paint(roleStrong, headline(s.Counts)))
	if s.Unmanaged != nil {
		t.line("%s", s.Unmanaged.Sentence())
	}
	t.warnings(s)
	for _, reason := range s.Refused {
		t.line("%s", t.st.paint(roleError, "Refused: "+clean(reason)))
	}
}

func (t *textWriter) warnings(s plan.Summary) {
	for _, text := range s.Warnings {
		t.line("%s", t.st.paint(roleWarn, "Warning: "+clean(text)))
	}
}
