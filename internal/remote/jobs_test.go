package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// jobsHub is a hub that knows import and export jobs only. A job advances with each
// look at it.
type jobsHub struct {
	jobs  []hub.Transfer
	posts int
	lose  bool // the answer of the next creation
	busy  bool // the next creation is refused: somebody was quicker
	fails string
}

func (h *jobsHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var out any = h.jobs
	switch id := strings.TrimPrefix(r.URL.Path, "/jobs/"); {
	case id == "create":
		h.posts++
		if h.busy {
			h.busy = false
			h.jobs = append(h.jobs, hub.Transfer{ID: "quicker", Type: "export", Status: "running"})
			w.Header().Set("iothub-errorcode", "JobQuotaExceeded")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		var asked hub.TransferRequest
		_ = json.NewDecoder(r.Body).Decode(&asked)
		h.jobs = append(h.jobs, hub.Transfer{ID: fmt.Sprintf("ours-%d", h.posts), Type: asked.Type, Status: "enqueued"})
		if h.lose {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		out = h.jobs[len(h.jobs)-1]
	case id != "/jobs":
		for i := range h.jobs {
			if t := &h.jobs[i]; t.ID == id {
				h.advance(t)
				out = *t
			}
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (h *jobsHub) advance(t *hub.Transfer) {
	switch {
	case t.Status == "enqueued":
		t.Status = "running"
	case t.Progress < 100:
		t.Progress += 50
	case h.fails != "":
		t.Status, t.Failure = "failed", h.fails
	default:
		t.Status = "completed"
	}
}

// memory is a container in memory.
type memory map[string]string

func (m memory) URL() string { return "https://a.example/box" }

func (m memory) SAS() string { return "sig=x" }

func (m memory) Read(_ context.Context, name string) (io.ReadCloser, error) {
	text, ok := m[name]
	if !ok {
		return nil, noBlob(name)
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// noBlob is the error of a blob that does not exist.
type noBlob string

func (n noBlob) Error() string { return "there is no blob " + string(n) }

func (noBlob) NotFound() bool { return true }

func (m memory) Write(_ context.Context, name string, content io.Reader) error {
	text, err := io.ReadAll(content)
	m[name] = string(text)
	return err
}

func (m memory) Delete(_ context.Context, name string) error {
	delete(m, name)
	return nil
}

// newJobs is a Remote on such a hub. What it tells is kept.
func newJobs(t *testing.T, h *jobsHub) (*Remote, *[]string) {
	t.Helper()
	cred, err := hub.SASCredential(hub.ConnectionString{HostName: "hub.example", PolicyName: "iothubowner", Key: "bm90LWEtcmVhbC1rZXk="}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := hub.New("hub.example", cred, &hub.Options{Transport: transport{h}, RetryBudget: -1})
	if err != nil {
		t.Fatal(err)
	}
	r := New(c, Options{Owner: owner, Sleep: func(context.Context, time.Duration) error { return nil }})
	told := &[]string{}
	r.Via(Jobs{Store: memory{}, Tell: func(text string) { *told = append(*told, text) }})
	return r, told
}

func nothingKnown([]string) error { return nil }

// TestOneJobAtATime: a job of somebody else is waited for, also when it comes in between.
func TestOneJobAtATime(t *testing.T) {
	t.Parallel()
	h := &jobsHub{jobs: []hub.Transfer{{ID: "old", Type: "import", Status: "completed"}, {ID: "theirs", Type: "import", Status: "running"}}, busy: true}
	r, told := newJobs(t, h)
	var known []string
	id, err := r.begin(t.Context(), r.jobs.exportTo("out.txt"), func(ids []string) error {
		known = ids
		return nil
	})
	if err != nil || id != "ours-2" || h.posts != 2 {
		t.Fatalf("got job %q after %d tries (%v), want ours-2 after 2", id, h.posts, err)
	}
	if diff := cmp.Diff([]string{"old", "theirs", "quicker"}, known); diff != "" {
		t.Errorf("known jobs (-want +got):\n%s", diff)
	}
	want := []string{
		"The hub runs an import job already, theirs; waiting for it: there is one at a time",
		"The hub runs an export job already, quicker; waiting for it: there is one at a time",
	}
	if diff := cmp.Diff(want, *told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestLostJob: when the answer of a creation is lost, the job is found, not made again.
func TestLostJob(t *testing.T) {
	t.Parallel()
	h := &jobsHub{jobs: []hub.Transfer{{ID: "old", Type: "export", Status: "completed"}}, lose: true}
	r, _ := newJobs(t, h)
	id, err := r.begin(t.Context(), r.jobs.exportTo("out.txt"), nothingKnown)
	if err != nil || id != "ours-1" || h.posts != 1 {
		t.Errorf("got job %q after %d tries (%v), want ours-1 after one", id, h.posts, err)
	}
}

// TestAwait: progress is told as it grows, and a job that fails says why.
func TestAwait(t *testing.T) {
	t.Parallel()
	h := &jobsHub{fails: "the disk is full"}
	r, _ := newJobs(t, h)
	id, err := r.begin(t.Context(), r.jobs.exportTo("out.txt"), nothingKnown)
	if err != nil {
		t.Fatal(err)
	}
	var progress []int
	done, err := r.awaitJob(t.Context(), id, func(percent int) { progress = append(progress, percent) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{50, 100}, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if err := unsuccessful(done); err == nil || err.Error() != "export job ours-1: failed: the disk is full" {
		t.Errorf("got error %v", err)
	}
}

// TestFromExport: a line is the object that the twin of the same device is.
func TestFromExport(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, line, twin string }{
		{
			"device",
			`{"id":"d","eTag":"MTA=","status":"disabled","statusReason":"spare","authentication":{"symmetricKey":{"primaryKey":null,"secondaryKey":null},"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"},"twinETag":"AAAAAAAAAAE=","tags":{"b":1,"a":"x"},"properties":{"desired":{"u":{"b":[1,2],"a":null}},"reported":{"r":1}},"capabilities":{"iotEdge":false}}`,
			`{"deviceId":"d","etag":"AAAAAAAAAAE=","deviceEtag":"MTA=","status":"disabled","statusReason":"spare","authenticationType":"sas","tags":{"a":"x","b":1},"properties":{"desired":{"u":{"a":null,"b":[1,2]},"$metadata":{"$lastUpdated":"2021-07-07T20:45:23Z"},"$version":4},"reported":{"r":1,"$version":2}}}`,
		},
		{
			"edge device below another",
			`{"id":"e","eTag":"\"MTA=\"","status":"enabled","authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"ab","secondaryThumbprint":"cd"}},"twinETag":"AAAAAAAAAAE=","tags":{},"properties":{"desired":{},"reported":{}},"capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://e-1","parentScopes":["ms-azure-iot-edge://top-2"]}`,
			`{"deviceId":"e","etag":"AAAAAAAAAAE=","deviceEtag":"MTA=","status":"enabled","authenticationType":"selfSigned","x509Thumbprint":{"primaryThumbprint":"AB","secondaryThumbprint":"CD"},"capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://e-1","parentScopes":["ms-azure-iot-edge://top-2"],"properties":{"desired":{"$metadata":{},"$version":1},"reported":{}}}`,
		},
		{
			"module without a twin",
			`{"id":"d","moduleId":"m","eTag":"MTE=","status":"enabled","authentication":{"type":"sas"},"twinETag":"AAAAAAAAAAI=","properties":null}`,
			`{"deviceId":"d","moduleId":"m","etag":"AAAAAAAAAAI=","deviceEtag":"MTE=","authenticationType":"sas"}`,
		},
	}
	r := &Remote{}
	r.KeepReported([]schema.Path{{"r"}})
	for _, row := range rows {
		got, err := r.fromExport([]byte(row.line))
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		want, err := r.fromRow([]byte(row.twin))
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-twin +line):\n%s", row.name, diff)
		}
	}
}

func TestExportedLines(t *testing.T) {
	t.Parallel()
	rows := []struct{ text, want string }{
		{"# keys are left out\r\n{\"id\":\"a\"}\r\n\r\n{\"id\":\"b\"}", `{"id":"a"} {"id":"b"} `},
		{"\ufeff{\"id\":\"a\"}\n", `{"id":"a"} `},
		{"", ""},
		{"{\"id\":\"a\"}\nlost\n", `{"id":"a"} error: line 2 is not the JSON of a device`},
		{"{\"id\":\"" + strings.Repeat("a", maxExported) + "\"}", "error: bufio.Scanner: token too long"},
	}
	for _, row := range rows {
		got := ""
		for line, err := range exportedLines(strings.NewReader(row.text)) {
			if err != nil {
				got += "error: " + err.Error()
				continue
			}
			got += string(line) + " "
		}
		if got != row.want {
			t.Errorf("%.40q: got %q, want %q", row.text, got, row.want)
		}
	}
}
