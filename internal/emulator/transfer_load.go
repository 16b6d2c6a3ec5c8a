package emulator

import (
	"encoding/json"
	"strings"
)

// loadLine applies one line of Load, under the hub's lock; nil is success.
func (h *Hub) loadLine(line []byte, now ticks) *bulkError {
	var e bulkEntry
	if err := json.Unmarshal(line, &e); err != nil {
		return e.failed(badRequestNamed(400012, "DeserializationError", "the line is not the JSON of a device"))
	}
	mode := importModeOf(e.ImportMode)
	if mode == nil {
		return e.failed(invalid("importMode '" + e.ImportMode + "' is not valid"))
	}
	if strings.HasPrefix(e.moduleID(), "$") {
		mode = loadSystemModule
	}
	warning, err := mode(h, &e, now)
	if err == nil && warning != "" {
		err = badRequestNamed(400004, "DeviceRegisteredWithoutTwin", warning)
	}
	if err == nil {
		err = h.loadRest(&e, now)
	}
	return e.failed(err)
}

// loadSystemModule fills the twin of a module that came with its edge device.
func loadSystemModule(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	if !e.hasTwin() {
		_, err := h.entryRecord(e)
		return "", err
	}
	return bulkTwin(h, e, now)
}

// loadRest sets what no import of the service sets.
func (h *Hub) loadRest(e *bulkEntry, now ticks) *fault {
	live := h.store.find(e.ID, e.moduleID())
	if live == nil {
		return nil // the mode was to delete it
	}
	r := live.clone()
	if scope := value(e.DeviceScope); r.edge && scope != "" {
		r.scope = scope // those of its children name it
	}
	if e.Properties != nil {
		changed, err := r.twin.reportedAs(e.Properties.Reported, now)
		if err != nil {
			return err
		}
		r.twin = changed
	}
	h.store.put(r)
	return nil
}

// reportedAs returns the twin with other reported properties; absent leaves those it has.
func (t twin) reportedAs(raw json.RawMessage, at ticks) (twin, *fault) {
	sent, err := parseSection("reported", raw)
	if err != nil || sent == nil {
		return t, err
	}
	sent.dropMember("$metadata")
	sent.dropMember("$version")
	if err := checkObject(*sent, nullRefused, 0); err != nil {
		return t, err
	}
	t.reported.root = merge(node{}, *sent, stamp{at, t.reported.version})
	return t, checkSize("reported", t.reported.root)
}
