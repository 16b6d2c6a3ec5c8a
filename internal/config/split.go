package config

import (
	"bytes"
	"math"

	"github.com/hashicorp/hcl/v2"
)

// chunk is a top-level block or attribute of an HCL file: where it starts, and
// the byte behind it. It is small because a file may hold a hundred thousand.
type chunk struct {
	start, line, column uint32
	end                 uint32
}

func (c chunk) pos() hcl.Pos {
	return hcl.Pos{Byte: int(c.start), Line: int(c.line), Column: int(c.column)}
}

// split finds the top-level blocks and attributes of HCL source text without
// building a syntax tree, which takes about 25 times the memory of the text. It
// only balances brackets, quotes, heredocs, templates and comments. ok is false
// when they do not balance; then the parser is the one to say what is wrong.
func split(src []byte) (chunks []chunk, ok bool) {
	s := splitter{src: src, pos: hcl.InitialPos}
	if bytes.HasPrefix(src, []byte("\ufeff")) || len(src) > math.MaxUint32 {
		return nil, false
	}
	for s.space() {
		c := chunk{start: uint32(s.pos.Byte), line: uint32(s.pos.Line), column: uint32(s.pos.Column)}
		if !s.item() {
			return nil, false
		}
		c.end = uint32(s.pos.Byte)
		chunks = append(chunks, c)
	}
	return chunks, s.pos.Byte == len(src)
}

// splitter is where split is in the text. Columns count bytes, which is right at
// the start of an item as long as nothing but spaces stands before it.
type splitter struct {
	src   []byte
	pos   hcl.Pos
	depth int // of brackets and templates
}

// maxSplitDepth is deeper than any configuration; what is deeper is left to the
// parser's own limit.
const maxSplitDepth = 200

func (s *splitter) peek(n int) byte {
	if i := s.pos.Byte + n; i < len(s.src) {
		return s.src[i]
	}
	return 0
}

func (s *splitter) has(prefix string) bool {
	return bytes.HasPrefix(s.src[s.pos.Byte:], []byte(prefix))
}

func (s *splitter) more() bool { return s.pos.Byte < len(s.src) }

func (s *splitter) skip(n int) {
	for range n {
		s.pos.Column++
		if s.src[s.pos.Byte] == '\n' {
			s.pos.Line++
			s.pos.Column = 1
		}
		s.pos.Byte++
	}
}

// space skips what stands between items. It is false at the end of the text.
func (s *splitter) space() bool {
	for s.more() {
		switch c := s.peek(0); {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' && s.peek(1) == '\n':
			s.skip(1)
		case s.comment():
		default:
			return true
		}
	}
	return false
}

// comment skips a comment, a line comment with its line break.
func (s *splitter) comment() bool {
	switch {
	case s.has("#"), s.has("//"):
		s.line()
		return true
	case s.has("/*"):
		end := bytes.Index(s.src[s.pos.Byte+2:], []byte("*/"))
		if end < 0 {
			return false
		}
		s.skip(end + 4)
		return true
	}
	return false
}

// line skips the rest of the line with its break.
func (s *splitter) line() {
	if end := bytes.IndexByte(s.src[s.pos.Byte:], '\n'); end >= 0 {
		s.pos.Byte += end + 1
		s.pos.Line++
		s.pos.Column = 1
		return
	}
	s.pos.Byte = len(s.src)
}

// item skips a block or an attribute, which starts with a name and ends with the
// line on which all its brackets are closed.
func (s *splitter) item() bool {
	if s.pos.Column != 1 && len(bytes.TrimSpace(s.src[s.pos.Byte-s.pos.Column+1:s.pos.Byte])) > 0 {
		return false // not the first of its line: columns might be wrong
	}
	if c := s.peek(0); c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
		return false
	}
	return s.expression('\n')
}

// expression skips to behind the closing byte, which is a line break for an
// item. Brackets inside must balance.
func (s *splitter) expression(closing byte) bool {
	s.depth++
	defer func() { s.depth-- }()
	for s.more() && s.depth < maxSplitDepth {
		c := s.peek(0)
		if closing == '\n' && (s.has("#") || s.has("//")) {
			s.line()
			return true
		}
		if s.comment() {
			continue
		}
		switch {
		case c == closing:
			s.skip(1)
			return true
		case c == '{' || c == '(' || c == '[':
			s.skip(1)
			if !s.expression(closer(c)) {
				return false
			}
		case c == '}' || c == ')' || c == ']':
			return false
		case c == '"':
			s.skip(1)
			if !s.text() {
				return false
			}
		case c == '<' && s.peek(1) == '<':
			if !s.heredoc(closing == '\n') {
				return false
			}
			if closing == '\n' {
				return true
			}
		default:
			s.skip(1)
		}
	}
	return closing == '\n' && !s.more()
}

func closer(open byte) byte {
	switch open {
	case '{':
		return '}'
	case '(':
		return ')'
	default:
		return ']'
	}
}

// text skips a quoted string behind its opening quote.
func (s *splitter) text() bool {
	for s.more() {
		switch {
		case s.has(`\`) && s.pos.Byte+1 < len(s.src):
			s.skip(2)
		case s.has(`"`):
			s.skip(1)
			return true
		case s.has("\n"):
			return false
		case !s.interpolation():
			return false
		}
	}
	return false
}

// interpolation skips a byte of a template, or all of an interpolation.
func (s *splitter) interpolation() bool {
	switch {
	case s.has("$${"), s.has("%%{"):
		s.skip(3)
	case s.has("${"), s.has("%{"):
		s.skip(2)
		return s.expression('}')
	default:
		s.skip(1)
	}
	return true
}

// heredoc skips << and all up to the line that holds only its marker; last tells
// that the line break behind it belongs to the item.
func (s *splitter) heredoc(last bool) bool {
	s.skip(2)
	if s.peek(0) == '-' {
		s.skip(1)
	}
	start := s.pos.Byte
	end := bytes.IndexByte(s.src[start:], '\n')
	if end < 0 {
		return false
	}
	marker := bytes.TrimSuffix(s.src[start:start+end], []byte("\r"))
	if len(marker) == 0 || bytes.ContainsAny(marker, " \t\"{}()[]") {
		return false
	}
	s.line()
	for s.more() {
		if s.pos.Column == 1 && s.marker(marker) {
			if last {
				s.line()
			}
			return true
		}
		if !s.interpolation() {
			return false
		}
	}
	return false
}

// marker skips a line that holds only the marker, but for its line break.
func (s *splitter) marker(marker []byte) bool {
	rest := s.src[s.pos.Byte:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	if !bytes.Equal(bytes.TrimSpace(rest), marker) {
		return false
	}
	s.skip(len(rest))
	return true
}
