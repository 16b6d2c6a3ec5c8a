package emulator

import (
	"encoding/json"
	"net/http"
	"strconv"
)

const maxListed = 1000

// deviceDoc is a device identity in the order of FACTS §1.1.
type deviceDoc struct {
	DeviceID                   string          `json:"deviceId"`
	GenerationID               string          `json:"generationId"`
	ETag                       string          `json:"etag"`
	ConnectionState            string          `json:"connectionState"`
	Status                     string          `json:"status"`
	StatusReason               *string         `json:"statusReason"`
	ConnectionStateUpdatedTime string          `json:"connectionStateUpdatedTime"`
	StatusUpdatedTime          string          `json:"statusUpdatedTime"`
	LastActivityTime           string          `json:"lastActivityTime"`
	CloudToDeviceMessageCount  int             `json:"cloudToDeviceMessageCount"`
	Authentication             authDoc         `json:"authentication"`
	Capabilities               capabilitiesDoc `json:"capabilities"`
	DeviceScope                string          `json:"deviceScope,omitempty"`
	ParentScopes               []string        `json:"parentScopes,omitempty"`
}

type capabilitiesDoc struct {
	IotEdge bool `json:"iotEdge"`
}

// deviceDoc renders the identity; GET prints all fraction digits of a moment, PUT trims them (FACTS §1.1).
func (r *record) deviceDoc(layout string) deviceDoc {
	seen := r.presence.value()
	return deviceDoc{
		DeviceID: r.deviceID, GenerationID: r.generation.decimal(), ETag: identityETag(r.etag),
		ConnectionState: seen.connectionState(), Status: r.status, StatusReason: nullable(r.statusReason),
		ConnectionStateUpdatedTime: seen.changed.format(layout), StatusUpdatedTime: r.statusUpdated.format(layout),
		LastActivityTime: seen.active.format(layout), CloudToDeviceMessageCount: seen.commands,
		Authentication: r.auth.doc(), Capabilities: capabilitiesDoc{r.edge},
		DeviceScope: r.scope, ParentScopes: r.parents,
	}
}

// listDevices is GET /devices?top=N (FACTS §1.6): no paging, keys included.
func (h *Hub) listDevices(c *call) (reply, *fault) {
	top, err := strconv.Atoi(c.query.Get("top"))
	if err != nil || top < 1 || top > maxListed {
		top = maxListed
	}
	docs := make([]deviceDoc, 0, min(top, h.store.devices.size))
	for r := range h.store.devices.after("") {
		if len(docs) == top {
			break
		}
		docs = append(docs, r.deviceDoc(paddedTime))
	}
	rep := ok(encode(docs))
	rep.items = len(docs)
	return rep, nil
}

// getDevice is GET /devices/{id} (FACTS §1.1).
func (h *Hub) getDevice(c *call) (reply, *fault) {
	r := h.store.find(c.args[0], "")
	if r == nil {
		return reply{}, notFound(c.args[0])
	}
	return r.deviceReply(paddedTime), nil
}

// deviceReply carries the ETag header, which only device (and configuration) identities have (FACTS §0.4).
func (r *record) deviceReply(layout string) reply {
	rep := ok(encode(r.deviceDoc(layout)))
	rep.etag = identityETag(r.etag)
	return rep
}

// putDevice is PUT /devices/{id}: without If-Match create only, with it update only (FACTS §1.3). An empty If-Match on
// an existing id is unverified and treated like a missing one.
func (h *Hub) putDevice(c *call) (reply, *fault) {
	var in identityInput
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	// A body that names another device, or none, is unverified (FACTS §1.3).
	if value(in.DeviceID) != c.args[0] {
		return reply{}, invalid("deviceId in the body must be the one in the path")
	}
	r, err := h.writeDevice(c, &in)
	if err != nil {
		return reply{}, err
	}
	return r.deviceReply(trimmedTime), nil
}

