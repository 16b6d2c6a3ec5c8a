package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

const reported = `project: {p: }
variable: {n: {type: number}}
device:
  d:
    for_each: {"日本👍": {site: 'a, b; c]: 100%'}}
    desired: {"👍": 1, x: "日本👍 ${each.value.siet}"}
    id: >-
      two
      lines
  e:
    tags: "${each.key}
      and more"
`

// someReport is the check of a project that stands in a directory of a
// repository.
func someReport(t *testing.T) Report {
	t.Helper()
	dir := project(t, map[string]string{"a fleet.twin.yaml": reported, "more.twin.hcl": "device \"f\" {\n  desired = { a = 5 }\n  staus = [\n  ]\n}\n"})
	c, _ := Load(dir, Options{Vars: []VarInput{{Name: "n", Expr: "many"}}})
	diags := append(c.Check(), &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Careful", Detail: "100% sure, or: not;\r\nsee {0} [there](x).", Subject: &hcl.Range{
		Filename: "/elsewhere/x:y.vars.hcl", Start: hcl.Pos{Line: 3, Column: 1, Byte: 20}, End: hcl.Pos{Line: 4, Column: 2, Byte: 30},
	}})
	locate := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.ToSlash(filepath.Join("ops, eu/fleet", name))
	}
	return Report{Files: c.Files(), Diagnostics: diags, Locate: locate, Version: "1.2.3"}
}

