package plan

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The set is a set, also when it is asked in between.
func TestDigests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shift := rapid.SampledFrom([]int{0, 58}).Draw(t, "shift") // digests are spread over all numbers
		var d digests
		want := map[uint64]bool{}
		value := rapid.Map(rapid.Uint64Range(0, 40), func(v uint64) uint64 { return v << shift })
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			v := value.Draw(t, "value")
			if rapid.Bool().Draw(t, "add") {
				d.add(v)
				want[v] = true
			} else if got := d.has(v); got != want[v] {
				t.Fatalf("has(%d): got %v, want %v", v, got, want[v])
			}
		}
	})
}

func TestDigestsOverBlocks(t *testing.T) {
	t.Parallel()
	var d digests
	const n = 3*digestBlock + 7
	const apart = math.MaxUint64/(2*n+2) | 1
	for i := range uint64(n) {
		d.add(apart * 2 * (n - i))
	}
	for i := range uint64(n) {
		if !d.has(apart*2*(i+1)) || d.has(apart*(2*i+1)) {
			t.Fatalf("%d: the set is not what was added", i)
		}
	}
}
