package hub

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what a try meets: an answer or an error, after some time.
type outcome struct {
	answer
	err   error
	after time.Duration
}

// script plays outcomes in turn, the last for ever. It waits in the time of the
// bubble that the test runs in.
type script struct {
	outcomes []outcome
	bodies   []string
	tokens   []string
}

func (s *script) Do(r *http.Request) (*http.Response, error) {
	o := s.outcomes[min(len(s.bodies), len(s.outcomes)-1)]
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.bodies = append(s.bodies, string(body))
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	if err := sleep(r.Context(), o.after); err != nil {
		return nil, err
	}
	if o.err != nil {
		return nil, o.err
	}
	return respond(r, o.answer), nil
}

func status(code int) outcome { return outcome{answer: answer{status: code}} }

func ok() outcome { return outcome{answer: answer{status: 200, body: `{"deviceId":"d"}`}} }

func header(code int, name, value string) outcome {
	return outcome{answer: answer{status: code, header: map[string]string{name: value}}}
}

func TestRetryDelays(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	half := func() float64 { return 0.5 }
	zero := func() float64 { return 0 }
	rows := []struct {
		name     string
		jitter   func() float64
		outcomes []outcome
		want     []time.Duration // delays before the next try
		err      string
	}{
		{"success", half, []outcome{ok()}, nil, ""},
		{"throttled, at the floor", zero, []outcome{status(429), status(429), ok()}, []time.Duration{10 * time.Second, 10 * time.Second}, ""},
		{"throttled, ceiling doubles up to the cap", half, []outcome{status(429), status(429), status(429), status(429), ok()}, []time.Duration{15 * time.Second, 25 * time.Second, 35 * time.Second, 35 * time.Second}, ""},
		{"server errors", half, []outcome{status(500), status(503), status(502), ok()}, []time.Duration{1200 * time.Millisecond, 2 * time.Second, 3600 * time.Millisecond}, ""},
		{"timeouts of the service", zero, []outcome{status(408), status(504), ok()}, []time.Duration{800 * time.Millisecond, 800 * time.Millisecond}, ""},
		{"network after contact", zero, []outcome{status(500), {err: reset}, ok()}, []time.Duration{800 * time.Millisecond, 800 * time.Millisecond}, ""},
		{"Retry-After in seconds", half, []outcome{header(429, "Retry-After", "3"), ok()}, []time.Duration{3 * time.Second}, ""},
		{"Retry-After beyond the cap", half, []outcome{header(503, "Retry-After", "90"), ok()}, []time.Duration{90 * time.Second}, ""},
		{"Retry-After beyond the budget", half, []outcome{header(503, "Retry-After", "3600"), ok()}, nil, "503 Service Unavailable"},
		{"Retry-After as a date", half, []outcome{header(429, "Retry-After", "Sat, 01 Jan 2000 00:00:07 GMT"), ok()}, []time.Duration{7 * time.Second}, ""},
		{"Retry-After that is no time", zero, []outcome{header(429, "Retry-After", "-5"), ok()}, []time.Duration{10 * time.Second}, ""},
		{"retry-after-ms", half, []outcome{header(429, "retry-after-ms", "1500"), ok()}, []time.Duration{1500 * time.Millisecond}, ""},
		{"x-ms-retry-after-ms", half, []outcome{header(429, "x-ms-retry-after-ms", "20"), ok()}, []time.Duration{20 * time.Millisecond}, ""},
		{"not found is final", half, []outcome{status(404), ok()}, nil, "404"},
		{"not emulated is final", half, []outcome{status(501), ok()}, nil, "501"},
		{"refused connection is final", half, []outcome{{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, ok()}, nil, "connect to hub.example: connection refused"},
		{"unknown host is final", half, []outcome{{err: &net.DNSError{Err: "no such host", IsNotFound: true}}, ok()}, nil, "connect to hub.example: no such host"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{outcomes: row.outcomes}
				var events []Event
				c := newClient(t, "hub.example", &Options{Transport: s, Jitter: row.jitter, Observe: func(e Event) { events = append(events, e) }})
				start := time.Now()
				_, err := c.Twin(t.Context(), "d", "")
				if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
					t.Fatalf("got error %v, want %q", err, row.err)
				}
				var got []time.Duration
				var sum time.Duration
				for i, e := range events {
					if e.Try != i+1 || e.Op != "read twin d" || e.Class != ClassTwinRead || e.Units != 1 {
						t.Errorf("got event %+v, want try %d of read twin d", e, i+1)
					}
					if e.Retry {
						got = append(got, e.Delay)
						sum += e.Delay
					}
				}
				if !slices.Equal(got, row.want) || len(events) != len(row.want)+1 {
					t.Errorf("got delays %v in %d tries, want %v", got, len(events), row.want)
				}
				if passed := time.Since(start); passed != sum {
					t.Errorf("got %s passed, want the delays, %s", passed, sum)
				}
			})
		})
	}
}

