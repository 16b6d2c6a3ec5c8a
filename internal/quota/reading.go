package quota

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Way is how the twins of a fleet are read.
type Way string

// The ways.
const (
	ByPages Way = "query pages"
	ByTwins Way = "single twins"
	ByBoth  Way = "query pages and single twins"
)

// PageRows is the number of twins on a query page (FACTS §5).
const PageRows = 100

// Fleet is what is to be read.
type Fleet struct {
	Twins    int64         // devices and modules
	Bytes    int64         // of one twin, on average; 0 means the size of an ordinary one
	Latency  time.Duration // of one answer; 0 when it is not known
	Parallel int           // single reads under way at once; 0 means enough of them
}

// ordinary is the size of a twin with a dozen properties and their metadata.
const ordinary = 3000

// Reading is one way of reading a fleet.
type Reading struct {
	Way      Way
	Pages    int64 // query pages
	Twins    int64 // single reads
	Chains   int   // queries to run side by side, so that latency does not set the pace
	Time     time.Duration
	Messages int64 // billed (FACTS §10.4)
}

// Bill is what the reading asks of the hub.
func (r Reading) Bill() Bill {
	b := Bill{}
	if r.Pages > 0 {
		b.Add(Query, r.Pages, r.Pages)
	}
	if r.Twins > 0 {
		b.Add(TwinRead, r.Twins, r.Twins)
	}
	return b
}

// Readings are the ways to read a fleet, the quickest first; of equally quick ones
// the simplest. Pages are the only way on a hub whose size is not known.
func (h Hub) Readings(f Fleet) []Reading {
	if f.Bytes == 0 {
		f.Bytes = ordinary
	}
	list := []Reading{h.reading(ByPages, f, f.Twins, 0)}
	if h.Known() {
		byQuery := h.byQuery(f)
		list = append(list, h.reading(ByTwins, f, 0, f.Twins), h.reading(ByBoth, f, byQuery, f.Twins-byQuery))
	}
	slices.SortStableFunc(list, func(a, b Reading) int { return cmp.Compare(a.Time, b.Time) })
	return list
}

// byQuery is how many twins to read by pages so that they and the single reads of the
// others end together.
func (h Hub) byQuery(f Fleet) int64 {
	pages, gets := h.Rate(Query), h.twinsPerSecond(f)
	atOnce := PageRows*pages.Burst() + h.Rate(TwinRead).Burst()
	t := max(0, float64(f.Twins)-atOnce) / (PageRows*pages.PerSecond() + gets)
	return min(f.Twins, int64(PageRows*(pages.Burst()+pages.PerSecond()*t)))
}

// reading reads some twins by pages and the others one by one.
func (h Hub) reading(w Way, f Fleet, byQuery, single int64) Reading {
	pages := (byQuery + PageRows - 1) / PageRows
	r := Reading{Way: w, Pages: pages, Twins: single, Chains: 1}
	r.Messages = pages*h.Messages(PageRows*f.Bytes) + single*h.Messages(f.Bytes)
	r.Time = max(h.ClassTime(Query, pages), h.ClassTime(TwinRead, single))
	if f.Latency > 0 {
		r.Chains = h.Chains(f.Latency)
		if single > 0 && h.Known() {
			r.Time = max(r.Time, seconds(float64(single)/h.twinsPerSecond(f)))
		}
	}
	return r
}

// Chains is the number of queries that must run side by side to use the query
// allowance: the pages of one come one after another, each after its latency.
func (h Hub) Chains(latency time.Duration) int {
	return max(1, int(math.Ceil(h.Rate(Query).PerSecond()*latency.Seconds())))
}

// twinsPerSecond is the pace of single reads: the allowance, or less when too few of
// them are under way.
func (h Hub) twinsPerSecond(f Fleet) float64 {
	rate := h.Rate(TwinRead).PerSecond()
	if f.Latency > 0 && f.Parallel > 0 {
		rate = min(rate, float64(f.Parallel)/f.Latency.Seconds())
	}
	return rate
}

// Workers is the number of requests to have under way so that answers after up to
// half a second use all of a class's allowance, within what one process should hold
// open.
func (h Hub) Workers(c Class) int {
	const least, most = 10, 1250
	return min(most, max(least, int(math.Ceil(h.Rate(c).PerSecond()/2))))
}

// CheapReads is the number of single twins of a fleet that may be read on the side: a
// hundredth of it, or a thousand of a small one, if that is neither more than ten
// seconds' worth nor more than a hundredth of a day's messages. A hub whose size is not
// known is taken for the smallest that is paid for.
func (h Hub) CheapReads(fleet int64) int64 {
	if !h.Known() {
		h = Hub{SKU: "S1", Units: 1}
	}
	return min(max(1000, fleet/100), int64(10*h.Rate(TwinRead).PerSecond()), h.Daily()/100)
}
