package convert

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// itemKind is what an item is in its group.
type itemKind uint8

const (
	argument itemKind = iota // name = value in a body
	block                    // name "label" { body }
	holder                   // x-name in a YAML or JSON body, which the language ignores
	member                   // key = value in an object; the name is the key's template
	element                  // value in a tuple
)

// item is what a comment can stand at.
type item struct {
	kind   itemKind
	name   string
	labels []string
	value  *value // of anything but a block
	body   *group // of a block
	static bool   // the value is source text in every syntax

	head  []comment // on lines above
	line  *comment  // at the end of the line
	blank bool      // an empty line comes first

	start, end int // bytes of the source
	lead       int // where the keys begin that lead to the item, at most start
	at         hcl.Range
}

// group is a list of items with the comments after the last: a body, an object
// or a tuple.
type group struct {
	items      []*item
	foot       []comment
	top        []comment // of a file, apart from what follows
	oneLine    bool      // in the source
	start, end int
	column     int // of the items of a YAML block collection, from 0; -1 where brackets tell the extent
}

// comment is a line without its marker. A gap is an empty line between two.
type comment struct {
	text string
	gap  bool
	at   hcl.Range
}

// valueKind is the shape of a value.
type valueKind uint8

const (
	scalar valueKind = iota // null, a boolean or a number, as all syntaxes write it
	text                    // a template
	source                  // any other expression, as source text
	object
	tuple
)

// value is a value with its place in the source.
type value struct {
	kind       valueKind
	text       string
	lines      bool // a template written line by line: a heredoc, a block scalar
	raw        bool // below a holder: no template
	group      *group
	start, end int
}

// collection tells whether the value has items.
func (v *value) collection() bool { return v.kind == object || v.kind == tuple }

// maxLine is how long a collection on one line may be, by its own text.
const maxLine = 80

// fits tells whether the value can be written on one line. The answer depends
// on the tree alone, so that it is the same in every syntax.
func (v *value) fits() bool {
	n, ok := v.width()
	return ok && n <= maxLine
}

// width counts the characters of a value on one line; ok is false when it needs
// several.
func (v *value) width() (n int, ok bool) {
	if !v.collection() {
		return len(v.text) + 2, !v.lines && (v.kind != source || !strings.Contains(v.text, "\n"))
	}
	if len(v.group.items) > 0 && !v.group.oneLine || len(v.group.foot) > 0 {
		return 0, false
	}
	for _, it := range v.group.items {
		w, ok := it.value.width()
		if !ok || it.commented() {
			return 0, false
		}
		n += len(it.name) + w + 2
	}
	return n + 2, true
}

func (it *item) commented() bool { return len(it.head) > 0 || it.line != nil }

// fits tells whether the body can stand on its header's line: it is empty, or
// has one short argument, which is what HCL allows.
func (g *group) fits() bool {
	if len(g.foot) > 0 || len(g.items) > 1 {
		return false
	}
	if len(g.items) == 0 {
		return true
	}
	it := g.items[0]
	return g.oneLine && it.kind == argument && !it.commented() && it.value.fits()
}

// walk visits all items below, parents first, with their depth.
func (g *group) walk(depth int, visit func(g *group, it *item, depth int)) {
	for _, it := range g.items {
		visit(g, it, depth)
		if sub := it.group(); sub != nil {
			sub.walk(depth+1, visit)
		}
	}
}

// group is what the item holds items in, if anything.
func (it *item) group() *group {
	switch {
	case it.body != nil:
		return it.body
	case it.value != nil && it.value.collection():
		return it.value.group
	default:
		return nil
	}
}
