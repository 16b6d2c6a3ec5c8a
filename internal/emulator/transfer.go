package emulator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Types of import and export jobs, and the blobs they use when no name is given (FACTS §7.2).
const (
	jobExport = "export"
	jobImport = "import"

	devicesBlob        = "devices.txt"
	configurationsBlob = "configurations.txt"
	importErrorsBlob   = "importErrors.log"
)

// transfer is an import or export job. It is never changed once it is in the store; a write puts a copy in its place.
type transfer struct {
	id, kind    string
	status      string
	start, end  ticks // end is 0 until it ended
	progress    int   // percent
	failure     string
	excludeKeys bool

	configurations     bool
	configurationsBlob string
	input, output      string // URIs of containers, with the SAS in them; empty when the job has ended
	inputBlob          string
	outputBlob         string
}

func (t *transfer) finished() bool { return finished(t.status) }

// transferInput is the body of POST /jobs/create.
type transferInput struct {
	Type                      string `json:"type"`
	InputBlobContainerURI     string `json:"inputBlobContainerUri"`
	InputBlobName             string `json:"inputBlobName"`
	OutputBlobContainerURI    string `json:"outputBlobContainerUri"`
	OutputBlobName            string `json:"outputBlobName"`
	ExcludeKeysInExport       bool   `json:"excludeKeysInExport"`
	StorageAuthenticationType string `json:"storageAuthenticationType"`
	IncludeConfigurations     bool   `json:"includeConfigurations"`
	ConfigurationsBlobName    string `json:"configurationsBlobName"`
}

// transferDoc is an import or export job as the service shows it. The URIs of containers are not in it, as of 2026
// (FACTS §7.2).
type transferDoc struct {
	JobID                 string  `json:"jobId"`
	Start                 string  `json:"startTimeUtc"`
	End                   string  `json:"endTimeUtc,omitempty"`
	Type                  string  `json:"type"`
	Status                string  `json:"status"`
	Progress              int     `json:"progress"`
	ExcludeKeys           bool    `json:"excludeKeysInExport"`
	IncludeConfigurations bool    `json:"includeConfigurations"`
	Failure               *string `json:"failureReason"`
	Secondary             bool    `json:"useSecondaryStorageAsSource"`
}

func (t *transfer) doc() transferDoc {
	d := transferDoc{
		JobID: t.id, Start: t.start.format(trimmedTime), Type: t.kind, Status: t.status, Progress: t.progress,
		ExcludeKeys: t.excludeKeys, IncludeConfigurations: t.configurations, Failure: nullable(t.failure),
	}
	if t.end != 0 {
		d.End = t.end.format(trimmedTime)
	}
	return d
}

// createTransfer is POST /jobs/create (FACTS §7.2). The containers are tried out before it is answered, which needs time
// but not the lock.
func (h *Hub) createTransfer(c *call) (reply, *fault) {
	var in transferInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	t, err := in.transfer()
	if err != nil {
		return reply{}, err
	}
	if err := h.store.jobs.roomForTransfer(); err != nil {
		return reply{}, err
	}
	t.id, t.start = h.requestID(), c.now
	return reply{later: func(ctx context.Context) (reply, *fault) { return h.takeTransfer(ctx, t) }}, nil
}

