package emulator

import (
	"time"

	"github.com/twinset/twinset/internal/emulator/query"
)

// defaultConfigurationCycle is the time between two evaluations that nothing else gave rise to (FACTS §6.3).
const defaultConfigurationCycle = 5 * time.Minute

// cycle says when configurations are evaluated next (FACTS §6.3): at once after a write to one of them, for new devices
// and modules as soon as they are there, and for all others, whose tags and reported properties may have changed, when
// the cycle is over. The hub's lock guards it.
type cycle struct {
	changed bool  // a configuration was written since the last evaluation
	next    ticks // of the cycle
}

func (c *cycle) due(s *store, now ticks) bool {
	return c.changed || len(s.configurations) > 0 && (len(s.fresh) > 0 || now >= c.next)
}

// Tick does what is due by the hub's clock: it runs jobs and evaluates configurations. Every request does so first, and a
// served hub from time to time, so that only a hub in which nobody asks anything needs it.
func (h *Hub) Tick() {
	now := toTicks(h.options.Now())
	h.mu.RLock()
	due := h.cycle.due(&h.store, now) || h.store.jobs.due(now)
	h.mu.RUnlock()
	if due {
		h.catchUp(now)
	}
	h.runTransfers(now)
}

func (h *Hub) catchUp(now ticks) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.store.jobs.due(now) {
		h.runJobs(now)
	}
	if h.cycle.due(&h.store, now) {
		h.evaluate(now)
	}
}

// evaluate looks at all devices, or only at the new ones while nothing else is due.
func (h *Hub) evaluate(now ticks) {
	e := newEvaluation(h.store.configurations, now)
	if !h.cycle.changed && now < h.cycle.next {
		for _, id := range h.store.takeFresh() {
			if device := h.store.find(id, ""); device != nil {
				h.evaluateDevice(e, device)
			}
		}
		h.store.takeFresh() // modules that came just now with a deployment have been looked at
		return
	}
	for _, device := range h.store.devices.all() {
		h.evaluateDevice(e, device)
	}
	h.store.takeFresh()
	h.count(e)
	h.cycle = cycle{next: now + ticks(h.options.ConfigurationCycle/(time.Second/ticksPerSecond))}
}

// noteFresh remembers whose new record waits for its first evaluation.
func (s *store) noteFresh(r *record) {
	if len(s.configurations) > 0 && s.find(r.deviceID, r.moduleID) == nil {
		s.fresh = append(s.fresh, r.deviceID)
	}
}

func (s *store) takeFresh() []string {
	taken := s.fresh
	s.fresh = nil
	return taken
}

// count renews the results of all metrics (FACTS §6.1). Only a full evaluation does, so that they lag a little.
func (h *Hub) count(e *evaluation) {
	tallies := e.tally()
	for id, c := range h.store.configurations {
		next := *c
		next.counts = results{system: map[string]int{}, custom: map[string]int{}}
		next.counts.system[targetedCount], next.counts.system[appliedCount] = tallies[id].targeted, tallies[id].applied
		for _, m := range next.systemMetrics() {
			if m.name == reportedSuccessfulCount || m.name == reportedFailedCount {
				next.counts.system[m.name] = h.countRows(m.query)
			}
		}
		for _, m := range next.customMetrics() {
			next.counts.custom[m.name] = h.countRows(m.query)
		}
		h.store.configurations[id] = &next
	}
}

type tally struct{ targeted, applied int }

// tally adds up how many twins, of deployments edge devices, each configuration targets.
func (e *evaluation) tally() map[string]tally {
	tallies := map[string]tally{}
	for _, v := range e.verdicts {
		for _, s := range v.states {
			t := tallies[s.ID]
			t.targeted += v.uses
			if s.Applied {
				t.applied += v.uses
			}
			tallies[s.ID] = t
		}
	}
	return tallies
}

// countRows is how many rows a query has, on however many pages. That the result of a metric is their number, also for
// a query that counts by itself, is unverified.
func (h *Hub) countRows(text string) int {
	parsed, err := query.Parse(text)
	if err != nil {
		return 0 // it was checked when it came
	}
	plan := parsed.Plan()
	n, groups := 0, plan.Groups()
	for _, d := range h.documents(plan.Source, toTicks(h.options.Now())).after("") {
		if !plan.Selects(d) {
			continue
		}
		n++
		if plan.Grouped {
			groups.Add(d)
		}
	}
	if plan.Grouped {
		n = 0
		for range groups.Rows("") {
			n++
		}
	}
	if plan.Top > 0 {
		return min(n, plan.Top)
	}
	return n
}
