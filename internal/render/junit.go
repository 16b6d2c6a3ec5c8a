package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"
)

// The elements of a report, as continuous integration reads them: a suite for
// each file, a case for each run.
type (
	junitReport struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string      `xml:"name,attr"`
		Class     string      `xml:"classname,attr"`
		Time      string      `xml:"time,attr,omitempty"` // seconds
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Skipped   *junitWords `xml:"skipped"`
		Failure   *junitWords `xml:"failure"`
		Error     *junitWords `xml:"error"`
		Stderr    *junitWords `xml:"system-err"` // warnings of a run that passed
	}
	junitWords struct {
		Message string `xml:"message,attr,omitempty"`
		Body    string `xml:",chardata"`
	}
)

// JUnit writes a report of runs in JUnit's XML, as terraform test -junit-xml
// has it. Runs of a file stand together.
func JUnit(w io.Writer, cases []TestCase) error {
	var report junitReport
	for _, c := range cases {
		if n := len(report.Suites); n == 0 || report.Suites[n-1].Name != c.File {
			report.Suites = append(report.Suites, junitSuite{Name: c.File})
		}
		report.Suites[len(report.Suites)-1].add(c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c TestCase) {
	out := junitCase{Name: c.Run, Class: c.File}
	if !c.Started.IsZero() {
		out.Time = fmt.Sprintf("%.3f", c.Elapsed.Seconds())
		out.Timestamp = c.Started.UTC().Format(time.RFC3339)
	}
	words := &junitWords{Message: c.Message, Body: c.Detail}
	s.Tests++
	switch c.Result {
	case TestSkip:
		s.Skipped++
		out.Skipped = words
	case TestFail:
		s.Failures++
		out.Failure = words
	case TestError:
		s.Errors++
		out.Error = words
	case TestPass:
		if c.Detail != "" {
			out.Stderr = words
		}
	}
	s.Cases = append(s.Cases, out)
}
