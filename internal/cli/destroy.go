package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/plan"
)

const destroyLong = `Remove everything that this project owns in an environment.

The plan lists all of it. It is executed when the project's name is typed, or
given with --confirm; with --out it is kept, to be reviewed and applied later.
Devices, modules, configurations and deployments that this project created are
deleted. Of what it only adopted or shares, its fields and mark go and the rest
stays. What others own is left alone.

What on_remove says holds here too: what is to be disabled is disabled, what is to
be abandoned only loses its mark.

The keys of a deleted device are lost: a device of the same name that is created
later gets new ones.

A protected environment, objects with lifecycle.prevent_destroy, and devices that
are in use refuse it (exit code 5); the last of them not with --force-active.`

func newDestroy(g *global) *cobra.Command {
	var confirm string
	var force bool
	o := plannedCmd{verb: "destroy"}
	cmd := &cobra.Command{
		Use: "destroy", Short: "Remove everything that this project owns", Long: destroyLong, Args: cobra.NoArgs,
		Example: `  twinset destroy -e dev
  twinset destroy -e dev --confirm plant-fleet
  twinset destroy -e dev --out destroy.plan && twinset apply destroy.plan`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.consent = func(p *project) error { return g.confirmName(p, confirm) }
			return g.runPlanned(cmd.Context(), o, applyCmd{}, func(file string) (*project, plan.Summary, error) {
				return g.planDestroy(cmd.Context(), file, confirm, force)
			})
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "keep the plan in `FILE` instead of executing it")
	f.StringVar(&confirm, "confirm", "", "the `NAME` of the project, instead of typing it")
	bindForceActive(f, &force)
	bindBackupKeys(f, &o.backupKeys)
	f.BoolVar(&o.json, "json", false, "report as a stream of JSON lines")
	return cmd
}

// planDestroy makes the plan. A name that is not the project's is refused before
// the hub is asked for anything.
func (g *global) planDestroy(ctx context.Context, file, confirm string, force bool) (*project, plan.Summary, error) {
	if confirm != "" {
		p, err := g.load()
		if err != nil {
			return nil, plan.Summary{}, err
		}
		if err := g.confirmName(p, confirm); err != nil {
			return nil, plan.Summary{}, err
		}
	}
	return g.planInto(ctx, file, planOptions{destroy: true, forceActive: force})
}

// confirmName takes nothing but the project's name for consent.
func (g *global) confirmName(p *project, given string) error {
	name := p.Project().Name
	if given == "" {
		if !g.env.interactive() {
			return fmt.Errorf("there is no terminal to type the project's name; re-run with --confirm %s, or save the plan and apply the file", name)
		}
		fmt.Fprintf(g.env.Stderr, "\nEverything listed above is removed from the hub of environment %s. It cannot be undone.\nType the name of the project, %s, to go on: ", p.environment.Name, name)
		given, _ = bufio.NewReader(g.env.Stdin).ReadString('\n')
		if strings.TrimSpace(given) != name {
			return errors.New("nothing was removed: that is not the name of the project")
		}
		return nil
	}
	if given != name {
		return exitWith(exitRefused, "--confirm %s: the project is called %s. Nothing was removed", given, name)
	}
	return nil
}
