package cli

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/render"
)

// tester runs test files and counts.
type tester struct {
	*global
	testCmd
	quiet    *global // for planning: it prints nothing and knows no secret
	set      *testfile.Set
	reporter testReporter
	totals   render.TestTotals
	cases    []render.TestCase
}

// file runs the runs of a file in order, on one hub: a run without a seed of its
// own finds the hub as the run before has left it. After an interrupt the rest
// is skipped.
func (t *tester) file(ctx context.Context, f *testfile.File) error {
	t.reporter.file(f.Name)
	bench := testbench{tester: t, seed: f.Seed}
	defer bench.close()
	broken := ""
	var totals render.TestTotals
	for _, r := range f.Runs {
		c := render.TestCase{File: f.Name, Run: r.Name}
		var out outcome
		switch {
		case ctx.Err() != nil:
			c.Result, c.Message = render.TestSkip, "interrupted"
		case broken != "" && !r.Fresh && r.Command != testfile.Evaluate:
			c.Result, c.Message = render.TestSkip, fmt.Sprintf("it needs the hub that run %q should have left", broken)
		default:
			var err error
			if out, err = t.run(ctx, &bench, r, &c); err != nil {
				return fmt.Errorf("%s: run %q: %w", f.Name, r.Name, err)
			}
			if out.lost {
				broken = r.Name
			} else if r.Fresh {
				broken = ""
			}
		}
		totals.Add(c.Result)
		t.totals.Add(c.Result)
		t.cases = append(t.cases, c)
		if err := t.reporter.ran(c, t.sources(out), out); err != nil {
			return err
		}
	}
	return t.reporter.filed(f.Name, totals)
}

// run carries out one run and describes it. An interrupted run is skipped.
func (t *tester) run(ctx context.Context, bench *testbench, r *testfile.Run, c *render.TestCase) (outcome, error) {
	t.reporter.run(c.File, c.Run)
	c.Started = t.env.Now()
	out, err := bench.run(ctx, r)
	c.Elapsed = t.env.Now().Sub(c.Started)
	switch {
	case err != nil && ctx.Err() != nil:
		c.Result, c.Message = render.TestSkip, "interrupted"
		return outcome{}, nil
	case err != nil:
		return out, err
	case out.Broken:
		c.Result = render.TestError
	case len(out.Failures) > 0:
		c.Result = render.TestFail
	default:
		c.Result = render.TestPass
	}
	if len(out.Failures) > 0 {
		c.Message = out.Failures[0].Summary
	}
	var detail bytes.Buffer
	if err := config.WriteDiagnostics(&detail, t.sources(out), out.found(), 0, false); err != nil {
		return out, err
	}
	c.Detail = string(bytes.TrimSpace(detail.Bytes()))
	return out, nil
}

// sources are the files that messages of a run refer to: tests and project.
func (t *tester) sources(out outcome) config.Sources {
	all := maps.Clone(t.set.Sources())
	if out.project.Config != nil {
		maps.Copy(all, out.project.Config.Files())
	}
	return all
}

func (t *tester) writeJUnit() error {
	if t.junit == "" {
		return nil
	}
	var b bytes.Buffer
	if err := render.JUnit(&b, t.cases); err != nil {
		return err
	}
	if err := os.WriteFile(t.path(t.junit), b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("--junit-xml: %w", err)
	}
	return nil
}
