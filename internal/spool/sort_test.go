package spool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortOnCores: however many cores there are, the order is that of one, also of
// records with the same key.
func TestSortOnCores(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2*leastPart - 1, 2 * leastPart, 2*leastPart + 1, 4*leastPart + 3, 9*leastPart + 5} {
		rnd := rand.New(rand.NewPCG(1, uint64(n)))
		b := newBuffer(1 << 20)
		for range n {
			b.add(fmt.Appendf(nil, "device-%04d", rnd.IntN(n)), nil)
		}
		want := slices.Clone(b.refs)
		slices.SortFunc(want, b.compare)
		for _, cores := range []int{1, 2, 3, 8} {
			got := slices.Clone(b.refs)
			b.sortPart(got, make([]ref, n/2), cores)
			if !slices.Equal(got, want) {
				t.Errorf("%d records on %d cores are in another order than on one", n, cores)
			}
		}
	}
}
