package emulator

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// call invokes a method without waiting for the end.
func (s *site) call(path, body string) <-chan *httptest.ResponseRecorder {
	answer := make(chan *httptest.ResponseRecorder, 1)
	go func() { answer <- s.ask("POST", path, body) }()
	return answer
}

// wantCall returns the topic to answer on.
func (d *device) wantCall(name, payload string) (answerTopic string) {
	d.Helper()
	topic, body := d.next()
	rid, found := strings.CutPrefix(topic, "$iothub/methods/POST/"+name+"/?$rid=")
	if !found || body != payload {
		d.Fatalf("got %s %s, want method %s with %s", topic, body, name, payload)
	}
	return "$iothub/methods/res/%/?$rid=" + rid
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.module("d", "m")
	d, m := s.connect("d").subscribe(0, methods), s.connect("d/m").subscribe(1, methods)
	rows := []struct {
		name, body, wantName, wantPayload string
		status, answer                    string
		wantStatus                        int
		want                              string
	}{
		{"payload", `{"methodName":"reboot","payload":{"in":[5]}}`, "reboot", `{"in":[5]}`, "207", `{"ok":true}`, 200, `{"status":207,"payload":{"ok":true}}`},
		{"no payload", `{"methodName":"a b"}`, "a%20b", "null", "0", "", 200, `{"status":0,"payload":null}`},
		{"numbers as strings", `{"methodName":"x","payload":"","responseTimeoutInSeconds":"30","connectTimeoutInSeconds":"0"}`, "x", `""`, "-1", "7", 200, `{"status":-1,"payload":7}`},
		{"answer is not JSON", `{"methodName":"x","payload":null}`, "x", "null", "200", "{", 400, ""},
	}
	for _, row := range rows {
		for path, client := range map[string]*device{"/twins/d/methods": d, "/twins/d/modules/m/methods": m} {
			answer := s.call(path, row.body)
			topic := client.wantCall(row.wantName, row.wantPayload)
			client.publish(0, "$iothub/methods/res/200/?$rid=unknown", "{}") // answers nobody
			client.publish(0, strings.Replace(topic, "%", row.status, 1), row.answer)
			got := <-answer
			if got.Code != row.wantStatus || row.want != "" && got.Body.String() != row.want {
				t.Errorf("%s: got %d %s, want %d %s", row.name, got.Code, got.Body, row.wantStatus, row.want)
			}
		}
	}
}

// wantMethodError checks envelope 2 in envelope 1 (FACTS §0.6).
func wantMethodError(t *testing.T, got *httptest.ResponseRecorder, status, code int, name string) {
	t.Helper()
	var outer envelope1
	var inner envelope2
	if err := json.Unmarshal(got.Body.Bytes(), &outer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(outer.Message), &inner); err != nil {
		t.Fatalf("message %s: %v", outer.Message, err)
	}
	if got.Code != status || inner.ErrorCode != code || got.Header().Get("iothub-errorcode") != name || outer.ExceptionMessage != "" {
		t.Errorf("got %d, %s and header %s; want %d, code %d and %s", got.Code, got.Body, got.Header().Get("iothub-errorcode"), status, code, name)
	}
}

func TestMethodErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	s.connect("d") // not subscribed
	s.device("off")
	rows := []struct {
		name, path, body, want string
		status                 int
	}{
		{"missing device", "/twins/none/methods", `{"methodName":"x"}`, "ErrorCode:DeviceNotFound", 404},
		{"missing device of a module", "/twins/none/modules/m/methods", `{"methodName":"x"}`, "ErrorCode:DeviceNotFound", 404},
		{"missing module", "/twins/d/modules/none/methods", `{"methodName":"x"}`, "ErrorCode:ModuleNotFound", 404},
		{"no JSON", "/twins/d/methods", `{`, "ArgumentInvalid", 400},
		{"no name", "/twins/d/methods", `{}`, "methodName", 400},
		{"timeout too short", "/twins/d/methods", `{"methodName":"x","responseTimeoutInSeconds":4}`, "responseTimeoutInSeconds", 400},
		{"timeout too long", "/twins/d/methods", `{"methodName":"x","responseTimeoutInSeconds":301}`, "responseTimeoutInSeconds", 400},
		{"connect timeout too long", "/twins/d/methods", `{"methodName":"x","responseTimeoutInSeconds":300,"connectTimeoutInSeconds":301}`, "connectTimeoutInSeconds", 400},
		{"connect timeout over response timeout", "/twins/d/methods", `{"methodName":"x","responseTimeoutInSeconds":10,"connectTimeoutInSeconds":11}`, "connectTimeoutInSeconds", 400},
		{"payload too large", "/twins/d/methods", `{"methodName":"x","payload":"` + strings.Repeat("x", 128<<10) + `"}`, "MessageTooLarge", 413},
		{"offline", "/twins/off/methods", `{"methodName":"x"}`, `404103`, 404},
		{"not subscribed", "/twins/d/methods", `{"methodName":"x"}`, `404103`, 404},
	}
	for _, row := range rows {
		if got := s.ask("POST", row.path, row.body); got.Code != row.status || !strings.Contains(got.Body.String(), row.want) {
			t.Errorf("%s: got %d %s, want %d with %q", row.name, got.Code, got.Body, row.status, row.want)
		}
	}
	wantMethodError(t, s.ask("POST", "/twins/off/methods", `{"methodName":"x"}`), 404, 404103, "DeviceNotOnline")
}

func TestMethodTimeouts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	body := `{"methodName":"x","responseTimeoutInSeconds":20,"connectTimeoutInSeconds":10}`

	timers := s.clock.count()
	late := s.call("/twins/d/methods", body)
	s.waitFor(func() bool { return s.clock.count() > timers })
	s.clock.advance(10 * time.Second)
	wantMethodError(t, <-late, 404, 404103, "DeviceNotOnline")

	waiting := s.call("/twins/d/methods", body)
	s.waitFor(func() bool { return s.clock.count() > timers })
	d := s.connect("d").subscribe(0, methods) // in time
	answer := d.wantCall("x", "null")
	d.publish(1, strings.Replace(answer, "%", "200", 1), "")
	if got := <-waiting; got.Code != 200 {
		t.Errorf("got %d %s, want 200", got.Code, got.Body)
	}

	timers = s.clock.count()
	silent := s.call("/twins/d/methods", body)
	d.wantCall("x", "null")
	s.waitFor(func() bool { return s.clock.count() > timers })
	s.clock.advance(20 * time.Second)
	wantMethodError(t, <-silent, 504, 504101, "GatewayTimeout")

	broken := s.call("/twins/d/methods", body)
	d.wantCall("x", "null")
	d.client.Disconnect(0)
	wantMethodError(t, <-broken, 404, 404104, "DeviceConnectionClosedRemotely")
}
