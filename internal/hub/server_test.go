package hub

import (
	"context"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// request is what a test server saw.
type request struct {
	Method, URI, IfMatch, Body string
	Header                     http.Header
}

// answer is what a test server says.
type answer struct {
	status int
	header map[string]string
	body   string
}

// exchange is an HTTPS server that gives its answers in turn, the last one for
// ever, and a client for it.
type exchange struct {
	client *Client
	host   string
	caFile string

	mu      sync.Mutex
	answers []answer
	seen    []request
}

func newExchange(t *testing.T, answers ...answer) *exchange {
	t.Helper()
	x := &exchange{answers: answers}
	srv := httptest.NewUnstartedServer(x)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of handshakes that tests break off
	srv.StartTLS()
	t.Cleanup(srv.Close)
	x.host = strings.TrimPrefix(srv.URL, "https://")
	x.caFile = filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(x.caFile, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	x.client = newClient(t, x.host, &Options{CAFile: x.caFile, Sleep: noSleep})
	return x
}

func (x *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	x.mu.Lock()
	x.seen = append(x.seen, request{r.Method, r.RequestURI, r.Header.Get("If-Match"), string(body), r.Header})
	a := x.answers[min(len(x.seen), len(x.answers))-1]
	x.mu.Unlock()
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// last is the latest request.
func (x *exchange) last() request {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen[len(x.seen)-1]
}

func (x *exchange) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.seen)
}

const testKey = "bm90LWEtcmVhbC1rZXktYXQtYWxs" // "not-a-real-key-at-all"

func testCredential(t testing.TB) Credential {
	t.Helper()
	cred, err := SASCredential(ConnectionString{HostName: "hub.example", PolicyName: "iothubowner", Key: testKey}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

func newClient(t testing.TB, host string, o *Options) *Client {
	t.Helper()
	c, err := New(host, testCredential(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// transport is a server in this process.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

func respond(r *http.Request, a answer) *http.Response {
	h := http.Header{}
	for name, value := range a.header {
		h.Set(name, value)
	}
	return &http.Response{
		StatusCode: a.status, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}
}

// newServedClient serves a handler over HTTPS and returns a client for it.
func newServedClient(t *testing.T, h http.Handler) *Client {
	t.Helper()
	srv := httptest.NewTLSServer(h)
	t.Cleanup(srv.Close)
	return newClient(t, strings.TrimPrefix(srv.URL, "https://"), &Options{Transport: srv.Client(), Sleep: noSleep})
}
