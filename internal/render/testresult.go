package render

import (
	"fmt"
	"io"
)

// TestResult is how a run of a test file ended.
type TestResult string

// The results.
const (
	TestPass TestResult = "pass"
	TestFail TestResult = "fail"
	TestSkip TestResult = "skip"
)

// TestRun writes the line of one run. The note says why it was skipped.
func TestRun(w io.Writer, s Style, name string, result TestResult, note string) {
	if note != "" {
		note = ": " + note
	}
	fmt.Fprintf(w, "  run %q... %s%s\n", name, s.paint(result.role(), string(result)), note)
}

func (r TestResult) role() role {
	switch r {
	case TestPass:
		return roleAdd
	case TestFail:
		return roleError
	default:
		return roleWarn
	}
}
