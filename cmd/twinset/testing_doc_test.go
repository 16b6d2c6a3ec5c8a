package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestTestingDoc runs the samples of the chapter about tests, as TestReadme does
// with the README's.
func TestTestingDoc(t *testing.T) {
	t.Parallel()
	chapter, err := os.ReadFile("../../docs/language/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "testing.txtar"), []byte(story(t, string(chapter), 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
}
