package condition

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
)

type kind uint8

const (
	absent kind = iota
	null
	boolean
	number
	text
	composite // an object or list: comparable to nothing (FACTS §5)
	open      // not known here
)

// Value is what a twin has at a path. The zero Value is nothing.
type Value struct {
	kind   kind
	truth  bool
	number float64
	text   string
	raw    []byte // of a composite
}

// Text is a string.
func Text(s string) Value { return Value{kind: text, text: s} }

// Open is a value that is not known.
func Open() Value { return Value{kind: open} }

// JSON is the value that a JSON text holds; nothing for an empty one.
func JSON(b []byte) Value {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return Value{}
	}
	switch b[0] {
	case 'n':
		return Value{kind: null}
	case 't', 'f':
		return Value{kind: boolean, truth: b[0] == 't'}
	case '{', '[':
		return Value{kind: composite, raw: b}
	case '"':
		if plain := b[1 : len(b)-1]; !bytes.ContainsRune(plain, '\\') {
			return Text(string(plain))
		}
		var s string
		_ = json.Unmarshal(b, &s) // the text of a document is valid
		return Text(s)
	default:
		var n float64
		_ = json.Unmarshal(b, &n)
		return Value{kind: number, number: n}
	}
}

// compared is the order of two values, when they are of one primitive kind. That
// others do not compare is unverified (FACTS §5); it selects fewest.
func compared(a, b Value) (order int, comparable bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case null:
		return 0, true
	case boolean:
		if a.truth == b.truth {
			return 0, true
		}
		return 1, true // only ever asked whether it is zero
	case number:
		return cmp.Compare(a.number, b.number), true
	case text:
		return strings.Compare(a.text, b.text), true
	default:
		return 0, false
	}
}

// holds tells whether a list has a member.
func (v Value) holds(member Value) outcome {
	if v.kind == open || member.kind == open {
		return either
	}
	var items []json.RawMessage
	if v.kind != composite || json.Unmarshal(v.raw, &items) != nil {
		return neither
	}
	for _, item := range items {
		if order, comparable := compared(JSON(item), member); comparable && order == 0 {
			return yes
		}
	}
	return no
}
