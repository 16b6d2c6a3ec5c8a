package quota

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Class is a kind of operation that a hub meters together. The names are those of
// the client's classes.
type Class string

// The classes that the tool spends on (FACTS §10.1).
const (
	Registry      Class = "registry"      // identities; each entry of a bulk call counts (FACTS §2.5)
	Query         Class = "query"         // pages of queries
	TwinRead      Class = "twin-read"     // single twins
	TwinUpdate    Class = "twin-update"   // single twins
	Configuration Class = "configuration" // configurations and deployments
)

// Classes lists them in the order in which they are shown.
func Classes() []Class { return []Class{Query, TwinRead, Registry, TwinUpdate, Configuration} }

// Burst is how much of an allowance may be spent at once before its pace counts. The
// service processes bursts first and queues them then (FACTS §10.2); how much it lets
// pass is unverified, so this is a quarter of a minute where the limit is given for a
// minute, and a second where it is given for a second.
func (r Rate) Burst() float64 {
	if r.Per == time.Minute {
		return max(1, r.N/4)
	}
	return max(1, r.N)
}

// Rate is a number of operations in a span of time: a second or a minute, as the
// service states it.
type Rate struct {
	N   float64
	Per time.Duration
}

// PerSecond is the rate as operations in a second.
func (r Rate) PerSecond() float64 {
	if r.Per <= 0 {
		return 0
	}
	return r.N / r.Per.Seconds()
}

// Hub is the size of a hub, which decides about its limits. The zero value is a hub
// of which nothing is known.
type Hub struct {
	SKU   string // F1, S1, S2 or S3
	Units int
}

// Known tells whether the hub's limits are.
func (h Hub) Known() bool { return h.SKU != "" }

// String is how the size is written: "S1 x 2".
func (h Hub) String() string {
	if !h.Known() {
		return "unknown SKU"
	}
	return fmt.Sprintf("%s x %d", h.SKU, h.Units)
}

// More is the hub with one unit more; false for one that cannot have it.
func (h Hub) More() (Hub, bool) {
	if !h.Known() || h.Units >= maxUnits[h.SKU] {
		return h, false
	}
	h.Units++
	return h, true
}

// Check refuses sizes that do not exist. The basic tier has no desired properties
// and tags (FACTS §10.1), so there is nothing to do for this tool on it.
func (h Hub) Check() error {
	limit, known := maxUnits[h.SKU]
	switch {
	case strings.HasPrefix(h.SKU, "B"):
		return fmt.Errorf("SKU %q is of the basic tier, which has no desired properties and tags; it takes %s", h.SKU, skus())
	case !known:
		return fmt.Errorf("SKU %q does not exist; there are %s", h.SKU, skus())
	case h.Units < 1 || h.Units > limit:
		return fmt.Errorf("a hub of SKU %s has 1 to %d units, not %d", h.SKU, limit, h.Units)
	}
	return nil
}

// SKUs lists the SKUs that the tool works with.
func SKUs() []string { return slices.Sorted(maps.Keys(maxUnits)) }

func skus() string {
	names := SKUs()
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
