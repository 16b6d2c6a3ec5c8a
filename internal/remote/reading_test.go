package remote

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// register makes a device of nobody's.
func (r *rig) register(id string, tags []byte) {
	r.Helper()
	entry := hub.BulkEntry{ID: id, ImportMode: hub.ImportCreate, Status: "enabled", Tags: tags}
	if res, err := r.portal.Bulk(r.Context(), []hub.BulkEntry{entry}); err != nil || !res.IsSuccessful {
		r.Fatalf("make %s: %+v, %v", id, res, err)
	}
	if _, err := r.portal.PatchTwin(r.Context(), id, "", hub.Patch{Desired: []byte(`{"on":true}`)}, hub.Any); err != nil {
		r.Fatal(err)
	}
}

// newReadingRig makes a rig with a fleet of which devices have sites, or none, or an
// odd one. It is two hours old.
func newReadingRig(t tester, sites []any) (*rig, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	r := newRigOn(t, hub.Options{RetryBudget: -1}, emulator.Options{Now: c.Now})
	r.Remote.now = c.Now
	for i, site := range sites {
		var tags []byte
		if site != nil {
			var err error
			if tags, err = json.Marshal(map[string]any{"site": site}); err != nil {
				t.Fatal(err)
			}
		}
		r.register(fmt.Sprintf("dev-%03d", i), tags)
	}
	c.now = c.now.Add(2 * time.Hour)
	return r, c
}

func known(ids ...string) iter.Seq2[schema.Address, error] {
	return func(yield func(schema.Address, error) bool) {
		for _, id := range ids {
			if !yield(schema.DeviceAddress(id), nil) {
				return
			}
		}
	}
}

// Whatever devices have in the tag that the fleet is cut by, whichever ids are known, and
// whatever is alone, all ways find the same.
func TestReadingIsComplete(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := []any{nil, "a", "b", "c", "it's", ""}
		if rapid.Bool().Draw(t, "odd") {
			values = append(values, true, 7, map[string]any{"x": "a"}, []any{"a"})
		}
		site := rapid.SampledFrom(values)
		sites := rapid.SliceOfN(site, 0, 25).Draw(t, "sites")
		r, c := newReadingRig(t, sites)
		want := r.live()
		s, err := r.Survey(t.Context(), schema.KindDevice)
		if err != nil || s.Count != int64(len(sites)) {
			t.Fatalf("got a count of %d, %v, want %d", s.Count, err, len(sites))
		}
		rows, _, err := r.groups(t.Context(), "SELECT tags.site AS v, COUNT() AS n FROM devices GROUP BY tags.site")
		if err != nil {
			t.Fatal(err)
		}
		if queries, _ := cut(schema.KindDevice, schema.Path{"tags", "site"}, rows, s.Count, 3); queries != nil {
			s.Queries = queries
			disjoint(t, r, queries, len(sites))
		}
		var ids []string
		for i := range sites {
			if rapid.Bool().Draw(t, "known") {
				ids = append(ids, fmt.Sprintf("dev-%03d", i))
			}
		}
		if rapid.Bool().Draw(t, "new") { // the index had not counted it
			r.register("new", nil)
			ids = append(ids, "new")
			c.now = c.now.Add(time.Minute)
			want = r.live()
		}
		r.ReadBy([]Reading{{Survey: s, Known: known(append(ids, "absent")...), Alone: rapid.Bool().Draw(t, "alone")}})
		got := map[schema.Address]schema.Object{}
		for o, err := range r.Live(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got[o.Addr] = o
		}
		for _, o := range want {
			if diff := cmp.Diff(o, got[o.Addr]); diff != "" && o.Addr.ID != "new" {
				t.Fatalf("%s differs (-want +got):\n%s", o.Addr, diff)
			}
		}
	})
}

// disjoint checks that each device answers to one query, and to no more.
func disjoint(t tester, r *rig, queries []string, n int) {
	t.Helper()
	seen := map[schema.Address]bool{}
	for _, q := range queries {
		read := 0
		r.pages(t.Context(), q, &read, func(o schema.Object, err error) bool {
			if err != nil || seen[o.Addr] {
				t.Fatalf("%s: got %s again, or error %v", q, o.Addr, err)
			}
			seen[o.Addr] = true
			return true
		})
	}
	if len(seen) != n {
		t.Fatalf("got %d devices by %v, want %d", len(seen), queries, n)
	}
}

// With all ids known, single reads are enough; a device that is not among them is found
// by pages; and one that is new proves nothing.
func TestReadingStopsWhenAllIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ids     int
		fresh   bool
		queries int // for devices; the modules are another one
	}{
		"all are known":      {30, false, 0},
		"one is not known":   {29, false, 1},
		"the fleet is new":   {30, true, 1},
		"nothing is known":   {0, false, 1},
		"more than there is": {40, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, clock := newReadingRig(t, slices.Repeat([]any{"a"}, 30))
			if c.fresh {
				clock.now = clock.now.Add(-100 * time.Minute)
			}
			s, err := r.Survey(t.Context(), schema.KindDevice)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for i := range c.ids {
				ids = append(ids, fmt.Sprintf("dev-%03d", i))
			}
			before := len(r.wire.requests("POST", "/devices/query"))
			r.ReadBy([]Reading{{Survey: s, Known: known(ids...), Alone: true}})
			list := slices.CompactFunc(r.live(), func(a, b schema.Object) bool { return a.Addr == b.Addr })
			queries := len(r.wire.requests("POST", "/devices/query")) - before - 1
			if len(list) != 30 || queries != c.queries {
				t.Errorf("got %d devices after %d pages, want 30 after %d", len(list), queries, c.queries)
			}
		})
	}
}

// The fleet is cut by the tag that makes the most even parts.
func TestSurveyCutsByTheBestTag(t *testing.T) {
	t.Parallel()
	r, _ := newReadingRig(t, nil)
	for i := range 400 {
		r.register(fmt.Sprintf("d-%03d", i), fmt.Appendf(nil, `{"kind":"sensor","site":"s-%d","serial":"%d"}`, i%4, i))
	}
	s, err := r.Survey(t.Context(), schema.KindDevice)
	if err != nil {
		t.Fatal(err)
	}
	s, err = r.Cut(t.Context(), s, 2, []schema.Path{{"tags", "kind"}, {"tags", "serial"}, {"tags", "no-name"}, {"tags", "site"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"SELECT * FROM devices WHERE tags.site IN ['s-0','s-2']",
		"SELECT * FROM devices WHERE tags.site IN ['s-1','s-3']",
		"SELECT * FROM devices WHERE NOT IS_DEFINED(tags.site) OR NOT (tags.site IN ['s-0','s-1','s-2','s-3'])",
	}
	if diff := cmp.Diff(want, s.Queries); diff != "" || s.Count != 400 || s.Largest != 200 {
		t.Errorf("got %d objects, at most %d by one of (-want +got):\n%s", s.Count, s.Largest, diff)
	}
}
