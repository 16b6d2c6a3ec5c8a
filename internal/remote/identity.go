package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// writeIdentity reads the identity, changes the planned fields and puts it back
// whole: a PUT replaces everything, and one without authentication mints new
// keys (FACTS §1.3).
func (t target) writeIdentity(ctx context.Context, c plan.Change) error {
	match := hub.ETag(c.ETags.Identity)
	if c.Addr.Kind == schema.KindModule {
		m, err := t.client.Module(ctx, c.Addr.ID, c.Addr.Sub)
		if err != nil {
			return err
		}
		if err := t.changeAuth(ctx, &m.Authentication, c); err != nil {
			return err
		}
		_, err = t.client.PutModule(ctx, m, match)
		return withoutThumbprints(err, m.Authentication)
	}
	d, err := t.client.Device(ctx, c.Addr.ID)
	if err != nil {
		return err
	}
	for _, l := range c.Leaves {
		switch l.Path.String() {
		case fieldStatus:
			d.Status = text(l.After)
		case fieldStatusReason:
			d.StatusReason = text(l.After)
		}
	}
	if err := t.changeAuth(ctx, &d.Authentication, c); err != nil {
		return err
	}
	return withoutThumbprints(t.putDevice(ctx, d, match, c), d.Authentication)
}

// Fields of an identity.
const (
	fieldEdge                = "edge"
	fieldParent              = "parent"
	fieldStatus              = "status"
	fieldStatusReason        = "status_reason"
	fieldAuthType            = "auth.type"
	fieldPrimaryThumbprint   = "auth.primary_thumbprint"
	fieldSecondaryThumbprint = "auth.secondary_thumbprint"
	fieldPrimaryKey          = "auth.primary_key"
	fieldSecondaryKey        = "auth.secondary_key"
)

// checkLeaves refuses what would be left out silently.
func checkLeaves(c plan.Change) error {
	for _, l := range c.Leaves {
		known := l.Facet() == plan.TwinFacet
		switch l.Path.String() {
		case fieldEdge, fieldParent, fieldStatus, fieldStatusReason, fieldManifest:
			known = c.Addr.Kind == schema.KindDevice
		case fieldAuthType:
			known = l.Secret == ""
		case fieldPrimaryThumbprint, fieldSecondaryThumbprint:
			known = true
		case fieldPrimaryKey, fieldSecondaryKey:
			known = l.Secret != ""
		}
		if !known {
			return fmt.Errorf("plan changes %s, which this version cannot write", l.Path)
		}
	}
	return nil
}

// errNoKeys keeps a device from being cut off. Whether every credential that may
// read identities is shown their keys is unverified (FACTS §1.6).
var errNoKeys = errors.New("the hub does not show its keys, and writing the identity without them would replace them; use a credential that may see keys")

// changeAuth changes the planned parts of an authentication. Another type starts
// empty: for sas the hub makes new keys then.
func (t target) changeAuth(ctx context.Context, a *hub.Authentication, c plan.Change) error {
	mayMint := false
	for _, l := range c.Leaves {
		if l.Path.String() == fieldAuthType {
			*a = hub.Authentication{Type: wireAuthType(text(l.After))}
			mayMint = true
		}
	}
	for _, l := range c.Leaves {
		switch path := l.Path.String(); {
		case l.Secret != "":
		case path == fieldPrimaryThumbprint:
			a.X509Thumbprint.Primary = text(l.After)
		case path == fieldSecondaryThumbprint:
			a.X509Thumbprint.Secondary = text(l.After)
		}
	}
	if err := t.putSecrets(ctx, a, c); err != nil {
		return err
	}
	if a.Type == wireSAS && a.SymmetricKey == (hub.SymmetricKey{}) && !mayMint {
		return errNoKeys
	}
	return nil
}
