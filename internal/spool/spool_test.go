package spool

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type pair struct{ Key, Value string }

func newSorter(t testing.TB, o Options) *Sorter {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func addAll(t testing.TB, s *Sorter, records []pair) {
	t.Helper()
	for _, r := range records {
		if err := s.Add([]byte(r.Key), []byte(r.Value)); err != nil {
			t.Fatal(err)
		}
	}
}

// collect returns the records up to the first error.
func collect(records iter.Seq2[Record, error]) ([]pair, error) {
	var got []pair
	for rec, err := range records {
		if err != nil {
			return got, err
		}
		got = append(got, pair{string(rec.Key), string(rec.Value)})
	}
	return got, nil
}

func stableSorted(records []pair) []pair {
	want := slices.Clone(records)
	slices.SortStableFunc(want, func(a, b pair) int { return strings.Compare(a.Key, b.Key) })
	return want
}

func numbered(n int) []pair {
	rnd := rand.New(rand.NewPCG(1, 2))
	records := make([]pair, n)
	for i := range records {
		records[i] = pair{fmt.Sprintf("device-%04d", rnd.IntN(n)), fmt.Sprintf("value %d", i)}
	}
	return records
}

func TestSorted(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 3*maxBlock)
	tests := []struct {
		name    string
		budget  int
		records []pair
		runs    int
	}{
		{name: "nothing added"},
		{name: "one record", records: []pair{{"a", "1"}}},
		{name: "empty keys and values", records: []pair{{"", "2"}, {"", ""}, {"a", ""}, {"", "1"}}},
		{name: "equal keys keep their order in memory", records: []pair{{"b", "1"}, {"a", "2"}, {"b", "0"}, {"a", "1"}}},
		{name: "equal keys keep their order on disk", budget: 1, records: []pair{{"b", "1"}, {"a", "2"}, {"b", "0"}, {"a", "1"}}, runs: 4},
		{name: "keys compare bytewise", records: []pair{{"é", ""}, {"a\x00", ""}, {"a", ""}, {"Z", ""}, {"\xff", ""}}},
		{name: "a record larger than a block", records: []pair{{"b", big}, {big, "a"}, {"a", "1"}}},
		{name: "a record larger than the budget", budget: 100, records: []pair{{"b", big}, {"a", "1"}}, runs: 2},
		{name: "the last records stay below the budget", budget: 100, records: numbered(7), runs: 3},
		{name: "as many runs as are merged at once", budget: 1, records: numbered(maxFanIn), runs: maxFanIn},
		{name: "one run more", budget: 1, records: numbered(maxFanIn + 1), runs: 2},
		{name: "two passes", budget: 1, records: numbered(maxFanIn*maxFanIn + 1), runs: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSorter(t, Options{Budget: tt.budget})
			addAll(t, s, tt.records)
			got, err := collect(s.Sorted())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(stableSorted(tt.records), got, equateEmpty); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			if len(s.runs) != tt.runs {
				t.Errorf("merged runs at the end: got %d, want %d", len(s.runs), tt.runs)
			}
		})
	}
}

var equateEmpty = cmp.Transformer("nil", func(p []pair) string { return fmt.Sprintf("%q", p) })

