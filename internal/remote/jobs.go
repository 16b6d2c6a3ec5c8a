package remote

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/twinset/twinset/internal/hub"
)

// Store is the blob container through which a hub's import and export jobs go.
type Store interface {
	URL() string
	SAS() string // empty when the hub opens the container by an identity of its own
	Read(ctx context.Context, name string) (io.ReadCloser, error)
	Write(ctx context.Context, name string, content io.Reader) error
	Delete(ctx context.Context, name string) error // one that is not there is deleted
}

// Jobs are what import and export jobs need besides a hub.
type Jobs struct {
	Store
	Identity string            // resource id of the identity that the hub opens the container by; empty: its own
	Tell     func(text string) // what is waited for
}

// Via gives the means for import and export jobs.
func (r *Remote) Via(j Jobs) { r.jobs = &j }

// uri is the container as the hub is told of it.
func (j *Jobs) uri() string {
	if j.SAS() == "" {
		return j.URL()
	}
	return j.URL() + "?" + j.SAS()
}

// exportTo is an export job that writes a blob.
func (j *Jobs) exportTo(blob string) hub.TransferRequest {
	t := j.request()
	t.Type, t.OutBlob, t.NoKeys = hub.TransferExport, blob, true
	return t
}

// importFrom is an import job that reads a blob.
func (j *Jobs) importFrom(blob string) hub.TransferRequest {
	t := j.request()
	t.Type, t.Input, t.InputBlob = hub.TransferImport, t.Output, blob
	return t
}

func (j *Jobs) request() hub.TransferRequest {
	t := hub.TransferRequest{Output: j.uri(), Auth: hub.StorageByKey}
	if j.SAS() == "" {
		t.Auth = hub.StorageByIdentity
	}
	if j.Identity != "" {
		t.Identity = &hub.Assigned{ID: j.Identity}
	}
	return t
}

// Pauses between two looks at a job: a small one is done in seconds, a large one takes
// minutes (FACTS §7.2), and the hub allows 100 looks a minute (FACTS §10.1).
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 15 * time.Second
)

// begin makes a job. A hub runs one at a time, whoever made it (FACTS §7.2): another
// one is waited for. Right before, known is called with the jobs that there are: a job
// whose id was lost is one that is not among them.
func (r *Remote) begin(ctx context.Context, t hub.TransferRequest, known func([]string) error) (id string, err error) {
	for {
		jobs, err := r.idle(ctx)
		if err == nil {
			err = known(jobs)
		}
		if err != nil {
			return "", err
		}
		made, err := r.client.CreateTransfer(ctx, t)
		switch {
		case err == nil:
			return made.ID, nil
		case hub.IsAmbiguous(err):
			if id, lerr := r.unknownJob(ctx, t.Type, jobs); lerr != nil || id != "" {
				return id, lerr
			}
			return "", err
		case !hub.IsBusy(err): // somebody was quicker
			return "", fmt.Errorf("%w; the hub must be able to reach the container %s and to read, write and delete blobs in it", err, r.jobs.URL())
		}
	}
}

// idle waits until no job is active, and returns the ids of all.
func (r *Remote) idle(ctx context.Context) ([]string, error) {
	for {
		jobs, err := r.client.Transfers(ctx)
		if err != nil {
			return nil, err
		}
		active := slices.IndexFunc(jobs, func(t hub.Transfer) bool { return !t.Ended() })
		if active < 0 {
			ids := make([]string, len(jobs))
			for i, t := range jobs {
				ids[i] = t.ID
			}
			return ids, nil
		}
		r.jobs.Tell(fmt.Sprintf("The hub runs an %s job already, %s; waiting for it: there is one at a time", jobs[active].Type, jobs[active].ID))
		if _, err := r.awaitJob(ctx, jobs[active].ID, nil); err != nil {
			return nil, err
		}
	}
}

// unknownJob is the id of a job that was not known; empty when there is none.
func (r *Remote) unknownJob(ctx context.Context, kind string, known []string) (string, error) {
	jobs, err := r.client.Transfers(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range jobs {
		if t.Type == kind && !slices.Contains(known, t.ID) {
			return t.ID, nil
		}
	}
	return "", nil
}

// awaitJob waits for the end of a job. Progress, which may be nil, is called with its
// percentage as it grows.
func (r *Remote) awaitJob(ctx context.Context, id string, progress func(int)) (hub.Transfer, error) {
	pause, told := firstPause, 0
	for {
		t, err := r.client.Transfer(ctx, id)
		if err != nil || t.Ended() {
			return t, err
		}
		if progress != nil && t.Progress > told {
			told = t.Progress
			progress(told)
		}
		if err := r.sleep(ctx, pause); err != nil {
			return t, err
		}
		pause = min(2*pause, lastPause)
	}
}

// unsuccessful is the error of a job that did not complete; nil for one that did.
func unsuccessful(t hub.Transfer) error {
	if t.Completed() {
		return nil
	}
	text := fmt.Sprintf("%s job %s: %s", t.Type, t.ID, t.Status)
	if t.Failure != "" {
		text += ": " + t.Failure
	}
	return fmt.Errorf("%s", text)
}

// blobName is a name that nothing else uses.
func blobName(kind string) string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never an error
	return fmt.Sprintf("twinset-%s-%x.txt", kind, b)
}
