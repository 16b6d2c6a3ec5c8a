package remote

import (
	"context"
	"encoding/json"
	"io"
	"iter"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/spool"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// updates are the changes of twins in an import. A line has to hold the whole of a
// section, so they are put together with what is on the hub, from an export: both are
// sorted by address.
type updates struct {
	run     *importing
	changes *spool.Sorter
	count   int64
}

// sortBudget is what each side of the join holds in memory.
const sortBudget = 32 << 20

func newUpdates(run *importing) (*updates, error) {
	s, err := spool.New(spool.Options{Budget: sortBudget})
	return &updates{run: run, changes: s}, err
}

func (u *updates) close() { _ = u.changes.Close() } // its files are temporary

func (u *updates) add(c plan.Change) error {
	u.count++
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return u.changes.Add(c.Addr.AppendKey(nil), text)
}

// write makes the lines of those whose twins are as the plan found them. The others go
// by requests, which tell conflicts field by field.
func (u *updates) write(ctx context.Context, out io.Writer) error {
	if u.count == 0 {
		return nil
	}
	live, err := u.live(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = live.Close() }() // its files are temporary
	next, done := iter.Pull2(live.Sorted())
	defer done()
	at, err, more := next()
	for rec, cerr := range u.changes.Sorted() {
		if cerr != nil {
			return cerr
		}
		for more && err == nil && string(at.Key) < string(rec.Key) {
			at, err, more = next()
		}
		if err != nil {
			return err
		}
		var found []byte
		if more && string(at.Key) == string(rec.Key) {
			found = at.Value
		}
		if err := u.join(out, rec.Value, found); err != nil {
			return err
		}
	}
	return nil
}

// live is what the hub holds now, by address.
func (u *updates) live(ctx context.Context) (*spool.Sorter, error) {
	s, err := spool.New(spool.Options{Budget: sortBudget})
	if err != nil {
		return nil, err
	}
	read := 0
	var key, record []byte
	u.run.export(ctx, &read, func(o schema.Object, eerr error) bool {
		if err = eerr; err == nil {
			key = o.Addr.AppendKey(key[:0])
			record, err = o.AppendRecord(record[:0])
		}
		if err == nil {
			err = s.Add(key, record)
		}
		return err == nil
	})
	if err != nil {
		_ = s.Close() // its files are temporary
		return nil, err
	}
	return s, nil
}

func (u *updates) join(out io.Writer, change, found []byte) error {
	var c plan.Change
	if err := json.Unmarshal(change, &c); err != nil {
		return err
	}
	if found != nil {
		live, err := schema.DecodeRecord(found)
		if err != nil {
			return err
		}
		entry, same, err := u.run.updated(c, live)
		if err != nil {
			return err
		}
		if same {
			return u.run.writeLine(out, entry)
		}
	}
	u.run.unsent[keyOf(c.Addr)] = nil
	return nil
}

// updated is the line of an update: the whole twin as it is to be, under the version
// that the plan found. It is false when there is no such line.
func (t target) updated(c plan.Change, live schema.Object) (hub.BulkEntry, bool, error) {
	e := hub.BulkEntry{ID: c.Addr.ID, ModuleID: c.Addr.Sub, ImportMode: hub.ImportUpdateTwinIfMatch, TwinETag: hub.ETag(c.ETags.Twin), Status: text(schema.Lookup(live.Doc, schema.Path{"status"}))}
	if e.Status == "" {
		e.Status = schema.StatusEnabled // every line has one (FACTS §7.3)
	}
	if live.ETags.Twin != c.ETags.Twin {
		return e, false, nil
	}
	p := t.patch(c)
	tags, whole, err := patched(schema.Lookup(live.Doc, schema.Path{"tags"}), p.Tags)
	if err != nil || !whole {
		return e, false, err
	}
	desired, whole, err := patched(schema.Lookup(live.Doc, schema.Path{"desired"}), p.Desired)
	if err != nil || !whole {
		return e, false, err
	}
	e.Tags = tags
	if desired != nil {
		e.Properties = &hub.BulkProperties{Desired: desired}
	}
	return e, true, nil
}

// patched is a section after a patch. It is not whole when the patch takes something
// away, which only a patch can do.
func patched(live schema.Doc, patch json.RawMessage) (out json.RawMessage, whole bool, err error) {
	if len(patch) == 0 {
		return json.RawMessage(live), true, nil
	}
	was := any(map[string]any{})
	if len(live) > 0 {
		if was, err = schema.Decode(live); err != nil {
			return nil, false, err
		}
	}
	with, err := schema.Decode(schema.Doc(patch))
	if err != nil {
		return nil, false, err
	}
	merged, whole := merge(was, with)
	doc, err := schema.Canonical(merged)
	return json.RawMessage(doc), whole, err
}

// merge puts a patch into a value.
func merge(was, with any) (merged any, whole bool) {
	patch, ok := with.(map[string]any)
	if !ok {
		return with, with != nil
	}
	members, ok := was.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	whole = true
	for name, value := range patch {
		before, held := members[name]
		if value == nil {
			whole = whole && !held
			delete(members, name)
			continue
		}
		sub, all := merge(before, value)
		members[name], whole = sub, whole && all
	}
	return members, whole
}
