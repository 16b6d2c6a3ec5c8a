package emulator

import (
	"errors"
	"fmt"
)

// Report merges properties into the reported section of a twin, as its client
// would: null deletes, $version counts, the etag stays (FACTS §4.2). It stands in
// for a client where none can connect, and asks for no credentials.
func (h *Hub) Report(deviceID, moduleID string, properties []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.store.find(deviceID, moduleID)
	if r == nil {
		return fmt.Errorf("report: there is no twin %s", recordKey(deviceID, moduleID))
	}
	changed, err := r.twin.reporting(properties, toTicks(h.options.Now()))
	if err != nil {
		return errors.New("report: " + err.message())
	}
	r = r.clone()
	r.twin = changed
	h.store.put(r)
	return nil
}

// reporting returns the twin after its client has sent reported properties.
func (t twin) reporting(properties []byte, at ticks) (twin, *fault) {
	patch, err := parseSection("reported", properties)
	if err != nil {
		return t, err
	}
	if patch == nil {
		return t, nil
	}
	if err := checkObject(*patch, nullDeletes, 0); err != nil {
		return t, err
	}
	version := t.reported.version + 1
	t.reported = section{root: merge(t.reported.root, *patch, stamp{at, version}), version: version}
	if err := checkSize("reported", t.reported.root); err != nil {
		return t, err
	}
	t.version++
	return t, nil
}
