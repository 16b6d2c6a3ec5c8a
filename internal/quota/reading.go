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
	Known    int64         // of these, so many ids are known: only they can be read by themselves
	Bytes    int64         // of one twin, on average; 0 means the size of an ordinary one
	Latency  time.Duration // of one answer; 0 when it is not known
	Parallel int           // single reads under way at once; 0 means enough of them
	Queries  int           // disjoint queries that the fleet can be cut into; 0 means that it cannot
	Largest  int64         // twins of the largest of these
}

// ordinary is the size of a twin with a dozen properties and their metadata.
const ordinary = 3000

// Reading is one way of reading a fleet.
type Reading struct {
	Way      Way
	Pages    int64 // query pages
	Twins    int64 // single reads
	Queries  int   // that run side by side
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
// the simplest. Pages are the only way on a hub whose size is not known, and for a
// fleet of which not all ids are: what is not asked for is not found.
func (h Hub) Readings(f Fleet) []Reading {
	if f.Bytes == 0 {
		f.Bytes = ordinary
	}
	list := []Reading{h.reading(ByPages, f, f.Twins, 0)}
	if h.Known() && f.Known >= f.Twins {
		byQuery := h.byQuery(f)
		list = append(list, h.reading(ByTwins, f, 0, f.Twins), h.reading(ByBoth, f, byQuery, f.Twins-byQuery))
	}
	slices.SortStableFunc(list, func(a, b Reading) int { return cmp.Compare(a.Time, b.Time) })
	return list
}

// Choose is the quickest way whose messages a day allows, or else the quickest, and how
// long one chain of pages would take.
func (h Hub) Choose(f Fleet) (best Reading, pages time.Duration) {
	list := h.Readings(f)
	best = list[0]
	for _, r := range list {
		if r.Messages <= h.Daily() {
			best = r
			break
		}
	}
	f.Queries = 0
	return best, h.reading(ByPages, f, f.Twins, 0).Time
}

// byQuery is how many twins to read by pages so that they and the single reads of the
// others end together.
func (h Hub) byQuery(f Fleet) int64 {
	done := func(at time.Duration) float64 {
		return PageRows*h.within(Query, at, pagePace(f)) + h.within(TwinRead, at, twinPace(f))
	}
	least, most := time.Duration(0), h.reading(ByPages, f, f.Twins, 0).Time
	for most-least > time.Millisecond {
		if middle := (least + most) / 2; done(middle) < float64(f.Twins) {
			least = middle
		} else {
			most = middle
		}
	}
	return min(f.Twins, int64(PageRows*h.within(Query, most, pagePace(f))))
}

// within is how many operations of a class are done in a time, where answers allow no
// more than a pace.
func (h Hub) within(c Class, d time.Duration, pace float64) float64 {
	r := h.Rate(c)
	return min(r.Burst()+r.PerSecond()*d.Seconds(), pace*d.Seconds())
}

// reading reads some twins by pages and the others one by one.
func (h Hub) reading(w Way, f Fleet, byQuery, single int64) Reading {
	pages := (byQuery + PageRows - 1) / PageRows
	if byQuery > 0 {
		pages += int64(f.Queries / 2) // the last page of a query is half full
	}
	r := Reading{Way: w, Pages: pages, Twins: single, Queries: max(1, f.Queries)}
	if f.Twins > 0 {
		r.Messages = pages*h.Messages(min(PageRows, f.Twins)*f.Bytes) + single*h.Messages(f.Bytes)
	}
	if h.Known() {
		r.Time = max(h.ClassTime(Query, pages), h.ClassTime(TwinRead, single), seconds(float64(pages)/pagePace(f)), seconds(float64(single)/twinPace(f))) + f.Latency
	}
	return r
}

// pagePace is how many pages come in a second if the hub has no limits: those of one
// query come one after another. Of queries of unequal size the largest decides.
func pagePace(f Fleet) float64 {
	if f.Latency <= 0 {
		return math.Inf(1)
	}
	chains := float64(max(1, f.Queries))
	if f.Largest > 0 && f.Queries > 1 {
		chains = min(chains, float64(f.Twins)/float64(f.Largest))
	}
	return chains / f.Latency.Seconds()
}

// twinPace is the same for single reads, of which so many are under way.
func twinPace(f Fleet) float64 {
	if f.Latency <= 0 || f.Parallel == 0 {
		return math.Inf(1)
	}
	return float64(f.Parallel) / f.Latency.Seconds()
}

// Chains is the number of queries that must run side by side to use the query
// allowance: the pages of one come one after another, each after its latency.
func (h Hub) Chains(latency time.Duration) int {
	return max(1, int(math.Ceil(h.Rate(Query).PerSecond()*latency.Seconds())))
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
