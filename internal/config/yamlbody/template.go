package yamlbody

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Template is the syntax tree of a string with interpolations; nil for anything
// else. Its positions are those of the file.
func Template(e hcl.Expression) hclsyntax.Expression {
	own, ok := e.(*expression)
	if !ok || own.n.kind != text {
		return nil
	}
	return own.n.parse().expr
}
