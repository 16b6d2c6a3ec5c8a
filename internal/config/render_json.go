package config

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// The shape of terraform validate -json.
type jsonReport struct {
	FormatVersion string           `json:"format_version"`
	Valid         bool             `json:"valid"`
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
}

type jsonDiagnostic struct {
	Severity string       `json:"severity"`
	Summary  string       `json:"summary"`
	Detail   string       `json:"detail"`
	Range    *jsonRange   `json:"range,omitempty"`
	Snippet  *jsonSnippet `json:"snippet,omitempty"`
}

type jsonRange struct {
	Filename string  `json:"filename"`
	Start    jsonPos `json:"start"`
	End      jsonPos `json:"end"`
}

type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type jsonSnippet struct {
	Context   *string     `json:"context"`
	Code      string      `json:"code"`
	StartLine int         `json:"start_line"`
	From      int         `json:"highlight_start_offset"`
	To        int         `json:"highlight_end_offset"`
	Values    []jsonValue `json:"values"`
}

type jsonValue struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// DiagnosticsJSON is the report of a check in the shape of terraform validate
// -json, which editors and CI systems read.
func DiagnosticsJSON(files map[string]*hcl.File, diags hcl.Diagnostics) ([]byte, error) {
	report := jsonReport{FormatVersion: "1.0", Diagnostics: []jsonDiagnostic{}}
	for _, d := range diags {
		j := jsonDiagnostic{Severity: "error", Summary: d.Summary, Detail: d.Detail}
		if d.Severity == hcl.DiagWarning {
			j.Severity = "warning"
			report.WarningCount++
		} else {
			report.ErrorCount++
		}
		j.Range, j.Snippet = jsonPlace(files, d)
		report.Diagnostics = append(report.Diagnostics, j)
	}
	report.Valid = report.ErrorCount == 0
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode diagnostics: %w", err)
	}
	return b, nil
}

func jsonPlace(files map[string]*hcl.File, d *hcl.Diagnostic) (*jsonRange, *jsonSnippet) {
	r := d.Subject
	if r == nil {
		return nil, nil
	}
	place := &jsonRange{Filename: r.Filename, Start: jsonPos(r.Start), End: jsonPos(r.End)}
	s := snippetOf(files[r.Filename], *r)
	if !s.found {
		return place, nil
	}
	out := &jsonSnippet{Code: s.line, StartLine: r.Start.Line, From: s.start, To: s.end, Values: []jsonValue{}}
	if s.context != "" {
		out.Context = &s.context
	}
	for _, v := range valuesOf(d).list {
		out.Values = append(out.Values, jsonValue{Traversal: v.Name, Statement: "is " + v.Text})
	}
	return place, out
}
