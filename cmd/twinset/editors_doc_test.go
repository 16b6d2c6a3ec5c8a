package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestEditorsDoc runs the samples of the chapter about editors, as TestReadme
// does with the README's.
func TestEditorsDoc(t *testing.T) {
	t.Parallel()
	chapter, err := os.ReadFile("../../docs/language/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "editors.txtar"), []byte(story(t, string(chapter), 8)), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
}
