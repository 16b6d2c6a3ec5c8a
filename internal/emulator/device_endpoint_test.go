package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestWebSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	d := s.connectAs(login{clientID: "d", webSocket: true, clean: true}).subscribe(1, answers, desired)
	s.must(200, "PATCH", "/twins/d", fmt.Sprintf(`{"properties":{"desired":%s}}`, wide(8, 4000)))
	if topic, body := d.next(); topic != "$iothub/twin/PATCH/properties/desired/?$version=2" || len(body) < 8*4000 {
		t.Errorf("got %s with %d bytes", topic, len(body))
	}
	d.publish(1, report+"1", wide(8, 4000))
	d.want("$iothub/twin/res/204/?$rid=1&$version=2", "")
	s.connect("d") // over TCP: it is the same client
	d.wantLost()
}

func TestWebSocketRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	rows := []struct {
		name, subprotocol string
		want              int
	}{
		{"AMQP", "AMQPWSB10", http.StatusNotImplemented},
		{"MQTT", "mqtt", http.StatusSwitchingProtocols},
		{"MQTT among others", "mqttv3.1, mqtt", http.StatusSwitchingProtocols},
	}
	for _, row := range rows {
		dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: s.roots}}
		conn, res, err := dialer.Dial("wss://"+s.endpoint.HTTPS+"/$iothub/websocket?x=1", http.Header{"Sec-WebSocket-Protocol": {row.subprotocol}})
		if res == nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if res.StatusCode != row.want {
			t.Errorf("%s: got status %d, want %d", row.name, res.StatusCode, row.want)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
	res, err := client(t, s.endpoint.CAFile).Get("https://" + s.endpoint.HTTPS + "/$iothub/websocket")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("no upgrade: got status %d, want 400", res.StatusCode)
	}
}

// Every client gets every change, in order, while they all come at once.
func TestThousandModules(t *testing.T) {
	t.Parallel()
	const modules, perDevice, changes = 1000, 50, 3
	s := newSite(t)
	clients := make([]*device, modules)
	for i := 0; i < modules; i += perDevice {
		s.device(fmt.Sprintf("d%d", i/perDevice))
		for m := range perDevice {
			s.module(fmt.Sprintf("d%d", i/perDevice), fmt.Sprintf("m%d", m))
		}
	}
	inParallel(modules, 16, func(i int) {
		clients[i] = s.connect(fmt.Sprintf("d%d/m%d", i/perDevice, i%perDevice)).subscribe(1, desired)
	})
	if t.Failed() {
		t.FailNow()
	}
	inParallel(modules, 16, func(i int) {
		path := fmt.Sprintf("/twins/d%d/modules/m%d", i/perDevice, i%perDevice)
		for c := range changes {
			s.must(200, "PATCH", path, fmt.Sprintf(`{"properties":{"desired":{"n":%d,"module":%d}}}`, c, i))
		}
	})
	for i, d := range clients {
		for c := range changes {
			d.want(fmt.Sprintf("$iothub/twin/PATCH/properties/desired/?$version=%d", c+2),
				fmt.Sprintf(`{"n":%d,"module":%d,"$version":%d}`, c, i, c+2))
		}
	}
}

// inParallel calls f for 0 to n-1 from a few goroutines.
func inParallel(n, workers int, f func(i int)) {
	next := make(chan int)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	running.Wait()
}

// A writer, a reporter and a device that reads its twin: what the device has seen last is the truth, and $version never
// goes back.
func TestTwinOrder(t *testing.T) {
	t.Parallel()
	const writes = 200
	s := newSite(t)
	s.device("d")
	d := s.connect("d").subscribe(0, answers, desired)
	var running sync.WaitGroup
	running.Go(func() {
		for i := range writes {
			s.must(200, "PATCH", "/twins/d", fmt.Sprintf(`{"properties":{"desired":{"n":%d}}}`, i))
		}
	})
	running.Go(func() {
		for i := range writes {
			d.client.Publish(fmt.Sprintf("%s%d", twinGet, i), 0, false, "")
		}
	})
	running.Wait()
	last, seen := 0, 0
	for range 2 * writes {
		topic, body := d.next()
		var twin struct {
			Version int `json:"$version"`
			Desired struct {
				Version int `json:"$version"`
			}
		}
		if err := json.Unmarshal([]byte(body), &twin); err != nil {
			t.Fatal(err)
		}
		version := max(twin.Version, twin.Desired.Version)
		if strings.HasPrefix(topic, "$iothub/twin/PATCH") {
			if seen++; version != seen+1 {
				t.Fatalf("got notification %s as number %d", topic, seen)
			}
		}
		if version < last {
			t.Fatalf("got version %d after %d", version, last)
		}
		last = version
	}
}

