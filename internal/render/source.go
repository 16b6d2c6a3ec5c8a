package render

import (
	"fmt"
	"io"

	"github.com/twinset/twinset/plan"
)

// Open opens a plan file at its beginning. Renderers call it as often as they
// need to read the file, and close what it returns.
type Open = func() (*plan.Reader, io.Closer, error)

// read reads a plan from beginning to end. The header is known at once, the rest
// of the reader's knowledge when it returns.
func read(open Open, begin func(plan.Header) error, visit func(plan.Change) error) (*plan.Reader, error) {
	r, c, err := open()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if begin != nil {
		if err := begin(r.Header()); err != nil {
			return nil, err
		}
	}
	for change, err := range r.Changes() {
		if err == nil {
			err = visit(change)
		}
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// headline is the last line of a plan, and the title of its other forms.
func headline(c plan.Counts) string {
	if !c.Any() {
		return "No changes. The hub matches the configuration."
	}
	return "Plan: " + toDo(c) + "."
}

// HubHeading stands above the plan of one hub of several.
func HubHeading(w io.Writer, environment string, first bool, st Style) {
	if !first {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s\n\n", st.paint(roleStrong, "# "+clean(environment)))
}

// HubsSummary says what the plans of several hubs come to; of some there may be none.
func HubsSummary(w io.Writer, planned []plan.Counts, hubs int, st Style) {
	var all plan.Counts
	for _, c := range planned {
		all.Create, all.Update, all.Delete = all.Create+c.Create, all.Update+c.Update, all.Delete+c.Delete
	}
	text := fmt.Sprintf("%d hubs: %s.", hubs, toDo(all))
	if len(planned) < hubs {
		text = fmt.Sprintf("%d of %d hubs: %s.", len(planned), hubs, toDo(all))
	} else if !all.Any() {
		text = fmt.Sprintf("%d hubs: no changes.", hubs)
	}
	fmt.Fprintf(w, "\n%s\n", st.paint(roleStrong, text))
}

func toDo(c plan.Counts) string {
	return fmt.Sprintf("%d to add, %d to change, %d to destroy", c.Create, c.Update, c.Delete)
}

// destination names what a plan is for.
func destination(h plan.Header) string {
	part := ""
	if h.Shard != "" {
		part = ", shard " + clean(h.Shard)
	}
	return fmt.Sprintf("hub %s (project %s, environment %s%s)", clean(h.Hub), clean(h.Project), clean(h.Environment), part)
}

func total(c plan.Counts) int { return c.Create + c.Update + c.Delete }
