package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// deviceJSON has every member that a device can have, and one that no version has
// yet (FACTS §1.1).
const deviceJSON = `{"deviceId":"d1","generationId":"637612875240648717","etag":"NzI3ODk0ODYz","connectionState":"Disconnected",
"status":"enabled","statusReason":null,"connectionStateUpdatedTime":"0001-01-01T00:00:00","statusUpdatedTime":"0001-01-01T00:00:00Z",
"lastActivityTime":"2021-07-07T20:45:24.131397Z","cloudToDeviceMessageCount":0,
"authentication":{"symmetricKey":{"primaryKey":"cHJpbWFyeQ==","secondaryKey":"c2Vjb25kYXJ5"},"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"},
"capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://d1-637612875240648717","parentScopes":["ms-azure-iot-edge://p-1"],"attributes":{"new":[1.0]}}`

func TestDeviceRoundTrip(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{status: 200, body: deviceJSON})
	d, err := x.client.Device(context.Background(), "d1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := x.last().URI, "/devices/d1?api-version=2021-04-12"; got != want {
		t.Errorf("got URI %s, want %s", got, want)
	}
	want := Device{
		DeviceID: "d1", Status: "enabled", ETag: "NzI3ODk0ODYz", GenerationID: "637612875240648717", ConnectionState: "Disconnected",
		LastActivityTime: Time{time.Date(2021, 7, 7, 20, 45, 24, 131397000, time.UTC)},
		Authentication:   Authentication{Type: AuthSAS, SymmetricKey: SymmetricKey{Primary: "cHJpbWFyeQ==", Secondary: "c2Vjb25kYXJ5"}},
		Extra: map[string]json.RawMessage{
			"capabilities": json.RawMessage(`{"iotEdge":true}`),
			"deviceScope":  json.RawMessage(`"ms-azure-iot-edge://d1-637612875240648717"`),
			"parentScopes": json.RawMessage(`["ms-azure-iot-edge://p-1"]`),
			"attributes":   json.RawMessage(`{"new":[1.0]}`),
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}

	d.Status = "disabled"
	if _, err := x.client.PutDevice(context.Background(), d, d.ETag); err != nil {
		t.Fatal(err)
	}
	sent := `{"attributes":{"new":[1.0]},"authentication":{"type":"sas","symmetricKey":{"primaryKey":"cHJpbWFyeQ==","secondaryKey":"c2Vjb25kYXJ5"}},` +
		`"capabilities":{"iotEdge":true},"deviceId":"d1","deviceScope":"ms-azure-iot-edge://d1-637612875240648717",` +
		`"parentScopes":["ms-azure-iot-edge://p-1"],"status":"disabled"}`
	got := x.last()
	if got.Body != sent || got.Method != "PUT" || got.IfMatch != `"NzI3ODk0ODYz"` {
		t.Errorf("got %s %s\n%s\nwant PUT with the ETag of\n%s", got.Method, got.IfMatch, got.Body, sent)
	}
}

func TestModuleRoundTrip(t *testing.T) {
	t.Parallel()
	const module = `{"moduleId":"m1","managedBy":"iotEdge","deviceId":"d1","generationId":"1","etag":"MQ==","connectionState":"Connected",` +
		`"connectionStateUpdatedTime":"0001-01-01T00:00:00.0000000Z","lastActivityTime":"0001-01-01T00:00:00","cloudToDeviceMessageCount":0,` +
		`"authentication":{"symmetricKey":{"primaryKey":null,"secondaryKey":null},"x509Thumbprint":{"primaryThumbprint":"AB","secondaryThumbprint":null},"type":"selfSigned"},"attributes":{}}`
	x := newExchange(t, answer{status: 200, body: module})
	m, err := x.client.Module(context.Background(), "d1", "m1")
	if err != nil {
		t.Fatal(err)
	}
	if !m.LastActivityTime.IsZero() {
		t.Errorf("got last activity %s, want never", m.LastActivityTime)
	}
	if _, err := x.client.PutModule(context.Background(), m, m.ETag); err != nil {
		t.Fatal(err)
	}
	want := `{"attributes":{},"authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"AB"}},"deviceId":"d1","managedBy":"iotEdge","moduleId":"m1"}`
	if got := x.last(); got.Body != want || got.URI != "/devices/d1/modules/m1?api-version=2021-04-12" {
		t.Errorf("got %s\n%s\nwant\n%s", got.URI, got.Body, want)
	}
}