func (h *Hub) writeDevice(c *call, in *identityInput) (*record, *fault) {
	id := c.args[0]
	live := h.store.find(id, "")
	if c.ifMatch.createOnly() {
		if live != nil {
			return nil, deviceExists(id)
		}
		return h.createDevice(id, in, c.now)
	}
	if live == nil {
		return nil, notFound(id)
	}
	if err := c.ifMatch.checkIdentity(live); err != nil {
		return nil, err
	}
	return h.updateDevice(live, in, c.now)
}

// createDevice stores a new device with an empty twin.
func (h *Hub) createDevice(id string, in *identityInput, now ticks) (*record, *fault) {
	if err := checkID("deviceId", id); err != nil {
		return nil, err
	}
	r := &record{key: id, deviceID: id, etag: h.firstETag(), twin: newTwin(now)}
	if err := h.fillDevice(r, in); err != nil {
		return nil, err
	}
	r.generation = h.store.generation(now)
	r.adoptScope(in, now)
	h.store.put(r)
	if r.edge {
		h.addSystemModules(id, now)
	}
	return r, nil
}

// updateDevice replaces the whole identity; the twin is untouched (FACTS §1.3, §4.2). Whether the status time moves
// when the status does not change is unverified; it was seen to move (FACTS §1.1).
func (h *Hub) updateDevice(live *record, in *identityInput, now ticks) (*record, *fault) {
	r := live.clone()
	if err := h.fillDevice(r, in); err != nil {
		return nil, err
	}
	if err := r.changeScope(live, in); err != nil {
		return nil, err
	}
	r.etag++
	r.statusUpdated = now
	h.store.put(r)
	h.toggleSystemModules(live, r, now)
	return r, nil
}

// fillDevice sets the members that every identity write replaces.
func (h *Hub) fillDevice(r *record, in *identityInput) *fault {
	status, reason, err := in.readStatus()
	if err != nil {
		return err
	}
	auth, err := h.readAuthentication(in.Authentication, false)
	if err != nil {
		return err
	}
	r.status, r.statusReason, r.auth = status, reason, auth
	r.edge = in.Capabilities != nil && in.Capabilities.IotEdge
	return nil
}

// deleteDevice is DELETE /devices/{id}, which needs If-Match (FACTS §1.3).
func (h *Hub) deleteDevice(c *call) (reply, *fault) {
	r := h.store.find(c.args[0], "")
	if r == nil {
		return reply{}, notFound(c.args[0])
	}
	return h.deleteIdentity(c, r)
}

func (h *Hub) deleteIdentity(c *call, r *record) (reply, *fault) {
	if c.ifMatch.createOnly() {
		return reply{}, preconditionFailed("Precondition failed: the ETag is missing in the If-Match header")
	}
	if err := c.ifMatch.checkIdentity(r); err != nil {
		return reply{}, err
	}
	h.store.remove(r)
	return reply{status: http.StatusNoContent}, nil
}

// deviceStatistics is GET /statistics/devices (FACTS §1.6). The service's values lag; these do not.
func (h *Hub) deviceStatistics(*call) (reply, *fault) {
	var doc struct {
		Total    int `json:"totalDeviceCount"`
		Enabled  int `json:"enabledDeviceCount"`
		Disabled int `json:"disabledDeviceCount"`
	}
	doc.Total = h.store.devices.size
	for r := range h.store.devices.after("") {
		if r.status == "enabled" {
			doc.Enabled++
		}
	}
	doc.Disabled = doc.Total - doc.Enabled
	return ok(encode(doc)), nil
}

// serviceStatistics is GET /statistics/service (FACTS §1.6). Modules are not counted: unverified.
func (h *Hub) serviceStatistics(*call) (reply, *fault) {
	var doc struct {
		Connected int `json:"connectedDeviceCount"`
	}
	for r := range h.store.devices.after("") {
		if r.presence.connected() {
			doc.Connected++
		}
	}
	return ok(encode(doc)), nil
}
