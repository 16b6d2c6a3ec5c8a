package render

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// TestStream writes the progress of tests as JSON lines in the vocabulary of
// terraform test -json: version, test_abstract, for each file test_file and its
// test_run messages with their diagnostics, and test_summary at the end.
type TestStream struct{ l lineWriter }

// testMembers are the members that only messages about tests have.
type testMembers struct {
	AtFile string `json:"@testfile,omitempty"`
	AtRun  string `json:"@testrun,omitempty"`

	Abstract map[string][]string `json:"test_abstract,omitempty"` // names of runs by file
	File     *testFileStatus     `json:"test_file,omitempty"`
	Run      *testRunStatus      `json:"test_run,omitempty"`
	Summary  *testSummary        `json:"test_summary,omitempty"`

	// With --verbose.
	Planned json.RawMessage `json:"test_plan,omitempty"`
	Objects json.RawMessage `json:"test_objects,omitempty"`
	State   json.RawMessage `json:"test_state,omitempty"`
}

// progress tells a beginning from an end.
type progress string

const (
	starting progress = "starting"
	complete progress = "complete"
)

type testFileStatus struct {
	Path     string     `json:"path"`
	Progress progress   `json:"progress"`
	Status   TestResult `json:"status,omitempty"`
}

type testRunStatus struct {
	Path     string     `json:"path"`
	Run      string     `json:"run"`
	Progress progress   `json:"progress"`
	Elapsed  *int64     `json:"elapsed,omitempty"` // milliseconds
	Status   TestResult `json:"status,omitempty"`
}

type testSummary struct {
	Status  TestResult `json:"status"`
	Passed  int        `json:"passed"`
	Failed  int        `json:"failed"`
	Errored int        `json:"errored"`
	Skipped int        `json:"skipped"`
}

// NewTestStream begins a stream.
func NewTestStream(w io.Writer, now func() time.Time, version string) *TestStream {
	s := &TestStream{lineWriter{w: w, now: now}}
	s.l.version(version)
	return s
}

// Err is the first error of writing.
func (s *TestStream) Err() error {
	if s.l.err != nil {
		return fmt.Errorf("write test results: %w", s.l.err)
	}
	return nil
}

// Abstract says what is going to be tested: the names of runs by file.
func (s *TestStream) Abstract(runs map[string][]string) {
	n := 0
	for _, list := range runs {
		n += len(list)
	}
	s.l.write(message{
		Type: "test_abstract", Message: fmt.Sprintf("Found %s and %s", plural(len(runs), "file"), plural(n, "run block")),
		testMembers: &testMembers{Abstract: runs},
	})
}

// FileStart says that a file's runs follow.
func (s *TestStream) FileStart(file string) { s.file(file, starting, "", "in progress") }

// FileEnd says how a file's runs went together.
func (s *TestStream) FileEnd(file string, r TestResult) { s.file(file, complete, r, r.word()) }

func (s *TestStream) file(file string, p progress, r TestResult, word string) {
	s.l.write(message{
		Type: "test_file", Message: file + "... " + word,
		testMembers: &testMembers{AtFile: file, File: &testFileStatus{Path: file, Progress: p, Status: r}},
	})
}

// RunStart says that a run begins.
func (s *TestStream) RunStart(file, run string) {
	s.about(file, run, message{Type: "test_run", Message: fmt.Sprintf("  %q... in progress", run)},
		testMembers{Run: &testRunStatus{Path: file, Run: run, Progress: starting}})
}

// RunEnd says how a run went.
func (s *TestStream) RunEnd(c TestCase) {
	text := fmt.Sprintf("  %q... %s", c.Run, c.Result.word())
	status := &testRunStatus{Path: c.File, Run: c.Run, Progress: complete, Status: c.Result}
	if c.Result == TestSkip {
		text += ": " + c.Message
	} else {
		ms := c.Elapsed.Milliseconds()
		status.Elapsed = &ms
	}
	s.about(c.File, c.Run, message{Type: "test_run", Message: text}, testMembers{Run: status})
}

// TestFacts is what a run found, as JSON; members may be empty.
type TestFacts struct {
	Plan    json.RawMessage // as ShowJSON writes it
	Objects json.RawMessage // of the configuration
	State   json.RawMessage // of the hub, after an apply
}

// Facts shows what a run found.
func (s *TestStream) Facts(file, run string, f TestFacts) {
	for _, m := range []struct {
		kind, what string
		value      json.RawMessage
		members    testMembers
	}{
		{"test_plan", "plan", f.Plan, testMembers{Planned: f.Plan}},
		{"test_objects", "objects", f.Objects, testMembers{Objects: f.Objects}},
		{"test_state", "state", f.State, testMembers{State: f.State}},
	} {
		if len(m.value) > 0 {
			s.about(file, run, message{Type: m.kind, Message: "-verbose flag enabled, printing " + m.what}, m.members)
		}
	}
}

// Diagnostic is a message about a run, or about a file when run is empty, or
// about all. The value has the shape of terraform validate -json.
func (s *TestStream) Diagnostic(file, run string, warning bool, summary string, value json.RawMessage) {
	m := message{Type: "diagnostic", Level: "error", Message: "Error: " + summary, Diagnostic: value}
	if warning {
		m.Level, m.Message = "warn", "Warning: "+summary
	}
	s.about(file, run, m, testMembers{})
}

func (s *TestStream) about(file, run string, m message, t testMembers) {
	t.AtFile, t.AtRun = file, run
	m.testMembers = &t
	s.l.write(m)
}

// Summary ends the stream.
func (s *TestStream) Summary(t TestTotals) {
	s.l.write(message{
		Type: "test_summary", Message: t.String(),
		testMembers: &testMembers{Summary: &testSummary{Status: t.Result(), Passed: t.Passed, Failed: t.Failed, Errored: t.Errored, Skipped: t.Skipped}},
	})
}
