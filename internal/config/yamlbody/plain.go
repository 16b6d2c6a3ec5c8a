package yamlbody

import "bytes"

// Span is a scalar of an entry that stands below tags or desired, without its
// quotes, in bytes of the text.
type Span struct {
	Start, End int
	Number     bool // a string otherwise
}

// plainScanner follows YAML as most of it is written by programs: a key on every
// line, its value on the same line or in lines that are indented deeper, and
// neither anchors, tags, block scalars nor scalars over several lines. What it
// follows is what the parser would find; it refuses everything else.
type plainScanner struct {
	b     []byte
	o     int
	line  int // of o, counted from 0
	spans []Span
	below int  // indentation of the tags or desired whose members are on hand, -1 for none
	depth int  // of brackets
	odd   bool // a string with an escape or an expression was met
}

// Plain lists the scalars below tags and desired in the text of an entry, which are
// added to spans. ok is false when there is more to the text than that.
func Plain(text []byte, spans []Span) (_ []Span, ok bool) {
	s := plainScanner{b: text, spans: spans}
	indent := s.content()
	_, ok = s.entry(indent)
	return s.spans, ok && !s.odd && s.o == len(text)
}

// content moves to the next line that is more than white space and comment, and
// returns its indentation; -1 at the end.
func (s *plainScanner) content() int {
	for s.o < len(s.b) {
		n := 0
		for s.peek(n) == ' ' {
			n++
		}
		switch c := s.peek(n); {
		case c == '\n' || c == '#':
			s.nextLine()
		case s.o+n == len(s.b):
			s.o = len(s.b)
		default:
			return n
		}
	}
	return -1
}

// peek is the byte so far ahead, a line break behind the end.
func (s *plainScanner) peek(n int) byte {
	if i := s.o + n; i < len(s.b) {
		return s.b[i]
	}
	return '\n'
}

func (s *plainScanner) nextLine() {
	if end := bytes.IndexByte(s.b[s.o:], '\n'); end >= 0 {
		s.o += end + 1
		s.line++
		return
	}
	s.o = len(s.b)
}

// entry follows a key of the given indentation, where it stands at the beginning of
// a line, with all that is indented deeper. label is the key as it is written.
func (s *plainScanner) entry(indent int) (label []byte, ok bool) {
	s.below = -1
	s.o += indent
	from := s.o
	if !s.key() {
		return nil, false
	}
	label = s.b[from:s.o]
	s.o++
	full := !s.ends()
	if full && (s.peek(0) != '{' || !s.value(false, false) || !s.ends()) {
		return nil, false
	}
	last := indent
	for {
		n := s.content()
		if n <= indent {
			return label, true
		}
		if full && n > last || last == indent && s.peek(n) == '-' {
			return nil, false
		}
		if full, ok = s.member(n); !ok {
			return nil, false
		}
		last = n
	}
}

// member follows a line inside an entry, and tells whether its value is complete.
func (s *plainScanner) member(indent int) (full, ok bool) {
	if indent <= s.below {
		s.below = -1
	}
	s.o += indent
	inside := s.below >= 0
	if s.peek(0) == '-' && s.peek(1) == ' ' {
		s.o++
		s.blanks()
		return true, s.value(inside, false) && s.ends()
	}
	from := s.o
	if !s.key() {
		return false, false
	}
	section := isSection(s.b[from:s.o])
	s.o++
	if s.ends() {
		if section && !inside {
			s.below = indent
		}
		return false, true
	}
	return true, s.value(inside || section, false) && s.ends()
}

func isSection(key []byte) bool { return string(key) == "tags" || string(key) == "desired" }

