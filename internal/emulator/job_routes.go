package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/twinset/twinset/internal/emulator/query"
)

// jobInput is the body of PUT /jobs/v2/{id}.
type jobInput struct {
	JobID                     *string         `json:"jobId"`
	Type                      string          `json:"type"`
	QueryCondition            string          `json:"queryCondition"`
	StartTime                 *string         `json:"startTime"`
	MaxExecutionTimeInSeconds looseInt        `json:"maxExecutionTimeInSeconds"`
	UpdateTwin                json.RawMessage `json:"updateTwin"`
	CloudToDeviceMethod       json.RawMessage `json:"cloudToDeviceMethod"`
}

func jobNotFound(id string) *fault {
	return &fault{status: http.StatusNotFound, code: 404002, name: "JobNotFound", text: fmt.Sprintf("There is no job '%s'.", id)}
}

// notInThisState is the answer to the cancellation of a job that cannot be cancelled any more (FACTS §7.1).
func notInThisState(id, status string) *fault {
	return &fault{
		status: http.StatusMethodNotAllowed, code: 405102, name: "OperationNotAllowedInCurrentState",
		text: fmt.Sprintf("The job '%s' is %s.", id, status),
	}
}

// putJob is PUT /jobs/v2/{id} (FACTS §7.1). It never runs the job itself: what comes back is queued.
func (h *Hub) putJob(c *call) (reply, *fault) {
	id := c.args[0]
	var in jobInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	if in.JobID != nil && *in.JobID != id {
		return reply{}, invalid("jobId in the body must be the one in the path") // unverified
	}
	j, err := in.job(id, c.now)
	if err != nil {
		return reply{}, err
	}
	if h.store.jobs.scheduled[id] != nil {
		return reply{}, &fault{
			status: http.StatusConflict, code: 409104, name: "JobAlreadyExists",
			text: fmt.Sprintf("A job with ID '%s' already exists.", id),
		}
	}
	if h.store.jobs.active() >= maxActiveJobs {
		return reply{}, &fault{
			status: http.StatusTooManyRequests, code: 429004, name: "ThrottlingMaxActiveJobCountExceeded",
			text: fmt.Sprintf("The maximum of %d active jobs has been reached.", maxActiveJobs),
		}
	}
	h.store.putJob(j)
	return ok(encode(j.doc())), nil
}

// job checks what was sent. A condition that is no condition is accepted, and makes the job fail later (FACTS §7.1).
func (in *jobInput) job(id string, now ticks) (*job, *fault) {
	if err := checkJobID(id); err != nil {
		return nil, err
	}
	start, err := in.start(now)
	if err != nil {
		return nil, err
	}
	if in.MaxExecutionTimeInSeconds.value < 0 {
		return nil, invalid("maxExecutionTimeInSeconds must not be negative")
	}
	j := &job{
		id: id, condition: in.QueryCondition, created: now, start: start, status: jobQueued,
		limit: int64(in.MaxExecutionTimeInSeconds.value),
	}
	if c, err := query.ParseCondition(j.condition); err == nil && c.Source != query.Devices {
		return nil, notEmulated("a job on modules")
	}
	switch {
	case strings.EqualFold(in.Type, jobUpdateTwin):
		j.kind, j.update = jobUpdateTwin, in.UpdateTwin
		return j, checkJobUpdate(in.UpdateTwin)
	case strings.EqualFold(in.Type, jobDeviceMethod):
		j.kind, j.method = jobDeviceMethod, in.CloudToDeviceMethod
		_, err := parseMethod(in.CloudToDeviceMethod)
		return j, err
	}
	return nil, invalid(fmt.Sprintf("type '%s' is neither %s nor %s", in.Type, jobUpdateTwin, jobDeviceMethod))
}

// checkJobID takes what was seen to be taken (FACTS §7.1).
func checkJobID(id string) *fault {
	if len(id) > maxJobID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-'") != "" {
		return invalid(fmt.Sprintf("jobId must have 1 to %d lower-case letters, digits and hyphens", maxJobID))
	}
	return nil
}

// start is the time at which the job is due: at once when none is given, or one that is over.
func (in *jobInput) start(now ticks) (ticks, *fault) {
	if in.StartTime == nil || *in.StartTime == "" {
		return now, nil
	}
	start, err := time.Parse(time.RFC3339Nano, *in.StartTime)
	if err != nil {
		start, err = time.Parse("2006-01-02T15:04:05.999999999", *in.StartTime) // without a zone: UTC
	}
	if err != nil {
		return 0, invalid(fmt.Sprintf("startTime '%s' is not a time", *in.StartTime))
	}
	if toTicks(start) > now+jobsAheadTicks {
		return 0, invalid(fmt.Sprintf("startTime must be within %d hours", int(maxJobAhead.Hours())))
	}
	return max(now, toTicks(start)), nil
}

// checkJobUpdate demands the etag "*" (FACTS §7.1). What the patch does to a twin shows when the job runs.
func checkJobUpdate(update json.RawMessage) *fault {
	var in struct{ ETag string }
	if err := json.Unmarshal(update, &in); err != nil {
		return badRequest()
	}
	if in.ETag != "*" {
		return invalid(`updateTwin must have the etag "*"`)
	}
	_, err := parseTwinWrite(update)
	return err
}

// getJob is GET /jobs/v2/{id}. A job that does not exist is unknown, and no error (FACTS §7.1).
func (h *Hub) getJob(c *call) (reply, *fault) {
	j := h.store.jobs.scheduled[c.args[0]]
	if j == nil {
		return ok(encode(jobDoc{JobID: c.args[0], Type: "unknown", Status: "unknown"})), nil
	}
	return ok(encode(j.doc())), nil
}

// cancelJob is POST /jobs/v2/{id}/cancel. On the service the next GET may still show the job as it was (FACTS §7.1).
func (h *Hub) cancelJob(c *call) (reply, *fault) {
	live := h.store.jobs.scheduled[c.args[0]]
	if live == nil {
		return reply{}, jobNotFound(c.args[0])
	}
	if live.status != jobQueued {
		return reply{}, notInThisState(live.id, live.status)
	}
	j := *live
	j.status, j.end = jobCancelled, c.now
	h.store.putJob(&j)
	return ok(encode(j.doc())), nil
}

// queryJobs is GET /jobs/v2/query?jobType=&jobStatus= (FACTS §7.1). The order of jobs, here by id, is unverified.
func (h *Hub) queryJobs(c *call) (reply, *fault) {
	kind, status := c.query.Get("jobType"), c.query.Get("jobStatus")
	size, asked := pageSize(c.header.Get("x-ms-max-item-count")), "jobs "+kind+" "+status
	var at cursor
	if token := c.header.Get("x-ms-continuation"); token != "" {
		var err error
		if at, err = readContinuation(token, asked, size, 0); err != nil {
			return reply{}, badRequest()
		}
	}
	rep, docs := reply{status: http.StatusOK}, []jobDoc{}
	for _, j := range h.store.jobs.sorted() {
		if j.id <= at.key || kind != "" && !strings.EqualFold(kind, j.kind) || status != "" && !strings.EqualFold(status, j.status) {
			continue
		}
		if len(docs) == size {
			rep.continuation = makeContinuation(asked, size, cursor{key: docs[size-1].JobID})
			break
		}
		docs = append(docs, j.doc())
	}
	rep.body, rep.items = encode(docs), len(docs)
	return rep, nil
}
