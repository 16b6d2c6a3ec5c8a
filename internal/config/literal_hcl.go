package config

import "bytes"

// hclScanner follows the text of a block that holds nothing but literal values:
// numbers, words, strings without escapes and interpolations, and collections of
// them. It refuses everything else, also much that is right.
type hclScanner struct {
	b     []byte
	o     int
	spans []span
}

// span is a literal below tags or desired, without its quotes, in bytes of the text.
type span struct {
	start, end int
	number     bool // a string otherwise
}

func (s *hclScanner) peek(n int) byte {
	if i := s.o + n; i < len(s.b) {
		return s.b[i]
	}
	return '\n'
}

// blanks skips what may stand between two words of a line.
func (s *hclScanner) blanks() {
	for s.peek(0) == ' ' || s.peek(0) == '\t' {
		s.o++
	}
}

// space skips line breaks and comments, too.
func (s *hclScanner) space() {
	for s.o < len(s.b) {
		switch c := s.b[s.o]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' && s.peek(1) == '\n':
			s.o++
		case s.comment():
		default:
			return
		}
	}
}

// comment skips one that ends with its line, but not the line break.
func (s *hclScanner) comment() bool {
	if s.peek(0) != '#' && (s.peek(0) != '/' || s.peek(1) != '/') {
		return false
	}
	if n := bytes.IndexByte(s.b[s.o:], '\n'); n >= 0 {
		s.o += n
	} else {
		s.o = len(s.b)
	}
	return true
}

// ends tells whether a line ends here, or the brace that the line is in.
func (s *hclScanner) ends() bool {
	s.blanks()
	c := s.peek(0)
	return c == '\n' || c == '}' || c == '\r' && s.peek(1) == '\n' || s.comment()
}

// body follows arguments and blocks up to the closing brace.
func (s *hclScanner) body(inside bool) bool {
	for s.space(); s.o < len(s.b); s.space() {
		if s.b[s.o] == '}' {
			s.o++
			return true
		}
		name, ok := s.name()
		if !ok || !s.item(inside, string(name)) || !s.ends() {
			return false
		}
	}
	return false
}

// item follows what stands behind a name in a body.
func (s *hclScanner) item(inside bool, name string) bool {
	s.blanks()
	if s.peek(0) == '=' {
		s.o++
		s.blanks()
		return s.value(inside || name == "tags" || name == "desired")
	}
	if s.peek(0) == '"' {
		if _, ok := s.text(); !ok {
			return false
		}
		s.blanks()
	}
	if s.peek(0) != '{' {
		return false
	}
	s.o++
	return s.body(inside)
}

func (s *hclScanner) name() (name []byte, ok bool) {
	from := s.o
	for c := s.peek(0); letter(c) || s.o > from && (digit(c) || c == '-'); c = s.peek(0) {
		s.o++
	}
	return s.b[from:s.o], s.o > from
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func (s *hclScanner) value(inside bool) bool {
	var found span
	var ok bool
	switch c := s.peek(0); {
	case c == '{':
		return s.collection(inside, '}')
	case c == '[':
		return s.collection(inside, ']')
	case c == '"':
		found, ok = s.text()
	case digit(c) || c == '-':
		found, ok = s.number()
	default:
		word, _ := s.name()
		return string(word) == "true" || string(word) == "false" || string(word) == "null"
	}
	if inside {
		s.spans = append(s.spans, found)
	}
	return ok
}

// collection follows an object or a tuple.
func (s *hclScanner) collection(inside bool, end byte) bool {
	s.o++
	for s.space(); s.peek(0) != end; s.space() {
		if end == '}' && !s.key() || !s.value(inside) {
			return false
		}
		s.blanks()
		switch c := s.peek(0); {
		case c == ',':
			s.o++
		case c == end:
		case end == ']' || !s.ends():
			return false
		}
		if s.o >= len(s.b) {
			return false
		}
	}
	s.o++
	return true
}

// key follows a member's name, and the sign that leads to its value.
func (s *hclScanner) key() (ok bool) {
	if s.peek(0) == '"' {
		_, ok = s.text()
	} else {
		_, ok = s.name()
	}
	s.blanks()
	if c := s.peek(0); !ok || c != '=' && c != ':' {
		return false
	}
	s.o++
	s.blanks()
	return true
}

func (s *hclScanner) text() (span, bool) {
	s.o++
	found := span{start: s.o}
	for ; s.o < len(s.b); s.o++ {
		switch c := s.b[s.o]; {
		case c == '"':
			found.end = s.o
			s.o++
			return found, true
		case c == '\\', c == '\n', (c == '$' || c == '%') && s.peek(1) == '{':
			return found, false
		}
	}
	return found, false
}

func (s *hclScanner) number() (span, bool) {
	found := span{start: s.o, number: true}
	s.o++
	for digit(s.peek(0)) || s.peek(0) == '.' {
		s.o++
	}
	found.end = s.o
	return found, !letter(s.peek(0))
}
