package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The table of expressions in the page about values says what they evaluate to.
func TestValuesPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/language/values.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| [^|]+ \\| `(.+)` \\| `(.+)` \\|$").FindAllStringSubmatch(string(page), -1)
	if len(rows) < 10 {
		t.Fatalf("got %d rows, want at least 10; is the page still read correctly?", len(rows))
	}
	c, diags := Load(project(t, map[string]string{"a.twin.hcl": `project "p" {}`}), Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, row := range rows {
		got, diags := c.Evaluate(strings.ReplaceAll(row[1], `\|`, "|"))
		want, more := c.Evaluate(row[2])
		if diags.HasErrors() || more.HasErrors() || got != want {
			t.Errorf("%s: got %s (%v), want %s (%v)", row[1], got, diags, want, more)
		}
	}
}
