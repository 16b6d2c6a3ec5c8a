package yamlbody

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/twinset/twinset/internal/config/bounded"
)

// Bounds that keep a file from becoming a tree that is out of proportion.
const (
	maxAliasNodes = 10_000 // nodes that aliases add to a file
	maxDepth      = bounded.MaxDepth
	// maxValues bounds the values of a file. Each takes about 350 bytes of memory;
	// a hundred thousand devices that are written out are two million.
	maxValues = 3_000_000
	// maxSearch is how many bytes are parsed again, some twenty times, to find the
	// place of a syntax error. Behind them the line has to do.
	maxSearch = 256 << 10
	// maxHint is how much of a line is looked at to guess the cause of an error.
	maxHint = 4096
)

// checkSize refuses files that are not worth a parser's time.
func (s *source) checkSize(estimate func([]byte) int) *hcl.Diagnostic {
	switch {
	case len(s.b) > bounded.MaxFile:
		return bounded.TooLarge(s.name)
	case estimate(s.b) > maxValues:
		return s.errorAt(0, 0, "Configuration too large", "This file holds more than twinset reads from one file. Move long lists of devices to a CSV file, and read it with csvmap.")
	}
	return nil
}

// yamlValues is about the number of values in YAML text: whatever separates one
// from the next.
func yamlValues(b []byte) int {
	n := 0
	for _, sep := range []string{"\n", ",", ": ", "- ", "? ", "[", "{"} {
		n += bytes.Count(b, []byte(sep))
	}
	return n
}

// jsonValues is the number of values in JSON text, and more where strings hold
// commas and brackets.
func jsonValues(b []byte) int {
	return bytes.Count(b, []byte(",")) + bytes.Count(b, []byte(":")) + bytes.Count(b, []byte("["))
}

// checkDepth finds the bracket of JSON text that nests too deep, before parsers
// recurse into it.
func (s *source) checkDepth() *hcl.Diagnostic {
	depth := 0
	for o := 0; o < len(s.b); o++ {
		switch s.b[o] {
		case '"':
			for o++; o < len(s.b) && s.b[o] != '"'; o++ {
				if s.b[o] == '\\' {
					o++
				}
			}
		case '[', '{':
			if depth++; depth > maxDepth {
				return s.errorAt(o, o+1, "Nested too deep", depthDetail)
			}
		case ']', '}':
			depth--
		}
	}
	return nil
}

var depthDetail = fmt.Sprintf("Collections may nest %d levels deep.", maxDepth)

// deepest is where YAML text goes too deep for its parser: the bracket, if
// brackets are the reason, else the line.
func (s *source) deepest(row int) *hcl.Diagnostic {
	depth := 0
	for o, c := range s.b {
		switch c {
		case '[', '{':
			if depth++; depth > maxDepth {
				return s.errorAt(o, o+1, "Nested too deep", depthDetail)
			}
		case ']', '}':
			depth--
		}
	}
	start, end := s.visible(s.rows[min(max(row-1, 0), len(s.rows)-1)])
	return s.errorAt(start, end, "Nested too deep", depthDetail)
}

// checkNumber refuses a number that cannot be computed with.
func (b *builder) checkNumber(n *node) {
	if err := bounded.CheckNumber(n.value); err != nil {
		b.report(n, "Number out of range", bounded.Sentence(err))
		n.value = "0"
	}
}

// tooLong refuses a key that would only make messages unreadable.
func (b *builder) tooLong(key *node) bool {
	if len(key.value) <= bounded.MaxName {
		return false
	}
	key.end = min(key.start+1, key.end)
	b.report(key, "Name too long", fmt.Sprintf("This key has %d bytes; keys may have %d.", len(key.value), bounded.MaxName))
	return true
}
