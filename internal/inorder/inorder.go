package inorder

import (
	"context"
	"iter"
	"runtime"
)

// most is how many workers are of use: something else in the way of a stream, a chain
// of pages or the disk, is slower than that many.
const most = 8

// Cores is how many workers there are for work that keeps a core busy. There are two
// on one core: the next of the stream is waited for meanwhile.
func Cores() int { return min(max(2, runtime.GOMAXPROCS(0)), most) }

// Source makes a stream that ends early when the context does.
type Source[T any] func(context.Context) iter.Seq2[T, error]

// Given is a stream that waits for nothing.
func Given[T any](in iter.Seq2[T, error]) Source[T] {
	return func(context.Context) iter.Seq2[T, error] { return in }
}

// Map does something with each of a stream, as many at once as there are workers, and
// yields what came of it in the order of the stream. It ends with the first error, of
// the stream or of the work; what the work returned beside its error comes with it.
// The stream runs in a goroutine of its own, and ahead of who iterates.
func Map[T, R any](ctx context.Context, workers int, in Source[T], do func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		within, cancel := context.WithCancel(ctx)
		defer cancel()
		queue := make(chan chan result[R], workers-1) // a slot for each; the first is with the reader
		go feed(within, queue, in(within), do)
		defer func() {
			cancel()
			for slot := range queue { // let the feeder end before the input is let go
				<-slot
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
