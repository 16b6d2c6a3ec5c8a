package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkQueryScan reads 100,000 twins to find or count some of them.
func BenchmarkQueryScan(b *testing.B) {
	const fleet = 100_000
	r := newRig(b)
	r.bulkFleet(fleet)
	queries := map[string]string{
		"none":  "SELECT * FROM devices WHERE tags.line.role = 'motor' OR properties.desired.limits.high < 80",
		"in":    "SELECT * FROM devices WHERE deviceId IN ['dev-099999', 'dev-100000', 'x', 'y']",
		"count": "SELECT COUNT() AS n FROM devices",
		"group": "SELECT tags.site AS site, COUNT() AS n, AVG(properties.desired.telemetry.interval) AS v FROM devices GROUP BY tags.site",
	}
	for name, query := range queries {
		b.Run(name, func(b *testing.B) {
			body := fmt.Sprintf(`{"query":%q}`, query)
			benchRequest(b, r, fleet, func(int) (string, string, string) { return "POST", "/devices/query", body })
		})
	}
}

// BenchmarkQueryTLS pages through 100,000 twins over TLS on one connection.
func BenchmarkQueryTLS(b *testing.B) {
	const size = 100
	r := newRig(b)
	r.bulkFleet(100_000)
	client, url := r.serveTLS()
	twins := 0
	for token := ""; b.Loop(); twins += size {
		req, err := http.NewRequest(http.MethodPost, url+"/devices/query?api-version=2021-04-12", strings.NewReader(`{"query":"SELECT * FROM devices"}`))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", r.token("iothubowner"))
		req.Header.Set("x-ms-max-item-count", fmt.Sprint(size))
		req.Header.Set("x-ms-continuation", token)
		res, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil || res.StatusCode != http.StatusOK || n < size*100 {
			b.Fatalf("got status %d, %d bytes and error %v, want a page of twins", res.StatusCode, n, err)
		}
		res.Body.Close()
		token = res.Header.Get("x-ms-continuation")
	}
	b.ReportMetric(float64(twins)/b.Elapsed().Seconds(), "twins/s")
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
