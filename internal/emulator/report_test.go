package emulator

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ask("PUT", "/devices/d", `{"deviceId":"d"}`)
	for _, patch := range []string{`{"a":1,"b":{"c":true}}`, `{"a":null}`} {
		if err := r.hub.Report("d", "", []byte(patch)); err != nil {
			t.Fatal(err)
		}
	}
	twin := r.ask("GET", "/twins/d", "").Body.String()
	for _, want := range []string{`"reported":{"b":{"c":true},`, `"$version":3}`, `"etag":"AAAAAAAAAAE="`, `"version":4`} {
		if !strings.Contains(twin, want) {
			t.Errorf("got %s\nwant %s in it", twin, want)
		}
	}
	for _, row := range []struct{ name, device, patch, want string }{
		{"missing", "x", `{}`, "there is no twin x"},
		{"no object", "d", `[1]`, "Value must be an object"},
		{"name", "d", `{"a.b":1}`, "a.b"},
		{"size", "d", `{"a":["` + strings.Repeat(strings.Repeat("x", 4000)+`","`, 9) + `"]}`, "Size is"},
	} {
		err := r.hub.Report(row.device, "", []byte(row.patch))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.want)
		}
	}
	if after := r.ask("GET", "/twins/d", "").Body.String(); after != twin {
		t.Errorf("got %s after refused reports, want %s", after, twin)
	}
}
