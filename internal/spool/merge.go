package spool

import (
	"bytes"
	"cmp"
	"container/heap"
	"iter"
	"slices"
)

const (
	minReadBuffer = 4 << 10
	maxReadBuffer = 256 << 10
)

// prepareMerge puts the last records on disk, frees the memory for read buffers
// and brings the number of runs down to what is merged at once.
func (s *Sorter) prepareMerge() error {
	if err := s.flush(); err != nil {
		return err
	}
	s.buf = buffer{}
	for len(s.runs) > maxFanIn {
		if err := s.mergePass(); err != nil {
			s.err = err
			return err
		}
	}
	return nil
}

// mergePass merges neighbouring runs into a new file. Only neighbours: equal keys
// keep the order of their runs.
func (s *Sorter) mergePass() error {
	next, err := s.newSpill()
	if err != nil {
		return err
	}
	var merged []run
	for group := range slices.Chunk(s.runs, maxFanIn) {
		r, err := s.mergeInto(next, group)
		if err != nil {
			_ = next.remove() // the first error counts
			return err
		}
		merged = append(merged, r)
	}
	previous := s.spill
	s.spill, s.runs = next, merged
	if err := previous.remove(); err != nil {
		return s.spillError(err)
	}
	return nil
}

func (s *Sorter) mergeInto(next *spillFile, runs []run) (run, error) {
	var encoded []byte
	for rec, err := range s.merge(runs) {
		if err != nil {
			return run{}, err
		}
		encoded = appendRecord(encoded[:0], rec.Key, rec.Value)
		if err := next.append(encoded); err != nil {
			return run{}, s.spillError(err)
		}
	}
	r, err := next.endRun()
	if err != nil {
		return run{}, s.spillError(err)
	}
	return r, nil
}

// merge reads runs of the current spill file in step.
func (s *Sorter) merge(runs []run) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		h, err := s.openRuns(runs)
		for err == nil && len(h) > 0 {
			if !yield(h[0].rec, nil) {
				return
			}
			err = h.step()
		}
		if err != nil {
			yield(Record{}, s.spillError(err))
		}
	}
}

func (s *Sorter) openRuns(runs []run) (readerHeap, error) {
	size := min(max(s.budget/(2*len(runs)), minReadBuffer), maxReadBuffer)
	h := make(readerHeap, 0, len(runs))
	for i, r := range runs {
		rd := newRunReader(s.spill.file, s.spill.file.Name(), r, i, size)
		more, err := rd.next()
		if err != nil {
			return nil, err
		}
		if more {
			h = append(h, rd)
		}
	}
	heap.Init(&h)
	return h, nil
}

// readerHeap has the reader with the smallest record on top; the earlier run
// wins between equal keys.
type readerHeap []*runReader

func (h readerHeap) Len() int      { return len(h) }
func (h readerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h readerHeap) Less(i, j int) bool {
	c := bytes.Compare(h[i].rec.Key, h[j].rec.Key)
	return cmp.Or(c, cmp.Compare(h[i].index, h[j].index)) < 0
}

// Push is never called: the heap only shrinks. It completes heap.Interface.
func (h *readerHeap) Push(x any) { *h = append(*h, x.(*runReader)) }

// Pop completes heap.Interface.
func (h *readerHeap) Pop() any {
	last := len(*h) - 1
	rd := (*h)[last]
	*h = (*h)[:last]
	return rd
}

// step advances the reader on top and restores the order.
func (h *readerHeap) step() error {
	more, err := (*h)[0].next()
	if err != nil {
		return err
	}
	if more {
		heap.Fix(h, 0)
	} else {
		heap.Pop(h)
	}
	return nil
}
