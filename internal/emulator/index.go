package emulator

import (
	"iter"
	"slices"
	"strings"
)

// index keeps records in the order of their keys. Inserting, removing and starting an iteration anywhere cost a binary
// search and a short move, however many records there are: this is what makes a query page cheap.
//
// It is a list of sorted chunks, each holding at most chunkSize records and never empty.
type index struct {
	chunks [][]*record
	size   int
}

const chunkSize = 512

// locate returns the chunk in which key is or belongs, and its place there.
func (x *index) locate(key string) (chunk, place int, found bool) {
	chunk, exact := slices.BinarySearchFunc(x.chunks, key, func(c []*record, k string) int {
		return strings.Compare(c[0].key, k)
	})
	if exact {
		return chunk, 0, true
	}
	if chunk == 0 {
		return 0, 0, false
	}
	chunk--
	place, found = slices.BinarySearchFunc(x.chunks[chunk], key, func(r *record, k string) int {
		return strings.Compare(r.key, k)
	})
	return chunk, place, found
}

// get returns the record with the key, or nil.
func (x *index) get(key string) *record {
	chunk, place, found := x.locate(key)
	if !found {
		return nil
	}
	return x.chunks[chunk][place]
}

// put inserts the record or replaces the one with its key.
func (x *index) put(r *record) {
	chunk, place, found := x.locate(r.key)
	switch {
	case found:
		x.chunks[chunk][place] = r
		return
	case len(x.chunks) == 0:
		x.chunks = append(x.chunks, append(make([]*record, 0, chunkSize), r))
	default:
		x.chunks[chunk] = slices.Insert(x.chunks[chunk], place, r)
		x.split(chunk)
	}
	x.size++
}

// split halves a full chunk. The last one is cut at its end, so that ascending inserts leave full chunks behind.
func (x *index) split(chunk int) {
	c := x.chunks[chunk]
	if len(c) < chunkSize {
		return
	}
	cut := len(c) / 2
	if chunk == len(x.chunks)-1 {
		cut = len(c) - 1
	}
	upper := append(make([]*record, 0, chunkSize), c[cut:]...)
	clear(c[cut:])
	x.chunks[chunk] = c[:cut]
	x.chunks = slices.Insert(x.chunks, chunk+1, upper)
}

// remove takes the record with the key out; a missing one is no error.
func (x *index) remove(key string) {
	chunk, place, found := x.locate(key)
	if !found {
		return
	}
	x.chunks[chunk] = slices.Delete(x.chunks[chunk], place, place+1)
	if len(x.chunks[chunk]) == 0 {
		x.chunks = slices.Delete(x.chunks, chunk, chunk+1)
	}
	x.size--
}

// after yields the records with a key greater than the given one, in order. The index must not change meanwhile.
func (x *index) after(key string) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		chunk, place, found := x.locate(key)
		if found {
			place++
		}
		for ; chunk < len(x.chunks); chunk, place = chunk+1, 0 {
			for _, r := range x.chunks[chunk][place:] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// all returns the records in order, as a slice that later writes do not touch.
func (x *index) all() []*record {
	return slices.AppendSeq(make([]*record, 0, x.size), x.after(""))
}
