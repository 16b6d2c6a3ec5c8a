package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// operation is a class of operations that share a throttle (FACTS §10.1).
type operation int

const (
	unlimited operation = iota // the emulator's own
	registry
	queries
	twinReads
	twinUpdates
	methodCalls
	jobOperations
	configurationOperations
)

// rate is what a class may do: max(hub, unit × units) in a period.
type rate struct{ hub, unit float64 }

// limit is one row of FACTS §10.1.
type limit struct {
	operation operation
	named     string // in the text of a 429; only CRUD and ConfigurationWrite have been seen (FACTS §0.9)
	period    time.Duration
	small     rate // F1 and S1
	medium    rate // S2
	large     rate // S3
}

// limits is FACTS §10.1, as far as it is about the service's side. Direct methods are counted in payloads of 4 KB.
func limits() []limit {
	const second, minute = time.Second, time.Minute
	return []limit{
		{registry, "CRUD", minute, rate{unit: 100}, rate{unit: 100}, rate{unit: 5000}},
		{queries, "Query", minute, rate{unit: 20}, rate{unit: 20}, rate{unit: 1000}},
		{twinReads, "TwinRead", second, rate{hub: 100}, rate{100, 10}, rate{unit: 500}},
		{twinUpdates, "TwinUpdate", second, rate{hub: 50}, rate{50, 5}, rate{unit: 250}},
		{methodCalls, "DirectMethod", second, rate{unit: 40}, rate{unit: 120}, rate{unit: 6144}},
		{jobOperations, "JobOperation", minute, rate{unit: 100}, rate{unit: 100}, rate{unit: 5000}},
		{configurationOperations, "ConfigurationWrite", minute, rate{unit: 20}, rate{unit: 20}, rate{unit: 20}},
	}
}

// tier is what one SKU allows.
type tier struct {
	sku            string
	rates          func(limit) rate
	messages       int // a day and unit (FACTS §10.4, and the price list that its performance part quotes)
	block          int // bytes that count as one message (FACTS §10.4)
	configurations int // FACTS §6.4
	maxUnits       int // 0 for any number
}

func tiers() []tier {
	small := func(l limit) rate { return l.small }
	medium := func(l limit) rate { return l.medium }
	large := func(l limit) rate { return l.large }
	return []tier{
		{"F1", small, 8_000, 512, 10, 1},
		{"S1", small, 400_000, 4 << 10, maxConfigurations, 0},
		{"S2", medium, 6_000_000, 4 << 10, maxConfigurations, 0},
		{"S3", large, 300_000_000, 4 << 10, maxConfigurations, 0},
	}
}

// findTier returns the row of a SKU. The error says which there are.
func findTier(sku string, units int) (tier, error) {
	all := tiers()
	at := slices.IndexFunc(all, func(t tier) bool { return strings.EqualFold(t.sku, sku) })
	switch {
	case at < 0:
		return tier{}, fmt.Errorf("SKU %q is not one of F1, S1, S2 and S3", sku)
	case units < 1:
		return tier{}, fmt.Errorf("%d units: a hub has at least one", units)
	case all[at].maxUnits > 0 && units > all[at].maxUnits:
		return tier{}, fmt.Errorf("%d units: a hub of SKU %s has %d", units, all[at].sku, all[at].maxUnits)
	}
	return all[at], nil
}

// classify returns the class of a route. FACTS §10.1 names the classes but not every call: statistics and the queue of
// a device count as registry operations here, digital twins as twin reads, applyConfigurationContent and testQueries
// as configurations (unverified).
func classify(r *route) operation {
	first, rest, _ := strings.Cut(r.path, "/")
	switch first {
	case "twins", "digitaltwins":
		switch {
		case strings.HasSuffix(rest, "/methods"):
			return methodCalls
		case r.writes:
			return twinUpdates
		}
		return twinReads
	case "configurations":
		return configurationOperations
	case "jobs":
		return jobOperations
	case "$emulator":
		return unlimited
	}
	switch {
	case r.path == "devices/query":
		return queries
	case strings.HasSuffix(rest, "/applyConfigurationContent"):
		return configurationOperations
	}
	return registry
}

func (h *Hub) maxConfigurations() int {
	if h.throttle == nil {
		return maxConfigurations
	}
	return h.throttle.tier.configurations
}
