package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// noon is the hub clock of tests that do not move it.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456700, time.UTC)

// rig is a hub under test, spoken to without a socket.
type rig struct {
	testing.TB
	hub    *Hub
	header map[string]string // further headers of the next requests
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	return openRig(tb, Options{Now: func() time.Time { return noon }})
}

func openRig(tb testing.TB, o Options) *rig {
	tb.Helper()
	hub, err := Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := hub.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &rig{TB: tb, hub: hub}
}

// sign makes a service token by hand. An empty policyName leaves skn out.
func sign(sr, key, policyName string, expiry time.Time) string {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return "bad key"
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(sr + "\n" + strconv.FormatInt(expiry.Unix(), 10)))
	sig := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	token := fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d", sr, sig, expiry.Unix())
	if policyName != "" {
		token += "&skn=" + policyName
	}
	return token
}

func (r *rig) token(policyName string) string {
	return sign(r.hub.options.HostName, r.hub.policy(policyName).PrimaryKey, policyName, r.hub.options.Now().Add(time.Hour))
}

// ask sends one request as iothubowner.
func (r *rig) ask(method, path, body string) *httptest.ResponseRecorder {
	r.Helper()
	return r.askAs(r.token("iothubowner"), method, path, body)
}

func (r *rig) askAs(token, method, path, body string) *httptest.ResponseRecorder {
	r.Helper()
	req := httptest.NewRequest(method, "https://localhost"+path, strings.NewReader(body))
	if req.URL.RawQuery == "" {
		req.URL.RawQuery = "api-version=2021-04-12"
	}
	req.Header.Set("Authorization", token)
	for name, val := range r.header {
		req.Header.Set(name, val)
	}
	w := httptest.NewRecorder()
	r.hub.ServeHTTP(w, req)
	return w
}

// must sends and expects a status.
func (r *rig) must(status int, method, path, body string) string {
	r.Helper()
	w := r.ask(method, path, body)
	if w.Code != status {
		r.Fatalf("%s %s: got status %d, want %d; body %s", method, path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

// with returns a rig that sends a header.
func (r *rig) with(name, val string) *rig {
	next := *r
	next.header = map[string]string{name: val}
	maps.Copy(next.header, r.header)
	return &next
}

func (r *rig) device(id string) string {
	r.Helper()
	return r.must(200, "PUT", "/devices/"+url.PathEscape(id), fmt.Sprintf(`{"deviceId":%q}`, id))
}

// query runs one page and returns its body and continuation.
func (r *rig) query(text string, size int, token string) (body, next string) {
	r.Helper()
	request, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		r.Fatal(err)
	}
	q := r.with("x-ms-max-item-count", fmt.Sprint(size))
	if token != "" {
		q = q.with("x-ms-continuation", token)
	}
	w := q.ask("POST", "/devices/query", string(request))
	if w.Code != http.StatusOK {
		r.Fatalf("%s: got status %d, want 200; body %s", text, w.Code, w.Body)
	}
	return w.Body.String(), w.Header().Get("x-ms-continuation")
}

// bulkFleet makes n devices dev-000000... with a typical twin.
func (r *rig) bulkFleet(n int) {
	r.Helper()
	r.bulk(n, fleetEntry)
}

// bulk creates n devices from bulk entries.
func (r *rig) bulk(n int, entry func(int) string) {
	r.Helper()
	for start := 0; start < n; start += maxBulkEntries {
		var entries []string
		for i := start; i < min(n, start+maxBulkEntries); i++ {
			entries = append(entries, entry(i))
		}
		r.must(200, "POST", "/devices", "["+strings.Join(entries, ",")+"]")
	}
}

func fleetEntry(i int) string {
	return fmt.Sprintf(`{"id":"dev-%06d","importMode":"create","tags":{"site":"s%d","line":{"number":%d,"role":"sensor"},`+
		`"owner":"plant"},"properties":{"desired":{"telemetry":{"interval":%d,"unit":"ms","fields":["t","p","h"]},`+
		`"limits":{"high":81.5,"low":-4},"mode":"normal","enabled":true,"firmware":"1.2.3"}}}`, i, i%10, i%7, 100+i%50)
}
