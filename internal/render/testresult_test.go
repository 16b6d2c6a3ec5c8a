package render_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/render"
)

var cases = []render.TestCase{
	{File: "a", Run: "one", Result: render.TestPass, Started: clock(), Elapsed: 1500 * time.Millisecond},
	{File: "a", Run: "two", Result: render.TestPass, Started: clock(), Detail: "Warning: <w>"},
	{File: "b", Run: "three", Result: render.TestFail, Started: clock(), Message: "M", Detail: "D\x1b[31m\n]]>"},
	{File: "b", Run: "four", Result: render.TestError, Started: clock(), Message: "E"},
	{File: "b", Run: "five", Result: render.TestSkip, Message: "why"},
}

// Control characters have no place in XML; they are replaced.
func TestJUnit(t *testing.T) {
	t.Parallel()
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="a" tests="2" skipped="0" failures="0" errors="0">
    <testcase name="one" classname="a" time="1.500" timestamp="2026-01-02T03:04:05Z"></testcase>
    <testcase name="two" classname="a" time="0.000" timestamp="2026-01-02T03:04:05Z">
      <system-err>Warning: &lt;w&gt;</system-err>
    </testcase>
  </testsuite>
  <testsuite name="b" tests="3" skipped="1" failures="1" errors="1">
    <testcase name="three" classname="b" time="0.000" timestamp="2026-01-02T03:04:05Z">
      <failure message="M">D�[31m&#xA;]]&gt;</failure>
    </testcase>
    <testcase name="four" classname="b" time="0.000" timestamp="2026-01-02T03:04:05Z">
      <error message="E"></error>
    </testcase>
    <testcase name="five" classname="b">
      <skipped message="why"></skipped>
    </testcase>
  </testsuite>
</testsuites>
`
	var got strings.Builder
	if err := render.JUnit(&got, cases); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestTestStream(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := render.NewTestStream(&out, clock, "0.1.0")
	s.Abstract(map[string][]string{"b": {"three"}, "a": {"one"}})
	s.FileStart("a")
	s.RunStart("a", "one")
	s.RunEnd(cases[0])
	s.Facts("a", "one", render.TestFacts{Plan: json.RawMessage("{\n\"x\": 1}"), Objects: json.RawMessage(`{}`), State: json.RawMessage(`{"y":2}`)})
	s.Diagnostic("a", "one", true, "S", json.RawMessage(`{"severity":"warning"}`))
	s.FileEnd("a", render.TestPass)
	s.RunEnd(cases[4])
	s.Summary(render.TestTotals{Passed: 1, Errored: 1, Skipped: 1})
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	const head, tail = `{"@level":"`, `,"@module":"twinset.ui","@timestamp":"2026-01-02T03:04:05.000000Z",`
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(line, tail, " "), head)))
	}
	want := []string{
		`info","@message":"twinset 0.1.0" "type":"version","twinset":"0.1.0","ui":"1.0"}`,
		`info","@message":"Found 2 files and 2 run blocks" "type":"test_abstract","test_abstract":{"a":["one"],"b":["three"]}}`,
		`info","@message":"a... in progress" "type":"test_file","@testfile":"a","test_file":{"path":"a","progress":"starting"}}`,
		`info","@message":"  \"one\"... in progress" "type":"test_run","@testfile":"a","@testrun":"one","test_run":{"path":"a","run":"one","progress":"starting"}}`,
		`info","@message":"  \"one\"... pass" "type":"test_run","@testfile":"a","@testrun":"one","test_run":{"path":"a","run":"one","progress":"complete","elapsed":1500,"status":"pass"}}`,
		`info","@message":"-verbose flag enabled, printing plan" "type":"test_plan","@testfile":"a","@testrun":"one","test_plan":{"x":1}}`,
		`info","@message":"-verbose flag enabled, printing objects" "type":"test_objects","@testfile":"a","@testrun":"one","test_objects":{}}`,
		`info","@message":"-verbose flag enabled, printing state" "type":"test_state","@testfile":"a","@testrun":"one","test_state":{"y":2}}`,
		`warn","@message":"Warning: S" "type":"diagnostic","diagnostic":{"severity":"warning"},"@testfile":"a","@testrun":"one"}`,
		`info","@message":"a... pass" "type":"test_file","@testfile":"a","test_file":{"path":"a","progress":"complete","status":"pass"}}`,
		`info","@message":"  \"five\"... skip: why" "type":"test_run","@testfile":"b","@testrun":"five","test_run":{"path":"b","run":"five","progress":"complete","status":"skip"}}`,
		`info","@message":"Failure! 1 passed, 1 failed, 1 skipped." "type":"test_summary","test_summary":{"status":"error","passed":1,"failed":0,"errored":1,"skipped":1}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
