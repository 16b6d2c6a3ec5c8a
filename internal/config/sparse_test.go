package config

import (
	"fmt"
	"strings"
	"testing"
)

// More mistakes than anybody reads are counted, not told.
func TestTooManyMistakes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("project \"p\" {}\nlocals {\n")
	for i := range maxFindings + 500 {
		fmt.Fprintf(&b, "  a%d = nope\n", i)
	}
	b.WriteString("}\n")
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": b.String()}), Options{})
	diags := c.Check()
	last := diags[len(diags)-1]
	if len(diags) != maxFindings+1 || last.Summary != "Too many mistakes" || last.Detail != "There are 500 more. Mend these first." {
		t.Errorf("got %d diagnostics, the last of them %q", len(diags), last.Detail)
	}
}

// What the grammar knows stays, however much there is of what it does not know.
func TestSparse(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("project \"p\" {}\ndevice \"d\" {\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  a%d = 1\n  b%d {}\n", i, i)
	}
	b.WriteString("  status = \"on\"\n  lifecycle {\n    mode = \"merg\"\n  }\n}\n")
	c, _ := Load(project(t, map[string]string{"a.twin.hcl": b.String()}), Options{})
	count := map[string]int{}
	for _, d := range c.Check() {
		count[d.Summary]++
	}
	if count["Unsupported argument"] != 200 || count["Unsupported block type"] != 200 {
		t.Errorf("got %v, want 200 of each kind of unknown words", count)
	}
}
