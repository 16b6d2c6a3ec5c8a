package mqtt

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	// connectTimeout is the time from the first byte of TLS to a complete CONNECT.
	connectTimeout = 30 * time.Second
	// writeTimeout is the time that a client may leave bytes unread.
	writeTimeout = 30 * time.Second
	// maxIdle is the longest wait for a client that sends nothing (FACTS §11.2).
	maxIdle = 1767 * time.Second
)

var (
	errTakenOver = errors.New("a later connection of the same client took over")
	errIdle      = errors.New("keep-alive timeout")
	errExpired   = errors.New("credentials have expired")
	errOverflow  = errors.New("client does not read what it is sent")
	errRefused   = errors.New("not authorized")
	errUserName  = errors.New("client id and user name do not belong together, or there is no api-version")
	errWill      = errors.New("the will's topic is not a telemetry topic of the client")
)

// conn is one connection. run owns it; the front reads and changes the middle part under its lock.
type conn struct {
	front  *Front
	nc     net.Conn
	reader *bufio.Reader
	out    *outbox
	sent   chan struct{} // closed when nothing will be written any more
	idle   func() bool   // stops the keep-alive timer

	link     Link
	session  *session
	open     bool              // accepted and not yet ended
	lastID   uint16            // packet id
	inFlight map[uint16]uint64 // packet id to tag of deliveries with quality of service 1

	stopping sync.Mutex // guards what is below
	stopped  bool
	why      error
}

func newConn(f *Front, nc net.Conn) *conn {
	return &conn{
		front: f, nc: nc, reader: bufio.NewReader(nc), out: newOutbox(), sent: make(chan struct{}),
		inFlight: map[uint16]uint64{},
	}
}

// stop breaks the connection off without waiting. The first reason counts.
func (c *conn) stop(why error) {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	if c.stopped {
		return
	}
	c.stopped, c.why = true, why
	c.out.close()
	// The transport under TLS closes at once; TLS itself might wait to say goodbye.
	_ = transport(c.nc).Close()
}

func (c *conn) reason(err error) error {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	if c.stopped {
		return c.why
	}
	return err
}

func transport(nc net.Conn) net.Conn {
	for {
		outer, wraps := nc.(interface{ NetConn() net.Conn })
		if !wraps {
			return nc
		}
		nc = outer.NetConn()
	}
}

// run serves the connection to its end.
func (c *conn) run() {
	defer c.front.release(c)
	go c.write()
	c.expectWithin(connectTimeout)
	err := c.serve()
	c.idle()
	c.out.close()
	<-c.sent // what was queued, such as a refusal, goes out before the end
	_ = c.nc.Close()
	if !errors.Is(err, errSilent) {
		c.front.options.Observe(Event{ClientID: c.name(), What: "disconnected", Why: err})
	}
}

// write is the goroutine that empties the outbox.
func (c *conn) write() {
	defer close(c.sent)
	var batch []byte
	for more := true; more; {
		batch, more = c.out.take(batch)
		if len(batch) == 0 {
			continue
		}
		if err := c.writeBatch(batch); err != nil {
			c.stop(err)
			return
		}
	}
}

func (c *conn) writeBatch(batch []byte) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.nc.Write(batch)
	return err
}

// expectWithin restarts the keep-alive timer.
func (c *conn) expectWithin(d time.Duration) {
	if c.idle != nil {
		c.idle()
	}
	c.idle = c.front.options.AfterFunc(d, func() { c.stop(errIdle) })
}

// handshake finishes TLS, if there is any, and returns what the client showed of itself.
func (c *conn) handshake() ([]*x509.Certificate, error) {
	secure, isTLS := c.nc.(*tls.Conn)
	if !isTLS {
		return nil, nil
	}
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	return secure.ConnectionState().PeerCertificates, nil
}

// send queues a packet. It reports whether the connection is still good.
func (c *conn) send(pk packets.Packet) bool {
	raw, err := encode(pk)
	if err == nil && !c.out.put(raw) {
		err = errOverflow
	}
	if err != nil {
		c.stop(err)
	}
	return err == nil
}

// deliver is called under the front's lock.
func (c *conn) deliver(d Delivery, sub subscription) (byte, error) {
	pk := packets.Packet{TopicName: sub.prefix + d.topic, Payload: d.payload}
	pk.FixedHeader.Type = packets.Publish
	// Only commands have a quality of service of 1: that of twin messages is unverified, methods have 0 (FACTS §11.5).
	if d.channel == Commands && sub.qos > 0 {
		pk.FixedHeader.Qos, pk.FixedHeader.Dup = 1, d.again
		pk.PacketID = c.nextID()
		c.inFlight[pk.PacketID] = d.tag
	}
	if !c.send(pk) {
		return 0, ErrNotConnected
	}
	return pk.FixedHeader.Qos, nil
}

func (c *conn) nextID() uint16 {
	for {
		c.lastID++
		if _, used := c.inFlight[c.lastID]; !used && c.lastID != 0 {
			return c.lastID
		}
	}
}

func connack(code byte, present bool) packets.Packet {
	pk := packets.Packet{ReasonCode: code, SessionPresent: present}
	pk.FixedHeader.Type = packets.Connack
	return pk
}
