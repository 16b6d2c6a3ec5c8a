package render_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// generated makes a plan of n updates that is never held as a whole: each
// reading writes it anew into a pipe.
func generated(n int) render.Open {
	return func() (*plan.Reader, io.Closer, error) {
		pr, pw := io.Pipe()
		go func() { pw.CloseWithError(generate(pw, n)) }()
		r, err := plan.NewReader(pr)
		return r, pr, err
	}
}

func generate(w io.Writer, n int) error {
	pw, err := plan.NewWriter(w, plan.Header{Project: "plant", Environment: "dev", Hub: "emulator"})
	if err != nil {
		return err
	}
	tally := plan.NewTally()
	for i := range n {
		c := plan.Change{
			Action: plan.Update, Addr: schema.DeviceAddress(fmt.Sprintf("d%07d", i)),
			Leaves: []plan.Leaf{{Path: schema.Path{"desired", "interval"}, Before: schema.Doc("60"), After: schema.Doc("122")}},
		}
		tally.Change(c)
		if err := pw.Write(c); err != nil {
			return err
		}
	}
	return pw.Close(plan.Summary{Counts: tally.Counts}, created)
}

// heapWatch notes the size of the heap each few hundred kilobytes of output.
type heapWatch struct {
	written, next int
	peak          uint64
}

func (h *heapWatch) Write(b []byte) (int, error) {
	h.written += len(b)
	if h.written >= h.next {
		h.next = h.written + 300<<10
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		h.peak = max(h.peak, m.HeapAlloc)
	}
	return len(b), nil
}

// Memory does not grow with the plan. It runs alone, or the memory of other
// tests would count.
func TestMemoryIsFlat(t *testing.T) {
	for name := range outputs(nil, nil) {
		peak := func(n int) uint64 {
			var h heapWatch
			if err := outputs(generated(n), &h)[name](); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return h.peak
		}
		small, large := peak(500), peak(5_000)
		if large > small+1<<20 {
			t.Errorf("%s: got a heap of %d KB for 5000 changes, %d KB for 500; want no growth", name, large>>10, small>>10)
		}
	}
}

type brokenWriter struct{}

var errDisk = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errDisk }

func TestErrorsOfWriting(t *testing.T) {
	t.Parallel()
	for name, show := range outputs(generated(1), brokenWriter{}) {
		if err := show(); !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v, want %v", name, err, errDisk)
		}
	}
}

func TestErrorsOfReading(t *testing.T) {
	t.Parallel()
	damaged := func() (*plan.Reader, io.Closer, error) {
		pr, pw := io.Pipe()
		go func() {
			w, _ := plan.NewWriter(pw, plan.Header{Hub: "emulator"})
			_ = w.Write(plan.Change{Action: plan.Delete, Addr: schema.DeviceAddress("d")})
			_ = pw.Close()
		}()
		r, err := plan.NewReader(pr)
		return r, pr, err
	}
	for name, show := range outputs(damaged, io.Discard) {
		if err := show(); !errors.Is(err, plan.ErrDamaged) {
			t.Errorf("%s: got %v, want %v", name, err, plan.ErrDamaged)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	const n = 1000
	for _, name := range []string{"text", "drift", "stream", "json", "markdown", "html"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			show := outputs(generated(n), io.Discard)[name]
			for b.Loop() {
				if err := show(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/change")
		})
	}
}
