package emulator

// presence is what a record shows of its client. It is immutable; nil is a client that never connected and for which
// nothing waits.
type presence struct {
	link     uint64 // number of the connection; 0 while disconnected
	changed  ticks  // connectionStateUpdatedTime
	active   ticks  // lastActivityTime
	commands int    // cloudToDeviceMessageCount
	model    string // modelId, as the client announced it with its last connection
}

func (p *presence) connected() bool { return p != nil && p.link != 0 }

// connectionState is as the service spells it (FACTS §1.1).
func (p *presence) connectionState() string {
	if p.connected() {
		return "Connected"
	}
	return "Disconnected"
}

// value stands in for nil.
func (p *presence) value() presence {
	if p == nil {
		return presence{}
	}
	return *p
}

// setPresence replaces the record by one that differs in its presence only. That is no write: no etag moves
// (FACTS §1.2, §4.2) and the journal does not see it.
func (s *store) setPresence(r *record, p presence) *record {
	changed := *r
	changed.presence = &p
	s.dirty = true
	if r.isModule() {
		s.modules.put(&changed)
	} else {
		s.devices.put(&changed)
	}
	return &changed
}

func (h *Hub) connected(r *record, link uint64, model string) {
	p, now := r.presence.value(), toTicks(h.options.Now())
	if p.link > link {
		return // a later connection was faster
	}
	p.link, p.changed, p.active, p.model = link, now, now, model
	h.store.setPresence(r, p)
}

func (h *Hub) disconnected(r *record) {
	p, now := r.presence.value(), toTicks(h.options.Now())
	p.link, p.changed, p.active = 0, now, now
	h.store.setPresence(r, p)
}

// touch notes that the client did something. How exact the service is here is unverified.
func (h *Hub) touch(r *record) *record {
	p := r.presence.value()
	now := toTicks(h.options.Now())
	if p.active == now {
		return r
	}
	p.active = now
	return h.store.setPresence(r, p)
}

// savedPresence is the part of presence that outlives the process.
type savedPresence struct {
	Changed ticks `json:"connectionStateUpdated"`
	Active  ticks `json:"lastActivity"`

	Model string `json:"modelId,omitempty"`
}

func (p *presence) saved() *savedPresence {
	if p == nil {
		return nil
	}
	return &savedPresence{p.changed, p.active, p.model}
}

func (sp *savedPresence) restore() *presence {
	if sp == nil {
		return nil
	}
	return &presence{changed: sp.Changed, active: sp.Active, model: sp.Model}
}