func TestRegistryRequests(t *testing.T) {
	t.Parallel()
	const device, module = `{"deviceId":"d1"}`, `{"deviceId":"d1","moduleId":"m1"}`
	ctx := context.Background()
	rows := []struct {
		name   string
		answer answer
		call   func(*Client) error
		want   request
	}{
		{"create device sends no If-Match", answer{status: 200, body: device}, func(c *Client) error {
			_, err := c.PutDevice(ctx, Device{DeviceID: "d1"}, "")
			return err
		}, request{Method: "PUT", URI: "/devices/d1", Body: device}},
		{"update with any ETag", answer{status: 200, body: device}, func(c *Client) error {
			_, err := c.PutDevice(ctx, Device{DeviceID: "d1", Authentication: Authentication{Type: AuthSAS}}, Any)
			return err
		}, request{Method: "PUT", URI: "/devices/d1", IfMatch: `"*"`, Body: `{"deviceId":"d1","authentication":{"type":"sas"}}`}},
		{"delete device", answer{status: 204}, func(c *Client) error {
			return c.DeleteDevice(ctx, "d1", "MQ==")
		}, request{Method: "DELETE", URI: "/devices/d1", IfMatch: `"MQ=="`}},
		{"quoted ETag is quoted once", answer{status: 204}, func(c *Client) error {
			return c.DeleteDevice(ctx, "d1", `"MQ=="`)
		}, request{Method: "DELETE", URI: "/devices/d1", IfMatch: `"MQ=="`}},
		{"create module answered with 201", answer{status: 201, body: module}, func(c *Client) error {
			_, err := c.PutModule(ctx, Module{DeviceID: "d1", ModuleID: "m1"}, "")
			return err
		}, request{Method: "PUT", URI: "/devices/d1/modules/m1", Body: module}},
		{"delete module", answer{status: 204}, func(c *Client) error {
			return c.DeleteModule(ctx, "d1", "m1", Any)
		}, request{Method: "DELETE", URI: "/devices/d1/modules/m1", IfMatch: `"*"`}},
		{"list modules", answer{status: 200, body: "[" + module + "]"}, func(c *Client) error {
			list, err := c.Modules(ctx, "d1")
			if len(list) != 1 || list[0].ModuleID != "m1" {
				return fmt.Errorf("got %v, want module m1; %w", list, err)
			}
			return err
		}, request{Method: "GET", URI: "/devices/d1/modules"}},
		{"read twin of module", answer{status: 200, body: module}, func(c *Client) error {
			_, err := c.Twin(ctx, "d1", "m1")
			return err
		}, request{Method: "GET", URI: "/twins/d1/modules/m1"}},
		{"patch desired only", answer{status: 200, body: device}, func(c *Client) error {
			_, err := c.PatchTwin(ctx, "d1", "", Patch{Desired: json.RawMessage(`{"a":null}`)}, "AAAAAAAAAAE=")
			return err
		}, request{Method: "PATCH", URI: "/twins/d1", IfMatch: `"AAAAAAAAAAE="`, Body: `{"properties":{"desired":{"a":null}}}`}},
		{"patch tags only", answer{status: 200, body: device}, func(c *Client) error {
			_, err := c.PatchTwin(ctx, "d1", "", Patch{Tags: json.RawMessage(`{"a":1}`)}, Any)
			return err
		}, request{Method: "PATCH", URI: "/twins/d1", IfMatch: `"*"`, Body: `{"tags":{"a":1}}`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := newExchange(t, row.answer)
			if err := row.call(x.client); err != nil {
				t.Fatal(err)
			}
			got := x.last()
			if h := got.Header; h.Get("Accept") != "application/json" || h.Get("User-Agent") != "twinset" || h.Get("X-Ms-Client-Request-Id") == "" {
				t.Errorf("got headers %v, want Accept, User-Agent and a request id", h)
			}
			if kind := got.Header.Get("Content-Type"); (kind == "application/json") != (got.Body != "") {
				t.Errorf("got Content-Type %q with body %q", kind, got.Body)
			}
			if _, set := got.Header["If-Match"]; set != (row.want.IfMatch != "") {
				t.Errorf("got If-Match %q, want %q", got.IfMatch, row.want.IfMatch)
			}
			got.Header = nil
			row.want.URI += "?api-version=2021-04-12"
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusedBeforeSending: calls that would do something else than what was meant
// send nothing.
func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	auth := Authentication{Type: AuthSAS}
	many := make([]BulkEntry, MaxBulk+1)
	for i := range many {
		many[i] = BulkEntry{ID: fmt.Sprint("d", i), ImportMode: ImportCreate}
	}
	rows := []struct {
		name string
		call func(*Client) error
		want string
	}{
		{"read without id", func(c *Client) error { _, err := c.Device(ctx, ""); return err }, "device id is empty"},
		{"twin without id", func(c *Client) error { _, err := c.Twin(ctx, "", "m"); return err }, "device id is empty"},
		{"module without id", func(c *Client) error { _, err := c.Module(ctx, "d", ""); return err }, "module id is empty"},
		{"delete without id", func(c *Client) error { return c.DeleteDevice(ctx, "", Any) }, "device id is empty"},
		{"delete module without id", func(c *Client) error { return c.DeleteModule(ctx, "d", "", Any) }, "module id is empty"},
		{"list without id", func(c *Client) error { _, err := c.Modules(ctx, ""); return err }, "device id is empty"},
		{"delete without ETag", func(c *Client) error { return c.DeleteDevice(ctx, "d", "") }, "no ETag given"},
		{"patch without ETag", func(c *Client) error {
			_, err := c.PatchTwin(ctx, "d", "", Patch{Tags: json.RawMessage(`{}`)}, "")
			return err
		}, "no ETag given"},
		{"empty patch", func(c *Client) error { _, err := c.PatchTwin(ctx, "d", "", Patch{}, Any); return err }, "patch is empty"},
		{"broken patch", func(c *Client) error {
			_, err := c.PatchTwin(ctx, "d", "", Patch{Tags: json.RawMessage(`{`)}, Any)
			return err
		}, "unexpected end of JSON"},
		{"ETag with line break", func(c *Client) error {
			_, err := c.PutDevice(ctx, Device{DeviceID: "d", Authentication: auth}, "a\nb")
			return err
		}, "characters that no ETag has"},
		{"update device without authentication", func(c *Client) error {
			_, err := c.PutDevice(ctx, Device{DeviceID: "d"}, Any)
			return err
		}, "would make new keys"},
		{"update module without authentication", func(c *Client) error {
			_, err := c.PutModule(ctx, Module{DeviceID: "d", ModuleID: "m"}, "MQ==")
			return err
		}, "would make new keys"},
		{"bulk of nothing", func(c *Client) error { _, err := c.Bulk(ctx, nil); return err }, "1 to 100 entries"},
		{"bulk of too many", func(c *Client) error { _, err := c.Bulk(ctx, many); return err }, "1 to 100 entries"},
		{"bulk with two entries of a device", func(c *Client) error {
			_, err := c.Bulk(ctx, []BulkEntry{{ID: "d", ModuleID: "a", ImportMode: ImportCreate}, {ID: "d", ModuleID: "b", ImportMode: ImportCreate}})
			return err
		}, "device d has two entries"},
		{"bulk without mode", func(c *Client) error { _, err := c.Bulk(ctx, []BulkEntry{{ID: "d"}}); return err }, "no import mode"},
		{"bulk without id", func(c *Client) error {
			_, err := c.Bulk(ctx, []BulkEntry{{ImportMode: ImportCreate}})
			return err
		}, "device id is empty"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sent := false
			c := newClient(t, "hub.example", &Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
				sent = true
				return respond(r, answer{status: 200, body: `{}`}), nil
			})})
			err := row.call(c)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got error %v, want one with %q", err, row.want)
			}
			if sent {
				t.Error("a request was sent")
			}
		})
	}
}

