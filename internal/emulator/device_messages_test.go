package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"
)

func (s *site) telemetry(after int64) TelemetryPage {
	s.Helper()
	r := *s.rig
	req := r.ask("GET", fmt.Sprintf("/$emulator/telemetry?api-version=2021-04-12&after=%d", after), "")
	var page TelemetryPage
	if err := json.Unmarshal(req.Body.Bytes(), &page); err != nil || req.Code != 200 {
		s.Fatalf("got %d %s (%v)", req.Code, req.Body, err)
	}
	return page
}

func TestTelemetry(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.module("d", "m")
	d, m := s.connect("d"), s.connect("d/m")
	d.publish(1, "devices/d/messages/events/%24.ct=application%2Fjson&%24.ce=utf-8&alert=no%20way&empty=&null", `{"t":21}`)
	d.publish(1, "devices/d/messages/events", "hot")
	m.publish(1, "devices/d/modules/m/messages/events/%24.on=out", "\xff\x00")
	m.wait("publish", m.client.Publish("devices/d/modules/m/messages/events/", 1, true, "")) // retained

	text := func(s string) *string { return &s }
	want := []Telemetry{
		{
			Sequence: 1, DeviceID: "d", Properties: map[string]*string{"alert": text("no way"), "empty": text(""), "null": nil},
			SystemProperties: map[string]*string{"ct": text("application/json"), "ce": text("utf-8")}, Body: json.RawMessage(`{"t":21}`),
		},
		{Sequence: 2, DeviceID: "d", BodyText: text("hot")},
		{Sequence: 3, DeviceID: "d", ModuleID: "m", SystemProperties: map[string]*string{"on": text("out")}, BodyBase64: []byte("\xff\x00")},
		{Sequence: 4, DeviceID: "d", ModuleID: "m", Properties: map[string]*string{"mqtt-retain": text("true")}, BodyText: text("")},
	}
	for i := range want {
		want[i].EnqueuedTime = "2026-03-01T12:00:00.1234567Z"
		if want[i].Properties == nil {
			want[i].Properties = map[string]*string{}
		}
		if want[i].SystemProperties == nil {
			want[i].SystemProperties = map[string]*string{}
		}
	}
	if diff := cmp.Diff(TelemetryPage{Messages: want, Last: 4}, s.telemetry(0)); diff != "" {
		t.Errorf("telemetry (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(TelemetryPage{Messages: want[3:], Last: 4}, s.telemetry(3)); diff != "" {
		t.Errorf("telemetry after 3 (-want +got):\n%s", diff)
	}
}

func TestTelemetryRing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	d := s.connect("d")
	const surplus = 7
	for range maxTelemetry + surplus {
		d.client.Publish("devices/d/messages/events/", 0, false, "x")
	}
	d.publish(1, "devices/d/messages/events/", "last")
	page := s.telemetry(0)
	if page.Missed != surplus+1 || len(page.Messages) != maxTelemetryPage || page.Messages[0].Sequence != surplus+2 {
		t.Errorf("got missed %d, %d messages, the first %d", page.Missed, len(page.Messages), page.Messages[0].Sequence)
	}
	if page = s.telemetry(page.Last); page.Missed != 0 || page.Messages[0].Sequence != surplus+2+maxTelemetryPage {
		t.Errorf("got a second page that begins with %d", page.Messages[0].Sequence)
	}
}

// A reader that waits gets a message at once, and an empty page when the time is over.
func TestTelemetryWait(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	d := s.connect("d")
	wait := func() <-chan *httptest.ResponseRecorder {
		answer := make(chan *httptest.ResponseRecorder, 1)
		timers := s.clock.count()
		go func() { answer <- s.ask("GET", "/$emulator/telemetry?api-version=2021-04-12&wait=30", "") }()
		s.waitFor(func() bool { return s.clock.count() > timers })
		return answer
	}
	late := wait()
	s.clock.advance(30 * time.Second)
	if got := (<-late).Body.String(); got != `{"messages":[],"last":0,"missed":0}` {
		t.Errorf("got %s", got)
	}
	early := wait()
	d.publish(1, "devices/d/messages/events/", "x")
	if got := (<-early).Body.String(); !strings.Contains(got, `"bodyText":"x"`) {
		t.Errorf("got %s", got)
	}
}

