package hubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func jobFacts() []Fact {
	return []Fact{
		{ID: "H300", Title: "a new job is queued and echoes what was sent", Source: "§7.1", Run: jobEcho},
		{ID: "H301", Title: "a job that does not exist is 200 and unknown", Source: "§7.1", Run: func(s *Session) {
			a := s.call(200, http.MethodGet, "/jobs/v2/"+s.jobID(), "", "")
			s.want(a, "type", `"unknown"`)
			s.want(a, "status", `"unknown"`)
		}},
		{ID: "H302", Title: "a twin job patches the twins of its condition, null deletes", Source: "§7.1", Run: twinJob},
		{ID: "H303", Title: "an id is used once: 409 JobAlreadyExists", Source: "§7.1", Run: func(s *Session) {
			s.alone()
			id := s.jobID()
			s.schedule(id, "deviceId = 'twinset-none'", "")
			s.ended(id, "completed")
			s.refused(409, "JobAlreadyExists", http.MethodPut, "/jobs/v2/"+id, twinJobBody(id, "deviceId = 'twinset-none'", ""), "")
		}},
		{ID: "H304", Title: "ids have lower-case letters, digits and hyphens, 64 at most", Source: "§7.1", Run: func(s *Session) {
			for _, id := range []string{"Upper", "under_score", strings.Repeat("a", 65)} {
				s.call(400, http.MethodPut, "/jobs/v2/"+id, twinJobBody(id, "*", ""), "")
			}
		}},
		{ID: "H305", Title: "a job starts within 168 hours", Source: "§7.1", Run: func(s *Session) {
			id := s.jobID()
			s.call(400, http.MethodPut, "/jobs/v2/"+id, twinJobBody(id, "*", s.startIn(169*time.Hour)), "")
		}},
		{ID: "H306", Title: "a second job while one waits is 429 ThrottlingMaxActiveJobCountExceeded (S1, F1)", Source: "§7.1", Run: secondJob},
		{ID: "H307", Title: "a job with a bad condition is taken, and fails", Source: "§7.1", Run: func(s *Session) {
			s.alone()
			id := s.jobID()
			s.schedule(id, "tags.x =", "")
			s.ended(id, "failed")
		}},
		{ID: "H308", Title: "a method job counts a device that is offline as failed", Source: "§7.1", Run: methodJob},
		{ID: "H309", Title: "a job that waits can be cancelled", Source: "§7.1", Run: func(s *Session) {
			s.alone()
			id := s.jobID()
			s.schedule(id, "*", s.startIn(24*time.Hour))
			s.call(200, http.MethodPost, "/jobs/v2/"+id+"/cancel", "", "")
			s.ended(id, "cancelled")
		}},
		{ID: "H310", Title: "a job that has ended cannot be cancelled: 405", Source: "§7.1", Run: func(s *Session) {
			s.alone()
			id := s.jobID()
			s.schedule(id, "deviceId = 'twinset-none'", "")
			s.ended(id, "completed")
			s.refused(405, "OperationNotAllowedInCurrentState", http.MethodPost, "/jobs/v2/"+id+"/cancel", "", "")
		}},
		{ID: "H311", Title: "jobs are listed by type and status, in pages", Source: "§7.1", Run: listJobs},
		{ID: "H312", Title: "rows of devices.jobs, DeviceJob, one for each device", Source: "§5", Run: jobRows},
		{ID: "H313", Title: "a twin job needs the etag *", Source: "§7.1", Unverified: true, Run: func(s *Session) {
			id := s.jobID()
			body := fmt.Sprintf(`{"jobId":%q,"type":"scheduleUpdateTwin","queryCondition":"*","updateTwin":{"tags":{"x":1}}}`, id)
			s.call(400, http.MethodPut, "/jobs/v2/"+id, body, "")
		}},
		{ID: "H314", Title: "the id in the body is the one of the path", Source: "§7.1", Unverified: true, Run: func(s *Session) {
			s.call(400, http.MethodPut, "/jobs/v2/"+s.jobID(), twinJobBody("other", "*", ""), "")
		}},
	}
}

