package remote

import (
	"context"
	"iter"
)

// inOrder does something with each of a stream, as many at once as allowed, and
// yields what came of it in the order of the stream. It ends with the first error.
func inOrder[T, R any](ctx context.Context, parallel int, in iter.Seq2[T, error], do func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		within, cancel := context.WithCancel(ctx)
		defer cancel()
		queue := make(chan chan result[R], parallel-1) // a slot for each; the first is with the reader
		go feed(within, queue, in, do)
		defer func() {
			cancel()
			for range queue { // let the feeder end before the input is let go
			}
		}()
		for slot := range queue {
			res := <-slot
			if !yield(res.value, res.err) || res.err != nil {
				return
			}
		}
		// The feeder stops when the context ends: what came out is not all there is.
		if err := ctx.Err(); err != nil {
			var none R
			yield(none, err)
		}
	}
}

type result[R any] struct {
	value R
	err   error
}

func feed[T, R any](ctx context.Context, queue chan<- chan result[R], in iter.Seq2[T, error], do func(context.Context, T) (R, error)) {
	defer close(queue)
	for v, err := range in {
		slot := make(chan result[R], 1)
		select {
		case queue <- slot:
		case <-ctx.Done():
			return
		}
		if err != nil {
			slot <- result[R]{err: err}
			return
		}
		go func() {
			value, err := do(ctx, v)
			slot <- result[R]{value, err}
		}()
	}
}
