package render

import (
	"fmt"

	"github.com/twinset/twinset/plan"
)

// drift writes only what changed outside of twinset. A declared object that the
// hub does not hold counts too: it may be new, or somebody removed it.
func (t *textWriter) drift(open Open, maxLines int) (plan.Summary, error) {
	var changed, missing, pending, hidden int
	r, err := read(open, nil, func(c plan.Change) error {
		rows := driftRows(c)
		switch {
		case len(c.Drift) > 0:
			changed++
		case c.Action == plan.Create:
			missing++
			rows = []row{header('-', c, "missing on the hub")}
		default:
			pending++
			return nil
		}
		if maxLines > 0 && t.lines >= maxLines {
			hidden++
			return nil
		}
		if changed+missing == 1 {
			t.line("%s\n", t.st.paint(roleStrong, driftTitle))
		}
		t.rows(rows)
		return nil
	})
	if err != nil {
		return plan.Summary{}, err
	}
	if hidden > 0 {
		t.line("  … and %s that are not listed here.\n", plural(hidden, "more object"))
	}
	t.pending(pending)
	t.driftVerdict(changed, missing)
	t.warnings(r.Summary())
	return r.Summary(), nil
}

func (t *textWriter) pending(n int) {
	switch {
	case n == 1:
		t.line("1 object has configuration changes that are not applied yet; twinset plan shows them.\n")
	case n > 1:
		t.line("%d objects have configuration changes that are not applied yet; twinset plan shows them.\n", n)
	}
}

func (t *textWriter) driftVerdict(changed, missing int) {
	text := "Drift: " + plural(changed, "object") + " changed outside of twinset"
	switch {
	case changed+missing == 0:
		text = "No drift"
	case missing > 0:
		text += fmt.Sprintf(", %d missing on the hub", missing)
	}
	t.line("%s", t.st.paint(roleStrong, text+"."))
}
