//go:build conformance

package conformance

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// runRecipes runs the programs that the documentation shows, as they stand there.
func runRecipes(t *testing.T, environ []string) {
	page, err := os.ReadFile("../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct{ language, dir, name, args string }{
		{"js", "node", "node", "--input-type=module -"},
		{"python", "python", ".venv/bin/python", "-"},
	}
	for _, row := range rows {
		t.Run(row.language, func(t *testing.T) {
			program := regexp.MustCompile("(?s)```" + row.language + "\n(.*?)```").FindSubmatch(page)
			if program == nil {
				t.Fatalf("the page has no program in %s", row.language)
			}
			cmd := exec.CommandContext(t.Context(), row.name, strings.Fields(row.args)...)
			cmd.Dir, cmd.Env, cmd.Stdin = row.dir, environ, strings.NewReader(string(program[1]))
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "interval 5\n") {
				t.Errorf("got %v, want the line \"interval 5\" in:\n%s", err, out)
			}
		})
	}
}