// key moves to the colon behind a key, which ends the line or is followed by a
// blank.
func (s *plainScanner) key() bool {
	switch c := s.peek(0); {
	case c == '"' || c == '\'':
		if _, ok := s.quoted(c); !ok {
			return false
		}
	case !isLetter(c) && c != '_':
		return false
	default:
		for c := s.peek(0); isLetter(c) || isDigit(c) || c == '_' || c == '.' || c == '-'; c = s.peek(0) {
			s.o++
		}
	}
	return s.peek(0) == ':' && (s.peek(1) == ' ' || s.peek(1) == '\n')
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// ends moves to the next line if nothing but a comment is left of this one.
func (s *plainScanner) ends() bool {
	n := s.blanks()
	if c := s.peek(0); c != '\n' && (c != '#' || n == 0) {
		return false
	}
	s.nextLine()
	return true
}

func (s *plainScanner) blanks() int {
	from := s.o
	for s.peek(0) == ' ' {
		s.o++
	}
	return s.o - from
}

// value follows a value that ends on its line.
func (s *plainScanner) value(inside, flow bool) bool {
	switch c := s.peek(0); c {
	case '{', '[':
		s.depth++
		defer func() { s.depth-- }()
		return s.depth < maxDepth && s.collection(inside, c)
	case '"', '\'':
		span, ok := s.quoted(c)
		if inside {
			s.spans = append(s.spans, span)
		}
		return ok
	default:
		return s.plain(inside, flow)
	}
}

// collection follows one in brackets.
func (s *plainScanner) collection(inside bool, open byte) bool {
	end := byte('}')
	if open == '[' {
		end = ']'
	}
	s.o++
	for s.blanks(); s.peek(0) != end; s.blanks() {
		below := inside
		if open == '{' {
			from := s.o
			if !s.key() || s.peek(1) != ' ' {
				return false
			}
			below = inside || isSection(s.b[from:s.o])
			s.o++
			s.blanks()
		}
		if !s.value(below, true) {
			return false
		}
		s.blanks()
		if s.peek(0) == end {
			break
		}
		if s.peek(0) != ',' || s.peek(1) != ' ' {
			return false
		}
		s.o++
	}
	s.o++
	return true
}

// quoted follows a string in quotes.
func (s *plainScanner) quoted(quote byte) (span Span, ok bool) {
	s.o++
	span.Start = s.o
	for ; s.peek(0) != '\n'; s.o++ {
		switch c := s.peek(0); {
		case c == quote && quote == '\'' && s.peek(1) == quote, c == '\\' && quote == '"':
			s.odd = true
			s.o++
		case c == quote:
			span.End = s.o
			s.o++
			return span, true
		case (c == '$' || c == '%') && s.peek(1) == '{':
			s.odd = true
		}
	}
	return span, false
}

// plain follows a scalar without quotes.
func (s *plainScanner) plain(inside, flow bool) bool {
	from, digits := s.o, true
	if c := s.peek(0); !isLetter(c) && !isDigit(c) && c != '_' && c != '/' && (c != '-' || !isDigit(s.peek(1))) && (c != '$' || flow) {
		return false
	}
	for ; ; s.o++ {
		c := s.peek(0)
		if isDigit(c) {
			continue
		}
		if !isWordPart(c) && (flow || !s.goesOn(c)) {
			if c == ' ' && bytes.Contains(s.b[from:s.o], []byte("${")) && !s.lineEnds() {
				return false // a comment may have cut the expression off
			}
			return s.resolved(Span{Start: from, End: s.o, Number: digits && (s.b[from] != '0' || s.o == from+1)}, inside)
		}
		digits = false
	}
}

func isWordPart(c byte) bool {
	return isLetter(c) || c == '_' || c == '.' || c == '/' || c == '-' || c == '@' || c == '+'
}

// lineEnds tells whether there are only blanks up to the end of the line.
func (s *plainScanner) lineEnds() bool {
	n := 0
	for s.peek(n) == ' ' {
		n++
	}
	return s.peek(n) == '\n'
}

// goesOn tells whether a byte, or the blanks that begin with it, are part of a scalar outside
// of brackets: only a line break, a colon before a blank and a comment end it.
func (s *plainScanner) goesOn(c byte) bool {
	switch next := s.peek(1); c {
	case '\n':
		return false
	case ':':
		return next != ' ' && next != '\n'
	case ' ':
		n := 1
		for s.peek(n) == ' ' {
			n++
		}
		if c := s.peek(n); c == '\n' || c == '#' {
			return false
		}
		s.o += n - 1 // all of them at once
	case '$', '%':
		s.odd = s.odd || next == '{'
	}
	return true
}

// resolved adds what a plain scalar is. Words that are no strings are a part of the
// text around them.
func (s *plainScanner) resolved(span Span, inside bool) bool {
	if !span.Number {
		k, ok := resolve(string(s.b[span.Start:span.End]))
		if !ok {
			return false
		}
		if k != text && k != number {
			return true
		}
		span.Number = k == number
	}
	if inside {
		s.spans = append(s.spans, span)
	}
	return true
}
