package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/plan"
)

const undoLong = `Take back what an apply did, as its journal tells it.

Fields get the values that they had before, and what was created is removed as if
it had left the configuration, with every guard. This makes a plan like any other:
it is shown and confirmed, or kept with --out. APPLY-ID is what apply says when it
ends, or enough of its beginning; --list shows all that there is a journal of.

Only what the journal says was done is taken back. A field that is not as the
apply wrote it was changed since, and is not touched: the plan is refused (exit
code 5) and names each, unless --skip-changed leaves them out. The same goes for
what cannot come back: values that came from secrets, and deleted devices and
modules, whose keys are lost. What they held is in .twinset/backup/APPLY-ID.

The configuration stays as it is. What it still declares, the next twinset plan
shows again: change it too, or go back to it with twinset apply.`

type undoCmd struct {
	plannedCmd
	list         bool
	skipChanged  bool
	allowDeletes int
	forceActive  bool
}

func newUndo(g *global) *cobra.Command {
	o := undoCmd{plannedCmd: plannedCmd{verb: "undo"}}
	cmd := &cobra.Command{
		Use: "undo APPLY-ID", Short: "Take back what an apply did", Long: undoLong, Args: cobra.MaximumNArgs(1),
		Example: `  twinset undo --list
  twinset undo 2f0c6a1be4d97a53
  twinset undo 2f0c --skip-changed --out undo.plan && twinset apply undo.plan`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.list && len(args) == 0:
				return g.listApplies(o.json)
			case o.list:
				return errors.New("--list shows every apply; leave the id out")
			case len(args) == 0:
				return fmt.Errorf("undo needs the id of an apply%s", g.knownApplies())
			}
			return g.runUndo(cmd.Context(), o, args[0])
		},
	}
	f := cmd.Flags()
	o.bind(f)
	f.BoolVar(&o.list, "list", false, "show the applies that can be taken back, the latest first")
	f.BoolVar(&o.skipChanged, "skip-changed", false, "leave out what was changed since, and what cannot come back")
	f.IntVar(&o.allowDeletes, "allow-deletes", 0, "allow up to `N` removals, beyond the limits of the environment")
	bindForceActive(f, &o.forceActive)
	bindBackupKeys(f, &o.backupKeys)
	return cmd
}

func (g *global) runUndo(ctx context.Context, o undoCmd, id string) error {
	done, err := g.appliedAs(id)
	if err != nil {
		return err
	}
	return g.runPlanned(ctx, o.plannedCmd, applyCmd{}, func(file string) (*project, plan.Summary, error) {
		return g.planUndo(ctx, o, done, file)
	})
}

func (g *global) planUndo(ctx context.Context, o undoCmd, done applied, file string) (*project, plan.Summary, error) {
	none := plan.Summary{}
	if g.envName == "" {
		g.envName = done.Environment
	}
	p, err := g.load()
	switch {
	case err != nil:
		return nil, none, err
	case p.owner != done.Owner:
		return nil, none, fmt.Errorf("apply %s was one of %s, not of %s", done.Apply, done.Owner, p.owner)
	}
	c, err := g.connect(p.environment.Hub, g.sizeOf(ctx, p.environment))
	if err != nil {
		return nil, none, err
	}
	if !sameHost(hubHost(c.name), hubHost(done.Hub)) {
		return nil, none, errors.Join(fmt.Errorf("apply %s was one on the hub %s, not on %s", done.Apply, done.Hub, c.name), c.close())
	}
	summary, err := g.takeBack(ctx, p, c, o, done, file)
	return p, summary, errors.Join(err, c.close())
}

// takeBack plans to take an apply back. Its journal is read twice: first to see all
// of it, then to decide about one object after the other.
func (g *global) takeBack(ctx context.Context, p *project, c *connection, o undoCmd, done applied, file string) (plan.Summary, error) {
	now := g.env.Now()
	pol := planOptions{forceActive: o.forceActive, allowDeletes: o.allowDeletes}.policy(p, now)
	later := g.laterApplies(done)
	undo := plan.NewUndo(pol, plan.UndoOptions{
		Apply: done.Apply, Backup: g.backups(done.Apply).dir, SkipChanged: o.skipChanged, ChangedBy: later.wrote,
	})
	for change, err := range done.changes() {
		if err != nil {
			return plan.Summary{}, err
		}
		undo.Look(change)
	}
	r := g.remote(c, p.owner, g.parallelism(p.environment.Parallelism, c.size, quota.TwinRead), nil)
	tally := plan.NewTally()
	if undo.Scans() {
		for _, err := range undo.Live(r.Live(ctx), tally) {
			if err != nil {
				return plan.Summary{}, fmt.Errorf("read the hub: %w", err)
			}
		}
	}
	changes, err := newChangeSorter(g.memory)
	if err != nil {
		return plan.Summary{}, err
	}
	defer changes.close()
	var cost remote.Cost
	for a, err := range r.Again(ctx, done.changes()) {
		if err != nil {
			return plan.Summary{}, err
		}
		change, ok, err := undo.Decide(a.Done, a.Now)
		if err == nil && ok {
			tally.Change(change)
			cost.Add(change)
			err = changes.add(change)
		}
		if err != nil {
			return plan.Summary{}, err
		}
	}
	if later.err != nil {
		return plan.Summary{}, later.err
	}
	summary := plan.Summary{Counts: tally.Counts, Refused: undo.Verdict(tally), Warnings: undo.Warnings(tally), Cost: cost.Lines()}
	if n := done.found; n > 0 {
		summary.Warnings = append(summary.Warnings, fmt.Sprintf("apply %s found %d of its objects as planned already; what made them so is not known, and they stay", done.Apply, n))
	}
	header := plan.Header{Tool: version, Project: p.Project().Name, Environment: p.environment.Name, Owner: p.owner, Hub: c.name, SKU: c.size.SKU, Units: c.size.Units}
	return summary, writePlan(file, header, changes, summary, now)
}
