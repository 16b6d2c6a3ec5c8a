package bounded

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// code reads one token outside of strings.
func (s *scanner) code() {
	switch c := s.src[s.o]; c {
	case ' ', '\t':
		for s.o < len(s.src) && (s.src[s.o] == ' ' || s.src[s.o] == '\t') {
			s.o++
		}
		s.tokens--
		s.itemTokens--
	case '\n':
		s.o++
		s.newline()
	case '\r':
		s.o++ // a part of a line break; alone it is counted when HCL reports it
	case '#':
		s.lineComment()
	case '"':
		s.o++
		s.push('"', false)
		s.modes = append(s.modes, inString)
	case '(', '[', '{':
		s.open(c)
	case ')', ']', '}':
		s.closeBracket(c)
	case ',':
		s.o++
		s.separate()
	default:
		s.word(c)
	}
}

// word reads names, numbers and operators.
func (s *scanner) word(c byte) {
	switch {
	case isDigit(c):
		s.number()
	case isNameStart(c):
		s.name()
	case c == '/' && s.ahead("//"):
		s.lineComment()
	case c == '/' && s.ahead("/*"):
		s.blockComment()
	case c == '<' && s.ahead("<<") && s.heredoc():
	case c == '~' && s.ahead("~}"):
		s.o++
		s.closeBracket('}')
	default:
		s.operator(c)
	}
}

func (s *scanner) ahead(text string) bool { return bytes.HasPrefix(s.src[s.o:], []byte(text)) }

// operator reads one character that is no part of anything longer.
func (s *scanner) operator(c byte) {
	s.o++
	switch c {
	case '+', '-', '*', '/', '%':
		s.arithmetic = true
		s.link()
	case '=', '>', '&', '|', ':':
		if s.o < 2 || bytes.IndexByte([]byte("=!<>&|:"), s.src[s.o-2]) < 0 { // else the second half of an operator
			s.link()
		}
	case '.', '!', '<', '?':
		s.link()
	default:
		s.badCharacter(s.o-1, "This character is not used within the language.")
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func (s *scanner) name() {
	from, ascii := s.o, true
	for s.o < len(s.src) && (isNameStart(s.src[s.o]) || isDigit(s.src[s.o]) || s.src[s.o] == '-') {
		ascii = ascii && s.src[s.o] < 0x80
		s.o++
	}
	switch n := s.o - from; {
	case n > MaxName:
		s.fail(from, from+1, "Name too long", fmt.Sprintf("This name has %d bytes; names may have %d.", n, MaxName))
	case !ascii && !identifier(s.src[from:s.o]):
		s.badCharacter(from, "This character is not used within the language.")
	}
}

func (s *scanner) number() {
	from := s.o
	for s.o++; s.o < len(s.src); s.o++ {
		switch c := s.src[s.o]; {
		case isDigit(c), c == '.':
		case (c == 'e' || c == 'E') && s.exponent():
		case (c == '+' || c == '-') && (s.src[s.o-1] == 'e' || s.src[s.o-1] == 'E'):
		default:
			s.checkNumber(from)
			return
		}
	}
	s.checkNumber(from)
}

// exponent tells whether the e here continues a number.
func (s *scanner) exponent() bool {
	rest := s.src[s.o+1:]
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return len(rest) > 0 && isDigit(rest[0])
}

func (s *scanner) checkNumber(from int) {
	if err := CheckNumber(string(s.src[from:min(s.o, from+maxNumberText+1)])); err != nil {
		s.fail(from, min(s.o, from+maxNumberText), "Number out of range", Sentence(err))
	}
}

func (s *scanner) lineComment() {
	n := bytes.IndexByte(s.src[s.o:], '\n')
	if n < 0 {
		s.o = len(s.src)
		return
	}
	s.o += n + 1
	s.newline()
}

// blockComment refuses a comment without an end. HCL would read it as operators,
// and go to the end of the file for each.
func (s *scanner) blockComment() {
	n := bytes.Index(s.src[s.o+2:], []byte("*/"))
	if n < 0 {
		s.fail(s.o, s.o+2, "Unterminated comment", "There is no closing */ for this comment.")
		return
	}
	s.o += n + 4
}

// heredoc reads the introduction of a heredoc, if it is one.
func (s *scanner) heredoc() bool {
	o := s.o + 2
	if o < len(s.src) && s.src[o] == '-' {
		o++
	}
	from := o
	for o < len(s.src) && o-from <= MaxName && (isNameStart(s.src[o]) || isDigit(s.src[o]) || s.src[o] == '-') {
		o++
	}
	marker := s.src[from:o]
	if !identifier(marker) {
		return false
	}
	s2 := *s
	s2.o = o
	if !s2.endLine() {
		return false
	}
	s.o = s2.o
	s.docs = append(s.docs, heredoc{marker: marker, fresh: true})
	s.push('h', false)
	s.modes = append(s.modes, inHeredoc)
	return true
}

// newline ends an argument where line breaks do, and a piece of the file where it
// is long enough.
func (s *scanner) newline() {
	if !s.levels[len(s.levels)-1].lines {
		return
	}
	s.separate()
	if len(s.levels) > 1 || s.modes[0] != inBody || s.braces != 0 || len(s.returns) > 0 {
		return
	}
	s.itemTokens = 0
	last := 0
	if n := len(s.pieces); n > 0 {
		last = s.pieces[n-1]
	}
	if s.o-last >= pieceSize {
		s.pieces = append(s.pieces, s.o)
	}
}

// advance is the position after the text.
func advance(pos hcl.Pos, text []byte) hcl.Pos {
	pos.Byte += len(text)
	if n := bytes.Count(text, []byte("\n")); n > 0 {
		pos.Line += n
		pos.Column = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	pos.Column += columns(text)
	return pos
}

// columns counts characters the way HCL does, by asking it.
func columns(b []byte) int {
	if bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 }) < 0 {
		return len(b)
	}
	sc := hcl.NewRangeScanner(b, "", func(data []byte, _ bool) (int, []byte, error) { return len(data), data, nil })
	sc.Scan()
	return sc.Range().End.Column - 1
}
