package mqtt

import "sync"

// maxPending bounds what waits for one client that does not read, in bytes. Beyond it the connection is given up: the
// client notices that, and would not notice a message that was dropped.
const maxPending = 16 << 20

// outbox is the bytes on their way to one client. Whoever puts something in never waits; one goroutine takes it out.
type outbox struct {
	mu     sync.Mutex
	wake   chan struct{} // holds a token while there is something to take
	bytes  []byte
	closed bool
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// put reports whether there was room.
func (o *outbox) put(packet []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || len(o.bytes)+len(packet) > maxPending {
		return false
	}
	o.bytes = append(o.bytes, packet...)
	o.signal()
	return true
}

// close lets the reader take what is left and then end.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take waits for bytes; more is false after the last ones. spare is a buffer that may be reused.
func (o *outbox) take(spare []byte) (batch []byte, more bool) {
	<-o.wake
	o.mu.Lock()
	defer o.mu.Unlock()
	batch, o.bytes = o.bytes, spare[:0]
	if o.closed {
		o.signal() // nobody is left to do it
	}
	return batch, !o.closed
}
