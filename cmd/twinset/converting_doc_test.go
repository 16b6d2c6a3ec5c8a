package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestConvertingDoc runs the samples of the chapter about converting, as
// TestReadme does with the README's.
func TestConvertingDoc(t *testing.T) {
	t.Parallel()
	chapter, err := os.ReadFile("../../docs/language/converting.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "converting.txtar"), []byte(story(t, string(chapter), 6)), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
}
