package schema

import "bytes"

// Covers tells whether a live document already holds everything that a desired
// document declares, without decoding either: every declared member is there
// with an equal value. A null declares that the member must be absent, whether or
// not there is an object around it; an empty object that some object must be
// there; an array is one value.
//
// Both documents must be canonical; sorted keys make it one walk over the bytes.
func Covers(have, want Doc) bool {
	h, w := cursor{b: have}, cursor{b: want}
	return covers(&h, &w)
}

func covers(have, want *cursor) bool {
	if want.peek() != '{' {
		return bytes.Equal(have.value(), want.value())
	}
	if have.peek() != '{' {
		have.value()
		return onlyTombstones(want)
	}
	have.open()
	want.open()
	hk, hok := have.key()
	for wk, ok := want.key(); ok; wk, ok = want.key() {
		for hok && bytes.Compare(hk, wk) < 0 {
			have.value()
			hk, hok = have.key()
		}
		found := hok && bytes.Equal(hk, wk)
		if want.peek() == 'n' {
			want.value()
			if found {
				return false
			}
			continue
		}
		if !found {
			if !onlyTombstones(want) {
				return false
			}
			continue
		}
		if !covers(have, want) {
			return false
		}
		hk, hok = have.key()
	}
	for hok {
		have.value()
		_, hok = have.key()
	}
	return true
}

// onlyTombstones tells whether a value declares nothing but absence, so that an
// absent object holds it as well. An empty object declares that one is there.
func onlyTombstones(c *cursor) bool {
	if c.peek() == 'n' {
		c.value()
		return true
	}
	if c.peek() != '{' {
		c.value()
		return false
	}
	c.open()
	members, only := 0, true
	for _, ok := c.key(); ok; _, ok = c.key() {
		members++
		only = onlyTombstones(c) && only
	}
	return members > 0 && only
}

// cursor walks canonical JSON. It trusts its input: documents are made by this
// package. On other input it stops at the end and never panics.
type cursor struct {
	b []byte
	i int
}

func (c *cursor) peek() byte {
	if c.i < len(c.b) {
		return c.b[c.i]
	}
	return 0
}

// open steps into an object or array.
func (c *cursor) open() { c.i++ }

// key returns the next key as its quoted bytes without the quotes, or false at
// the end of the object, which it leaves. Comparing escaped keys bytewise keeps
// equality; order is that of the escaped text on both sides.
func (c *cursor) key() ([]byte, bool) {
	if c.peek() == ',' {
		c.i++
	}
	if c.peek() != '"' {
		c.i++
		return nil, false
	}
	k := c.value()
	if len(k) < 2 {
		return nil, false
	}
	c.i++ // the colon
	return k[1 : len(k)-1], true
}

// value skips the next value and returns its bytes.
func (c *cursor) value() []byte {
	c.i = min(c.i, len(c.b))
	start := c.i
	depth := 0
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case '"':
			c.skipString()
			if depth == 0 {
				return c.b[start:c.i]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return c.b[start:c.i]
			}
			depth--
			if depth == 0 {
				c.i++
				return c.b[start:c.i]
			}
		case ',':
			if depth == 0 {
				return c.b[start:c.i]
			}
		}
		c.i++
	}
	return c.b[start:c.i]
}

func (c *cursor) skipString() {
	for i := stop(c.b, c.i+1); i < len(c.b); {
		switch c.b[i] {
		case '"':
			c.i = i + 1
			return
		case '\\':
			i = stop(c.b, i+2)
		default: // canonical text has none; it is passed over
			i = stop(c.b, i+1)
		}
	}
	c.i = len(c.b) // also when an escape led past the end
}
