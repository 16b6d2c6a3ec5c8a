package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

const fieldManifest = schema.MemberManifest

var manifestPath = schema.Path{fieldManifest}

// addManifest completes a device with the manifest that its modules hold now: of
// the modules that like names. Of others nothing is known, nor wanted.
func (r *Remote) addManifest(ctx context.Context, o *schema.Object, like schema.Doc) error {
	wanted := schema.ManifestModules(like)
	if len(wanted) == 0 || o.Addr.Kind != schema.KindDevice {
		return nil
	}
	found := map[string]schema.Doc{}
	for id := range wanted {
		twin, err := r.client.Twin(ctx, o.Addr.ID, id)
		if hub.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if found[id], err = manifestSection(twin.Desired); err != nil {
			return err
		}
	}
	if manifest := schema.ManifestOf(found); manifest != nil {
		o.Doc = schema.SetMember(o.Doc, fieldManifest, manifest)
	}
	return nil
}

// manifestSection is what stands in a module for a manifest, without the passwords
// that somebody may have put there.
func manifestSection(desired json.RawMessage) (schema.Doc, error) {
	if len(desired) == 0 {
		return schema.Doc("{}"), nil
	}
	section, err := schema.AppendCanonicalJSON(nil, desired, "$metadata", "$version")
	if err != nil || !bytes.Contains(section, []byte("registryCredentials")) {
		return section, err
	}
	content, err := schema.Decode(section)
	if err != nil {
		return nil, err
	}
	schema.HideCredentials(content)
	return schema.Canonical(content)
}

// errManifestChanged stops a write before anything is sent: unlike twins, a manifest
// has no ETag to write it under.
var errManifestChanged = errors.New("the manifest changed since the plan")

// manifestOf is the leaf of a change that writes a manifest, if there is one.
func manifestOf(c plan.Change) (plan.Leaf, bool) {
	i := slices.IndexFunc(c.Leaves, func(l plan.Leaf) bool { return l.Facet() == plan.ManifestFacet })
	if i < 0 {
		return plan.Leaf{}, false
	}
	return c.Leaves[i], true
}

// readChanged reads the object of a change as it is now, with its manifest when that
// is part of the change.
func (t target) readChanged(ctx context.Context, c plan.Change) (schema.Object, bool, error) {
	live, exists, err := t.read(ctx, c.Addr)
	if l, writes := manifestOf(c); err == nil && exists && writes {
		err = t.addManifest(ctx, &live, l.After)
	}
	return live, exists, err
}

// checkManifest looks whether the manifest is still what the plan found.
func (t target) checkManifest(ctx context.Context, c plan.Change) error {
	l, writes := manifestOf(c)
	if !writes {
		return nil
	}
	now := schema.Object{Addr: c.Addr}
	if err := t.addManifest(ctx, &now, l.After); err != nil {
		return err
	}
	if _, open := compare(now.Doc, l.Path, l.Before, l.After); open && string(schema.Lookup(now.Doc, l.Path)) != string(l.Before) {
		return errManifestChanged
	}
	return nil
}

// writeManifest writes it when it is part of the change.
func (t target) writeManifest(ctx context.Context, c plan.Change) error {
	l, writes := manifestOf(c)
	if !writes {
		return nil
	}
	return t.client.ApplyContent(ctx, c.Addr.ID, json.RawMessage(l.After))
}

// furnish writes the manifest of a device that was created, or existed already as
// planned. What was created is judged without the manifest, which comes after it.
func (t target) furnish(ctx context.Context, c plan.Change, created func(plan.Change) apply.Outcome) apply.Outcome {
	l, writes := manifestOf(c)
	if !writes {
		return created(c)
	}
	bare := c
	bare.Leaves = slices.DeleteFunc(slices.Clone(c.Leaves), func(l plan.Leaf) bool { return l.Facet() == plan.ManifestFacet })
	var err error
	if bare.After, err = without(c.After, fieldManifest); err != nil {
		return failed(err)
	}
	outcome := created(bare)
	if outcome.Status != apply.Done && outcome.Status != apply.Already {
		return outcome
	}
	if err := t.client.ApplyContent(ctx, c.Addr.ID, json.RawMessage(l.After)); err != nil {
		return failed(fmt.Errorf("it was created, but its manifest could not be written, which a new plan makes up for: %w", err))
	}
	return outcome
}

// without is a document less one of its members.
func without(d schema.Doc, member string) (schema.Doc, error) {
	m, err := d.Map()
	if err != nil {
		return nil, err
	}
	delete(m, member)
	return schema.Canonical(m)
}
