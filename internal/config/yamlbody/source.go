package yamlbody

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// source is a file with an index of its lines. HCL ends lines at \n only; YAML
// also at \r, which is why positions from the YAML parser go through rows.
type source struct {
	name  string
	b     []byte
	lines []int // byte offset of each line, as HCL counts them
	rows  []int // byte offset of each line, as YAML counts them
	marks map[int][]mark
	base  hcl.Pos // where the text begins in its file: bytes and lines before it
}

func newSource(name string, b []byte) *source {
	s := &source{name: name, b: b, lines: []int{0}, rows: []int{0}}
	if bytes.HasPrefix(b, bom) {
		s.lines[0], s.rows[0] = len(bom), len(bom)
	}
	for i := range b {
		switch {
		case b[i] == '\n':
			s.lines = append(s.lines, i+1)
			s.rows = append(s.rows, i+1)
		case b[i] == '\r' && (i+1 == len(b) || b[i+1] != '\n'):
			s.rows = append(s.rows, i+1)
		}
	}
	return s
}

var bom = []byte("\xef\xbb\xbf")

// offset is the byte at a row and column of the YAML parser: both count from 1,
// columns in code points.
func (s *source) offset(row, column int) int {
	if row < 1 || row > len(s.rows) {
		return len(s.b)
	}
	o, c := s.rows[row-1], 1
	if column > markEvery {
		m := s.markBefore(o, func(m mark) bool { return m.runes >= column })
		o, c = m.offset, m.runes+1
	}
	for ; c < column && o < len(s.b); c++ {
		_, n := utf8.DecodeRune(s.b[o:])
		o += n
	}
	return o
}

// pos is the position of a byte as HCL counts: columns are grapheme clusters.
func (s *source) pos(o int) hcl.Pos {
	o = min(max(o, s.lines[0]), len(s.b))
	line := sort.SearchInts(s.lines, o+1) - 1
	m := mark{offset: s.lines[line]}
	if o-m.offset > markEvery {
		m = s.markBefore(m.offset, func(m mark) bool { return m.offset > o })
	}
	return hcl.Pos{Line: s.base.Line + line + 1, Column: m.columns + columns(s.b[m.offset:o]) + 1, Byte: s.base.Byte + o}
}

// columns counts grapheme clusters the way HCL does, by asking it where there is
// more than ASCII.
func columns(b []byte) int {
	first := bytes.IndexFunc(b, notASCII)
	if first < 0 {
		return len(b)
	}
	// A neighbour may form a cluster with what is not ASCII.
	last := bytes.LastIndexFunc(b, notASCII)
	_, n := utf8.DecodeRune(b[last:])
	from, to := max(first-1, 0), min(last+n+1, len(b))
	return from + clusters(b[from:to]) + len(b) - to
}

func clusters(b []byte) int {
	sc := hcl.NewRangeScanner(b, "", func(data []byte, _ bool) (int, []byte, error) {
		return len(data), data, nil
	})
	sc.Scan()
	return sc.Range().End.Column - 1
}

func notASCII(r rune) bool { return r >= utf8.RuneSelf }

func (s *source) rng(start, end int) hcl.Range {
	return hcl.Range{Filename: s.name, Start: s.pos(start), End: s.pos(max(start, end))}
}

// lineEnd is the offset of the line break, or end of file, that ends the line
// with the byte o.
func (s *source) lineEnd(o int) int {
	for o < len(s.b) && !isBreak(s.b[o]) {
		o++
	}
	return o
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' }
func isBlank(c byte) bool { return c == ' ' || c == '\t' }
func isSpace(c byte) bool { return isBlank(c) || isBreak(c) }

// skipSpace moves over white space, line breaks and comments.
func (s *source) skipSpace(o int) int {
	for o < len(s.b) {
		switch {
		case isSpace(s.b[o]):
			o++
		case s.b[o] == '#' && (o == 0 || isSpace(s.b[o-1])):
			o = s.lineEnd(o)
		default:
			return o
		}
	}
	return o
}

func (s *source) errorAt(start, end int, summary, detail string) *hcl.Diagnostic {
	r := s.rng(start, end)
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
}
