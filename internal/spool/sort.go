package spool

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// leastPart is how many records are worth a goroutine that sorts them.
const leastPart = 1 << 11

// sort puts the records into order, on all cores.
func (b *buffer) sort() {
	if half := len(b.refs) / 2; cap(b.spare) < half {
		b.spare = make([]ref, half)
	}
	b.sortPart(b.refs, b.spare[:len(b.refs)/2], runtime.GOMAXPROCS(0))
}

// sortPart sorts the halves side by side and merges them. It needs room for half of the
// records.
func (b *buffer) sortPart(refs, spare []ref, cores int) {
	if cores < 2 || len(refs) < 2*leastPart {
		slices.SortFunc(refs, b.compare)
		return
	}
	half := len(refs) / 2
	lower, upper := refs[:half], refs[half:]
	var other sync.WaitGroup
	other.Go(func() { b.sortPart(lower, spare[:half/2], cores/2) })
	b.sortPart(upper, spare[half/2:], cores-cores/2)
	other.Wait()
	b.merge(refs, spare[:copy(spare, lower)], upper)
}

// merge fills refs with what is in a and in b. The latter may be the end of refs: what
// is overwritten of it was taken before.
func (b *buffer) merge(refs, lower, upper []ref) {
	for i := range refs {
		if len(lower) == 0 {
			return // the rest is in its place
		}
		if len(upper) == 0 || b.compare(lower[0], upper[0]) < 0 {
			refs[i], lower = lower[0], lower[1:]
		} else {
			refs[i], upper = upper[0], upper[1:]
		}
	}
}

// compare orders by key, and equal keys as they were added.
func (b *buffer) compare(x, y ref) int {
	if c := bytes.Compare(b.keyOf(x), b.keyOf(y)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(x.block, y.block), cmp.Compare(x.start, y.start))
}
