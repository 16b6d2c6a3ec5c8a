package hubtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hubtest"
)

var realHub = flag.String("hub", "", "connection string of a real IoT Hub to check the facts against (iothubowner)")

func TestFacts(t *testing.T) {
	t.Parallel()
	client := newClient(t)
	for _, f := range hubtest.All() {
		t.Run(f.ID, func(t *testing.T) {
			if *realHub == "" { // a real hub would throttle
				t.Parallel()
			}
			t.Logf("%s (FACTS %s)", f.Title, f.Source)
			f.Check(t, client)
		})
	}
}

// newClient speaks to the hub of -hub, or to an embedded one over TLS with its own CA.
func newClient(t *testing.T) *hubtest.Client {
	t.Helper()
	if *realHub != "" {
		return connect(t, *realHub, http.DefaultTransport)
	}
	hub, err := emulator.Open(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(hub)
	if server.TLS, err = hub.TLSConfig(); err != nil {
		t.Fatal(err)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca, err := hub.CACertificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("CACertificate is not PEM")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	connection, err := hub.ConnectionString("iothubowner", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return connect(t, connection, transport)
}

func connect(t *testing.T, connection string, transport http.RoundTripper) *hubtest.Client {
	t.Helper()
	client, err := hubtest.NewClient(connection, hubtest.Options{
		Transport: transport, Live: *realHub != "", Now: time.Now, Wait: time.Sleep,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestFactsAreNumbered(t *testing.T) {
	t.Parallel()
	last := ""
	for _, f := range hubtest.All() {
		if f.ID <= last {
			t.Errorf("got fact %s after %s, want ascending unique numbers", f.ID, last)
		}
		if f.Title == "" || !strings.HasPrefix(f.Source, "§") {
			t.Errorf("fact %s: got title %q, source %q, want both", f.ID, f.Title, f.Source)
		}
		last = f.ID
	}
}
