package emulator

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twinset/twinset/internal/emulator/query"
)

// How far the index of queries lags: a new device was seen after 0.4 to 1.4 s, and deleted ones were still shown
// 25 minutes later (FACTS §5). Which write lags how long is unverified.
const (
	shortestLag  = 400 * time.Millisecond
	longestLag   = 5 * time.Second
	longestGhost = 25 * time.Minute
	ghostOdds    = 4  // one in so many deleted records haunts
	shortOdds    = 4  // one in so many pages is short
	strangeOdds  = 3  // one in so many errors has another form than usual
	purgeEvery   = 64 // writes between two looks for what the index has caught up with
)

// awkward is what the service may do but a test seldom sees. All of it follows from one seed, as far as requests come
// in one order. A nil one is calm.
type awkward struct {
	drawing sync.Mutex
	rand    *rand.Rand
	prompt  bool // the index does not lag

	// Under the hub's lock.
	late   map[string]late // by record key
	writes int
}

// late is a record as the index still has it.
type late struct {
	indexed *record // nil: not yet in it
	until   ticks
	gone    bool // from the store
}

func newAwkward(seed uint64, prompt bool) *awkward {
	if seed == 0 {
		return nil
	}
	return &awkward{rand: rand.New(rand.NewPCG(seed, 0)), prompt: prompt, late: map[string]late{}} //nolint:gosec // not for secrets
}

// watchIndex lets the index lag behind every write from now on, with devices or without.
func (h *Hub) watchIndex() {
	if h.awkward != nil {
		h.store.watch = h.watch
	}
}

// draw returns a number below n.
func (a *awkward) draw(n int64) int64 {
	a.drawing.Lock()
	defer a.drawing.Unlock()
	return a.rand.Int64N(n)
}

func (a *awkward) oneIn(n int64) bool { return a.draw(n) == 0 }

// written notes what the index shows instead of a write, for a while. A record that is written again before the index
// caught up stays as it was indexed first, until the first write would have been there.
func (a *awkward) written(before, after *record, now ticks) {
	if a == nil || a.prompt {
		return
	}
	if a.writes++; a.writes%purgeEvery == 0 {
		a.purge(now)
	}
	r := before
	if r == nil {
		r = after
	}
	l, pending := a.late[r.key]
	if !pending || l.until <= now {
		l = late{indexed: before, until: now + a.lag(after == nil)}
	}
	l.gone = after == nil
	a.late[r.key] = l
}

func (a *awkward) lag(deleted bool) ticks {
	most := longestLag
	if deleted && a.oneIn(ghostOdds) {
		most = longestGhost
	}
	return ticks(int64(shortestLag)+a.draw(int64(most-shortestLag))) / 100
}

// settle brings the index up to date: what is loaded was there before.
func (a *awkward) settle() {
	if a != nil {
		clear(a.late)
	}
}

func (a *awkward) purge(now ticks) {
	for key, l := range a.late {
		if l.until <= now {
			delete(a.late, key)
		}
	}
}

// lagging are the rows of an index as queries see them.
func (a *awkward) lagging(x *index, modules bool, now ticks) documents {
	if a == nil || len(a.late) == 0 {
		return documents{x.size, x.documents}
	}
	return documents{x.size, func(after string) iter.Seq2[string, query.Document] {
		return func(yield func(string, query.Document) bool) {
			for r := range a.indexed(x, a.ghosts(after, modules, now), after, now) {
				if !yield(r.key, r) {
					return
				}
			}
		}
	}}
}

// ghosts are the records behind a key that are gone from the store but not from the index.
func (a *awkward) ghosts(after string, modules bool, now ticks) []*record {
	var list []*record
	for key, l := range a.late {
		if l.gone && l.until > now && l.indexed != nil && key > after && l.indexed.isModule() == modules {
			list = append(list, l.indexed)
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return strings.Compare(a.key, b.key) })
	return list
}

// indexed are the records behind a key as the index has them, with the ghosts among them.
func (a *awkward) indexed(x *index, ghosts []*record, after string, now ticks) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for r := range x.after(after) {
			for len(ghosts) > 0 && ghosts[0].key < r.key {
				if !yield(ghosts[0]) {
					return
				}
				ghosts = ghosts[1:]
			}
			if l, pending := a.late[r.key]; pending && l.until > now {
				r = l.indexed
			}
			if r != nil && !yield(r) {
				return
			}
		}
		for _, r := range ghosts {
			if !yield(r) {
				return
			}
		}
	}
}

// shortened is the size of a page: now and then fewer rows than were asked for, down to none (FACTS §5).
func (a *awkward) shortened(size int) int {
	if a == nil || !a.oneIn(shortOdds) {
		return size
	}
	return int(a.draw(int64(size)))
}

// strange gives an error another one of the forms that were seen: envelope 2, envelope 2 as text within envelope 1, no
// body at all, or another tail of the tracking id (FACTS §0.5, §0.6). The header that names the error stays.
func (a *awkward) strange(f fault) *fault {
	if a == nil || !a.oneIn(strangeOdds) {
		return &f
	}
	switch a.draw(4) {
	case 0:
		f.plain, f.nested = true, false
	case 1:
		f.plain, f.nested = false, true
	case 2:
		f.bare = f.name != "" // the header says it all
	default:
		f.tail = "-G2:"
	}
	return &f
}
