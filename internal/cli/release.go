package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const releaseLong = `Give up the ownership of objects, and touch nothing else.

The mark of this project goes from the objects and, with a device, from its
modules. Their identities, tags and desired properties stay as they are, and no
plan of this project changes or removes them any more. Remove them from the
configuration too, or the next plan finds objects that it does not own.

ADDR is an address in the configuration (device.gateway, all instances of the
block, or device.gateway["gw-1"]) or, for what is not declared any more, on the
hub (device.gw-1, device.gw-1.module.opcua, configuration.night-mode).`

func newRelease(g *global) *cobra.Command {
	o := plannedCmd{verb: "release"}
	cmd := &cobra.Command{
		Use: "release ADDR...", Short: "Give up the ownership of objects", Long: releaseLong, Args: cobra.MinimumNArgs(1),
		Example: `  twinset release device.gw-1
  twinset release 'device.sensor["s-17"]' --out release.plan`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.runPlanned(cmd.Context(), o, applyCmd{}, func(file string) (*project, plan.Summary, error) {
				return g.planRelease(cmd.Context(), args, file)
			})
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (g *global) planRelease(ctx context.Context, args []string, file string) (*project, plan.Summary, error) {
	p, err := g.load()
	if err != nil {
		return nil, plan.Summary{}, err
	}
	origins, addrs, err := addressed(p, p.current(args))
	if err != nil {
		return nil, plan.Summary{}, g.explain(p, err)
	}
	c, err := g.connect(p.environment.Hub, g.sizeOf(ctx, p.environment))
	if err != nil {
		return nil, plan.Summary{}, err
	}
	live, err := g.remote(c, p.owner, 1, nil).Named(ctx, addrs)
	var summary plan.Summary
	if err == nil {
		summary, err = g.releasePlan(p, c, live, origins, args, file)
	}
	return p, summary, errors.Join(err, c.close())
}

func (g *global) releasePlan(p *project, c *connection, live []schema.Object, origins map[schema.Address]schema.Origin, args []string, file string) (plan.Summary, error) {
	changes, err := newChangeSorter(g.memory)
	if err != nil {
		return plan.Summary{}, err
	}
	defer changes.close()
	tally := plan.NewTally()
	for _, o := range live {
		o.Origin = origins[o.Addr]
		change, err := plan.Release(&o, p.owner)
		if err == nil {
			tally.Change(change)
			err = changes.add(change)
		}
		if err != nil {
			return plan.Summary{}, err
		}
	}
	header := plan.Header{Tool: version, Project: p.Project().Name, Environment: p.environment.Name, Owner: p.owner, Hub: c.name, Targets: args}
	summary := plan.Summary{Counts: tally.Counts}
	return summary, writePlan(file, header, changes, summary, g.env.Now())
}

// addressed finds the objects that the arguments name, by their address in the
// configuration or, when nothing is declared under it, on the hub.
func addressed(p *project, args []string) (map[schema.Address]schema.Origin, []schema.Address, error) {
	origins, found := map[schema.Address]schema.Origin{}, map[string]bool{}
	var addrs []schema.Address
	for o, err := range p.Objects() {
		if err != nil {
			return nil, nil, err
		}
		for _, arg := range args {
			if names(arg, o) {
				found[arg], origins[o.Addr] = true, o.Origin
				addrs = append(addrs, o.Addr)
			}
		}
	}
	for _, arg := range args {
		if found[arg] {
			continue
		}
		a, err := schema.ParseAddress(arg)
		if err != nil {
			return nil, nil, err
		}
		addrs = append(addrs, a)
	}
	return origins, addrs, nil
}

// names tells whether an argument names an object itself, or the block that it is
// an instance of; a device does not stand for its modules.
func names(arg string, o schema.Object) bool {
	if o.Addr.Kind == schema.KindModule && !strings.Contains(arg, ".module") {
		return false
	}
	for _, name := range []string{o.Origin.Name, o.Addr.String()} {
		if name == arg || strings.HasPrefix(name, arg+"[") {
			return true
		}
	}
	return false
}
