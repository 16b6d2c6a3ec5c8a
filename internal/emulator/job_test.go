package emulator

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// jobRig is a hub whose clock the test moves.
type jobRig struct {
	*rig
	now time.Time
}

func newJobRig(t *testing.T) *jobRig {
	t.Helper()
	r := &jobRig{now: noon}
	r.rig = openRig(t, Options{Now: func() time.Time { return r.now }})
	return r
}

// seenJob is what a test looks at.
type seenJob struct {
	JobID, Type, Status, FailureReason, StartTime, EndTime, QueryCondition string
	DeviceJobStatistics                                                    *jobStatistics
}

func readJob(tb testing.TB, body string) seenJob {
	tb.Helper()
	var j seenJob
	if err := json.Unmarshal([]byte(body), &j); err != nil {
		tb.Fatal(err)
	}
	return j
}

func (r *jobRig) job(id string) seenJob {
	r.Helper()
	return readJob(r, r.must(200, "GET", "/jobs/v2/"+id, ""))
}

// schedule puts a twin update; more is further members, starting with a comma.
func (r *jobRig) schedule(id, condition, more string) string {
	r.Helper()
	return r.must(200, "PUT", "/jobs/v2/"+id, updateJob(id, condition, more))
}

func updateJob(id, condition, more string) string {
	return fmt.Sprintf(`{"jobId":%q,"type":"scheduleUpdateTwin","queryCondition":%q,"updateTwin":{"etag":"*","tags":{"job":1,"old":null}}%s}`,
		id, condition, more)
}

