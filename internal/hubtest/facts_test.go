package hubtest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/emulator"
	"github.com/twinset/twinset/internal/hubtest"
)

var (
	realHub   = flag.String("hub", "", "connection string of a real IoT Hub to check the facts against (iothubowner)")
	container = flag.String("container", "", "URI of a blob container with a SAS (racwdl), for imports and exports of the real hub")
)

func TestFacts(t *testing.T) {
	t.Parallel()
	asked := &operations{seen: map[string]bool{}}
	t.Cleanup(func() {
		if asked.facts < len(hubtest.All()) || *realHub != "" {
			return // -run has chosen some
		}
		for _, operation := range asked.unasked(t) {
			t.Errorf("no fact asks for %s", operation)
		}
	})
	client := newClient(t, asked)
	for _, f := range hubtest.All() {
		t.Run(f.ID, func(t *testing.T) {
			if *realHub == "" { // a real hub would throttle
				t.Parallel()
			}
			t.Logf("%s (FACTS %s)", f.Title, f.Source)
			asked.ran()
			f.Check(t, client)
		})
	}
}

// newClient speaks to the hub of -hub, or to an embedded one over TLS with its own CA.
func newClient(t *testing.T, asked *operations) *hubtest.Client {
	t.Helper()
	if *realHub != "" {
		host, _, _ := strings.Cut(strings.TrimPrefix((*realHub)[strings.Index(*realHub, "HostName="):], "HostName="), ";")
		return connect(t, *realHub, http.DefaultTransport, hubtest.DialMQTT(host+":8883", &tls.Config{}))
	}
	e := serve(t, asked)
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(ca) {
		t.Fatalf("%s is not PEM", e.CAFile)
	}
	transport := &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return connect(t, e.ConnectionString, transport, hubtest.DialMQTT(e.MQTT, config))
}

// serve runs an embedded hub until the test ends.
func serve(t *testing.T, asked *operations) emulator.Endpoint {
	t.Helper()
	hub, err := emulator.Open(emulator.Options{Observe: asked.observe})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background()) // the test's own ends before its cleanup
	ready, done := make(chan emulator.Endpoint, 1), make(chan error, 1)
	go func() {
		done <- emulator.Serve(ctx, hub, emulator.ServeOptions{
			Listen: "127.0.0.1:0", MQTT: "127.0.0.1:0", Ready: func(e emulator.Endpoint) { ready <- e },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case e := <-ready:
		return e
	case err := <-done:
		done <- nil // for the cleanup
		t.Fatalf("serve: %v", err)
		return emulator.Endpoint{}
	}
}

func connect(t *testing.T, connection string, transport http.RoundTripper, dial func() (net.Conn, error)) *hubtest.Client {
	t.Helper()
	client, err := hubtest.NewClient(connection, hubtest.Options{
		Transport: transport, Live: *realHub != "", Now: time.Now, Wait: time.Sleep, DialMQTT: dial, Container: reachable(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// reachable is a container that the hub can reach.
func reachable(t *testing.T) string {
	t.Helper()
	if *realHub != "" {
		return *container
	}
	return newContainer(t)
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
