package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/render"
)

const testLong = `Run the tests of the project: the files *.twintest.hcl, .yaml, .yml and .json
beside the configuration.

A run gives values to variables, fills a hub in memory, evaluates, plans or
applies, and asserts what must hold. No hub but that one is ever touched, and no
secret of the environment is read.

Exit code 1 means that a run failed; each failure is shown with the values that
led to it.`

func newTest(g *global) *cobra.Command {
	var filter []string
	cmd := &cobra.Command{
		Use: "test", Short: "Run the tests of the configuration", Long: testLong, Args: cobra.NoArgs,
		Example: "  twinset test\n  twinset test --filter limits.twintest.hcl",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runTest(cmd.Context(), filter) },
	}
	cmd.Flags().StringArrayVar(&filter, "filter", nil, "run only the tests in `FILE` (repeatable)")
	return cmd
}

func (g *global) runTest(ctx context.Context, filter []string) error {
	if g.hub != "" {
		return errors.New("--hub: tests run against a hub in memory and never touch another one")
	}
	names, err := g.testFiles(filter)
	if err != nil {
		return err
	}
	set, diags := testfile.Load(g.dir(), names)
	if len(diags) > 0 {
		if err := config.WriteDiagnostics(g.env.Stderr, set.Sources(), diags, g.width(), g.colored(g.env.StderrTTY)); err != nil {
			return err
		}
		if diags.HasErrors() {
			return exit(exitError)
		}
	}
	t := tester{global: g, set: set, quiet: g.unattended()}
	for _, f := range set.Files {
		if err := t.file(ctx, f); err != nil {
			return err
		}
	}
	return t.summary()
}

// testFiles are all test files, or those that are asked for.
func (g *global) testFiles(filter []string) ([]string, error) {
	names, err := testfile.Names(g.dir())
	if err != nil {
		return nil, fmt.Errorf("find tests: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("there is no test: no file is named *.twintest.hcl, *.twintest.yaml, *.twintest.yml or *.twintest.json")
	}
	if len(filter) == 0 {
		return names, nil
	}
	for i, name := range filter {
		filter[i] = filepath.Clean(name)
		if !slices.Contains(names, filter[i]) {
			return nil, fmt.Errorf("--filter %s: there is no such test file; there are %s", name, strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(filter, name) }), nil
}

// tester runs test files and counts.
type tester struct {
	*global
	quiet                   *global // for planning: it prints nothing and knows no secret
	set                     *testfile.Set
	passed, failed, skipped int
	spaced                  bool // the last line is empty
}

// file runs the runs of a file in order, on one hub: a run without a seed of its
// own finds the hub as the run before has left it.
func (t *tester) file(ctx context.Context, f *testfile.File) error {
	t.say("%s\n", f.Name)
	bench := testbench{tester: t, seed: f.Seed}
	defer bench.close()
	broken := ""
	for _, r := range f.Runs {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if broken != "" && !r.Fresh && r.Command != testfile.Evaluate {
			t.skipped++
			t.spaced = false
			t.line(r, render.TestSkip, fmt.Sprintf("it needs the hub that run %q should have left", broken))
			continue
		}
		out, err := bench.run(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: run %q: %w", f.Name, r.Name, err)
		}
		if out.lost {
			broken = r.Name
		} else if r.Fresh {
			broken = ""
		}
		if err := t.report(r, out); err != nil {
			return err
		}
	}
	return nil
}

// report writes the line of a run and, below it, what failed.
func (t *tester) report(r *testfile.Run, out outcome) error {
	t.spaced = false
	if len(out.Failures) == 0 {
		t.passed++
		t.line(r, render.TestPass, "")
		return nil
	}
	t.failed++
	t.spaced = true
	t.line(r, render.TestFail, "")
	t.say("\n")
	sources := maps.Clone(t.set.Sources())
	if out.project.Config != nil {
		maps.Copy(sources, out.project.Config.Files())
	}
	return config.WriteDiagnostics(t.env.Stdout, sources, out.Failures, t.width(), t.colored(t.env.StdoutTTY))
}

func (t *tester) line(r *testfile.Run, result render.TestResult, note string) {
	render.TestRun(t.env.Stdout, t.style(t.env.StdoutTTY), r.Name, result, note)
}

func (t *tester) say(format string, args ...any) { fmt.Fprintf(t.env.Stdout, format, args...) }

// summary ends the command.
func (t *tester) summary() error {
	skipped := ""
	if t.skipped > 0 {
		skipped = fmt.Sprintf(", %d skipped", t.skipped)
	}
	word, err := "Success", error(nil)
	if t.failed > 0 {
		word, err = "Failure", exit(exitError)
	}
	if !t.spaced {
		t.say("\n")
	}
	t.say("%s! %d passed, %d failed%s.\n", word, t.passed, t.failed, skipped)
	return err
}
