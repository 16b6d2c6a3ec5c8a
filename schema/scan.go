package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// A fleet is read as JSON text and compared as JSON text. The scanner takes text
// apart in place: decoding a twin into maps and back costs ten times as much.

// maxDepth is that of encoding/json, which reads the same documents elsewhere.
const maxDepth = 10_000

var errDepth = errors.New("the document is nested too deeply")

// scanner is where a walk over JSON text is.
type scanner struct {
	src []byte
	pos int
}

func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	if s.pos < len(s.src) && s.src[s.pos] > ' ' {
		return // nearly always
	}
	s.skipSpace()
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.src) {
		return fmt.Errorf("decode document: unexpected end, want %s", want)
	}
	return fmt.Errorf("decode document: unexpected %q at byte %d, want %s", s.src[s.pos], s.pos, want)
}

// end checks that nothing but space is left.
func (s *scanner) end() error {
	s.space()
	if s.pos < len(s.src) {
		return fmt.Errorf("decode document: text after the value")
	}
	return nil
}

// object walks the members of the object at the scanner: member gets the quoted
// key and must move behind the value.
func (s *scanner) object(member func(key []byte) error) error {
	s.pos++
	for first := true; ; first = false {
		s.space()
		if s.peek() == '}' && first {
			s.pos++
			return nil
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// key moves behind a key and its colon and returns the key with its quotes.
func (s *scanner) key() ([]byte, error) {
	key, err := s.text()
	if err != nil {
		return nil, err
	}
	s.space()
	if s.peek() != ':' {
		return nil, s.unexpected("a colon")
	}
	s.pos++
	s.space()
	return key, nil
}

// array walks the items of the array at the scanner: item must move behind each.
func (s *scanner) array(item func() error) error {
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		s.space()
		if err := item(); err != nil {
			return err
		}
		if done, err := s.next(']'); done || err != nil {
			return err
		}
	}
}

// next moves behind a comma, or behind the end of the collection.
func (s *scanner) next(closing byte) (done bool, err error) {
	s.space()
	switch s.peek() {
	case ',':
		s.pos++
		return false, nil
	case closing:
		s.pos++
		return true, nil
	default:
		return false, s.unexpected("a comma or " + string(closing))
	}
}

// text moves behind a string and returns it with its quotes.
func (s *scanner) text() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.unexpected("a string")
	}
	start, src := s.pos, s.src
	for i := stop(src, start+1); i < len(src); i = stop(src, i+2) {
		switch src[i] {
		case '"':
			s.pos = i + 1
			return src[start:s.pos], nil
		case '\\': // with what follows it
		default:
			s.pos = i
			return nil, s.unexpected("a string without control characters")
		}
	}
	s.pos = len(s.src)
	return nil, s.unexpected("the end of a string")
}

// unquoted is the content of a string.
func unquoted(quoted []byte) ([]byte, error) {
	if inner := quoted[1 : len(quoted)-1]; plain(inner) {
		return inner, nil
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return nil, fmt.Errorf("decode document: %w", err)
	}
	return []byte(text), nil
}

// number moves behind a number and returns it.
func (s *scanner) number() ([]byte, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	whole := s.pos
	if s.digits() == 0 || s.src[whole] == '0' && s.pos > whole+1 {
		return nil, s.unexpected("a number")
	}
	if s.peek() == '.' {
		s.pos++
		if s.digits() == 0 {
			return nil, s.unexpected("a digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return nil, s.unexpected("a digit")
		}
	}
	return s.src[start:s.pos], nil
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}

// word moves behind null, true or false and returns it.
func (s *scanner) word() ([]byte, error) {
	for _, w := range [...]string{"null", "true", "false"} {
		if bytes.HasPrefix(s.src[s.pos:], []byte(w)) {
			s.pos += len(w)
			return s.src[s.pos-len(w) : s.pos], nil
		}
	}
	return nil, s.unexpected("a value")
}

// skip moves behind a value.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	var err error
	switch c := s.peek(); {
	case c == '{':
		return s.skipObject(depth)
	case c == '[':
		return s.array(func() error { return s.skip(depth + 1) })
	case c == '"':
		_, err = s.text()
	case c == '-' || c >= '0' && c <= '9':
		_, err = s.number()
	default:
		_, err = s.word()
	}
	return err
}

// skipObject moves behind an object.
func (s *scanner) skipObject(depth int) error {
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		s.space()
		if _, err := s.key(); err != nil {
			return err
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// skipUnchecked moves behind a value. Of an object or array it finds the end, by counting
// brackets of both kinds alike: most of a twin is metadata, which nobody reads.
func (s *scanner) skipUnchecked() error {
	if c := s.peek(); c != '{' && c != '[' {
		return s.skip(1)
	}
	for depth := 0; s.pos < len(s.src); {
		switch s.src[s.pos] {
		case '"':
			if _, err := s.text(); err != nil {
				return err
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if s.pos++; depth == 0 {
			return nil
		}
	}
	return s.unexpected("the end of a value")
}
