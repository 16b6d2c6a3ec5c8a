package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinset/twinset/internal/config/testfile"
)

type testCmd struct {
	filter  []string
	json    bool
	verbose bool
	junit   string
}

const testLong = `Run the tests of the project: the files *.twintest.hcl, .yaml, .yml and .json
beside the configuration.

A run gives values to variables, fills a hub in memory, evaluates, plans or
applies, and asserts what must hold. No hub but that one is ever touched, and no
secret of the environment is read.

Exit code 1 means that a run failed; each failure is shown with the values that
led to it.`

func newTest(g *global) *cobra.Command {
	var o testCmd
	cmd := &cobra.Command{
		Use: "test", Short: "Run the tests of the configuration", Long: testLong, Args: cobra.NoArgs,
		Example: "  twinset test\n  twinset test --filter limits.twintest.hcl --verbose\n  twinset test --junit-xml results.xml",
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runTest(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.filter, "filter", nil, "run only the tests in `FILE` (repeatable)")
	f.BoolVar(&o.json, "json", false, "report as a stream of JSON lines")
	f.BoolVar(&o.verbose, "verbose", false, "show the objects, the plan or the hub of each run")
	f.StringVar(&o.junit, "junit-xml", "", "write a report in JUnit's XML to `FILE` too")
	return cmd
}

func (g *global) runTest(ctx context.Context, o testCmd) error {
	if g.hub != "" {
		return errors.New("--hub: tests run against a hub in memory and never touch another one")
	}
	names, err := g.testFiles(o.filter)
	if err != nil {
		return err
	}
	set, diags := testfile.Load(g.dir(), names)
	t := tester{global: g, testCmd: o, set: set, quiet: g.unattended(), reporter: g.testReporter(o)}
	if len(diags) > 0 {
		if err := t.reporter.mistakes(set.Sources(), diags); err != nil {
			return err
		}
		if diags.HasErrors() {
			return exit(exitError)
		}
	}
	t.reporter.begin(set.Files)
	for _, f := range set.Files {
		if err := t.file(ctx, f); err != nil {
			return err
		}
	}
	t.totals.Interrupted = ctx.Err() != nil
	if err := errors.Join(t.reporter.end(t.totals), t.writeJUnit()); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if t.totals.Failed+t.totals.Errored > 0 {
		return exit(exitError)
	}
	return nil
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
