package emulator

import (
	"encoding/json"
	"strings"
)

// moduleDoc is a module identity in the order of FACTS §3. It has no status and no capabilities.
type moduleDoc struct {
	ModuleID                   string  `json:"moduleId"`
	ManagedBy                  *string `json:"managedBy"`
	DeviceID                   string  `json:"deviceId"`
	GenerationID               string  `json:"generationId"`
	ETag                       string  `json:"etag"`
	ConnectionState            string  `json:"connectionState"`
	ConnectionStateUpdatedTime string  `json:"connectionStateUpdatedTime"`
	LastActivityTime           string  `json:"lastActivityTime"`
	CloudToDeviceMessageCount  int     `json:"cloudToDeviceMessageCount"`
	Authentication             authDoc `json:"authentication"`
}

func (r *record) moduleDoc(layout string) moduleDoc {
	seen := r.presence.value()
	return moduleDoc{
		ModuleID: r.moduleID, ManagedBy: nullable(r.managedBy), DeviceID: r.deviceID,
		GenerationID: r.generation.decimal(), ETag: identityETag(r.etag), ConnectionState: seen.connectionState(),
		ConnectionStateUpdatedTime: seen.changed.format(layout), LastActivityTime: seen.active.format(layout),
		CloudToDeviceMessageCount: seen.commands, Authentication: r.auth.doc(),
	}
}

// parentOf guards module identity calls: under SAS a missing or a disabled device is a 401 (FACTS §3).
func (h *Hub) parentOf(c *call) *fault {
	device := h.store.find(c.args[0], "")
	if device == nil || device.status == "disabled" {
		return unauthorized()
	}
	return nil
}

// listModules is GET /devices/{id}/modules (FACTS §3): a plain array without paging.
func (h *Hub) listModules(c *call) (reply, *fault) {
	if err := h.parentOf(c); err != nil {
		return reply{}, err
	}
	docs := []moduleDoc{}
	for _, m := range h.store.modulesOf(c.args[0]) {
		docs = append(docs, m.moduleDoc(paddedTime))
	}
	return ok(encode(docs)), nil
}

// getModule is GET /devices/{id}/modules/{mid} (FACTS §3). There is no ETag header.
func (h *Hub) getModule(c *call) (reply, *fault) {
	r, err := h.findModule(c)
	if err != nil {
		return reply{}, err
	}
	return ok(encode(r.moduleDoc(paddedTime))), nil
}

func (h *Hub) findModule(c *call) (*record, *fault) {
	if err := h.parentOf(c); err != nil {
		return nil, err
	}
	r := h.store.find(c.args[0], c.args[1])
	if r == nil {
		return nil, moduleNotFound(c.args[0], c.args[1])
	}
	return r, nil
}

// putModule is PUT /devices/{id}/modules/{mid}: create only without If-Match, full replace with it (FACTS §3).
func (h *Hub) putModule(c *call) (reply, *fault) {
	var in identityInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	if value(in.DeviceID) != c.args[0] || value(in.ModuleID) != c.args[1] {
		return reply{}, invalid("deviceId and moduleId in the body must be those in the path")
	}
	if err := h.parentOf(c); err != nil {
		return reply{}, err
	}
	r, err := h.writeModule(c, &in)
	if err != nil {
		return reply{}, err
	}
	return ok(encode(r.moduleDoc(trimmedTime))), nil
}

func (h *Hub) writeModule(c *call, in *identityInput) (*record, *fault) {
	deviceID, moduleID := c.args[0], c.args[1]
	live := h.store.find(deviceID, moduleID)
	if c.ifMatch.createOnly() {
		if live != nil {
			return nil, moduleExists(h.name(), deviceID, moduleID)
		}
		return h.createModule(deviceID, moduleID, in, c.now)
	}
	if live == nil {
		return nil, moduleNotFound(deviceID, moduleID)
	}
	if err := checkModuleID(moduleID); err != nil {
		return nil, err
	}
	if err := c.ifMatch.checkIdentity(live); err != nil {
		return nil, err
	}
	return h.updateModule(live, in)
}

// checkModuleID refuses identity writes to system modules (FACTS §3).
func checkModuleID(id string) *fault {
	if strings.HasPrefix(id, "$") {
		return invalid("moduleId '" + id + "' must not start with '$'")
	}
	return checkID("moduleId", id)
}

// createModule stores a new module with an empty twin. That the two system modules count towards the limit is
// unverified (FACTS §3).
func (h *Hub) createModule(deviceID, moduleID string, in *identityInput, now ticks) (*record, *fault) {
	if err := checkModuleID(moduleID); err != nil {
		return nil, err
	}
	if len(h.store.modulesOf(deviceID)) >= maxModules {
		return nil, tooManyModules(deviceID)
	}
	auth, err := h.readAuthentication(in.Authentication, true)
	if err != nil {
		return nil, err
	}
	r := &record{
		key: recordKey(deviceID, moduleID), deviceID: deviceID, moduleID: moduleID, generation: h.store.generation(now),
		etag: h.firstETag(), status: "enabled", managedBy: value(in.ManagedBy), auth: auth, twin: newTwin(now),
	}
	h.store.put(r)
	return r, nil
}

func (h *Hub) updateModule(live *record, in *identityInput) (*record, *fault) {
	auth, err := h.readAuthentication(in.Authentication, true)
	if err != nil {
		return nil, err
	}
	r := live.clone()
	r.auth, r.managedBy = auth, value(in.ManagedBy)
	r.etag++
	h.store.put(r)
	return r, nil
}

// deleteModule is DELETE /devices/{id}/modules/{mid}, which needs If-Match (FACTS §3).
func (h *Hub) deleteModule(c *call) (reply, *fault) {
	r, err := h.findModule(c)
	if err != nil {
		return reply{}, err
	}
	if err := checkModuleID(r.moduleID); err != nil {
		return reply{}, err
	}
	return h.deleteIdentity(c, r)
}