func TestTwinJob(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	for _, id := range []string{"a", "b", "c"} {
		r.device(id)
		r.must(200, "PATCH", "/twins/"+id, `{"tags":{"old":"x"}}`)
	}
	created := r.schedule("j", "deviceId != 'b'", "")
	want := `{"jobId":"j","queryCondition":"deviceId != 'b'","createdTime":"2026-03-01T12:00:00.1234567Z","startTime":"2026-03-01T12:00:00.1234567Z",` +
		`"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"job":1,"old":null}},"status":"queued",` +
		`"deviceJobStatistics":{"deviceCount":0,"failedCount":0,"succeededCount":0,"runningCount":0,"pendingCount":0}}`
	if created != want {
		t.Errorf("got %s\nwant %s", created, want)
	}
	if got := r.job("j"); got.Status != "completed" || *got.DeviceJobStatistics != (jobStatistics{Devices: 2, Succeeded: 2}) {
		t.Errorf("got %+v with %+v, want it completed on two devices", got, *got.DeviceJobStatistics)
	}
	for id, want := range map[string]string{"a": `"tags":{"job":1}`, "b": `"tags":{"old":"x"}`, "c": `"tags":{"job":1}`} {
		if got := r.must(200, "GET", "/twins/"+id, ""); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestJobWaitsForItsTime(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	r.device("a")
	r.schedule("later", "*", `,"startTime":"2026-03-01T13:00:00Z"`)
	if got := r.job("later"); got.Status != "queued" || got.EndTime != "" {
		t.Errorf("got %+v, want it queued", got)
	}
	if w := r.ask("PUT", "/jobs/v2/second", updateJob("second", "*", "")); w.Code != 429 || w.Header().Get("iothub-errorcode") != "ThrottlingMaxActiveJobCountExceeded" {
		t.Errorf("got %d %s for a second active job", w.Code, w.Body)
	}
	r.now = r.now.Add(time.Hour)
	if got := r.job("later"); got.Status != "completed" || got.StartTime != "2026-03-01T13:00:00.1234567Z" {
		t.Errorf("got %+v, want it completed when it was due", got)
	}
	r.schedule("second", "*", "")
	r.now = r.now.Add(31 * 24 * time.Hour)
	if got := r.job("later"); got.Status != "unknown" {
		t.Errorf("got %+v after 31 days, want it forgotten", got)
	}
}

func TestJobIsCancelled(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	r.device("a")
	r.schedule("j", "*", `,"startTime":"2026-03-01T12:30:00"`)
	if got := readJob(t, r.must(200, "POST", "/jobs/v2/j/cancel", "")); got.Status != "cancelled" {
		t.Errorf("got %+v, want it cancelled", got)
	}
	r.now = r.now.Add(time.Hour)
	if got := r.job("j"); got.Status != "cancelled" {
		t.Errorf("got %+v when it would have been due, want it cancelled", got)
	}
	if got := r.must(200, "GET", "/twins/a", ""); strings.Contains(got, `"job"`) {
		t.Errorf("got %s, want a twin without the job's tag", got)
	}
	r.must(405, "POST", "/jobs/v2/j/cancel", "")
	r.must(404, "POST", "/jobs/v2/none/cancel", "")
}

func TestJobRefusals(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	rows := []struct {
		name, id, body, want string
		status               int
	}{
		{"no JSON", "j", "{", "ArgumentInvalid", 400},
		{"other id", "j", updateJob("k", "*", ""), "jobId in the body", 400},
		{"capitals in the id", "J", updateJob("J", "*", ""), "lower-case", 400},
		{"long id", strings.Repeat("a", 65), updateJob(strings.Repeat("a", 65), "*", ""), "lower-case", 400},
		{"no type", "j", `{}`, "type ''", 400},
		{"no etag", "j", `{"type":"scheduleUpdateTwin","updateTwin":{"tags":{}}}`, "etag", 400},
		{"no patch", "j", `{"type":"scheduleUpdateTwin"}`, "BadRequest", 400},
		{"patch is no object", "j", `{"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":1}}`, "must be an object", 400},
		{"no method", "j", `{"type":"scheduleDeviceMethod"}`, "BadRequest", 400},
		{"method without a name", "j", `{"type":"scheduleDeviceMethod","cloudToDeviceMethod":{}}`, "methodName", 400},
		{"start is no time", "j", updateJob("j", "*", `,"startTime":"soon"`), "not a time", 400},
		{"start too far ahead", "j", updateJob("j", "*", `,"startTime":"2026-03-08T12:00:01Z"`), "168 hours", 400},
		{"negative time", "j", updateJob("j", "*", `,"maxExecutionTimeInSeconds":-1`), "negative", 400},
		{"modules", "j", updateJob("j", "from devices.modules where moduleId = 'm'", ""), "not emulated: a job on modules", 501},
	}
	for _, row := range rows {
		if w := r.ask("PUT", "/jobs/v2/"+row.id, row.body); w.Code != row.status || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: got %d %s, want %d with %q", row.name, w.Code, w.Body, row.status, row.want)
		}
	}
	r.schedule("j", "*", "")
	if w := r.ask("PUT", "/jobs/v2/j", updateJob("j", "*", "")); w.Code != 409 || w.Header().Get("iothub-errorcode") != "JobAlreadyExists" {
		t.Errorf("got %d %s for a second job of the same id", w.Code, w.Body)
	}
	r.must(400, "GET", "/jobs/v2/query?api-version=2021-04-12", "", "x-ms-continuation", "nonsense")
}

// must of a jobRig may send a header.
func (r *jobRig) must(status int, method, path, body string, header ...string) string {
	r.Helper()
	if len(header) == 2 {
		return r.with(header[0], header[1]).must(status, method, path, body)
	}
	return r.rig.must(status, method, path, body)
}

// A condition that is none, and a patch that a twin refuses, show when the job has run (FACTS §7.1).
func TestJobFailures(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	r.device("a")
	for id, condition := range map[string]string{"bad": "tags.x =", "empty": ""} {
		r.schedule(id, condition, "")
		if got := r.job(id); got.Status != "failed" || got.FailureReason == "" {
			t.Errorf("%s: got %+v, want it failed with a reason", id, got)
		}
	}
	r.must(200, "PUT", "/jobs/v2/refused", `{"type":"scheduleUpdateTwin","queryCondition":"*","updateTwin":{"etag":"*","tags":{"a b":1}}}`)
	if got := r.job("refused"); got.Status != "completed" || *got.DeviceJobStatistics != (jobStatistics{Devices: 1, Failed: 1}) {
		t.Errorf("got %+v with %+v, want one failed device", got, *got.DeviceJobStatistics)
	}
	body, _ := r.query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'refused' AND devices.jobs.status = 'failed'", 10, "")
	if !strings.Contains(body, `"error":{"code":"ArgumentInvalid","description":"`) {
		t.Errorf("got rows %s, want one with an error", body)
	}
}

func TestJobQueries(t *testing.T) {
	t.Parallel()
	r := newJobRig(t)
	for i := range 3 {
		r.device(fmt.Sprint("d", i))
	}
	for i := range 5 {
		r.schedule(fmt.Sprint("j", i), "*", "")
	}
	r.schedule("last", "*", `,"startTime":"2026-03-02T00:00:00Z"`)
	for query, want := range map[string]string{
		"": "j0 j1 j2 j3 j4 last", "&jobStatus=queued": "last", "&jobStatus=Completed&jobType=scheduleUpdateTwin": "j0 j1 j2 j3 j4",
		"&jobType=scheduleDeviceMethod": "",
	} {
		if got := r.pages(t, query); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	var rows []string
	token := ""
	for {
		body, next := r.query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId IN ['j1', 'j3'] AND devices.jobs.createdTimeUtc > '2026'", 4, token)
		var page []struct{ JobID, DeviceID string }
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, row := range page {
			rows = append(rows, row.JobID+"/"+row.DeviceID)
		}
		if token = next; token == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"j1/d0", "j1/d1", "j1/d2", "j3/d0", "j3/d1", "j3/d2"}, rows); diff != "" {
		t.Errorf("rows of devices.jobs (-want +got):\n%s", diff)
	}
}

// pages lists jobs two at a time.
func (r *jobRig) pages(t *testing.T, query string) string {
	t.Helper()
	var ids []string
	for token := ""; ; {
		asked := r.with("x-ms-max-item-count", "2")
		if token != "" {
			asked = asked.with("x-ms-continuation", token)
		}
		w := asked.ask("GET", "/jobs/v2/query?api-version=2021-04-12"+query, "")
		var page []seenJob
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
		if len(page) > 2 {
			t.Errorf("got %d jobs on a page, want 2 at most", len(page))
		}
		for _, j := range page {
			ids = append(ids, j.JobID)
		}
		if token = w.Header().Get("x-ms-continuation"); token == "" {
			return strings.Join(ids, " ")
		}
	}
}

func methodJob(condition, more string) string {
	return fmt.Sprintf(`{"type":"scheduleDeviceMethod","queryCondition":%q,`+
		`"cloudToDeviceMethod":{"methodName":"x","payload":{"a":1},"responseTimeoutInSeconds":20,"connectTimeoutInSeconds":10}%s}`, condition, more)
}

func TestMethodJob(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"answers", "refuses", "silent", "offline", "other"} {
		s.device(id)
	}
	answers, refuses := s.connect("answers").subscribe(0, methods), s.connect("refuses").subscribe(1, methods)
	silent := s.connect("silent").subscribe(0, methods)
	created := s.must(200, "PUT", "/jobs/v2/j", methodJob("deviceId != 'other'", ""))
	if !strings.Contains(created, `"payload":[123,34,97,34,58,49,125]`) {
		t.Errorf("got %s, want the payload as bytes (FACTS §7.1)", created)
	}
	get := func() seenJob { t.Helper(); return readJob(t, s.must(200, "GET", "/jobs/v2/j", "")) }
	if got := get(); got.Status != "running" || *got.DeviceJobStatistics != (jobStatistics{Devices: 4, Running: 3, Pending: 1}) {
		t.Errorf("got %+v with %+v, want three calls under way", got, *got.DeviceJobStatistics)
	}
	answers.publish(0, strings.Replace(answers.wantCall("x", `{"a":1}`), "%", "207", 1), `{"ok":true}`)
	refuses.publish(0, strings.Replace(refuses.wantCall("x", `{"a":1}`), "%", "200", 1), `{`)
	silent.wantCall("x", `{"a":1}`)
	s.waitFor(func() bool { return get().DeviceJobStatistics.Running == 1 })
	s.must(405, "POST", "/jobs/v2/j/cancel", "")
	s.clock.advance(10 * time.Second)
	if got := get(); got.Status != "running" || *got.DeviceJobStatistics != (jobStatistics{Devices: 4, Failed: 2, Succeeded: 1, Running: 1}) {
		t.Errorf("got %+v with %+v, want the device that is offline failed", got, *got.DeviceJobStatistics)
	}
	s.clock.advance(10 * time.Second)
	if got := get(); got.Status != "completed" || *got.DeviceJobStatistics != (jobStatistics{Devices: 4, Failed: 3, Succeeded: 1}) {
		t.Errorf("got %+v with %+v, want it completed", got, *got.DeviceJobStatistics)
	}
	body, _ := s.query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j' AND devices.jobs.outcome.deviceMethodResponse.status = 207", 10, "")
	if !strings.Contains(body, `"deviceId":"answers"`) || !strings.Contains(body, `"outcome":{"deviceMethodResponse":{"status":207,"payload":{"ok":true}}}`) {
		t.Errorf("got %s, want the outcome of the device that answered", body)
	}
	for id, code := range map[string]string{"offline": "DeviceNotOnline", "silent": "GatewayTimeout", "refuses": "ArgumentInvalid"} {
		body, _ := s.query("SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = '"+id+"'", 10, "")
		if !strings.Contains(body, `"error":{"code":"`+code+`"`) {
			t.Errorf("%s: got %s, want the error %s", id, body, code)
		}
	}
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	if n := len(s.hub.devices.calls) + len(s.hub.devices.jobs); n != 0 {
		t.Errorf("got %d calls left behind", n)
	}
}

