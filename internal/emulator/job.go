package emulator

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Types of scheduled jobs (FACTS §7.1).
const (
	jobUpdateTwin   = "scheduleUpdateTwin"
	jobDeviceMethod = "scheduleDeviceMethod"
)

// States of scheduled jobs and of import and export jobs. The service also has scheduled, of which it is unverified what
// sets it apart from queued.
const (
	jobQueued    = "queued"
	jobEnqueued  = "enqueued" // what queued is for imports and exports (FACTS §7.2)
	jobRunning   = "running"
	jobCompleted = "completed"
	jobFailed    = "failed"
	jobCancelled = "cancelled"
)

// States of one device in a job.
const (
	rowPending   = "pending"
	rowRunning   = "running"
	rowCompleted = "completed"
	rowFailed    = "failed"
)

// Limits of jobs (FACTS §7.1, [QUOTA] for the history). One active job is what the tiers F1 and S1 have.
const (
	maxJobID       = 64
	maxJobAhead    = 168 * time.Hour
	maxActiveJobs  = 1
	jobsKept       = 30 * 24 * time.Hour
	ticksPerUnit   = time.Second / ticksPerSecond
	jobsKeptTicks  = ticks(jobsKept / ticksPerUnit)
	jobsAheadTicks = ticks(maxJobAhead / ticksPerUnit)
)

// job is a scheduled job. It is never changed once it is in the store; a write puts a copy in its place.
type job struct {
	id, kind, condition string

	update  json.RawMessage // updateTwin as it was sent
	method  json.RawMessage // cloudToDeviceMethod as it was sent
	created ticks
	start   ticks // when it is due, later when it began
	end     ticks // 0 until it ended
	limit   int64 // maxExecutionTimeInSeconds, 0 for none
	status  string
	failure string
	rows    []jobRow // by device id
}

func (j *job) finished() bool { return finished(j.status) }

func finished(status string) bool {
	return status == jobCompleted || status == jobFailed || status == jobCancelled
}

// jobs is everything that runs by itself. next is when there is something to do.
type jobs struct {
	scheduled map[string]*job
	transfers map[string]*transfer
	next      ticks
}

func (js *jobs) sorted() []*job {
	all := make([]*job, 0, len(js.scheduled))
	for _, id := range slices.Sorted(maps.Keys(js.scheduled)) {
		all = append(all, js.scheduled[id])
	}
	return all
}

func (js *jobs) due(now ticks) bool {
	return len(js.scheduled)+len(js.transfers) > 0 && now >= js.next
}

// plan finds out when the next job is due, or forgotten.
func (js *jobs) plan(now ticks) {
	js.next = now + jobsKeptTicks
	for _, j := range js.scheduled {
		js.next = min(js.next, j.duty(now))
	}
	for _, t := range js.transfers {
		if t.finished() {
			js.next = min(js.next, t.end+jobsKeptTicks)
		}
	}
}

// duty is when there is something to do for the job.
func (j *job) duty(now ticks) ticks {
	switch {
	case j.finished():
		return j.end + jobsKeptTicks
	case j.status == jobRunning:
		return now
	}
	return j.start
}

// active counts the jobs that take up one of the few places; one that waits for its time does (FACTS §7.1).
func (js *jobs) active() int {
	n := 0
	for _, j := range js.scheduled {
		if !j.finished() {
			n++
		}
	}
	return n
}

// jobStatistics are the counters of a job.
type jobStatistics struct {
	Devices   int `json:"deviceCount"`
	Failed    int `json:"failedCount"`
	Succeeded int `json:"succeededCount"`
	Running   int `json:"runningCount"`
	Pending   int `json:"pendingCount"`
}

func (j *job) statistics() jobStatistics {
	s := jobStatistics{Devices: len(j.rows)}
	for i := range j.rows {
		switch j.rows[i].Status {
		case rowFailed:
			s.Failed++
		case rowCompleted:
			s.Succeeded++
		case rowRunning:
			s.Running++
		default:
			s.Pending++
		}
	}
	return s
}

// jobDoc is a job as the service shows it, in the order of FACTS §7.1. That members without a value are left out is
// unverified.
type jobDoc struct {
	JobID      string          `json:"jobId"`
	Condition  string          `json:"queryCondition,omitempty"`
	Created    string          `json:"createdTime,omitempty"`
	Start      string          `json:"startTime,omitempty"`
	End        string          `json:"endTime,omitempty"`
	Limit      int64           `json:"maxExecutionTimeInSeconds,omitempty"`
	Type       string          `json:"type"`
	Method     json.RawMessage `json:"cloudToDeviceMethod,omitempty"`
	Update     json.RawMessage `json:"updateTwin,omitempty"`
	Status     string          `json:"status"`
	Failure    string          `json:"failureReason,omitempty"`
	Statistics *jobStatistics  `json:"deviceJobStatistics,omitempty"`
}

func (j *job) doc() jobDoc {
	statistics := j.statistics()
	d := jobDoc{
		JobID: j.id, Condition: j.condition, Created: j.created.format(trimmedTime), Start: j.start.format(trimmedTime),
		Limit: j.limit, Type: j.kind, Method: echoMethod(j.method), Update: j.update, Status: j.status, Failure: j.failure,
		Statistics: &statistics,
	}
	if j.end != 0 {
		d.End = j.end.format(trimmedTime)
	}
	return d
}

// echoMethod shows the payload as an array of bytes, as the service does (FACTS §7.1). That these are numbers, and the
// bytes of the payload's JSON, is unverified.
func echoMethod(method json.RawMessage) json.RawMessage {
	if method == nil {
		return nil
	}
	tree, err := parseTree(method)
	if err != nil {
		return nil // it was checked when it came
	}
	for i := range tree.kids {
		if tree.kids[i].name == "payload" {
			tree.kids[i].value = byteArray(tree.kids[i].value.append(nil))
		}
	}
	return tree.append(nil)
}

func byteArray(raw []byte) node {
	n := node{kind: array}
	for _, b := range raw {
		n.kids = append(n.kids, member{value: node{kind: number, text: string(appendInt(nil, int64(b)))}})
	}
	return n
}