// Serve ends with devices connected, methods and readers waiting, and leaves nothing behind. Not parallel: it counts
// goroutines.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		s := &site{rig: newRig(t), clock: newDeviceClock(), roots: x509.NewCertPool()}
		e, stop := serve(t, s.hub, ServeOptions{MQTT: "127.0.0.1:0"})
		s.endpoint = e
		s.roots.AppendCertsFromPEM(readFile(t, e.CAFile))
		s.device("d")
		s.device("tcp")
		s.device("ws")
		connected := []*device{s.connect("tcp"), s.connectAs(login{clientID: "ws", webSocket: true, clean: true})}
		idle, err := tls.Dial("tcp", e.MQTT, &tls.Config{RootCAs: s.roots, ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = idle.Close() }()
		waiting := s.call("/twins/d/methods", `{"methodName":"x","responseTimeoutInSeconds":300,"connectTimeoutInSeconds":300}`)
		reading := make(chan int, 1)
		go func() {
			reading <- s.ask("GET", "/$emulator/telemetry?api-version=2021-04-12&wait=60", "").Code
		}()
		s.waitFor(func() bool {
			s.hub.mu.RLock()
			defer s.hub.mu.RUnlock()
			return s.hub.devices.arrival != nil && s.hub.devices.telemetry.more != nil
		})
		if err := stop(); err != nil {
			t.Error(err)
		}
		for _, d := range connected {
			d.wantLost()
		}
		if got := (<-waiting).Code; got != 404 {
			t.Errorf("got method status %d, want 404", got)
		}
		if got := <-reading; got != 200 {
			t.Errorf("got telemetry status %d, want 200", got)
		}
	}()
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("got %d goroutines, want %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(time.Millisecond)
	}
}

func TestServeDevicesErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := newRig(t)
	err := Serve(t.Context(), r.hub, ServeOptions{Listen: "127.0.0.1:0", MQTT: s.endpoint.MQTT})
	if err == nil || !strings.Contains(err.Error(), "listen for devices") {
		t.Errorf("got %v, want an error of listen for devices", err)
	}
	if e, stop := serve(t, r.hub, ServeOptions{}); e.MQTT != "" {
		t.Errorf("got MQTT %q, want none", e.MQTT)
	} else if err := stop(); err != nil {
		t.Error(err)
	}
}

// What the hub knew of a client outlives it, that it was connected does not.
func TestPresenceOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hub, err := Open(Options{DataDir: dir, Now: newDeviceClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, hub: hub}
	r.device("d")
	r.device("e")
	hub.mu.Lock()
	hub.connected(hub.store.find("d", ""), 7, "")
	hub.mu.Unlock()
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	again := openRig(t, Options{DataDir: dir, Now: newDeviceClock().Now})
	got := again.must(200, "GET", "/devices/d", "")
	for _, want := range []string{`"connectionState":"Disconnected"`, `"connectionStateUpdatedTime":"2026-03-01T12:00:00.1234567Z"`, `"lastActivityTime":"2026-03-01T12:00:00.1234567Z"`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := again.must(200, "GET", "/devices/e", ""); !strings.Contains(got, `"lastActivityTime":"0001-01-01T00:00:00.0000000Z"`) {
		t.Errorf("got %s for a device that never connected", got)
	}
}

// A front that is gone is no reason to fail: writes go on, nobody is told.
func TestDeliverWithoutFront(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	if err := r.hub.detach(); err != nil {
		t.Error(err)
	}
	r.must(200, "PATCH", "/twins/d", `{"properties":{"desired":{"a":1}}}`)
	r.must(404, "POST", "/twins/d/methods", `{"methodName":"x","connectTimeoutInSeconds":30}`)
}