func TestMethodJobTakesTooLong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("a")
	d := s.connect("a").subscribe(0, methods)
	s.must(200, "PUT", "/jobs/v2/j", methodJob("*", `,"maxExecutionTimeInSeconds":5`))
	s.must(200, "GET", "/jobs/v2/j", "")
	d.wantCall("x", `{"a":1}`)
	s.clock.advance(5 * time.Second)
	got := readJob(t, s.must(200, "GET", "/jobs/v2/j", ""))
	if got.Status != "failed" || got.DeviceJobStatistics.Failed != 1 || !strings.Contains(got.FailureReason, "maxExecutionTimeInSeconds") {
		t.Errorf("got %+v, want it failed", got)
	}
}

func TestJobsSurvive(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := openRig(t, Options{DataDir: dir, Now: func() time.Time { return noon }})
	r.device("a")
	r.must(200, "PUT", "/jobs/v2/done", updateJob("done", "*", ""))
	r.must(200, "GET", "/jobs/v2/done", "")
	r.must(200, "PUT", "/jobs/v2/waits", updateJob("waits", "*", `,"startTime":"2026-03-02T00:00:00Z"`))
	r.hub.mu.Lock()
	r.hub.store.putJob(&job{id: "running", kind: jobDeviceMethod, status: jobRunning, start: toTicks(noon)})
	r.hub.store.putJob(&job{id: "gone", kind: jobUpdateTwin, status: jobCompleted, end: toTicks(noon)})
	r.hub.store.removeJob("gone")
	r.hub.store.putTransfer(&transfer{id: "export", kind: jobExport, status: jobRunning, output: "secret", start: toTicks(noon)})
	r.hub.store.putTransfer(&transfer{id: "gone", kind: jobExport, status: jobCompleted, end: toTicks(noon)})
	r.hub.store.removeTransfer("gone")
	r.hub.mu.Unlock()
	seen := func(r *rig) string {
		t.Helper()
		rows, _ := r.query("SELECT * FROM devices.jobs", 100, "")
		all := r.must(200, "GET", "/jobs/v2/query", "") // the job that was running has failed by now
		return r.must(200, "GET", "/jobs/v2/done", "") + r.must(200, "GET", "/jobs/v2/waits", "") + rows + all + r.must(200, "GET", "/jobs", "")
	}
	fromJournal := seen(crashed(t, dir, nil))
	for _, part := range []string{`"jobId":"done"`, `"status":"queued"`, `"succeededCount":1`, `"failureReason":"` + interrupted, `"type":"export","status":"failed"`} {
		if !strings.Contains(fromJournal, part) {
			t.Errorf("from the journal: got %s, want it to contain %s", fromJournal, part)
		}
	}
	if strings.Contains(fromJournal, "gone") {
		t.Errorf("got %s, want no job that was removed", fromJournal)
	}
	if err := r.hub.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := seen(crashed(t, dir, nil)); got != fromJournal {
		t.Errorf("from the snapshot: got %s\nwant %s", got, fromJournal)
	}
}
