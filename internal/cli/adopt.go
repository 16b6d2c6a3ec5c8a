package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const adoptLong = `Take over declared objects that exist on the hub already.

The declared fields are written, marked as this project's, and everything else of
the objects stays as it is. Their identities stay somebody else's to remove, until
--with-identity takes them over too: then a plan removes the objects when they are
not declared any more.

ADDR is an address in the configuration: device.gateway (all instances of the
block), device.gateway["gw-1"]. Modules come along with their device. What is not
on the hub is left to twinset apply.`

func newAdopt(g *global) *cobra.Command {
	o := plannedCmd{verb: "adopt"}
	p := planOptions{adopt: true, existing: true}
	cmd := &cobra.Command{
		Use: "adopt ADDR...", Short: "Take over objects that exist already", Long: adoptLong, Args: cobra.MinimumNArgs(1),
		Example: `  twinset adopt device.gateway
  twinset adopt 'device.sensor["s-17"]' --with-identity
  twinset adopt device.gateway --out adopt.plan && twinset apply adopt.plan`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.targets = args
			return g.runPlanned(cmd.Context(), o, applyCmd{}, func(file string) (*project, plan.Summary, error) {
				return g.planAdopt(cmd.Context(), p, file)
			})
		},
	}
	f := cmd.Flags()
	o.bind(f)
	f.BoolVar(&p.claim, "with-identity", false, "take over the identities too, to change and remove")
	f.BoolVar(&p.takeOwnership, "take-ownership", false, "take over fields that another owner holds")
	return cmd
}

func (g *global) planAdopt(ctx context.Context, o planOptions, file string) (*project, plan.Summary, error) {
	p, summary, err := g.planInto(ctx, file, o)
	if unknown, ok := errors.AsType[undeclaredError](err); ok {
		return p, summary, fmt.Errorf("%s: the configuration declares no such object. Declare it with the id that it has on the hub, then adopt it", string(unknown))
	}
	return p, summary, err
}

// claimed marks objects whose identity is to become this owner's.
func claimed(in schema.Stream, claim bool) schema.Stream {
	if !claim {
		return in
	}
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			var lc schema.Lifecycle
			if o.Lifecycle != nil {
				lc = *o.Lifecycle
			}
			lc.Claim = true
			o.Lifecycle = &lc
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}
