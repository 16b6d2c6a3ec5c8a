package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"sync"
	"time"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/schema"
)

// Reading is a way of reading the devices or the modules of a hub other than by one
// query: by several, by single reads of those whose ids are known, or by both side by
// side. It is complete whatever the ids are and however the hub understands the
// queries: what was found is held against the survey's count, and if it is not that
// many, one query for everything is read to its end (docs/adr/0025-reading.md).
type Reading struct {
	Survey
	Known iter.Seq2[schema.Address, error] // read one by one; nil means none
	Alone bool                             // there are no queries beside
}

// Aged reads a few objects and tells whether any of them shows its age. Where none
// does, single reads prove nothing.
func (r *Remote) Aged(ctx context.Context, some []schema.Address) (bool, error) {
	p := &parts{Remote: r, before: r.settled()}
	for _, a := range some {
		if got, err := p.single(ctx, a); err != nil || len(got.found) > 0 && got.found[0].old {
			return err == nil, err
		}
	}
	return false, nil
}

// settled is the time before which what was written is in the index.
func (r *Remote) settled() string { return r.now().Add(-settledAfter).UTC().Format(stampLayout) }

// ReadBy has Live read in other ways than by a query for each kind.
func (r *Remote) ReadBy(ways []Reading) { r.ways = ways }

// settledAfter is the age from which the index shows an object for sure: it is behind
// by half an hour at most (FACTS §5), and clocks differ.
const settledAfter = time.Hour

// readBy streams the objects of a kind, each once, unless one query for everything has
// to be read in the end.
func (r *Remote) readBy(ctx context.Context, w Reading, read *int, yield func(schema.Object, error) bool) bool {
	within, cancel := context.WithCancel(ctx)
	p := &parts{Remote: r, out: make(chan rows), seen: newIDSet(), before: r.settled()}
	p.start(within, w)
	defer func() {
		cancel()
		for range p.out { // let the readers end
		}
	}()
	open := len(w.Queries)
	for got := range p.out {
		if got.err != nil {
			yield(schema.Object{}, got.err)
			return false
		}
		for _, f := range got.found {
			if !p.take(f) {
				continue
			}
			*read++
			if !yield(f.Object, nil) {
				return false
			}
		}
		r.observe(*read)
		if got.ended {
			open--
		}
		if p.found >= w.Count && w.Count > 0 || !w.Alone && open == 0 && len(w.Queries) == 1 {
			return true
		}
	}
	return r.pages(ctx, queryOf(w.Kind), read, yield)
}

// parts are the readers of one kind.
type parts struct {
	*Remote
	out    chan rows
	seen   *idSet // what was found
	found  int64  // how much of that the index had when it was counted
	before string // created before, it had it
}

// rows are what one answer told.
type rows struct {
	found []found
	ended bool // and it was the last one of a query
	err   error
}

// found is an object, and whether it is old enough to have been counted.
type found struct {
	schema.Object
	old bool
}

// take tells whether an object was not seen before. Only the one who hands objects on
// may say so: what is under way may never arrive.
func (p *parts) take(f found) bool {
	if !p.seen.add(keyOf(f.Addr)) {
		return false
	}
	if f.Scope != "" {
		p.scopes.Store(f.Addr.ID, f.Scope)
	}
	if f.old {
		p.found++
	}
	return true
}

func (p *parts) start(ctx context.Context, w Reading) {
	var readers sync.WaitGroup
	if !w.Alone {
		for _, q := range w.Queries {
			readers.Go(func() { p.query(ctx, q) })
		}
	}
	if w.Known != nil {
		readers.Go(func() { p.singles(ctx, w.Known) })
	}
	go func() {
		readers.Wait()
		close(p.out)
	}()
}

// send hands rows on, unless nobody waits for more.
func (p *parts) send(ctx context.Context, r rows) bool {
	select {
	case p.out <- r:
		return r.err == nil
	case <-ctx.Done():
		return false
	}
}

// query converts one page at a time: what is asked for beyond what is needed in the end
// is taken from the quota.
func (p *parts) query(ctx context.Context, q string) {
	for list, err := range answer(ctx, p.client, q, 1, p.row) {
		if !p.send(ctx, rows{found: list, err: err}) {
			return
		}
	}
	p.send(ctx, rows{ended: true})
}

func (p *parts) row(item json.RawMessage) (found, error) {
	o, err := p.fromRow(item)
	return found{o, existedBefore(item, p.before)}, err
}

func keyOf(a schema.Address) string { return a.ID + "\x00" + a.Sub }

// singles reads what no query has shown until its turn comes.
func (p *parts) singles(ctx context.Context, known iter.Seq2[schema.Address, error]) {
	unseen := func(yield func(schema.Address, error) bool) {
		for a, err := range known {
			if (err != nil || !p.seen.has(keyOf(a))) && !yield(a, err) {
				return
			}
		}
	}
	for got, err := range inorder.Map(ctx, p.parallel, inorder.Given(unseen), p.single) {
		got.err = err
		if !p.send(ctx, got) {
			return
		}
	}
}

func (p *parts) single(ctx context.Context, a schema.Address) (rows, error) {
	var got rows
	twin, err := p.client.Twin(ctx, a.ID, a.Sub)
	if err != nil {
		if hub.IsNotFound(err) {
			err = nil
		}
		return got, err
	}
	o, err := fromTwin(&twin) // parents are looked at when all objects are known
	if err == nil {
		err = p.keepReported(&o, twin.Reported)
	}
	if err == nil {
		got.found = []found{{o, existedBefore(twin.Desired, p.before) || existedBefore(twin.Reported, p.before)}}
	}
	return got, err
}

// stampLayout is the part of the hub's times that is compared, as text.
const stampLayout = "2006-01-02T15:04:05"

var (
	stamp = []byte(`"$lastUpdated"`)
	never = []byte("0001-") // a time that was never set (FACTS §1.1)
)

// existedBefore tells whether a twin holds anything that was written before a time. Of
// one that was made in bulk and never written to since, that cannot be told (FACTS
// §4.2). Names that begin with $ are the hub's own.
func existedBefore(text []byte, before string) bool {
	for {
		i := bytes.Index(text, stamp)
		if i < 0 {
			return false
		}
		text = bytes.TrimLeft(text[i+len(stamp):], ": \"")
		if len(text) > len(before) && string(text[:len(before)]) < before && !bytes.HasPrefix(text, never) {
			return true
		}
	}
}
