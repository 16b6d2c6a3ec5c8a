package emulator

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNotEmulated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rows := []struct{ name, method, path, want string }{
		{"unknown path", "GET", "/nothing", "not emulated: GET /nothing"},
		{"digital twin patch", "PATCH", "/digitaltwins/x", "not emulated: PATCH /digitaltwins/x"},
		{"unknown verb", "POST", "/devices/x", "not emulated: POST /devices/x"},
		{"too long", "GET", "/devices/x/modules/y/z", "not emulated: GET /devices/x/modules/y/z"},
		{"empty id", "GET", "/twins/", "not emulated: GET /twins/"},
		{"root", "GET", "/", "not emulated: GET /"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := r.ask(row.method, row.path, "")
			if w.Code != 501 || !strings.Contains(w.Body.String(), row.want+`"`) {
				t.Errorf("got %d %s, want 501 with %q", w.Code, w.Body, row.want)
			}
		})
	}
}

// ServeMux would redirect such paths; a client that escapes its ids fully gets through.
func TestAwkwardIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"%2E", "%2E%2E", "a%23b", "a%3Fb", "a%25b", "a%2Bb", "query"} {
		if w := r.ask("GET", "/devices/"+path, ""); w.Code != 404 {
			t.Errorf("GET /devices/%s: got status %d, want 404", path, w.Code)
		}
	}
	r.must(400, "PUT", "/devices/a%2Fb", `{"deviceId":"a/b"}`)
}

func TestErrorShapes(t *testing.T) {
	t.Parallel()
	r := openRig(t, Options{Now: func() time.Time { return noon }, Rand: zeros{}})
	id := "00000000000040008000000000000000"
	if got, want := r.ask("GET", "/devices/x", "").Body.String(),
		`{"Message":"ErrorCode:DeviceNotFound;x","ExceptionMessage":"Tracking ID:`+id+`-TimeStamp:03/01/2026 12:00:00"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.device("d")
	stale := r.with("If-Match", `"MQ=="`).ask("PUT", "/devices/d", `{"deviceId":"d"}`).Body.String()
	if want := `existingVersion:100000000 newVersion:1","ExceptionMessage":"Tracking ID:` + id + `-G:12-TimeStamp:`; !strings.Contains(stale, want) {
		t.Errorf("got %s, want %s in it", stale, want)
	}
	module := `{"deviceId":"d","moduleId":"m"}`
	r.must(200, "PUT", "/devices/d/modules/m", module)
	want := `{"errorCode":409301,"message":"Device d in IotHub localhost already contains Module m.","trackingId":"` + id +
		`","timestampUtc":"2026-03-01T12:00:00.1234567Z"}`
	if got := r.ask("PUT", "/devices/d/modules/m", module).Body.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// zeros is a random source that tests can predict.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestObserve(t *testing.T) {
	t.Parallel()
	var got []Exchange
	r := openRig(t, Options{Observe: func(e Exchange) { got = append(got, e) }})
	body := `[{"id":"a b","importMode":"create"},{"id":"c","importMode":"create"}]`
	r.must(400, "POST", "/devices", body)
	r.with("If-Match", "*").must(204, "DELETE", "/devices/%63", "")
	r.query("SELECT * FROM devices", 10, "")
	r.must(501, "GET", "/none?x=1", "")
	for i := range got {
		got[i].ResponseBytes = min(got[i].ResponseBytes, 1)
	}
	version := "api-version=2021-04-12"
	want := []Exchange{
		{Method: "POST", Path: "/devices", Query: version, Status: 400, Body: []byte(body), ResponseBytes: 1, Items: 2},
		{Method: "DELETE", Path: "/devices/c", Query: version, IfMatch: "*", Status: 204, Body: []byte{}},
		{Method: "POST", Path: "/devices/query", Query: version, Status: 200, Body: []byte(`{"query":"SELECT * FROM devices"}`), ResponseBytes: 1},
		{Method: "GET", Path: "/none", Query: "x=1", Status: 501, Body: []byte{}, ResponseBytes: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchanges differ (-want +got):\n%s", diff)
	}
}

func TestOversizeBody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	req := httptest.NewRequest("PUT", "https://localhost/twins/x?api-version=2021-04-12", bytes.NewReader(make([]byte, maxBody+1)))
	w := httptest.NewRecorder()
	r.hub.ServeHTTP(w, req)
	if w.Code != 413 || w.Header().Get("iothub-errorcode") != "MessageTooLarge" {
		t.Errorf("got %d %s, want 413 MessageTooLarge", w.Code, w.Body)
	}
}

// Bodies that are no JSON, or JSON of another shape, are refused everywhere without a change.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.device("d")
	before := r.must(200, "GET", "/twins/d", "")
	for _, route := range []struct{ method, path string }{
		{"PUT", "/devices/d"},
		{"PUT", "/devices/d/modules/m"},
		{"POST", "/devices"},
		{"POST", "/devices/query"},
		{"PATCH", "/twins/d"},
		{"PUT", "/twins/d"},
	} {
		for _, body := range []string{"", "{", "1", `"x"`, "[1]", `{"deviceId":5,"tags":5,"query":5}`, strings.Repeat("[", 20000)} {
			if w := r.with("If-Match", "*").ask(route.method, route.path, body); w.Code != 400 {
				t.Errorf("%s %s with %.20s: got status %d, want 400", route.method, route.path, body, w.Code)
			}
		}
	}
	if after := r.must(200, "GET", "/twins/d", ""); after != before {
		t.Errorf("got twin %s, want %s", after, before)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	requests := 0
	r := openRig(t, Options{DataDir: t.TempDir(), Observe: func(Exchange) { requests++ }})
	r.bulkFleet(50)
	t.Run("clients", func(t *testing.T) {
		for range 8 {
			t.Run("client", func(t *testing.T) {
				t.Parallel()
				for range 20 {
					r.must(200, "PATCH", "/twins/dev-000007", `{"tags":{"a":1}}`)
					r.query("SELECT * FROM devices", 100, "")
					if err := r.hub.Flush(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
	if got, want := requests, 1+8*20*2; got != want {
		t.Errorf("got %d observed requests, want %d", got, want)
	}
	if got := r.must(200, "GET", "/twins/dev-000007", ""); !strings.Contains(got, `"version":162,`) {
		t.Errorf("got %s, want version 162", got)
	}
}
