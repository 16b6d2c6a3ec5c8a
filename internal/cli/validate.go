package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
)

const validateLong = `Check the configuration without touching any hub: syntax, types, references, and
every limit of the service, with file, line and column.`

func newValidate(g *global) *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use: "validate", Short: "Check the configuration", Long: validateLong, Args: cobra.NoArgs,
		Example: "  twinset validate\n  twinset validate -e prod --format json",
		RunE:    func(*cobra.Command, []string) error { return g.runValidate(format) },
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func (g *global) runValidate(format string) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("--format %s: text and json are known", format)
	}
	cfg, diags := config.Load(g.dir(), config.Options{Version: version, Environment: g.envName, Vars: g.vars, EnvVars: g.envVars()})
	if !diags.HasErrors() {
		if _, err := cfg.Environment(); err != nil {
			return err
		}
		diags = cfg.Check() // repeats what Load found
	}
	if format == "json" {
		return g.diagnosticsJSON(cfg, diags)
	}
	if err := g.printDiagnostics(cfg, diags); err != nil {
		return err
	}
	_, err := fmt.Fprintln(g.env.Stdout, "The configuration is valid.")
	return err
}

func (g *global) diagnosticsJSON(cfg *config.Config, diags config.Diagnostics) error {
	text, err := config.DiagnosticsJSON(cfg.Files(), diags)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(g.env.Stdout, "%s\n", text); err != nil {
		return err
	}
	if diags.HasErrors() {
		return exit(exitError)
	}
	return nil
}
