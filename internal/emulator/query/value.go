package query

import (
	"cmp"
	"iter"
	"strconv"
	"strings"
)

// Kind is the type of a value.
type Kind uint8

// The kinds of values. Undefined is what a path that leads nowhere gives.
const (
	Undefined Kind = iota
	Null
	Boolean
	Number
	String
	Object
	Array
)

// Document is one row of a source, a twin or a job, or an object inside one.
type Document interface {
	// Member returns the value of a member by its exact name; for a row, that is the name as in FACTS §4.1 or §5. It
	// returns the zero Value when there is none.
	Member(name string) Value
	// AppendJSON writes the document.
	AppendJSON(b []byte) []byte
}

// List is an array inside a document. It has no members.
type List interface {
	Document
	// Elements yields what is in the array.
	Elements() iter.Seq[Value]
}

// Value is a JSON value or undefined, which is the zero Value.
type Value struct {
	kind   Kind
	truth  bool
	number float64
	text   string   // contents of a string; literal of a number, empty for one that was computed
	tree   Document // an object, or a List
}

// TextValue is a string.
func TextValue(s string) Value { return Value{kind: String, text: s} }

// BoolValue is true or false.
func BoolValue(b bool) Value { return Value{kind: Boolean, truth: b} }

// IntValue is a whole number.
func IntValue(n int64) Value { return Value{kind: Number, number: float64(n)} }

// NullValue is null.
func NullValue() Value { return Value{kind: Null} }

// NumberValue is a number in the spelling of its literal, which results keep (FACTS §4.6). What is not a number of
// finite size is undefined.
func NumberValue(literal string) Value {
	n, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return Value{}
	}
	return Value{kind: Number, number: n, text: literal}
}

// ObjectValue is an object.
func ObjectValue(d Document) Value { return Value{kind: Object, tree: d} }

// ArrayValue is an array.
func ArrayValue(l List) Value { return Value{kind: Array, tree: l} }

// Kind returns the value's type.
func (v Value) Kind() Kind { return v.kind }

// Text returns the contents of a string; it means nothing for other kinds.
func (v Value) Text() string { return v.text }

// Truth returns whether the value is the boolean true.
func (v Value) Truth() bool { return v.kind == Boolean && v.truth }

// Tree returns the object or the array, which is a List; nil for other kinds.
func (v Value) Tree() Document { return v.tree }

// Literal returns a number in JSON.
func (v Value) Literal() string {
	if v.text != "" {
		return v.text
	}
	return strconv.FormatFloat(v.number, 'f', -1, 64)
}

// member follows one step of a path.
func (v Value) member(name string) Value {
	if v.kind != Object {
		return Value{}
	}
	return v.tree.Member(name)
}

// compare orders two primitives of one type; others do not compare (FACTS §5, unverified for mixed types).
func compare(a, b Value) (order int, comparable bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case Null:
		return 0, true
	case Boolean:
		return compareBool(a.truth, b.truth), true
	case Number:
		return cmp.Compare(a.number, b.number), true
	case String:
		return strings.Compare(a.text, b.text), true
	case Undefined, Object, Array:
	}
	return 0, false
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// ordered reports the kinds for which < and > mean something.
func (k Kind) ordered() bool { return k == Number || k == String }
