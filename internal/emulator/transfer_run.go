package emulator

import (
	"context"
	"errors"
	"sync"
)

// errands are what a hub does beside answering: import and export jobs. A hub by itself starts no goroutine and runs
// them in the request that finds one; while it is served they have one of their own. The hub's lock guards it.
type errands struct {
	start  func(func(context.Context)) // nil: in place
	cancel context.CancelFunc          // of the one that is running
}

// background gives errands goroutines of their own until stop is called, which waits for them.
func (h *Hub) background() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	h.mu.Lock()
	h.errands.start = func(f func(context.Context)) { running.Go(func() { f(ctx) }) }
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		h.errands.start = nil
		h.mu.Unlock()
		cancel()
		running.Wait()
	}
}

// waiting finds an import or export that was not begun, or one that another process began, while nothing is running
// here: what was cancelled comes to its end first.
func (h *Hub) waiting() *transfer {
	if h.errands.cancel != nil {
		return nil
	}
	for _, t := range h.store.jobs.transfers {
		if !t.finished() {
			return t
		}
	}
	return nil
}

// runTransfers begins an import or export that waits. It must be called without the lock.
func (h *Hub) runTransfers(now ticks) {
	h.mu.RLock()
	waiting := h.waiting()
	h.mu.RUnlock()
	if waiting == nil {
		return
	}
	h.mu.Lock()
	waiting = h.waiting() // another request may have been faster
	if waiting == nil {
		h.mu.Unlock()
		return
	}
	t := *waiting
	if t.status == jobRunning {
		t.ended(jobFailed, interrupted, now)
		h.store.putTransfer(&t)
		h.mu.Unlock()
		return
	}
	t.status = jobRunning
	h.store.putTransfer(&t)
	stopped, cancel := context.WithCancel(context.Background())
	h.errands.cancel = cancel
	start := h.errands.start
	h.mu.Unlock()
	run := func(ctx context.Context) {
		defer context.AfterFunc(ctx, cancel)()
		h.runTransfer(stopped, &t)
	}
	if start == nil {
		run(context.Background())
		return
	}
	start(run)
}

func (h *Hub) runTransfer(ctx context.Context, t *transfer) {
	var err error
	if t.kind == jobExport {
		err = h.export(ctx, t)
	} else {
		err = h.importAll(ctx, t)
	}
	status, failure := jobCompleted, ""
	switch {
	case errors.Is(err, context.Canceled):
		status, failure = jobFailed, interrupted
	case err != nil:
		status, failure = jobFailed, err.Error()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errands.cancel()
	h.errands.cancel = nil
	live := h.store.jobs.transfers[t.id]
	if live == nil || live.finished() { // cancelled
		return
	}
	done := *live
	done.ended(status, failure, toTicks(h.options.Now()))
	if status == jobCompleted {
		done.progress = 100
	}
	h.store.putTransfer(&done)
}

// advance shows how far a job is. Progress is not kept on disk.
func (h *Hub) advance(t *transfer, done, of int64) {
	if of <= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if live := h.store.jobs.transfers[t.id]; live != nil && !live.finished() {
		next := *live
		next.progress = int(min(99, 100*done/of))
		h.store.jobs.transfers[t.id] = &next
	}
}