func TestRetryBudget(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
	rows := []struct {
		name     string
		budget   time.Duration
		outcomes []outcome
		atMost   time.Duration
		tries    int
		want     string
	}{
		{"default", 0, []outcome{status(429)}, 20 * time.Minute, 121, "read twin d: 429 Too Many Requests (after 121 tries in 20m0s)"},
		{"of a minute", time.Minute, []outcome{status(429)}, time.Minute, 7, "read twin d: 429 Too Many Requests (after 7 tries in 1m0s)"},
		{"none", -1, []outcome{status(429)}, 0, 1, "read twin d: 429 Too Many Requests"},
		{"slow answers count", time.Minute, []outcome{{answer: answer{status: 500}, after: 40 * time.Second}}, 81 * time.Second, 2, "read twin d: 500 Internal Server Error (after 2 tries in 1m21s)"},
		{"tries time out", 2 * time.Minute, []outcome{{answer: answer{status: 200}, after: time.Hour}}, 3 * time.Minute, 2, "read twin d: no answer from hub.example in time (after 2 tries in 2m1s)"},
		{"never in contact", 0, []outcome{{err: refused}}, 30 * time.Second, 38, "connect to hub.example: dial: network is unreachable (after 38 tries in 30s)"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{outcomes: row.outcomes}
				c := newClient(t, "hub.example", &Options{Transport: s, RetryBudget: row.budget, Jitter: func() float64 { return 0 }})
				start := time.Now()
				_, err := c.Twin(t.Context(), "d", "")
				if err == nil || err.Error() != row.want {
					t.Errorf("got error %v, want %s", err, row.want)
				}
				if passed := time.Since(start); len(s.bodies) != row.tries || passed > row.atMost {
					t.Errorf("got %d tries in %s, want %d in at most %s", len(s.bodies), passed, row.tries, row.atMost)
				}
				if got := IsThrottled(err); got != strings.Contains(row.want, "429") {
					t.Errorf("got throttled %v for %v", got, err)
				}
			})
		})
	}
}

// TestEveryTryIsWhole: each try sends the whole body, and a token that is still
// good then.
func TestEveryTryIsWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{outcomes: []outcome{header(503, "Retry-After", "3100"), {err: io.ErrUnexpectedEOF}, ok()}}
		c := newClient(t, "hub.example", &Options{Transport: s, RetryBudget: time.Hour})
		_, err := c.PatchTwin(t.Context(), "d", "", Patch{Tags: []byte(`{"a":1}`)}, Any)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{`{"tags":{"a":1}}`, `{"tags":{"a":1}}`, `{"tags":{"a":1}}`}; !slices.Equal(s.bodies, want) {
			t.Errorf("got bodies %q, want %q", s.bodies, want)
		}
		if s.tokens[0] == s.tokens[1] || s.tokens[1] != s.tokens[2] {
			t.Errorf("got tokens %q, want a new one after 3100 seconds only", s.tokens)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name      string
		outcomes  []outcome
		ambiguous bool
	}{
		{"between tries", []outcome{status(429)}, false},
		{"between tries after a lost answer", []outcome{status(500), status(429)}, true},
		{"during a try", []outcome{{answer: answer{status: 204}, after: 50 * time.Second}}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := &script{outcomes: row.outcomes}
				c := newClient(t, "hub.example", &Options{Transport: s})
				time.AfterFunc(5*time.Second, cancel)
				start := time.Now()
				err := c.DeleteDevice(ctx, "d", Any)
				if !errors.Is(err, context.Canceled) || err.Error() != "delete device d: canceled"+triesOf(err) {
					t.Errorf("got error %v, want that it was canceled", err)
				}
				if passed := time.Since(start); passed != 5*time.Second {
					t.Errorf("got an end after %s, want 5s", passed)
				}
				if IsAmbiguous(err) != row.ambiguous {
					t.Errorf("got ambiguous %v, want %v", IsAmbiguous(err), row.ambiguous)
				}
			})
		})
	}
}

// triesOf is the part of an error's text that tells of tries.
func triesOf(err error) string {
	_, tries, found := strings.Cut(err.Error(), " (after")
	if !found {
		return ""
	}
	return " (after" + tries
}

func TestAmbiguous(t *testing.T) {
	t.Parallel()
	reset := outcome{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
	write := func(c *Client) error {
		_, err := c.PatchTwin(context.Background(), "d", "", Patch{Tags: []byte(`{}`)}, "x")
		return err
	}
	read := func(c *Client) error { _, err := c.Twin(context.Background(), "d", ""); return err }
	query := func(c *Client) error {
		for _, err := range c.Query(context.Background(), "q", 0) {
			return err
		}
		return nil
	}
	rows := []struct {
		name     string
		outcomes []outcome
		call     func(*Client) error
		want     bool
	}{
		{"turned down", []outcome{status(412)}, write, false},
		{"throttled first", []outcome{status(429), status(412)}, write, false},
		{"lost, then turned down", []outcome{reset, status(412)}, write, true},
		{"broken off, then turned down", []outcome{status(504), status(412)}, write, true},
		{"not emulated", []outcome{status(501)}, write, false},
		{"never sent", []outcome{{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}}, write, false},
		{"answer cannot be read", []outcome{{answer: answer{status: 200, body: "<html>"}}}, write, true},
		{"reads are never", []outcome{reset, status(404)}, read, false},
		{"unreadable reads neither", []outcome{{answer: answer{status: 200, body: "<html>"}}}, read, false},
		{"queries neither", []outcome{reset, status(400)}, query, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, "hub.example", &Options{Transport: &script{outcomes: row.outcomes}, Sleep: noSleep})
			err := row.call(c)
			if err == nil || IsAmbiguous(err) != row.want {
				t.Errorf("got %v, ambiguous %v, want %v", err, IsAmbiguous(err), row.want)
			}
		})
	}
}
