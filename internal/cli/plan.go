package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
)

type planCmd struct {
	planOptions
	out          string
	json         bool
	detailedExit bool
	refreshOnly  bool
}

const planLong = `Compare what is declared with what the hub holds, and show what would change.

Nothing is changed on the hub. With --out the plan is kept in a file, and
"twinset apply FILE" executes exactly that. Only fields that this project
declares or once wrote are touched; what others write is left alone.

Exit code 5 means that a guard refuses the plan; the text says which and what to
do if it is meant.`

func newPlan(g *global) *cobra.Command {
	var o planCmd
	cmd := &cobra.Command{
		Use: "plan", Short: "Show what would change on the hub", Long: planLong, Args: cobra.NoArgs,
		Example: `  twinset plan
  twinset plan -e prod --out prod.plan
  twinset plan --detailed-exitcode          # 2 when there are changes
  twinset plan --show-unmanaged             # how much else there is on the hub
  twinset plan --target 'device.sensor["s-17"]'
  twinset plan --shard 2/3 --out 2.plan     # the second of three parts`,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runPlan(cmd.Context(), o) },
	}
	f := cmd.Flags()
	o.bind(f)
	f.StringVarP(&o.out, "out", "o", "", "keep the plan in `FILE`")
	f.BoolVar(&o.json, "json", false, "write the plan as a stream of JSON lines")
	f.BoolVar(&o.detailedExit, "detailed-exitcode", false, "exit with 2 when there are changes")
	f.BoolVar(&o.unmanaged, "show-unmanaged", false, "count what is on the hub and not this project's")
	f.BoolVar(&o.refreshOnly, "refresh-only", false, "show only what changed outside of twinset")
	return cmd
}

func (o *planOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.targets, "target", nil, "plan only the object at `ADDR` and its modules (repeatable); removes nothing")
	f.BoolVar(&o.destroy, "destroy", false, "plan the removal of everything that this project owns")
	f.BoolVar(&o.adopt, "adopt", false, "take over existing objects that this project does not own yet")
	f.BoolVar(&o.takeOwnership, "take-ownership", false, "take over fields that another owner holds")
	f.IntVar(&o.allowDeletes, "allow-deletes", 0, "allow up to `N` removals, beyond the limits of the environment")
	bindForceActive(f, &o.forceActive)
	o.bindShard(f)
	o.bindVia(f)
}

func (o *planOptions) bindShard(f *pflag.FlagSet) {
	f.StringVar(&o.shard, "shard", "", "plan only one part of several, such as `2/3`, for pipelines that apply the parts side by side")
}

func (g *global) runPlan(ctx context.Context, o planCmd) error {
	if err := checkVia(o.via); err != nil {
		return err
	}
	err := g.planOne(ctx, o)
	if set, several := errors.AsType[*config.SetError](err); several {
		return g.planSet(ctx, set, o)
	}
	return err
}

func (g *global) planOne(ctx context.Context, o planCmd) error {
	file, done, err := g.planFile(o.out)
	if err != nil {
		return err
	}
	defer done()
	_, summary, err := g.planInto(ctx, file, o.planOptions)
	if err != nil {
		return err
	}
	if err := g.showPlan(file, o); err != nil {
		return err
	}
	if o.out != "" {
		g.kept(o.out)
	}
	return planExit(summary, o)
}

// planFile is where a plan goes: the named file, or a temporary one that done
// removes.
func (g *global) planFile(out string) (file string, done func(), err error) {
	if out != "" {
		return g.path(out), func() {}, nil
	}
	dir, err := os.MkdirTemp("", "twinset-")
	if err != nil {
		return "", nil, fmt.Errorf("write plan: %w", err)
	}
	return filepath.Join(dir, "plan"), func() { _ = os.RemoveAll(dir) }, nil
}

// planInto loads the project, connects to its hub and makes a plan file.
func (g *global) planInto(ctx context.Context, file string, o planOptions) (*project, plan.Summary, error) {
	p, err := g.load()
	if err != nil {
		return nil, plan.Summary{}, err
	}
	desired, closeDesired, err := g.desired(ctx, p, o) // before any hub is touched
	if err != nil {
		return nil, plan.Summary{}, g.explain(p, err)
	}
	defer closeDesired()
	if err := g.printDiagnostics(p.Config, p.Warnings()); err != nil {
		return nil, plan.Summary{}, err
	}
	c, err := g.connect(p.environment.Hub, g.sizeOf(ctx, p.environment))
	if err != nil {
		return nil, plan.Summary{}, err
	}
	summary, err := g.makePlan(ctx, p, c, o, desired, file)
	return p, summary, errors.Join(err, c.close())
}

func (g *global) showPlan(file string, o planCmd) error {
	if o.json {
		return render.PlanStream(g.env.Stdout, openPlan(file), g.env.Now, version, g.reading)
	}
	_, err := render.PlanText(g.env.Stdout, openPlan(file), g.style(g.env.StdoutTTY), render.PlanOptions{DriftOnly: o.refreshOnly})
	return err
}

func planExit(s plan.Summary, o planCmd) error {
	switch {
	case o.refreshOnly:
		if o.detailedExit && (s.Counts.Drift > 0 || s.Counts.Create > 0) {
			return exit(exitChanges)
		}
		return nil
	case len(s.Refused) > 0:
		return exit(exitRefused)
	case o.detailedExit && s.Counts.Any():
		return exit(exitChanges)
	default:
		return nil
	}
}
