package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
	"github.com/twinset/twinset/internal/render"
)

// testReporter tells about tests as they go.
type testReporter interface {
	mistakes(sources config.Sources, diags config.Diagnostics) error // of test files
	begin(files []*testfile.File)
	file(name string)
	run(file, name string)
	ran(c render.TestCase, sources config.Sources, out outcome) error
	filed(name string, totals render.TestTotals) error
	end(totals render.TestTotals) error
}

func (g *global) testReporter(o testCmd) testReporter {
	if o.json {
		return &testJSON{render.NewTestStream(g.env.Stdout, g.env.Now, version)}
	}
	return &testText{global: g}
}

// testText is for people: a line for each run, and below it what failed.
type testText struct {
	*global
	spaced bool // the last line is empty
}

func (t *testText) say(format string, args ...any) { fmt.Fprintf(t.env.Stdout, format, args...) }

func (t *testText) mistakes(sources config.Sources, diags config.Diagnostics) error {
	return config.WriteDiagnostics(t.env.Stderr, sources, diags, t.width(), t.colored(t.env.StderrTTY))
}

func (t *testText) begin([]*testfile.File) {}

func (t *testText) file(name string) {
	t.spaced = false
	t.say("%s\n", name)
}

func (t *testText) run(string, string) {}

func (t *testText) ran(c render.TestCase, sources config.Sources, out outcome) error {
	render.TestRun(t.env.Stdout, t.style(t.env.StdoutTTY), c)
	t.spaced = false
	t.shown("", out.plan)
	title := ""
	if out.command == testfile.Apply {
		title = "On the hub now:\n\n"
	}
	t.shown(title, out.values)
	diags := out.found()
	if !t.spaced && len(diags) > 0 {
		t.say("\n")
		t.spaced = true
	}
	return config.WriteDiagnostics(t.env.Stdout, sources, diags, t.width(), t.colored(t.env.StdoutTTY))
}

// shown writes what a run found, indented, between empty lines.
func (t *testText) shown(title, text string) {
	if text == "" {
		return
	}
	if !t.spaced {
		t.say("\n")
	}
	for line := range strings.Lines(title + text) {
		if line != "\n" {
			line = "    " + line
		}
		t.say("%s", line)
	}
	if !strings.HasSuffix(text, "\n\n") {
		t.say("\n")
	}
	t.spaced = true
}

func (t *testText) filed(string, render.TestTotals) error { return nil }

func (t *testText) end(totals render.TestTotals) error {
	if !t.spaced {
		t.say("\n")
	}
	t.say("%s\n", totals)
	return nil
}

// testJSON is for programs.
type testJSON struct{ s *render.TestStream }

func (t *testJSON) mistakes(sources config.Sources, diags config.Diagnostics) error {
	return t.diagnostics("", "", sources, diags)
}

func (t *testJSON) begin(files []*testfile.File) {
	runs := make(map[string][]string, len(files))
	for _, f := range files {
		runs[f.Name] = []string{}
		for _, r := range f.Runs {
			runs[f.Name] = append(runs[f.Name], r.Name)
		}
	}
	t.s.Abstract(runs)
}

func (t *testJSON) file(name string) { t.s.FileStart(name) }

func (t *testJSON) run(file, name string) { t.s.RunStart(file, name) }

func (t *testJSON) ran(c render.TestCase, sources config.Sources, out outcome) error {
	t.s.RunEnd(c)
	facts := render.TestFacts{Plan: json.RawMessage(out.plan)}
	if out.command == testfile.Apply {
		facts.State = json.RawMessage(out.values)
	} else {
		facts.Objects = json.RawMessage(out.values)
	}
	t.s.Facts(c.File, c.Run, facts)
	return t.diagnostics(c.File, c.Run, sources, out.found())
}

func (t *testJSON) filed(name string, totals render.TestTotals) error {
	t.s.FileEnd(name, totals.Result())
	return t.s.Err()
}

func (t *testJSON) end(totals render.TestTotals) error {
	t.s.Summary(totals)
	return t.s.Err()
}

// diagnostics writes messages in the shape that validate gives them.
func (t *testJSON) diagnostics(file, run string, sources config.Sources, diags config.Diagnostics) error {
	text, err := config.DiagnosticsJSON(sources, diags)
	if err != nil {
		return err
	}
	var report struct {
		Diagnostics []json.RawMessage `json:"diagnostics"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return fmt.Errorf("encode diagnostics: %w", err)
	}
	for _, value := range report.Diagnostics {
		var d struct{ Severity, Summary string }
		if err := json.Unmarshal(value, &d); err != nil {
			return fmt.Errorf("encode diagnostics: %w", err)
		}
		t.s.Diagnostic(file, run, d.Severity == "warning", d.Summary, value)
	}
	return t.s.Err()
}