func (h *Hub) takeTransfer(ctx context.Context, t *transfer) (reply, *fault) {
	if err := t.tryContainers(ctx); err != nil {
		return reply{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.store.jobs.roomForTransfer(); err != nil { // another one was faster
		return reply{}, err
	}
	h.store.putTransfer(t)
	if lost := h.store.journal.err; lost != nil {
		return reply{}, serverError(lost.Error())
	}
	return ok(encode(t.doc())), nil
}

// transfer checks what was sent.
func (in *transferInput) transfer() (*transfer, *fault) {
	t := &transfer{
		status: jobEnqueued, excludeKeys: in.ExcludeKeysInExport, configurations: in.IncludeConfigurations,
		configurationsBlob: orDefault(in.ConfigurationsBlobName, configurationsBlob),
		input:              in.InputBlobContainerURI, inputBlob: orDefault(in.InputBlobName, devicesBlob),
		output: in.OutputBlobContainerURI, outputBlob: orDefault(in.OutputBlobName, devicesBlob),
	}
	if strings.EqualFold(in.StorageAuthenticationType, "identityBased") {
		return nil, notEmulated("storageAuthenticationType identityBased")
	}
	switch {
	case strings.EqualFold(in.Type, jobExport):
		t.kind, t.input = jobExport, ""
	case strings.EqualFold(in.Type, jobImport):
		t.kind = jobImport
		if t.input == "" {
			return nil, containerInvalid("inputBlobContainerUri is missing")
		}
	default:
		return nil, invalid(fmt.Sprintf("type '%s' is neither %s nor %s", in.Type, jobExport, jobImport))
	}
	if t.output == "" {
		return nil, containerInvalid("outputBlobContainerUri is missing")
	}
	return t, nil
}

func orDefault(name, standard string) string {
	if name == "" {
		return standard
	}
	return name
}

// containerInvalid is the answer when a container cannot be used (FACTS §7.2).
func containerInvalid(text string) *fault {
	return badRequestNamed(400008, "BlobContainerValidationError", text)
}

// roomForTransfer refuses a second job while one is active (FACTS §7.2).
func (js *jobs) roomForTransfer() *fault {
	for _, t := range js.transfers {
		if !t.finished() {
			return &fault{
				status: http.StatusForbidden, code: 403003, name: "JobQuotaExceeded",
				text: "Total number of running import and export jobs has exceeded the limit of 1.",
			}
		}
	}
	return nil
}

// sortedTransfers is all import and export jobs, oldest first. The service's order is unverified.
func (js *jobs) sortedTransfers() []*transfer {
	all := make([]*transfer, 0, len(js.transfers))
	for _, t := range js.transfers {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *transfer) int {
		if a.start != b.start {
			return int(min(1, max(-1, a.start-b.start)))
		}
		return strings.Compare(a.id, b.id)
	})
	return all
}

// listTransfers is GET /jobs, which does not list scheduled jobs (FACTS §7.2).
func (h *Hub) listTransfers(*call) (reply, *fault) {
	docs := []transferDoc{}
	for _, t := range h.store.jobs.sortedTransfers() {
		docs = append(docs, t.doc())
	}
	return ok(encode(docs)), nil
}

// getTransfer is GET /jobs/{id} (FACTS §7.2).
func (h *Hub) getTransfer(c *call) (reply, *fault) {
	t := h.store.jobs.transfers[c.args[0]]
	if t == nil {
		return reply{}, jobNotFound(c.args[0])
	}
	return ok(encode(t.doc())), nil
}

// cancelTransfer is DELETE /jobs/{id}, at once also for a job that is running. For one that has ended, or never was, the
// service can answer 500 (FACTS §7.2); here it has the errors that such states have elsewhere.
func (h *Hub) cancelTransfer(c *call) (reply, *fault) {
	live := h.store.jobs.transfers[c.args[0]]
	if live == nil {
		return reply{}, jobNotFound(c.args[0])
	}
	if live.finished() {
		return reply{}, notInThisState(live.id, live.status)
	}
	if live.status == jobRunning && h.errands.cancel != nil {
		h.errands.cancel()
	}
	t := *live
	t.ended(jobCancelled, "", c.now)
	h.store.putTransfer(&t)
	return reply{status: http.StatusNoContent}, nil
}

// ended forgets the containers, which hold secrets.
func (t *transfer) ended(status, failure string, now ticks) {
	t.status, t.failure, t.end, t.input, t.output = status, failure, now, "", ""
}

// savedTransfer is an import or export job in a snapshot or a journal.
type savedTransfer struct {
	ID                 string `json:"id"`
	Kind               string `json:"type"`
	Status             string `json:"status"`
	Start              ticks  `json:"start"`
	End                ticks  `json:"end,omitempty"`
	Progress           int    `json:"progress,omitempty"`
	Failure            string `json:"failure,omitempty"`
	ExcludeKeys        bool   `json:"excludeKeys,omitempty"`
	Configurations     bool   `json:"configurations,omitempty"`
	ConfigurationsBlob string `json:"configurationsBlob,omitempty"`
	Input              string `json:"input,omitempty"`
	Output             string `json:"output,omitempty"`
	InputBlob          string `json:"inputBlob,omitempty"`
	OutputBlob         string `json:"outputBlob,omitempty"`
}

func (t *transfer) saved() savedTransfer {
	return savedTransfer{
		t.id, t.kind, t.status, t.start, t.end, t.progress, t.failure, t.excludeKeys, t.configurations,
		t.configurationsBlob, t.input, t.output, t.inputBlob, t.outputBlob,
	}
}

func (s *savedTransfer) restore() *transfer {
	return &transfer{
		id: s.ID, kind: s.Kind, status: s.Status, start: s.Start, end: s.End, progress: s.Progress, failure: s.Failure,
		excludeKeys: s.ExcludeKeys, configurations: s.Configurations, configurationsBlob: s.ConfigurationsBlob,
		input: s.Input, output: s.Output, inputBlob: s.InputBlob, outputBlob: s.OutputBlob,
	}
}
