package cli

import (
	"context"
	"time"

	"github.com/twinset/twinset/internal/quota"
	"github.com/twinset/twinset/internal/remote"
	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/schema"
)

// chooseReading finds out how large the fleet is and sets the way of reading it that
// takes least at the hub's limits. Without limits it is read by query pages, and
// nothing is asked.
func (g *global) chooseReading(ctx context.Context, r *remote.Remote, size quota.Hub, parallel int, declared *idList) error {
	if !size.Known() || declared == nil {
		return nil
	}
	told, err := choose(ctx, r, size, parallel, declared)
	if err != nil {
		return err
	}
	g.reading = told
	return nil
}

func choose(ctx context.Context, r *remote.Remote, size quota.Hub, parallel int, declared *idList) (*render.Reading, error) {
	told := &render.Reading{Hub: size}
	var ways []remote.Reading
	for _, k := range []schema.Kind{schema.KindDevice, schema.KindModule} {
		w, best, pages, err := chooseFor(ctx, r, k, size, parallel, declared)
		if err != nil {
			return nil, err
		}
		if w.Known != nil || len(w.Queries) > 1 {
			ways = append(ways, w)
		}
		told.Add(best, w.Count, pages)
	}
	r.ReadBy(ways)
	return told, nil
}

// chooseFor does that for the devices or the modules. Pages are good enough where they
// take seconds. Single reads must be able to show that they found all there is (see
// [remote.Reading]), and are for nothing where most of what is declared is not there.
func chooseFor(ctx context.Context, r *remote.Remote, k schema.Kind, size quota.Hub, parallel int, declared *idList) (w remote.Reading, best quota.Reading, pages time.Duration, err error) {
	if w.Survey, err = r.Survey(ctx, k); err != nil {
		return w, best, 0, err
	}
	f := quota.Fleet{Twins: w.Count, Latency: w.Latency, Parallel: parallel}
	if best, pages = size.Choose(f); pages < longReading {
		return w, best, pages, nil
	}
	if w.Survey, err = r.Cut(ctx, w.Survey, size.Chains(longLatency), declared.tags); err != nil {
		return w, best, 0, err
	}
	f.Queries, f.Largest = len(w.Queries), w.Largest
	if known := declared.kinds[k]; known.count <= w.Count+w.Count/10 {
		f.Known = known.count
	}
	if best, pages = size.Choose(f); best.Twins > 0 {
		aged, err := r.Aged(ctx, declared.kinds[k].first)
		if err != nil {
			return w, best, 0, err
		}
		if !aged {
			f.Known = 0
			best, pages = size.Choose(f)
		}
	}
	if best.Twins > 0 {
		w.Known, w.Alone = declared.of(k), best.Pages == 0
	}
	return w, best, pages, nil
}

// longReading is the time from which it is worth while to look for another way.
const longReading = 10 * time.Second

// longLatency is how long an answer may take for pages still to come at the hub's limit:
// so many queries run side by side. It is twice what is likely, because parts are uneven.
const longLatency = time.Second
