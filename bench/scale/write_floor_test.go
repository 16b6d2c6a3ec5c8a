//go:build scale

package scale

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Floors of writing: the same requests by a bare HTTP client, eight at a time.
const (
	floorBulk  = "bulk"  // creates, a hundred devices in a request
	floorPatch = "patch" // a twin each
	floorGet   = "get"   // a twin each
)

// floorDevicesEnv is how many devices a floor of writing sends.
const floorDevicesEnv = "TWINSET_FLOOR_DEVICES"

const (
	floorWorkers = 8
	bulkSize     = 100
)

// Bodies of the size and form that the program sends.
const (
	bulkEntry = `{"id":%q,"importMode":"create","status":"enabled","authentication":{"type":"sas"},"tags":{"floor":%d,"owner":"platform","role":"sensor","site":"plant-%d",` +
		`"twinset":{"scale/dev":{"c":true,"d":"limits(high,low,unit),log(keep_days,level),place(cell,line),telemetry(batch,compress,interval_s)","h":"4e213cdddd","t":"floor,owner,role,site","v":1}}},` +
		`"properties":{"desired":{"limits":{"high":85.5,"low":-20,"unit":"celsius"},"log":{"keep_days":14,"level":"info"},"place":{"cell":"plant-%[3]d/line-%02[4]d","line":"line-%02[4]d"},` +
		`"telemetry":{"batch":20,"compress":true,"interval_s":%d}}}}`
	patchBody = `{"tags":{"twinset":{"scale/dev":{"c":true,"d":"limits(high,low,unit),log(keep_days,level),place(cell,line),telemetry(batch,compress,interval_s)",` +
		`"h":"4e213cdddd","i":null,"k":null,"p":null,"t":"floor,owner,role,site","v":1}}},"properties":{"desired":{"telemetry":{"interval_s":%d}}}}`
)

// runWrites is the process of a floor of writing.
func runWrites(kind string) error {
	n, err := strconv.Atoi(os.Getenv(floorDevicesEnv))
	if err != nil {
		return err
	}
	client, host, token, err := dial()
	if err != nil {
		return err
	}
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = floorWorkers
	w := writer{client: client, base: "https://" + host, token: token}
	step, send := 1, w.patch
	switch kind {
	case floorBulk:
		step, send = bulkSize, w.bulk
	case floorGet:
		send = w.get
	}
	next := make(chan int)
	errs := make([]error, floorWorkers)
	var wg sync.WaitGroup
	for i := range floorWorkers {
		wg.Go(func() {
			for at := range next {
				errs[i] = errors.Join(errs[i], send(at, min(n, at+step)))
			}
		})
	}
	for at := 0; at < n; at += step {
		next <- at
	}
	close(next)
	wg.Wait()
	fmt.Println(n)
	return errors.Join(errs...)
}

type writer struct {
	client      *http.Client
	base, token string
}

func (w writer) bulk(from, to int) error {
	b := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			b = append(b, ',')
		}
		p := i % patterns
		b = fmt.Appendf(b, bulkEntry, id(i), p%12, p%7, p%40, 30+p%90)
	}
	return w.send(http.MethodPost, "/devices", string(append(b, ']')))
}

func (w writer) patch(i, _ int) error {
	return w.send(http.MethodPatch, "/twins/"+id(i), fmt.Sprintf(patchBody, 32+i%patterns%90))
}

func (w writer) get(i, _ int) error { return w.send(http.MethodGet, "/twins/"+id(i), "") }

func (w writer) send(method, path, body string) error {
	req, err := http.NewRequest(method, w.base+path+"?api-version=2021-04-12", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = http.Header{"Authorization": {w.token}, "Content-Type": {"application/json"}}
	if method == http.MethodPatch {
		req.Header.Set("If-Match", `"*"`)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close() // it was read
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return err
}
