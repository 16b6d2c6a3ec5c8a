package bounded

import (
	"bytes"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// scanner goes through HCL text by the rules of HCL's own scanner: what is a
// comment, a string, a heredoc, an interpolation. It makes no tokens; it counts
// them, and how deep they nest.
type scanner struct {
	src      []byte
	filename string
	start    hcl.Pos
	o        int // next byte

	levels  []level
	modes   []mode    // what the next byte is part of; the last one counts
	braces  int       // open braces, as HCL's scanner counts them
	returns []int     // braces at which an interpolation ends
	docs    []heredoc // open heredocs

	chain      int // links of all levels
	tokens     int // of the file
	itemTokens int // of the block or argument
	bad        int // characters that are no HCL
	pieces     []int
	arithmetic bool // there are operators that make numbers
	fault      *hcl.Diagnostic
}

// level is an open bracket, quote or interpolation.
type level struct {
	kind  byte // ( [ { " $ or h for a heredoc
	lines bool // line breaks separate what is inside
	links int
}

type mode byte

const (
	inBody mode = iota // the file
	inExpression
	inTemplate // template text without quotes
	inString
	inHeredoc
)

// heredoc is an open heredoc. fresh is set while a line has had nothing but
// plain text.
type heredoc struct {
	marker []byte
	fresh  bool
}

func newScanner(src []byte, filename string, start hcl.Pos) *scanner {
	return &scanner{src: src, filename: filename, start: start}
}

// enter sets what the text is as a whole.
func (s *scanner) enter(m mode) {
	s.modes = append(s.modes, m)
	s.levels = append(s.levels, level{lines: m == inBody})
}

// scan goes through the text and returns the first thing that is over a limit.
func (s *scanner) scan() *hcl.Diagnostic {
	if len(s.src) > MaxFile {
		s.fail(0, 0, "File too large", tooLargeDetail())
		return s.fault
	}
	if !utf8.Valid(s.src) {
		o := firstInvalid(s.src)
		s.fail(o, o+1, "Invalid character encoding", "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.")
		return s.fault
	}
	if bytes.HasPrefix(s.src, []byte("\ufeff")) {
		s.o = len("\ufeff")
	}
	for s.o < len(s.src) && s.fault == nil {
		from := s.o
		switch s.modes[len(s.modes)-1] {
		case inBody, inExpression:
			s.code()
		case inTemplate:
			s.text()
		case inString:
			s.quoted()
		case inHeredoc:
			s.heredocLine()
		}
		s.token(from)
	}
	return s.fault
}

// token counts what was just read.
func (s *scanner) token(from int) {
	s.tokens++
	s.itemTokens++
	if s.tokens > maxTokens || s.itemTokens > maxItemTokens {
		s.fail(from, s.o, "Configuration too large", "This file holds more than twinset reads from one file. Move long lists of devices to a CSV file, and read it with csvmap.")
	}
}

// text reads template text up to the next interpolation.
func (s *scanner) text() {
	if s.sequence() {
		return
	}
	for s.o++; s.o < len(s.src) && s.src[s.o] != '$' && s.src[s.o] != '%'; {
		s.o++
	}
}

// quoted reads a part of a string in quotes.
func (s *scanner) quoted() {
	switch c := s.src[s.o]; {
	case c == '"':
		s.o++
		s.leave('"')
	case c == '\n' || c == '\r':
		for s.o < len(s.src) && (s.src[s.o] == '\n' || s.src[s.o] == '\r') {
			s.o++
		}
		s.badCharacter(s.o-1, "Quoted strings may not be split over multiple lines.")
	case s.sequence():
	case c == '$' || c == '%':
		s.o++
	default:
		s.literal()
	}
}

// literal reads characters of a string that stand for themselves, and escapes.
func (s *scanner) literal() {
	for s.o < len(s.src) {
		switch s.src[s.o] {
		case '"', '\n', '\r', '$', '%':
			return
		case '\\':
			s.o++
			if s.o < len(s.src) && s.src[s.o] != '\n' && s.src[s.o] != '\r' {
				_, n := utf8.DecodeRune(s.src[s.o:])
				s.o += n
			}
		default:
			s.o++
		}
	}
}

// heredocLine reads a part of a line of a heredoc.
func (s *scanner) heredocLine() {
	doc := &s.docs[len(s.docs)-1]
	if s.sequence() {
		doc.fresh = false
		return
	}
	from := s.o
	if c := s.src[s.o]; c == '$' || c == '%' {
		s.o++
		doc.fresh = s.endLine()
		return
	}
	for s.o < len(s.src) && s.src[s.o] != '\n' && s.src[s.o] != '$' && s.src[s.o] != '%' {
		s.o++
	}
	text := s.src[from:s.o]
	switch {
	case s.o < len(s.src) && s.src[s.o] == '\n' && doc.fresh && bytes.Equal(bytes.TrimSpace(text), doc.marker):
		s.docs = s.docs[:len(s.docs)-1]
		s.leave('h') // the line break belongs to what is around the heredoc
	default:
		doc.fresh = s.endLine()
	}
}

// endLine moves over a line break, and tells whether there was one.
func (s *scanner) endLine() bool {
	if s.o < len(s.src) && s.src[s.o] == '\n' {
		s.o++
		return true
	}
	if bytes.HasPrefix(s.src[s.o:], []byte("\r\n")) {
		s.o += 2
		return true
	}
	return false
}

// sequence reads ${, %{ or their escapes. It returns false for anything else.
func (s *scanner) sequence() bool {
	c := s.src[s.o]
	if c != '$' && c != '%' {
		return false
	}
	rest := s.src[s.o+1:]
	switch {
	case len(rest) > 1 && rest[0] == c && rest[1] == '{':
		s.o += 3
		return true
	case len(rest) == 0 || rest[0] != '{':
		return false
	}
	s.o += 2
	if s.o < len(s.src) && s.src[s.o] == '~' {
		s.o++
	}
	if c == '%' {
		s.directive()
	}
	s.push('$', false)
	s.modes = append(s.modes, inExpression)
	s.braces++
	s.returns = append(s.returns, s.braces)
	return true
}

// directive counts the directives of a template that are open.
func (s *scanner) directive() {
	rest := bytes.TrimLeft(s.src[s.o:min(s.o+64, len(s.src))], " \t\r\n")
	switch {
	case bytes.HasPrefix(rest, []byte("end")):
		top := &s.levels[len(s.levels)-1]
		if top.links > 0 {
			top.links--
			s.chain--
		}
	case bytes.HasPrefix(rest, []byte("else")):
	default:
		s.link()
	}
}

// identifier tells whether HCL takes the text for a name.
func identifier(b []byte) bool {
	return len(b) > 0 && len(b) <= MaxName && hclsyntax.ValidIdentifier(string(b))
}
