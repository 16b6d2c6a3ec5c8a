package cli

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// TestPredictedReading: against a hub that throttles as its SKU does, each way of reading
// takes the time that the plan tells, uses the allowances and is hardly ever turned down.
// `make quota` does it for more sizes and latencies: an S3 x 10 reads most fleets at once.
func TestPredictedReading(t *testing.T) {
	t.Parallel()
	type row struct {
		hub       quota.Hub
		twins     int
		latencies []time.Duration
		ways      []quota.Way
	}
	const ms = time.Millisecond
	ways := []quota.Way{quota.ByPages, quota.ByTwins, quota.ByBoth}
	rows := []row{
		{quota.Hub{SKU: "S1", Units: 1}, 20_000, []time.Duration{50 * ms}, ways},
		{quota.Hub{SKU: "S3", Units: 1}, 40_000, []time.Duration{200 * ms}, ways[:2]},
	}
	if *devices >= 100_000 {
		all := []time.Duration{5 * ms, 50 * ms, 200 * ms}
		rows = []row{
			{quota.Hub{SKU: "S1", Units: 1}, 20_000, all, ways},
			{quota.Hub{SKU: "S2", Units: 1}, 20_000, all, ways},
			{quota.Hub{SKU: "S3", Units: 1}, 100_000, all, ways},
			{quota.Hub{SKU: "S3", Units: 10}, 500_000, all, ways},
		}
	}
	for _, s := range rows {
		t.Run(s.hub.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPaced(t, s.hub, 0)
				p.populate(t, s.twins)
				for _, latency := range s.latencies {
					*p.latency = latency
					for _, way := range s.ways {
						time.Sleep(5 * time.Minute) // all buckets are full again
						p.read(t, way, s.twins)
					}
				}
			})
		})
	}
}

// TestChosenReading: what a plan takes where all devices are declared, where one is not,
// and where hardly any are.
func TestChosenReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		p := newPaced(t, quota.Hub{SKU: "S1", Units: 1}, 50*time.Millisecond)
		p.populate(t, n)
		p.choose(t, n, n, "Reading 2,000 twins: query pages and single reads, ~12 s (query pages alone would take ~45 s on S1 x 1)")
		time.Sleep(5 * time.Minute)
		p.choose(t, n-1, n, "Reading 2,000 twins: query pages, ~45 s at the limits of S1 x 1")
		time.Sleep(5 * time.Minute)
		p.choose(t, 3*n, n, "Reading 2,000 twins: query pages, ~45 s")
	})
}

// populate makes a fleet of fifty sites, of which each twin was written to long ago.
func (p *paced) populate(t *testing.T, n int) {
	t.Helper()
	for _, action := range []plan.Action{plan.Create, plan.Update} {
		changes := func(yield func(plan.Change, error) bool) {
			for c, err := range numbered(action, n) {
				at, _ := strconv.Atoi(c.Addr.ID[2:])
				site := fmt.Sprintf("s-%d", at%50)
				if action == plan.Create {
					c.After = fmt.Appendf(nil, `{"tags":{"site":%q}}`, site)
				} else {
					c.Leaves = []plan.Leaf{{Path: schema.Path{"desired", "on"}, After: schema.Doc("true")}}
				}
				if !yield(c, err) {
					return
				}
			}
		}
		res, err := apply.Run(context.Background(), changes, p.remote.Target(), apply.Options{Parallel: p.size.Workers(quota.TwinUpdate)})
		if err != nil || res.Changed() != n {
			t.Fatalf("populate: got %+v, %v", res, err)
		}
	}
	time.Sleep(2 * time.Hour)
}

// read reads the fleet in one way and holds the time against the one that was told.
func (p *paced) read(t *testing.T, way quota.Way, n int) {
	t.Helper()
	s, err := p.remote.Survey(t.Context(), schema.KindDevice)
	if err == nil {
		s, err = p.remote.Cut(t.Context(), s, p.size.Chains(longLatency), []schema.Path{{"tags", "site"}})
	}
	if err != nil || s.Count != int64(n) {
		t.Fatalf("survey: got %d twins, %v, want %d", s.Count, err, n)
	}
	f := quota.Fleet{Twins: s.Count, Known: int64(n), Latency: s.Latency, Parallel: p.size.Workers(quota.TwinRead), Queries: len(s.Queries), Largest: s.Largest}
	var told quota.Reading
	for _, r := range p.size.Readings(f) {
		if r.Way == way {
			told = r
		}
	}
	w := remote.Reading{Survey: s, Alone: way == quota.ByTwins}
	if way != quota.ByPages {
		w.Known = backwards(n)
	}
	p.remote.ReadBy([]remote.Reading{w})
	p.requests, p.throttled, p.units = 0, 0, map[hub.Class]int{}
	began, found := time.Now(), 0
	for _, err := range p.remote.Live(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	took := time.Since(began)
	p.holds(t, fmt.Sprintf("%s at %s", way, *p.latency), told, took)
	if found != n {
		t.Errorf("%s: got %d twins, want %d", way, found, n)
	}
}

// holds checks the time, the use of the classes that the reading waits for, and the
// share of 429.
func (p *paced) holds(t *testing.T, what string, told quota.Reading, took time.Duration) {
	t.Helper()
	if diff := took - told.Time; diff.Abs() > max(told.Time/10, 3**p.latency) {
		t.Errorf("%s: took %s, predicted %s", what, took, told.Time)
	}
	for class, asked := range told.Bill() {
		used := float64(p.units[hub.Class(class)]) / p.size.Rate(class).PerSecond() / took.Seconds()
		if t.Logf("%s: %s, told %s, %.1f %% of %s, %d requests, %d throttled", what, took, told.Time, 100*used, class, p.requests, p.throttled); used < 0.95 && asked.Operations > 1 {
			t.Errorf("%s: used %.1f %% of the allowance of %s, want 95 %%", what, 100*used, class)
		}
	}
	if share := float64(p.throttled) / float64(p.requests); share >= 0.005 {
		t.Errorf("%s: %.2f %% of %d requests were answered 429, want less than 0.5 %%", what, 100*share, p.requests)
	}
}

// backwards are the addresses of devices n-1 to 0.
func backwards(n int) iter.Seq2[schema.Address, error] {
	return func(yield func(schema.Address, error) bool) {
		for i := n - 1; i >= 0; i-- {
			if !yield(schema.DeviceAddress(fmt.Sprintf("d-%06d", i)), nil) {
				return
			}
		}
	}
}

// choose has the way chosen that a plan would take, and reads by it: it finds all
// that is there.
func (p *paced) choose(t *testing.T, declared, n int, want string) {
	t.Helper()
	ids, err := newIDList(leastMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer ids.close()
	objects := func(yield func(schema.Object, error) bool) {
		for i := range declared {
			o := schema.Object{Addr: schema.DeviceAddress(fmt.Sprintf("d-%06d", i)), Doc: schema.Doc(`{"tags":{"site":"s-1"}}`)}
			if !yield(o, nil) {
				return
			}
		}
	}
	for _, err := range ids.noted(objects) {
		if err != nil {
			t.Fatal(err)
		}
	}
	told, err := choose(t.Context(), p.remote, p.size, p.size.Workers(quota.TwinRead), ids)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(told.Lines(), "\n"); !strings.Contains(text, want) {
		t.Errorf("got %q, want %q in it", text, want)
	}
	found := 0
	for _, err := range p.remote.Live(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != n {
		t.Errorf("%s: got %d twins, want %d", want, found, n)
	}
}
