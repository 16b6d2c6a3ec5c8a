package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

// keys is what a backup of keys holds: those of an identity, and of the modules that
// go with a device.
type keys struct {
	Hub        string `json:"hub"`
	Identities []key  `json:"identities"`
}

type key struct {
	DeviceID     string           `json:"deviceId"`
	ModuleID     string           `json:"moduleId,omitempty"`
	SymmetricKey hub.SymmetricKey `json:"symmetricKey"`
}

// backUp keeps what is about to be deleted.
func (t target) backUp(ctx context.Context, a schema.Address, twin hub.Twin, modules []hub.Twin) error {
	if err := t.keepKeys(ctx, a, twin, modules); err != nil {
		return err
	}
	return t.keepTwin(a, twin, modules)
}

// keepKeys hands over the symmetric keys of what is about to be deleted, if they are
// asked for. Identities with certificates have none.
func (t target) keepKeys(ctx context.Context, a schema.Address, twin hub.Twin, modules []hub.Twin) error {
	if t.backupKeys == nil {
		return nil
	}
	k := keys{Hub: t.client.Host()}
	for _, v := range append([]hub.Twin{twin}, modules...) {
		if v.AuthenticationType != schema.AuthSAS {
			continue
		}
		auth, err := t.authenticationOf(ctx, v)
		if err == nil && auth.SymmetricKey == (hub.SymmetricKey{}) {
			err = errors.New("the hub does not show them to this credential")
		}
		if err != nil {
			return fmt.Errorf("back up the keys of %s, which is not deleted without: %w", a, err)
		}
		k.Identities = append(k.Identities, key{v.DeviceID, v.ModuleID, auth.SymmetricKey})
	}
	if len(k.Identities) == 0 {
		return nil
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err == nil {
		err = t.backupKeys(a, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("back up the keys of %s, which is not deleted without: %w", a, err)
	}
	return nil
}

func (t target) authenticationOf(ctx context.Context, v hub.Twin) (hub.Authentication, error) {
	if v.ModuleID != "" {
		m, err := t.client.Module(ctx, v.DeviceID, v.ModuleID)
		return m.Authentication, err
	}
	d, err := t.client.Device(ctx, v.DeviceID)
	return d.Authentication, err
}
