package emulator

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	odd := "a@b%$'?"
	for _, id := range []string{"d", "other", odd, "off"} {
		s.device(id)
	}
	s.module("d", "m")
	s.module("off", "m")
	s.with("If-Match", "*").must(200, "PUT", "/devices/off", `{"deviceId":"off","status":"disabled"}`)
	keyD, keyM := s.key("d"), s.key("d/m")
	token := func(resource, key, policy string) string {
		return sign(url.QueryEscape(resource), key, policy, s.clock.Now().Add(time.Hour))
	}
	policy := func(name string) string { return s.hub.policy(name).PrimaryKey }
	refused := packets.ErrorRefusedNotAuthorised
	rows := []struct {
		name                       string
		clientID, userName, passwd string
		want                       error
	}{
		{name: "device", clientID: "d"},
		{name: "module", clientID: "d/m"},
		{name: "id with special characters", clientID: odd},
		{name: "older user name", clientID: "d", userName: "localhost/d/api-version=2020-09-30"},
		{name: "port in the host name", clientID: "d", userName: "localhost:8883/d/?api-version=2019-10-01", passwd: token("LOCALHOST:8883/devices/d", keyD, "")},
		{name: "another of the hub's names", clientID: "d", userName: "emu.azure-devices.net/d/?api-version=2021-04-12", passwd: token("emu.azure-devices.net/devices/d", keyD, "")},
		{name: "resource is the host", clientID: "d", passwd: token("localhost", keyD, "")},
		{name: "resource of the device for its module", clientID: "d/m", passwd: token("localhost/devices/d", keyM, "")},
		{name: "resource encoded twice", clientID: odd, passwd: token("localhost/devices/"+url.PathEscape(odd), s.key(odd), "")},
		{name: "resource in lower-case hex", clientID: "d", passwd: sign("localhost%2fdevices%2fd", keyD, "", noon.Add(time.Hour))},
		{name: "policy device", clientID: "d", passwd: token("localhost/devices/d", policy("device"), "device")},
		{name: "policy device, all devices", clientID: "d/m", passwd: token("localhost/devices", policy("device"), "device")},
		{name: "policy iothubowner", clientID: "d/m", passwd: token("localhost", policy("iothubowner"), "iothubowner")},

		{name: "policy without DeviceConnect", clientID: "d", passwd: token("localhost", policy("service"), "service"), want: refused},
		{name: "unknown policy", clientID: "d", passwd: token("localhost", policy("device"), "nobody"), want: refused},
		{name: "wrong key", clientID: "d", passwd: token("localhost/devices/d", s.key("other"), ""), want: refused},
		{name: "device key for its module", clientID: "d/m", passwd: token("localhost/devices/d/modules/m", keyD, ""), want: refused},
		{name: "module key for its device", clientID: "d", passwd: token("localhost/devices/d", keyM, ""), want: refused},
		{name: "resource of a module for its device", clientID: "d", passwd: token("localhost/devices/d/modules/m", keyD, ""), want: refused},
		{name: "resource of another device", clientID: "d", passwd: token("localhost/devices/other", keyD, ""), want: refused},
		{name: "resource on another host", clientID: "d", passwd: token("elsewhere/devices/d", keyD, ""), want: refused},
		{name: "expired", clientID: "d", passwd: sign(resource("d"), keyD, "", noon), want: refused},
		{name: "no token", clientID: "d", passwd: "secret", want: refused},
		{name: "nothing to show", clientID: "d", passwd: "-", want: refused},
		{name: "unknown device", clientID: "none", passwd: token("localhost", policy("device"), "device"), want: refused},
		{name: "unknown module", clientID: "d/none", passwd: token("localhost", policy("device"), "device"), want: refused},
		{name: "disabled device", clientID: "off", want: refused},
		{name: "module of a disabled device", clientID: "off/m", want: refused},
		{name: "user name of another device", clientID: "d", userName: "localhost/other/?api-version=2021-04-12", want: refused},
		{name: "user name of a module", clientID: "d", userName: "localhost/d/m/?api-version=2021-04-12", want: refused},
		{name: "no api-version", clientID: "d", userName: "localhost/d/?DeviceClientType=x", want: refused},
		{name: "unsupported api-version", clientID: "d", userName: "localhost/d/?api-version=2031-01-01", want: refused},
		{name: "no user name", clientID: "d", userName: "-", passwd: "-", want: refused},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := login{clientID: row.clientID, userName: row.userName, password: row.passwd, clean: true}
			if row.clientID != "none" && row.clientID != "d/none" {
				l = l.filled(s)
			} else {
				l.userName = "localhost/" + row.clientID + "/?api-version=2021-04-12"
			}
			l.userName, l.password = strings.TrimPrefix(l.userName, "-"), strings.TrimPrefix(l.password, "-")
			_, err := s.dial(l)
			if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

// What paho would not send: the bytes of a CONNECT and of the answer.
func TestRawConnect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rows := []struct{ name, send, want string }{
		{"MQTT 5", "\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01d", "\x20\x02\x00\x01"},
		{"MQTT 3.1", "\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01d", "\x20\x02\x00\x01"},
		{"no client id", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", "\x20\x02\x00\x02"},
		{"no user name", "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01d", "\x20\x02\x00\x05"},
		{"something else first", "\xc0\x00", ""},
		{"HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", ""},
		{"endless length", "\x10\xff\xff\xff\xff\xff", ""},
		{"huge", "\x10\xff\xff\xff\x7f", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			conn, err := tls.Dial("tcp", s.endpoint.MQTT, &tls.Config{RootCAs: s.roots, ServerName: "localhost"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := conn.Write([]byte(row.send)); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if string(got) != row.want || err != nil {
				t.Errorf("got %x and error %v, want %x and the end", got, err, row.want)
			}
		})
	}
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.module("d", "m")
	first, module := s.connect("d"), s.connect("d/m")
	second := s.connect("d")
	first.wantLost()
	if e := s.wantEvent("d", "disconnected"); e.Why == nil || !strings.Contains(e.Why.Error(), "took over") {
		t.Errorf("got %v, want a takeover", e.Why)
	}
	s.wantState("/devices/d", "Connected")
	second.subscribe(0, desired)
	s.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"a":1}}}`)
	second.want("$iothub/twin/PATCH/properties/desired/?$version=2", `{"a":1,"$version":2}`)
	module.wantQuiet()
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.device("policy")
	d := s.connectAs(login{clientID: "d", password: sign(resource("d"), s.key("d"), "", noon.Add(20*time.Minute))})
	long := s.connectAs(login{
		clientID: "policy", password: sign("localhost", s.hub.policy("device").SecondaryKey, "device", noon.Add(2*time.Hour)),
	})
	s.clock.advance(20*time.Minute - time.Second)
	d.wantQuiet()
	s.clock.advance(time.Second)
	d.wantLost()
	if e := s.wantEvent("d", "disconnected"); e.Why == nil || !strings.Contains(e.Why.Error(), "expired") {
		t.Errorf("got %v, want expiry", e.Why)
	}
	s.wantState("/devices/d", "Disconnected")
	long.wantQuiet()
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.device("forever")
	d := s.connectAs(login{clientID: "d", keepAlive: time.Minute})
	forever := s.connectAs(login{clientID: "forever", password: sign("localhost", s.key("forever"), "", noon.Add(24*time.Hour))})
	s.clock.advance(89 * time.Second)
	d.wantQuiet() // any traffic counts
	s.clock.advance(89 * time.Second)
	d.wantQuiet()
	s.clock.advance(90 * time.Second)
	d.wantLost()
	if e := s.wantEvent("d", "disconnected"); e.Why == nil || !strings.Contains(e.Why.Error(), "keep-alive") {
		t.Errorf("got %v, want keep-alive", e.Why)
	}
	forever.wantQuiet()
	s.clock.advance(1767 * time.Second)
	forever.wantLost()
}

// The hub disconnects what it does not want any more (FACTS §1.4).
func TestDisconnectedByTheService(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rows := []struct{ name, method, path, body string }{
		{"disable", "PUT", "/devices/%", `{"deviceId":"%","status":"disabled"}`},
		{"disable in bulk", "POST", "/devices", `[{"id":"%","importMode":"update","status":"disabled"}]`},
		{"delete", "DELETE", "/devices/%", ""},
		{"delete in bulk", "POST", "/devices", `[{"id":"%","importMode":"delete"}]`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			id := strings.ReplaceAll(row.name, " ", "-")
			s.device(id)
			s.module(id, "m")
			d, m := s.connect(id), s.connect(id+"/m")
			w := s.with("If-Match", "*").ask(row.method, strings.ReplaceAll(row.path, "%", id), strings.ReplaceAll(row.body, "%", id))
			if w.Code >= 300 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			d.wantLost()
			m.wantLost()
		})
	}
}

// What is not the client's business ends the connection (FACTS §11.2).
func TestForbidden(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rows := []struct {
		name string
		do   func(d *device)
	}{
		{"telemetry of another device", func(d *device) { d.client.Publish("devices/other/messages/events/", 0, false, "x") }},
		{"telemetry of a module", func(d *device) { d.client.Publish("devices/"+d.id()+"/modules/m/messages/events/", 1, false, "x") }},
		{"another topic", func(d *device) { d.client.Publish("hello", 1, false, "x") }},
		{"desired", func(d *device) {
			d.client.Publish("$iothub/twin/PATCH/properties/desired/?$rid=1", 1, false, "{}")
		}},
		{"no $rid", func(d *device) { d.client.Publish("$iothub/twin/GET/", 1, false, "") }},
		{"bad property bag", func(d *device) { d.client.Publish("devices/"+d.id()+"/messages/events/a=%zz", 1, false, "") }},
		{"quality of service 2", func(d *device) { d.client.Publish("devices/"+d.id()+"/messages/events/", 2, false, "x") }},
		{"message too large", func(d *device) {
			d.client.Publish("devices/"+d.id()+"/messages/events/", 1, false, strings.Repeat("x", 256<<10))
		}},
		{"commands of another device", func(d *device) { d.client.Subscribe("devices/other/messages/devicebound/#", 0, nil) }},
		{"everything", func(d *device) { d.client.Subscribe("#", 0, nil) }},
		{"another wildcard", func(d *device) { d.client.Subscribe("devices/+/messages/devicebound/#", 0, nil) }},
		{"one good filter and a bad one", func(d *device) {
			d.client.SubscribeMultiple(map[string]byte{answers: 0, "hello": 0}, nil)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			id := "d-" + url.PathEscape(strings.NewReplacer(" ", "-").Replace(row.name))
			s.device(id)
			d := s.connect(id)
			row.do(d)
			d.wantLost()
		})
	}
}

func (d *device) id() string {
	o := d.client.OptionsReader()
	return o.ClientID()
}

// Quality of service 2 is granted as 1; each filter of the list is good.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.module("d", "m")
	d, m := s.connect("d"), s.connect("d/m")
	token := d.client.Subscribe("devices/d/messages/devicebound/#", 2, nil)
	d.wait("subscribe", token)
	sub, isSub := token.(*paho.SubscribeToken)
	if !isSub || sub.Result()["devices/d/messages/devicebound/#"] != 1 {
		t.Errorf("got %v, want quality of service 1", token)
	}
	d.subscribe(1, answers, desired, methods)
	m.subscribe(1, answers, desired, methods, "devices/d/modules/m/#", "devices/d/modules/m/inputs/#")
}

// wantState checks identity, twin and query.
func (s *site) wantState(path, want string) {
	s.Helper()
	var identity, twin struct{ ConnectionState string }
	for doc, p := range map[*struct{ ConnectionState string }]string{&identity: path, &twin: strings.Replace(path, "devices", "twins", 1)} {
		if err := json.Unmarshal([]byte(s.must(200, "GET", p, "")), doc); err != nil {
			s.Fatal(err)
		}
	}
	if identity.ConnectionState != want || twin.ConnectionState != want {
		s.Errorf("%s: got %s and %s, want %s", path, identity.ConnectionState, twin.ConnectionState, want)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"d", "idle"} {
		s.device(id)
	}
	s.module("d", "m")
	before := s.must(200, "GET", "/twins/d", "")
	d, m := s.connect("d"), s.connect("d/m")
	s.wantState("/devices/d", "Connected")
	s.wantState("/devices/d/modules/m", "Connected")
	s.wantState("/devices/idle", "Disconnected")
	if got := s.must(200, "GET", "/statistics/service", ""); got != `{"connectedDeviceCount":1}` {
		t.Errorf("got %s", got)
	}
	rows, _ := s.query("SELECT deviceId FROM devices WHERE connectionState = 'Connected'", 10, "")
	if rows != `[{"deviceId":"d"}]` {
		t.Errorf("got %s", rows)
	}
	s.clock.advance(time.Minute)
	d.publish(1, "devices/d/messages/events/", "x")
	s.clock.advance(time.Minute)
	d.client.Disconnect(1000)
	m.client.Disconnect(1000)
	if e := s.wantEvent("d", "disconnected"); e.Why != nil {
		t.Errorf("got %v, want a client that took its leave", e.Why)
	}
	var identity struct{ ETag, ConnectionState, ConnectionStateUpdatedTime, LastActivityTime string }
	s.waitFor(func() bool {
		if err := json.Unmarshal([]byte(s.must(200, "GET", "/devices/d", "")), &identity); err != nil {
			t.Fatal(err)
		}
		return identity.ConnectionState == "Disconnected"
	})
	if want := "2026-03-01T12:02:00.1234567Z"; identity.ConnectionStateUpdatedTime != want || identity.LastActivityTime != want {
		t.Errorf("got %+v, want %s", identity, want)
	}
	after := s.must(200, "GET", "/twins/d", "")
	if want := strings.Replace(before, `"0001-01-01T00:00:00Z","cloud`, `"2026-03-01T12:02:00.1234567Z","cloud`, 1); after != want {
		t.Errorf("got twin\n%s\nwant only lastActivityTime changed\n%s", after, want)
	}
}

// waitFor asks until the answer is yes: the hub notes the end of a connection a little after its client.
func (s *site) waitFor(condition func() bool) {
	s.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			s.Fatal("the condition did not come true")
		}
		time.Sleep(time.Millisecond)
	}
}