func TestReports(t *testing.T) {
	t.Parallel()
	report := someReport(t)
	sarif, err := report.SARIF()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"sarif.json": append(sarif, '\n'), "github.txt": report.GitHub(), "azdo.txt": report.AzureDevOps()} {
		golden := filepath.Join("testdata", "reports", name)
		if *update {
			writeFile(t, golden, got)
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// One message is one line, and holds nothing that would end its properties.
func TestCommandsAreLines(t *testing.T) {
	t.Parallel()
	report := someReport(t)
	for name, text := range map[string][]byte{"github": report.GitHub(), "azdo": report.AzureDevOps()} {
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != len(report.Diagnostics) {
			t.Errorf("%s: got %d lines for %d messages", name, len(lines), len(report.Diagnostics))
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") && !strings.HasPrefix(line, "##vso[task.logissue type=") {
				t.Errorf("%s: got %q, want a command", name, line)
			}
		}
	}
}

// Without anything to report the formats are valid all the same.
func TestReportsOfNothing(t *testing.T) {
	t.Parallel()
	report := Report{Locate: func(name string) string { return name }}
	sarif, err := report.SARIF()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(sarif, []byte(`"results": []`)) || !bytes.Contains(sarif, []byte(`"rules": []`)) {
		t.Errorf("got %s, want empty lists", sarif)
	}
	if got := string(report.GitHub()) + string(report.AzureDevOps()); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

// SARIF: the members that 2.1.0 requires, rules that results refer to, and
// regions that cover in UTF-16 code units what the diagnostics cover in bytes.
func TestSARIF(t *testing.T) {
	t.Parallel()
	report := someReport(t)
	b, err := report.SARIF()
	if err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || log.Runs[0].ColumnKind != "utf16CodeUnits" {
		t.Fatalf("got %+v, want a log of version 2.1.0 with one run", log)
	}
	run := log.Runs[0]
	ids := make([]string, len(run.Tool.Driver.Rules))
	for i, rule := range run.Tool.Driver.Rules {
		ids[i] = rule.ID
		if rule.ShortDescription.Text == "" || rule.Help.Text == "" || !strings.HasPrefix(rule.HelpURI, "https://") {
			t.Errorf("got rule %+v, want a description and help", rule)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("got rules %q, want them sorted and once", ids)
	}
	if len(run.Results) != len(report.Diagnostics) {
		t.Fatalf("got %d results, want %d", len(run.Results), len(report.Diagnostics))
	}
	for i, result := range run.Results {
		d := report.Diagnostics[i]
		if result.RuleIndex < 0 || ids[result.RuleIndex] != result.RuleID || result.Message.Text == "" || len(result.Locations) != 1 {
			t.Errorf("got %+v, want a rule, a message and a place", result)
			continue
		}
		place := result.Locations[0].Physical
		if _, ok := run.BaseIDs[place.Artifact.BaseID]; !ok && place.Artifact.BaseID != "" || place.Artifact.URI == "" {
			t.Errorf("got %+v, want a known base", place.Artifact)
		}
		if f := report.Files[fileOf(d)]; f != nil && !notAFile(fileOf(d)) {
			if got, want := cutUTF16(f.Bytes, *place.Region), string(d.Subject.SliceBytes(f.Bytes)); got != want {
				t.Errorf("%s: the region covers %q, want %q", d.Summary, got, want)
			}
		}
	}
}

func fileOf(d *hcl.Diagnostic) string {
	if d.Subject == nil {
		return ""
	}
	return d.Subject.Filename
}

// cutUTF16 reads a region the way SARIF defines it.
func cutUTF16(src []byte, r sarifRegion) string {
	lines := strings.SplitAfter(string(src), "\n")
	var out strings.Builder
	for n := r.StartLine; n <= r.EndLine; n++ {
		units := utf16.Encode([]rune(lines[n-1]))
		from, to := 0, len(units)
		if n == r.EndLine {
			to = r.EndColumn - 1
		}
		if n == r.StartLine {
			from = r.StartColumn - 1
		}
		out.WriteString(string(utf16.Decode(units[from:to])))
	}
	return out.String()
}

func TestRuleID(t *testing.T) {
	t.Parallel()
	for summary, want := range map[string][2]string{
		"Unknown profile":                        {"unknown-profile", "UnknownProfile"},
		"Invalid 'for' condition":                {"invalid-for-condition", "InvalidForCondition"},
		"YAML merge keys are not supported":      {"yaml-merge-keys-are-not-supported", "YamlMergeKeysAreNotSupported"},
		"Iteration over non-iterable value":      {"iteration-over-non-iterable-value", "IterationOverNonIterableValue"},
		"Missing key/value separator":            {"missing-keyvalue-separator", "MissingKeyvalueSeparator"},
		"Missing close bracket on index (maybe)": {"missing-close-bracket-on-index-maybe", "MissingCloseBracketOnIndexMaybe"},
	} {
		id := ruleID(summary)
		if got := [2]string{id, ruleName(id)}; got != want {
			t.Errorf("%s: got %q, want %q", summary, got, want)
		}
	}
}

// A place in a line without end is shown without the line, and nothing that a
// terminal would act upon.
func TestSnippetsAreTame(t *testing.T) {
	t.Parallel()
	src := []byte("a = \"\x1b[31m\u202e" + strings.Repeat("é", 1<<20) + "\"")
	at := len(src) / 2
	r := hcl.Range{Filename: "f", Start: hcl.Pos{Line: 1, Column: 1, Byte: at}, End: hcl.Pos{Line: 1, Column: 2, Byte: len(src)}}
	start := hcl.Range{Filename: "f", Start: hcl.InitialPos, End: hcl.Pos{Line: 1, Column: 2, Byte: 1}}
	got := diagnosticText(t, map[string]*hcl.File{"f": {Bytes: src}}, hcl.Diagnostics{errorAt(r, "S", "D\x07."), errorAt(start, "S", "D.")})
	if len(got) > 4096 {
		t.Errorf("got %d bytes, want a short text", len(got))
	}
	if strings.ContainsAny(got, "\x1b\x07\u202e") {
		t.Errorf("got %q, want no control characters", got)
	}
	short := diagnosticText(t, map[string]*hcl.File{"f": {Bytes: []byte("a = \"\x1b[31m\"")}}, hcl.Diagnostics{errorAt(start, "S", "D.")})
	if strings.Contains(short, "\x1b") || !strings.Contains(short, "[31m") {
		t.Errorf("got %q, want the line without its control characters", short)
	}
}
