package mqtt

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Errors of Deliver.
var (
	ErrNotConnected  = errors.New("client is not connected")
	ErrNotSubscribed = errors.New("client is not subscribed")
)

// ErrClosed is returned by Serve after Close.
var ErrClosed = errors.New("device endpoint is closed")

// Options configure a Front. The zero value goes by the real time.
type Options struct {
	// Now is the clock that credentials end by. Default time.Now.
	Now func() time.Time
	// AfterFunc calls f once after d, in a goroutine of its own, unless stop comes first: the clock of keep-alive and
	// expiry. Default time.AfterFunc.
	AfterFunc func(d time.Duration, f func()) (stop func() bool)
	// Observe is told of every connection that begins, is refused or ends, and why. It may be called concurrently.
	Observe func(Event)
}

// Event is a turn in the life of a connection.
type Event struct {
	ClientID string // as the client gave it
	What     string // "connected", "refused" or "disconnected"
	Why      error  // of the last two; nil when the client took its leave
}

// Front serves devices for a Hub. Its methods may be called concurrently.
type Front struct {
	hub     Hub
	options Options
	running sync.WaitGroup // one for each connection

	mu        sync.Mutex // guards what is below, and the sessions
	closed    bool
	number    uint64
	listeners map[net.Listener]bool
	conns     map[*conn]bool
	sessions  map[Identity]*session
}

// session is what the service remembers of a client. It outlives a connection unless that asked for a clean one
// (FACTS §11.2).
type session struct {
	conn          *conn // nil while disconnected
	clean         bool
	subscriptions map[string]subscription // by filter
}

type subscription struct {
	channel Channel
	prefix  string
	qos     byte
}

// New returns a front that serves nothing yet.
func New(h Hub, o Options) *Front {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AfterFunc == nil {
		o.AfterFunc = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	return &Front{
		hub: h, options: o, listeners: map[net.Listener]bool{}, conns: map[*conn]bool{},
		sessions: map[Identity]*session{},
	}
}

// Serve accepts connections until Close, which closes the listener and makes Serve return ErrClosed. A TLS listener
// should ask for client certificates, which Login carries on.
func (f *Front) Serve(l net.Listener) error {
	if !f.admitListener(l) {
		return errors.Join(ErrClosed, l.Close())
	}
	for {
		nc, err := l.Accept()
		if err != nil {
			return f.servingEnded(l, err)
		}
		c := newConn(f, nc)
		if !f.admit(c) {
			return errors.Join(ErrClosed, nc.Close())
		}
		go c.run()
	}
}

func (f *Front) admitListener(l net.Listener) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.listeners[l] = true
	return true
}

func (f *Front) servingEnded(l net.Listener, err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	delete(f.listeners, l)
	return fmt.Errorf("accept device connection: %w", errors.Join(err, l.Close()))
}

// admit takes a connection into the books; its run must follow.
func (f *Front) admit(c *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.conns[c] = true
	f.running.Add(1)
	return true
}

func (f *Front) release(c *conn) {
	f.mu.Lock()
	delete(f.conns, c)
	f.mu.Unlock()
	f.running.Done()
}

// Close ends all listeners and connections and waits for their goroutines, which may call the Hub until then.
func (f *Front) Close() error {
	f.mu.Lock()
	f.closed = true
	var errs []error
	for l := range f.listeners {
		errs = append(errs, l.Close())
	}
	for c := range f.conns {
		c.stop(ErrClosed)
	}
	f.mu.Unlock()
	f.running.Wait()
	return errors.Join(errs...)
}

// Drop closes the client's connection and forgets its session, without waiting.
func (f *Front) Drop(id Identity, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, id)
	for c := range f.conns {
		if c.link.Identity == id { // also one that is just being accepted
			c.stop(why)
		}
	}
}

// Deliver puts d on its way over the link, without waiting. Deliveries arrive in the order of the calls, or the
// connection breaks. With qos 1 the Hub will be told when the client has it; with 0 nobody will ever know.
func (f *Front) Deliver(link Link, d Delivery) (qos byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[link.Identity]
	if s == nil || s.conn == nil || !s.conn.open || s.conn.link != link {
		return 0, ErrNotConnected
	}
	sub, found := s.channel(d.channel)
	if !found {
		return 0, ErrNotSubscribed
	}
	return s.conn.deliver(d, sub)
}

// channel finds a subscription; all of one channel deliver alike.
func (s *session) channel(channel Channel) (subscription, bool) {
	for _, sub := range s.subscriptions {
		if sub.channel == channel {
			return sub, true
		}
	}
	return subscription{}, false
}

// enlist gives the connection its place in the books before the Hub is asked about it, so that Drop finds it.
func (f *Front) enlist(c *conn, id Identity) Link {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.number++
	c.link = Link{id, f.number}
	return c.link
}

// takeOver makes c the connection of its client; an earlier one is closed (FACTS §11.2). It queues the CONNACK and
// returns the channels that a kept session listens to. ok is false when a later connection was faster.
func (f *Front) takeOver(c *conn, clean bool) (kept []Channel, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[c.link.Identity]
	if s != nil && s.conn != nil {
		if s.conn.link.Number > c.link.Number {
			return nil, false
		}
		s.conn.stop(errTakenOver)
	}
	present := s != nil && !clean && !s.clean
	if !present {
		s = &session{clean: clean, subscriptions: map[string]subscription{}}
		f.sessions[c.link.Identity] = s
	}
	s.conn = c
	c.session, c.open = s, true
	for _, sub := range s.subscriptions {
		kept = append(kept, sub.channel)
	}
	return kept, c.send(connack(accepted, present))
}

// leave ends the connection's part in its session.
func (f *Front) leave(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.open = false
	s := c.session
	if s == nil || s.conn != c {
		return
	}
	s.conn = nil
	if s.clean && f.sessions[c.link.Identity] == s {
		delete(f.sessions, c.link.Identity)
	}
}
