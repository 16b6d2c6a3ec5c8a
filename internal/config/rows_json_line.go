package config

import "slices"

// jsonLine follows JSON of which all is usual: printable ASCII without escapes, and
// numbers as documents spell them. It refuses everything else, also much that is
// right.
type jsonLine struct {
	b      string
	o      int
	depth  int
	names  []string // of the objects around, of each those before
	leaves []span   // strings without their quotes, and numbers, of collections
}

// maxNested bounds collections in collections.
const maxNested = 20

func (s *jsonLine) peek() byte {
	if s.o < len(s.b) {
		return s.b[s.o]
	}
	return 0
}

func (s *jsonLine) space() {
	for c := s.peek(); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = s.peek() {
		s.o++
	}
}

// text follows a string and returns it without its quotes.
func (s *jsonLine) text() (span, bool) {
	if s.peek() != '"' {
		return span{}, false
	}
	s.o++
	found := span{start: s.o}
	for ; s.o < len(s.b); s.o++ {
		switch c := s.b[s.o]; {
		case c == '"':
			found.end = s.o
			s.o++
			return found, true
		case c < ' ', c > '~', c == '\\':
			return found, false
		}
	}
	return found, false
}

// members follows an object. Member is called at each value, and follows it.
func (s *jsonLine) members(member func(name string) bool) bool {
	return s.items('}', func() bool {
		name, ok := s.text()
		s.space()
		if !ok || s.peek() != ':' {
			return false
		}
		s.o++
		s.space()
		return member(s.b[name.start:name.end])
	})
}

// items follows what is between brackets and separated by commas.
func (s *jsonLine) items(end byte, item func() bool) bool {
	s.o++
	s.space()
	if s.peek() == end {
		s.o++
		return true
	}
	for {
		s.space()
		if !item() {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.o++
		case end:
			s.o++
			return true
		default:
			return false
		}
	}
}

// value follows a value and returns it as a cell, which is unusual unless all of it is
// usual. A collection is a cell as a whole; what is in it is added to leaves.
func (s *jsonLine) value() cell {
	from := s.o
	switch c := s.peek(); {
	case c == '"':
		if found, ok := s.text(); ok {
			text := s.b[found.start:found.end]
			return cell{kind: textKind(text), text: text}
		}
	case c == '{' || c == '[':
		if s.nested(c) {
			return cell{kind: nestedCell, text: s.b[from:s.o]}
		}
	case c == '-' || c >= '0' && c <= '9':
		for c := s.peek(); c == '-' || c == '.' || c >= '0' && c <= '9'; c = s.peek() {
			s.o++
		}
		text := s.b[from:s.o]
		return cell{kind: numberKind(text), text: text}
	default:
		return s.word()
	}
	return cell{}
}

func (s *jsonLine) word() cell {
	for _, w := range jsonWords {
		if len(s.b)-s.o >= len(w.text) && s.b[s.o:s.o+len(w.text)] == w.text {
			s.o += len(w.text)
			return w.cell
		}
	}
	return cell{}
}

func (s *jsonLine) nested(open byte) bool {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxNested {
		return false
	}
	if open == '[' {
		return s.items(']', s.leaf)
	}
	first := len(s.names)
	defer func() { s.names = s.names[:first] }()
	return s.members(func(name string) bool {
		if len(s.names)-first == maxPlainMembers || slices.Contains(s.names[first:], name) {
			return false
		}
		s.names = append(s.names, name)
		return s.leaf()
	})
}

func (s *jsonLine) leaf() bool {
	from := s.o
	c := s.value()
	switch c.kind {
	case unusualCell:
		return false
	case textCell, emptyCell:
		s.leaves = append(s.leaves, span{start: from + 1, end: s.o - 1})
	case wholeCell, decimalCell:
		s.leaves = append(s.leaves, span{start: from, end: s.o, number: true})
	case trueCell, falseCell, nullCell, nestedCell: // are part of the text around, or were looked into
	}
	return true
}
