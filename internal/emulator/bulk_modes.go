package emulator

// bulkCreate creates identity and twin in one go. A twin that is refused leaves the identity without it and yields
// the warning DeviceRegisteredWithoutTwin (FACTS §2.1); which mistakes do so is unverified.
func bulkCreate(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.createEntry(e, now)
	if err != nil || !e.hasTwin() {
		return "", err
	}
	at := now
	if !r.isModule() {
		at = 0 // FACTS §4.2: $lastUpdated 0001-01-01 on devices, the real time on modules
	}
	w, err := e.twinWrite()
	if err != nil {
		return err.text, nil
	}
	t, err := bornWith(w, at)
	if err != nil {
		return err.text, nil
	}
	r = r.clone()
	r.twin = t
	h.store.put(r)
	return "", nil
}

func (h *Hub) createEntry(e *bulkEntry, now ticks) (*record, *fault) {
	live := h.store.find(e.ID, e.moduleID())
	if e.moduleID() == "" {
		if live != nil {
			return nil, deviceExists(e.ID)
		}
		return h.createDevice(e.ID, &e.identityInput, now)
	}
	if h.store.find(e.ID, "") == nil {
		return nil, notFound(e.ID)
	}
	if live != nil {
		return nil, moduleExists(h.name(), e.ID, e.moduleID())
	}
	return h.createModule(e.ID, e.moduleID(), &e.identityInput, now)
}

// entryRecord finds what an entry addresses.
func (h *Hub) entryRecord(e *bulkEntry) (*record, *fault) {
	r := h.store.find(e.ID, e.moduleID())
	switch {
	case r != nil:
		return r, nil
	case e.moduleID() != "" && h.store.find(e.ID, "") != nil:
		return nil, moduleNotFound(e.ID, e.moduleID())
	default:
		return nil, notFound(e.ID)
	}
}

// entryMatch reads an etag that is unquoted in bulk entries (FACTS §2.1).
func entryMatch(etag string) precondition {
	p := parseIfMatch(etag)
	p.quoted = true
	return p
}

// bulkUpdate replaces the identity and ignores the etag (FACTS §2.1). Twin members are ignored as well: whether the
// service applies them in this mode is unverified.
func bulkUpdate(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if !r.isModule() {
		_, err = h.updateDevice(r, &e.identityInput, now)
		return "", err
	}
	if err := checkModuleID(r.moduleID); err != nil {
		return "", err
	}
	_, err = h.updateModule(r, &e.identityInput)
	return "", err
}

func bulkUpdateIfMatch(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if err := entryMatch(e.ETag).checkIdentity(r); err != nil {
		return "", err
	}
	return bulkUpdate(h, e, now)
}

func bulkDelete(h *Hub, e *bulkEntry, _ ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if r.isModule() {
		if err := checkModuleID(r.moduleID); err != nil {
			return "", err
		}
	}
	h.store.remove(r)
	return "", nil
}

// bulkDeleteIfMatch succeeds without any etag (FACTS §2.1).
func bulkDeleteIfMatch(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if e.ETag != "" {
		if err := entryMatch(e.ETag).checkIdentity(r); err != nil {
			return "", err
		}
	}
	return bulkDelete(h, e, now)
}

// bulkTwin overwrites each section that is sent and leaves the others. Merge or replace is the most important
// unverified point (FACTS §2.4); this follows the documentation, refuses nulls and so fails a client that relies on a
// merge.
func bulkTwin(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	w, err := e.twinWrite()
	if err != nil {
		return "", err
	}
	t, err := r.twin.overwritten(w, now)
	if err != nil {
		return "", err
	}
	r = r.clone()
	r.twin = t
	h.store.put(r)
	return "", nil
}

func bulkTwinIfMatch(h *Hub, e *bulkEntry, now ticks) (string, *fault) {
	r, err := h.entryRecord(e)
	if err != nil {
		return "", err
	}
	if e.TwinETag == "" {
		return "", preconditionFailed("ETag mismatch for device ID '" + e.ID + "'")
	}
	if err := entryMatch(e.TwinETag).checkTwin(r); err != nil {
		return "", err
	}
	return bulkTwin(h, e, now)
}

// overwritten is replaced for the sections that are sent.
func (t twin) overwritten(w twinWrite, at ticks) (twin, *fault) {
	if err := w.check(nullRefused); err != nil {
		return t, err
	}
	if w.tags != nil {
		t.tags = merge(node{}, *w.tags, stamp{})
	}
	if w.desired != nil || w.clearDesired {
		t.desired = t.desired.written(twinWrite{desired: w.desired, clearDesired: true}, at)
	}
	return t.counted()
}
