package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// meter is a hub's allowance of one class: a bucket that holds a second or a quarter
// of a minute, then queues calls up to a time, then turns them down.
type meter struct {
	rate, burst float64
	latency     time.Duration
	queue       time.Duration

	mu        sync.Mutex
	tokens    float64
	at        time.Time
	taken     float64 // operations that were carried out
	throttled int
	requests  int
}

func newMeter(rate, burst float64, latency time.Duration) *meter {
	return &meter{rate: rate, burst: burst, tokens: burst, latency: latency, queue: time.Second, at: time.Now()}
}

func (m *meter) Do(r *http.Request) (*http.Response, error) {
	units := 1.0
	if r.Method == http.MethodPost {
		var entries []json.RawMessage
		if json.NewDecoder(r.Body).Decode(&entries) == nil && len(entries) > 0 {
			units = float64(len(entries))
		}
	}
	wait, ok := m.take(units)
	if err := sleep(r.Context(), m.latency+wait); err != nil {
		return nil, err
	}
	if !ok {
		return respond(r, answer{status: http.StatusTooManyRequests}), nil
	}
	body := `{"deviceId":"d"}`
	if r.Method == http.MethodPost {
		body = `{"isSuccessful":true,"errors":[],"warnings":[]}`
	}
	return respond(r, answer{status: http.StatusOK, body: body}), nil
}

func (m *meter) take(units float64) (time.Duration, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.tokens = min(m.burst, m.tokens+m.rate*now.Sub(m.at).Seconds())
	m.at = now
	m.requests++
	wait := max(0, time.Duration((min(units, m.burst)-m.tokens)/m.rate*float64(time.Second)))
	if wait > m.queue {
		m.throttled++
		return 0, false
	}
	m.tokens -= units
	m.taken += units
	return wait, true
}

// load keeps calls of one class under way for some time.
func load(ctx context.Context, c *Client, class Class, workers int) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				spend(ctx, c, class, w)
			}
		})
	}
	wg.Wait()
}

func spend(ctx context.Context, c *Client, class Class, worker int) {
	switch class {
	case ClassTwinRead:
		_, _ = c.Twin(ctx, "d", "")
	case ClassTwinUpdate:
		_, _ = c.PatchTwin(ctx, "d", "", Patch{Tags: []byte(`{"a":1}`)}, Any)
	default:
		entries := make([]BulkEntry, MaxBulk)
		for i := range entries {
			entries[i] = BulkEntry{ID: fmt.Sprintf("d-%d-%d", worker, i), ImportMode: ImportCreate}
		}
		_, _ = c.Bulk(ctx, entries)
	}
}

// TestAtTheQuota: whatever the hub's size and latency, nearly all of an allowance is
// used and hardly a request is turned down.
func TestAtTheQuota(t *testing.T) {
	t.Parallel()
	hubs := []struct {
		name                   string
		registry, read, update float64 // a second
	}{
		{"S1x1", 100.0 / 60, 100, 50},
		{"S2x1", 100.0 / 60, 100, 50},
		{"S3x1", 5000.0 / 60, 500, 250},
		{"S3x10", 50000.0 / 60, 5000, 2500},
	}
	for _, h := range hubs {
		for _, latency := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
			for class, rate := range map[Class]float64{ClassRegistry: h.registry, ClassTwinRead: h.read, ClassTwinUpdate: h.update} {
				t.Run(fmt.Sprintf("%s/%s/%s", h.name, class, latency), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { saturate(t, class, rate, latency) })
				})
			}
		}
	}
}

func saturate(t *testing.T, class Class, rate float64, latency time.Duration) {
	burst := rate
	if class == ClassRegistry {
		burst = 15 * rate
	}
	run := time.Duration(max(8, min(1800, 8_000/rate)) * float64(time.Second))
	m := newMeter(rate, burst, latency)
	c := newClient(t, "hub.example", &Options{Transport: m, Rates: map[Class]Rate{class: {PerSecond: rate, Burst: burst}}})
	ctx, cancel := context.WithTimeout(t.Context(), run)
	defer cancel()
	load(ctx, c, class, max(10, int(math.Ceil(rate/2))))
	if used := m.taken / (rate * run.Seconds()); used < 0.95 {
		t.Errorf("used %.1f %% of the allowance in %s, want 95 %%", 100*used, run)
	}
	if share := float64(m.throttled) / float64(m.requests); share >= 0.005 {
		t.Errorf("%.2f %% of %d requests were answered 429, want less than 0.5 %%", 100*share, m.requests)
	}
}

