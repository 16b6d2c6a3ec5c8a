package emulator

import (
	"bytes"
	"encoding/json"
)

// interrupted is why a job failed that was running when the process ended. The service's jobs go on.
const interrupted = "the hub was stopped while the job was running"

// savedJob is a scheduled job in a snapshot or a journal.
type savedJob struct {
	ID        string          `json:"id"`
	Kind      string          `json:"type"`
	Condition string          `json:"queryCondition,omitempty"`
	Update    json.RawMessage `json:"updateTwin,omitempty"`
	Method    json.RawMessage `json:"cloudToDeviceMethod,omitempty"`
	Created   ticks           `json:"created"`
	Start     ticks           `json:"start"`
	End       ticks           `json:"end,omitempty"`
	Limit     int64           `json:"limit,omitempty"`
	Status    string          `json:"status"`
	Failure   string          `json:"failure,omitempty"`
	Rows      []jobRow        `json:"devices,omitempty"`
}

func (j *job) saved() savedJob {
	return savedJob{
		ID: j.id, Kind: j.kind, Condition: j.condition, Update: j.update, Method: j.method, Created: j.created,
		Start: j.start, End: j.end, Limit: j.limit, Status: j.status, Failure: j.failure, Rows: j.rows,
	}
}

func (s savedJob) restore() *job {
	return &job{
		id: s.ID, kind: s.Kind, condition: s.Condition, update: s.Update, method: s.Method, created: s.Created,
		start: s.Start, end: s.End, limit: s.Limit, status: s.Status, failure: s.Failure, rows: s.Rows,
	}
}

// Prefixes of the lines of jobs in a snapshot.
const (
	savedJobPrefix      = `{"job":`
	savedTransferPrefix = `{"transfer":`
)

type savedJobLine struct {
	Job      *savedJob      `json:"job,omitempty"`
	Transfer *savedTransfer `json:"transfer,omitempty"`
}

// lines is all jobs for a snapshot, in an order that does not change.
func (js *jobs) lines() []savedJobLine {
	var all []savedJobLine
	for _, j := range js.sorted() {
		saved := j.saved()
		all = append(all, savedJobLine{Job: &saved})
	}
	for _, t := range js.sortedTransfers() {
		saved := t.saved()
		all = append(all, savedJobLine{Transfer: &saved})
	}
	return all
}

func isJobLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte(savedJobPrefix)) || bytes.HasPrefix(line, []byte(savedTransferPrefix))
}

// restoreJob reads a line of a snapshot.
func (s *store) restoreJob(raw []byte) error {
	var line savedJobLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return err
	}
	s.adoptJobs(line)
	return nil
}

func (s *store) adoptJobs(line savedJobLine) {
	if line.Job != nil {
		s.putJob(line.Job.restore())
	}
	if line.Transfer != nil {
		s.putTransfer(line.Transfer.restore())
	}
}

func (s *store) putJob(j *job) {
	s.dirty = true
	if s.journal.dir != "" {
		saved := j.saved()
		s.journal.write(journalEntry{Job: &saved})
	}
	if s.jobs.scheduled == nil {
		s.jobs.scheduled = map[string]*job{}
	}
	s.jobs.scheduled[j.id] = j
	s.jobs.next = 0
}

func (s *store) removeJob(id string) {
	s.dirty = true
	if s.journal.dir != "" {
		s.journal.write(journalEntry{RemoveJob: id})
	}
	delete(s.jobs.scheduled, id)
}

func (s *store) putTransfer(t *transfer) {
	s.dirty = true
	if s.journal.dir != "" {
		saved := t.saved()
		s.journal.write(journalEntry{Transfer: &saved})
	}
	if s.jobs.transfers == nil {
		s.jobs.transfers = map[string]*transfer{}
	}
	s.jobs.transfers[t.id] = t
	s.jobs.next = 0
}

func (s *store) removeTransfer(id string) {
	s.dirty = true
	if s.journal.dir != "" {
		s.journal.write(journalEntry{RemoveTransfer: id})
	}
	delete(s.jobs.transfers, id)
}
