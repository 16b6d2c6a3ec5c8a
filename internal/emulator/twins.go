package emulator

// getTwin is GET /twins/{id} and GET /twins/{id}/modules/{mid} (FACTS §4.1). There is no ETag header.
func (h *Hub) getTwin(c *call) (reply, *fault) {
	r, err := h.findTwin(c)
	if err != nil {
		return reply{}, err
	}
	return ok(r.appendTwin(nil)), nil
}

// findTwin answers a missing module twin with DeviceNotFound, as the service does (FACTS §3). Twins of a disabled
// device stay readable and writable.
func (h *Hub) findTwin(c *call) (*record, *fault) {
	moduleID := ""
	if len(c.args) > 1 {
		moduleID = c.args[1]
	}
	r := h.store.find(c.args[0], moduleID)
	if r == nil {
		return nil, notFound(c.args[0])
	}
	return r, nil
}

// patchTwin is PATCH /twins/{id} and PATCH /twins/{id}/modules/{mid} (FACTS §4.3).
func (h *Hub) patchTwin(c *call) (reply, *fault) { return h.writeTwin(c, twin.patched) }

// putTwin is PUT /twins/{id} and PUT /twins/{id}/modules/{mid} (FACTS §4.4).
func (h *Hub) putTwin(c *call) (reply, *fault) { return h.writeTwin(c, twin.replaced) }

func (h *Hub) writeTwin(c *call, change func(twin, twinWrite, ticks) (twin, *fault)) (reply, *fault) {
	w, err := parseTwinWrite(c.body)
	if err != nil {
		return reply{}, err
	}
	r, err := h.findTwin(c)
	if err != nil {
		return reply{}, err
	}
	if err := c.ifMatch.checkTwin(r); err != nil {
		return reply{}, err
	}
	changed, err := change(r.twin, w, c.now)
	if err != nil {
		return reply{}, err
	}
	if changed.etag != r.twin.etag {
		r = r.clone()
		r.twin = changed
		h.store.put(r)
	}
	return ok(r.appendTwin(nil)), nil
}
