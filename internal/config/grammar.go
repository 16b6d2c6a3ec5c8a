package config

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
)

// Grammar is what a body may hold, for tools that rewrite files without
// evaluating them. It is a tree without cycles, to be read only.
type Grammar struct {
	Schema *hcl.BodySchema
	Free   bool                // any argument, no block
	Static map[string]bool     // arguments whose value is source text in every syntax, such as a variable's type
	Blocks map[string]*Grammar // by block type
}

// FileGrammar is the grammar of a file, told by its name: files of variables
// hold arguments only, all others are configuration.
func FileGrammar(name string) *Grammar {
	if hasSuffix(name, ".vars.hcl", ".vars.yaml", ".vars.yml", ".vars.json") {
		return &Grammar{Schema: &hcl.BodySchema{}, Free: true}
	}
	return fileDef.grammar()
}

func (d *blockDef) grammar() *Grammar {
	g := &Grammar{Schema: d.schema(), Free: d.Free, Static: map[string]bool{}, Blocks: map[string]*Grammar{}}
	for _, a := range d.Args {
		g.Static[a.Name] = a.Type == "type" || a.Type == addressType
	}
	for _, b := range d.Blocks {
		g.Blocks[b.Type] = b.grammar()
	}
	return g
}

// Parse reads the syntax that the file's name tells, as the loader does.
func Parse(name string, src []byte) (*hcl.File, hcl.Diagnostics) { return parse(name, src) }

// Labels is how many labels a block of the type has.
func (g *Grammar) Labels(blockType string) int {
	for _, h := range g.Schema.Blocks {
		if h.Type == blockType {
			return len(h.LabelNames)
		}
	}
	return 0
}

// SyntaxOf tells the syntax of a file by its name: hcl, yaml or json.
func SyntaxOf(name string) string {
	switch filepath.Ext(name) {
	case ".yaml", ".yml":
		return "yaml"
	case ".json":
		return "json"
	default:
		return "hcl"
	}
}
