package cli

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
)

const consoleLong = `Evaluate expressions with the variables, locals and functions of the project.

Each line is an expression; "exit" or the end of input ends. Without a terminal
the values are written line by line and the first mistake ends with exit code 1.
No hub is needed, and nothing is changed.`

func newConsole(g *global) *cobra.Command {
	return &cobra.Command{
		Use: "console", Short: "Evaluate expressions", Long: consoleLong, Args: cobra.NoArgs,
		Example: "  twinset console\n  echo 'length(local.sensors)' | twinset console -e prod",
		RunE:    func(*cobra.Command, []string) error { return g.runConsole() },
	}
}

func (g *global) runConsole() error {
	p, err := g.load()
	if err != nil {
		return err
	}
	in := bufio.NewScanner(g.env.Stdin)
	in.Buffer(nil, 1<<20)
	for g.prompt(); in.Scan(); g.prompt() {
		line := strings.TrimSpace(in.Text())
		if line == "exit" || line == "quit" {
			return nil
		}
		if line == "" {
			continue
		}
		if err := g.evaluate(p.Config, line); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	return nil
}

func (g *global) prompt() {
	if g.env.StdinTTY && g.env.StderrTTY {
		fmt.Fprint(g.env.Stderr, "> ")
	}
}

// evaluate prints one value. At a terminal a mistake is shown and forgiven.
func (g *global) evaluate(cfg *config.Config, line string) error {
	value, diags := cfg.Evaluate(line)
	if err := g.printDiagnostics(cfg, diags); err != nil {
		if g.env.StdinTTY {
			return nil
		}
		return err
	}
	_, err := fmt.Fprintln(g.env.Stdout, value)
	return err
}
