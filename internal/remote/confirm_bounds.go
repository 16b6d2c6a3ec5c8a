package remote

import (
	"iter"
	"sync"
	"sync/atomic"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// ConfirmBounds bound the single reads of Confirm. A create never writes over what
// exists, and an update carries the ETag that the query told: an answer that was
// behind is found out when the change is applied, at the latest. So where many reads
// would tell little, they are left out (docs/adr/0022-confirmation.md). What may be
// removed is always read. The zero value has everything read.
type ConfirmBounds struct {
	Absent int64 // so many objects at least are declared and were not seen
	Cheap  int64 // so many of either, absent or changed, may be read; 0 means any number

	// Listed tells that the live side is an export: what it does not show does not exist.
	// Everything else is read, because an export does not tell who wrote what.
	Listed bool
}

// probes are the absences that are read of too many. Objects are created in the order
// in which they are confirmed, so what the index does not show yet comes first.
const probes = 5

// BoundConfirm bounds the reads of Confirm.
func (r *Remote) BoundConfirm(b ConfirmBounds) { r.bounds = b }

// bounds decide which pairs are read: the first ones of each sort, and the others only
// if one of those is not as the query told, which means that the index is behind. What
// is read does not depend on the order of the answers.
type bounds struct {
	listed          bool
	all             bool // the index is behind, or there are no bounds
	absent, changed budget
	reads           sync.WaitGroup
	behind          atomic.Bool
}

// budget is what is left of the reads of one sort.
type budget struct {
	left int64
	over bool // and none of them told anything new
}

func newBounds(b ConfirmBounds) *bounds {
	s := &bounds{listed: b.Listed, all: b.Cheap == 0, absent: budget{left: b.Cheap}, changed: budget{left: b.Cheap}}
	if b.Absent > b.Cheap {
		s.absent.left = min(probes, b.Cheap)
	}
	return s
}

// judged is a pair and whether its live side is to be read.
type judged struct {
	plan.Pair
	read bool
}

// judged decides about pairs as they come. Reads that are under way count until they
// are done.
func (s *bounds) judged(in iter.Seq2[plan.Pair, error]) iter.Seq2[judged, error] {
	return func(yield func(judged, error) bool) {
		for p, err := range in {
			j := judged{Pair: p, read: err == nil && s.read(p)}
			if j.read {
				s.reads.Add(1)
			}
			if !yield(j, err) {
				return
			}
		}
	}
}

// read tells whether to read a pair's live side.
func (s *bounds) read(p plan.Pair) bool {
	switch {
	case s.listed:
		return !wouldCreate(p)
	case s.all:
		return true
	case wouldCreate(p):
		return s.spend(&s.absent)
	case wouldUpdate(p):
		return s.spend(&s.changed)
	default:
		return true
	}
}

func (s *bounds) spend(b *budget) bool {
	switch {
	case b.left > 0:
		b.left--
		return true
	case b.over:
		return false
	}
	s.reads.Wait()
	s.all = s.behind.Load()
	b.over = !s.all
	return s.all
}

// compare notes when a pair is not as the query told.
func (s *bounds) compare(told, read plan.Pair) {
	switch {
	case wouldCreate(told) && read.Live != nil,
		wouldUpdate(told) && (read.Live == nil || read.Live.ETags != told.Live.ETags):
		s.behind.Store(true)
	}
}

// wouldCreate tells whether a pair is nothing but a create if there is no live side.
func wouldCreate(p plan.Pair) bool {
	if p.Live != nil || p.Desired == nil || p.Addr().Kind.Targets() {
		return false
	}
	l := p.Desired.Lifecycle
	return !l.TwinOnly() && (l == nil || !l.Exists)
}

// wouldUpdate tells whether a pair is nothing but a conditional update. What is told of
// a manifest comes from several twins, so it is read together.
func wouldUpdate(p plan.Pair) bool {
	return p.Live != nil && p.Desired != nil && !p.Addr().Kind.Targets() &&
		p.Live.ETags.Identity != "" && p.Live.ETags.Twin != "" && schema.Lookup(p.Desired.Doc, manifestPath) == nil
}
