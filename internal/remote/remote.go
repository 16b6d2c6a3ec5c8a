package remote

import (
	"context"
	"sync"
	"time"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// Remote is a hub as a source and target of objects.
type Remote struct {
	client   *hub.Client
	owner    string
	secrets  func(context.Context, schema.SecretRef) (string, error)
	observe  func(read int)
	parallel int
	scopes   *sync.Map // of edge devices, by id: from query answers and reads
	asked    *sync.Map // the same, from reads only; empty for those that are none
	sleep    func(context.Context, time.Duration) error
	reported []schema.Path
	backup   func(schema.Address, []byte) error

	backupKeys func(schema.Address, []byte) error // nil keeps no keys
	bounds     ConfirmBounds
	now        func() time.Time
	ways       []Reading
	jobs       *Jobs               // nil: none can be run
	exports    bool                // Live reads by an export job
	held       []hub.Configuration // what Live found, before anything else is asked for
}

// Options of a Remote.
type Options struct {
	Owner    string                                                  // whose mark is looked for and written
	Secrets  func(context.Context, schema.SecretRef) (string, error) // resolves references when identities are written
	Parallel int                                                     // single reads under way at once; at least 1
	Observe  func(read int)                                          // called with the number of twins read so far

	// Backup keeps the document of an object that is about to be deleted: JSON without
	// keys. When it fails, the object is not deleted. Nil keeps none.
	Backup func(schema.Address, []byte) error

	// BackupKeys keeps its keys, with which somebody could pretend to be the device: it
	// must encrypt them. Nil keeps none.
	BackupKeys func(schema.Address, []byte) error

	// Now is the clock by which twins are old or new; nil means a clock that stands
	// still, by which all are new.
	Now func() time.Time

	// Sleep replaces the pauses in which the hub applies configurations; nil means
	// real ones.
	Sleep func(context.Context, time.Duration) error
}

// New wraps a client.
func New(c *hub.Client, o Options) *Remote {
	if o.Observe == nil {
		o.Observe = func(int) {}
	}
	if o.Backup == nil {
		o.Backup = func(schema.Address, []byte) error { return nil }
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	return &Remote{
		now: o.Now, client: c, owner: o.Owner, secrets: o.Secrets, observe: o.Observe, parallel: max(1, o.Parallel), sleep: o.Sleep, backup: o.Backup, backupKeys: o.BackupKeys,
		scopes: &sync.Map{}, asked: &sync.Map{},
	}
}

// Live streams every device and module of the hub, unsorted, from query pages or as
// ReadBy and ReadByExport say, and every configuration and deployment. An object may come twice.
// The answers come from an index that lags: they tell what is worth a closer
// look, and prove neither presence nor absence (FACTS §5). An export proves both.
func (r *Remote) Live(ctx context.Context) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		for o, err := range r.LiveWithSystem(ctx) {
			if isSystem(o.Addr.Sub) {
				continue
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// LiveWithSystem is Live with the modules of the IoT Edge runtime, of which the
// manifest of a device is a part.
func (r *Remote) LiveWithSystem(ctx context.Context) schema.Stream {
	return func(yield func(schema.Object, error) bool) {
		read := 0
		r.scopes.Clear()
		r.asked.Clear()
		if !r.readIdentities(ctx, &read, yield) {
			return
		}
		r.targeting(ctx, yield)
	}
}

func (r *Remote) readIdentities(ctx context.Context, read *int, yield func(schema.Object, error) bool) bool {
	if r.exports {
		return r.export(ctx, read, yield)
	}
	return r.readKind(ctx, schema.KindDevice, read, yield) && r.readKind(ctx, schema.KindModule, read, yield)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read fetches one object as it is now; false when it does not exist.
func (r *Remote) read(ctx context.Context, a schema.Address) (schema.Object, bool, error) {
	o, _, exists, err := r.readTwin(ctx, a)
	return o, exists, err
}

// readTwin returns what the hub said, too.
func (r *Remote) readTwin(ctx context.Context, a schema.Address) (schema.Object, hub.Twin, bool, error) {
	twin, err := r.client.Twin(ctx, a.ID, a.Sub)
	if hub.IsNotFound(err) {
		return schema.Object{}, hub.Twin{}, false, nil
	}
	if err != nil {
		return schema.Object{}, hub.Twin{}, false, err
	}
	o, err := fromTwin(&twin)
	if err == nil {
		err = r.keepReported(&o, twin.Reported)
	}
	o.Activity = activity(&twin)
	if err == nil && o.Attached != "" {
		err = r.checkParent(ctx, &o)
	}
	return o, twin, err == nil, err
}
