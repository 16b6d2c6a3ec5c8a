package emulator

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The index agrees with a map and sorting, whatever the order of writes.
func TestIndexProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var x index
		model := map[string]*record{}
		keys := rapid.IntRange(1, 3*chunkSize).Draw(t, "keys")
		for _, n := range rapid.SliceOfN(rapid.IntRange(-keys, keys), 0, 4*chunkSize).Draw(t, "writes") {
			key := fmt.Sprintf("%05d", max(n, -n))
			if n < 0 {
				x.remove(key)
				delete(model, key)
				continue
			}
			r := &record{key: key}
			x.put(r)
			model[key] = r
		}
		start := fmt.Sprintf("%05d", rapid.IntRange(0, keys+1).Draw(t, "start"))
		checkIndex(t, &x, model, start)
	})
}

func checkIndex(t *rapid.T, x *index, model map[string]*record, start string) {
	want := slices.Sorted(maps.Keys(model))
	var got, gotAfter, wantAfter []string
	for _, r := range x.all() {
		got = append(got, r.key)
	}
	for r := range x.after(start) {
		gotAfter = append(gotAfter, r.key)
	}
	for _, key := range want {
		if x.get(key) != model[key] {
			t.Fatalf("get %s: got another record than the last one put", key)
		}
		if key > start {
			wantAfter = append(wantAfter, key)
		}
	}
	if !slices.Equal(got, want) || x.size != len(want) {
		t.Fatalf("got %d keys (size %d), want %d: %s", len(got), x.size, len(want), cmp.Diff(want, got))
	}
	if !slices.Equal(gotAfter, wantAfter) {
		t.Fatalf("after %s: %s", start, cmp.Diff(wantAfter, gotAfter))
	}
}

func TestIndexOrders(t *testing.T) {
	t.Parallel()
	const n = 5 * chunkSize
	orders := map[string]func(i int) int{
		"ascending":  func(i int) int { return i },
		"descending": func(i int) int { return n - 1 - i },
		"scattered":  func(i int) int { return i * 997 % n },
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var x index
			for i := range n {
				x.put(&record{key: fmt.Sprintf("%06d", order(i))})
			}
			all := x.all()
			if len(all) != n || !slices.IsSortedFunc(all, func(a, b *record) int { return slices.Compare([]byte(a.key), []byte(b.key)) }) {
				t.Errorf("got %d records or wrong order, want %d in order", len(all), n)
			}
			for i := range n {
				x.remove(fmt.Sprintf("%06d", order(i)))
			}
			if len(x.chunks) != 0 || x.size != 0 {
				t.Errorf("got %d chunks and size %d after removing all, want none", len(x.chunks), x.size)
			}
		})
	}
}
