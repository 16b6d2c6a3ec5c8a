package cli

import (
	"net/http"
	"sync"
	"time"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/quota"
)

// ratesOf are the limits of a hub as its client keeps them; none for a hub whose size
// is not known.
func ratesOf(size quota.Hub) map[hub.Class]hub.Rate {
	if !size.Known() {
		return nil
	}
	rates := map[hub.Class]hub.Rate{}
	for _, c := range quota.Classes() {
		r := size.Rate(c)
		rates[hub.Class(c)] = hub.Rate{PerSecond: r.PerSecond(), Burst: r.Burst()}
	}
	return rates
}

// meter adds up for how long at least one request has been waiting because the hub
// had answered 429.
type meter struct {
	now func() time.Time

	mu    sync.Mutex
	until time.Time     // the last of them goes on then
	total time.Duration // up to then
}

// observe takes an event of the client, from any goroutine.
func (m *meter) observe(e hub.Event) {
	if e.Status != http.StatusTooManyRequests || !e.Retry {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.now()
	to := from.Add(e.Delay)
	if from.Before(m.until) {
		from = m.until
	}
	if to.After(from) {
		m.total += to.Sub(from)
		m.until = to
	}
}

// throttled is the time until now.
func (m *meter) throttled() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total - max(0, m.until.Sub(m.now()))
}
