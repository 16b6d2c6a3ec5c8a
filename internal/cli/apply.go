package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
)

type applyCmd struct {
	planOptions
	autoApprove bool
	confirm     string // the project's name, for --destroy
	resume      bool
	failFast    bool
	json        bool
	backupKeys  string // whom keys of what is deleted are encrypted for
}

const applyLong = `Execute a plan: the one in PLANFILE exactly as it was reviewed, or a new one
that is shown and confirmed first.

Every write carries the version that the plan has seen. An object that changed
since then is left alone and reported field by field (exit code 4); what is at
its target already counts as done, so the same plan can be applied again after
an interruption.`

func newApply(g *global) *cobra.Command {
	var o applyCmd
	cmd := &cobra.Command{
		Use: "apply [PLANFILE]", Short: "Execute a plan", Long: applyLong,
		Example: `  twinset apply
  twinset plan --out prod.plan && twinset apply prod.plan
  twinset apply --auto-approve -e dev
  twinset apply --resume prod.plan`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkVia(o.via); err != nil {
				return err
			}
			if len(args) == 1 && isDir(g.path(args[0])) {
				return g.applyDir(cmd.Context(), g.path(args[0]), o)
			}
			if len(args) == 1 { // reviewed before: the configuration is not read, the plan holds everything
				return g.execute(cmd.Context(), g.path(args[0]), o, true)
			}
			return g.applyNew(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	o.bind(f)
	f.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask before executing a new plan")
	f.StringVar(&o.confirm, "confirm", "", "with --destroy, the `NAME` of the project, instead of typing it; --auto-approve is not enough")
	f.BoolVar(&o.resume, "resume", false, "leave out what an interrupted apply of this plan has done")
	f.BoolVar(&o.failFast, "fail-fast", false, "stop at the first failure")
	bindBackupKeys(f, &o.backupKeys)
	f.BoolVar(&o.json, "json", false, "report as a stream of JSON lines")
	return cmd
}

// applyNew makes a plan, shows it, asks, and executes that file.
func (g *global) applyNew(ctx context.Context, o applyCmd) error {
	if o.resume {
		return errors.New("--resume needs the plan file that was interrupted: twinset apply --resume PLANFILE")
	}
	planned := plannedCmd{verb: "plan", autoApprove: o.autoApprove, json: o.json, backupKeys: o.backupKeys}
	if o.destroy {
		planned.consent = func(p *project) error { return g.confirmName(p, o.confirm) }
	}
	err := g.runPlanned(ctx, planned, o, func(file string) (*project, plan.Summary, error) {
		return g.planInto(ctx, file, o.planOptions)
	})
	if set, several := errors.AsType[*config.SetError](err); several {
		return g.applySet(ctx, set, planned, o)
	}
	return err
}

// mayApply asks for consent to a plan that nobody has seen before.
func (g *global) mayApply(p *project, o plannedCmd) error {
	if p.environment.Protect {
		return exitWith(exitRefused, "the environment %s is protected: it takes a saved plan. Run twinset %s -e %s --out FILE, have it reviewed, then twinset apply FILE", p.environment.Name, o.verb, p.environment.Name)
	}
	if o.consent != nil {
		return o.consent(p)
	}
	if o.autoApprove {
		return nil
	}
	if !g.env.interactive() {
		return errors.New("there is no terminal to ask for consent; re-run with --auto-approve, or save the plan and apply the file")
	}
	fmt.Fprintf(g.env.Stderr, "\nDo you want to make these changes on the hub of environment %s?\nOnly \"yes\" is taken for consent: ", p.environment.Name)
	answer, _ := bufio.NewReader(g.env.Stdin).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not applied")
	}
	return nil
}

// execution is a plan file that is about to be carried out. Saved tells that it
// was made, and can have been reviewed, earlier.
type execution struct {
	file    string
	saved   bool
	header  plan.Header
	summary plan.Summary
}

func (g *global) execute(ctx context.Context, file string, o applyCmd, saved bool) error {
	if _, err := new(backups).encryptor(o.backupKeys); err != nil {
		return err
	}
	h, summary, err := verifyPlan(file)
	if err != nil {
		return err
	}
	e := execution{file: file, saved: saved, header: h, summary: summary}
	if err := g.accept(e); err != nil {
		return err
	}
	if text := render.OverDaily(h, summary.Cost); saved && text != "" {
		fmt.Fprintln(g.env.Stderr, "Warning: applying it "+text)
	}
	c, err := g.connect(h.Hub, quota.Hub{SKU: h.SKU, Units: h.Units})
	if err != nil {
		return err
	}
	result, err := g.carryOut(ctx, e, c, o)
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	return applyExit(result, saved)
}

// accept refuses plans that must not be executed, or not here.
func (g *global) accept(e execution) error {
	h := e.header
	switch {
	case len(e.summary.Refused) > 0:
		return exitWith(exitRefused, "%s was refused when it was made and cannot be applied:\n  %s", e.file, strings.Join(e.summary.Refused, "\n  "))
	case g.envName != "" && g.envName != h.Environment:
		return fmt.Errorf("%s was made for environment %s, not for %s", e.file, h.Environment, g.envName)
	case g.hub != "" && !sameHost(hubHost(g.hub), hubHost(h.Hub)):
		return fmt.Errorf("%s was made for hub %s, not for %s; make a new plan", e.file, h.Hub, g.hub)
	default:
		return nil
	}
}

type applyPrinter interface {
	Event(apply.Event)
	Finish(apply.Result)
}

func (g *global) carryOut(ctx context.Context, e execution, c *connection, o applyCmd) (apply.Result, error) {
	staged, beside, closePlan, err := lanes(e.file, e.summary.Counts)
	if err != nil {
		return apply.Result{}, err
	}
	defer closePlan()
	journal, closeJournal, err := g.openJournal(e, o.resume)
	if err != nil {
		return apply.Result{}, err
	}
	defer closeJournal()
	id, err := applyID(e.file)
	if err != nil {
		return apply.Result{}, err
	}
	kept := g.backups(id)
	keepKeys, err := kept.encryptor(o.backupKeys)
	if err != nil {
		return apply.Result{}, err
	}
	printer := g.applyPrinter(o, e, c.meter)
	parallel := g.parallelism(0, c.size, quota.TwinUpdate)
	defer g.collectSeldom(c, o.resume)()
	w := g.writer(c, e.header.Owner, parallel, kept, keepKeys)
	run := apply.Options{Parallel: parallel, FailFast: o.failFast, Journal: journal, Observe: printer.Event, Beside: beside}
	if o.via == viaJobs || journal.Importing() || g.importIsQuicker(o.via, e, c.size) {
		if staged, err = g.importing(ctx, e, w, &run); err != nil {
			return apply.Result{}, err
		}
	}
	result, err := apply.Run(ctx, staged, w.Target(), run)
	printer.Finish(result)
	if !o.json {
		render.ApplySummary(g.env.Stdout, result, g.style(g.env.StdoutTTY))
	}
	if n := kept.kept.Load(); n > 0 {
		g.hint("What was deleted is kept, %s, in %s", keysAre(o.backupKeys), kept.dir)
	}
	if result.Created+result.Updated > 0 && result.Changed() > result.Already {
		g.hint("To take this back: twinset undo %s", id)
	}
	if result.Interrupted || result.Failed > 0 {
		g.hint("Go on with: twinset apply --resume %s", e.file)
	}
	return result, err
}

func (g *global) applyPrinter(o applyCmd, e execution, m *meter) applyPrinter {
	p := render.ProgressOptions{Total: e.summary.Counts.Total(), Throttled: m.throttled}
	switch tty := g.env.StderrTTY && g.env.getenv("CI") == ""; {
	case o.json && e.saved:
		return render.NewApplyStream(g.env.Stdout, g.env.Now, version, p)
	case o.json:
		return render.NewApplyStream(g.env.Stdout, g.env.Now, "", p) // goes on where the plan's stream ended
	default:
		return render.NewApplyText(g.env.Stderr, g.style(g.env.StderrTTY), tty, g.env.Now, p)
	}
}

// applyExit tells what a result means for the process: nothing but conflicts
// under a saved plan means that the plan is stale.
func applyExit(r apply.Result, saved bool) error {
	switch {
	case r.Interrupted:
		return exit(exitInterrupted)
	case !r.Incomplete():
		return nil
	case saved && r.Conflicts > 0 && r.Failed == 0:
		return exitWith(exitStale, "the plan is stale: %d of its objects changed since it was made. Make a new plan", r.Conflicts)
	default:
		return exit(exitPartial)
	}
}
