package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// deviceClock is a hub's clock that stands until the test moves it.
type deviceClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*clockTimer]bool
}

type clockTimer struct {
	at time.Time
	f  func()
}

func newDeviceClock() *deviceClock { return &deviceClock{now: noon, timers: map[*clockTimer]bool{}} }

func (c *deviceClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *deviceClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &clockTimer{c.now.Add(d), f}
	c.timers[t] = true
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		active := c.timers[t]
		delete(c.timers, t)
		return active
	}
}

// advance moves the clock and runs what is due.
func (c *deviceClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for t := range c.timers {
		if !t.at.After(c.now) {
			due = append(due, t.f)
			delete(c.timers, t)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// site is a hub that is served to devices.
type site struct {
	*rig
	clock    *deviceClock
	endpoint Endpoint
	roots    *x509.CertPool
	events   chan DeviceEvent
}

func newSite(t *testing.T) *site {
	t.Helper()
	return openSite(t, Options{})
}

func openSite(t *testing.T, o Options) *site {
	t.Helper()
	s := &site{clock: newDeviceClock(), roots: x509.NewCertPool(), events: make(chan DeviceEvent, 10_000)}
	o.Now, o.AfterFunc = s.clock.Now, s.clock.AfterFunc
	o.ObserveDevice = func(e DeviceEvent) { s.events <- e }
	s.rig = openRig(t, o)
	e, stop := serve(t, s.hub, ServeOptions{MQTT: "127.0.0.1:0"})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	s.endpoint = e
	if !s.roots.AppendCertsFromPEM(readFile(t, e.CAFile)) {
		t.Fatalf("%s is not PEM", e.CAFile)
	}
	return s
}

// key is the primary key of a device, or of a module as "device/module".
func (s *site) key(clientID string) string {
	s.Helper()
	deviceID, moduleID, _ := strings.Cut(clientID, "/")
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	r := s.hub.store.find(deviceID, moduleID)
	if r == nil {
		s.Fatalf("there is no %s", clientID)
	}
	return r.auth.primaryKey
}

func (s *site) module(deviceID, moduleID string) {
	s.Helper()
	s.must(200, "PUT", "/devices/"+url.PathEscape(deviceID)+"/modules/"+url.PathEscape(moduleID),
		fmt.Sprintf(`{"deviceId":%q,"moduleId":%q}`, deviceID, moduleID))
}

// resource is what a client's token is signed for.
func resource(clientID string) string {
	return url.QueryEscape("localhost/devices/" + strings.Replace(clientID, "/", "/modules/", 1))
}

// login is what a client shows; its zero value is filled with what is right for the client id.
type login struct {
	clientID    string
	userName    string
	password    string
	certificate *tls.Certificate
	clean       bool
	keepAlive   time.Duration
	will        string // topic
	webSocket   bool
}

// device is a connected client.
type device struct {
	*site
	client   paho.Client
	received chan paho.Message
	lost     chan error
}

func (s *site) options(l login) (*paho.ClientOptions, *device) {
	d := &device{site: s, received: make(chan paho.Message, 1000), lost: make(chan error, 1)}
	config := &tls.Config{RootCAs: s.roots, ServerName: "localhost"}
	if l.certificate != nil {
		config.Certificates = []tls.Certificate{*l.certificate}
	}
	o := paho.NewClientOptions().SetClientID(l.clientID).SetUsername(l.userName).SetPassword(l.password).
		SetProtocolVersion(4).SetCleanSession(l.clean).SetTLSConfig(config).SetAutoReconnect(false).
		SetConnectTimeout(patience).SetKeepAlive(l.keepAlive).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { d.received <- m }).
		SetConnectionLostHandler(func(_ paho.Client, err error) { d.lost <- err })
	if l.webSocket {
		o.AddBroker("wss://" + s.endpoint.HTTPS + "/$iothub/websocket")
	} else {
		o.AddBroker("ssl://" + s.endpoint.MQTT)
	}
	if l.will != "" {
		o.SetWill(l.will, "gone", 1, false)
	}
	return o, d
}

func (l login) filled(s *site) login {
	s.Helper()
	if l.userName == "" {
		l.userName = "localhost/" + l.clientID + "/?api-version=2021-04-12&DeviceClientType=test%2F1"
	}
	if l.password == "" && l.certificate == nil {
		l.password = sign(resource(l.clientID), s.key(l.clientID), "", s.clock.Now().Add(time.Hour))
	}
	return l
}

// dial tries to connect.
func (s *site) dial(l login) (*device, error) {
	s.Helper()
	o, d := s.options(l)
	d.client = paho.NewClient(o)
	token := d.client.Connect()
	if !token.WaitTimeout(patience) {
		s.Fatalf("%s: no CONNACK", l.clientID)
	}
	if err := token.Error(); err != nil {
		return nil, err
	}
	s.Cleanup(func() { d.client.Disconnect(0) })
	return d, nil
}

// connect is a client with everything right, in a clean session.
func (s *site) connect(clientID string) *device {
	s.Helper()
	return s.connectAs(login{clientID: clientID, clean: true})
}

func (s *site) connectAs(l login) *device {
	s.Helper()
	d, err := s.dial(l.filled(s))
	if err != nil {
		s.Fatalf("connect %s: %v", l.clientID, err)
	}
	return d
}

func (d *device) subscribe(qos byte, filters ...string) *device {
	d.Helper()
	for _, filter := range filters {
		d.wait("subscribe "+filter, d.client.Subscribe(filter, qos, nil))
	}
	return d
}

func (d *device) publish(qos byte, topic, body string) {
	d.Helper()
	d.wait("publish "+topic, d.client.Publish(topic, qos, false, body))
}

func (d *device) wait(what string, token paho.Token) {
	d.Helper()
	if !token.WaitTimeout(patience) {
		d.Fatalf("%s: no answer", what)
	}
	if err := token.Error(); err != nil {
		d.Fatalf("%s: %v", what, err)
	}
}

// next returns the next message.
func (d *device) next() (topic, body string) {
	d.Helper()
	select {
	case m := <-d.received:
		return m.Topic(), string(m.Payload())
	case err := <-d.lost:
		d.Fatalf("connection lost: %v", err)
	case <-time.After(patience):
		d.Fatal("no message came")
	}
	return "", ""
}

func (d *device) want(topic, body string) {
	d.Helper()
	gotTopic, gotBody := d.next()
	if gotTopic != topic || gotBody != body {
		d.Fatalf("got %s %s, want %s %s", gotTopic, gotBody, topic, body)
	}
}

// wantQuiet reports what came uninvited: a round trip later everything sent before has arrived.
func (d *device) wantQuiet() {
	d.Helper()
	d.subscribe(0, answers)
	d.publish(0, twinGet+"quiet", "")
	if topic, body := d.next(); topic != "$iothub/twin/res/200/?$rid=quiet" {
		d.Fatalf("got %s %s, want nothing", topic, body)
	}
}

// wantLost expects the hub to close the connection.
func (d *device) wantLost() {
	d.Helper()
	select {
	case err := <-d.lost:
		d.Logf("connection lost: %v", err)
	case <-time.After(patience):
		d.Fatal("the connection is still there")
	}
}

// wantEvent skips to the event and returns it.
func (s *site) wantEvent(clientID, what string) DeviceEvent {
	s.Helper()
	for {
		select {
		case e := <-s.events:
			if e.ClientID == clientID && e.What == what {
				return e
			}
		case <-time.After(patience):
			s.Fatalf("%s: no event %q", clientID, what)
		}
	}
}

// Topics and filters of clients.
const (
	answers = "$iothub/twin/res/#"
	desired = "$iothub/twin/PATCH/properties/desired/#"
	methods = "$iothub/methods/POST/#"
	twinGet = "$iothub/twin/GET/?$rid="
	report  = "$iothub/twin/PATCH/properties/reported/?$rid="
)
