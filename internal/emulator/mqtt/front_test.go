package mqtt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

const patience = 30 * time.Second

// diary is a hub that lets everybody in and writes down what it is told.
type diary struct {
	mu    sync.Mutex
	lines []string
	until time.Time
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

func (d *diary) Connect(link Link, login Login) (time.Time, bool) {
	d.note("connect %s/%s %d", link.DeviceID, link.ModuleID, link.Number)
	return d.until, login.Password != "wrong"
}
func (d *diary) Disconnected(link Link)             { d.note("disconnected %d", link.Number) }
func (d *diary) Subscribed(_ Link, channel Channel) { d.note("subscribed %d", channel) }
func (d *diary) GetTwin(_ Link, rid string)         { d.note("get %s", rid) }
func (d *diary) AnswerMethod(_ Link, a MethodAnswer) {
	d.note("answer %s %d %s", a.RID, a.Status, a.Payload)
}
func (d *diary) Telemetry(_ Link, m Message)     { d.note("telemetry %v %s", m.Properties, m.Body) }
func (d *diary) Acknowledged(_ Link, tag uint64) { d.note("acknowledged %d", tag) }
func (d *diary) ReportProperties(_ Link, rid string, version int64, patch []byte) {
	d.note("report %s %d %s", rid, version, patch)
}

// connect is the CONNECT of device d.
func connect(change func(*packets.Packet)) []byte {
	pk := packets.Packet{ProtocolVersion: protocolVersion}
	pk.FixedHeader.Type = packets.Connect
	pk.Connect = packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: "d", UsernameFlag: true, Username: []byte("h/d/?api-version=v"),
		Clean: true, Keepalive: 60,
	}
	if change != nil {
		change(&pk)
	}
	var out bytes.Buffer
	if err := pk.ConnectEncode(&out); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Raw packets of a client.
const (
	ping             = "\xc0\x00"
	pong             = "\xd0\x00"
	disconnect       = "\xe0\x00"
	acceptedPacket   = "\x20\x02\x00\x00"
	subscribeTwin    = "\x82\x17\x00\x01\x00\x12" + answersPrefix + "#" + "\x01"
	subscribeDesired = "\x82\x2c\x00\x02\x00\x27" + desiredPrefix + "#" + "\x00"
)

// wire is the client's end of a connection that a front serves.
type wire struct {
	*testing.T
	net.Conn
}

// dial returns the client's end; the front's ends are closed with the front.
func dial(t *testing.T, f *Front) *wire {
	t.Helper()
	near, far := net.Pipe()
	c := newConn(f, far)
	if !f.admit(c) {
		t.Fatal("the front is closed")
	}
	go c.run()
	t.Cleanup(func() { _ = near.Close() })
	if err := near.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &wire{t, near}
}

func (w *wire) send(raw ...string) *wire {
	w.Helper()
	for _, r := range raw {
		if _, err := io.WriteString(w.Conn, r); err != nil {
			w.Fatalf("send %q: %v", r, err)
		}
	}
	return w
}

func (w *wire) want(raw string) *wire {
	w.Helper()
	got := make([]byte, len(raw))
	if n, err := io.ReadFull(w.Conn, got); err != nil || string(got) != raw {
		w.Fatalf("got %q (%v), want %q", got[:n], err, raw)
	}
	return w
}

func (w *wire) wantEnd() {
	w.Helper()
	if rest, err := io.ReadAll(w.Conn); err != nil || len(rest) > 0 {
		w.Fatalf("got %q and error %v, want the end", rest, err)
	}
}

func newFront(t *testing.T, d *diary) *Front {
	t.Helper()
	f := New(d, Options{})
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// Deliveries and replies, byte by byte.
func TestPackets(t *testing.T) {
	t.Parallel()
	d := &diary{}
	f := newFront(t, d)
	w := dial(t, f).send(string(connect(nil))).want(acceptedPacket).send(ping).want(pong)
	link := Link{Identity{DeviceID: "d"}, 1}
	if _, err := f.Deliver(link, DesiredUpdate(2, []byte("{}"))); !errors.Is(err, ErrNotSubscribed) {
		t.Errorf("got %v, want ErrNotSubscribed", err)
	}
	w.send(subscribeDesired).want("\x90\x03\x00\x02\x00").send(subscribeTwin).want("\x90\x03\x00\x01\x01")
	for _, delivery := range []Delivery{DesiredUpdate(2, []byte("{}")), TwinAnswer("7", 204, 3, nil)} {
		if qos, err := f.Deliver(link, delivery); err != nil || qos != 0 {
			t.Errorf("got %d, %v", qos, err)
		}
	}
	w.want("\x30\x35\x00\x31" + desiredPrefix + "?$version=2" + "{}")
	w.want("\x30\x29\x00\x27" + answersPrefix + "204/?$rid=7&$version=3")
	if _, err := f.Deliver(Link{link.Identity, 2}, DesiredUpdate(3, nil)); !errors.Is(err, ErrNotConnected) {
		t.Errorf("got %v for another connection, want ErrNotConnected", err)
	}
	w.send(disconnect).wantEnd()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	want := []string{"connect d/ 1", "subscribed 2", "subscribed 1", "disconnected 1"}
	if got := d.read(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := f.Deliver(link, DesiredUpdate(3, nil)); !errors.Is(err, ErrNotConnected) {
		t.Errorf("got %v after the end, want ErrNotConnected", err)
	}
}

// A session that is not clean keeps its subscriptions, and says so in the CONNACK.
func TestSessions(t *testing.T) {
	t.Parallel()
	d := &diary{}
	f := newFront(t, d)
	keep := string(connect(func(pk *packets.Packet) { pk.Connect.Clean = false }))
	fresh := string(connect(nil))
	const present = "\x20\x02\x01\x00"
	dial(t, f).send(keep).want(acceptedPacket).send(subscribeDesired).want("\x90\x03\x00\x02\x00").send(disconnect).wantEnd()
	dial(t, f).send(keep).want(present).send(disconnect).wantEnd()
	dial(t, f).send(fresh).want(acceptedPacket).send(disconnect).wantEnd()
	dial(t, f).send(keep).want(acceptedPacket).send(disconnect).wantEnd()
	f.Drop(Identity{DeviceID: "d"}, errors.New("deleted"))
	dial(t, f).send(keep).want(acceptedPacket).send(disconnect).wantEnd()
}

// A client that does not read is given up; nobody waits for it.
func TestStalledClient(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	f := New(&diary{}, Options{Observe: func(e Event) {
		if e.What == "disconnected" {
			ended <- e.Why
		}
	}})
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	dial(t, f).send(string(connect(nil))).want(acceptedPacket).send(subscribeDesired).want("\x90\x03\x00\x02\x00")
	link, body := Link{Identity{DeviceID: "d"}, 1}, make([]byte, 1<<20)
	for i := range int64(20) {
		if _, err := f.Deliver(link, DesiredUpdate(i, body)); err != nil {
			break
		}
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errOverflow) {
			t.Errorf("got %v, want errOverflow", err)
		}
	case <-time.After(patience):
		t.Fatal("the connection goes on")
	}
}

func TestServeAfterClose(t *testing.T) {
	t.Parallel()
	f := newFront(t, &diary{})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Serve(l); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

// Whatever a client sends after its CONNECT, or instead of it, the connection ends in order and the front goes on.
func FuzzConnection(f *testing.F) {
	hello := string(connect(nil))
	for _, seed := range []string{
		hello, hello + ping + disconnect, hello + subscribeTwin + subscribeDesired, "", "\x10", hello + "\x32\x07\x00\x01a\x00\x01x",
		hello + "\x30\x1b\x00\x19devices/d/messages/events", hello + "\xa2\x04\x00\x01\x00\x00", hello + "\x40\x02\x00\x01",
		hello + "\x34\x00", hello + hello, "\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01d",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		d := &diary{}
		front := New(d, Options{})
		near, far := net.Pipe()
		c := newConn(front, far)
		front.admit(c)
		go c.run()
		go func() { _, _ = io.Copy(io.Discard, near) }()
		if err := near.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		_, err := near.Write(sent)
		if timeout, is := errors.AsType[net.Error](err); is && timeout.Timeout() {
			t.Fatalf("the front does not read: %v", err)
		}
		_ = near.Close()
		if err := front.Close(); err != nil {
			t.Fatal(err)
		}
		connects, disconnects := 0, 0
		for _, line := range d.read() {
			switch line[:4] {
			case "conn":
				connects++
			case "disc":
				disconnects++
			}
		}
		if connects != disconnects || connects > 1 {
			t.Fatalf("got %q", d.read())
		}
	})
}
