package config

import (
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The grammar table is what the documents are made from: every row says what it
// is for, and nothing is named twice.
func TestGrammarIsDocumented(t *testing.T) {
	t.Parallel()
	var visit func(path string, d *blockDef)
	visit = func(path string, d *blockDef) {
		if path != "" && d.Doc == "" {
			t.Errorf("block %s has no documentation", path)
		}
		names := map[string]bool{}
		for _, a := range d.Args {
			if a.Doc == "" {
				t.Errorf("argument %s.%s has no documentation", path, a.Name)
			}
			if names[a.Name] || !hclsyntax.ValidIdentifier(a.Name) {
				t.Errorf("argument %s.%s is named twice or not a name", path, a.Name)
			}
			names[a.Name] = true
		}
		for _, b := range d.Blocks {
			if names[b.Type] {
				t.Errorf("block %s.%s is named twice", path, b.Type)
			}
			names[b.Type] = true
			visit(path+"."+b.Type, b)
		}
	}
	visit("", fileDef)
}
