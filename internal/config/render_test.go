package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

func someDiagnostics() (map[string]*hcl.File, hcl.Diagnostics) {
	src := []byte("a = 1\n\tb = \"é\" + x\n")
	files := map[string]*hcl.File{"f.hcl": {Bytes: src}}
	at := bytes.IndexByte(src, 'x')
	r := hcl.Range{Filename: "f.hcl", Start: hcl.Pos{Line: 2, Column: 12, Byte: at}, End: hcl.Pos{Line: 2, Column: 13, Byte: at + 1}}
	return files, hcl.Diagnostics{
		errorAt(r, "Unknown variable", "There is no variable named \"x\" anywhere in these files."),
		{Severity: hcl.DiagWarning, Summary: "Careful", Detail: "Why."},
	}
}

func TestWriteDiagnostics(t *testing.T) {
	t.Parallel()
	files, diags := someDiagnostics()
	var b bytes.Buffer
	if err := WriteDiagnostics(&b, files, diags, 40, false); err != nil {
		t.Fatal(err)
	}
	want := "Error: Unknown variable\n\n  on f.hcl line 2, column 12:\n   2: \tb = \"é\" + x\n      \t          ^\n\n" +
		"There is no variable named \"x\" anywhere\nin these files.\n\nWarning: Careful\n\nWhy.\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("got an escape byte without color")
	}
	b.Reset()
	if err := WriteDiagnostics(&b, files, diags, 0, true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[31mError\x1b[0m") {
		t.Errorf("got %q, want a red word", b.String())
	}
}

func TestDiagnosticsJSON(t *testing.T) {
	t.Parallel()
	files, diags := someDiagnostics()
	b, err := DiagnosticsJSON(files, diags)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"format_version": "1.0", "valid": false, "error_count": 1.0, "warning_count": 1.0,
		"diagnostics": []any{
			map[string]any{
				"severity": "error", "summary": "Unknown variable", "detail": "There is no variable named \"x\" anywhere in these files.",
				"range": map[string]any{
					"filename": "f.hcl",
					"start":    map[string]any{"line": 2.0, "column": 12.0, "byte": 18.0},
					"end":      map[string]any{"line": 2.0, "column": 13.0, "byte": 19.0},
				},
				"snippet": map[string]any{
					"context": nil, "code": "\tb = \"é\" + x", "start_line": 2.0,
					"highlight_start_offset": 12.0, "highlight_end_offset": 13.0, "values": []any{},
				},
			},
			map[string]any{"severity": "warning", "summary": "Careful", "detail": "Why."},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
