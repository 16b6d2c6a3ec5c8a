package yamlbody

import (
	"sort"
	"unicode/utf8"
)

// markEvery is the distance of the marks in a long line, in bytes.
const markEvery = 256

// mark is a place in a long line, from which counting can start.
type mark struct {
	offset  int
	columns int // grapheme clusters before it
	runes   int // code points before it
}

// markBefore is the last mark of the line that starts at the given byte for
// which far does not hold, or the start of the line. Without marks, each place in a file of a single line
// would cost a walk from its beginning.
func (s *source) markBefore(line int, far func(mark) bool) mark {
	list := s.marksOf(line)
	if n := sort.Search(len(list), func(i int) bool { return far(list[i]) }); n > 0 {
		return list[n-1]
	}
	return mark{offset: line}
}

// marksOf sets the marks of a line when they are needed first.
func (s *source) marksOf(line int) []mark {
	if list, ok := s.marks[line]; ok {
		return list
	}
	var list []mark
	last := mark{offset: line}
	for o := line; o < len(s.b) && s.b[o] != '\n'; o++ {
		// A cluster ends before ASCII, but for a few scripts whose signs precede
		// what they belong to: there columns may be off by one in lines this long.
		if o-last.offset < markEvery || s.b[o] >= utf8.RuneSelf || s.b[o] == '\r' {
			continue
		}
		text := s.b[last.offset:o]
		last = mark{offset: o, columns: last.columns + columns(text), runes: last.runes + utf8.RuneCount(text)}
		list = append(list, last)
	}
	if s.marks == nil {
		s.marks = map[int][]mark{}
	}
	s.marks[line] = list
	return list
}
