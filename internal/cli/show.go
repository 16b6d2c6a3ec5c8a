package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
)

type showCmd struct {
	json, markdown, html bool
	out                  string
}

func newShow(g *global) *cobra.Command {
	var o showCmd
	cmd := &cobra.Command{
		Use: "show PLANFILE", Short: "Show a saved plan",
		Long: "Show a plan that was kept with --out: as text, as JSON with the vocabulary of\nterraform show -json, as Markdown for a pull request, or as a page.",
		Example: `  twinset show prod.plan
  twinset show --markdown prod.plan >> "$GITHUB_STEP_SUMMARY"
  twinset show --html --out plan.html prod.plan
  twinset show --markdown plans                   # those of several hubs`,
		Args: exactArgs("the plan file"),
		RunE: func(_ *cobra.Command, args []string) error { return g.runShow(g.path(args[0]), o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "as JSON")
	f.BoolVar(&o.markdown, "markdown", false, "as Markdown")
	f.BoolVar(&o.html, "html", false, "as a self-contained HTML page")
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE` instead of the terminal")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown", "html")
	return cmd
}

func (g *global) runShow(file string, o showCmd) error {
	files := []string{file}
	if isDir(file) {
		var err error
		if files, err = planFiles(file); err != nil {
			return err
		}
		if o.html && len(files) > 1 {
			return fmt.Errorf("--html shows one plan; name one of those in %s, such as %s", file, files[0])
		}
	}
	for _, file := range files {
		if _, _, err := verifyPlan(file); err != nil {
			return err
		}
	}
	if o.out == "" {
		return g.showAll(g.env.Stdout, files, o, g.style(g.env.StdoutTTY))
	}
	f, err := os.Create(g.path(o.out))
	if err != nil {
		return fmt.Errorf("write %s: %w", o.out, err)
	}
	return errors.Join(g.showAll(f, files, o, render.NewStyle(false)), f.Close())
}

// showAll shows plans one after the other.
func (g *global) showAll(w io.Writer, files []string, o showCmd, st render.Style) error {
	for i, file := range files {
		if i > 0 && !o.json {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := g.showAs(w, file, o, st); err != nil {
			return err
		}
	}
	return nil
}

func (g *global) showAs(w io.Writer, file string, o showCmd, st render.Style) error {
	switch {
	case o.json:
		return render.ShowJSON(w, openPlan(file), version)
	case o.markdown:
		return render.ShowMarkdown(w, openPlan(file), 0)
	case o.html:
		return render.ShowHTML(w, openPlan(file))
	default:
		_, err := render.PlanText(w, openPlan(file), st, render.PlanOptions{})
		return err
	}
}

// verifyPlan reads the whole file and makes sure that it is as it was written.
func verifyPlan(file string) (plan.Header, plan.Summary, error) {
	f, err := os.Open(file)
	if err != nil {
		return plan.Header{}, plan.Summary{}, fmt.Errorf("open plan: %w", err)
	}
	defer f.Close()
	h, s, err := plan.Verify(f)
	if err != nil {
		return h, s, fmt.Errorf("%s: %w", file, err)
	}
	return h, s, nil
}

// exactArgs wants one argument and says which.
func exactArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes %s and nothing else; see %s --help", cmd.CommandPath(), what, cmd.CommandPath())
	}
}
