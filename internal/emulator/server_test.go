package emulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve runs Serve until the test stops it and returns where.
func serve(t *testing.T, hub *Hub, o ServeOptions) (e Endpoint, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan Endpoint, 1), make(chan error, 1)
	o.Listen, o.Ready = "127.0.0.1:0", func(e Endpoint) { ready <- e }
	go func() { done <- Serve(ctx, hub, o) }()
	select {
	case e = <-ready:
	case err := <-done:
		t.Fatalf("Serve ended with %v before it was ready", err)
	}
	return e, func() error {
		cancel()
		return <-done
	}
}

// client trusts only the CA in the file.
func client(t *testing.T, caFile string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(readFile(t, caFile)) {
		t.Fatalf("%s is not PEM", caFile)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, Options{DataDir: dir})
	readyFile := filepath.Join(t.TempDir(), "ready.json")
	e, stop := serve(t, r.hub, ServeOptions{ReadyFile: readyFile, FlushEvery: time.Millisecond})

	_, port, err := net.SplitHostPort(e.HTTPS)
	if err != nil || !strings.HasPrefix(e.ConnectionString, "HostName=localhost:"+port+";SharedAccessKeyName=iothubowner;") {
		t.Errorf("got endpoint %+v, want the port in the connection string (%v)", e, err)
	}
	var fromFile Endpoint
	if err := json.Unmarshal(readFile(t, readyFile), &fromFile); err != nil || fromFile != e {
		t.Errorf("got ready file %+v, want %+v (%v)", fromFile, e, err)
	}
	if found, err := ReadEndpoint(dir); err != nil || found != e {
		t.Errorf("got ReadEndpoint %+v, %v; want %+v", found, err, e)
	}
	if info, err := os.Stat(readyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, want 600: the file holds a key (%v)", info.Mode(), err)
	}
	r.bulkFleet(1)
	getOverTLS(t, r, client(t, e.CAFile), "https://"+e.HTTPS)
	getOverTLS(t, r, client(t, e.CAFile), "https://localhost:"+port)

	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{readyFile, filepath.Join(dir, endpointName)} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %s after the end, want it removed (%v)", name, err)
		}
	}
	if !strings.Contains(string(readFile(t, filepath.Join(dir, snapshotName))), "dev-000000") {
		t.Error("got no device in the snapshot after the end")
	}
	if _, err := ReadEndpoint(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v from ReadEndpoint after the end, want fs.ErrNotExist", err)
	}
}

func getOverTLS(t *testing.T, r *rig, c *http.Client, base string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+"/twins/dev-000000?api-version=2021-04-12", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", r.token("service"))
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Errorf("GET %s: got status %d, want 200", req.URL, res.StatusCode)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestServeInMemory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e, stop := serve(t, r.hub, ServeOptions{})
	client(t, e.CAFile)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(e.CAFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got the CA file %s after the end (%v)", e.CAFile, err)
	}
}

func TestServeErrors(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	r := newRig(t)
	err = Serve(t.Context(), r.hub, ServeOptions{Listen: listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want address already in use", err)
	}
	err = Serve(t.Context(), r.hub, ServeOptions{Listen: "127.0.0.1:0", ReadyFile: filepath.Join(t.TempDir(), "none", "ready")})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist for the ready file's directory", err)
	}
}

// A file that a killed process left must not send others to a hub that is gone.
func TestStaleEndpointFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, endpointName), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	openRig(t, Options{DataDir: dir})
	if _, err := ReadEndpoint(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, Options{DataDir: dir, HostName: "hub.example:8443"})
	config, err := r.hub.TLSConfig()
	if err != nil {
		t.Fatal(err)
	}
	if config.MinVersion != tls.VersionTLS12 {
		t.Errorf("got minimal version %x, want TLS 1.2", config.MinVersion)
	}
	ca, err := r.hub.CACertificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "hub.example", "emu.azure-devices.net"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("verify for %s: %v", name, err)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "example.org"}); err == nil {
		t.Error("got the certificate accepted for example.org")
	}
	for _, name := range []string{caName, caKeyName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %s with mode %v, want 600 (%v)", name, info.Mode(), err)
		}
	}
}

func TestDamagedCA(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, caName)
	if err := os.WriteFile(name, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := openRig(t, Options{DataDir: dir})
	if _, err := r.hub.TLSConfig(); err == nil || !strings.Contains(err.Error(), "read CA") {
		t.Errorf("got %v, want an error of read CA", err)
	}
	if got := string(readFile(t, name)); got != "rubbish" {
		t.Errorf("got the file changed to %q", got)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	r := openRig(t, Options{HostName: "emu.azure-devices.net"})
	rows := []struct {
		name, listening string
		wantHost        string // of the connection string
		wantHTTPS       string
	}{
		{"default port", "127.0.0.1:443", "emu.azure-devices.net", "127.0.0.1:443"},
		{"other port", "127.0.0.1:8443", "emu.azure-devices.net:8443", "127.0.0.1:8443"},
		{"all addresses", "[::]:8443", "emu.azure-devices.net:8443", "emu.azure-devices.net:8443"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			addr, err := net.ResolveTCPAddr("tcp", row.listening)
			if err != nil {
				t.Fatal(err)
			}
			e, err := r.hub.endpoint(addr)
			if err != nil || !strings.HasPrefix(e.ConnectionString, "HostName="+row.wantHost+";") || e.HTTPS != row.wantHTTPS {
				t.Errorf("got %+v, %v; want host %s and https %s", e, err, row.wantHost, row.wantHTTPS)
			}
		})
	}
}