// count is the number of timers that run.
func (c *deviceClock) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// The will of a client that vanishes is telemetry, one that leaves has none (FACTS §11.1).
func TestWill(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	will := "devices/d/messages/events/a=1"
	polite := s.connectAs(login{clientID: "d", will: will})
	polite.client.Disconnect(1000)
	s.wantEvent("d", "disconnected")
	s.connectAs(login{clientID: "d", will: will})
	s.connect("d") // takes over
	s.wantEvent("d", "disconnected")
	s.waitFor(func() bool { return len(s.telemetry(0).Messages) > 0 })
	got := s.telemetry(0).Messages
	if len(got) != 1 || *got[0].BodyText != "gone" || *got[0].Properties["iothub-MessageType"] != "Will" || *got[0].Properties["a"] != "1" {
		t.Errorf("got %+v, want the will of the client that was taken over", got)
	}
	if _, err := s.dial(login{clientID: "d", will: "devices/other/messages/events/"}.filled(s)); err == nil {
		t.Error("got a will for another device accepted")
	}
}

func (s *site) send(id, body string) {
	s.Helper()
	s.must(200, "POST", "/$emulator/devices/"+id+"/messages", fmt.Sprintf(
		`{"messageId":"id-%s","contentType":"text/plain","properties":{"k":"v w","a":"&"},"body":%q}`,
		body, base64.StdEncoding.EncodeToString([]byte(body))))
}

const commandTopic = "devices/d/messages/devicebound/%24.to=%2Fdevices%2Fd%2Fmessages%2FdeviceBound&%24.mid=id-"

func (d *device) wantCommand(body string) {
	d.Helper()
	d.want(commandTopic+body+"&%24.ct=text%2Fplain&a=%26&k=v%20w", body)
}

func (s *site) wantPending(n int) {
	s.Helper()
	s.waitFor(func() bool {
		return strings.Contains(s.must(200, "GET", "/devices/d", ""), fmt.Sprintf(`"cloudToDeviceMessageCount":%d,`, n))
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	const filter = "devices/d/messages/devicebound/#"
	s := newSite(t)
	s.device("d")
	s.send("d", "1")
	s.send("d", "2")
	s.wantPending(2)
	d := s.connectAs(login{clientID: "d"})
	d.wantQuiet() // not subscribed
	d.subscribe(1, filter)
	d.wantCommand("1")
	d.wantCommand("2")
	s.wantPending(0)
	s.send("d", "3")
	d.wantCommand("3")
	s.wantPending(0)

	d.client.Disconnect(1000)
	s.wantEvent("d", "disconnected")
	s.send("d", "4")
	d = s.connectAs(login{clientID: "d"}) // the session goes on
	d.wantCommand("4")
	s.wantPending(0)
	d.client.Disconnect(1000)
	s.wantEvent("d", "disconnected")
	s.send("d", "5")
	d = s.connectAs(login{clientID: "d", clean: true})
	d.wantQuiet() // a clean session has no subscription; the message waits
	d.subscribe(0, filter)
	d.wantCommand("5")
	s.wantPending(0)
}

// A message that was not acknowledged comes again, marked as a duplicate.
func TestCommandAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	l := login{clientID: "d"}.filled(s)
	o, silent := s.options(l)
	o.SetAutoAckDisabled(true)
	silent.client = paho.NewClient(o)
	silent.wait("connect", silent.client.Connect())
	silent.subscribe(1, "devices/d/messages/devicebound/#")
	s.send("d", "1")
	silent.wantCommand("1")
	s.wantPending(1)
	d := s.connectAs(l)
	select {
	case m := <-d.received:
		if !m.Duplicate() || string(m.Payload()) != "1" {
			t.Errorf("got %s, duplicate %v; want 1 again", m.Payload(), m.Duplicate())
		}
	case <-time.After(patience):
		t.Fatal("the message did not come again")
	}
	s.wantPending(0)
}

func TestCommandLimitsAndPurge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	for range maxCommands {
		s.send("d", "x")
	}
	if got := s.must(403, "POST", "/$emulator/devices/d/messages", `{}`); !strings.Contains(got, "DeviceMaximumQueueDepthExceeded") {
		t.Errorf("got %s", got)
	}
	if got, want := s.must(200, "DELETE", "/devices/d/commands", ""), `{"deviceId":"d","moduleId":null,"totalMessagesPurged":50}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.wantPending(0)
	s.must(404, "DELETE", "/devices/none/commands", "")
	s.must(404, "POST", "/$emulator/devices/none/messages", `{}`)
	s.must(413, "POST", "/$emulator/devices/d/messages", fmt.Sprintf(`{"body":%q}`, base64.StdEncoding.EncodeToString(make([]byte, maxCommandBytes+1))))
}
