package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// CanonicalJSON rewrites JSON text canonically. A member that comes twice counts
// with its last value, as encoding/json has it.
func CanonicalJSON(text []byte) (Doc, error) { return AppendCanonicalJSON(nil, text) }

// AppendCanonicalJSON appends the canonical form of JSON text, of an object
// without the members that drop names, which are not looked into.
func AppendCanonicalJSON(b []byte, text []byte, drop ...string) ([]byte, error) {
	t, _ := transcoders.Get().(*transcoder) // it holds nothing else
	defer t.release()
	t.src, t.pos = text, 0
	t.space()
	start := len(b)
	b, err := t.value(b, 1, drop)
	if err == nil {
		err = t.end()
	}
	if err != nil {
		return b[:start], err
	}
	return b, nil
}

// transcoder writes what it scans.
type transcoder struct {
	scanner
	members []span // of the objects that are open, the innermost last
	scratch []byte
}

// transcoders are kept for their memory: there is a text for every twin.
var transcoders = sync.Pool{New: func() any { return new(transcoder) }}

func (t *transcoder) release() {
	t.src, t.members = nil, t.members[:0]
	if cap(t.scratch) <= keptScratch && cap(t.members) <= keptMembers {
		transcoders.Put(t)
	}
}

// What one may go on holding: more than a twin needs, whose sections have 32 KB at most
// (FACTS §4.6).
const (
	keptScratch = 64 << 10 // bytes
	keptMembers = 4096
)

// span is a member in the output: its quoted key, and its end behind the value.
type span struct{ start, key, end int }

func (t *transcoder) value(b []byte, depth int, drop []string) ([]byte, error) {
	if depth > maxDepth {
		return b, errDepth
	}
	switch c := t.peek(); {
	case c == '{':
		return t.appendObject(b, depth, drop)
	case c == '[':
		return t.appendArray(b, depth)
	case c == '"':
		text, err := t.text()
		if err != nil {
			return b, err
		}
		return appendQuoted(b, text)
	case c == '-' || c >= '0' && c <= '9':
		text, err := t.number()
		if err != nil {
			return b, err
		}
		return appendNumberText(b, text)
	default:
		text, err := t.word()
		return append(b, text...), err
	}
}

func (t *transcoder) appendArray(b []byte, depth int) ([]byte, error) {
	b = append(b, '[')
	first := true
	err := t.array(func() error {
		if !first {
			b = append(b, ',')
		}
		first = false
		var err error
		b, err = t.value(b, depth+1, nil)
		return err
	})
	return append(b, ']'), err
}

func (t *transcoder) appendObject(b []byte, depth int, drop []string) ([]byte, error) {
	b = append(b, '{')
	base := len(t.members)
	err := t.object(func(key []byte) error {
		if len(drop) > 0 {
			name, err := unquoted(key)
			if err != nil {
				return err
			}
			if slices.Contains(drop, string(name)) {
				return t.skipUnchecked()
			}
		}
		m := span{start: len(b)}
		var err error
		if b, err = appendQuoted(b, key); err != nil {
			return err
		}
		m.key = len(b)
		b, err = t.value(append(b, ':'), depth+1, nil)
		m.end = len(b)
		b = append(b, ',')
		t.members = append(t.members, m)
		return err
	})
	if err != nil {
		return b, err
	}
	b = t.arrange(b, t.members[base:])
	t.members = t.members[:base]
	if last := len(b) - 1; b[last] == ',' {
		b[last] = '}'
		return b, nil
	}
	return append(b, '}'), nil
}

// arrange puts the members of an object, which end the output, into the order of
// their keys.
func (t *transcoder) arrange(b []byte, members []span) []byte {
	// Without the quotes: a key that is the beginning of another one comes first.
	compare := func(x, y span) int { return bytes.Compare(b[x.start+1:x.key-1], b[y.start+1:y.key-1]) }
	sorted := true
	for i := 1; i < len(members) && sorted; i++ {
		sorted = compare(members[i-1], members[i]) < 0
	}
	if sorted {
		return b
	}
	start := members[0].start
	slices.SortFunc(members, func(x, y span) int { return cmp.Or(compare(x, y), cmp.Compare(x.start, y.start)) })
	t.scratch = t.scratch[:0]
	for i, m := range members {
		if i+1 < len(members) && compare(m, members[i+1]) == 0 {
			continue // the last one counts
		}
		t.scratch = append(append(t.scratch, b[m.start:m.end]...), ',')
	}
	return append(b[:start], t.scratch...)
}

// appendQuoted appends the only spelling of a string that is given with quotes.
func appendQuoted(b, quoted []byte) ([]byte, error) {
	if plain(quoted[1 : len(quoted)-1]) {
		return append(b, quoted...), nil
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return b, fmt.Errorf("decode document: %w", err)
	}
	return AppendString(b, text), nil
}

// appendNumberText takes the common short integer as it is.
func appendNumberText(b, text []byte) ([]byte, error) {
	const surelyExact = 15 // digits
	for i, c := range text {
		if c < '0' || c > '9' || i == surelyExact {
			return appendNumber(b, string(text))
		}
	}
	return append(b, text...), nil
}
