package hubtest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// patience is how long a fact waits for what must come over MQTT.
const patience = 20 * time.Second

// Topics and filters of clients (FACTS §11.3).
const (
	twinAnswers   = "$iothub/twin/res/#"
	desiredWrites = "$iothub/twin/PATCH/properties/desired/#"
	methodCalls   = "$iothub/methods/POST/#"
	getTwin       = "$iothub/twin/GET/?$rid="
	reportTwin    = "$iothub/twin/PATCH/properties/reported/?$rid="
)

// deviceClient is a device or module that is connected over MQTT.
type deviceClient struct {
	*Session
	mqtt     paho.Client
	received chan paho.Message
	lost     chan error
}

// DialMQTT returns a dialer for the MQTT port of a hub.
func DialMQTT(address string, config *tls.Config) func() (net.Conn, error) {
	return func() (net.Conn, error) { return tls.Dial("tcp", address, config) }
}

// key is the primary key of an identity.
func (s *Session) key(identity answer) string {
	s.Helper()
	var doc struct {
		Authentication struct{ SymmetricKey struct{ PrimaryKey string } }
	}
	if err := json.Unmarshal(identity.body, &doc); err != nil {
		s.Fatal(err)
	}
	return doc.Authentication.SymmetricKey.PrimaryKey
}

// dial tries to connect as a device, or as "device/module", with a token signed by key.
func (s *Session) dial(clientID, key string, more ...string) (*deviceClient, error) {
	s.Helper()
	d := &deviceClient{Session: s, received: make(chan paho.Message, 100), lost: make(chan error, 1)}
	host, _, _ := strings.Cut(s.client.host, ":")
	resource := url.QueryEscape(host + "/devices/" + strings.Replace(clientID, "/", "/modules/", 1))
	token, err := deviceToken(resource, key, s.client.o.Now().Add(time.Hour))
	if err != nil {
		s.Fatal(err)
	}
	d.mqtt = paho.NewClient(paho.NewClientOptions().AddBroker("tls://" + host).SetProtocolVersion(4).
		SetClientID(clientID).SetUsername(host + "/" + clientID + "/?api-version=" + apiVersion + strings.Join(more, "")).SetPassword(token).
		SetAutoReconnect(false).SetConnectTimeout(patience).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return s.client.o.DialMQTT() }).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { d.received <- m }).
		SetConnectionLostHandler(func(_ paho.Client, err error) { d.lost <- err }))
	connecting := d.mqtt.Connect()
	if !connecting.WaitTimeout(patience) {
		s.Fatal("connect: no answer")
	}
	if err := connecting.Error(); err != nil {
		return nil, err
	}
	s.Cleanup(func() { d.mqtt.Disconnect(100) })
	return d, nil
}

// online creates a device and connects it.
func (s *Session) online() (string, *deviceClient) {
	s.Helper()
	id := s.device()
	return id, s.connect(id, s.key(s.call(200, "GET", devicePath(id), "", "")))
}

// connect connects a client; more is further members of the user name, each starting with an ampersand.
func (s *Session) connect(clientID, key string, more ...string) *deviceClient {
	s.Helper()
	d, err := s.dial(clientID, key, more...)
	if err != nil {
		s.Fatalf("connect %s: %v", clientID, err)
	}
	return d
}

func (d *deviceClient) done(what string, token paho.Token) {
	d.Helper()
	if !token.WaitTimeout(patience) {
		d.Fatalf("%s: no answer", what)
	}
	if err := token.Error(); err != nil {
		d.Fatalf("%s: %v", what, err)
	}
}

func (d *deviceClient) subscribe(filters ...string) *deviceClient {
	d.Helper()
	for _, filter := range filters {
		d.done("subscribe "+filter, d.mqtt.Subscribe(filter, 1, nil))
	}
	return d
}

func (d *deviceClient) publish(topic, body string) {
	d.Helper()
	d.done("publish "+topic, d.mqtt.Publish(topic, 1, false, body))
}

// next waits for a message.
func (d *deviceClient) next() (topic, body string) {
	d.Helper()
	waiting, stop := context.WithTimeout(d.Context(), patience)
	defer stop()
	select {
	case m := <-d.received:
		return m.Topic(), string(m.Payload())
	case err := <-d.lost:
		d.Fatalf("connection lost: %v", err)
	case <-waiting.Done():
		d.Fatal("no message came")
	}
	return "", ""
}

// want waits for a message. A body is compared as JSON; an empty one must be empty.
func (d *deviceClient) want(topic, body string) {
	d.Helper()
	gotTopic, gotBody := d.next()
	if gotTopic != topic || !sameJSON(gotBody, body) {
		d.Fatalf("got %s %s, want %s %s", gotTopic, gotBody, topic, body)
	}
}

func (d *deviceClient) wantLost() {
	d.Helper()
	waiting, stop := context.WithTimeout(d.Context(), patience)
	defer stop()
	select {
	case err := <-d.lost:
		d.Logf("connection lost: %v", err)
	case <-waiting.Done():
		d.Fatal("the connection is still there")
	}
}

func sameJSON(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	var left, right any
	if json.Unmarshal([]byte(a), &left) != nil || json.Unmarshal([]byte(b), &right) != nil {
		return false
	}
	return fmt.Sprint(left) == fmt.Sprint(right) // maps print in the order of their keys
}
