package hub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Types of import and export jobs (FACTS §7.2).
const (
	TransferExport = "export"
	TransferImport = "import"
)

// Completed is the status of a job that did all that it could.
const Completed = "completed"

// codeJobQuota is the answer while another import or export job is active (FACTS §7.2).
const codeJobQuota = 403003

// TransferRequest is an import or export job that is to be made (FACTS §7.2).
type TransferRequest struct {
	Type      string    `json:"type"`
	Input     string    `json:"inputBlobContainerUri,omitempty"` // with the SAS, if there is one
	InputBlob string    `json:"inputBlobName,omitempty"`
	Output    string    `json:"outputBlobContainerUri"`
	OutBlob   string    `json:"outputBlobName,omitempty"`
	NoKeys    bool      `json:"excludeKeysInExport,omitempty"`
	Auth      string    `json:"storageAuthenticationType"` // see the constants below
	Identity  *Assigned `json:"identity,omitempty"`        // nil: the system-assigned one
}

// How a hub opens a container.
const (
	StorageByKey      = "keyBased"
	StorageByIdentity = "identityBased"
)

// Assigned is a user-assigned identity of the hub.
type Assigned struct {
	ID string `json:"userAssignedIdentity"`
}

// Transfer is an import or export job. What the hub does not tell is which containers
// it uses (FACTS §7.2).
type Transfer struct {
	ID       string `json:"jobId"`
	Type     string `json:"type"`
	Status   string `json:"status"`
	Progress int    `json:"progress"` // percent
	Failure  string `json:"failureReason"`
}

// Ended tells whether the job will not go on.
func (t Transfer) Ended() bool {
	switch t.Status {
	case Completed, "failed", "cancelled":
		return true
	}
	return false
}

// Completed tells whether it did all that it could. Lines of an import may have failed
// (FACTS §7.3).
func (t Transfer) Completed() bool { return t.Status == Completed }

// IsBusy tells that another import or export job is active.
func IsBusy(err error) bool {
	v, ok := verdictOf(err)
	return ok && (v.code == codeJobQuota || v.name == nameOf(codeJobQuota))
}

// CreateTransfer makes an import or export job. A lost answer leaves it in doubt
// whether there is one (IsAmbiguous): a repetition is refused while it runs.
func (c *Client) CreateTransfer(ctx context.Context, t TransferRequest) (Transfer, error) {
	k := transferCall("create "+t.Type+" job", http.MethodPost, "/create")
	for _, uri := range []string{t.Input, t.Output} {
		if _, sas, signed := strings.Cut(uri, "?"); signed {
			k.keys = append(k.keys, sas)
			if q, err := url.ParseQuery(sas); err == nil && q.Get("sig") != "" {
				k.keys = append(k.keys, q.Get("sig"), url.QueryEscape(q.Get("sig")))
			}
		}
	}
	if err := k.encode(t); err != nil {
		return Transfer{}, err
	}
	return c.transfer(ctx, k)
}

// Transfer reads an import or export job.
func (c *Client) Transfer(ctx context.Context, id string) (Transfer, error) {
	if id == "" {
		return Transfer{}, errors.New("read job: it has no id")
	}
	return c.transfer(ctx, transferCall("read job "+id, http.MethodGet, pathOf(id)))
}

// Transfers lists the import and export jobs that the hub still knows.
func (c *Client) Transfers(ctx context.Context) ([]Transfer, error) {
	var list []Transfer
	return list, c.send(ctx, transferCall("list jobs", http.MethodGet, ""), &list)
}

func transferCall(op, method, path string) *call {
	return &call{op: op, class: ClassJob, units: 1, needs: rightTransfer, method: method, path: "/jobs" + path}
}

func (c *Client) transfer(ctx context.Context, k *call) (Transfer, error) {
	var t Transfer
	if err := c.send(ctx, k, &t); err != nil {
		return Transfer{}, err
	}
	if t.ID == "" {
		return Transfer{}, k.unreadable(errors.New("it names no job"))
	}
	return t, nil
}
