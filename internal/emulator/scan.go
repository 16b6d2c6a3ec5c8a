package emulator

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// manyMembers is the object size from which duplicate names are looked up in a map.
const manyMembers = 32

// maxNesting bounds recursion while reading; the service's own limit is far below and checked later (FACTS §4.6).
const maxNesting = 100

var (
	errNesting = errors.New("nested too deeply")
	errJSON    = errors.New("not valid JSON")
)

// parseTree reads one JSON value out of a message that encoding/json has checked. Numbers keep their text, members keep
// their order, the last of two equal names wins. It stands in for json.Decoder.Token because loading a large hub
// consists of little else, and takes half the time with it. The nodes share one copy of the text.
func parseTree(data json.RawMessage) (node, error) {
	s := &scanner{text: string(data)}
	n, err := s.value(0)
	if err != nil {
		return node{}, err
	}
	if s.peek() != 0 {
		return node{}, errJSON
	}
	return n, nil
}

type scanner struct {
	text string // what is left
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	s.text = strings.TrimLeft(s.text, " \t\r\n")
	if s.text == "" {
		return 0
	}
	return s.text[0]
}

// accept consumes the byte if it is the next one.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c || c == 0 {
		return false
	}
	s.text = s.text[1:]
	return true
}

func (s *scanner) value(depth int) (node, error) {
	switch c := s.peek(); c {
	case '{', '[':
		if depth >= maxNesting {
			return node{}, errNesting
		}
		s.text = s.text[1:]
		if c == '{' {
			return s.object(depth + 1)
		}
		return s.array(depth + 1)
	case '"':
		t, err := s.string()
		return textNode(t), err
	}
	return s.literal()
}

// literal reads a number, true, false or null.
func (s *scanner) literal() (node, error) {
	end := strings.IndexAny(s.text, ",]} \t\r\n")
	if end < 0 {
		end = len(s.text)
	}
	word := s.text[:end]
	s.text = s.text[end:]
	switch {
	case word == "null":
		return node{kind: null}, nil
	case word == "true", word == "false":
		return boolNode(word == "true"), nil
	case json.Valid([]byte(word)): // checks the form of a number
		return node{kind: number, text: word}, nil
	}
	return node{}, errJSON
}

func (s *scanner) string() (string, error) {
	if !s.accept('"') {
		return "", errJSON
	}
	escaped := false
	for i := 0; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			raw := s.text[:i]
			s.text = s.text[i+1:]
			if !escaped && utf8.ValidString(raw) {
				return raw, nil
			}
			var decoded string
			err := json.Unmarshal([]byte(`"`+raw+`"`), &decoded)
			return decoded, err
		}
	}
	return "", errJSON
}

func (s *scanner) object(depth int) (node, error) {
	n := node{kind: object}
	if s.accept('}') {
		return n, nil
	}
	var seen map[string]int
	for {
		s.peek()
		name, err := s.string()
		if err != nil || !s.accept(':') {
			return node{}, errors.Join(err, errJSON)
		}
		value, err := s.value(depth)
		if err != nil {
			return node{}, err
		}
		if seen == nil && len(n.kids) >= manyMembers {
			seen = memberPositions(n.kids)
		}
		n.set(member{name, value}, seen)
		if !s.accept(',') {
			break
		}
	}
	if !s.accept('}') {
		return node{}, errJSON
	}
	n.kids = slices.Clip(n.kids)
	return n, nil
}

// set replaces or appends a member of an object under construction; seen is an index of its names, or nil.
func (n *node) set(m member, seen map[string]int) {
	i, found := seen[m.name]
	if seen == nil {
		i = n.find(m.name)
		found = i >= 0
	}
	if found {
		n.kids[i].value = m.value
		return
	}
	if seen != nil {
		seen[m.name] = len(n.kids)
	}
	n.kids = append(n.kids, m)
}

func memberPositions(kids []member) map[string]int {
	m := make(map[string]int, 2*len(kids))
	for i, k := range kids {
		m[k.name] = i
	}
	return m
}

func (s *scanner) array(depth int) (node, error) {
	n := node{kind: array}
	if s.accept(']') {
		return n, nil
	}
	for {
		value, err := s.value(depth)
		if err != nil {
			return node{}, err
		}
		n.kids = append(n.kids, member{value: value})
		if !s.accept(',') {
			break
		}
	}
	if !s.accept(']') {
		return node{}, errJSON
	}
	n.kids = slices.Clip(n.kids)
	return n, nil
}
