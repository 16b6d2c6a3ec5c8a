package cli

import (
	"bytes"

	"github.com/twinset/twinset/internal/spool"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// sortObjects puts a stream into address order, on disk when it is large. The
// sorter lives until close is called. Keep decides which of several objects of
// one address go on: a page of a query may repeat a twin that moved meanwhile,
// so of live objects the last one is taken; declared ones all go on, and the
// planner refuses the repetition.
func sortObjects(m memory, in schema.Stream, lastOnly bool) (schema.Stream, func(), error) {
	s, err := spool.New(spool.Options{Budget: m.budget()})
	if err != nil {
		return nil, nil, err
	}
	var key, record []byte
	for o, err := range in {
		if err == nil {
			key = o.Addr.AppendKey(key[:0])
			record, err = o.AppendRecord(record[:0])
		}
		if err == nil {
			err = s.Add(key, record)
		}
		if err != nil {
			_ = s.Close()
			return nil, nil, err
		}
	}
	return objects(s, lastOnly), func() { _ = s.Close() }, nil // its files are temporary
}

func objects(s *spool.Sorter, lastOnly bool) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		var held schema.Object
		holds := false
		for rec, err := range s.Sorted() {
			var o schema.Object
			if err == nil {
				o, err = schema.DecodeRecord(rec.Value)
			}
			if err != nil {
				yield(schema.Object{}, err)
				return
			}
			repeats := lastOnly && held.Addr == o.Addr
			if holds && !repeats && !yield(held, nil) {
				return
			}
			held, holds = o, true
		}
		if holds {
			yield(held, nil)
		}
	}
}

// changeSorter orders changes by stage and address.
type changeSorter struct{ s *spool.Sorter }

func newChangeSorter(m memory) (*changeSorter, error) {
	s, err := spool.New(spool.Options{Budget: m.budget()})
	return &changeSorter{s}, err
}

func (c *changeSorter) add(change plan.Change) error {
	var b bytes.Buffer
	if err := plan.Encode(&b, change); err != nil {
		return err
	}
	return c.s.Add(change.AppendKey(nil), b.Bytes())
}

func (c *changeSorter) close() { _ = c.s.Close() } // its files are temporary

// writeTo hands the changes to a plan writer in order.
func (c *changeSorter) writeTo(w *plan.Writer) error {
	for rec, err := range c.s.Sorted() {
		if err != nil {
			return err
		}
		if err := w.WriteLine(rec.Value); err != nil {
			return err
		}
	}
	return nil
}

// counted counts the devices and modules of a stream that pass by.
func counted(in schema.Stream, n *int64) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range in {
			if err == nil && !o.Addr.Kind.Targets() {
				*n++
			}
			if !yield(o, err) {
				return
			}
		}
	}
}
