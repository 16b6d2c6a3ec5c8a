package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const gcLong = `Delete what was put aside: devices that were disabled because they are not declared
any more (on_remove = "disable"), once they have been so for a time.

With --orphaned-adm, desired properties go too that an automatic configuration or
deployment wrote to devices and modules of this project and left behind when it
was deleted.

This makes a plan like any other: it is shown and confirmed, or kept with --out. A
device that is in use in spite of it, or that has modules of others, is refused
(exit code 5).`

type gcCmd struct {
	plannedCmd
	olderThan   time.Duration
	orphaned    bool
	forceActive bool
}

const week = 7 * 24 * time.Hour

func newGC(g *global) *cobra.Command {
	o := gcCmd{plannedCmd: plannedCmd{verb: "gc"}}
	cmd := &cobra.Command{
		Use: "gc", Short: "Delete devices that have been put aside", Long: gcLong, Args: cobra.NoArgs,
		Example: `  twinset gc -e prod
  twinset gc --older-than 720h --out gc.plan && twinset apply gc.plan
  twinset gc --orphaned-adm`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.runPlanned(cmd.Context(), o.plannedCmd, applyCmd{}, func(file string) (*project, plan.Summary, error) {
				return g.planGC(cmd.Context(), o, file)
			})
		},
	}
	f := cmd.Flags()
	o.bind(f)
	f.DurationVar(&o.olderThan, "older-than", week, "how long a device must have been disabled, such as 720h")
	f.BoolVar(&o.orphaned, "orphaned-adm", false, "remove what deleted configurations left behind, too")
	bindForceActive(f, &o.forceActive)
	bindBackupKeys(f, &o.backupKeys)
	return cmd
}

func (g *global) planGC(ctx context.Context, o gcCmd, file string) (*project, plan.Summary, error) {
	if o.olderThan < 0 {
		return nil, plan.Summary{}, errors.New("--older-than must not be negative")
	}
	p, err := g.load()
	if err != nil {
		return nil, plan.Summary{}, err
	}
	c, err := g.connect(p.environment.Hub, g.sizeOf(ctx, p.environment))
	if err != nil {
		return nil, plan.Summary{}, err
	}
	summary, err := g.collect(ctx, p, c, o, file)
	return p, summary, errors.Join(err, c.close())
}

// collect plans what goes. The index that is asked first lags; every object is read
// by itself before it is decided about.
func (g *global) collect(ctx context.Context, p *project, c *connection, o gcCmd, file string) (plan.Summary, error) {
	now := g.env.Now()
	pol := planOptions{forceActive: o.forceActive}.policy(p, now)
	pol.Collect = now.Add(-o.olderThan).UTC().Format(schema.ActivityTime)
	pol.Hierarchy = plan.NewHierarchy(pol)
	for _, err := range pol.Hierarchy.Declared(p.Objects()) {
		if err != nil {
			return plan.Summary{}, g.explain(p, err)
		}
	}
	r := g.remote(c, p.owner, g.parallelism(p.environment.Parallelism, c.size, quota.TwinRead), nil)
	var resting []schema.Object
	var written []schema.Address
	for live, err := range pol.Hierarchy.Live(r.Live(ctx)) {
		switch {
		case err != nil:
			return plan.Summary{}, fmt.Errorf("read the hub: %w", err)
		case plan.Quarantined(&live, p.owner) && !pol.Hierarchy.Declares(live.Addr.ID):
			resting = append(resting, live)
		case o.orphaned && len(live.Writers) > 0 && plan.Marked(&live, p.owner):
			written = append(written, live.Addr)
		}
	}
	slices.SortFunc(resting, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	tally := plan.NewTally()
	changes, err := decide(g.memory, r.Confirm(ctx, pairsOf(resting)), pol, tally, func(plan.Change) {})
	if err != nil {
		return plan.Summary{}, err
	}
	defer changes.close()
	found, err := r.Read(ctx, written)
	if err != nil {
		return plan.Summary{}, err
	}
	configurations := r.Configurations()
	for _, live := range found {
		change, ok := plan.Orphans(&live, p.owner, func(id string) bool { return slices.Contains(configurations, id) })
		if !ok {
			continue
		}
		tally.Change(change)
		if err := changes.add(change); err != nil {
			return plan.Summary{}, err
		}
	}
	header := plan.Header{Tool: version, Project: p.Project().Name, Environment: p.environment.Name, Owner: p.owner, Hub: c.name, SKU: c.size.SKU, Units: c.size.Units}
	summary := plan.Summary{Counts: tally.Counts, Refused: tally.Refusals()}
	return summary, writePlan(file, header, changes, summary, now)
}

func pairsOf(list []schema.Object) iter.Seq2[plan.Pair, error] {
	return func(yield func(plan.Pair, error) bool) {
		for i := range list {
			if !yield(plan.Pair{Live: &list[i]}, nil) {
				return
			}
		}
	}
}
