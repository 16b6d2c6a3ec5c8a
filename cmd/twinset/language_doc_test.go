package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestLanguageDocs runs the samples of the pages about the language, as
// TestReadme does with the README's. A sample that nothing runs is a mistake.
func TestLanguageDocs(t *testing.T) {
	t.Parallel()
	for name, commands := range map[string]int{"README": 2, "files": 6, "blocks": 5, "values": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := os.ReadFile("../../docs/language/" + name + ".md")
			if err != nil {
				t.Fatal(err)
			}
			for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
				if block[1] != "console" && !strings.HasPrefix(strings.TrimSpace(block[2]), "file=") {
					t.Errorf("nothing runs this sample; give it a file:\n%s", block[0])
				}
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name+".txtar"), []byte(story(t, string(page), commands)), 0o600); err != nil {
				t.Fatal(err)
			}
			testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
		})
	}
}
