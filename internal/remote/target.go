package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/secret"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// maxBulk is the number of entries of a bulk request (FACTS §2.1).
const maxBulk = 100

// maxTries bounds how often a change is tried again because somebody else wrote
// to the object in ways that do not matter to it.
const maxTries = 3

// Target executes changes on the hub. What was read for a plan is not relied on.
func (r *Remote) Target() apply.Target {
	fresh := *r
	fresh.scopes, fresh.asked = &sync.Map{}, &sync.Map{}
	return target{Remote: &fresh, removed: newIDSet()}
}

type target struct {
	*Remote
	removed *idSet // ids of the devices that are gone with their modules
}

// Limits put creates into bulk requests: identity, tags, mark and desired
// properties come into existence in one call. A call may hold one entry of each
// device id (FACTS §2.2).
func (t target) Limits(c plan.Change) apply.Limits {
	if c.Action == plan.Create && !c.Addr.Kind.Targets() {
		return apply.Limits{Batch: maxBulk, Distinct: true}
	}
	return apply.Limits{Batch: 1}
}

// Apply executes a batch.
func (t target) Apply(ctx context.Context, batch []plan.Change) []apply.Outcome {
	if err := ctx.Err(); err != nil {
		return all(batch, apply.Outcome{Status: apply.Skipped, Err: err})
	}
	if batch[0].Addr.Kind.Targets() {
		outcomes := make([]apply.Outcome, len(batch))
		for i, c := range batch {
			outcomes[i] = t.applyTargeting(ctx, c)
		}
		return outcomes
	}
	if batch[0].Action == plan.Create {
		return t.create(ctx, batch)
	}
	outcomes := make([]apply.Outcome, len(batch))
	for i, c := range batch {
		if c.Action == plan.Delete {
			outcomes[i] = t.remove(ctx, c)
		} else {
			outcomes[i] = t.update(ctx, c)
		}
	}
	return outcomes
}

func all(batch []plan.Change, o apply.Outcome) []apply.Outcome {
	outcomes := make([]apply.Outcome, len(batch))
	for i := range outcomes {
		outcomes[i] = o
	}
	return outcomes
}

func failed(err error) apply.Outcome { return apply.Outcome{Status: apply.Failed, Err: err} }

func conflict(text string, fields ...apply.Mismatch) apply.Outcome {
	return apply.Outcome{Status: apply.Conflict, Err: errors.New(text), Fields: fields}
}

// resolve looks a secret up again and makes sure that it is the one that was
// planned.
func (r *Remote) resolve(ctx context.Context, a schema.Address, s schema.Secret) (string, error) {
	value, err := r.secrets(ctx, s.Ref)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Path, err)
	}
	value = secret.Normal(s, value)
	if schema.DigestSecret(a, s.Path, value) != s.Digest {
		return "", fmt.Errorf("%s: secret %s has another value than when the plan was made; make a new plan", s.Path, s.Ref)
	}
	return value, nil
}

// remove deletes an identity. It is read again right before: the mark must be
// the one that the plan saw, nobody else may have put theirs, and the identity
// must not have changed. What was read is kept as a backup.
func (t target) remove(ctx context.Context, c plan.Change) apply.Outcome {
	if t.removed.has(c.Addr.ID) {
		return apply.Outcome{Status: apply.Done} // the hub takes modules along (FACTS §1.3)
	}
	live, twin, exists, err := t.readTwin(ctx, c.Addr)
	if err != nil {
		return failed(err)
	}
	if !exists {
		return apply.Outcome{Status: apply.Already}
	}
	if text := t.mayRemove(live, c); text != "" {
		return conflict(text)
	}
	var modules []hub.Twin
	if c.Addr.Kind == schema.KindDevice {
		foreign, twins, err := t.modulesOf(ctx, c.Addr.ID)
		if err != nil || len(foreign) > 0 {
			return conflictOr(err, fmt.Sprintf("it has modules that this project did not create: %v", foreign))
		}
		modules = twins
	}
	if err := t.backUp(ctx, c.Addr, twin, modules); err != nil {
		return failed(err)
	}
	return afterDelete(t.deleteIdentity(ctx, c))
}

func (t target) deleteIdentity(ctx context.Context, c plan.Change) error {
	if c.Addr.Kind == schema.KindModule {
		return t.client.DeleteModule(ctx, c.Addr.ID, c.Addr.Sub, hub.ETag(c.ETags.Identity))
	}
	err := t.client.DeleteDevice(ctx, c.Addr.ID, hub.ETag(c.ETags.Identity))
	if err == nil {
		t.removed.add(c.Addr.ID)
	}
	return err
}

// afterDelete is what an answer to a DELETE means.
func afterDelete(err error) apply.Outcome {
	switch {
	case err == nil:
		return apply.Outcome{Status: apply.Done}
	case hub.IsNotFound(err):
		return apply.Outcome{Status: apply.Already}
	case hub.IsPreconditionFailed(err):
		return conflict("its identity changed since the plan")
	default:
		return failed(err)
	}
}

func conflictOr(err error, text string) apply.Outcome {
	if err != nil {
		return failed(err)
	}
	return conflict(text)
}

// mayRemove tells why a live object must not be removed, or nothing.
func (t target) mayRemove(live schema.Object, c plan.Change) string {
	switch mark := schema.Lookup(live.Doc, markPath(t.owner)); {
	case string(mark) != string(c.MarkBefore):
		return "its ownership mark changed since the plan"
	case marksOn(live.Doc) != 1:
		return "another owner has marked it since the plan"
	case live.ETags.Identity != c.ETags.Identity:
		return "its identity changed since the plan"
	case !c.ForceActive && live.Activity.Connected:
		return "it is connected now. Plan again, with --force-active if it is to be deleted all the same"
	case !c.ForceActive && live.Activity.Last != c.LastActivity:
		return "it was active at " + live.Activity.Last + ", after the plan was made. Plan again, with --force-active if it is to be deleted all the same"
	default:
		return ""
	}
}

// quote writes a string constant of the query language (FACTS §5).
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
