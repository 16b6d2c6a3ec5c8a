package plan

import "github.com/twinset/twinset/schema"

// Move is an object whose address in the configuration changed. Which object of
// the hub an address means is decided by ids alone: a move with another id is the
// end of one object and the beginning of another.
type Move struct {
	From, To string         // addresses in the configuration
	Was, Is  schema.Address // addresses on the hub; Is is zero when it is not known
}

// noteMove tells of an object that a plan makes anew although it only moved.
func (pol Policy) noteMove(c *Change) {
	for _, m := range pol.Moves {
		switch {
		case m.Is == m.Was || m.Is == schema.Address{}:
		case c.Action == Delete && c.Addr == m.Was:
			c.note("%s moved to %s, which has another id: the identity and its keys are lost. To keep them, let %s have the id %q", m.From, m.To, m.To, lastID(m.Was))
		case c.Action == Create && c.Addr == m.Is:
			c.note("%s moved here, but had another id: this is a new identity with keys of its own", m.From)
		}
	}
}

func lastID(a schema.Address) string {
	if a.Kind == schema.KindModule {
		return a.Sub
	}
	return a.ID
}

// keepAbandoned refuses to remove a device with a module that is to be given up.
func (pol Policy) keepAbandoned(c *Change) {
	for a, r := range pol.Removals {
		if c.Addr.Kind == schema.KindDevice && a.Kind == schema.KindModule && a.ID == c.Addr.ID && r.Fate == schema.OnRemoveAbandon {
			c.refuse("removing %s would remove its module %s, which is to be abandoned (%s:%d). Abandon the device instead, or remove that block if the module is gone already", c.Name(), a.Sub, r.Origin.File, r.Origin.Line)
		}
	}
}
