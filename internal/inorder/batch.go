package inorder

import (
	"context"
	"iter"
)

// batch is how many values go from one goroutine to the next at a time: handing them
// over one by one would cost more than what is done with each.
const batch = 128

// Spread does something with each of a stream, like [Map], where that is little work.
// Begin makes what one worker does; what it keeps between two values, no other worker
// uses. An error comes behind all that precedes it in the stream.
func Spread[T, R any](ctx context.Context, in Source[T], begin func() func(T) (R, error)) iter.Seq2[R, error] {
	free := make(chan func(T) (R, error), Cores())
	do := func(_ context.Context, values []T) ([]R, error) {
		var work func(T) (R, error)
		select {
		case work = <-free:
		default:
			work = begin()
		}
		out, err := each(values, work)
		select {
		case free <- work:
		default:
		}
		return out, err
	}
	batches := func(ctx context.Context) iter.Seq2[[]T, error] { return together(in(ctx)) }
	return apart(Map(ctx, Cores(), batches, do))
}

func each[T, R any](values []T, work func(T) (R, error)) ([]R, error) {
	out := make([]R, 0, len(values))
	for _, v := range values {
		r, err := work(v)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}

// together gathers a stream into batches.
func together[T any](in iter.Seq2[T, error]) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var values []T
		for v, err := range in {
			if err == nil {
				if values == nil {
					values = make([]T, 0, batch)
				}
				values = append(values, v)
				if len(values) < batch {
					continue
				}
			}
			if len(values) > 0 && !yield(values, nil) || err != nil && !yield(nil, err) {
				return
			}
			values = nil
		}
		if len(values) > 0 {
			yield(values, nil)
		}
	}
}

// apart yields the values of batches.
func apart[T any](in iter.Seq2[[]T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for values, err := range in {
			for _, v := range values {
				if !yield(v, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
		}
	}
}
