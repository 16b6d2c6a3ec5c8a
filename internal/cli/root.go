package cli

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinset/twinset/internal/arm"
	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/keyvault"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/schema"
)

// global are the flags that every verb takes.
type global struct {
	env      *Env
	chdir    string
	envName  string
	vars     []config.VarInput
	hub      string
	color    string
	noColor  bool
	logLevel string
	parallel int
	memory   memory
	reading  *render.Reading // how the hub was read for the plan; nil when its limits are not known

	// vault reads a secret of a key vault.
	vault func(context.Context, schema.VaultSecret) (string, error)

	// azureSize asks Azure how large a hub is.
	azureSize func(context.Context, arm.Hub) (arm.Size, error)
}

const rootLong = `Plan and apply Azure IoT Hub fleets from configuration.

A project is a directory of *.twin.hcl, *.twin.yaml or *.twin.json files that
describe devices, modules and the desired properties of their twins.

  twinset init       make a working project
  twinset plan       show what would change on the hub
  twinset apply      change it, exactly as planned
  twinset drift      show what changed behind your back

Exit codes: 0 done or nothing to do, 1 error, 2 changes present (plan
--detailed-exitcode, drift), 3 partly applied, 4 the saved plan is stale,
5 refused by a guard, 130 interrupted.`

func newRoot(env *Env) (*cobra.Command, *global) {
	g := &global{env: env, vault: keyvault.New(env.getenv).Secret, azureSize: arm.New(env.getenv).Size}
	root := &cobra.Command{
		Use: "twinset", Short: "Plan and apply Azure IoT Hub fleets", Long: rootLong,
		SilenceErrors: true, SilenceUsage: true, Args: unknownCommand,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	g.bind(root.PersistentFlags())
	root.AddCommand(
		newInit(g), newValidate(g), newFmt(g), newPlan(g), newApply(g), newShow(g),
		newDrift(g), newConsole(g), newCredentials(g), newEmulator(g), newVersion(g),
		newTest(g), newSchema(g), newConvert(g), newRotate(g), newAdopt(g), newRelease(g), newDestroy(g), newGC(g), newUndo(g), newOutput(g),
	)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return g.check() }
	return root, g
}

// unknownCommand names the command that was meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see twinset --help"
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		hint = "did you mean " + strings.Join(meant, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q; %s", args[0], hint)
}

// check refuses values of global flags that mean nothing.
func (g *global) check() error {
	g.envName = config.EnvironmentName(g.envName)
	if !slices.Contains([]string{"auto", "always", "never"}, g.color) {
		return fmt.Errorf("--color %s: it is auto, always or never", g.color)
	}
	if g.parallel < 0 {
		return fmt.Errorf("--parallelism %d: it must be positive", g.parallel)
	}
	return nil
}

func (g *global) bind(f *pflag.FlagSet) {
	f.StringVarP(&g.chdir, "chdir", "C", "", "work in `DIR` instead of the current directory")
	f.StringVarP(&g.envName, "env", "e", "", "the environment `NAME` to work on")
	f.Var(&varFlag{vars: &g.vars}, "var", "set a variable: `NAME=VALUE` (repeatable)")
	f.Var(&varFlag{vars: &g.vars, file: true}, "var-file", "read variables from `FILE` (repeatable)")
	f.StringVar(&g.hub, "hub", "", "the hub to use instead of the environment's: `HOST` or \"emulator\"")
	f.StringVar(&g.color, "color", "auto", "colour the output: auto, always or never")
	f.BoolVar(&g.noColor, "no-color", false, "do not colour the output")
	f.StringVar(&g.logLevel, "log-level", "", "log requests and retries to stderr: debug, info, warn or error")
	g.memory = defaultMemory
	f.Var(&g.memory, "memory", "sort up to `SIZE` of objects in memory, the rest on disk: 64MB, 1GB")
	f.IntVar(&g.parallel, "parallelism", 0, "requests under way at once (default 10)")
}

// varFlag keeps --var and --var-file in the order in which they were given: the
// later one wins.
type varFlag struct {
	vars *[]config.VarInput
	file bool
}

func (v *varFlag) String() string { return "" }

func (v *varFlag) Type() string { return "value" }

func (v *varFlag) Set(s string) error {
	if v.file {
		*v.vars = append(*v.vars, config.VarInput{File: s})
		return nil
	}
	name, expr, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", s)
	}
	*v.vars = append(*v.vars, config.VarInput{Name: name, Expr: expr})
	return nil
}

// singleDash turns -name into --name where name is a long flag, as people know it
// from terraform: -out=p, -auto-approve, -var 'a=1'.
func singleDash(root *cobra.Command, args []string) []string {
	out := slices.Clone(args)
	cmd, _, err := root.Find(args)
	if err != nil {
		return out
	}
	for i, arg := range out {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if !strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "--") || len(name) < 2 {
			continue
		}
		if cmd.Flags().Lookup(name) != nil || root.PersistentFlags().Lookup(name) != nil {
			out[i] = "-" + arg
		}
	}
	return out
}

// dir is the project's directory.
func (g *global) dir() string {
	if g.chdir == "" {
		return "."
	}
	return filepath.Clean(g.chdir)
}

// path is a file named on the command line: relative to the working directory,
// not to --chdir, as with make and git.
func (g *global) path(name string) string { return filepath.Clean(name) }

// colored decides about colour for an output stream.
func (g *global) colored(tty bool) bool {
	env := g.env.getenv
	switch {
	case g.noColor || g.color == "never" || env("NO_COLOR") != "":
		return false
	case g.color == "always" || env("FORCE_COLOR") != "" || env("CLICOLOR_FORCE") != "":
		return true
	default:
		return tty && env("TERM") != "dumb"
	}
}

func (g *global) style(tty bool) render.Style { return render.NewStyle(g.colored(tty)) }

func (g *global) logger() (*slog.Logger, error) {
	level := g.logLevel
	if level == "" {
		level = g.env.getenv("TWINSET_LOG")
	}
	if level == "" {
		return slog.New(slog.DiscardHandler), nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q is none of debug, info, warn and error", level)
	}
	return slog.New(slog.NewTextHandler(g.env.Stderr, &slog.HandlerOptions{Level: l})), nil
}

func (g *global) printError(err error) {
	fmt.Fprintf(g.env.Stderr, "Error: %v\n", err)
}

// hint says something on stderr that only people need.
func (g *global) hint(format string, args ...any) {
	if g.env.getenv("TWINSET_IN_AUTOMATION") == "" {
		fmt.Fprintf(g.env.Stderr, format+"\n", args...)
	}
}
