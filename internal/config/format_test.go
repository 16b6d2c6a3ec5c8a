package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/tools/txtar"
)

// tokens are the tokens of a file without what layout is free to change.
func tokens(t *testing.T, src []byte) []string {
	t.Helper()
	list, diags := hclsyntax.LexConfig(src, "f.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var out []string
	for _, token := range list {
		out = append(out, token.Type.String()+" "+strings.TrimSpace(string(token.Bytes)))
	}
	return out
}

// Formatting moves tokens and changes none, and its result is formatted.
func TestFormatKeepsTokens(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/parity/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	formatted := 0
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			once, diags := Format(file.Name, file.Data)
			if filepath.Ext(file.Name) != ".hcl" || diags.HasErrors() {
				continue
			}
			formatted++
			twice, _ := Format(file.Name, once)
			if diff := cmp.Diff(string(once), string(twice)); diff != "" {
				t.Errorf("%s %s: formatting again changes it:\n%s", path, file.Name, diff)
			}
			if diff := cmp.Diff(tokens(t, file.Data), tokens(t, once)); diff != "" {
				t.Errorf("%s %s: formatting changes tokens:\n%s", path, file.Name, diff)
			}
		}
	}
	if formatted < 20 {
		t.Errorf("only %d files were formatted", formatted)
	}
}

// The examples show the canonical layout.
func TestExamplesAreFormatted(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir("../../examples", func(path string, e os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".hcl" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		out, _ := Format(path, src)
		if diff := cmp.Diff(string(src), string(out)); diff != "" {
			t.Errorf("%s is not formatted:\n%s", path, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIsVarsFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.vars.hcl": true, "a.auto.vars.yaml": true, "a.vars.yml": true, "a.vars.json": true,
		".vars.hcl": false, ".a.vars.hcl": false, "a.twin.hcl": false, "": false,
	} {
		if got := IsVarsFile(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
