package cli

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// distant answers after a time, as a hub far away does.
type distant struct {
	handlerTransport
	latency *time.Duration
}

func (d distant) Do(r *http.Request) (*http.Response, error) {
	time.Sleep(*d.latency) // of the bubble's clock
	return d.handlerTransport.Do(r)
}

// TestPredictedTime: against a hub that throttles as its SKU does, apply takes the
// time that the plan tells, uses the allowance and is hardly ever turned down.
func TestPredictedTime(t *testing.T) {
	t.Parallel()
	sizes := []struct {
		hub              quota.Hub
		creates, updates int
	}{
		{quota.Hub{SKU: "S1", Units: 1}, 5000, 2000},
		{quota.Hub{SKU: "S2", Units: 1}, 5000, 2000},
		{quota.Hub{SKU: "S3", Units: 1}, 10_000, 5000},
		{quota.Hub{SKU: "S3", Units: 10}, 20_000, 15_000},
	}
	for _, s := range sizes {
		for _, latency := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s/%s", s.hub, latency), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newPaced(t, s.hub, latency)
					r.run(t, quota.Registry, plan.Create, s.creates)
					time.Sleep(5 * time.Minute) // both buckets are full again
					r.run(t, quota.TwinUpdate, plan.Update, min(s.creates, s.updates))
				})
			})
		}
	}
}

// paced is a hub of a size with a client that knows it.
type paced struct {
	size    quota.Hub
	remote  *remote.Remote
	latency *time.Duration

	mu                  sync.Mutex
	requests, throttled int
	units               map[hub.Class]int // operations that were carried out
}

func newPaced(t *testing.T, size quota.Hub, latency time.Duration) *paced {
	t.Helper()
	h, err := emulator.Open(emulator.Options{HostName: "hub.example", SKU: size.SKU, Units: size.Units})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	text, err := h.ConnectionString("iothubowner", "")
	if err != nil {
		t.Fatal(err)
	}
	cs, err := hub.ParseConnectionString(text)
	if err != nil {
		t.Fatal(err)
	}
	cred, err := hub.SASCredential(cs, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &paced{size: size, latency: &latency, units: map[hub.Class]int{}}
	c, err := hub.New(cs.HostName, cred, &hub.Options{Transport: distant{handlerTransport{h}, &latency}, Rates: ratesOf(size), Observe: p.observe})
	if err != nil {
		t.Fatal(err)
	}
	p.remote = remote.New(c, remote.Options{Owner: "fleet/prod", Now: time.Now, Parallel: size.Workers(quota.TwinRead)})
	return p
}

func (p *paced) observe(e hub.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if e.Status == http.StatusTooManyRequests {
		p.throttled++
		return
	}
	p.units[e.Class] += e.Units
}

// run applies changes of one action and holds the time that it took against the one
// that a plan would have told.
func (p *paced) run(t *testing.T, class quota.Class, action plan.Action, n int) {
	t.Helper()
	p.requests, p.throttled = 0, 0
	var cost remote.Cost
	for c, err := range numbered(action, n) {
		if err != nil {
			t.Fatal(err)
		}
		cost.Add(c)
	}
	predicted, slowest := p.size.Time(cost.Bill())
	workers := p.size.Workers(quota.TwinUpdate)
	began := time.Now()
	res, err := apply.Run(context.Background(), numbered(action, n), p.remote.Target(), apply.Options{Parallel: workers})
	took := time.Since(began)
	if err != nil || res.Changed() != n || res.Incomplete() {
		t.Fatalf("%s: got %+v, %v, want %d changes", action, res, err, n)
	}
	if slowest != class {
		t.Errorf("%s: got %s as the class that it waits for, want %s", action, slowest, class)
	}
	if diff := took - predicted; diff.Abs() > predicted/10 {
		t.Errorf("%s: took %s, predicted %s", action, took, predicted)
	}
	if used := float64(n) / p.size.Rate(class).PerSecond() / took.Seconds(); used < 0.95 {
		t.Errorf("%s: used %.1f %% of the allowance, want 95 %%", action, 100*used)
	}
	if share := float64(p.throttled) / float64(p.requests); share >= 0.005 {
		t.Errorf("%s: %.2f %% of %d requests were answered 429, want less than 0.5 %%", action, 100*share, p.requests)
	}
}

// numbered are changes of devices 0 to n-1.
func numbered(action plan.Action, n int) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for i := range n {
			c := plan.Change{Action: action, Addr: schema.DeviceAddress(fmt.Sprintf("d-%06d", i)), Mark: schema.Doc(`{"v":1}`)}
			if action == plan.Create {
				c.After = schema.Doc(`{"tags":{"site":"north"}}`)
			} else {
				c.ETags.Twin = string(hub.Any)
				c.Leaves = []plan.Leaf{{Path: schema.Path{"tags", "site"}, Before: schema.Doc(`"north"`), After: schema.Doc(`"south"`)}}
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}