// TestSortedEqualsStableSort: whatever the records and the budget, the result is
// the one of a stable sort in memory.
func TestSortedEqualsStableSort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := rapid.OneOf(rapid.StringMatching(`[ab]{0,3}`), rapid.String())
	records := rapid.SliceOf(rapid.Custom(func(t *rapid.T) pair {
		return pair{key.Draw(t, "key"), rapid.String().Draw(t, "value")}
	}))
	rapid.Check(t, func(t *rapid.T) {
		in := records.Draw(t, "records")
		s, err := New(Options{Dir: dir, Budget: rapid.IntRange(0, 2000).Draw(t, "budget")})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range in {
			if err := s.Add([]byte(r.Key), []byte(r.Value)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := collect(s.Sorted())
		if err != nil {
			t.Fatal(err)
		}
		if want := stableSorted(in); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
	assertEmptyDir(t, dir)
}

func TestAddCopies(t *testing.T) {
	t.Parallel()
	s := newSorter(t, Options{})
	key, value := []byte("key"), []byte("value")
	if err := s.Add(key, value); err != nil {
		t.Fatal(err)
	}
	copy(key, "xxx")
	copy(value, "xxxxx")
	got, err := collect(s.Sorted())
	if want := []pair{{"key", "value"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and error %v, want %q", got, err, want)
	}
}

func TestStopEarly(t *testing.T) {
	t.Parallel()
	for _, budget := range []int{0, 1} {
		s := newSorter(t, Options{Budget: budget})
		addAll(t, s, numbered(10))
		steps := 0
		for _, err := range s.Sorted() {
			if err != nil {
				t.Fatal(err)
			}
			steps++
			break
		}
		if steps != 1 {
			t.Errorf("budget %d: got %d steps, want 1", budget, steps)
		}
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	reading := func(s *Sorter) { _, _ = collect(s.Sorted()) }
	closed := func(s *Sorter) { _ = s.Close() }
	add := func(s *Sorter) error { return s.Add(nil, nil) }
	read := func(s *Sorter) error { _, err := collect(s.Sorted()); return err }
	tests := []struct {
		name string
		when func(*Sorter)
		do   func(*Sorter) error
		want error
	}{
		{"add while reading", reading, add, errReading},
		{"read twice", reading, read, errReread},
		{"add after close", closed, add, errClosed},
		{"read after close", closed, read, errClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSorter(t, Options{})
			tt.when(s)
			if got := tt.do(s); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNegativeBudget(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Budget: -1}); err == nil {
		t.Error("got no error for a budget of -1")
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSorter(t, Options{Dir: dir, Budget: 1000})
	addAll(t, s, []pair{{"small", "below the budget"}})
	assertEmptyDir(t, dir)

	addAll(t, s, numbered(100))
	if runtime.GOOS != "windows" {
		assertEmptyDir(t, dir) // whatever ends this process now, nothing is left
	}
	if s.spill == nil {
		t.Fatal("got no file, want one above the budget")
	}
	info, err := s.spill.file.Stat()
	if err != nil || info.Size() == 0 {
		t.Fatalf("got error %v or an empty file, want records in it", err)
	}
	// Windows has no such bits; there the file inherits the user's access.
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o600 {
		t.Errorf("file: got mode %o, want 600", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	assertEmptyDir(t, dir)
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// TestPassRemovesItsInput: a merge pass needs the space twice, not once more per pass.
func TestPassRemovesItsInput(t *testing.T) {
	t.Parallel()
	s := newSorter(t, Options{Budget: 1})
	addAll(t, s, numbered(maxFanIn+1))
	before := s.spill.file
	for _, err := range s.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if err := before.Close(); s.spill.file == before || !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file before the pass: got %v, want it closed", err)
	}
}

func TestMissingDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "missing")
	s := newSorter(t, Options{Dir: dir, Budget: 1})
	err := s.Add([]byte("k"), nil)
	if err == nil || !strings.Contains(err.Error(), "sort on disk in "+dir) {
		t.Fatalf("got error %v, want one naming %s", err, dir)
	}
	if again := s.Add([]byte("k"), nil); !errors.Is(again, err) {
		t.Errorf("second add: got %v, want the first error", again)
	}
	if _, got := collect(s.Sorted()); !errors.Is(got, err) {
		t.Errorf("sorted: got %v, want the first error", got)
	}
}

// TestReusesMemory: the blocks of one run serve the next. Not parallel, because
// it counts allocations.
func TestReusesMemory(t *testing.T) {
	b := newBuffer(minBlock)
	value := bytes.Repeat([]byte("v"), 100)
	fill := func() {
		for range 100 {
			b.add(value[:3], value)
		}
		b.reset()
	}
	fill()
	if got := testing.AllocsPerRun(10, fill); got != 0 {
		t.Errorf("got %v allocations per run, want 0", got)
	}
}

func assertEmptyDir(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 0 {
		t.Errorf("left behind in %s: %v", dir, entries)
	}
}
