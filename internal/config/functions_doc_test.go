package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const functionsPage = "../../docs/language/functions.md"

var (
	pageFile    = regexp.MustCompile("(?ms)^```\\w+ file=(\\S+)\\n(.*?)^```$")
	functionRow = regexp.MustCompile("(?m)^(\\| `([a-z0-9]+)\\([^`]*\\)` \\| [^\\n]* \\| `([^\\n]+)` \\| )`([^\\n]*)` \\|$")
	consoleCall = regexp.MustCompile("(?ms)^\\$ echo '([^']*)' \\| twinset console\n(.*?)^```$")
	refusedRows = regexp.MustCompile(`(?m)^\| Function \| Reason \|\n\|---\|---\|\n((?:\| .*\n)*)`)
)

// The page about functions lists every function with an example and what that
// evaluates to. With -update the results are rewritten.
func TestFunctionsPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(functionsPage)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range pageFile.FindAllStringSubmatch(string(page), -1) {
		files[m[1]] = m[2]
	}
	c, diags := Load(project(t, files), Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var listed []string
	out := functionRow.ReplaceAllStringFunc(string(page), func(row string) string {
		m := functionRow.FindStringSubmatch(row)
		example := strings.ReplaceAll(m[3], `\|`, "|")
		listed = append(listed, m[2])
		if !strings.Contains(example, m[2]+"(") {
			t.Errorf("the example of %s does not call it: %s", m[2], example)
		}
		got, diags := c.Evaluate(example)
		if diags.HasErrors() {
			t.Errorf("%s: %v", example, diags)
			return row
		}
		want, _ := c.Evaluate(m[4])
		if got != m[4] && got != want && !*update {
			t.Errorf("%s: got %s, want %s", example, oneLine(got), m[4])
		}
		return m[1] + "`" + oneLine(got) + "` |"
	})
	for _, m := range consoleCall.FindAllStringSubmatch(string(page), -1) {
		if got, diags := c.Evaluate(m[1]); diags.HasErrors() || got+"\n" != m[2] {
			t.Errorf("%s: got %s %v, want %s", m[1], got, diags, m[2])
		}
	}
	out = refusedRows.ReplaceAllStringFunc(out, func(string) string { return refusedTable() })
	if diff := cmp.Diff(availableFunctions(), listed, cmp.Transformer("sort", sorted)); diff != "" {
		t.Errorf("functions in the table (-) and on the page (+):\n%s", diff)
	}
	if *update {
		writeFile(t, functionsPage, []byte(out))
		return
	}
	if !strings.Contains(string(page), refusedTable()) {
		t.Error("the table of functions that are not there is not up to date; run make update")
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func availableFunctions() []string {
	no := refused()
	return slices.DeleteFunc(sortedNames(functions(newDirectory("."))), func(name string) bool { return no[name] != "" })
}

func refusedTable() string {
	var b strings.Builder
	b.WriteString("| Function | Reason |\n|---|---|\n")
	no := refused()
	for _, name := range sortedNames(no) {
		fmt.Fprintf(&b, "| `%s` | %s. |\n", name, capital(no[name]))
	}
	return b.String()
}

// oneLine is a value in HCL without line breaks.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = regexp.MustCompile(` += `).ReplaceAllString(strings.TrimSpace(line), " = ")
		before := b.String()
		switch {
		case before == "":
		case strings.HasSuffix(before, "{"), strings.HasPrefix(line, "}"), strings.HasSuffix(before, ","):
			b.WriteByte(' ')
		default:
			b.WriteString(", ")
		}
		b.WriteString(line)
	}
	return b.String()
}
