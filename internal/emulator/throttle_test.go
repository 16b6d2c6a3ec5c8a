package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// limitedRig is a hub of a size, on a clock that jumps to whatever it is told to wait for.
type limitedRig struct {
	*rig
	now    time.Time
	waited []time.Duration
}

func newLimitedRig(t *testing.T, sku string, units int) *limitedRig {
	t.Helper()
	l := &limitedRig{now: noon}
	l.rig = openRig(t, Options{
		SKU: sku, Units: units, Now: func() time.Time { return l.now },
		AfterFunc: func(d time.Duration, f func()) func() bool {
			l.waited = append(l.waited, d)
			l.now = l.now.Add(d)
			f()
			return func() bool { return false }
		},
	})
	return l
}

// passes sends requests until one is refused, or most of them have passed, and returns how many passed without waiting.
func (l *limitedRig) passes(most int, method, path, body string) (atOnce int, refused *httptest.ResponseRecorder) {
	l.Helper()
	for range most {
		before := len(l.waited)
		w := l.ask(method, path, body)
		if w.Code == http.StatusTooManyRequests {
			return atOnce, w
		}
		if len(l.waited) == before {
			atOnce++
		}
	}
	return atOnce, nil
}

// A burst passes as far as the limit of its period goes, as in the table of FACTS §10.1.
func TestBurstsPassUpToTheLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sku          string
		units        int
		method, path string
		body         string
		want         int
	}{
		{"F1", 1, "GET", "/devices/d", "", 100},
		{"S1", 3, "GET", "/devices/d", "", 300},
		{"S3", 1, "GET", "/devices/d", "", 5000},
		{"S1", 2, "POST", "/devices/query", `{"query":"SELECT * FROM devices"}`, 40},
		{"S1", 5, "GET", "/twins/d", "", 100},
		{"S2", 20, "GET", "/twins/d", "", 200},
		{"S3", 2, "GET", "/twins/d", "", 1000},
		{"s1", 1, "PATCH", "/twins/d", `{"tags":{"a":1}}`, 50},
		{"S2", 8, "PATCH", "/twins/d", `{"tags":{"a":1}}`, 50},
		{"S3", 1, "GET", "/configurations", "", 20},
		{"S1", 1, "GET", "/jobs/v2/x", "", 100},
		{"S1", 1, "POST", "/twins/d/methods", `{"methodName":"m"}`, 40},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s-%d %s %s", test.sku, test.units, test.method, test.path), func(t *testing.T) {
			t.Parallel()
			l := newLimitedRig(t, test.sku, test.units)
			got := 0
			for got <= test.want && len(l.waited) == 0 {
				l.ask(test.method, test.path, test.body)
				got++
			}
			if got-1 != test.want {
				t.Errorf("got %d requests before the first that waits, want %d", got-1, test.want)
			}
		})
	}
}

