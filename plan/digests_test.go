package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// The set is a set, also when it is asked in between.
func TestDigests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var d digests
		want := map[uint64]bool{}
		value := rapid.Uint64Range(0, 40)
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
	for i := range uint64(n) {
		d.add(2 * (n - i))
	}
	for i := range uint64(n) {
		if !d.has(2*(i+1)) || d.has(2*i+1) {
			t.Fatalf("%d: the set is not what was added", i)
		}
	}
}
