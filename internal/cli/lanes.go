package cli

import (
	"iter"

	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/plan"
)

// besideFrom is the number of changes from which a plan is executed in two lanes.
// Smaller plans go in the order in which they are shown.
const besideFrom = 1000

// lanes opens a plan file for apply: all of its changes, or, of a large plan, the free
// ones apart from the others. Each lane has a reader of its own, so that none of them
// is held in memory.
func lanes(file string, counts plan.Counts) (staged, beside iter.Seq2[plan.Change, error], done func(), err error) {
	r, closer, err := openPlan(file)()
	if err != nil {
		return nil, nil, nil, err
	}
	if counts.Total() < besideFrom || counts.Update == 0 || counts.Update == counts.Total() {
		return r.Changes(), nil, func() { _ = closer.Close() }, nil
	}
	again, closeAgain, err := openPlan(file)()
	if err != nil {
		_ = closer.Close()
		return nil, nil, nil, err
	}
	notFree := func(c plan.Change) bool { return !c.Free() }
	return only(r.Changes(), notFree), only(again.Changes(), plan.Change.Free), func() { _, _ = closer.Close(), closeAgain.Close() }, nil
}

// routes open a plan file for an apply that goes through import jobs as far as it can:
// lists of changes for imports, which can be gone through repeatedly, and the rest.
type routes struct {
	file  string
	whole bool               // the file was gone through to its end
	seen  [importRoutes]bool // then: what there is in it
}

// Routes of changes. Those of imports come first.
const (
	restRoute    = 2
	importRoutes = 3
)

func routeOf(c plan.Change) int {
	if group, ok := remote.ImportGroup(c); ok {
		return group
	}
	return restRoute
}

// changes are those of one route. A file that is known to have none is not read.
func (r *routes) changes(route int) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		if r.whole && !r.seen[route] {
			return
		}
		in, closer, err := openPlan(r.file)()
		if err != nil {
			yield(plan.Change{}, err)
			return
		}
		defer closer.Close()
		in.Trust() // it was verified a moment ago
		for c, err := range in.Changes() {
			mine := true
			if err == nil {
				at := routeOf(c)
				r.seen[at], mine = true, at == route
			}
			if mine && !yield(c, err) {
				return
			}
		}
		r.whole = true
	}
}

// only lets the changes through that are kept.
func only(in iter.Seq2[plan.Change, error], keep func(plan.Change) bool) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for c, err := range in {
			if (err != nil || keep(c)) && !yield(c, err) {
				return
			}
		}
	}
}
