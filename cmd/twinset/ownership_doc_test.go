package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestOwnershipDoc runs the samples of the page about ownership, as TestReadme does
// with the README's.
func TestOwnershipDoc(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/ownership.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ownership.txtar"), []byte(story(t, string(page), 11)), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true})
}
