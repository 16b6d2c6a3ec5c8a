package plan

import (
	"fmt"
	"iter"

	"github.com/twinset/twinset/schema"
)

// Pair is what is declared and what is live at one address. At least one side is
// set.
type Pair struct {
	Desired *schema.Object
	Live    *schema.Object

	Overlaid bool // the desired side comes from overlays
}

// Addr is the address of the pair.
func (p Pair) Addr() schema.Address {
	if p.Desired != nil {
		return p.Desired.Addr
	}
	return p.Live.Addr
}

// Name is how messages call the object.
func (p Pair) Name() string {
	if p.Desired != nil {
		return p.Desired.Name()
	}
	return p.Live.Name()
}

// Match joins two streams that are sorted by address, and yields every address
// once, in order. A stream that is out of order or repeats an address is an
// error that names both objects.
func Match(desired, live schema.Stream) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		d, l := newSide("desired", desired), newSide("live", live)
		defer d.stop()
		defer l.stop()
		for {
			if err := firstError(d.err, l.err); err != nil {
				yield(Pair{}, err)
				return
			}
			pair, more := join(d, l)
			if !more || !yield(pair, nil) {
				return
			}
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// join takes the lower of the two heads, or both when they are equal.
func join(d, l *side) (Pair, bool) {
	switch {
	case d.head == nil && l.head == nil:
		return Pair{}, false
	case l.head == nil:
		return Pair{Desired: d.take()}, true
	case d.head == nil:
		return Pair{Live: l.take()}, true
	}
	switch c := d.head.Addr.Compare(l.head.Addr); {
	case c < 0:
		return Pair{Desired: d.take()}, true
	case c > 0:
		return Pair{Live: l.take()}, true
	default:
		return Pair{Desired: d.take(), Live: l.take()}, true
	}
}

// side is one stream with its next object.
type side struct {
	name string
	next func() (schema.Object, error, bool)
	stop func()
	head *schema.Object
	err  error
}

func newSide(name string, s schema.Stream) *side {
	next, stop := iter.Pull2(s)
	side := &side{name: name, next: next, stop: stop}
	side.advance(nil)
	return side
}

func (s *side) take() *schema.Object {
	taken := s.head
	s.advance(taken)
	return taken
}

func (s *side) advance(last *schema.Object) {
	s.head = nil
	o, err, ok := s.next()
	if !ok {
		return
	}
	if err != nil {
		s.err = err
		return
	}
	if last != nil && last.Addr.Compare(o.Addr) >= 0 {
		s.err = fmt.Errorf("%s stream: %s follows %s; addresses must be unique and ascending", s.name, o.Name(), last.Name())
		return
	}
	s.head = &o
}

// Settled tells, without decoding in nearly all cases, that nothing is to be done about a pair: the
// live object holds every declared value and our mark as it should be, or it is
// not declared and does not bear our mark. Desired documents must be sealed (see
// [schema.Seal]).
func Settled(p Pair, owner string) bool {
	switch {
	case p.Live == nil:
		return false
	case p.Desired == nil:
		return !Marked(p.Live, owner)
	case len(p.Desired.Refusals) > 0 || !schema.Covers(p.Live.Doc, p.Desired.Doc):
		return false
	case p.Desired.Addr.Kind.Targets():
		return len(p.Live.Revisions) == 1 && sameDoc(schema.ContentOf(p.Live.Doc), schema.ContentOf(p.Desired.Doc))
	default:
		return sameManifest(p) && (!isExact(p.Desired) || nothingElse(p, owner))
	}
}

func isExact(d *schema.Object) bool { return d.Lifecycle != nil && d.Lifecycle.Mode == "exact" }

// nothingElse tells that a live object holds no leaf that an exact declaration
// would remove. It decodes, which only exact objects pay for.
func nothingElse(p Pair, owner string) bool {
	u := newUpdate(p.Desired, p.Live, Policy{Owner: owner})
	u.exact()
	return len(u.unsets) == 0
}

// Marked tells whether a live object bears an owner's mark.
func Marked(o *schema.Object, owner string) bool {
	return len(schema.Lookup(o.Doc, schema.Path{"tags", schema.ReservedTag, owner})) > 0
}
