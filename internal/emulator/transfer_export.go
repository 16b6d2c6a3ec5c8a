package emulator

import (
	"context"
	"encoding/json"
	"io"
	"iter"
)

// excludedKeys is the first line of an export without keys. That there is one, and that it is no JSON, is known
// (FACTS §7.3), its text is not.
const excludedKeys = "# Keys are not in this file: excludeKeysInExport was set."

// exportLine is a device or a module in an export, in the order of FACTS §7.3.
type exportLine struct {
	ID             string           `json:"id"`
	ModuleID       string           `json:"moduleId,omitempty"`
	ETag           string           `json:"eTag"`
	Status         string           `json:"status"`
	StatusReason   string           `json:"statusReason,omitempty"`
	ManagedBy      string           `json:"managedBy,omitempty"` // in dumps only
	Authentication authDoc          `json:"authentication"`
	TwinETag       string           `json:"twinETag"`
	Tags           json.RawMessage  `json:"tags"`
	Properties     exportProperties `json:"properties"`
	Capabilities   *capabilitiesDoc `json:"capabilities,omitempty"`
	DeviceScope    string           `json:"deviceScope,omitempty"`
	ParentScopes   []string         `json:"parentScopes,omitempty"`
}

// exportProperties has neither $metadata nor $version (FACTS §7.3).
type exportProperties struct {
	Desired  json.RawMessage `json:"desired"`
	Reported json.RawMessage `json:"reported"`
}

func (r *record) exportLine(withKeys bool) exportLine {
	l := exportLine{
		ID: r.deviceID, ModuleID: r.moduleID, ETag: identityETag(r.etag), Status: r.status, StatusReason: r.statusReason,
		Authentication: r.auth.doc(), TwinETag: twinETag(r.twin.etag), Tags: r.twin.tags.append(nil),
		Properties:  exportProperties{r.twin.desired.root.append(nil), r.twin.reported.root.append(nil)},
		DeviceScope: r.scope, ParentScopes: r.parents,
	}
	if !withKeys {
		l.Authentication.SymmetricKey.PrimaryKey, l.Authentication.SymmetricKey.SecondaryKey = nil, nil
	}
	if !r.isModule() {
		l.Capabilities = &capabilitiesDoc{r.edge}
	}
	return l
}

// withModules yields each device and behind it its modules, from lists in the order of their keys.
func withModules(devices, modules []*record) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, d := range devices {
			if !yield(d) {
				return
			}
			for len(modules) > 0 && modules[0].deviceID <= d.deviceID {
				if modules[0].deviceID == d.deviceID && !yield(modules[0]) {
					return
				}
				modules = modules[1:]
			}
		}
	}
}

// progressEvery is the number of lines between two looks at the lock.
const progressEvery = 500

// export writes all devices and modules as they are now, and configurations if they are asked for. Records do not
// change, so that it needs the lock only for their list.
func (h *Hub) export(ctx context.Context, t *transfer) error {
	h.mu.RLock()
	devices, modules := h.store.devices.all(), h.store.modules.all()
	configurations := h.store.configurations.sorted()
	h.mu.RUnlock()
	out, err := openContainer(t.output)
	if err != nil {
		return err
	}
	defer out.close()
	blob := out.write(ctx, t.outputBlob)
	if t.excludeKeys {
		if _, err := io.WriteString(blob, excludedKeys+"\n"); err != nil {
			return err
		}
	}
	var done int64
	for r := range withModules(devices, modules) {
		if _, err := blob.Write(append(encode(r.exportLine(!t.excludeKeys)), '\n')); err != nil {
			return err
		}
		if done++; done%progressEvery == 0 {
			h.advance(t, done, int64(len(devices)+len(modules)))
		}
	}
	if err := blob.Close(); err != nil {
		return err
	}
	if !t.configurations {
		return nil
	}
	return exportConfigurations(out.write(ctx, t.configurationsBlob), configurations)
}
