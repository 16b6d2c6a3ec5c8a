package yamlbody

import (
	"fmt"
	"strings"
	"testing"
)

func TestSyntaxErrorPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, src, want, detail string
	}{
		{"second colon", "a: b: c\n", "1:5", "mapping values"},
		{"second colon below", "x: 1\ny:\n  z: tags.a='b' AND c: d\n", "3:22", "single quotes"},
		{"unclosed bracket", "a: [1, 2\nb: 3\n", "1:4", "did not find"},
		{"unclosed bracket at the end", "x: 1\na: [1, 2\n", "2:4", ""},
		{"interpolation in flow mapping", "t: 1\na: {site: ${a.b}}\n", "2:11", "in quotes"},
		{"conditional", "a: 1\nb: ${x ? \"y\" : \"z\"}\n", "2:14", "single quotes"},
		{"nested quotes", "a: 1\nb: \"${upper(\"x\")}\"\n", "2:14", "single quotes"},
		{"tab", "a:\n\tb: 1\n", "2:1", "not tabs"},
		{"percent", "a: 1\nb: %{ if x }\n", "2:4", "quotes"},
		{"at sign", "b: @x\n", "1:4", "quotes"},
		{"star", "b: * x\n", "1:4", "quotes"},
		{"unknown alias", "a: 1\nb: *nope\n", "2:4", "unknown anchor"},
		{"unclosed quote", "a: 1\nb: 'abc\nc: 2\n", "2:4", ""},
		{"bad escape", "a: \"x\\q\"\n", "1:6", "escape"},
		{"bad indentation", "a:\n   b: 1\n  c: 2\n", "3:3", ""},
		{"control character", "a: 1\nb: x\x01\n", "2:5", "U+0001"},
		{"not UTF-8", "a: 1\nb: \xff\n", "2:4", "UTF-8"},
		{"second document", "a: 1\n---\nb: }\n", "3:4", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, diags := Parse([]byte(tt.src), "f")
			if len(diags) != 1 {
				t.Fatalf("got %d diagnostics, want 1: %v", len(diags), diags)
			}
			p := diags[0].Subject.Start
			if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != tt.want {
				t.Errorf("got place %s, want %s (%s)", got, tt.want, diags[0].Detail)
			}
			if !strings.Contains(diags[0].Detail, tt.detail) {
				t.Errorf("got detail %q, want it to hold %q", diags[0].Detail, tt.detail)
			}
		})
	}
}

func TestJSONErrorPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want, detail string }{
		{"comment", "{\n  // no\n  \"a\": 1}", "2:3", "no comments"},
		{"single quotes", "{'a': 1}", "1:2", "double quotes"},
		{"trailing comma", "{\"a\": 1,\n}", "2:1", ""},
		{"missing comma", "{\"a\": 1\n\"b\": 2}", "2:1", ""},
		{"two values", "{} {}", "1:4", "after top-level"},
		{"ends early", "{\"a\": ", "1:5", "unexpected end"},
		{"empty", "", "1:1", "unexpected end"},
		{"duplicate key", "{\"a\": 1, \"a\": 2}", "1:10", "already used at f:1,2-5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, diags := ParseJSON([]byte(tt.src), "f")
			if len(diags) != 1 {
				t.Fatalf("got %d diagnostics, want 1: %v", len(diags), diags)
			}
			p := diags[0].Subject.Start
			if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != tt.want {
				t.Errorf("got place %s, want %s (%s)", got, tt.want, diags[0].Detail)
			}
			if !strings.Contains(diags[0].Detail, tt.detail) {
				t.Errorf("got detail %q, want it to hold %q", diags[0].Detail, tt.detail)
			}
		})
	}
}
