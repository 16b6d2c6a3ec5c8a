package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// backlogPatience is the longest that a request is held back before it is refused instead. The service has been seen
// to hold requests back for 3.2 s and says to come again after 10 s (FACTS §10.2, §0.9); its own bound is unverified.
const backlogPatience = 10 * time.Second

// throttle slows down and refuses what goes beyond the hub's SKU and units: the first requests of a burst pass, those
// after it wait, and those that would wait too long get 429 (FACTS §10.2). How large a burst passes is unverified: here
// it is what the limit allows in its period. A nil throttle lets everything pass.
type throttle struct {
	tier    tier
	options *Options

	mu      sync.Mutex
	buckets map[operation]*bucket
	quota   quota
}

func newThrottle(o *Options) (*throttle, error) {
	switch {
	case o.SKU == "" && o.Units > 1:
		return nil, fmt.Errorf("%d units of no SKU: name one of F1, S1, S2 and S3", o.Units)
	case o.SKU == "":
		return nil, nil //nolint:nilnil // no SKU, no throttle
	}
	units := o.Units
	if units == 0 {
		units = 1
	}
	tier, err := findTier(o.SKU, units)
	if err != nil {
		return nil, err
	}
	t := &throttle{tier: tier, options: o, buckets: map[operation]*bucket{}, quota: quota{messages: tier.messages * units}}
	for _, l := range limits() {
		r := tier.rates(l)
		burst := max(r.hub, r.unit*float64(units))
		t.buckets[l.operation] = &bucket{named: l.named, burst: burst, perSecond: burst / l.period.Seconds(), level: burst}
	}
	return t, nil
}

// admit waits for a request's turn. It is called without the hub's lock.
func (t *throttle) admit(ctx context.Context, r *route, body []byte) *fault {
	if t == nil {
		return nil
	}
	class := classify(r)
	if class == unlimited {
		return nil
	}
	wait, err := t.reserve(class, cost(class, r, body))
	if err != nil || wait <= 0 {
		return err
	}
	turn := make(chan struct{})
	stop := t.options.AfterFunc(wait, func() { close(turn) })
	select {
	case <-turn:
		return nil
	case <-ctx.Done(): // nobody is there to hear the answer, and nothing was executed
		stop()
		return throttled(t.buckets[class].named)
	}
}

func (t *throttle) reserve(class operation, cost int) (time.Duration, *fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Now()
	if billed(class) {
		if err := t.quota.refuse(now); err != nil {
			return 0, err
		}
	}
	b := t.buckets[class]
	wait, accepted := b.reserve(now, float64(cost), backlogPatience)
	if !accepted {
		return 0, throttled(b.named)
	}
	return wait, nil
}

// settle counts what only the answer tells: the messages that it costs, and the identities of a list. An answer that has
// to wait is counted when it is there.
func (t *throttle) settle(r *route, request []byte, answer reply) reply {
	if t == nil {
		return answer
	}
	if later := answer.later; later != nil {
		answer.later = func(ctx context.Context) (reply, *fault) {
			rep, err := later(ctx)
			if err == nil {
				rep = t.settle(r, request, rep)
			}
			return rep, err
		}
		return answer
	}
	t.count(classify(r), r, request, answer)
	return answer
}

func (t *throttle) count(class operation, r *route, request []byte, answer reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Now()
	if billed(class) {
		t.quota.spend(now, messages(class, t.tier.block, len(request), len(answer.body)))
	}
	// Whether a list counts as one operation or as one for each identity is unverified (FACTS §10.5).
	if answer.items > 1 && class == registry && r.method == http.MethodGet {
		t.buckets[class].owe(now, float64(answer.items-1))
	}
}

// cost is how much of its class's rate a request takes: a bulk call as much as it has entries (FACTS §2.5), a direct
// method as many as its payload has blocks (FACTS §10.1).
func cost(class operation, r *route, body []byte) int {
	switch {
	case class == methodCalls:
		return max(1, blocks(len(body), 4<<10))
	case class == registry && r.method == http.MethodPost:
		return max(1, entries(body))
	}
	return 1
}

// entries counts the members of a list, which may be inside an object; 0 for anything else.
func entries(body []byte) int {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		return len(list)
	}
	var outer map[string]json.RawMessage
	if json.Unmarshal(body, &outer) != nil {
		return 0
	}
	n := 0
	for _, inner := range outer {
		if json.Unmarshal(inner, &list) == nil {
			n += len(list)
		}
	}
	return n
}

// throttled is the 429 of FACTS §0.9. It closes the connection and has no Retry-After.
func throttled(named string) *fault {
	return &fault{
		status: http.StatusTooManyRequests, code: 429003, name: "ThrottlingBacklogTimeout", closes: true,
		text: "The request has been throttled. Wait 10 seconds and try again. Operation type: " + named,
	}
}

// bucket is one class's rate: what is left of a burst, refilled evenly. Requests that wait have made the level negative.
type bucket struct {
	named     string
	burst     float64
	perSecond float64
	level     float64
	at        time.Time // when level was right
}

// reserve takes cost out and returns how long to wait for it, or takes nothing if that is longer than patience.
func (b *bucket) reserve(now time.Time, cost float64, patience time.Duration) (wait time.Duration, accepted bool) {
	b.refill(now)
	if missing := cost - b.level; missing > 0 {
		wait = time.Duration(math.Ceil(missing / b.perSecond * float64(time.Second)))
	}
	if wait > patience {
		return wait, false
	}
	b.level -= cost
	return wait, true
}

// owe takes cost out, however much that is.
func (b *bucket) owe(now time.Time, cost float64) {
	b.refill(now)
	b.level -= cost
}

func (b *bucket) refill(now time.Time) {
	if since := now.Sub(b.at).Seconds(); since > 0 { // a clock that is set back refills nothing
		b.level = min(b.burst, b.level+since*b.perSecond)
	}
	b.at = now
}
