package emulator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// benchRequest runs one request per iteration and reports the time per item.
func benchRequest(b *testing.B, r *rig, items int, next func(i int) (method, path, body string)) {
	b.Helper()
	token := r.token("iothubowner")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		method, path, body := next(i)
		req := httptest.NewRequest(method, "https://localhost"+path+"?api-version=2021-04-12", strings.NewReader(body))
		req.Header.Set("Authorization", token)
		req.Header.Set("x-ms-max-item-count", fmt.Sprint(items))
		for name, val := range r.header {
			req.Header.Set(name, val)
		}
		w := httptest.NewRecorder()
		r.hub.ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			b.Fatalf("got status %d, want 200; body %s", w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*items), "ns/item")
}

// BenchmarkQueryPage reads a page of 100 twins in the middle of 100,000.
func BenchmarkQueryPage(b *testing.B) {
	r := newRig(b)
	r.bulkFleet(100_000)
	queries := map[string]string{
		"all":   "SELECT * FROM devices",
		"where": "SELECT * FROM devices WHERE tags.line.role = 'sensor' AND properties.desired.limits.high > 80",
	}
	for name, query := range queries {
		b.Run(name, func(b *testing.B) {
			middle := r.with("x-ms-continuation", makeContinuation(query, 100, cursor{key: "dev-050000"}))
			body := fmt.Sprintf(`{"query":%q}`, query)
			benchRequest(b, middle, 100, func(int) (string, string, string) { return "POST", "/devices/query", body })
		})
	}
}

func BenchmarkTwinGet(b *testing.B) {
	r := newRig(b)
	r.bulkFleet(1000)
	benchRequest(b, r, 1, func(i int) (string, string, string) {
		return "GET", fmt.Sprintf("/twins/dev-%06d", i%1000), ""
	})
}

func BenchmarkTwinPatch(b *testing.B) {
	r := newRig(b)
	r.bulkFleet(1000)
	benchRequest(b, r, 1, func(i int) (string, string, string) {
		return "PATCH", fmt.Sprintf("/twins/dev-%06d", i%1000), `{"properties":{"desired":{"limits":{"high":90.25}}}}`
	})
}

// BenchmarkBulkCreate creates 100 devices with twins per request.
func BenchmarkBulkCreate(b *testing.B) {
	r := newRig(b)
	benchRequest(b, r, maxBulkEntries, func(i int) (string, string, string) {
		entries := make([]string, maxBulkEntries)
		for n := range entries {
			entries[n] = fleetEntry(i*maxBulkEntries + n)
		}
		return "POST", "/devices", "[" + strings.Join(entries, ",") + "]"
	})
}

// BenchmarkSnapshot writes and reads 10,000 devices.
func BenchmarkSnapshot(b *testing.B) {
	dir := b.TempDir()
	r := openRig(b, Options{DataDir: dir})
	r.bulkFleet(10_000)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			r.hub.store.dirty = true
			if err := r.hub.Flush(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.hub.disk.read(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkConfigurations evaluates 20 configurations on 10,000 devices that have them already.
func BenchmarkConfigurations(b *testing.B) {
	r := newRig(b)
	r.bulkFleet(10_000)
	for n := range 20 {
		r.configure(fmt.Sprintf("c%d", n), fmt.Sprintf("tags.site = 's%d' AND tags.line.number < %d", n%10, n), n, `"properties.desired.mode":"eco"`)
	}
	r.hub.Tick()
	for b.Loop() {
		r.hub.cycle.changed = true
		r.hub.Tick()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*10_000), "ns/device")
}
