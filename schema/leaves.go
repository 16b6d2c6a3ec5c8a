package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Leaf is a value that is owned and written as one: a scalar, an array, an
// empty object or the content of a configuration. A null in a desired document is a leaf too: the tombstone.
type Leaf struct {
	Path  Path
	Value Doc
}

// Tombstone tells whether the leaf declares that its path must be absent.
func (l Leaf) Tombstone() bool { return len(l.Value) > 0 && l.Value[0] == 'n' }

// EmptyObject tells whether the leaf is {}.
func (l Leaf) EmptyObject() bool { return string(l.Value) == "{}" }

// Leaves lists the leaves of a document in order, ownership marks left out.
func Leaves(d Doc) []Leaf {
	var list []Leaf
	WalkLeaves(d, func(p Path, v Doc) {
		list = append(list, Leaf{Path: append(Path(nil), p...), Value: v})
	})
	return list
}

// WalkLeaves visits the leaves of a document in order, ownership marks left
// out. The path is valid during the call only; the value shares the document's
// memory.
func WalkLeaves(d Doc, visit func(p Path, v Doc)) {
	if len(d) == 0 {
		return
	}
	w := leafWalker{c: cursor{b: d}, visit: visit}
	w.object()
}

type leafWalker struct {
	c     cursor
	path  Path
	visit func(Path, Doc)
}

func (w *leafWalker) object() {
	w.c.open()
	for k, ok := w.c.key(); ok; k, ok = w.c.key() {
		w.path = append(w.path, unquoteKey(k))
		w.member()
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *leafWalker) member() {
	reserved := len(w.path) == 2 && w.path[0] == "tags" && w.path[1] == ReservedTag
	switch {
	case reserved:
		w.c.value()
	case len(w.path) == 1 && isContent(w.path[0]):
		w.visit(w.path, Doc(w.c.value()))
	case w.c.peek() == '{' && w.c.i+1 < len(w.c.b) && w.c.b[w.c.i+1] != '}':
		w.object()
	case w.c.peek() == '{' && len(w.path) == 1:
		w.c.value() // an empty section declares nothing
	default:
		w.visit(w.path, Doc(w.c.value()))
	}
}

// unquoteKey undoes the escapes of a canonical key.
func unquoteKey(k []byte) string {
	for _, c := range k {
		if c == '\\' {
			var s string
			if err := json.Unmarshal(fmt.Appendf(nil, "\"%s\"", k), &s); err == nil {
				return s
			}
			break
		}
	}
	return string(k)
}

// Lookup finds the value at a path. The result shares the document's memory; it
// is nil when there is none.
func Lookup(d Doc, p Path) Doc {
	if len(d) == 0 {
		return nil
	}
	c := cursor{b: d}
	for i, name := range p {
		if c.peek() != '{' {
			return nil
		}
		c.open()
		if !c.find(name) {
			return nil
		}
		if i == len(p)-1 {
			return Doc(c.value())
		}
	}
	return d
}

// find steps to the value of a key in the object that was opened. Keys are in
// order: one behind the name, if nothing is escaped in either, ends the search.
func (c *cursor) find(name string) bool {
	ordered := neverEscaped(name)
	for k, ok := c.key(); ok; k, ok = c.key() {
		if isKey(k, name) {
			return true
		}
		if ordered && string(k) > name && bytes.IndexByte(k, '\\') < 0 {
			return false
		}
		c.value()
	}
	return false
}

// isKey tells whether a key in a document is a name. The text of one key, with its
// escapes, may be that of another name without.
func isKey(k []byte, name string) bool {
	if bytes.IndexByte(k, '\\') < 0 {
		return string(k) == name
	}
	return unquoteKey(k) == name
}

// neverEscaped tells of a name that it has one spelling in JSON.
func neverEscaped(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// SetPath puts a value at a path of a decoded document, replacing what is in
// the way. A nil value stays a null.
func SetPath(m map[string]any, p Path, v any) {
	for _, name := range p[:len(p)-1] {
		sub, ok := m[name].(map[string]any)
		if !ok {
			sub = map[string]any{}
			m[name] = sub
		}
		m = sub
	}
	m[p[len(p)-1]] = v
}