// TestUnknownLimit: without a known limit, 429s show where it is. Where it is low, the
// ten seconds that a call waits after a 429 weigh more.
func TestUnknownLimit(t *testing.T) {
	t.Parallel()
	rows := []struct {
		rate, least float64
		run         time.Duration
	}{{5, 0.5, 10 * time.Minute}, {50, 0.7, 5 * time.Minute}, {500, 0.7, 2 * time.Minute}}
	for _, row := range rows {
		rate, least := row.rate, row.least
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMeter(rate, rate, 20*time.Millisecond)
				c := newClient(t, "hub.example", &Options{Transport: m})
				ctx, cancel := context.WithTimeout(t.Context(), row.run)
				defer cancel()
				load(ctx, c, ClassTwinRead, 20)
				if used := m.taken / (rate * row.run.Seconds()); used < least {
					t.Errorf("used %.1f %% of the allowance, want %.0f %%", 100*used, 100*least)
				}
				if share := float64(m.throttled) / float64(m.requests); share > 0.05 {
					t.Errorf("%.2f %% of %d requests were answered 429, want 5 %% at most", 100*share, m.requests)
				}
			})
		})
	}
}

// TestSharedHub: when others use half of the allowance, we come down to the rest.
func TestSharedHub(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(50, 50, 20*time.Millisecond) // of a hub that takes 100
		c := newClient(t, "hub.example", &Options{Transport: m, Rates: map[Class]Rate{ClassTwinRead: {PerSecond: 100, Burst: 100}}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		load(ctx, c, ClassTwinRead, 50)
		if used := m.taken / (50 * 600); used < 0.7 {
			t.Errorf("used %.1f %% of what others leave, want 70 %%", 100*used)
		}
		if share := float64(m.throttled) / float64(m.requests); share > 0.05 {
			t.Errorf("%.2f %% of %d requests were answered 429, want 5 %% at most", 100*share, m.requests)
		}
	})
}

// TestRetryAfterHoldsTheClass: what the hub asks of one call holds for the others of
// its class, and not for other classes.
func TestRetryAfterHoldsTheClass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{outcomes: []outcome{header(429, "Retry-After", "30"), ok()}}
		c := newClient(t, "hub.example", &Options{Transport: s, RetryBudget: -1, Rates: map[Class]Rate{
			ClassTwinRead: {PerSecond: 10, Burst: 1}, ClassRegistry: {PerSecond: 10, Burst: 1},
		}})
		if _, err := c.Twin(t.Context(), "d", ""); !IsThrottled(err) {
			t.Fatalf("got %v, want 429", err)
		}
		for _, step := range []struct {
			name        string
			read        func() error
			least, most time.Duration
		}{
			{"registry", func() error { _, err := c.Device(t.Context(), "d"); return err }, 0, 0},
			{"twin", func() error { _, err := c.Twin(t.Context(), "d", ""); return err }, 30 * time.Second, 31 * time.Second},
		} {
			start := time.Now()
			if err := step.read(); err != nil && !strings.Contains(err.Error(), "read answer") {
				t.Fatal(err)
			}
			if d := time.Since(start); d < step.least || d > step.most {
				t.Errorf("%s: waited %s, want %s to %s", step.name, d, step.least, step.most)
			}
		}
	})
}

// TestCanceledCallsPayNothing: a call that was given up while it waited leaves its
// turn to others.
func TestCanceledCallsPayNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "hub.example", &Options{Transport: &script{outcomes: []outcome{ok()}}, Rates: map[Class]Rate{ClassTwinRead: {PerSecond: 1, Burst: 1}}})
		read := func(ctx context.Context) error { _, err := c.Twin(ctx, "d", ""); return err }
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := read(ctx); err == nil {
			t.Fatal("got an answer, want the end of its time")
		}
		start := time.Now()
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 1100*time.Millisecond {
			t.Errorf("waited %s, want no more than a second's turn", d)
		}
	})
}
