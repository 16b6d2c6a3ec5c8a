package render

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/plan"
)

const (
	// everyChange is the size of an apply up to which each change has a line.
	everyChange = 100
	// statusEvery is how often the line on a terminal is rewritten.
	statusEvery = 100 * time.Millisecond
	// progressEvery is the longest silence of a large apply without a terminal.
	progressEvery = 10 * time.Second
	// skippedShown bounds the lines about changes that were never tried: one
	// reason often holds for all.
	skippedShown = 20
)

// ApplyText reports an apply to people while it runs. On a terminal it rewrites
// one status line; elsewhere it writes a line for each change of a small apply
// and one for every tenth of a large one. What goes wrong has lines of its own
// everywhere. It is used from one goroutine.
type ApplyText struct {
	w       io.Writer
	st      Style
	now     func() time.Time
	pace    pace
	tty     bool
	total   int
	wrong   int // of these, failed or in conflict
	skipped int
	next    time.Time // when the next status or progress line is due
	tenth   int       // tenths that were reported
	status  int       // columns of the status line on the screen
}

// NewApplyText makes a printer for an apply.
func NewApplyText(w io.Writer, st Style, tty bool, now func() time.Time, o ProgressOptions) *ApplyText {
	p := &ApplyText{w: w, st: st, total: o.Total, tty: tty, now: now, pace: newPace(o, now)}
	p.next = now().Add(p.interval())
	return p
}

func (p *ApplyText) interval() time.Duration {
	if p.tty {
		return statusEvery
	}
	return progressEvery
}

// Event reports what became of a change.
func (p *ApplyText) Event(e apply.Event) {
	if e.Type == apply.Finished {
		p.finished(e)
	}
	switch {
	case p.tty:
		p.showStatus()
	case e.Type == apply.Finished && p.total > everyChange:
		p.showProgress()
	}
}

// mismatch words a field that is not as it was planned: a create has no value to
// start from.
func mismatch(a plan.Action, f apply.Mismatch) string {
	planned := "planned from"
	if a == plan.Create {
		planned = "planned"
	}
	return fmt.Sprintf("  %s: %s %s, found %s", clean(f.Path.String()), planned, inlineDoc(f.Planned), inlineDoc(f.Found))
}

func (p *ApplyText) finished(e apply.Event) {
	p.pace.finished()
	name := clean(e.Change.Name())
	switch e.Outcome.Status {
	case apply.Done:
		p.success(name, verb(e.Change.Action).past)
	case apply.Already:
		p.success(name, "is as planned already")
	case apply.Conflict:
		p.wrong++
		p.trouble(roleError, name, "conflict", e.Outcome)
		for _, f := range e.Outcome.Fields {
			p.print(mismatch(e.Change.Action, f))
		}
	case apply.Failed:
		p.wrong++
		p.trouble(roleError, name, "not "+verb(e.Change.Action).past, e.Outcome)
	case apply.Skipped:
		p.skipped++
		if p.skipped <= skippedShown {
			p.trouble(roleWarn, name, "skipped", e.Outcome)
		}
	}
}

func (p *ApplyText) success(name, what string) {
	if !p.tty && p.total <= everyChange {
		p.print(name + ": " + what)
	}
}

func (p *ApplyText) trouble(r role, name, what string, o apply.Outcome) {
	p.print(name + ": " + p.st.paint(r, what) + ": " + cleanLines(reason(o), "  "))
}

// print writes a line that stays, in the place of the status line.
func (p *ApplyText) print(text string) {
	p.clearStatus()
	fmt.Fprintln(p.w, text)
}

// clearStatus overwrites the status line with spaces: an escape sequence would
// be an escape byte, which colourless output must not hold.
func (p *ApplyText) clearStatus() {
	if p.status > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.status)+"\r")
		p.status = 0
	}
}

func (p *ApplyText) progress() string {
	text := "Applying: " + p.pace.state().String()
	if p.wrong > 0 {
		text += fmt.Sprintf(", %d not applied", p.wrong)
	}
	return text
}

func (p *ApplyText) percent() int { return p.pace.state().percent() }

func (p *ApplyText) showStatus() {
	if p.now().Before(p.next) {
		return
	}
	p.next = p.now().Add(statusEvery)
	text := p.progress()
	pad := max(0, p.status-utf8.RuneCountInString(text))
	fmt.Fprint(p.w, "\r"+text+strings.Repeat(" ", pad))
	p.status = utf8.RuneCountInString(text)
}

func (p *ApplyText) showProgress() {
	tenth := p.percent() / 10
	if tenth == p.tenth && p.now().Before(p.next) {
		return
	}
	p.tenth, p.next = tenth, p.now().Add(progressEvery)
	p.print(p.progress())
}

// Finish removes the status line and says what was left out.
func (p *ApplyText) Finish(r apply.Result) {
	p.clearStatus()
	if more := p.skipped - skippedShown; more > 0 {
		p.print(fmt.Sprintf("%s skipped", plural(more, "more change")))
	}
	if r.Interrupted {
		p.print(p.st.paint(roleWarn, "Interrupted: what was under way was ended, nothing else was started."))
	}
}

// words are the forms of what an action does.
type words struct{ past, doing, noun string }

func verb(a plan.Action) words {
	switch a {
	case plan.Create:
		return words{"created", "Creating", "Creation"}
	case plan.Delete:
		return words{"destroyed", "Destroying", "Destruction"}
	default:
		return words{"changed", "Modifying", "Modifications"}
	}
}

// ApplySummary writes the result of an apply: its last line.
func ApplySummary(w io.Writer, r apply.Result, st Style) {
	color := roleAdd
	if r.Incomplete() {
		color = roleError
	}
	fmt.Fprintln(w, st.paint(color, applyHeadline(r)))
}

func applyHeadline(r apply.Result) string {
	resources := fmt.Sprintf("Resources: %d added, %d changed, %d destroyed", r.Created, r.Updated, r.Deleted)
	if !r.Incomplete() {
		return "Apply complete! " + resources + "."
	}
	text := fmt.Sprintf("Apply incomplete! %s; %d failed, %d in conflict, %d skipped.", resources, r.Failed, r.Conflicts, r.Skipped)
	if r.Interrupted {
		text += " It was interrupted."
	}
	return text
}
