package emulator

import (
	"encoding/json"
	"iter"

	"github.com/twinset/twinset/internal/emulator/query"
)

// jobRow is what a job did to one device.
type jobRow struct {
	DeviceID string          `json:"deviceId"`
	Status   string          `json:"status"`
	Start    ticks           `json:"start,omitempty"`
	End      ticks           `json:"end,omitempty"`
	Updated  ticks           `json:"updated"`
	Outcome  json.RawMessage `json:"outcome,omitempty"` // what the device answered to a method
	Error    *jobError       `json:"error,omitempty"`
}

// jobError is why a device failed. Its members are those of Microsoft's C# client; the values are unverified.
type jobError struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

func (r *jobRow) done(now ticks, outcome json.RawMessage, err *fault) {
	r.Status, r.End, r.Updated, r.Outcome = rowCompleted, now, now, outcome
	if err != nil {
		r.Status, r.Error = rowFailed, &jobError{err.name, err.text}
	}
}

// jobView is a row of devices.jobs.
type jobView struct {
	job *job
	row *jobRow
}

type jobRowDoc struct {
	DeviceID string          `json:"deviceId"`
	JobID    string          `json:"jobId"`
	JobType  string          `json:"jobType"`
	Status   string          `json:"status"`
	Start    string          `json:"startTimeUtc"`
	End      string          `json:"endTimeUtc"`
	Created  string          `json:"createdDateTimeUtc"`
	Updated  string          `json:"lastUpdatedDateTimeUtc"`
	Outcome  json.RawMessage `json:"outcome,omitempty"`
	Error    *jobError       `json:"error,omitempty"`
}

func (v jobView) doc() jobRowDoc {
	return jobRowDoc{
		DeviceID: v.row.DeviceID, JobID: v.job.id, JobType: v.job.kind, Status: v.row.Status,
		Start: v.row.Start.format(trimmedTime), End: v.row.End.format(trimmedTime),
		Created: v.job.created.format(trimmedTime), Updated: v.row.Updated.format(trimmedTime),
		Outcome: v.row.Outcome, Error: v.row.Error,
	}
}

// AppendJSON writes the row in the order of FACTS §5.
func (v jobView) AppendJSON(b []byte) []byte { return append(b, encode(v.doc())...) }

// Member returns a member of the row.
func (v jobView) Member(name string) query.Value {
	d := v.doc()
	switch name {
	case "deviceId":
		return query.TextValue(d.DeviceID)
	case "jobId":
		return query.TextValue(d.JobID)
	case "jobType":
		return query.TextValue(d.JobType)
	case "status":
		return query.TextValue(d.Status)
	case "startTimeUtc":
		return query.TextValue(d.Start)
	case "endTimeUtc":
		return query.TextValue(d.End)
	case "createdDateTimeUtc":
		return query.TextValue(d.Created)
	case "lastUpdatedDateTimeUtc":
		return query.TextValue(d.Updated)
	case "outcome":
		return outcomeValue(d.Outcome)
	}
	return query.Value{}
}

func outcomeValue(outcome json.RawMessage) query.Value {
	if len(outcome) == 0 {
		return query.Value{}
	}
	tree, err := parseTree(outcome)
	if err != nil {
		return query.Value{}
	}
	return tree.value()
}

// deviceJobs yields the rows of devices.jobs, by job and device, behind a key.
func (h *Hub) deviceJobs(after string) iter.Seq2[string, query.Document] {
	return func(yield func(string, query.Document) bool) {
		for _, j := range h.store.jobs.sorted() {
			for i := range j.rows {
				key := recordKey(j.id, j.rows[i].DeviceID)
				if key > after && !yield(key, jobView{j, &j.rows[i]}) {
					return
				}
			}
		}
	}
}

// size is the number of rows of devices.jobs.
func (js *jobs) size() int {
	n := 0
	for _, j := range js.scheduled {
		n += len(j.rows)
	}
	return n
}
