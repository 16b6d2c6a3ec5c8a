package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// fence is a code block: its language, what stands behind it, its text.
var fence = regexp.MustCompile("(?ms)^```(\\w+)([^\\n]*)\\n(.*?)^```$")

// TestReadme runs what the README shows: files are written (```hcl file=NAME),
// each "$ command" of a console block is executed, and its output must be what
// stands below it.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte(story(t, string(readme), 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
}

// story is a document as a script. It must show at least so many commands, or it
// is not read correctly any more.
func story(t *testing.T, document string, atLeast int) string {
	t.Helper()
	var script, files strings.Builder
	commands := 0
	for _, block := range fence.FindAllStringSubmatch(document, -1) {
		language, rest, text := block[1], strings.TrimSpace(block[2]), block[3]
		if name, ok := strings.CutPrefix(rest, "file="); ok {
			fmt.Fprintf(&files, "-- %s --\n%s", name, text)
			continue
		}
		if language != "console" {
			continue
		}
		for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
			command, output, _ := strings.Cut(part, "\n")
			if strings.HasPrefix(command, "make ") {
				requireInCI(t, command)
				continue
			}
			commands++
			fmt.Fprintf(&script, "exec sh -c '%s'\n", strings.ReplaceAll(command, "'", "''"))
			if output != "" && !strings.HasSuffix(output, "\n") {
				output += "\n"
			}
			fmt.Fprintf(&script, "cmp stdout want-%d\n", commands)
			fmt.Fprintf(&files, "-- want-%d --\n%s", commands, output)
		}
	}
	if commands < atLeast {
		t.Fatalf("%d commands are shown, want at least %d; is the document still read correctly?", commands, atLeast)
	}
	return script.String() + files.String()
}

// requireInCI is for the commands that are too much for a test, or would run this
// test: continuous integration runs them.
func requireInCI(t *testing.T, command string) {
	t.Helper()
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	command, _, _ = strings.Cut(command, " #")
	if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(strings.TrimSpace(command)) + `\b`).Match(ci) {
		t.Errorf("the README shows %q, which .ci/run does not run", command)
	}
}
