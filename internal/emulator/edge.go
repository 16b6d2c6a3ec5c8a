package emulator

import (
	"fmt"
	"net/http"
)

// scopePrefix starts the scope that the service generates for an edge device (FACTS §1.5).
const scopePrefix = "ms-azure-iot-edge://"

// adoptScope sets scope and parents of a new device: an edge device gets a scope of its own and ignores the one sent,
// a leaf's scope is its parent's and is copied to parentScopes (FACTS §1.5).
func (r *record) adoptScope(in *identityInput, now ticks) {
	if r.edge {
		r.scope = fmt.Sprintf("%s%s-%d", scopePrefix, r.deviceID, now)
		r.parents = in.ParentScopes
		return
	}
	r.attachLeaf(in)
}

func (r *record) attachLeaf(in *identityInput) {
	r.scope, r.parents = value(in.DeviceScope), nil
	if r.scope != "" {
		r.parents = []string{r.scope}
	}
}

// changeScope applies an update, including both directions of the iotEdge toggle (FACTS §1.5).
func (r *record) changeScope(live *record, in *identityInput) *fault {
	sent := value(in.DeviceScope)
	switch {
	case live.edge && r.edge:
		if sent != live.scope {
			return invalid("Device scope is immutable")
		}
		r.parents = in.ParentScopes
	case r.edge:
		if sent != "" {
			return &fault{
				status: http.StatusServiceUnavailable, code: 503001, name: "ServiceUnavailable",
				text: "Service unavailable",
			}
		}
		r.scope, r.parents = scopePrefix+r.deviceID+"-", in.ParentScopes
	case live.edge:
		r.scope, r.parents = "", nil // the parent is lost; attach again in a second write
	default:
		r.attachLeaf(in)
	}
	return nil
}

// addSystemModules creates the two modules that every edge device has (FACTS §1.5).
func (h *Hub) addSystemModules(deviceID string, now ticks) {
	for _, id := range []string{"$edgeAgent", "$edgeHub"} {
		h.store.put(&record{
			key: recordKey(deviceID, id), deviceID: deviceID, moduleID: id, generation: h.store.generation(now),
			etag: h.firstETag(), status: "enabled", managedBy: "iotEdge", auth: authentication{kind: authNone},
			twin: newTwin(now),
		})
	}
}

// toggleSystemModules follows the iotEdge toggle. That they go away with it is unverified (FACTS §1.5).
func (h *Hub) toggleSystemModules(live, r *record, now ticks) {
	switch {
	case !live.edge && r.edge:
		h.addSystemModules(r.deviceID, now)
	case live.edge && !r.edge:
		for _, m := range h.store.modulesOf(r.deviceID) {
			if m.moduleID[0] == '$' {
				h.store.remove(m)
			}
		}
	}
}
