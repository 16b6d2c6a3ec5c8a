package yamlbody

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// kind is the shape of a node.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	sequence
	mapping
)

var kindNames = [...]string{null: "null", boolean: "a boolean", number: "a number", text: "a string", sequence: "a sequence", mapping: "a mapping"}

func (k kind) String() string { return kindNames[k] }

// style is how a scalar is written, which decides how its text maps to bytes.
type style uint8

const (
	plain style = iota
	single
	double
	literal
	folded
	jsonString
)

// node is a value of the file. Aliases share the node of their anchor.
type node struct {
	src        *source
	kind       kind
	style      style
	start, end int    // bytes of the file; quotes included
	value      string // decoded text of a scalar
	entries    []entry
	items      []*node
	size       int // nodes below and with this one, aliases expanded

	template template
	constant *cty.Value // set once the node is known not to depend on a context
}

// entry is a member of a mapping.
type entry struct{ key, value *node }

// template is the parsed text of a string. It is filled once, on first use.
type template struct {
	parsed bool
	expr   hclsyntax.Expression // nil for a literal string
	diags  hcl.Diagnostics
}

func (n *node) rng() hcl.Range { return n.src.rng(n.start, n.end) }

// startRange is the first byte of a collection, the whole of a scalar.
func (n *node) startRange() hcl.Range {
	if n.kind == mapping || n.kind == sequence {
		return n.src.rng(n.start, min(n.start+1, n.end))
	}
	return n.rng()
}

func (n *node) error(summary, detail string) *hcl.Diagnostic {
	r := n.rng()
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
	if n.kind == mapping || n.kind == sequence {
		first := n.src.rng(n.start, min(n.src.lineEnd(n.start), max(n.end, n.start)))
		d.Subject = &first
	}
	return d
}

// ignored tells whether a key of a body is a holder for comments or anchors.
func ignored(key string) bool {
	return key == "//" || len(key) >= 2 && key[:2] == "x-"
}
