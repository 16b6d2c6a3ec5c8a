package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// create makes identities with their twins in one bulk request: identity, tags,
// mark and desired properties appear together (FACTS §2.1).
func (t target) create(ctx context.Context, batch []plan.Change) []apply.Outcome {
	outcomes := make([]apply.Outcome, len(batch))
	var entries []hub.BulkEntry
	var sent []int
	var material []hub.Authentication
	for i, c := range batch {
		entry, err := t.entry(ctx, c)
		if err != nil {
			outcomes[i] = failed(err)
			continue
		}
		entries, sent, material = append(entries, entry), append(sent, i), append(material, *entry.Authentication)
	}
	if len(entries) == 0 {
		return outcomes
	}
	result, err := t.client.Bulk(ctx, entries)
	for _, i := range sent {
		outcomes[i] = t.furnish(ctx, batch[i], func(c plan.Change) apply.Outcome { return t.created(ctx, c, result, err) })
		outcomes[i].Err = withoutThumbprints(outcomes[i].Err, material...)
	}
	return outcomes
}

// entry is the bulk entry of a create.
func (t target) entry(ctx context.Context, c plan.Change) (hub.BulkEntry, error) {
	e := hub.BulkEntry{ID: c.Addr.ID, ModuleID: c.Addr.Sub, ImportMode: "create"}
	var declared struct{ auth, desired, status, reason, tags schema.Doc }
	after := c.After
	if len(after) == 0 {
		after = schema.Doc("{}")
	}
	err := schema.EachMember(after, func(name, value []byte) error {
		switch string(name) {
		case "auth":
			declared.auth = value
		case "desired":
			declared.desired = value
		case "status":
			declared.status = value
		case fieldStatusReason:
			declared.reason = value
		case "tags":
			declared.tags = value
		}
		return nil
	})
	if err != nil {
		return e, err
	}
	if e.Authentication, err = t.newAuth(ctx, c, declared.auth); err != nil {
		return e, err
	}
	if c.Addr.Kind == schema.KindDevice {
		// The entry's status is always sent: its default is documented in one place
		// only (FACTS §2.1).
		if e.Status = text(declared.status); e.Status == "" {
			e.Status = schema.StatusEnabled
		}
		e.StatusReason = text(declared.reason)
		if err := t.attachEntry(ctx, &e, c); err != nil {
			return e, err
		}
	}
	e.Tags = markedTags(declared.tags, t.owner, c.Mark)
	if declared.desired != nil {
		e.Properties = &hub.BulkProperties{Desired: json.RawMessage(declared.desired)}
	}
	return e, nil
}

// newAuth is the authentication of a new identity. Without keys the hub makes
// them (FACTS §2.1).
func (t target) newAuth(ctx context.Context, c plan.Change, declared schema.Doc) (*hub.Authentication, error) {
	a := &hub.Authentication{Type: wireAuthType(text(declared, "type"))}
	if a.Type == "" {
		a.Type = wireSAS
	}
	a.X509Thumbprint.Primary = text(declared, "primary_thumbprint")
	a.X509Thumbprint.Secondary = text(declared, "secondary_thumbprint")
	return a, t.putSecrets(ctx, a, c)
}

// putSecrets resolves what a change refers to into an authentication.
func (r *Remote) putSecrets(ctx context.Context, a *hub.Authentication, c plan.Change) error {
	for _, s := range c.Secrets {
		value, err := r.resolve(ctx, c.Addr, s)
		if err != nil {
			return err
		}
		field := secretField(a, s)
		if field == nil {
			return fmt.Errorf("plan changes %s, which this version cannot write", s.Path)
		}
		*field = value
	}
	return nil
}

// secretField is where a secret stands in an authentication; nil when it is none
// of ours.
func secretField(a *hub.Authentication, s schema.Secret) *string {
	switch s.Path.String() {
	case fieldPrimaryKey:
		return &a.SymmetricKey.Primary
	case fieldSecondaryKey:
		return &a.SymmetricKey.Secondary
	case fieldPrimaryThumbprint:
		return &a.X509Thumbprint.Primary
	case fieldSecondaryThumbprint:
		return &a.X509Thumbprint.Secondary
	default:
		return nil
	}
}

