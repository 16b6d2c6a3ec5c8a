package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// What the embedded hub reaches on two cores, its clients included, so that it is not what a measurement of twinset
// shows. Each figure fails beyond its limit.
const (
	speedFleet    = 100_000
	leastTwinSize = 3000   // bytes of a twin's JSON
	leastGets     = 5000   // twins a second, one request each
	leastQueried  = 20_000 // twins a second in pages of 100
	mostPerDevice = 1.5e3  // bytes of memory that a device takes above its twin's JSON
	connections   = 8      // of the clients
	fleetQuery    = `{"query":"SELECT * FROM devices"}`
	apiVersion    = "?api-version=2021-04-12"
)

// BenchmarkServed measures the hub as it is served: over TLS, with 100,000 devices whose twins are about 3 KB of JSON.
func BenchmarkServed(b *testing.B) {
	r := newRig(b)
	before := heapInUse()
	r.bulk(speedFleet, largeEntry)
	perDevice := float64(heapInUse()-before) / speedFleet
	c := r.connect()
	_, twin := c.send(http.MethodGet, "/twins/dev-050000", "", "")
	if len(twin) < leastTwinSize {
		b.Fatalf("a twin has %d bytes, want at least %d", len(twin), leastTwinSize)
	}
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			runtime.KeepAlive(r)
		}
		above := perDevice - float64(len(twin))
		b.ReportMetric(perDevice, "B/device")
		b.ReportMetric(float64(len(twin)), "B/twin")
		if above > mostPerDevice {
			b.Errorf("a device takes %.0f bytes above its twin's %d, want at most %.0f", above, len(twin), mostPerDevice)
		}
	})
	b.Run("get", func(b *testing.B) {
		var next atomic.Int64
		perSecond(b, leastGets, func() round {
			return func() (int, bool) {
				_, twin := c.send(http.MethodGet, fmt.Sprintf("/twins/dev-%06d", next.Add(1)*7919%speedFleet), "", "")
				return 1, len(twin) >= leastTwinSize
			}
		})
	})
	b.Run("query", func(b *testing.B) {
		perSecond(b, leastQueried, func() round {
			token := ""
			return func() (int, bool) {
				header, page := c.send(http.MethodPost, "/devices/query", token, fleetQuery)
				token = header.Get("x-ms-continuation")
				return 100, len(page) > 100*leastTwinSize
			}
		})
	})
}

// round is one request of a connection: how many twins it brought, and whether they were what was asked for.
type round func() (twins int, ok bool)

// perSecond lets every connection do rounds until there were b.N of them, reports the twins of a second and fails
// when they are too few. A benchmark's trial runs are too short to judge.
func perSecond(b *testing.B, least float64, connect func() round) {
	b.Helper()
	var left, twins atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			next := connect()
			for left.Add(-1) >= 0 {
				n, ok := next()
				if !ok {
					b.Error("got less than was asked for")
					return
				}
				twins.Add(int64(n))
			}
		})
	}
	all.Wait()
	rate := float64(twins.Load()) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "twins/s")
	if b.Elapsed().Seconds() > 0.5 && rate < least {
		b.Errorf("got %.0f twins a second, want at least %.0f", rate, least)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers of the first left
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// largeEntry is a device whose twin is 3 KB of JSON: ten tags and 21 desired values with their metadata.
func largeEntry(i int) string {
	var tags, desired []string
	for n := range 8 {
		tags = append(tags, fmt.Sprintf(`"label%d":"value %d of %d"`, n, n, i%10))
	}
	for n := range 7 {
		desired = append(desired, fmt.Sprintf(`"channel%d":{"interval":%d,"unit":"ms","enabled":true}`, n, 100+i%50))
	}
	return fmt.Sprintf(`{"id":"dev-%06d","importMode":"create","tags":{"site":"s%d","line":{"number":%d},%s},"properties":{"desired":{%s}}}`,
		i, i%10, i%7, strings.Join(tags, ","), strings.Join(desired, ","))
}

// servedHub is a hub behind TLS, and a client of it.
type servedHub struct {
	*rig
	client *http.Client
	url    string
	token  string
}

func (r *rig) connect() servedHub {
	r.Helper()
	client, url := r.serveTLS()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = connections //nolint:forcetypeassert // serveTLS makes one
	return servedHub{rig: r, client: client, url: url, token: r.token("iothubowner")}
}

func (s servedHub) send(method, path, continuation, body string) (http.Header, []byte) {
	req, err := http.NewRequest(method, s.url+path+apiVersion, strings.NewReader(body))
	if err != nil {
		s.Error(err)
		return nil, nil
	}
	req.Header.Set("Authorization", s.token)
	req.Header.Set("x-ms-max-item-count", "100")
	req.Header.Set("x-ms-continuation", continuation)
	res, err := s.client.Do(req)
	if err != nil {
		s.Error(err)
		return nil, nil
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.Errorf("%s %s: got status %d, %v", method, path, res.StatusCode, err)
	}
	return res.Header, answer
}

// serveTLS serves the hub and returns a client that trusts it.
func (r *rig) serveTLS() (*http.Client, string) {
	r.Helper()
	server := httptest.NewUnstartedServer(r.hub)
	var err error
	if server.TLS, err = r.hub.TLSConfig(); err != nil {
		r.Fatal(err)
	}
	server.StartTLS()
	r.Cleanup(server.Close)
	ca, err := r.hub.CACertificate()
	if err != nil {
		r.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	r.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, server.URL
}