// alone keeps the other facts about jobs away until this one has ended: few jobs may be active at a time (FACTS §7).
func (s *Session) alone() {
	s.client.jobs.Lock()
	s.Cleanup(s.client.jobs.Unlock)
}

func (s *Session) jobID() string { return "twinset-" + s.unique() }

// startIn is the member startTime.
func (s *Session) startIn(d time.Duration) string {
	return `,"startTime":"` + s.client.o.Now().Add(d).UTC().Format(time.RFC3339) + `"`
}

// twinJobBody is a twin update; more is further members, starting with a comma.
func twinJobBody(id, condition, more string) string {
	return fmt.Sprintf(`{"jobId":%q,"type":"scheduleUpdateTwin","queryCondition":%q,"maxExecutionTimeInSeconds":60,`+
		`"updateTwin":{"etag":"*","tags":{"job":%q,"old":null}}%s}`, id, condition, id, more)
}

// schedule puts a twin update and sees to it that it is over in the end.
func (s *Session) schedule(id, condition, more string) answer {
	s.Helper()
	s.Cleanup(func() {
		if _, err := s.client.do(request{method: http.MethodPost, path: "/jobs/v2/" + id + "/cancel"}); err != nil {
			s.Logf("cancel job %s: %v", id, err)
		}
	})
	return s.call(200, http.MethodPut, "/jobs/v2/"+id, twinJobBody(id, condition, more), "")
}

// ended waits for a job, whose end must have a status.
func (s *Session) ended(id, status string) answer {
	s.Helper()
	return s.poll("/jobs/v2/"+id, status)
}

// poll reads a job until it has ended.
func (s *Session) poll(path, status string) answer {
	s.Helper()
	deadline := s.client.o.Now().Add(5 * time.Minute)
	for {
		a := s.call(200, http.MethodGet, path, "", "")
		switch got := s.text(a, "status"); got {
		case status:
			return a
		case "completed", "failed", "cancelled":
			s.Fatalf("got a job that is %s, want it %s; body %.300s", got, status, a.body)
		}
		if s.client.o.Now().After(deadline) {
			s.Fatalf("got %.300s, want it %s by now", a.body, status)
		}
		if s.client.o.Live {
			s.client.o.Wait(2 * time.Second)
		}
	}
}

func jobEcho(s *Session) {
	s.alone()
	id := s.jobID()
	a := s.schedule(id, "tags.x = 'y'", s.startIn(time.Hour))
	for path, want := range map[string]string{
		"jobId": `"` + id + `"`, "type": `"scheduleUpdateTwin"`, "status": `"queued"`, "queryCondition": `"tags.x = 'y'"`,
		"maxExecutionTimeInSeconds": "60", "updateTwin/etag": `"*"`,
	} {
		s.want(a, path, want)
	}
	s.want(s.call(200, http.MethodGet, "/jobs/v2/"+id, "", ""), "status", `"queued"`)
}

func twinJob(s *Session) {
	s.alone()
	in, out, id := s.device(), s.device(), s.jobID()
	for _, d := range []string{in, out} {
		s.patch(d, `{"tags":{"old":"x","keep":1}}`)
	}
	condition := "deviceId = '" + in + "'"
	s.indexed("SELECT * FROM devices WHERE "+condition+" AND tags.old = 'x'", 1)
	s.schedule(id, condition, "")
	a := s.ended(id, "completed")
	s.want(a, "deviceJobStatistics/deviceCount", "1")
	s.want(a, "deviceJobStatistics/succeededCount", "1")
	s.text(a, "endTime")
	patched := s.call(200, http.MethodGet, twinPath(in), "", "")
	s.want(patched, "tags/job", `"`+id+`"`)
	s.want(patched, "tags/keep", "1")
	s.want(patched, "tags/old", "")
	s.want(s.call(200, http.MethodGet, twinPath(out), "", ""), "tags/job", "")
}

