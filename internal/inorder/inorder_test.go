package inorder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	errStream = errors.New("the stream is broken")
	errWork   = errors.New("the work is not done")
)

// numbers yields 0, 1, 2 and so on, and an error instead of one of them.
func numbers(n, broken int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if i == broken {
				yield(0, errStream)
				return
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

// work squares all numbers but one; now and then others get ahead of it.
func work(fails int) func(int) (int, error) {
	return func(i int) (int, error) {
		if i%7 == 0 {
			runtime.Gosched()
		}
		if i == fails {
			return 0, errWork
		}
		return i * i, nil
	}
}

// serial is what one goroutine makes of the stream.
func serial(in iter.Seq2[int, error], do func(int) (int, error), stop int) (out []int, failure error) {
	for i, err := range in {
		r := 0
		if err == nil {
			r, err = do(i)
		}
		if err != nil {
			return out, err
		}
		if out = append(out, r); len(out) == stop {
			return out, nil
		}
	}
	return out, nil
}

func collect(in iter.Seq2[int, error], stop int) (out []int, failure error) {
	for r, err := range in {
		if err != nil {
			return out, err
		}
		if out = append(out, r); len(out) == stop {
			return out, nil
		}
	}
	return out, nil
}

// TestSameAsSerial: however many workers there are, and wherever the stream breaks, the
// work fails or the consumer stops, what comes out is what a loop would have made.
func TestSameAsSerial(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5*batch).Draw(t, "n")
		place := rapid.IntRange(-1, n)
		broken, fails, stop := place.Draw(t, "broken"), place.Draw(t, "fails"), place.Draw(t, "stop")
		workers := rapid.IntRange(1, 5).Draw(t, "workers")
		do := work(fails)
		want, wantErr := serial(numbers(n, broken), do, stop)
		for name, in := range map[string]iter.Seq2[int, error]{
			"Map":    Map(t.Context(), workers, Given(numbers(n, broken)), func(_ context.Context, i int) (int, error) { return do(i) }),
			"Spread": Spread(t.Context(), Given(numbers(n, broken)), func() func(int) (int, error) { return do }),
		} {
			got, err := collect(in, stop)
			if !errors.Is(err, wantErr) || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s: got %v and the error %v, want %v and %v", name, got, err, want, wantErr)
			}
		}
	})
}

// TestWorkersAreReused: what a worker keeps is used by one at a time, and made as often
// as there are workers at most.
func TestWorkersAreReused(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	begin := func() func(int) (int, error) {
		made.Add(1)
		var busy atomic.Bool
		return func(i int) (int, error) {
			if busy.Swap(true) {
				return 0, errWork
			}
			defer busy.Store(false)
			runtime.Gosched()
			return i, nil
		}
	}
	got, err := collect(Spread(t.Context(), Given(numbers(20*batch, -1)), begin), -1)
	if err != nil || len(got) != 20*batch {
		t.Fatalf("got %d values and the error %v, want %d", len(got), err, 20*batch)
	}
	if n := int(made.Load()); n < 1 || n > Cores() {
		t.Errorf("%d workers were made, want at most %d", n, Cores())
	}
}

// TestEndedContext: a context that ends makes the stream end with its error, although
// the source only stops.
func TestEndedContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := 0; ctx.Err() == nil; i++ {
				if !yield(i, nil) {
					return
				}
			}
		}
	}
	count := 0
	var last error
	for _, err := range Spread(ctx, in, func() func(int) (int, error) { return work(-1) }) {
		if count++; count == 3*batch {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got the error %v, want %v", last, context.Canceled)
	}
}

// TestNothingIsLeft: whoever stops early ends the source, which waits for nothing but
// its context, and every worker.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	var running atomic.Int32
	in := func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			running.Add(1)
			defer running.Add(-1)
			if yield(1, nil) && yield(2, nil) {
				<-ctx.Done() // an answer that does not come
				yield(0, ctx.Err())
			}
		}
	}
	do := func(ctx context.Context, i int) (int, error) {
		running.Add(1)
		defer running.Add(-1)
		if i == 2 {
			<-ctx.Done()
			time.Sleep(time.Millisecond)
		}
		return i, nil
	}
	got, err := collect(Map(t.Context(), 3, in, do), 1)
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v and the error %v, want one value", got, err)
	}
	if n := running.Load(); n != 0 {
		t.Errorf("%d goroutines are left", n)
	}
}
