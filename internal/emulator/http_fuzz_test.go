package emulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzRequest sends any body to every operation of the service: the answer is one of the service's, never a 500, JSON
// where it is not empty, and what is stored afterwards survives a snapshot.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ ifMatch, body string }{
		{"", `{"deviceId":"d","status":"disabled","capabilities":{"iotEdge":true},"authentication":{"type":"selfSigned"}}`},
		{`"*"`, `{"deviceId":"d","moduleId":"m","managedBy":"x","authentication":{"symmetricKey":{"primaryKey":"","secondaryKey":null}}}`},
		{"*", `[{"id":"d","importMode":"updateTwin","tags":{"a":1}},{"id":"e","importMode":"create","properties":{"desired":{"x":1}}}]`},
		{`"MQ=="`, `{"tags":{"a":{"b":null}},"properties":{"desired":{"x":[1,{"y":2}]}}}`},
		{"", `{"query":"SELECT COUNT() AS n FROM devices WHERE tags.a > 1 GROUP BY tags.a"}`},
		{"", `{"id":"c","content":{"deviceContent":{"properties.desired.a":{"b":1}}},"targetCondition":"*","priority":1,"metrics":{"queries":{"q":"SELECT"}}}`},
		{"", `{"targetCondition":"tags.a = 1","customMetricQueries":{"a":"SELECT deviceId FROM devices"}}`},
		{"", `{"methodName":"m","payload":null,"responseTimeoutInSeconds":"5"}`},
		{"", `{"modulesContent":{"m":{"properties.desired":{"a":1}}}}`},
		{"", `[[[`},
		{"", ``},
	} {
		f.Add(seed.ifMatch, seed.body)
	}
	table := routes()
	f.Fuzz(func(t *testing.T, ifMatch, body string) {
		hub, err := Open(Options{Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{TB: t, hub: hub}
		r.device("d")
		r.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m"}`)
		for _, row := range table {
			if strings.HasPrefix(row.path, "$emulator") { // the emulator's own controls: they wait, and what they queue is not kept
				continue
			}
			path := "/" + strings.Replace(strings.Replace(row.path, "{}", "d", 1), "{}", "m", 1)
			w := r.with("If-Match", strings.ToValidUTF8(ifMatch, "")).ask(row.method, path, body)
			if w.Code == http.StatusInternalServerError {
				t.Fatalf("%s %s: got 500 %s", row.method, path, w.Body)
			}
			if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%s %s: got no JSON: %q", row.method, path, w.Body)
			}
		}
		for rec := range hub.store.devices.after("") {
			checkTwinJSON(t, rec)
		}
	})
}