func secondJob(s *Session) {
	s.alone()
	id := s.jobID()
	s.schedule(s.jobID(), "*", s.startIn(time.Hour))
	// once: this 429 is the answer, not a throttle to wait for
	a, err := s.client.once(request{method: http.MethodPut, path: "/jobs/v2/" + id, body: twinJobBody(id, "*", "")})
	if err != nil {
		s.Fatal(err)
	}
	s.wantStatus(a, 429)
	s.wantName(a, "ThrottlingMaxActiveJobCountExceeded")
}

func methodJob(s *Session) {
	s.alone()
	device, id := s.device(), s.jobID()
	s.indexed("SELECT * FROM devices WHERE deviceId = '"+device+"'", 1)
	body := fmt.Sprintf(`{"jobId":%q,"type":"scheduleDeviceMethod","queryCondition":"deviceId = '%s'","maxExecutionTimeInSeconds":60,`+
		`"cloudToDeviceMethod":{"methodName":"x","payload":{"a":1},"responseTimeoutInSeconds":5}}`, id, device)
	a := s.call(200, http.MethodPut, "/jobs/v2/"+id, body, "")
	s.want(a, "cloudToDeviceMethod/methodName", `"x"`)
	a = s.ended(id, "completed")
	s.want(a, "deviceJobStatistics/failedCount", "1")
	s.want(a, "deviceJobStatistics/succeededCount", "0")
}

func listJobs(s *Session) {
	s.alone()
	first, second, waits := s.jobID(), s.jobID(), s.jobID()
	for _, id := range []string{first, second} {
		s.schedule(id, "deviceId = 'twinset-none'", "")
		s.ended(id, "completed")
	}
	s.schedule(waits, "*", s.startIn(time.Hour))
	listed := s.jobList("&jobType=scheduleUpdateTwin&jobStatus=completed")
	if listed[first] != 1 || listed[second] != 1 || listed[waits] != 0 {
		s.Fatalf("got %v, want %s and %s once, and not %s", listed, first, second, waits)
	}
	if listed = s.jobList("&jobStatus=queued"); listed[waits] != 1 || listed[first] != 0 {
		s.Fatalf("got %v, want %s alone", listed, waits)
	}
}

// jobList counts the ids of a list that is read a job at a time.
func (s *Session) jobList(query string) map[string]int {
	s.Helper()
	ids := map[string]int{}
	for token := ""; ; {
		header := map[string]string{"x-ms-max-item-count": "1"}
		if token != "" {
			header["x-ms-continuation"] = token
		}
		a := s.send(request{method: http.MethodGet, path: "/jobs/v2/query", query: "api-version=" + apiVersion + query, header: header})
		s.wantStatus(a, 200)
		var page []struct{ JobID string }
		if err := json.Unmarshal(a.body, &page); err != nil {
			s.Fatalf("%s: %v", a.body, err)
		}
		for _, j := range page {
			ids[j.JobID]++
		}
		if token = a.header.Get("x-ms-continuation"); token == "" {
			return ids
		}
	}
}

func jobRows(s *Session) {
	s.alone()
	device, id := s.device(), s.jobID()
	s.indexed("SELECT * FROM devices WHERE deviceId = '"+device+"'", 1)
	s.schedule(id, "deviceId = '"+device+"'", "")
	s.ended(id, "completed")
	query := "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '" + id + "'"
	row := s.indexed(query, 1)[0]
	got := s.names([]byte(row))
	if want := "deviceId jobId jobType status startTimeUtc endTimeUtc createdDateTimeUtc lastUpdatedDateTimeUtc"; got != want {
		s.Fatalf("got members %s, want %s", got, want)
	}
	for path, want := range map[string]string{
		"deviceId": `"` + device + `"`, "jobId": `"` + id + `"`, "jobType": `"scheduleUpdateTwin"`, "status": `"completed"`,
	} {
		s.want(answer{body: []byte(row)}, path, want)
	}
	if got := s.page(query, 10, "").header.Get("x-ms-item-type"); got != "DeviceJob" {
		s.Fatalf("got x-ms-item-type %q, want DeviceJob", got)
	}
	s.call(400, http.MethodPost, "/devices/query", `{"query":"SELECT deviceId FROM devices.jobs"}`, "")
}
