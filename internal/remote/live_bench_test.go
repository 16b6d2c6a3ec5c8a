package remote

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/hub"
)

// stored answers a query for devices with the same page, as often as there are pages,
// and everything else with an empty list.
type stored struct {
	page  []byte
	pages int
	after time.Duration // an answer takes
}

// Do answers a request.
func (s stored) Do(req *http.Request) (*http.Response, error) {
	time.Sleep(s.after)
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req}
	body := []byte("[]")
	if req.Body != nil {
		if query, _ := io.ReadAll(req.Body); strings.HasSuffix(string(query), `devices"}`) { // it is in memory
			body = s.page
			if n, _ := strconv.Atoi(req.Header.Get("x-ms-continuation")); n+1 < s.pages { // the first has none
				resp.Header.Set("x-ms-continuation", strconv.Itoa(n+1))
			}
		}
	}
	resp.ContentLength, resp.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// BenchmarkLive reads 10,000 devices: with -cpu 1,2 it shows what more cores do for a
// client that has its machine for itself.
func BenchmarkLive(b *testing.B) {
	const pages = 100
	row := benchmarkRow()
	page := append([]byte("["), bytes.Repeat(append(row, ','), pageSize)...)
	page[len(page)-1] = ']'
	cs, err := hub.ParseConnectionString("HostName=hub.example;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5")
	if err != nil {
		b.Fatal(err)
	}
	cred, err := hub.SASCredential(cs, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, after := range []time.Duration{0, time.Millisecond} {
		b.Run("after "+after.String(), func(b *testing.B) {
			c, err := hub.New(cs.HostName, cred, &hub.Options{Transport: stored{page, pages, after}})
			if err != nil {
				b.Fatal(err)
			}
			r := New(c, Options{Owner: owner})
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range r.Live(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != pages*pageSize {
					b.Fatalf("got %d devices, want %d", n, pages*pageSize)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(pages*pageSize), "us/device")
		})
	}
}
