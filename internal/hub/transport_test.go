package hub

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// noRetry fails a test that would wait.
func noRetry(context.Context, time.Duration) error { return context.DeadlineExceeded }

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{status: 200, body: `{"deviceId":"d"}`})
	_, port, err := net.SplitHostPort(x.host)
	if err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(x) // net/http answers a TLS handshake in plain text
	t.Cleanup(plain.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	plainHost := strings.TrimPrefix(plain.URL, "http://")
	rows := []struct {
		name, host, caFile string
		want               string
	}{
		{"unknown authority", x.host, "", "connect to " + x.host + ": certificate signed by unknown authority; set TWINSET_CA_FILE to the CA certificate of this hub"},
		{"name not covered", "localhost:" + port, x.caFile, "connect to localhost:" + port + ": certificate is valid for example.com, *.example.com, not localhost; use a name that its certificate covers as HostName"},
		{"no TLS", plainHost, "", "connect to " + plainHost + ": the server does not speak TLS on this port"},
		{"refused", closed, "", "connect to " + closed + ": connection refused; nothing listens there"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, row.host, &Options{CAFile: row.caFile, Sleep: noRetry})
			err := c.DeleteDevice(context.Background(), "d", Any)
			if err == nil || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
			if IsAmbiguous(err) {
				t.Error("got ambiguous, want certainty that nothing was done")
			}
		})
	}
	if x.count() != 0 {
		t.Errorf("got %d requests at the server, want none", x.count())
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, host string
		o          *Options
		want       string
	}{
		{"no host", "", nil, "host name"},
		{"scheme", "https://h.example", nil, "without https://"},
		{"path", "h.example/devices", nil, "without https:// and path"},
		{"user", "u@h.example", nil, "host name"},
		{"port", "h.example:x", nil, "host name"},
		{"empty port", "h.example:", nil, "port must be"},
		{"missing CA file", "h.example", &Options{CAFile: empty + ".not"}, "no such file"},
		{"CA file without certificate", "h.example", &Options{CAFile: empty}, "no certificate in PEM form"},
	}
	for _, row := range rows {
		_, err := New(row.host, testCredential(t), row.o)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %v, want %q", row.name, err, row.want)
		}
	}
	if _, err := New("h.example", nil, nil); err == nil {
		t.Error("no credential: got no error")
	}
	if _, err := New("HostName=h;SharedAccessKey=c2VjcmV0", testCredential(t), nil); err == nil || leaks(err.Error()) {
		t.Errorf("connection string as host: got error %v, want one without the key", err)
	}
	for _, host := range []string{"h", "h.example", "localhost:8443", "127.0.0.1:1", "[::1]:8443"} {
		if c, err := New(host, testCredential(t), nil); err != nil || c.Host() != host {
			t.Errorf("%s: got error %v, want a client for it", host, err)
		}
	}
}

// TestConnectionsAreReused counts the connections of calls in turn, with answers
// of every kind.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	x := &exchange{answers: []answer{
		{status: 200, body: `{"deviceId":"d"}`}, {status: 404, body: "x"}, {status: 500}, {status: 302, body: "y"}, {status: 200, body: `{"deviceId":"d"}`},
	}}
	srv := httptest.NewUnstartedServer(x)
	opened := make(chan struct{}, 100)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened <- struct{}{}
		}
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := newClient(t, strings.TrimPrefix(srv.URL, "https://"), &Options{Transport: srv.Client(), Sleep: noSleep})
	for range 5 {
		_, _ = c.Twin(context.Background(), "d", "") // what it answers is not the point
	}
	if got := len(opened); got != 1 {
		t.Errorf("got %d connections, want 1", got)
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	tell := func(status int, length int64) transport {
		return func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: endless{}, ContentLength: length}, nil
		}
	}
	c := newClient(t, "h", &Options{Transport: tell(200, maxBody+1), Sleep: noRetry})
	_, err := c.Twin(context.Background(), "d", "")
	if want := "read twin d: read answer of h: it is larger than any answer of a hub"; err == nil || err.Error() != want {
		t.Errorf("announced: got error %v, want %s", err, want)
	}
	c = newClient(t, "h", &Options{Transport: tell(400, -1), Sleep: noRetry})
	if _, err = c.Twin(context.Background(), "d", ""); err == nil || !strings.Contains(err.Error(), "400 Bad Request") {
		t.Errorf("endless error: got %v, want a 400", err)
	}
	resp, _ := tell(200, -1)(nil)
	if data, err := readBody(resp, 1000); !errors.Is(err, errTooLarge) {
		t.Errorf("not announced: got %d bytes, error %v, want %v", len(data), err, errTooLarge)
	}
	resp.Body = io.NopCloser(io.LimitReader(endless{}, 1000))
	if data, err := readBody(resp, 1000); err != nil || len(data) != 1000 {
		t.Errorf("at the limit: got %d bytes, error %v, want 1000", len(data), err)
	}
}

// TestTruncatedAnswer: a connection that breaks within an answer is a failed try.
func TestTruncatedAnswer(t *testing.T) {
	t.Parallel()
	tries := 0
	c := newServedClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries == 1 {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"deviceId"`)
			return
		}
		_, _ = io.WriteString(w, `{"deviceId":"d"}`)
	}))
	if _, err := c.Twin(context.Background(), "d", ""); err != nil || tries != 2 {
		t.Errorf("got error %v after %d tries, want success at the second", err, tries)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := newClient(t, "h", &Options{
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Transport: &script{outcomes: []outcome{
			{answer: answer{500, map[string]string{"x-ms-request-id": "r1"}, "secret-secret"}}, {err: io.ErrUnexpectedEOF}, ok(),
		}},
		Sleep: noSleep,
	})
	auth := Authentication{Type: AuthSAS, SymmetricKey: SymmetricKey{Primary: "c2VjcmV0", Secondary: "c2VjcmV0"}}
	if _, err := c.PutDevice(context.Background(), Device{DeviceID: "d", Authentication: auth}, ""); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for i, want := range []string{"status=500 request_id=r1", `error="unexpected EOF"`, "try=3 status=200"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) || !strings.Contains(lines[i], `op="create device d" method=PUT`) {
			t.Errorf("got log\n%s\nwant %s in line %d", log.String(), want, i+1)
		}
	}
	if leaks(log.String()) || strings.Contains(log.String(), "SharedAccessSignature") {
		t.Errorf("log shows a secret:\n%s", log.String())
	}
}

func TestRootsOfLoopback(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(nil)
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	alone := x509.NewCertPool()
	alone.AddCert(srv.Certificate())
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST:8443": true, "127.0.0.1:1": true, "[::1]:8443": true, "[::1]": true,
		"h.azure-devices.net": false, "localhost.example": false, "10.0.0.1": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("isLoopback(%s): got %v, want %v", host, got, want)
		}
		if !want {
			continue
		}
		roots, err := rootCAs(host, file)
		if err != nil || !roots.Equal(alone) {
			t.Errorf("%s: got error %v, or other roots than those of the file", host, err)
		}
	}
	roots, err := rootCAs("h.azure-devices.net", file)
	system, systemErr := x509.SystemCertPool()
	if err != nil || systemErr == nil && !system.Equal(x509.NewCertPool()) && roots.Equal(alone) {
		t.Errorf("a hub elsewhere: got error %v, or the file's roots alone", err)
	}
}
