package cli

import (
	"bytes"

	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/render"
)

// show keeps what a run found, for --verbose.
func (b *testbench) show(out *outcome, facts testfile.Facts) error {
	if facts.Plan != nil {
		out.plan = facts.Plan.Text
	}
	var err error
	if b.json {
		out.values, err = facts.JSON(out.command)
	} else {
		out.values, err = facts.Text(out.command)
	}
	return err
}

// planText is a plan as the verb would show it, or as JSON.
func (b *testbench) planText(file string) (string, error) {
	var text bytes.Buffer
	if b.json {
		err := render.ShowJSON(&text, openPlan(file), version)
		return text.String(), err
	}
	_, err := render.PlanText(&text, openPlan(file), b.style(b.env.StdoutTTY), render.PlanOptions{})
	return text.String(), err
}
