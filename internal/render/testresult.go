package render

import (
	"fmt"
	"io"
	"time"
)

// TestResult is how a run of a test file ended, or all runs of a file.
type TestResult string

// The results, from the mildest on.
const (
	TestSkip  TestResult = "skip"
	TestPass  TestResult = "pass"
	TestFail  TestResult = "fail"  // an assertion does not hold
	TestError TestResult = "error" // the run went wrong before its assertions
)

// TestCase is a run that has ended.
type TestCase struct {
	File, Run string
	Result    TestResult
	Message   string // why it was skipped, or what went wrong, in a few words
	Detail    string // what people read about it; may have many lines
	Started   time.Time
	Elapsed   time.Duration
}

// TestTotals counts runs by their result.
type TestTotals struct {
	Passed, Failed, Errored, Skipped int

	Interrupted bool // the rest was skipped
}

// Add counts a run.
func (t *TestTotals) Add(r TestResult) {
	switch r {
	case TestPass:
		t.Passed++
	case TestFail:
		t.Failed++
	case TestError:
		t.Errored++
	case TestSkip:
		t.Skipped++
	}
}

// Result is that of all runs together.
func (t TestTotals) Result() TestResult {
	switch {
	case t.Errored > 0:
		return TestError
	case t.Failed > 0:
		return TestFail
	case t.Passed > 0:
		return TestPass
	default:
		return TestSkip
	}
}

// String is the last line of a test: Success! 3 passed, 0 failed.
func (t TestTotals) String() string {
	word, skipped := "Success", ""
	switch {
	case t.Interrupted:
		word = "Interrupted"
	case t.Failed+t.Errored > 0:
		word = "Failure"
	}
	if t.Skipped > 0 {
		skipped = fmt.Sprintf(", %d skipped", t.Skipped)
	}
	return fmt.Sprintf("%s! %d passed, %d failed%s.", word, t.Passed, t.Failed+t.Errored, skipped)
}

// TestRun writes the line of one run. A skipped one says why.
func TestRun(w io.Writer, s Style, c TestCase) {
	note := ""
	if c.Result == TestSkip && c.Message != "" {
		note = ": " + clean(c.Message)
	}
	fmt.Fprintf(w, "  run %q... %s%s\n", c.Run, s.paint(c.Result.role(), c.Result.word()), note)
}

// word is what people read: to them a run has failed, whatever the reason.
func (r TestResult) word() string {
	if r == TestError {
		return string(TestFail)
	}
	return string(r)
}

func (r TestResult) role() role {
	switch r {
	case TestPass:
		return roleAdd
	case TestFail, TestError:
		return roleError
	default:
		return roleWarn
	}
}