// text is a string member of a document, or nothing.
func text(d schema.Doc, p ...string) string {
	var s string
	if v := schema.Lookup(d, p); v != nil {
		_ = json.Unmarshal(v, &s) // what is no string is not ours to read
	}
	return s
}

// markedTags puts a mark into the tags that a change declares.
func markedTags(tags schema.Doc, owner string, mark schema.Doc) json.RawMessage {
	return json.RawMessage(schema.SetMember(tags, schema.ReservedTag, schema.SetMember(nil, owner, mark)))
}

// errUntold is why an entry failed that the answer does not mention.
var errUntold = errors.New("the hub did not create it: other entries of the same request failed; plan and apply again")

// created finds what became of one entry. The hub itself is asked when there is no
// answer that can be trusted, when the object exists, because an earlier try may
// have made it, and when only other entries are said to have failed: whether they
// keep this one from being carried out is unverified (FACTS §2.3).
func (t target) created(ctx context.Context, c plan.Change, result hub.BulkResult, err error) apply.Outcome {
	found := apply.Already
	if err == nil {
		if w, ok := find(result.Warnings, c.Addr); ok {
			return t.finishTwin(ctx, c, w)
		}
		e, refused := find(result.Errors, c.Addr)
		switch {
		case refused:
			err = e
		case result.IsSuccessful:
			return apply.Outcome{Status: apply.Done}
		default:
			found, err = apply.Done, errUntold
		}
	}
	if !hub.IsConflict(err) && !hub.IsAmbiguous(err) && found == apply.Already {
		return failed(err)
	}
	live, exists, rerr := t.read(ctx, c.Addr)
	switch {
	case rerr != nil:
		return failed(fmt.Errorf("%w; %w", err, rerr))
	case !exists:
		return failed(err)
	case holds(live.Doc, c, t.owner):
		return apply.Outcome{Status: found}
	default:
		return conflict("it exists already and is not as planned", t.differences(live.Doc, c)...)
	}
}

func find(list []hub.BulkError, a schema.Address) (hub.BulkError, bool) {
	for _, e := range list {
		if e.DeviceID == a.ID && e.ModuleID == a.Sub {
			return e, true
		}
	}
	return hub.BulkError{}, false
}

// finishTwin writes the twin of an identity that was registered without it: the
// one warning that the hub knows (FACTS §2.1).
func (t target) finishTwin(ctx context.Context, c plan.Change, w hub.BulkError) apply.Outcome {
	p := hub.Patch{Tags: markedTags(schema.Lookup(c.After, schema.Path{"tags"}), t.owner, c.Mark), Desired: json.RawMessage(schema.Lookup(c.After, schema.Path{"desired"}))}
	if _, err := t.client.PatchTwin(ctx, c.Addr.ID, c.Addr.Sub, p, hub.Any); err != nil {
		return failed(fmt.Errorf("%w; %w", w, err))
	}
	return apply.Outcome{Status: apply.Done}
}

// holds tells whether a live object is what a create would have made.
func holds(live schema.Doc, c plan.Change, owner string) bool {
	mark := schema.Lookup(live, markPath(owner))
	return string(mark) == string(c.Mark) && schema.Covers(live, c.After)
}

// differences lists planned values, the mark among them, that a live object does
// not hold.
func (t target) differences(live schema.Doc, c plan.Change) []apply.Mismatch {
	var list []apply.Mismatch
	check := func(p schema.Path, planned schema.Doc) {
		if found := schema.Lookup(live, p); string(found) != string(planned) {
			list = append(list, apply.Mismatch{Path: p, Planned: planned, Found: found})
		}
	}
	for _, l := range c.Leaves {
		if l.Secret == "" {
			check(l.Path, l.After)
		}
	}
	check(markPath(t.owner), c.Mark)
	return list
}
