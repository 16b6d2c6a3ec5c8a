package emulator

import (
	"encoding/json"
	"time"

	"github.com/twinset/twinset/internal/emulator/mqtt"
	"github.com/twinset/twinset/internal/emulator/query"
)

// runJobs does what is due, under the hub's lock: it begins jobs, goes on with those that call devices, and forgets old
// ones. The service works on a few devices a second, by tier; the emulator on all at once.
func (h *Hub) runJobs(now ticks) {
	for _, j := range h.store.jobs.sorted() {
		switch {
		case j.status == jobRunning:
			h.continueMethods(j, now)
		case !j.finished() && now >= j.start:
			h.startJob(j, now)
		case j.finished() && now >= j.end+jobsKeptTicks:
			h.store.removeJob(j.id)
		}
	}
	for id, t := range h.store.jobs.transfers {
		if t.finished() && now >= t.end+jobsKeptTicks {
			h.store.removeTransfer(id)
		}
	}
	h.store.jobs.plan(now)
}

func (h *Hub) startJob(due *job, now ticks) {
	j := *due
	j.start = now
	condition, err := query.ParseCondition(j.condition)
	if err != nil {
		j.status, j.end, j.failure = jobFailed, now, "queryCondition is not valid"
		h.store.putJob(&j)
		return
	}
	for device := range h.store.devices.after("") {
		if condition.Selects(device) {
			j.rows = append(j.rows, jobRow{DeviceID: device.deviceID, Status: rowPending, Start: now, Updated: now})
		}
	}
	if j.kind == jobDeviceMethod {
		h.startMethods(&j, now)
		return
	}
	h.updateTwins(&j, now)
}

// updateTwins patches the twins of all rows, in which null deletes (FACTS §7.1).
func (h *Hub) updateTwins(j *job, now ticks) {
	for i := range j.rows {
		j.rows[i].done(now, nil, h.updateTwin(j, j.rows[i].DeviceID, now))
	}
	j.status, j.end = jobCompleted, now
	h.store.putJob(j)
}

func (h *Hub) updateTwin(j *job, deviceID string, now ticks) *fault {
	w, err := parseTwinWrite(j.update) // anew for each twin: a tree belongs to one
	if err != nil {
		return err
	}
	r := h.store.find(deviceID, "")
	changed, err := r.twin.patched(w, now)
	if err != nil {
		return err
	}
	if changed.etag != r.twin.etag {
		r = r.clone()
		r.twin = changed
		h.store.put(r)
	}
	return nil
}

// methodRun is a job that is calling devices. It is not on disk: when the process ends, the job has failed.
type methodRun struct {
	request *methodRequest
	rows    []jobRow
	targets []methodTarget // of each row
	changed bool           // since the job shows the rows
}

// methodTarget is the call of one row: first it waits for the device until a time, then for its answer until another.
type methodTarget struct {
	rid    string
	answer <-chan methodEnd
	until  ticks
}

func (h *Hub) startMethods(j *job, now ticks) {
	request, err := parseMethod(j.method)
	if err != nil { // it was checked when it came
		j.status, j.end, j.failure = jobFailed, now, err.text
		h.store.putJob(j)
		return
	}
	run := &methodRun{request: request, rows: append([]jobRow(nil), j.rows...), targets: make([]methodTarget, len(j.rows))}
	for i := range run.targets {
		run.targets[i].until = now + seconds(request.ConnectTimeoutInSeconds.value)
	}
	if h.devices.jobs == nil {
		h.devices.jobs = map[string]*methodRun{}
	}
	h.devices.jobs[j.id] = run
	j.status = jobRunning
	h.store.putJob(j)
	h.continueMethods(j, now)
}

// continueMethods looks after every call that is not over. It never waits, so that jobs need no goroutine: each request
// comes by here first.
func (h *Hub) continueMethods(live *job, now ticks) {
	j := *live
	run := h.devices.jobs[j.id]
	if run == nil {
		j.status, j.end, j.failure = jobFailed, now, interrupted
		h.store.putJob(&j)
		return
	}
	waiting := 0
	for i := range run.rows {
		if run.rows[i].End == 0 && !h.stepMethod(run, i, now) {
			waiting++
		}
	}
	over := j.limit > 0 && now >= j.start+seconds(int(j.limit))
	if waiting > 0 && !over {
		if run.changed {
			run.changed, j.rows = false, append([]jobRow(nil), run.rows...)
			h.store.jobs.scheduled[j.id] = &j // progress is not kept on disk
		}
		return
	}
	h.endMethods(&j, run, now)
}

// endMethods ends the job; what is left when its time is over has failed. That the job then counts as failed is
// unverified; one whose devices did not answer is completed (FACTS §7.1).
func (h *Hub) endMethods(j *job, run *methodRun, now ticks) {
	j.status, j.end, j.rows = jobCompleted, now, run.rows
	for i := range j.rows {
		if j.rows[i].End == 0 {
			delete(h.devices.calls, run.targets[i].rid)
			j.rows[i].done(now, nil, jobTimeout())
			j.status, j.failure = jobFailed, jobTimeout().text
		}
	}
	delete(h.devices.jobs, j.id)
	h.store.putJob(j)
}

func jobTimeout() *fault {
	return &fault{code: 400024, name: "RequestTimedOut", text: "maxExecutionTimeInSeconds is over"}
}

// stepMethod reports whether the call of a row is over.
func (h *Hub) stepMethod(run *methodRun, i int, now ticks) bool {
	target, row := &run.targets[i], &run.rows[i]
	if target.answer == nil {
		return h.callRow(run, i, now)
	}
	select {
	case end := <-target.answer:
		rep, err := end.reply()
		var outcome json.RawMessage
		if err == nil {
			outcome = append(append(json.RawMessage(`{"deviceMethodResponse":`), rep.body...), '}')
		}
		row.done(now, outcome, err)
	default:
		if now < target.until {
			return false
		}
		delete(h.devices.calls, target.rid)
		row.done(now, nil, methodTimeout(run.request.ResponseTimeoutInSeconds.seconds()))
	}
	run.changed = true
	return true
}

// callRow hands the call to the device, or finds that it does not come.
func (h *Hub) callRow(run *methodRun, i int, now ticks) bool {
	target, row := &run.targets[i], &run.rows[i]
	rid, answer, err := h.tryMethod(mqtt.Identity{DeviceID: row.DeviceID}, run.request)
	if err == nil {
		target.rid, target.answer = rid, answer
		target.until = now + seconds(run.request.ResponseTimeoutInSeconds.value)
		row.Status, row.Updated, run.changed = rowRunning, now, true
		return false
	}
	if h.store.find(row.DeviceID, "") != nil && now < target.until && h.devices.front != nil {
		return false
	}
	row.done(now, nil, notOnline(run.request.ConnectTimeoutInSeconds.seconds()))
	run.changed = true
	return true
}

func (n looseInt) seconds() time.Duration { return time.Duration(n.value) * time.Second }

func seconds(n int) ticks { return ticks(n) * ticksPerSecond }
