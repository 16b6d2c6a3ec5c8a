package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// watch looks at devices before and after every request of a replacement: each
// must find one of the contents that are allowed, in its twin and by a
// configuration that the hub has applied. One that joins right then must find it
// too: a hub leaves in a twin what a removed configuration wrote (FACTS §6.3), so
// that only a newcomer feels that there is none.
type watch struct {
	*rig
	moment  atomic.Int64 // the clock, in nanoseconds
	allowed []string     // values of dim
	gaps    []string     // what devices had to do without
	looks   int
}

func newWatch(t tester) *watch {
	w := &watch{}
	w.moment.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	w.rig = newRigAt(t, hub.Options{RetryBudget: -1}, func() time.Time { return time.Unix(0, w.moment.Load()).UTC() })
	w.sleep = func(_ context.Context, d time.Duration) error { w.advance(d); return nil }
	w.sensors(2)
	return w
}

func (w *watch) advance(d time.Duration) { w.moment.Add(int64(d)) }

// begin watches every request from now on.
func (w *watch) begin(allowed ...string) {
	w.allowed = allowed
	inner := w.wire.hub
	w.wire.hub = http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		w.look("before " + q.Method + " " + q.URL.Path)
		defer w.look("after " + q.Method + " " + q.URL.Path) // also of a connection that breaks
		w.advance(40 * time.Second)                          // a cycle of evaluation begins somewhere in between
		inner.ServeHTTP(rw, q)
	})
}

func (w *watch) look(when string) {
	w.looks++
	newcomer := fmt.Sprintf("newcomer-%d", w.looks)
	entry := hub.BulkEntry{ID: newcomer, ImportMode: hub.ImportCreate, Status: "enabled", Tags: json.RawMessage(`{"role":"sensor"}`)}
	if res, err := w.portal.Bulk(context.Background(), []hub.BulkEntry{entry}); err != nil || !res.IsSuccessful {
		w.Fatalf("newcomer: %+v, %v", res, err)
	}
	for page, err := range w.portal.Query(context.Background(), "SELECT * FROM devices WHERE tags.role = 'sensor'", pageSize) {
		if err != nil {
			w.Fatal(err)
		}
		for _, item := range page.Items {
			w.check(when, item)
		}
	}
	if err := w.portal.DeleteDevice(context.Background(), newcomer, hub.Any); err != nil {
		w.Fatal(err)
	}
}

// check notes a gap when a device is without content, or nobody stands for it.
func (w *watch) check(when string, item []byte) {
	var twin struct {
		DeviceID   string
		Properties struct {
			Desired struct{ Night struct{ Dim json.Number } }
		}
		Configurations map[string]struct{ Status string }
	}
	if err := json.Unmarshal(item, &twin); err != nil {
		w.Fatal(err)
	}
	applied := 0
	for _, c := range twin.Configurations {
		if c.Status == "Applied" {
			applied++
		}
	}
	if dim := string(twin.Properties.Desired.Night.Dim); applied == 0 || !slices.Contains(w.allowed, dim) {
		w.gaps = append(w.gaps, fmt.Sprintf("%s: %s has dim %q, and %d configurations applied", when, twin.DeviceID, dim, applied))
	}
}

func (w *watch) wantNoGap(format string, args ...any) {
	w.Helper()
	if w.looks < 10 {
		w.Fatalf("%s: looked %d times only", fmt.Sprintf(format, args...), w.looks)
	}
	if len(w.gaps) > 0 {
		w.Fatalf("%s: devices were without content %d times, first %s", fmt.Sprintf(format, args...), len(w.gaps), w.gaps[0])
	}
}

// No device is ever without the old or the new content.
func TestReplacementWatched(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.set(dim("0.25"))
	c := w.change(dim("0.5"))
	w.begin("0.25", "0.5")
	if o := w.execute(c); !o.Status.OK() {
		t.Fatalf("got %s, %v", o.Status, o.Err)
	}
	w.allowed = []string{"0.5"}
	w.wantSettled(dim("0.5"))
	w.wantNoGap("uninterrupted")
}

// The watch sees a gap where there is one.
func TestReplacementInPlaceWatched(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.set(dim("0.25"))
	c := w.change(dim("0.5", inPlace))
	w.begin("0.25", "0.5")
	w.execute(c)
	if len(w.gaps) == 0 {
		t.Errorf("looked %d times and saw no gap", w.looks)
	}
}

// Nor when apply stops between any two requests, with the last one executed or
// not, and goes on in any of the ways in which people go on.
func TestReplacementInterruptedWatched(t *testing.T) {
	t.Parallel()
	broken := func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
	ways := map[string]func(w *watch, c plan.Change) *schema.Configuration{
		"resume": func(w *watch, c plan.Change) *schema.Configuration {
			w.execute(c)
			return dim("0.5")
		},
		"plan again":  func(*watch, plan.Change) *schema.Configuration { return dim("0.5") },
		"go back":     func(*watch, plan.Change) *schema.Configuration { return dim("0.25") },
		"third value": func(*watch, plan.Change) *schema.Configuration { return dim("0.75") },
		"weaker": func(*watch, plan.Change) *schema.Configuration {
			return dim("0.75", func(c *schema.Configuration) { c.Priority = "5" })
		},
	}
	for how, on := range ways {
		for name, fault := range map[string]fault{"refused": broken, "unheard": lost} {
			t.Run(how+" "+name, func(t *testing.T) {
				t.Parallel()
				for n := 0; interruptedAt(t, n, fault, on); n++ {
				}
			})
		}
	}
}

// interruptedAt interrupts a replacement at its request n, and tells whether it
// has that many.
func interruptedAt(t *testing.T, n int, f fault, on func(*watch, plan.Change) *schema.Configuration) bool {
	t.Helper()
	w := newWatch(t)
	w.set(dim("0.25"))
	c := w.change(dim("0.5"))
	w.begin("0.25", "0.5", "0.75")
	if n >= replacementRequests(w.rig, c, n, f) {
		return false
	}
	w.advance(10 * time.Minute)
	next := on(w, c)
	w.set(next)
	w.wantSettled(next)
	w.wantNoGap("interrupted at request %d", n)
	if all := w.configurations(); len(all) != 1 {
		t.Fatalf("interrupted at request %d: got %+v, want one revision", n, all)
	}
	return true
}
