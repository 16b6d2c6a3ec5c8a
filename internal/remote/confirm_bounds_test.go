package remote

import (
	"testing"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// Of many that were not seen, a few are read: creates write nothing over. When one of
// those exists, the index is behind, and all are read.
func TestConfirmBoundsReadsOfAbsences(t *testing.T) {
	t.Parallel()
	const n = 40
	for name, c := range map[string]struct {
		bounds ConfirmBounds
		exist  int // of the first ones
		reads  int
	}{
		"without bounds":              {ConfirmBounds{}, 0, n},
		"too many":                    {ConfirmBounds{Absent: n, Cheap: 10}, 0, probes},
		"more than expected":          {ConfirmBounds{Absent: 0, Cheap: 10}, 0, 10},
		"cheap":                       {ConfirmBounds{Absent: n, Cheap: n}, 0, n},
		"the index is behind":         {ConfirmBounds{Absent: n, Cheap: 10}, 1, n},
		"the index is behind by many": {ConfirmBounds{Absent: 0, Cheap: 10}, 20, n},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if c.exist > 0 {
				r.fleet(c.exist)
			}
			r.BoundConfirm(c.bounds)
			live := 0
			got := r.confirmed(numbered(n, declared)...)
			for _, p := range got {
				if p.Live != nil {
					live++
				}
			}
			if reads := len(r.wire.lines()); reads != c.reads || len(got) != n || live != c.exist {
				t.Errorf("got %d reads, %d pairs and %d that exist, want %d, %d and %d", reads, len(got), live, c.reads, n, c.exist)
			}
		})
	}
}

// What is not created when it is absent is always read.
func TestConfirmReadsWhatMustExist(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.BoundConfirm(ConfirmBounds{Absent: 100, Cheap: 1})
	list := numbered(12, declared)
	for i := range list {
		list[i].Desired.Lifecycle = &schema.Lifecycle{Manage: schema.ManageTwin}
		if i%2 == 0 {
			list[i].Desired.Lifecycle = &schema.Lifecycle{Exists: true}
		}
	}
	if got := r.confirmed(list...); len(got) != 12 || len(r.wire.lines()) != 12 {
		t.Errorf("got %d pairs after %d reads, want 12 of each", len(got), len(r.wire.lines()))
	}
}

// Of many changed ones that the query told, a few are read, and all when one of those
// has changed since.
func TestConfirmBoundsReadsOfUpdates(t *testing.T) {
	t.Parallel()
	const n = 40
	for name, c := range map[string]struct{ moved, reads int }{
		"as told":                         {-1, 10},
		"the first one changed since":     {0, n},
		"one that is not read did change": {n - 1, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newCalmRig(t)
			r.fleet(n)
			var list []plan.Pair
			for i, o := range r.live()[:n] {
				if i == c.moved {
					r.patch(o.Addr, `{"site":"b"}`, "")
				}
				list = append(list, plan.Pair{Desired: declared(o.Addr).Desired, Live: &o})
			}
			before := len(r.wire.lines())
			r.BoundConfirm(ConfirmBounds{Cheap: 10})
			got := r.confirmed(list...)
			if reads := len(r.wire.lines()) - before; reads != c.reads || len(got) != n {
				t.Errorf("got %d reads and %d pairs, want %d and %d", reads, len(got), c.reads, n)
			}
		})
	}
}

// What may be removed is read, however many there are.
func TestConfirmReadsWhatMayBeRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.BoundConfirm(ConfirmBounds{Cheap: 1})
	if got := r.confirmed(numbered(12, ghost)...); len(got) != 0 || len(r.wire.lines()) != 12 {
		t.Errorf("got %d pairs after %d reads, want none after 12", len(got), len(r.wire.lines()))
	}
}
