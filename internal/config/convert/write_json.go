package convert

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// jsonWriter writes a tree as JSON, two spaces to a level.
type jsonWriter struct {
	bytes.Buffer
	diags hcl.Diagnostics
}

func writeJSON(root *group) ([]byte, hcl.Diagnostics) {
	w := &jsonWriter{}
	w.body(root, 0)
	w.WriteByte('\n')
	return w.Bytes(), append(w.diags, ignoredNames(root)...)
}

// mapping writes the members of a JSON object or array.
type mapping struct {
	*jsonWriter
	depth int
	shut  byte
	count int
}

func (w *jsonWriter) open(bracket, shut byte, depth int) *mapping {
	w.WriteByte(bracket)
	return &mapping{jsonWriter: w, depth: depth + 1, shut: shut}
}

func (m *mapping) next() {
	if m.count > 0 {
		m.WriteByte(',')
	}
	m.count++
	m.WriteString("\n" + strings.Repeat("  ", m.depth))
}

func (m *mapping) key(name string) {
	m.next()
	m.string(name)
	m.WriteString(": ")
}

func (m *mapping) close() {
	if m.count > 0 {
		m.WriteString("\n" + strings.Repeat("  ", m.depth-1))
	}
	m.WriteByte(m.shut)
}

func (w *jsonWriter) string(s string) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err == nil {
		w.Truncate(w.Len() - 1) // the encoder's line break
	}
}

func (w *jsonWriter) body(g *group, depth int) {
	m := w.open('{', '}', depth)
	m.notes(g)
	for _, s := range g.sections() {
		m.key(s.name)
		if s.item != nil {
			m.value(s.item, s.item.value, m.depth)
			continue
		}
		m.blocks(s.blocks, 0)
	}
	m.close()
}

// blocks writes what stands below a block's type, or below one of its labels.
func (m *mapping) blocks(blocks []*item, depth int) {
	switch {
	case len(blocks[0].labels) > depth:
		sub := m.open('{', '}', m.depth)
		sub.labelNotes(blocks, depth)
		for _, b := range branches(blocks, depth) {
			sub.key(b.label)
			sub.blocks(b.blocks, depth+1)
		}
		sub.close()
	case len(blocks) == 1:
		m.body(blocks[0].body, m.depth)
	default:
		sub := m.open('[', ']', m.depth)
		for _, it := range blocks {
			sub.next()
			sub.body(it.body, sub.depth)
		}
		sub.close()
	}
}

// value writes the value of an item. Comments inside have no place.
func (w *jsonWriter) value(it *item, v *value, depth int) {
	switch v.kind {
	case text:
		w.string(v.text)
	case source:
		if it != nil && it.static {
			w.string(v.text)
		} else {
			w.string(wrap(v.text))
		}
	case object, tuple:
		w.collection(v, depth)
	default:
		w.WriteString(v.text)
	}
}

func (w *jsonWriter) collection(v *value, depth int) {
	bracket, shut := byte('['), byte(']')
	if v.kind == object {
		bracket, shut = '{', '}'
	}
	m := w.open(bracket, shut, depth)
	for _, it := range v.group.items {
		w.dropComments(it.comments())
		if v.kind == object {
			m.key(it.name)
		} else {
			m.next()
		}
		m.value(nil, it.value, m.depth)
	}
	w.dropComments(v.group.foot)
	m.close()
}

func (w *jsonWriter) dropComments(list []comment) {
	for _, c := range list {
		if !c.gap {
			w.diags = append(w.diags, droppedComment(c))
		}
	}
}

// note is the comments of one key.
type note struct {
	key  string
	text any // a string at the end of the line, a list above
}

// notes writes the comments of a body under the key "//".
func (m *mapping) notes(g *group) {
	var list []note
	if len(g.top) > 0 {
		list = append(list, note{noteKey, noteList(g.top)})
	}
	for _, s := range g.sections() {
		switch {
		case s.item != nil:
			list = append(list, itemNotes(s.name, s.item)...)
		case len(s.blocks[0].labels) == 0 && len(s.blocks) == 1:
			list = append(list, itemNotes(s.name, s.blocks[0])...)
		case len(s.blocks[0].labels) == 0:
			for _, it := range s.blocks {
				it.body.top = append(it.comments(), it.body.top...)
			}
		}
	}
	if len(g.foot) > 0 {
		list = append(list, note{endKey, noteList(g.foot)})
	}
	m.writeNotes(list)
}

// labelNotes writes the comments of blocks beside their labels.
func (m *mapping) labelNotes(blocks []*item, depth int) {
	var list []note
	for _, b := range branches(blocks, depth) {
		switch {
		case len(b.blocks[0].labels) > depth+1:
		case len(b.blocks) == 1:
			list = append(list, itemNotes(b.label, b.blocks[0])...)
		default:
			for _, it := range b.blocks {
				it.body.top = append(it.comments(), it.body.top...)
			}
		}
	}
	m.writeNotes(list)
}

func itemNotes(key string, it *item) []note {
	switch {
	case len(it.head) == 0 && it.line != nil:
		return []note{{key, noteText(*it.line)}}
	case it.commented():
		return []note{{key, noteList(it.comments())}}
	default:
		return nil
	}
}

// noteList is comments above a key; nil is an empty line.
func noteList(comments []comment) []any {
	var list []any
	for _, c := range comments {
		if c.gap {
			list = append(list, nil)
		} else {
			list = append(list, noteText(c))
		}
	}
	return list
}

// writeNotes writes notes: those at the top alone as a list.
func (m *mapping) writeNotes(list []note) {
	if len(list) == 0 {
		return
	}
	m.key(noteKey)
	if len(list) == 1 && list[0].key == noteKey && m.depth > 1 {
		m.note(list[0].text, m.depth)
		return
	}
	sub := m.open('{', '}', m.depth)
	for _, n := range list {
		sub.key(n.key)
		sub.note(n.text, sub.depth)
	}
	sub.close()
}

func (w *jsonWriter) note(text any, depth int) {
	list, ok := text.([]any)
	if !ok {
		w.string(text.(string))
		return
	}
	m := w.open('[', ']', depth)
	for _, l := range list {
		m.next()
		if l == nil {
			m.WriteString("null")
		} else {
			m.string(l.(string))
		}
	}
	m.close()
}
