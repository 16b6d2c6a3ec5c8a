package hub

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	defaultRetryBudget = 20 * time.Minute
	// tryTimeout leaves room for traffic shaping, which answers late before it
	// answers 429 (FACTS §10.2).
	tryTimeout = 60 * time.Second
	// throttledDelay is what the text of a 429 asks for; the hub sends no
	// Retry-After (FACTS §0.9, §10.2).
	throttledDelay = 10 * time.Second
	failedDelay    = 800 * time.Millisecond
	maxDelay       = 60 * time.Second
	// contactBudget bounds the tries to reach a hub that has never answered: that
	// is a wrong name or no network more often than an outage.
	contactBudget = 30 * time.Second
)

// retryPolicy repeats a call within a budget of time. azcore's own policy counts
// tries, which ends long before a throttled hub answers again.
type retryPolicy struct {
	budget  time.Duration // negative: one try only
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	jitter  func() float64 // in [0, 1)
	observe func(Event)
	log     *slog.Logger
	pace    *pacer
	reached atomic.Bool // the hub has answered this client
}

// Do runs the tries of a call and keeps account of them in it.
func (p *retryPolicy) Do(req *policy.Request) (*http.Response, error) {
	var k *call
	if !req.OperationValue(&k) {
		return req.Next()
	}
	ctx := req.Raw().Context()
	waited, err := p.pace.wait(ctx, k.class, k.units, p.now())
	if err != nil {
		return nil, err
	}
	start := p.now() // the budget is for the hub's troubles, not for its limits
	for {
		began := p.now()
		resp, err := p.try(req, k)
		if resp != nil {
			p.reached.Store(true)
		}
		k.account(resp, err)
		ended := p.now()
		p.learn(k, resp, began, ended)
		k.elapsed = ended.Sub(start)
		delay, again := p.next(k, resp, err)
		if ctx.Err() != nil {
			again, delay = false, 0
		}
		p.report(ctx, k, Event{Waited: waited, Duration: ended.Sub(began), Retry: again, Delay: delay, Err: err}, resp)
		waited = 0 // the next try waits for its delay only: it has paid, and the hub took nothing
		if !again {
			return resp, err
		}
		if err := p.sleep(ctx, delay); err != nil {
			return nil, err
		}
	}
}

// learn tells the pacer what became of a try. One without an answer says nothing
// about limits; a 429 of a later try says nothing about the pace, which it did not keep.
func (p *retryPolicy) learn(k *call, resp *http.Response, sent, now time.Time) {
	throttled := resp != nil && resp.StatusCode == http.StatusTooManyRequests
	if resp == nil || throttled && k.tries > 1 {
		return
	}
	var after time.Duration
	if throttled {
		after, _ = retryAfter(resp.Header, now)
	}
	p.pace.answered(k.class, k.units, sent, now, throttled, after)
}

// try sends the request once. Each try reads the body through a reader of its
// own: a transport that gave up may still be reading the last one.
func (p *retryPolicy) try(req *policy.Request, k *call) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Raw().Context(), tryTimeout)
	defer cancel() // the answer has been read whole
	r := req.Clone(ctx)
	if k.body != nil {
		r.Raw().GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(k.body)), nil }
		r.Raw().Body, _ = r.Raw().GetBody() // never an error
	}
	return r.Next()
}

// next decides whether there is another try, and when.
func (p *retryPolicy) next(k *call, resp *http.Response, err error) (time.Duration, bool) {
	budget := p.budget
	switch {
	case err != nil && isPermanent(err), err == nil && !retried(resp.StatusCode):
		return 0, false
	case err != nil && !p.reached.Load() && !errors.Is(err, context.DeadlineExceeded):
		budget = min(budget, contactBudget)
	}
	delay := p.backoff(k.tries, resp)
	if k.elapsed+delay > budget {
		return 0, false
	}
	return delay, true
}

func retried(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// backoff is what the hub asks for, else a random time between a floor and a
// ceiling that doubles with each try.
func (p *retryPolicy) backoff(tries int, resp *http.Response) time.Duration {
	floor := failedDelay
	if resp != nil {
		if d, ok := retryAfter(resp.Header, p.now()); ok {
			return d
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			floor = throttledDelay
		}
	}
	ceiling := maxDelay
	if tries < 8 { // beyond that any floor has passed the cap
		ceiling = min(maxDelay, floor<<tries)
	}
	return floor + time.Duration(p.jitter()*float64(ceiling-floor))
}

// retryAfter reads the delay from the headers that Azure services use. Hubs have
// not been seen to send one (FACTS §10.2 unverified); if they do, they know best.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.ParseUint(h.Get(name), 10, 31); err == nil {
			return time.Duration(ms) * time.Millisecond, true
		}
	}
	text := h.Get("Retry-After")
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(s) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// report tells the observer and the log of a try. Nothing of the request but its
// purpose is logged: headers hold tokens, bodies may hold keys.
func (p *retryPolicy) report(ctx context.Context, k *call, e Event, resp *http.Response) {
	e.Op, e.Class, e.Units, e.Try = k.op, k.class, k.units, k.tries
	if resp != nil {
		e.Status, e.RequestID = resp.StatusCode, resp.Header.Get(headerRequestID)
	}
	if p.log.Enabled(ctx, slog.LevelDebug) {
		attrs := []slog.Attr{
			slog.String("op", e.Op), slog.String("method", k.method), slog.Int("try", e.Try), slog.Int("status", e.Status),
			slog.String("request_id", e.RequestID), slog.Duration("duration", e.Duration),
		}
		if e.Retry {
			attrs = append(attrs, slog.Duration("retry_in", e.Delay))
		}
		if e.Err != nil {
			attrs = append(attrs, slog.String("error", plainText(e.Err)))
		}
		p.log.LogAttrs(ctx, slog.LevelDebug, "hub request", attrs...)
	}
	if p.observe != nil {
		p.observe(e)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
