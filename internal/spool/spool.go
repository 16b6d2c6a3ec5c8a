package spool

import (
	"errors"
	"fmt"
	"iter"
	"os"
)

const (
	defaultBudget = 128 << 20
	maxRecord     = 1 << 30 // keeps every offset inside a block within 32 bits
	maxFanIn      = 64      // runs merged at once; more are merged in passes
)

var (
	errReading = errors.New("add record: the sorter is being read")
	errReread  = errors.New("read records: they can be read only once")
	errClosed  = errors.New("the sorter is closed")
)

// Options say where and how a [Sorter] works. The zero value is usable.
type Options struct {
	// Dir is where runs are written, in a private directory (mode 0700), once the
	// budget is exceeded. Empty means the system's directory for temporary files.
	Dir string
	// Budget is how many bytes of records are held in memory before they go to
	// disk; 0 means 128 MiB. It also bounds the read buffers of the merge.
	Budget int
}

// Record is one record in order. Its slices belong to the Sorter: they are valid
// until the next step of the iteration and must not be modified.
type Record struct {
	Key, Value []byte
}

// Sorter collects records and returns them by ascending key. It is not safe for
// concurrent use.
type Sorter struct {
	dir     string
	budget  int
	buf     buffer
	runs    []run
	spill   *spillFile // nil until the budget is exceeded
	reading bool
	err     error // sticky: after a failed write the records are incomplete
}

// New returns an empty Sorter. Close it when done.
func New(o Options) (*Sorter, error) {
	if o.Budget < 0 {
		return nil, fmt.Errorf("memory budget of %d bytes is negative", o.Budget)
	}
	if o.Budget == 0 {
		o.Budget = defaultBudget
	}
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	return &Sorter{dir: o.Dir, budget: o.Budget, buf: newBuffer(o.Budget)}, nil
}

// Add copies one record. Keys compare bytewise; records with equal keys keep the
// order in which they were added. Key and value together may have 1 GiB.
// An error is final: the sorter has lost records and says so from then on.
func (s *Sorter) Add(key, value []byte) error {
	switch {
	case s.err != nil:
		return s.err
	case s.reading:
		return errReading
	case len(key) > maxRecord-len(value):
		return fmt.Errorf("add record: key of %d and value of %d bytes exceed 1 GiB", len(key), len(value))
	}
	s.buf.add(key, value)
	if s.buf.size() < s.budget {
		return nil
	}
	return s.flush()
}

// Sorted returns the records by ascending key. It can be iterated once, after
// the last Add. An error ends the iteration; records seen before it may come
// from a damaged file, so whatever was made of them must be thrown away.
func (s *Sorter) Sorted() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if err := s.startReading(); err != nil {
			yield(Record{}, err)
			return
		}
		if len(s.runs) == 0 {
			s.buf.sort()
			s.buf.each(yield)
			return
		}
		if err := s.prepareMerge(); err != nil {
			yield(Record{}, err)
			return
		}
		for rec, err := range s.merge(s.runs) {
			if !yield(rec, err) {
				return
			}
		}
	}
}

// Close frees the memory and removes the files. Calling it again does nothing.
func (s *Sorter) Close() error {
	if errors.Is(s.err, errClosed) {
		return nil
	}
	s.err = errClosed
	s.buf, s.runs = buffer{}, nil
	if s.spill == nil {
		return nil
	}
	if err := s.spill.remove(); err != nil {
		return fmt.Errorf("remove sort files: %w", err)
	}
	return nil
}

func (s *Sorter) startReading() error {
	switch {
	case s.err != nil:
		return s.err
	case s.reading:
		return errReread
	}
	s.reading = true
	return nil
}
