package config

import (
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Marks in the kinds of a row's cells, and in shapes of text: they stand in no text.
const (
	shapeCell = 0 // the kind of a cell follows
	shapeEnd  = 1
)

// expand puts what collections hold behind the other cells of a row, and tells the
// kinds of all of them: of a collection the kind is its text but for these.
func (t *rowTemplate) expand() {
	t.cells, t.kinds = t.cells[:t.own()], t.kinds[:0]
	for _, c := range t.cells {
		t.kinds = append(t.kinds, byte(c.kind))
		if c.kind != nestedCell {
			continue
		}
		at := 0
		for _, s := range leavesOf(c.text) {
			leaf := s.cell(c.text)
			t.kinds = append(append(t.kinds, c.text[at:s.start]...), shapeCell, byte(leaf.kind))
			t.cells = append(t.cells, leaf)
			at = s.end
		}
		t.kinds = append(append(t.kinds, c.text[at:]...), shapeEnd)
	}
}

// own is how many cells a row has itself: its key, the columns, what is computed.
func (t *rowTemplate) own() int { return 1 + len(t.columns) + len(t.computed) }

func leavesOf(text string) []span {
	s := jsonLine{b: text}
	s.value()
	return s.leaves
}

func (s span) cell(text string) cell {
	c := cell{text: text[s.start:s.end]}
	if c.kind = textKind(c.text); s.number {
		c.kind = numberKind(c.text)
	}
	return c
}

// refill writes collections of a made-up row with what is made up for them.
func (t *rowTemplate) refill(row []cell) {
	next := t.own()
	for i := range min(next, len(row)) {
		c := &row[i]
		if c.kind != nestedCell {
			continue
		}
		var text []byte
		at := 0
		for _, s := range leavesOf(c.text) {
			text = append(append(text, c.text[at:s.start]...), row[next].text...)
			at, next = s.end, next+1
		}
		c.text = string(append(text, c.text[at:]...))
	}
}

// nested is the value of JSON text.
func nested(text string) cty.Value {
	t, err := ctyjson.ImpliedType([]byte(text))
	if err != nil {
		return cty.DynamicVal
	}
	v, err := ctyjson.Unmarshal([]byte(text), t)
	if err != nil {
		return cty.DynamicVal
	}
	return v
}
