package cli

import "github.com/spf13/cobra"

const driftLong = `Show what changed on the hub outside of twinset since the last apply.

Drift is a field that this project owns and somebody else changed, or a declared
object that is missing. What the configuration itself would change is not drift;
twinset plan shows that. Exit code 2 when there is drift, for nightly jobs.`

func newDrift(g *global) *cobra.Command {
	o := planCmd{refreshOnly: true, detailedExit: true}
	cmd := &cobra.Command{
		Use: "drift", Short: "Show what changed behind your back", Long: driftLong, Args: cobra.NoArgs,
		Example: "  twinset drift -e prod || echo \"somebody changed the fleet\"",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runPlan(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "write a stream of JSON lines")
	cmd.Flags().StringArrayVar(&o.targets, "target", nil, "look only at the object at `ADDR` and its modules (repeatable)")
	o.bindShard(cmd.Flags())
	o.bindVia(cmd.Flags())
	return cmd
}