// A bulk call counts for each of its entries (FACTS §2.5), a list of devices for each of its rows.
func TestOperationsCountEachIdentity(t *testing.T) {
	t.Parallel()
	l := newLimitedRig(t, "S1", 1)
	l.bulk(60, fleetEntry)
	entries := make([]string, 60)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"id":"dev-%06d","importMode":"delete"}`, i)
	}
	again := "[" + strings.Join(entries, ",") + "]"
	w := l.ask("POST", "/devices", again)
	if w.Code != http.StatusTooManyRequests {
		t.Fatalf("60 more identities in the same minute: got %d, want 429", w.Code)
	}
	l.now = l.now.Add(12 * time.Second) // 60 of 100 are there again
	l.must(200, "GET", "/devices", "")
	if w := l.ask("GET", "/devices/dev-000000", ""); w.Code != 200 || len(l.waited) != 1 {
		t.Errorf("after a list of 60: got %d and %d waits, want the answer after a wait", w.Code, len(l.waited))
	}
}

// What is refused says so as on the service: no Retry-After, the connection closed (FACTS §0.9, §10.2).
func TestRefusedRequestsLookLikeTheService(t *testing.T) {
	t.Parallel()
	l := newLimitedRig(t, "F1", 1)
	stopped := l.now
	var w *httptest.ResponseRecorder
	for range 24 { // 20 at once, 3 within 10 seconds, the clock standing
		l.now = stopped
		w = l.ask("GET", "/configurations", "")
	}
	const text = `"Message":"ErrorCode:ThrottlingBacklogTimeout;The request has been throttled. Wait 10 seconds and try again. Operation type: ConfigurationWrite"`
	switch h := w.Header(); {
	case w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), text):
		t.Errorf("got %d %s, want 429 with %s", w.Code, w.Body, text)
	case h.Get("Iothub-Errorcode") != "ThrottlingBacklogTimeout" || h.Get("Connection") != "close" || h.Get("Retry-After") != "":
		t.Errorf("got headers %v, want the error code, Connection: close and no Retry-After", h)
	}
	if len(l.waited) != 3 {
		t.Errorf("got waits %v, want 3s, 6s and 9s", l.waited)
	}
}

// A client that went away while its request waited has not had it executed.
func TestWaitingEndsWithTheClient(t *testing.T) {
	t.Parallel()
	clock := newDeviceClock()
	r := openRig(t, Options{SKU: "S1", Now: clock.Now, AfterFunc: clock.AfterFunc})
	r.device("d")
	for range 50 {
		r.must(200, "PATCH", "/twins/d", `{"tags":{"a":1}}`)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequestWithContext(ctx, "PATCH", "https://localhost/twins/d?api-version=2021-04-12", strings.NewReader(`{"tags":{"a":2}}`))
	req.Header.Set("Authorization", r.token("iothubowner"))
	r.hub.ServeHTTP(httptest.NewRecorder(), req)
	if got := r.must(200, "GET", "/twins/d", ""); !strings.Contains(got, `"tags":{"a":1}`) {
		t.Errorf("got %s, want the tag of the request before", got)
	}
}

// Who has no right, and whom the day's messages do not matter, takes nothing from anybody.
func TestUnauthorizedRequestsAreNotCounted(t *testing.T) {
	t.Parallel()
	l := newLimitedRig(t, "S1", 1)
	for range 1000 {
		if w := l.askAs("", "GET", "/devices/d", ""); w.Code != http.StatusUnauthorized {
			t.Fatalf("got %d, want 401", w.Code)
		}
	}
	if atOnce, _ := l.passes(100, "GET", "/devices/d", ""); atOnce != 100 {
		t.Errorf("got %d requests at once, want 100", atOnce)
	}
}

// Reads and writes of twins, and queries by the size of their pages, take from the day's messages; the registry does not
// (FACTS §10.4).
func TestDailyQuota(t *testing.T) {
	t.Parallel()
	l := newLimitedRig(t, "F1", 1)
	l.bulk(50, fleetEntry)
	spent := func() int { return l.hub.throttle.quota.spent }
	if spent() != 0 {
		t.Fatalf("bulk: got %d messages, want 0", spent())
	}
	twin := l.must(200, "GET", "/twins/dev-000000", "")
	if want := (len(twin) + 511) / 512; spent() != want || want < 2 {
		t.Errorf("a twin of %d bytes: got %d messages, want %d, more than one", len(twin), spent(), want)
	}
	before := spent()
	body, _ := l.query("SELECT * FROM devices", 50, "")
	if want := (len(body) + 511) / 512; spent()-before != want {
		t.Errorf("a page of %d bytes: got %d messages, want %d", len(body), spent()-before, want)
	}
	before = spent()
	l.must(200, "PATCH", "/twins/dev-000000", `{"tags":{"a":1}}`)
	if spent()-before != 1 {
		t.Errorf("a small write: got %d messages, want 1", spent()-before)
	}

	l.hub.throttle.quota.spent = l.hub.throttle.quota.messages
	w := l.ask("GET", "/twins/dev-000000", "")
	if w.Code != http.StatusForbidden || w.Header().Get("Iothub-Errorcode") != "IotHubQuotaExceeded" {
		t.Errorf("got %d %s, want 403 IotHubQuotaExceeded", w.Code, w.Body)
	}
	l.must(200, "GET", "/devices/dev-000000", "")
	l.now = l.now.Add(12 * time.Hour) // noon to midnight
	l.must(200, "GET", "/twins/dev-000000", "")
}

func TestTiers(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{SKU: "S4"}, {SKU: "S1", Units: -1}, {SKU: "F1", Units: 2}} {
		if _, err := Open(o); err == nil {
			t.Errorf("SKU %s with %d units: got no error", o.SKU, o.Units)
		}
	}
	l := newLimitedRig(t, "F1", 1)
	for n := range 10 {
		l.configure(fmt.Sprintf("c%d", n), "tags.a = 1", n, `"properties.desired.mode":"eco"`)
	}
	w := l.ask("PUT", "/configurations/more", `{"id":"more","targetCondition":"tags.a = 1","priority":1,"content":{"deviceContent":{"properties.desired.m":1}}}`)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("the eleventh configuration of a free hub: got %d %s, want 413", w.Code, w.Body)
	}
}

// Whatever comes when: in no stretch of time does more pass than a burst and what the rate gives meanwhile, nobody
// waits longer than the patience, answers keep the order of requests, and who keeps to the rate never waits.
func TestBucketKeepsItsRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		perSecond := float64(rapid.IntRange(1, 500).Draw(t, "rate"))
		b := &bucket{burst: perSecond * 10, perSecond: perSecond, level: perSecond * 10, at: noon}
		type pass struct {
			at   time.Time
			cost float64
		}
		var passed []pass
		now := noon
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "gap")) * time.Millisecond)
			cost := float64(rapid.IntRange(1, 100).Draw(t, "cost"))
			wait, accepted := b.reserve(now, cost, backlogPatience)
			if accepted != (wait <= backlogPatience) {
				t.Fatalf("wait of %v: got accepted %v", wait, accepted)
			}
			if !accepted {
				continue
			}
			passed = append(passed, pass{now.Add(wait), cost})
			if n := len(passed); n > 1 && passed[n-1].at.Before(passed[n-2].at) {
				t.Fatalf("request %d overtakes the one before it", n)
			}
		}
		for i := range passed {
			sum := 0.0
			for j := i; j < len(passed); j++ {
				sum += passed[j].cost
				most := b.burst + perSecond*passed[j].at.Sub(passed[i].at).Seconds() + passed[i].cost
				if sum > most+1e-3 {
					t.Fatalf("%v passed between %v and %v, want at most %v", sum, passed[i].at, passed[j].at, most)
				}
			}
		}
	})
}

func TestSteadyClientNeverWaits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		perSecond := float64(rapid.IntRange(1, 6000).Draw(t, "a minute")) / 60
		b := &bucket{burst: max(1, perSecond), perSecond: perSecond, level: 1, at: noon}
		gap := time.Duration(float64(time.Second)/perSecond) + time.Nanosecond
		for i := range 200 {
			if wait, _ := b.reserve(noon.Add(time.Duration(i)*gap), 1, backlogPatience); wait > time.Microsecond {
				t.Fatalf("request %d at the rate of %v a second: got a wait of %v", i, perSecond, wait)
			}
		}
	})
}