// TestEveryIDCharacter sends every character that an id may have, and ids that are
// special in paths, and expects the server to see the same id.
func TestEveryIDCharacter(t *testing.T) {
	t.Parallel()
	const legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:.+%_#*?!(),=@;$'" // FACTS §1.4
	ids := []string{legal, ".", "..", "...", "%2F", "%", "a?b#c", "é"}
	for _, r := range legal {
		ids = append(ids, string(r))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /twins/{d}/modules/{m}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"deviceId": r.PathValue("d"), "moduleId": r.PathValue("m")})
	})
	c := newServedClient(t, mux)
	for _, id := range ids {
		twin, err := c.Twin(context.Background(), id, id)
		if err != nil {
			t.Errorf("id %q: %v", id, err)
			continue
		}
		if twin.DeviceID != id || twin.ModuleID != id {
			t.Errorf("got ids %q and %q, want %q", twin.DeviceID, twin.ModuleID, id)
		}
	}
}

func TestPathOf(t *testing.T) {
	t.Parallel()
	if got, want := pathOf("twins", "..", "a-Z/0%"), "/twins/%2E%2E/a%2DZ%2F0%25"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAnswerForAnother: an answer about something else is not taken for the state
// of the object.
func TestAnswerForAnother(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"deviceId":"other"}`, `{"deviceId":"d1","moduleId":"m1"}`} {
		x := newExchange(t, answer{status: 200, body: body})
		if _, err := x.client.Twin(context.Background(), "d1", ""); err == nil || !strings.Contains(err.Error(), `not "d1"`) {
			t.Errorf("answer %s: got error %v, want one that names d1", body, err)
		}
	}
}

func TestTwin(t *testing.T) {
	t.Parallel()
	const body = `{"deviceId":"d1","etag":"AAAAAAAAAAE=","deviceEtag":"NzI3ODk0ODYz","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",
"connectionState":"Disconnected","lastActivityTime":"2026-08-01T10:00:00.1234567Z","cloudToDeviceMessageCount":0,"authenticationType":"selfSigned",
"x509Thumbprint":{"PrimaryThumbprint":"AB","SecondaryThumbprint":null},"version":2,"tags":{"a":1},
"properties":{"desired":{"u":"A","$version":1},"reported":{"$version":1}},"capabilities":{"iotEdge":true},"parentScopes":["p"]}`
	x := newExchange(t, answer{status: 200, body: body})
	got, err := x.client.Twin(context.Background(), "d1", "")
	if err != nil {
		t.Fatal(err)
	}
	want := Twin{
		DeviceID: "d1", ETag: "AAAAAAAAAAE=", DeviceETag: "NzI3ODk0ODYz", Status: "enabled", ConnectionState: "Disconnected",
		LastActivityTime: Time{time.Date(2026, 8, 1, 10, 0, 0, 123456700, time.UTC)}, AuthenticationType: "selfSigned",
		X509Thumbprint: X509Thumbprint{Primary: "AB"}, Version: 2, Tags: json.RawMessage(`{"a":1}`),
		Properties:   Properties{Desired: json.RawMessage(`{"u":"A","$version":1}`), Reported: json.RawMessage(`{"$version":1}`)},
		Capabilities: Capabilities{IoTEdge: true}, ParentScopes: []string{"p"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("twin (-want +got):\n%s", diff)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		want time.Time
		bad  bool
	}{
		`"0001-01-01T00:00:00"`:          {},
		`"0001-01-01T00:00:00Z"`:         {},
		`"0001-01-01T00:00:00.0000000Z"`: {},
		`null`:                           {},
		`"2021-07-07T20:45:24.131397Z"`:  {want: time.Date(2021, 7, 7, 20, 45, 24, 131397000, time.UTC)},
		`"2021-07-07T22:45:24+02:00"`:    {want: time.Date(2021, 7, 7, 20, 45, 24, 0, time.UTC)},
		`"07/07/2021 20:45:24"`:          {bad: true},
		`17`:                             {bad: true},
	}
	for text, row := range rows {
		got := Time{time.Unix(1, 0)}
		err := json.Unmarshal([]byte(text), &got)
		if (err != nil) != row.bad || err == nil && !got.Equal(row.want) {
			t.Errorf("%s: got %s, %v, want %s, error %v", text, got, err, row.want, row.bad)
		}
	}
}
