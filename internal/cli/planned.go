package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/twinset/twinset/plan"
)

// plannedCmd are the flags of verbs that make a plan of their own: it is shown
// and confirmed, or kept to be reviewed and applied later.
type plannedCmd struct {
	verb        string // that makes the plan, for messages
	out         string
	autoApprove bool
	json        bool
	backupKeys  string               // whom keys of what is deleted are encrypted for
	consent     func(*project) error // asks before the plan is executed; nil means a yes is enough
}

func (o *plannedCmd) bind(f *pflag.FlagSet) {
	f.StringVarP(&o.out, "out", "o", "", "keep the plan in `FILE` instead of executing it")
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask before executing the plan")
	f.BoolVar(&o.json, "json", false, "report as a stream of JSON lines")
}

// runPlanned makes a plan, shows it, and executes that file with consent, unless
// it is to be kept.
func (g *global) runPlanned(ctx context.Context, o plannedCmd, a applyCmd, prepare func(file string) (*project, plan.Summary, error)) error {
	file := filepath.Join(g.dir(), ".twinset", "last.plan")
	if o.out != "" {
		file = g.path(o.out)
	}
	if _, err := new(backups).encryptor(o.backupKeys); err != nil {
		return err
	}
	if o.out != "" && o.backupKeys != "" {
		return fmt.Errorf("--backup-keys is for the apply that deletes: leave it out here, and say twinset apply --backup-keys %s %s", o.backupKeys, o.out)
	}
	p, summary, err := prepare(file)
	if err != nil {
		return err
	}
	if err := g.showPlan(file, planCmd{json: o.json}); err != nil {
		return err
	}
	if o.out != "" {
		g.kept(o.out)
	}
	if err := planExit(summary, planCmd{}); err != nil || !summary.Counts.Any() || o.out != "" {
		return err
	}
	if err := g.mayApply(p, o); err != nil {
		return err
	}
	a.json, a.backupKeys = o.json, o.backupKeys
	return g.execute(ctx, file, a, false)
}

// kept says what to do with a plan that is kept.
func (g *global) kept(out string) {
	g.hint("\nThe plan is in %s. Apply it with: twinset apply %s", out, out)
}
