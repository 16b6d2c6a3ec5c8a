package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// Sealer is [Seal] for a fleet. The devices of a block declare the same fields
// with other values, and of a mark only the digest depends on values: the rest is
// made once for each set of fields. It is not safe for concurrent use.
type Sealer struct {
	owner  string
	wrong  error  // with the owner
	member []byte // the reserved tag before the mark
	shapes map[string]sealShape
	walk   sealWalk
}

// sealShape is the text of an expected mark before and behind its digest.
type sealShape struct{ before, after []byte }

// maxShapes bounds what a sealer keeps. A fleet whose objects all differ pays for
// each, as Seal does.
const maxShapes = 1024

// NewSealer returns one that writes an owner's marks.
func NewSealer(owner string) *Sealer {
	member := append(AppendString(nil, ReservedTag), ":{"...)
	return &Sealer{owner: owner, wrong: CheckOwner(owner), member: append(AppendString(member, owner), ':'), shapes: map[string]sealShape{}}
}

// Seal does what [Seal] does, with the same errors.
func (s *Sealer) Seal(o Object) (Object, error) {
	if s.wrong != nil || len(o.Secrets) > 0 || len(o.Passwords) > 0 || o.Addr.Kind.Targets() || !s.walk.read(o) {
		return Seal(o, s.owner)
	}
	shape, known := s.shapes[string(s.walk.shape)]
	if !known {
		shape = newSealShape(o)
		if len(s.shapes) == maxShapes {
			clear(s.shapes)
		}
		s.shapes[string(s.walk.shape)] = shape
	}
	sum := sha256.Sum256(s.walk.leaves)
	sealed, mark := s.splice(o.Doc, shape, sum[:digestBytes])
	if err := checkTagSize(o, sealed, mark); err != nil {
		return Object{}, err
	}
	o.Doc = sealed
	return o, nil
}

// splice puts the reserved tag where the walk found its place. It returns the part of
// the document that is the mark, too.
func (s *Sealer) splice(d Doc, shape sealShape, digest []byte) (sealed, mark Doc) {
	const around = len(`,"tags":{}},`)
	out := make(Doc, 0, len(d)+len(s.member)+len(shape.before)+2*digestBytes+len(shape.after)+around)
	out = append(out, d[:s.walk.at]...)
	if s.walk.at > 1 && out[s.walk.at-1] != '{' && out[s.walk.at-1] != ',' {
		out = append(out, ',')
	}
	if s.walk.bare {
		out = append(out, `"tags":{`...)
	}
	out = append(out, s.member...)
	start := len(out)
	out = hex.AppendEncode(append(out, shape.before...), digest)
	out = append(out, shape.after...)
	end := len(out)
	out = append(out, '}')
	if s.walk.bare {
		out = append(out, '}')
	} else if d[s.walk.at] != '}' {
		out = append(out, ',')
	}
	return append(out, d[s.walk.at:]...), out[start:end]
}

func newSealShape(o Object) sealShape {
	m, _ := MarkOf(o)
	expect := m.expectation(o.Lifecycle)
	c := cursor{b: expect}
	c.open()
	c.find("h")
	start := c.i + len(`"`)
	return sealShape{before: expect[:start], after: expect[start+2*digestBytes:]}
}

// sealWalk reads of a document what a mark is made of, as [WalkLeaves] visits it.
type sealWalk struct {
	c      cursor
	path   []byte // names, a zero byte behind each
	leaves []byte // what the digest is of
	shape  []byte // the paths of the leaves, and what else decides the mark
	plain  bool
	at     int  // where the reserved tag belongs
	bare   bool // there are no tags around it
}

// read returns false for documents with names that are escaped. In all others no
// name holds a control character, so that zero bytes and line ends separate.
func (w *sealWalk) read(o Object) bool {
	w.c, w.plain = cursor{b: o.Doc}, true
	w.path, w.leaves, w.shape = w.path[:0], w.leaves[:0], w.shape[:0]
	w.at, w.bare = 0, false
	for _, flag := range []bool{o.Lifecycle != nil && o.Lifecycle.PreventDestroy, o.Lifecycle.TwinOnly(), o.Lifecycle != nil && o.Lifecycle.Claim} {
		b := byte('-')
		if flag {
			b = '+'
		}
		w.shape = append(w.shape, b)
	}
	if o.Lifecycle != nil {
		w.shape = append(append(w.shape, o.Lifecycle.OnRemove...), 0)
	}
	if len(o.Doc) > 0 {
		w.object(0)
	}
	if w.at == 0 {
		w.at, w.bare = len(o.Doc)-1, true // no member of a document comes behind the tags
	}
	return w.plain && len(o.Doc) > 1
}

func (w *sealWalk) object(depth int) {
	tags := depth == 1 && string(w.path) == "tags\x00"
	w.c.open()
	for k, ok := w.c.key(); ok && w.plain; k, ok = w.c.key() {
		w.plain = bytes.IndexByte(k, '\\') < 0 && (depth > 0 || string(k) <= "tags") && (!tags || string(k) != ReservedTag)
		if tags && w.at == 0 && string(k) > ReservedTag {
			w.at = w.c.i - len(k) - len(`"":`)
		}
		before := len(w.path)
		w.path = append(append(w.path, k...), 0)
		w.member(depth + 1)
		w.path = w.path[:before]
	}
	if tags && w.at == 0 {
		w.at = w.c.i - len(`}`)
	}
}

func (w *sealWalk) member(depth int) {
	object := w.c.peek() == '{'
	empty := object && w.c.i+1 < len(w.c.b) && w.c.b[w.c.i+1] == '}'
	switch {
	case depth == 2 && string(w.path) == "tags\x00"+ReservedTag+"\x00":
		w.c.value()
	case depth == 1 && isContent(string(w.path[:len(w.path)-1])):
		w.plain = false
	case object && !empty:
		w.object(depth)
	case object && depth == 1:
		if string(w.path) == "tags\x00" {
			w.at = w.c.i + len(`{`)
		}
		w.c.value() // an empty section declares nothing
	default:
		w.leaf(w.c.value(), empty)
	}
}

func (w *sealWalk) leaf(value []byte, empty bool) {
	if len(value) == 0 || value[0] == 'n' {
		return
	}
	w.shape = append(append(w.shape, w.path...), '\n')
	if !empty {
		w.leaves = append(append(append(w.leaves, w.path...), value...), '\n')
	}
}
