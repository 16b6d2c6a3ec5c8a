package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// declared is a pair of an object that is declared and was not seen.
func declared(a schema.Address) plan.Pair {
	return plan.Pair{Desired: &schema.Object{Addr: a, Doc: schema.Doc(`{"tags":{"wanted":true}}`)}}
}

// ghost is a pair of an object that was seen with our mark and is not declared.
func ghost(a schema.Address) plan.Pair {
	doc := `{"tags":{"twinset":{"` + owner + `":{"c":true,"h":"0000000000","v":1}}}}`
	return plan.Pair{Live: &schema.Object{Addr: a, Doc: schema.Doc(doc)}}
}

func numbered(n int, pair func(schema.Address) plan.Pair) []plan.Pair {
	var list []plan.Pair
	for i := range n {
		list = append(list, pair(schema.DeviceAddress(fmt.Sprintf("dev-%03d", i))))
	}
	return list
}

func (r *rig) confirmed(list ...plan.Pair) []plan.Pair {
	r.Helper()
	var out []plan.Pair
	for p, err := range r.Confirm(r.Context(), sequence(list)) {
		if err != nil {
			r.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// The first read is answered after the third one was.
func TestConfirmKeepsOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	third := make(chan struct{})
	r.wire.disturb(1, "GET /twins/dev-000", after(func() { <-third }))
	r.wire.disturb(1, "GET /twins/dev-002", func(w http.ResponseWriter, req *http.Request, hub http.Handler) {
		hub.ServeHTTP(w, req)
		close(third)
	})
	var got, want []string
	for _, p := range r.confirmed(numbered(30, declared)...) {
		got = append(got, p.Addr().ID)
	}
	for _, p := range numbered(30, declared) {
		want = append(want, p.Addr().ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want all in order", got)
	}
}

func TestConfirmDropsGhosts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.confirmed(numbered(3, ghost)...); len(got) != 0 {
		t.Errorf("got %d pairs, want none of what is gone", len(got))
	}
}

func TestConfirmFindsWhatWasCreatedMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fleet(1)
	addr := schema.DeviceAddress("dev-000")
	got := r.confirmed(declared(addr))
	if len(got) != 1 || got[0].Desired == nil || got[0].Live == nil {
		t.Fatalf("got %+v, want a pair with both sides", got)
	}
	if diff := cmp.Diff(r.object(addr), *got[0].Live); diff != "" {
		t.Errorf("live differs (-want +got):\n%s", diff)
	}
}

func TestConfirmTakesWhatIsLiveNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}}
	r.set(d)
	stale := r.object(schema.DeviceAddress("d"))
	stale.Doc, stale.ETags = schema.Doc(`{}`), schema.ETags{Identity: "old", Twin: "old"}
	desired := r.desired(owner, d)[0]
	if got := r.confirmed(plan.Pair{Desired: &desired, Live: &stale}); len(got) != 0 {
		t.Errorf("got %+v, want nothing: the object is settled", got)
	}
	r.patch(stale.Addr, `{"site":"b"}`, "")
	got := r.confirmed(plan.Pair{Desired: &desired, Live: &stale})
	if len(got) != 1 || text(got[0].Live.Doc, "tags", "site") != "b" || got[0].Live.ETags != r.object(stale.Addr).ETags {
		t.Errorf("got %+v, want the object as it is now", got)
	}
}

// A module of a device that is known to be gone needs no read of its own.
func TestConfirmSavesReadsBelowAbsentDevices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.parallel = 1
	got := r.confirmed(ghost(schema.DeviceAddress("d")), ghost(schema.ModuleAddress("d", "old")), declared(schema.ModuleAddress("d", "new")))
	if len(got) != 1 || got[0].Addr() != schema.ModuleAddress("d", "new") || got[0].Live != nil {
		t.Errorf("got %+v, want the declared module, absent", got)
	}
	if want := []string{"GET /twins/d"}; !slices.Equal(r.wire.lines(), want) {
		t.Errorf("requests: got %v, want %v", r.wire.lines(), want)
	}
}

func TestConfirmReadsAsManyAsAllowed(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 3} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.parallel = parallel
				r.wire.disturb(100, "GET /twins/*", held)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- lastError(r.Confirm(ctx, sequence(numbered(20, declared)))) }()
				synctest.Wait()
				if got := len(r.wire.lines()); got != parallel {
					t.Errorf("got %d reads under way, want %d", got, parallel)
				}
				cancel()
				if err := <-ended; err == nil {
					t.Error("got no error after the context ended")
				}
			})
		})
	}
}

func lastError[T any](s iter.Seq2[T, error]) error {
	var last error
	for _, err := range s {
		last = err
	}
	return last
}

// Whoever stops listening leaves nothing behind: a goroutine that is still held
// when the test ends makes it fail.
func TestConfirmStopsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.wire.disturb(1, "GET /twins/dev-000", after(func() {}))
		r.wire.disturb(100, "GET /twins/*", held)
		taken := 0
		for p, err := range r.Confirm(t.Context(), sequence(numbered(50, declared))) {
			if err != nil || p.Addr().ID != "dev-000" {
				t.Fatalf("got %+v, %v, want the first pair", p, err)
			}
			taken++
			synctest.Wait() // the reads after it are under way
			break
		}
		if got := len(r.wire.lines()); taken != 1 || got > 1+r.parallel {
			t.Errorf("got %d pairs and %d reads, want one pair and the reads that were under way", taken, got)
		}
	})
}

// A stream that ends early must not look like a whole one.
func TestConfirmReportsTheEndOfItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.parallel = 1
	for range 50 { // the feeder chooses at random between a free slot and the end
		ctx, cancel := context.WithCancel(t.Context())
		var last error
		for _, err := range r.Confirm(ctx, sequence(numbered(5, declared))) {
			last = err
			cancel()
		}
		cancel()
		if !errors.Is(last, context.Canceled) {
			t.Fatalf("got last error %v, want that of the context", last)
		}
	}
}

func TestConfirmEndsWithAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the input broke")
	input := func(yield func(plan.Pair, error) bool) {
		_ = yield(declared(schema.DeviceAddress("a")), nil) && yield(plan.Pair{}, broken)
	}
	for _, tt := range []struct {
		name string
		in   iter.Seq2[plan.Pair, error]
		at   string // the read that fails
		ok   func(error) bool
	}{
		{"of the input", input, "", func(err error) bool { return errors.Is(err, broken) }},
		{"of a read", sequence(numbered(9, declared)), "dev-001", hub.IsUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.wire.disturb(1, "GET /twins/"+tt.at, refused(http.StatusUnauthorized, "IotHubUnauthorizedAccess", ""))
			pairs, errs := 0, []error(nil)
			for _, err := range r.Confirm(t.Context(), tt.in) {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				pairs++
			}
			if pairs != 1 || len(errs) != 1 || !tt.ok(errs[0]) {
				t.Errorf("got %d pairs and errors %v, want the one pair before it, then the error and nothing more", pairs, errs)
			}
		})
	}
}
