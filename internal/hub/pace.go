package hub

import (
	"context"
	"math"
	"sync"
	"time"
)

// Rate is what a hub takes of one class.
type Rate struct {
	PerSecond float64 // operations; 0 means that the limit is not known
	Burst     float64 // operations that may go at once before the pace counts
}

const (
	// margin keeps the pace a little below the allowance: at exactly the allowance,
	// what the hub has queued up would never drain.
	margin = 0.98
	// backOff and recovery are the multiplicative decrease at a 429 and the additive
	// increase after it, as a share of the known limit for each second. Recovery is slow
	// because others may be using the same hub for good.
	backOff  = 0.5
	recovery = 0.01
	// backDown and search are the same where the limit is not known: the first decrease
	// starts from what the hub was seen to take, and the increase is a share of the rate
	// itself, because that may be a small part of what the hub would take.
	backDown = 0.7
	search   = 0.05
	// leastShare of a known limit is always tried, and leastRate of an unknown one: no
	// class of any hub has less (FACTS §10.1).
	leastShare = 0.05
	leastRate  = 20.0 / 60
	// span is the time over which the pace of a class without a known limit is measured.
	span = 10 * time.Second
)

// pacer holds calls back so that each class stays within what the hub takes of it
// (FACTS §10.1), and learns from 429 what that is where it is not known, or where
// somebody else uses the same hub.
type pacer struct {
	mu      sync.Mutex
	rates   map[Class]Rate
	buckets map[Class]*bucket
	sleep   func(context.Context, time.Duration) error
}

func newPacer(rates map[Class]Rate, sleep func(context.Context, time.Duration) error) *pacer {
	return &pacer{rates: rates, buckets: map[Class]*bucket{}, sleep: sleep}
}

// wait lets a call of so many operations through when it is its turn, in order of
// arrival, and returns how long it was held back.
func (p *pacer) wait(ctx context.Context, c Class, units int, now time.Time) (time.Duration, error) {
	p.mu.Lock()
	b := p.bucket(c, now)
	d := b.take(float64(units), now)
	p.mu.Unlock()
	if d <= 0 {
		return 0, nil
	}
	if err := p.sleep(ctx, d); err != nil {
		p.mu.Lock()
		b.tokens += float64(units) // it was not sent
		p.mu.Unlock()
		return 0, err
	}
	return d, nil
}

// answered tells what became of a try that was sent at a time. A 429 slows the class
// down, once for all tries that were under way; after is what the hub asked for, or 0.
func (p *pacer) answered(c Class, units int, sent, now time.Time, throttled bool, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(c, now)
	if !throttled {
		b.count(float64(units), now)
		return
	}
	b.throttled(sent, now, after)
}

func (p *pacer) bucket(c Class, now time.Time) *bucket {
	b := p.buckets[c]
	if b == nil {
		r := p.rates[c]
		b = &bucket{limit: margin * r.PerSecond, rate: margin * r.PerSecond, burst: max(1, r.Burst), tokens: max(1, r.Burst), at: now, since: now}
		p.buckets[c] = b
	}
	return b
}

// bucket is a token bucket that may go into debt: a call starts when its operations,
// or as many as the bucket can hold, are there, and pays for all of them.
type bucket struct {
	limit  float64 // operations a second that rate never passes; 0 when not known
	rate   float64 // operations a second; 0 lets everything through
	burst  float64
	tokens float64
	at     time.Time // tokens and rate are of this time
	cut    time.Time // of the last decrease

	taken, before float64   // operations answered in this span and in the one before
	since         time.Time // this span began
}

// take pays for operations and returns when they may be sent.
func (b *bucket) take(units float64, now time.Time) time.Duration {
	b.refill(now)
	if b.rate == 0 {
		return 0
	}
	missing := min(units, b.burst) - b.tokens
	b.tokens -= units
	return max(0, time.Duration(missing/b.rate*float64(time.Second)))
}

func (b *bucket) refill(now time.Time) {
	passed := now.Sub(b.at).Seconds()
	if passed <= 0 {
		return
	}
	b.at = now
	if b.rate == 0 {
		return
	}
	if b.limit > 0 {
		b.rate = min(b.limit, b.rate+recovery*b.limit*passed)
	} else {
		b.rate *= math.Exp(search * min(passed, span.Seconds()))
	}
	b.tokens = min(b.burst, b.tokens+b.rate*passed)
}

// throttled halves the rate. A try that was sent before the last decrease says
// nothing about the rate since.
func (b *bucket) throttled(sent, now time.Time, after time.Duration) {
	b.refill(now)
	if !sent.After(b.cut) && !b.cut.IsZero() {
		return
	}
	b.cut = now
	rate, least, share := b.rate, leastShare*b.limit, backOff
	if b.limit == 0 {
		least, share = leastRate, backDown
		if rate == 0 {
			rate = b.measured(now)
		}
	}
	b.rate = max(least, share*rate)
	b.tokens = min(b.tokens, 0) - b.rate*after.Seconds()
}

// count notes operations that the hub carried out.
func (b *bucket) count(units float64, now time.Time) {
	b.turn(now)
	b.taken += units
}

// turn begins a new span when the last one is over.
func (b *bucket) turn(now time.Time) {
	passed := now.Sub(b.since)
	if passed < span {
		return
	}
	b.before, b.taken = b.taken, 0
	if passed >= 2*span {
		b.before = 0
	}
	b.since = now
}

// measured is the pace of the last one to two spans, in operations a second.
func (b *bucket) measured(now time.Time) float64 {
	b.turn(now)
	passed := now.Sub(b.since).Seconds()
	if b.before > 0 {
		passed += span.Seconds()
	}
	return (b.before + b.taken) / max(1, passed)
}
