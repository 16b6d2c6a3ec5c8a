package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/plan"
)

const validateLong = `Check the configuration without touching any hub: syntax, types, references, and
every limit of the service, with file, line and column.

Formats for tools go to standard output: json has the shape of terraform validate
-json, sarif is for code scanning, github and azdo make annotations in GitHub
Actions and Azure Pipelines. Their paths start at the root of the repository, or
at the working directory where there is none.`

// The formats of validate.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatSARIF  = "sarif"
	formatGitHub = "github"
	formatAzure  = "azdo"
)

func newValidate(g *global) *cobra.Command {
	format, asJSON := "", false
	formats := []string{formatText, formatJSON, formatSARIF, formatGitHub, formatAzure}
	cmd := &cobra.Command{
		Use: "validate", Short: "Check the configuration", Long: validateLong, Args: cobra.NoArgs,
		Example: "  twinset validate\n  twinset validate -e prod --format json\n  twinset -C fleet validate --format sarif > twinset.sarif",
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				format = formatJSON
			}
			if !slices.Contains(formats, format) {
				return fmt.Errorf("--format %s: it is one of %s", format, strings.Join(formats, ", "))
			}
			return g.runValidate(format)
		},
	}
	cmd.Flags().StringVar(&format, "format", formatText, strings.Join(formats, ", "))
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	cmd.MarkFlagsMutuallyExclusive("format", "json")
	return cmd
}

func (g *global) runValidate(format string) error {
	cfg, diags, err := g.checkHub(g.envName)
	if set, several := errors.AsType[*config.SetError](err); several {
		cfg, diags, err = g.checkSet(set)
	}
	if err != nil && !diags.HasErrors() {
		return err
	}
	if format != formatText {
		return g.reportDiagnostics(format, cfg, diags)
	}
	if err := g.printDiagnostics(cfg, diags); err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.env.Stdout, "The configuration is valid.")
	return err
}

// checkHub finds everything that is wrong for an environment. The error says why there is
// none, or what is wrong with where devices stand.
func (g *global) checkHub(environment string) (*config.Config, config.Diagnostics, error) {
	cfg, _ := config.Load(g.dir(), config.Options{Version: version, Environment: environment, Vars: g.vars, EnvVars: g.envVars()})
	env, err := cfg.Environment()
	if _, several := errors.AsType[*config.SetError](err); several {
		return cfg, nil, err
	}
	diags := cfg.Check() // repeats what Load found
	if err != nil || diags.HasErrors() || len(env.Shares) == 0 {
		return cfg, diags, err
	}
	for _, err := range plan.Declared(env.Name, sharesOf(env), cfg.Objects()) {
		if err != nil {
			return cfg, diags, err
		}
	}
	return cfg, diags, nil
}

// checkSet does that for every hub of a set. What is wrong for several is said once.
func (g *global) checkSet(set *config.SetError) (cfg *config.Config, all config.Diagnostics, err error) {
	said := map[string]bool{}
	for _, name := range set.Members {
		of, diags, wrong := g.checkHub(name)
		cfg, err = of, cmp.Or(err, wrong)
		for _, d := range diags {
			if text := fmt.Sprint(d.Subject, d.Summary, d.Detail); !said[text] {
				said[text] = true
				all = append(all, d)
			}
		}
	}
	return cfg, all, err
}

// reportDiagnostics writes what was found for a tool, on standard output.
func (g *global) reportDiagnostics(format string, cfg *config.Config, diags config.Diagnostics) error {
	locate, err := g.locator()
	if err != nil {
		return err
	}
	report := config.Report{Files: cfg.Files(), Diagnostics: diags, Locate: locate, Version: version}
	var text []byte
	switch format {
	case formatGitHub:
		text = report.GitHub()
	case formatAzure:
		text = report.AzureDevOps()
	case formatSARIF:
		text, err = report.SARIF()
	default:
		text, err = config.DiagnosticsJSON(cfg.Files(), diags)
	}
	if err != nil {
		return err
	}
	if text = bytes.TrimSuffix(text, []byte("\n")); len(text) > 0 {
		if _, err := fmt.Fprintf(g.env.Stdout, "%s\n", text); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return exit(exitError)
	}
	return nil
}

// locator turns names of the project's files into paths from the root of the
// repository, or from the working directory where there is none: CI systems
// know files by these.
func (g *global) locator() (func(name string) string, error) {
	dir, err := filepath.Abs(g.dir())
	if err != nil {
		return nil, fmt.Errorf("find project: %w", err)
	}
	root := repositoryRoot(dir)
	if root == "" {
		if root, err = filepath.Abs("."); err != nil {
			return nil, fmt.Errorf("find working directory: %w", err)
		}
	}
	return func(name string) string {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		if rel, err := filepath.Rel(root, file); err == nil {
			file = rel
		}
		return filepath.ToSlash(file)
	}, nil
}
