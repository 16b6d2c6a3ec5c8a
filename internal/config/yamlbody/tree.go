package yamlbody

import "github.com/hashicorp/hcl/v2"

// Value is a value of a file as it is written, for tools that rewrite files.
// Values are comparable: an alias is the value of its anchor.
type Value struct{ n *node }

// Member is a key of a mapping with its value. The key is a string.
type Member struct{ Key, Value Value }

// Kind is the shape of a value.
type Kind = kind

// The shapes of values.
const (
	Null     = null
	Boolean  = boolean
	Number   = number
	Text     = text
	Sequence = sequence
	Mapping  = mapping
)

// Documents are the values of a file that Parse or ParseJSON has read.
func Documents(f *hcl.File) []Value {
	b, ok := f.Body.(*body)
	if !ok {
		return nil
	}
	var list []Value
	for _, n := range b.docs {
		list = append(list, Value{n})
	}
	return list
}

// Kind is the value's shape.
func (v Value) Kind() Kind { return v.n.kind }

// Text is the decoded text of a scalar: of a string, its template.
func (v Value) Text() string { return v.n.value }

// Block tells whether the scalar is a YAML block scalar, literal or folded. Its
// span then begins at the header.
func (v Value) Block() bool { return v.n.style == literal || v.n.style == folded }

// Span is where the value stands in the file, in bytes; quotes and brackets are
// part of it, anchors and tags are not.
func (v Value) Span() (start, end int) { return v.n.start, v.n.end }

// Range is the span with lines and columns.
func (v Value) Range() hcl.Range { return v.n.rng() }

// Flow tells whether a collection is written with brackets.
func (v Value) Flow() bool {
	return v.n.start < len(v.n.src.b) && (v.n.src.b[v.n.start] == '{' || v.n.src.b[v.n.start] == '[')
}

// Members are the members of a mapping in order.
func (v Value) Members() []Member {
	var list []Member
	for _, e := range v.n.entries {
		list = append(list, Member{Value{e.key}, Value{e.value}})
	}
	return list
}

// Items are the items of a sequence in order.
func (v Value) Items() []Value {
	var list []Value
	for _, n := range v.n.items {
		list = append(list, Value{n})
	}
	return list
}

// Ignored tells whether a key of a body is a holder for comments or anchors.
func Ignored(key string) bool { return ignored(key) }
