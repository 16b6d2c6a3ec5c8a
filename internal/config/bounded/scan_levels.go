package bounded

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// open reads an opening bracket.
func (s *scanner) open(c byte) {
	lines := false
	switch c {
	case '[':
		s.link() // an index makes the expression before it deeper
	case '{':
		s.braces++
		lines = !s.forAhead()
	}
	s.o++
	s.push(c, lines)
}

// forAhead tells whether the brace here begins a for expression, in which line
// breaks do not count.
func (s *scanner) forAhead() bool {
	rest := s.src[s.o+1:]
	for len(rest) > 0 {
		switch {
		case rest[0] == '\n' || rest[0] == '\r' || rest[0] == ' ' || rest[0] == '\t':
			rest = rest[1:]
		case rest[0] == '#' || bytes.HasPrefix(rest, []byte("//")) || bytes.HasPrefix(rest, []byte("/*")):
			return true // not worth a look; at worst a long block is taken for one expression
		default:
			return bytes.HasPrefix(rest, []byte("for"))
		}
	}
	return false
}

// closeBracket reads a closing bracket. A brace may end an interpolation.
func (s *scanner) closeBracket(c byte) {
	s.o++
	if c != '}' {
		s.closeLevel(map[byte]byte{')': '(', ']': '['}[c])
		return
	}
	if n := len(s.returns); n > 0 && s.returns[n-1] == s.braces {
		s.returns = s.returns[:n-1]
		s.leave('$')
	} else {
		s.closeLevel('{')
	}
	s.braces--
}

// push opens a level.
func (s *scanner) push(kind byte, lines bool) {
	s.levels = append(s.levels, level{kind: kind, lines: lines})
	if len(s.levels)-1 > maxNesting {
		s.fail(s.o-1, s.o, "Nested too deep", fmt.Sprintf("Brackets, quotes and interpolations may nest %d levels deep.", maxNesting))
	}
}

// closeLevel closes the innermost level of the kind, and what was left open
// inside of it, as HCL's parser does after a mistake. It stays inside of the
// string or interpolation.
func (s *scanner) closeLevel(kind byte) {
	for i := len(s.levels) - 1; i > 0; i-- {
		switch s.levels[i].kind {
		case kind:
			s.drop(i)
			return
		case '$', '"', 'h':
			return
		}
	}
}

// leave ends a string, heredoc or interpolation.
func (s *scanner) leave(kind byte) {
	s.modes = s.modes[:len(s.modes)-1]
	for i := len(s.levels) - 1; i > 0; i-- {
		if s.levels[i].kind == kind {
			s.drop(i)
			return
		}
	}
}

func (s *scanner) drop(from int) {
	for _, l := range s.levels[from:] {
		s.chain -= l.links
	}
	s.levels = s.levels[:from]
}

// link makes the expression at hand longer.
func (s *scanner) link() {
	s.levels[len(s.levels)-1].links++
	s.chain++
	if s.chain > maxChain {
		s.fail(s.o-1, s.o, "Expression too long", fmt.Sprintf("An expression may have %d operators and steps of references.", maxChain))
	}
}

// separate begins another expression on the same level.
func (s *scanner) separate() {
	top := &s.levels[len(s.levels)-1]
	s.chain -= top.links
	top.links = 0
}

// badCharacter counts characters that are no HCL. Few are left to HCL's messages.
func (s *scanner) badCharacter(o int, detail string) {
	if s.bad++; s.bad > maxBadCharacters {
		_, n := utf8.DecodeRune(s.src[o:])
		s.fail(o, o+n, "Invalid character", detail+" There are many more before this one; is this a file of another kind?")
	}
}

// fail reports the first thing that is over a limit.
func (s *scanner) fail(from, to int, summary, detail string) {
	if s.fault != nil {
		return
	}
	start := advance(s.start, s.src[:from])
	r := hcl.Range{Filename: s.filename, Start: start, End: advance(start, s.src[from:to])}
	s.fault = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
}

func firstInvalid(src []byte) int {
	for o := 0; o < len(src); {
		r, n := utf8.DecodeRune(src[o:])
		if r == utf8.RuneError && n == 1 {
			return o
		}
		o += n
	}
	return len(src)
}

func tooLargeDetail() string {
	return fmt.Sprintf("A configuration file may have %d MB. Move long lists of devices to a CSV file, and read it with csvmap.", MaxFile>>20)
}

// TooLarge reports a file that was not read because of its size.
func TooLarge(filename string) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "File too large",
		Detail:   tooLargeDetail(),
		Subject:  &hcl.Range{Filename: filename, Start: hcl.InitialPos, End: hcl.InitialPos},
	}
}
